"""Compose melodies from motifs, that is from rhythms and contours that recur.

A phrase form such as `"ABAb"` names the motif of each unit. A lower-case letter ends the unit on a chord tone, and `.`
is a unit of rest. A motif keeps its rhythm and its contour, but its pitches follow the chords: accented and long notes
tend to be chord tones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pecmae.rendering.genres.frame import Frame, Steps, Stroke, chance, pick, strokes
from pecmae.rendering.genres.harmony import Chord, nearest
from pecmae.rendering.scales import SCALES
from pecmae.rendering.score import Note

# Intervals from note to note, in scale steps. A motif uses a part of a contour.
CONTOURS: dict[str, tuple[int, ...]] = {
    "arch": (1, 1, 2, 0, -1, -1, -2, -1, 1, -1),
    "fall": (0, -1, -1, 1, -1, -1, -2, 1, -1, -1),
    "rise": (1, 0, 1, 1, -1, 2, 1, -1, 1, 0),
    "wave": (1, 1, -2, 1, 1, -1, -1, 2, -1, -1),
    "leap": (3, -1, -1, 0, -1, 2, -1, -1, -1, 1),
    "turn": (1, -1, -1, 1, 2, -1, 0, -1, 1, -1),
    "repeat": (0, 0, 1, -1, 0, 0, -1, 1, 0, -1),
    "run-up": (1, 1, 1, 1, 1, -1, 1, 1, -2, -1),
    "run-down": (-1, -1, -1, -1, 1, -1, -1, -1, 2, 1),
    "zigzag": (2, -1, 2, -1, 2, -3, 1, -2, 1, -1),
}


@dataclass(frozen=True)
class Melody:
    """How a melody moves.

    Attributes:
        scale: Name of the scale, on the tonic.
        low: Lowest pitch.
        high: Highest pitch; at least 14 semitones above the lowest.
        rhythms: The rhythms of one unit to choose from, all of the same length.
        contours: The contours to choose from, names of `CONTOURS`.
        forms: The phrase forms to choose from.
        snap: Probability that an accented note becomes a chord tone.
        length: Ratio of a note's sounding duration to its written one.
        velocity: Factor on the velocities.
        adapt: Whether chord tones outside the scale replace their neighbours in the scale.
    """

    scale: str
    low: int
    high: int
    rhythms: tuple[Steps, ...]
    contours: tuple[str, ...] = ("arch", "fall", "wave", "turn", "leap")
    forms: tuple[str, ...] = ("ABAb", "AAaB", "ABAC")
    snap: float = 0.9
    length: float = 0.92
    velocity: float = 0.95
    adapt: bool = True


@dataclass(frozen=True)
class _Motif:
    strokes: tuple[Stroke, ...]
    moves: tuple[int, ...]


def _ladder(style: Melody, tonic: int, chord: Chord) -> list[int]:
    """The pitches that the melody may use over a chord, ascending."""
    classes = {(tonic + step) % 12 for step in SCALES[style.scale]}
    if style.adapt:
        tones = set(chord.pitch_classes)
        foreign = tones - classes
        classes -= {c for c in classes - tones if any((c - f) % 12 in (1, 11) for f in foreign)}
        classes |= tones
    return [pitch for pitch in range(style.low, style.high + 1) if pitch % 12 in classes]


def _motif(rng: np.random.Generator, style: Melody) -> _Motif:
    rhythm = pick(rng, style.rhythms)
    played = tuple(strokes(rng, rhythm))
    moves = CONTOURS[pick(rng, style.contours)]
    shift = int(rng.integers(0, 3))
    sign = -1 if chance(rng, 0.25) else 1
    return _Motif(played, tuple(sign * moves[(shift + index) % len(moves)] for index in range(len(played))))


def _unit_pitches(
    rng: np.random.Generator,
    style: Melody,
    frame: Frame,
    motif: _Motif,
    start_beat: float,
    anchor: float,
    closing: bool,
) -> list[int]:
    pitches: list[int] = []
    position = anchor
    for index, (stroke, move) in enumerate(zip(motif.strokes, motif.moves, strict=True)):
        beat = start_beat + stroke.beat
        chord = frame.chord_at(beat)
        ladder = _ladder(style, frame.tonic, chord)
        if index == 0:
            pitch = nearest(chord.pitch_classes[:4], position)
        else:
            here = int(np.argmin([abs(rung - pitches[-1]) for rung in ladder]))
            there = here + move
            if not 0 <= there < len(ladder):
                there = here - move
            pitch = ladder[int(np.clip(there, 0, len(ladder) - 1))]
        heavy = beat % 2 < 1e-6 or stroke.duration_beats >= 1
        last = index == len(motif.strokes) - 1
        if (heavy and chance(rng, style.snap)) or (last and closing):
            tones = chord.pitch_classes[:2] if last and closing else chord.pitch_classes[:4]
            pitch = nearest(tones, pitch)
        while pitch < style.low:
            pitch += 12
        while pitch > style.high:
            pitch -= 12
        pitches.append(pitch)
    return pitches


def play_melody(rng: np.random.Generator, frame: Frame, style: Melody, first_beat: float = 0.0) -> list[Note]:
    """Compose a melody over the chords of a piece.

    Args:
        rng: Source of randomness.
        frame: The piece's frame.
        style: How the melody moves.
        first_beat: The beat on which it enters.

    Returns:
        Notes on the straight grid.
    """
    form = pick(rng, style.forms)
    motifs = {letter: _motif(rng, style) for letter in sorted(set(form.upper()) - {"."})}
    unit_beats = style.rhythms[0].beats
    centre = (style.low + style.high) / 2
    anchors = {letter: centre + pick(rng, (-4, -2, 0, 2, 4)) for letter in motifs}
    notes: list[Note] = []
    beat, unit = first_beat, 0
    while beat < frame.beats:
        letter = form[unit % len(form)]
        unit += 1
        if letter != ".":
            motif = motifs[letter.upper()]
            closing = letter.islower() or unit % len(form) == 0
            lift = 2.0 if unit > len(form) and chance(rng, 0.3) else 0.0
            pitches = _unit_pitches(rng, style, frame, motif, beat, anchors[letter.upper()] + lift, closing)
            notes += [
                Note(
                    beat + stroke.beat,
                    stroke.duration_beats * style.length,
                    pitch,
                    int(stroke.velocity * style.velocity),
                )
                for stroke, pitch in zip(motif.strokes, pitches, strict=True)
            ]
        beat += unit_beats
    return notes


def harmonise(frame: Frame, notes: Sequence[Note], semitones_below: float = 8.0) -> list[Note]:
    """Compose a second voice below a melody.

    Args:
        frame: The piece's frame.
        notes: The melody.
        semitones_below: Distance of the second voice.

    Returns:
        For each note, the chord tone nearest to that distance below it.
    """
    return [
        Note(
            note.start_beat,
            note.duration_beats,
            nearest(frame.chord_at(note.start_beat).pitch_classes[:4], note.pitch - semitones_below),
            max(1, note.velocity - 12),
        )
        for note in notes
    ]
