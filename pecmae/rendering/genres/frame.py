"""The frame of a piece (tempo, key, metre, chords, swing), and the notation of rhythms as step strings.

Parts are composed on a straight grid. `finish` adds swing, human timing and dynamics, cuts the parts to length and
makes the `Score`. In a step string, letters are strokes (`X` accented, `x` normal, `o` soft, `g` ghost, `?` played in
some bars only), `_` holds the previous stroke, and `.` is a rest.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from pecmae.rendering.genres.harmony import KEY_NAMES, Chord, ChordSpan, lay_out
from pecmae.rendering.score import Bend, Control, Note, Part, Score, without_overlaps

Choice = TypeVar("Choice")

VELOCITIES = {"X": 118, "x": 100, "o": 80, "g": 44, "?": 70}
MAYBE_CHANCE = 0.4
DEFAULT_TIMING_MS = 7.0


@dataclass(frozen=True)
class Steps:
    """A rhythm; `text` is a step string, in which spaces are ignored."""

    steps_per_beat: int
    text: str

    @property
    def symbols(self) -> str:
        """The steps without the spaces between beats."""
        return self.text.replace(" ", "")

    @property
    def beats(self) -> float:
        """Length in beats."""
        return len(self.symbols) / self.steps_per_beat


@dataclass(frozen=True)
class Stroke:
    """A stroke of a rhythm."""

    beat: float
    duration_beats: float
    velocity: int


@dataclass(frozen=True)
class Frame:
    """What all parts of a piece have in common.

    Attributes:
        tempo_bpm: Quarter notes per minute.
        tonic: Pitch class of the key.
        mode: Name of the mode.
        beats_per_bar: Quarter notes per bar.
        beats: Duration of the piece.
        spans: The chords, without gaps, up to the end of the last bar.
        swing: Position of the second note in a pair of notes; 0.5 is straight.
        swing_beats: Duration of such a pair: 1 for eighths, 0.5 for sixteenths.
    """

    tempo_bpm: float
    tonic: int
    mode: str
    beats_per_bar: float
    beats: float
    spans: tuple[ChordSpan, ...]
    swing: float = 0.5
    swing_beats: float = 1.0

    @property
    def n_bars(self) -> int:
        """Number of bars, the last one possibly incomplete."""
        return math.ceil(self.beats / self.beats_per_bar)

    @property
    def key(self) -> str:
        """Name of the key, such as "C major"."""
        return f"{KEY_NAMES[self.tonic]} {self.mode}"

    def chord_at(self, beat: float) -> Chord:
        """The chord at a beat; after the end, the last one."""
        return next(
            (span.chord for span in self.spans if span.start_beat <= beat + 1e-6 < span.end_beat), self.spans[-1].chord
        )

    def chord_after(self, beat: float) -> Chord:
        """The chord that follows the chord at a beat."""
        ends = (span.end_beat for span in self.spans if span.start_beat <= beat + 1e-6 < span.end_beat)
        return self.chord_at(next(ends, self.spans[-1].start_beat))

    def warp(self, beat: float) -> float:
        """Move a beat of the straight grid to its place with swing. Triplets are aligned with the swung notes."""
        eighth_triplet = self.swing_beats < 1 and abs(beat * 3 - round(beat * 3)) < 1e-3
        if self.swing == 0.5 or eighth_triplet:
            return beat
        pair, within = divmod(beat, self.swing_beats)
        third = within * 3 / self.swing_beats
        if abs(third - round(third)) < 1e-3:
            return (pair + (0.0, self.swing / 2, self.swing, 1.0)[round(third)]) * self.swing_beats
        half = self.swing_beats / 2
        if within <= half:
            within *= self.swing / 0.5
        else:
            within = self.swing * self.swing_beats + (within - half) * (1 - self.swing) / 0.5
        return pair * self.swing_beats + within


def uniform(rng: np.random.Generator, limits: tuple[float, float]) -> float:
    """Draw a number between two limits."""
    return float(rng.uniform(*limits))


def chance(rng: np.random.Generator, probability: float) -> bool:
    """Return True with a given probability."""
    return bool(rng.random() < probability)


def pick(rng: np.random.Generator, options: Sequence[Choice]) -> Choice:
    """Draw one of the options."""
    return options[int(rng.integers(len(options)))]


def draw_frame(
    rng: np.random.Generator,
    duration_s: float,
    tempo_bpm: tuple[float, float],
    progressions: Sequence[str],
    mode: str = "major",
    tonics: Sequence[int] = tuple(range(12)),
    beats_per_bar: float = 4,
    swing: tuple[float, float] = (0.5, 0.5),
    swing_beats: float = 1.0,
) -> Frame:
    """Draw tempo, key, progression and swing from an arrangement's ranges.

    Args:
        rng: Source of randomness.
        duration_s: Duration of the piece.
        tempo_bpm: Slowest and fastest tempo.
        progressions: The progressions to choose from (see `harmony.lay_out`).
        mode: Name of the mode, for the key. A progression that starts on the minor tonic turns `major` into `minor`.
        tonics: The pitch classes to choose the tonic from.
        beats_per_bar: Quarter notes per bar.
        swing: Least and greatest swing.
        swing_beats: Duration of a pair of notes that swings: 1 for eighths, 0.5 for sixteenths.

    Returns:
        The frame.
    """
    tempo = round(uniform(rng, tempo_bpm), 1)
    tonic = pick(rng, tonics)
    beats = duration_s * tempo / 60
    n_bars = math.ceil(beats / beats_per_bar)
    spans = lay_out(pick(rng, progressions), tonic, n_bars, beats_per_bar)
    if mode == "major" and spans[0].chord.root == tonic and 3 in spans[0].chord.intervals:
        mode = "minor"
    return Frame(tempo, tonic, mode, beats_per_bar, beats, spans, round(uniform(rng, swing), 3), swing_beats)


def strokes(rng: np.random.Generator, steps: Steps, start_beat: float = 0.0) -> list[Stroke]:
    """The strokes of a rhythm that starts at `start_beat`."""
    symbols, length = steps.symbols, 1 / steps.steps_per_beat
    found = []
    for index, symbol in enumerate(symbols):
        if symbol in "._" or (symbol == "?" and not chance(rng, MAYBE_CHANCE)):
            continue
        held = len(symbols[index + 1 :]) - len(symbols[index + 1 :].lstrip("_"))
        found.append(Stroke(start_beat + index * length, (1 + held) * length, VELOCITIES[symbol]))
    return found


def repeat(rng: np.random.Generator, frame: Frame, steps: Steps) -> list[Stroke]:
    """The strokes of a rhythm that is repeated until the end of the piece."""
    n_times = math.ceil(frame.beats / steps.beats)
    return [stroke for time in range(n_times) for stroke in strokes(rng, steps, time * steps.beats)]


def from_beat(notes: Sequence[Note], beat: float) -> list[Note]:
    """The notes that start at a beat or later, for a part that enters after an introduction."""
    return [note for note in notes if note.start_beat >= beat - 1e-6]


def without(notes: Sequence[Note], start_beat: float, end_beat: float) -> list[Note]:
    """The notes without those that start between two beats, for a break."""
    return [note for note in notes if not start_beat - 1e-6 <= note.start_beat < end_beat - 1e-6]


def finish(
    rng: np.random.Generator,
    frame: Frame,
    title: str,
    arrangement: str,
    parts: Mapping[str, Sequence[Note]],
    timing_ms: float = DEFAULT_TIMING_MS,
    lag_ms: Mapping[str, float] | None = None,
    bends: Mapping[str, Sequence[Bend]] | None = None,
    controls: Mapping[str, Sequence[Control]] | None = None,
    velocity_spread: float = 0.06,
) -> Score:
    """Make the score: add swing, human timing and velocities and four-bar phrasing, and cut to length.

    Args:
        rng: Source of randomness of timing and velocities.
        frame: The piece's frame.
        title: Title for people; key and tempo are added.
        arrangement: Name of the arrangement.
        parts: Notes of every role on the straight grid; roles without notes are left out.
        timing_ms: Standard deviation of the timing of a note.
        lag_ms: How far behind the beat a role plays.
        bends: Bends of the roles, on the straight grid.
        controls: Controllers of the roles, on the straight grid.
        velocity_spread: Standard deviation of the logarithm of the velocity.

    Returns:
        The score.
    """
    beats_per_ms = frame.tempo_bpm / 60_000
    phrase = 4 * frame.beats_per_bar
    finished = []
    for role, notes in parts.items():
        lag = (lag_ms or {}).get(role, 0.0) * beats_per_ms
        played = []
        for note in notes:
            if note.start_beat >= frame.beats - 0.05:
                continue
            start = frame.warp(note.start_beat)
            length = frame.warp(note.start_beat + note.duration_beats) - start
            start = max(0.0, start + lag + float(np.clip(rng.normal(0, timing_ms), -30, 30)) * beats_per_ms)
            swell = 0.96 + 0.08 * (note.start_beat % phrase) / phrase
            velocity = note.velocity * swell * float(np.exp(rng.normal(0, velocity_spread)))
            length = min(length, frame.beats - start)
            if length > 0:
                played.append(Note(round(start, 4), round(length, 4), note.pitch, int(np.clip(velocity, 8, 127))))
        if played:
            role_bends = tuple(
                Bend(round(frame.warp(bend.beat), 4), bend.cents) for bend in (bends or {}).get(role, ())
            )
            finished.append(
                Part(role, without_overlaps(tuple(played)), role_bends, tuple((controls or {}).get(role, ())))
            )
    whole_title = f"{title} in {frame.key}, {frame.tempo_bpm:.0f} BPM"
    return Score(whole_title, arrangement, frame.tempo_bpm, frame.key, frame.beats, tuple(finished))
