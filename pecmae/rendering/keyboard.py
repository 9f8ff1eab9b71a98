"""Compose piano solos: a melody in the right hand, an accompaniment in the left, and the sustain pedal."""

import numpy as np

from pecmae.rendering.orchestration import Bus, Orchestration, Voice
from pecmae.rendering.phrases import (
    TONICS,
    Manner,
    compose_melody,
    draw_register,
    humanised,
    with_chromatic_neighbours,
)
from pecmae.rendering.scales import SCALES
from pecmae.rendering.score import Control, Note, Part, Score

PIANOS = (0, 0, 0, 0, 1, 1, 2, 3)
SUSTAIN = 64
BAR_BEATS = 4
LOWEST_OCTAVE = 32
PROGRESSIONS = (
    (0, 3, 4, 0),
    (0, 5, 3, 4),
    (0, 4, 5, 3),
    (5, 3, 0, 4),
    (1, 4, 0, 0),
    (0, 6, 5, 4),
    (0, 2, 3, 4),
    (0, 0, 3, 4),
    (0,),
)
LEFT_HANDS = ("block", "alberti", "octaves", "broken", "stride", "pulse", "rolled", "none")


def compose_piano(rng: np.random.Generator, duration_s: float) -> tuple[Score, Orchestration]:
    """Compose a piano solo.

    Args:
        rng: Source of randomness.
        duration_s: Duration of the piece.

    Returns:
        The score, with the roles `lead` and `chords`, and the piano that plays it.
    """
    tempo_bpm = round(float(rng.uniform(52, 160)), 1)
    beats = duration_s * tempo_bpm / 60
    tonic, scale = int(rng.integers(12)), str(rng.choice(("major", "minor", "harmonic minor", "dorian", "lydian")))
    progression = PROGRESSIONS[int(rng.integers(len(PROGRESSIONS)))]
    pattern = str(rng.choice(LEFT_HANDS, p=(0.2, 0.14, 0.14, 0.2, 0.1, 0.07, 0.1, 0.05)))
    sevenths = bool(rng.random() < 0.4)
    chords = [_chord(tonic, scale, degree, sevenths) for degree in progression]
    loudness = float(rng.uniform(45, 100))

    manner = Manner(int(rng.integers(55, 68)), int(rng.integers(80, 103)), (0.15, 0.35, 0.3, 0.2), 0.25, 1.8, 1.2)
    right = compose_melody(draw_register(tonic, scale, manner, rng), manner, beats, rng)
    right = with_chromatic_neighbours(right, float(rng.choice((0.0, 0.1, 0.2))), rng)
    right = _thickened(right, chords, float(rng.choice((0.0, 0.15, 0.5, 0.9))), rng)
    left = _left_hand(chords, pattern, beats, int(rng.integers(33, 50)), loudness, rng)
    spread = 0.008 * tempo_bpm / 60
    pedal = _pedal(beats) if rng.random() < 0.6 else ()
    parts = (
        Part("lead", humanised(right, spread, rng), controls=pedal),
        Part("chords", humanised(left, spread, rng), controls=pedal),
    )
    key = f"{TONICS[tonic]} {scale}"
    score = Score(f"Piano in {key}", pattern, tempo_bpm, key, beats, parts)
    program = int(rng.choice(PIANOS))
    voices = tuple(Voice(part.role, program) for part in parts)
    return score, Orchestration("piano", voices, (Bus("main"),))


def _chord(tonic: int, scale: str, degree: int, seventh: bool) -> tuple[int, ...]:
    """Pitch classes of a triad or seventh chord, root first."""
    steps = SCALES[scale]
    return tuple(
        (tonic + steps[(degree + third) % len(steps)]) % 12 for third in ((0, 2, 4, 6) if seventh else (0, 2, 4))
    )


def _thickened(
    notes: tuple[Note, ...], chords: list[tuple[int, ...]], probability: float, rng: np.random.Generator
) -> tuple[Note, ...]:
    """Add chord tones and octaves below some longer notes of the right hand."""
    result: list[Note] = []
    for note in notes:
        result.append(note)
        if note.duration_beats < 0.4 or rng.random() > probability:
            continue
        chord = chords[int(note.start_beat // BAR_BEATS) % len(chords)]
        below = [p for p in range(note.pitch - 12, note.pitch - 2) if p % 12 in chord or p == note.pitch - 12]
        for pitch in below[-int(rng.integers(1, 4)) :]:
            result.append(Note(note.start_beat, note.duration_beats, pitch, max(1, note.velocity - 10)))
    return tuple(result)


def _left_hand(
    chords: list[tuple[int, ...]], pattern: str, beats: float, low: int, loudness: float, rng: np.random.Generator
) -> tuple[Note, ...]:
    notes: list[Note] = []
    for bar in range(int(np.ceil(beats / BAR_BEATS))):
        chord = chords[bar % len(chords)]
        root = low + (chord[0] - low) % 12
        voiced = [root + (pitch_class - root) % 12 for pitch_class in chord]
        for offset, length, pitches in _figure(pattern, root, voiced):
            for spread, pitch in enumerate(pitches):
                late = 0.06 * spread if pattern == "rolled" else 0.0
                velocity = int(np.clip(loudness + rng.normal(0, 5) + (5 if offset == 0 else -4), 15, 120))
                notes.append(Note(bar * BAR_BEATS + offset + late, length, pitch, velocity))
    return tuple(note for note in notes if note.start_beat < beats)


def _figure(pattern: str, root: int, voiced: list[int]) -> list[tuple[float, float, tuple[int, ...]]]:
    """One bar of accompaniment as offsets and durations in beats with their pitches."""
    third, fifth, octave = voiced[1], voiced[2], root + 12
    match pattern:
        case "block":
            return [(0.0, 1.9, tuple(voiced)), (2.0, 1.9, tuple(voiced))]
        case "rolled":
            return [(0.0, 3.7, (root, fifth, octave, third + 12, fifth + 12))]
        case "alberti":
            return [(i / 2, 0.5, (pitch,)) for i, pitch in enumerate((root, fifth, third, fifth) * 2)]
        case "octaves":
            lower = root - 12 if root > LOWEST_OCTAVE else root
            return [(float(i), 0.8, (lower, lower + 12)) for i in range(4)]
        case "broken":
            wide = (root, fifth, octave, third + 12, fifth + 12, third + 12, octave, fifth)
            return [(i / 2, 0.6, (pitch,)) for i, pitch in enumerate(wide)]
        case "stride":
            upper = tuple(pitch + 12 for pitch in voiced)
            return [(0.0, 0.7, (root,)), (1.0, 0.4, upper), (2.0, 0.7, (fifth,)), (3.0, 0.4, upper)]
        case "pulse":
            return [(i / 2, 0.4, tuple(voiced)) for i in range(8)]
        case _:
            return []


def _pedal(beats: float) -> tuple[Control, ...]:
    """Hold the pedal through each bar and lift it briefly at the bar line."""
    controls: list[Control] = []
    for bar in range(int(np.ceil(beats / BAR_BEATS))):
        controls += [Control(bar * BAR_BEATS + 0.05, SUSTAIN, 127), Control((bar + 1) * BAR_BEATS - 0.05, SUSTAIN, 0)]
    return tuple(controls)
