"""Bass lines and riffs written as chord degrees, and walking bass.

A `Line` is a sequence of tokens on a grid. A token is a degree (see `harmony.Chord.degree`), which `'` raises and `,`
lowers by an octave and `!` accents; `a`, a chromatic approach to the root of the next chord; `x`, a dead note; `_`,
which holds the previous note; or `.`, a rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pecmae.rendering.genres.frame import Frame, chance, pick
from pecmae.rendering.genres.harmony import Chord, nearest, place
from pecmae.rendering.score import Note

ACCENT = 112
PLAIN = 96
WEAK = 86
DEAD = 52


@dataclass(frozen=True)
class Line:
    """A sequence of tokens on a grid."""

    steps_per_beat: float
    text: str

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of the pattern."""
        return tuple(self.text.split())

    @property
    def beats(self) -> float:
        """Length in beats."""
        return len(self.tokens) / self.steps_per_beat


def _pitch(token: str, chord: Chord, following: Chord, low: int) -> int:
    octaves = token.count("'") - token.count(",")
    name = token.strip("',!")
    if name == "a":
        target = place(following.root, low)
        return target - 1 if target - 1 >= low else target + 1
    return place(chord.root, low) + 12 * octaves + chord.degree(name)


def play_line(
    rng: np.random.Generator,
    frame: Frame,
    lines: Sequence[Line],
    low: int,
    order: str = "A",
    reference: Chord | None = None,
    length: float = 0.95,
    stack: Sequence[int] = (0,),
) -> list[Note]:
    """Play lines in turn until the end of the piece.

    Args:
        rng: Varies the velocities.
        frame: The piece's frame.
        lines: The lines; `A` in `order` is the first, `B` the second, and so on.
        low: Lowest pitch of a root.
        order: The order of the lines, which is repeated; `.` is a rest as long as the first line.
        reference: The chord that all degrees refer to, for riffs that stay on the tonic; by default the current chord.
        length: Ratio of a note's sounding duration to its written one.
        stack: Semitones above each note at which it is doubled, such as `(0, 7, 12)` for power chords.

    Returns:
        Notes on the straight grid.
    """
    notes: list[Note] = []
    beat, turn = 0.0, 0
    while beat < frame.beats:
        letter = order[turn % len(order)]
        turn += 1
        if letter == ".":
            beat += lines[0].beats
            continue
        line = lines[(ord(letter) - ord("A")) % len(lines)]
        step = 1 / line.steps_per_beat
        tokens = line.tokens
        for index, token in enumerate(tokens):
            at = beat + index * step
            if token in "._":
                continue
            chord = reference or frame.chord_at(at)
            if token == "x":
                notes.append(Note(at, step * 0.3, place(chord.root, low), DEAD))
                continue
            held = 0
            while index + held + 1 < len(tokens) and tokens[index + held + 1] == "_":
                held += 1
            velocity = ACCENT if "!" in token else PLAIN if at % 1 == 0 else WEAK
            pitch = _pitch(token, chord, frame.chord_after(at), low)
            velocity = int(np.clip(velocity + rng.normal(0, 3), 1, 127))
            notes += [Note(at, (1 + held) * step * length, pitch + semitones, velocity) for semitones in stack]
        beat += line.beats
    return notes


def walk(rng: np.random.Generator, frame: Frame, low: int, high: int, skips: float = 0.15) -> list[Note]:
    """Play a walking bass: roots on chord changes, chord tones between them, a half or whole step into the next root.

    Args:
        rng: Source of randomness.
        frame: The piece's frame.
        low: Lowest pitch.
        high: Highest pitch.
        skips: Probability of an additional eighth after a beat.

    Returns:
        Notes on the straight grid, mostly quarter notes.
    """
    notes: list[Note] = []
    pitch = place(frame.spans[0].chord.root, low + 4)
    direction = 1
    for span, following in zip(frame.spans, (*frame.spans[1:], frame.spans[0]), strict=True):
        n_beats = round(span.duration_beats)
        root = nearest((span.chord.root,), pitch)
        root += 12 if root < low else -12 if root > high else 0
        pitch = root
        for index in range(n_beats):
            beat = span.start_beat + index
            if index == n_beats - 1 and n_beats > 1:
                target = nearest((following.chord.root,), pitch)
                pitch = target + pick(rng, (-1, 1, -1, 1, 2, -2))
            elif index > 0:
                if pitch > high - 4:
                    direction = -1
                elif pitch < low + 4:
                    direction = 1
                elif chance(rng, 0.2):
                    direction = -direction
                tones = span.chord.pitch_classes[:4]
                pitch = nearest(tones, pitch + direction * pick(rng, (3, 4)))
            pitch += 12 if pitch < low else -12 if pitch > high else 0
            notes.append(Note(beat, 0.92, pitch, 100 if index % 2 else 94))
            if chance(rng, skips):
                notes.append(Note(beat + 0.5, 0.3, pitch, 60))
    return notes
