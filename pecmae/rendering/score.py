"""What is played: the notes, bends and controllers of parts, independent of the instruments.

A `Score` has roles ("bass", "lead") instead of instruments, and an `Orchestration` gives each role a voice. So any
score can be rendered with any orchestration. Time is in beats (quarter notes) from 0 and includes swing. Pitches are
MIDI note numbers; drum parts use the General MIDI percussion keys.
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
    """From `beat` until the next bend, the part sounds `cents` above its written pitch."""

    beat: float
    cents: float


@dataclass(frozen=True)
class Control:
    """From `beat` on, a MIDI controller (1 modulation, 11 expression, 64 sustain pedal) has a value from 0 to 127."""

    beat: float
    number: int
    value: int


@dataclass(frozen=True)
class Part:
    """The notes of one role.

    Common roles are drums and percussion, which are percussive, bass, chords, riff, lead, melody, pad, arpeggio,
    counter, brass and strings. A second part of a role has a number: `lead-2`.
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
        title: A title for people.
        arrangement: Which of the class's arrangements this is, such as `shuffle`.
        tempo_bpm: Quarter notes per minute, constant.
        key: Tonic and mode, such as `A minor`.
        beats: Duration in quarter notes.
        parts: The parts, one per role.
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
    """Remove the number of a role: `lead-2` becomes `lead`."""
    stem, _, number = role.rpartition("-")
    return stem if stem and number.isdigit() else role


def without_overlaps(notes: tuple[Note, ...], min_beats: float = 0.01) -> tuple[Note, ...]:
    """Shorten notes so that each ends before the next note of the same pitch starts.

    On a MIDI channel, the end of the first of two such notes would also end the second. Of two notes of one pitch that
    start together, the louder one is kept.

    Args:
        notes: Notes of one part, in any order.
        min_beats: Notes of one pitch that start within this time count as starting together.

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
