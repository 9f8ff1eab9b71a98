"""What players add to written notes: scoops, grace notes, tremolo, vibrato, pedal, late entries and breaks."""

from collections.abc import Mapping, Sequence

import numpy as np

from pecmae.rendering.genres.frame import Frame, chance, from_beat, pick, without
from pecmae.rendering.score import Bend, Control, Note

MODULATION, SUSTAIN = 1, 64


def scoops(
    rng: np.random.Generator,
    notes: Sequence[Note],
    cents: float = 200.0,
    probability: float = 0.35,
    beats: float = 0.25,
) -> list[Bend]:
    """Bend into long notes from below, as guitarists and singers do.

    Args:
        rng: Chooses the notes.
        notes: The notes of a monophonic part.
        cents: Depth of the bend.
        probability: Probability of a bend on a note of about half a beat or more.
        beats: Duration of the bend.

    Returns:
        The bends in order.
    """
    bends = []
    for note in notes:
        if note.duration_beats >= 0.45 and chance(rng, probability):
            steps = 6
            bends += [
                Bend(note.start_beat + beats * index / steps, -cents * (1 - index / steps) ** 1.5)
                for index in range(steps + 1)
            ]
    return sorted(bends, key=lambda bend: bend.beat)


def graces(
    rng: np.random.Generator, notes: Sequence[Note], probability: float = 0.15, semitones: int = 1
) -> list[Note]:
    """Add grace notes from below before some notes.

    Args:
        rng: Chooses the notes.
        notes: The notes.
        probability: Probability that a longer note gets a grace note.
        semitones: Interval from the grace note to the note.

    Returns:
        The notes, followed by the grace notes.
    """
    added = [
        Note(note.start_beat - 0.09, 0.09, note.pitch - semitones, max(1, note.velocity - 20))
        for note in notes
        if note.start_beat >= 0.1 and note.duration_beats >= 0.3 and chance(rng, probability)
    ]
    return [*notes, *added]


def vibrato(frame: Frame, notes: Sequence[Note], depth: int = 48) -> list[Control]:
    """Raise the modulation wheel during long notes."""
    controls = []
    for note in notes:
        if note.duration_beats * 60 / frame.tempo_bpm >= 0.5:
            controls.append(Control(round(note.start_beat + note.duration_beats * 0.35, 4), MODULATION, depth))
            controls.append(Control(round(note.start_beat + note.duration_beats * 0.98, 4), MODULATION, 0))
    return controls


def pedal(frame: Frame) -> list[Control]:
    """Change the sustain pedal with the chords."""
    controls = []
    for span in frame.spans:
        controls.append(Control(round(span.start_beat, 4), SUSTAIN, 0))
        controls.append(Control(round(span.start_beat + 0.08, 4), SUSTAIN, 100))
    return controls


def tremolo(notes: Sequence[Note], steps_per_beat: float) -> list[Note]:
    """Replace every note by fast repetitions."""
    repeated = []
    for note in notes:
        n_strokes = max(1, round(note.duration_beats * steps_per_beat))
        step = note.duration_beats / n_strokes
        for index in range(n_strokes):
            velocity = note.velocity if index % 2 == 0 else max(1, note.velocity - 12)
            repeated.append(Note(note.start_beat + index * step, step * 0.9, note.pitch, velocity))
    return repeated


def entries(
    rng: np.random.Generator,
    frame: Frame,
    parts: Mapping[str, Sequence[Note]],
    late: Sequence[str] = (),
    stops: Sequence[str] = (),
    probability: float = 0.35,
) -> dict[str, list[Note]]:
    """Give a piece a form: some parts may enter late, some may pause for a bar.

    Args:
        rng: Decides whether and when.
        frame: The piece's frame.
        parts: The notes of every role.
        late: Roles of which one or two may enter after one, two or four bars.
        stops: Roles that may rest together in the last bar of a phrase.
        probability: Probability of late entries; a break is half as likely.

    Returns:
        The notes of every role.
    """
    shaped = {role: list(notes) for role, notes in parts.items()}
    if late and chance(rng, probability):
        bars = pick(rng, (1, 2, 2, 4)) if frame.n_bars >= 10 else 1
        for role in {pick(rng, late), pick(rng, late)}:
            if role in shaped:
                shaped[role] = from_beat(shaped[role], bars * frame.beats_per_bar)
    if stops and frame.n_bars > 8 and chance(rng, probability / 2):
        start = 7 * frame.beats_per_bar
        for role in stops:
            if role in shaped:
                shaped[role] = without(shaped[role], start + 0.5, start + frame.beats_per_bar)
    return shaped
