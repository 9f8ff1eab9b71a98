"""Compose solos for recorded instruments and play them with recorded notes.

Each written note is played by a recording of a similar pitch, which is transposed by resampling, cut or lengthened to
the note's duration, and joined to its neighbours by overlapping fades.
"""

import numpy as np
import soxr

from pecmae.audio.conventions import SAMPLE_RATE
from pecmae.rendering.instruments import compose_solo, compose_within_range
from pecmae.rendering.note_library import NoteLibrary, RecordedNote
from pecmae.rendering.orchestration import Orchestration
from pecmae.rendering.score import Note, Score

SOLO_CLASSES = ("clarinet", "flute", "tenor-saxophone", "trumpet", "violin")
"""The classes of the rendered instruments for which there are recorded notes."""
RANGES: dict[str, tuple[int, int]] = {
    "banjo": (48, 84),
    "bass-clarinet": (36, 79),
    "bassoon": (34, 72),
    "cello": (36, 79),
    "contrabassoon": (22, 53),
    "cor-anglais": (52, 81),
    "double-bass": (28, 60),
    "french-horn": (36, 74),
    "guitar": (40, 79),
    "mandolin": (55, 91),
    "oboe": (58, 89),
    "trombone": (40, 72),
}
"""Lowest and highest pitch of the scores of the other instruments."""
PLUCKED = ("banjo", "guitar", "mandolin")
MAX_SHIFT = 2
DOWNWARD_SHIFTS = {"tenor-saxophone": 4}
"""Largest transposition downwards where it isn't `MAX_SHIFT`."""
ATTACK_S, RELEASE_S, OVERLAP_S, JOIN_S = 0.004, 0.06, 0.03, 0.12
RING_S, RING_RELEASE_S = 0.4, 0.3
JOIN_SEARCH = 600  # samples: a period of the lowest notes


def compose_recorded(class_id: str, rng: np.random.Generator, duration_s: float) -> tuple[Score, Orchestration]:
    """Compose a solo for an instrument of which there are recorded notes.

    Args:
        class_id: One of `RECORDED_INSTRUMENTS`.
        rng: Source of randomness.
        duration_s: Duration of the piece.

    Returns:
        The score and the orchestration.
    """
    if class_id in SOLO_CLASSES:
        return compose_solo(class_id, rng, duration_s)
    return compose_within_range(class_id, *RANGES[class_id], rng, duration_s)


def play_notes(
    library: NoteLibrary,
    class_id: str,
    score: Score,
    duration_s: float,
    rng: np.random.Generator,
    *,
    tuning_cents: float = 0.0,
) -> np.ndarray:
    """Play the first part of a score with recorded notes.

    The part's bends are ignored, because the recorded players have a vibrato of their own.

    Args:
        library: The notes.
        class_id: The instrument.
        score: What is played.
        duration_s: Duration of the result.
        rng: Chooses among recordings.
        tuning_cents: Offset of the pitch.

    Returns:
        The solo, which may exceed -1 to 1.

    Shape:
        `(duration_s * SAMPLE_RATE,)`
    """
    beat_s = 60.0 / score.tempo_bpm
    player = _choose_player(library.notes[class_id], rng)
    solo = np.zeros(round(duration_s * SAMPLE_RATE), dtype=np.float32)
    for note in sorted(score.parts[0].notes, key=lambda item: item.start_beat):
        start, length_s = round(note.start_beat * beat_s * SAMPLE_RATE), note.duration_beats * beat_s
        recording, shift = _choose_recording(player, class_id, note, length_s, rng)
        waveform = library.waveform(recording, shift)
        sounding = _fit_duration(waveform, length_s, rings=class_id in PLUCKED)
        gain = 10 ** ((note.velocity / 127 - 0.8) * 18 / 20)
        stop = min(len(solo), start + len(sounding))
        if stop > start:
            solo[start:stop] += gain * sounding[: stop - start]
    if tuning_cents:
        tuned = soxr.resample(solo, SAMPLE_RATE * 2 ** (tuning_cents / 1200), SAMPLE_RATE, quality="HQ")[: len(solo)]
        solo = np.pad(tuned, (0, len(solo) - len(tuned)))
    return solo


def _choose_player(notes: tuple[RecordedNote, ...], rng: np.random.Generator) -> tuple[RecordedNote, ...]:
    """The notes of one of the players; each player's notes are in a folder."""
    folders = sorted({note.path.parent for note in notes})
    chosen = folders[int(rng.integers(len(folders)))]
    return tuple(note for note in notes if note.path.parent == chosen)


def _choose_recording(
    notes: tuple[RecordedNote, ...], class_id: str, written: Note, length_s: float, rng: np.random.Generator
) -> tuple[RecordedNote, int]:
    """Choose a recording for a written note, and by how many semitones to transpose it."""
    down = DOWNWARD_SHIFTS.get(class_id, MAX_SHIFT)
    pitch = written.pitch
    lowest, highest = min(n.pitch for n in notes) - down, max(n.pitch for n in notes) + MAX_SHIFT
    while pitch < lowest:
        pitch += 12
    while pitch > highest:
        pitch -= 12
    shifts = np.array([pitch - note.pitch for note in notes])
    allowed = (shifts <= MAX_SHIFT) & (shifts >= -down)
    distance = np.abs(shifts) + np.where(allowed, 0.0, 100.0)
    if down > MAX_SHIFT and rng.random() < 0.5:  # higher notes of an alto, transposed down, sound like a tenor
        distance = np.abs(shifts + 3) + np.where(allowed, 0.0, 100.0)
    cost = distance + 4.0 * np.abs(np.array([note.dynamic for note in notes]) - written.velocity / 127)
    missing_s = np.array([max(0.0, length_s - note.duration_s) for note in notes])
    cost += 2.5 * np.minimum(missing_s, 2.0) + 3.0 * np.array([note.rare for note in notes])
    cost += rng.gumbel(0.0, 0.6, len(notes))
    best = int(np.argmin(cost))
    return notes[best], int(shifts[best])


def _fit_duration(waveform: np.ndarray, length_s: float, *, rings: bool) -> np.ndarray:
    """Cut a recording to a note's duration with a short release, or lengthen it by repeating its middle."""
    wanted = round((length_s + OVERLAP_S) * SAMPLE_RATE) + (round(RING_S * SAMPLE_RATE) if rings else 0)
    join = round(JOIN_S * SAMPLE_RATE)
    turn = len(waveform) * 3 // 4
    middle, ending = waveform[len(waveform) // 4 : turn], waveform[turn:]
    waveform = waveform[:turn]
    while not rings and len(waveform) + len(ending) < wanted and len(middle) > 2 * join + JOIN_SEARCH:
        # Both sides of the joint must be in phase, or they cancel.
        correlation = np.correlate(middle[: join + JOIN_SEARCH], waveform[-join:], mode="valid")
        repeated = middle[int(correlation.argmax()) :]
        ramp = np.linspace(0.0, 1.0, join, dtype=np.float32)
        joined = waveform[-join:] * (1 - ramp) + repeated[:join] * ramp
        waveform = np.concatenate([waveform[:-join], joined, repeated[join:]])
    fitted = np.concatenate([waveform, ending])[:wanted]
    attack = min(round(ATTACK_S * SAMPLE_RATE), len(fitted) // 4)
    release = min(round((RING_RELEASE_S if rings else RELEASE_S) * SAMPLE_RATE), len(fitted) // 2)
    fitted[:attack] *= np.linspace(0.0, 1.0, attack, dtype=np.float32)
    fitted[len(fitted) - release :] *= 0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, release, dtype=np.float32))
    return fitted
