"""Compose melodies for one player: recurring motifs, phrases with rests, dynamics and articulation.

A melody moves on the degrees of a scale within a register. Time is in beats.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pecmae.rendering.scales import SCALES
from pecmae.rendering.score import Note

TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

# Rhythm cells in beats, from calm to busy.
CELLS: tuple[tuple[tuple[float, ...], ...], ...] = (
    ((4.0,), (3.0, 1.0), (2.0, 2.0), (2.0, 1.0, 1.0)),
    ((1.0, 1.0), (1.5, 0.5), (2.0, 1.0), (1.0, 0.5, 0.5), (0.5, 1.5)),
    ((0.5, 0.5), (0.5, 0.5, 1.0), (0.75, 0.25), (1 / 3, 1 / 3, 1 / 3), (0.5, 0.25, 0.25)),
    ((0.25,) * 4, (1 / 6,) * 6, (0.25, 0.25, 0.5), (0.125,) * 8),
)


@dataclass(frozen=True)
class Manner:
    """How an instrument's melodies move.

    Attributes:
        low: Lowest pitch.
        high: Highest pitch.
        busyness: Weights of the four kinds of `CELLS`.
        staccato: Probability that the notes of a phrase are short.
        leap: Scale of the random steps between notes, in scale degrees.
        breath_beats: Longest rest between phrases.
    """

    low: int
    high: int
    busyness: tuple[float, float, float, float] = (0.2, 0.4, 0.3, 0.1)
    staccato: float = 0.2
    leap: float = 1.6
    breath_beats: float = 2.0


@dataclass(frozen=True)
class Motif:
    """The durations of notes in beats, and the step to each note from the one before in scale degrees."""

    durations: tuple[float, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True)
class Register:
    """The pitches of a scale between two limits. Degrees count from the lowest pitch."""

    pitches: tuple[int, ...]

    def reflected(self, degree: int) -> int:
        """Reflect a degree at the ends of the register, so that it lies within it."""
        top = len(self.pitches) - 1
        degree = abs(degree) % (2 * top)
        return min(degree, 2 * top - degree)


def draw_register(tonic: int, scale: str, manner: Manner, rng: np.random.Generator) -> Register:
    """Choose a part of the instrument's range of at least nearly an octave.

    Args:
        tonic: Pitch class of the tonic.
        scale: Name of the scale.
        manner: The instrument's manner, with its range.
        rng: Source of randomness.

    Returns:
        The register.
    """
    width = int(rng.integers(11, max(12, min(25, manner.high - manner.low)) + 1))
    low = int(rng.integers(manner.low, max(manner.low, manner.high - width) + 1))
    high = min(manner.high, low + width)
    pitches = tuple(p for p in range(low, high + 1) if (p - tonic) % 12 in SCALES[scale])
    return Register(pitches)


def draw_motif(manner: Manner, rng: np.random.Generator) -> Motif:
    """Draw one to three rhythm cells of similar busyness, with a contour of steps, runs or broken chords.

    Args:
        manner: How the instrument is played.
        rng: Source of randomness.

    Returns:
        The motif.
    """
    weights = np.array(manner.busyness) / sum(manner.busyness)
    kind = int(rng.choice(len(CELLS), p=weights))
    durations: list[float] = []
    for _ in range(int(rng.integers(1, 4))):
        near = int(np.clip(kind + rng.choice((-1, 0, 0, 0, 1)), 0, len(CELLS) - 1))
        durations += CELLS[near][int(rng.integers(len(CELLS[near])))]
    n_notes = len(durations)
    contour = rng.choice(("walk", "run", "broken chord"), p=(0.55, 0.25, 0.2))
    direction = int(rng.choice((-1, 1)))
    if contour == "run":
        steps = [direction] * n_notes
    elif contour == "broken chord":
        steps = [direction * (2 if i % 4 < 3 else -2) for i in range(n_notes)]
    else:
        steps = [round(step) for step in rng.laplace(0.0, manner.leap, n_notes)]
    return Motif(tuple(durations), tuple(steps))


def compose_melody(register: Register, manner: Manner, beats: float, rng: np.random.Generator) -> tuple[Note, ...]:
    """Compose phrases from a few motifs until the end of the piece.

    Args:
        register: The pitches to use.
        manner: How the instrument is played.
        beats: Duration of the piece.
        rng: Source of randomness.

    Returns:
        Notes in order, one at a time.
    """
    motifs = [draw_motif(manner, rng) for _ in range(3)]
    loudness = rng.uniform(58, 108)
    degree = len(register.pitches) // 2
    beat = float(rng.choice((0.0, 0.0, 0.5, 1.0)))
    notes: list[Note] = []
    while beat < beats:
        notes_before = len(notes)
        motif = motifs[int(rng.choice(3, p=(0.5, 0.3, 0.2)))]
        degree = register.reflected(degree + int(rng.integers(-3, 4)))
        short = rng.random() < manner.staccato
        hold = rng.uniform(0.3, 0.6) if short else rng.uniform(0.86, 1.0)
        for _ in range(int(rng.integers(1, 4))):
            mirror = -1 if rng.random() < 0.15 else 1
            for duration, step in zip(motif.durations, motif.steps, strict=True):
                degree = register.reflected(degree + mirror * step)
                notes.append(Note(beat, duration * hold, register.pitches[degree], 0))
                beat += duration
            degree = register.reflected(degree + int(rng.choice((-2, -1, 0, 1, 2))))
        last = float(rng.choice((1.0, 1.5, 2.0, 3.0)))
        notes.append(Note(beat, last * (0.6 if short else 0.95), register.pitches[degree], 0))
        beat += last + float(rng.choice((0.0, 0.25, 0.5, 1.0))) * manner.breath_beats
        notes[notes_before:] = _shaped(notes[notes_before:], loudness, rng)
    return tuple(note for note in notes if note.start_beat < beats)


def humanised(notes: tuple[Note, ...], spread_beats: float, rng: np.random.Generator) -> tuple[Note, ...]:
    """Shift the start of every note slightly off the grid.

    Args:
        notes: The notes.
        spread_beats: Standard deviation of the shifts.
        rng: Source of randomness.

    Returns:
        The shifted notes.
    """
    offsets = rng.normal(0.0, spread_beats, len(notes))
    return tuple(
        Note(max(0.0, note.start_beat + offset), note.duration_beats, note.pitch, note.velocity)
        for note, offset in zip(notes, offsets.tolist(), strict=True)
    )


def with_chromatic_neighbours(
    notes: tuple[Note, ...], probability: float, rng: np.random.Generator
) -> tuple[Note, ...]:
    """Replace some short notes by the semitone below the following note.

    Args:
        notes: The notes.
        probability: Probability that a short note is replaced.
        rng: Source of randomness.

    Returns:
        As many notes.
    """
    result = list(notes)
    for i, (note, following) in enumerate(pairwise(notes)):
        if note.duration_beats < 0.6 and rng.random() < probability:
            result[i] = Note(note.start_beat, note.duration_beats, following.pitch - 1, note.velocity)
    return tuple(result)


def with_grace_notes(notes: tuple[Note, ...], probability: float, rng: np.random.Generator) -> tuple[Note, ...]:
    """Add a grace note before some longer notes.

    Args:
        notes: The notes.
        probability: Probability that a longer note gets a grace note.
        rng: Source of randomness.

    Returns:
        The notes with the grace notes.
    """
    result: list[Note] = []
    for note in notes:
        if note.duration_beats >= 0.4 and rng.random() < probability:
            grace, step = 0.1, int(rng.choice((-2, -1, 1, 2)))
            result.append(Note(note.start_beat, grace, note.pitch + step, max(1, note.velocity - 12)))
            note = Note(note.start_beat + grace, note.duration_beats - grace, note.pitch, note.velocity)
        result.append(note)
    return tuple(result)


def _shaped(phrase: list[Note], loudness: float, rng: np.random.Generator) -> list[Note]:
    """Set the velocities of a phrase: an arch or a slope, accents on the beat, and random variation."""
    position = np.linspace(0.0, 1.0, len(phrase))
    arch = np.sin(np.pi * position) * rng.uniform(0, 22) + (position - 0.5) * rng.uniform(-18, 18)
    variation = rng.normal(0.0, 4.0, len(phrase))
    shaped = []
    for note, rise, deviation in zip(phrase, arch, variation, strict=True):
        accent = 6.0 if note.start_beat % 1.0 < 0.05 else 0.0
        velocity = int(np.clip(loudness + rise + deviation + accent, 20, 127))
        shaped.append(Note(note.start_beat, note.duration_beats, note.pitch, velocity))
    return shaped
