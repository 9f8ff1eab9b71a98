"""What is played: notes, bends and controls of abstract parts, in beats, apart from what plays them.

A `Score` names roles ("bass", "lead"), never instruments; an `Orchestration` gives each role a voice. So any score can
be rendered with any orchestration. Time is in beats (quarter notes) from 0, swing is applied by the composer, pitch is
a MIDI number, and drum parts use the General MIDI percussion keys as pitches.
"""

from dataclasses import dataclass
from itertools import groupby

PERCUSSIVE_ROLES = frozenset({"drums", "percussion"})
BEND_RANGE_CENTS = 1200.0


@dataclass(frozen=True)
class Note:
    """One note; `velocity` is 1 to 127."""

    start_beat: float
    duration_beats: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Bend:
    """From `beat` on, the whole part sounds `cents` away from its written pitch, until the next bend."""

    beat: float
    cents: float


@dataclass(frozen=True)
class Control:
    """A MIDI controller's value (0 to 127) from `beat` on: 1 modulation, 11 expression, 64 sustain pedal."""

    beat: float
    number: int
    value: int


@dataclass(frozen=True)
class Part:
    """The notes of one role.

    Common roles: drums, percussion (both percussive), bass, chords, riff, lead, melody, pad, arpeggio, counter, brass,
    strings. Two parts of a kind add a number: `lead-2`.
    """

    role: str
    notes: tuple[Note, ...]
    bends: tuple[Bend, ...] = ()
    controls: tuple[Control, ...] = ()

    @property
    def is_percussive(self) -> bool:
        """Whether the role has no pitch."""
        return base_role(self.role) in PERCUSSIVE_ROLES


@dataclass(frozen=True)
class Score:
    """A whole piece.

    Attributes:
        title: A name for people.
        arrangement: Which of the class's arrangements this is, such as `shuffle`.
        tempo_bpm: Quarter notes a minute, constant.
        key: Tonic and mode, such as `A minor`.
        beats: Length in quarter notes.
        parts: What is played; one part a role.
    """

    title: str
    arrangement: str
    tempo_bpm: float
    key: str
    beats: float
    parts: tuple[Part, ...]

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.beats * 60.0 / self.tempo_bpm


def base_role(role: str) -> str:
    """The role without its number: `lead-2` is a `lead`."""
    stem, _, number = role.rpartition("-")
    return stem if stem and number.isdigit() else role


def without_overlaps(notes: tuple[Note, ...], min_beats: float = 0.01) -> tuple[Note, ...]:
    """Notes in order of time, each ended before the next of the same pitch starts.

    A MIDI channel can't hold one pitch twice: the first note's end would cut the second. Of two notes that start
    together the louder stays.

    Args:
        notes: Notes of one part, in any order.
        min_beats: The shortest note that is left.

    Returns:
        The notes, sorted by start and pitch.
    """
    kept: list[Note] = []
    by_pitch = sorted(notes, key=lambda note: (note.pitch, note.start_beat, -note.velocity))
    for _, same in groupby(by_pitch, key=lambda note: note.pitch):
        previous: Note | None = None
        for note in same:
            if previous is not None and note.start_beat - previous.start_beat < min_beats:
                continue
            if previous is not None:
                length = min(previous.duration_beats, note.start_beat - previous.start_beat)
                kept.append(Note(previous.start_beat, length, previous.pitch, previous.velocity))
            previous = note
        if previous is not None:
            kept.append(previous)
    return tuple(sorted(kept, key=lambda note: (note.start_beat, note.pitch)))
