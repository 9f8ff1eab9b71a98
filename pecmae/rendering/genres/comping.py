"""Accompany with chords: rhythmic, strummed, sustained or broken, with voice leading."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pecmae.rendering.genres.frame import Frame, Steps, repeat
from pecmae.rendering.genres.harmony import Chord, place, voice
from pecmae.rendering.score import Note


@dataclass(frozen=True)
class Register:
    """The lowest and highest pitch of a chord instrument, and its number of voices."""

    low: int
    high: int
    n_voices: int = 4


def voicings(frame: Frame, register: Register) -> dict[float, tuple[int, ...]]:
    """Voice every chord of a piece.

    Args:
        frame: The piece's frame.
        register: The register of the voicings.

    Returns:
        The voicings by the beat on which the chord starts.
    """
    found: dict[float, tuple[int, ...]] = {}
    previous: tuple[int, ...] = ()
    for span in frame.spans:
        previous = voice(span.chord, register.low, register.high, previous, register.n_voices)
        found[span.start_beat] = previous
    return found


def _start_of(frame: Frame, beat: float) -> float:
    return max(span.start_beat for span in frame.spans if span.start_beat <= beat + 1e-6)


def play_chords(
    rng: np.random.Generator,
    frame: Frame,
    rhythm: Steps,
    register: Register,
    length: float = 0.95,
    strum_beats: float = 0.0,
    velocity: float = 1.0,
    anticipate: bool = False,
) -> list[Note]:
    """Play the current chord in a rhythm.

    Args:
        rng: Decides on `?` steps.
        frame: The piece's frame.
        rhythm: The rhythm.
        register: The register of the voicings.
        length: Ratio of a stroke's sounding duration to its written one.
        strum_beats: Time from the first to the last string of a strum; strokes off the beat are upstrokes.
        velocity: Factor on the velocities.
        anticipate: Whether off-beat strokes just before a chord change play the new chord.

    Returns:
        Notes on the straight grid.
    """
    placed = voicings(frame, register)
    notes: list[Note] = []
    for stroke in repeat(rng, frame, rhythm):
        chord_beat = stroke.beat + (0.5 if anticipate and stroke.beat % 1 else 0.0)
        pitches: Sequence[int] = placed[_start_of(frame, chord_beat)]
        upstroke = strum_beats > 0 and stroke.beat % 1 != 0
        if upstroke:
            pitches = tuple(reversed(pitches))[: max(3, len(pitches) - 1)]
        for index, pitch in enumerate(pitches):
            late = strum_beats * index / max(1, len(pitches) - 1)
            loudness = stroke.velocity * velocity * (0.88 if upstroke else 1.0)
            sounding = max(0.04, stroke.duration_beats * length - late)
            notes.append(Note(stroke.beat + late, sounding, pitch, int(np.clip(loudness, 1, 127))))
    return notes


def play_sustained(frame: Frame, register: Register, velocity: int = 72) -> list[Note]:
    """Hold every chord for its whole duration, as pads and strings do.

    Args:
        frame: The piece's frame.
        register: The register of the voicings.
        velocity: Velocity of the notes.

    Returns:
        Notes on the straight grid.
    """
    placed = voicings(frame, register)
    return [
        Note(span.start_beat, span.duration_beats * 0.99, pitch, velocity)
        for span in frame.spans
        for pitch in placed[span.start_beat]
    ]


def play_arpeggio(
    frame: Frame,
    pattern: str,
    steps_per_beat: float,
    register: Register,
    ring: bool = False,
    velocity: int = 88,
    bass: bool = False,
) -> list[Note]:
    """Play the current chord as an arpeggio.

    Args:
        frame: The piece's frame.
        pattern: Tokens: an index into the voicing from below, which continues an octave higher after the last voice;
            several tokens joined by `+`; `b` and `f`, the root and the fifth below the voicing; `.`, a rest.
        steps_per_beat: Number of tokens per beat.
        register: The register of the voicings.
        ring: Whether notes last until the chord ends, as with a pedal or open strings.
        velocity: Velocity of a note on the beat.
        bass: Whether the root below the voicing is added to the first note of every chord.

    Returns:
        Notes on the straight grid.
    """
    placed = voicings(frame, register)
    tokens = pattern.split()
    step = 1 / steps_per_beat
    notes: list[Note] = []
    for span in frame.spans:
        pitches = placed[span.start_beat]
        first = round(span.start_beat * steps_per_beat)
        for index in range(round(span.duration_beats * steps_per_beat)):
            at = span.start_beat + index * step
            length = span.end_beat - at if ring else step * 0.95
            loudness = velocity if at % 1 == 0 else velocity - 12
            for name in tokens[(first + index) % len(tokens)].split("+"):
                if name != ".":
                    notes.append(Note(at, length, _arpeggio_pitch(name, pitches, span.chord, register), loudness))
        if bass:
            root = place(span.chord.root, register.low - 14)
            notes.append(Note(span.start_beat, span.duration_beats * 0.95, root, velocity))
    return notes


def _arpeggio_pitch(name: str, pitches: Sequence[int], chord: Chord, register: Register) -> int:
    if name == "b":
        return place(chord.root, register.low - 14)
    if name == "f":
        return place((chord.root + chord.degree("5")) % 12, register.low - 14)
    octave, index = divmod(int(name), len(pitches))
    return pitches[index] + 12 * octave
