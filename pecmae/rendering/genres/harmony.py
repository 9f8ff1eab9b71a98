"""Chords written as Roman numerals, chord progressions, and voice leading.

Pitch classes are semitones above C (0 to 11); pitches are MIDI note numbers. A progression is a string such as
`"I vi ii7,V7 I"`, with one word per bar and commas between the chords of a bar. Upper-case numerals are major,
lower-case ones minor, followed by the quality (`QUALITIES`). Numerals refer to the degrees of the major scale, so minor
keys have `bVI` and `bVII`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

KEY_NAMES = ("C", "D-flat", "D", "E-flat", "E", "F", "F-sharp", "G", "A-flat", "A", "B-flat", "B")

QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "9": (0, 4, 7, 10, 14),
    "m9": (0, 3, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "69": (0, 4, 7, 9, 14),
    "add9": (0, 4, 7, 14),
    "13": (0, 4, 10, 14, 21),
    "7b9": (0, 4, 7, 10, 13),
    "7#9": (0, 4, 7, 10, 15),
    "m7b5": (0, 3, 6, 10),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
}

_NUMERALS = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
_SYMBOL = re.compile(r"^([b#]?)([iv]+|[IV]+)(.*)$")


@dataclass(frozen=True)
class Chord:
    """A chord: `root` is a pitch class, `intervals` are the ascending semitones above it."""

    symbol: str
    root: int
    intervals: tuple[int, ...]

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """The pitch classes of the chord, 0 to 11."""
        return tuple((self.root + interval) % 12 for interval in self.intervals)

    def degree(self, name: str) -> int:
        """Give the semitones of a degree above the root.

        Args:
            name: `1`, `3`, `5` and `7` depend on the chord's quality; `2`, `4`, `6`, `8`, `b2`, `b3`, `b5`, `b6`, `b7`
                and `#4` don't.

        Returns:
            The number of semitones.
        """
        fixed = {"1": 0, "2": 2, "4": 5, "6": 9, "b7": 10, "8": 12, "b5": 6, "b3": 3, "b2": 1, "b6": 8, "#4": 6}
        if name in fixed:
            return fixed[name]
        wanted = {"3": (3, 4), "5": (6, 7, 8), "7": (9, 10, 11)}[name]
        usual = {"3": 4, "5": 7, "7": 10}[name]
        return next((interval for interval in self.intervals if interval in wanted), usual)


@dataclass(frozen=True)
class ChordSpan:
    """A chord with its start and duration in quarter notes."""

    start_beat: float
    duration_beats: float
    chord: Chord

    @property
    def end_beat(self) -> float:
        """The beat at which the chord ends."""
        return self.start_beat + self.duration_beats


def parse_chord(symbol: str, tonic: int) -> Chord:
    """Parse a Roman numeral.

    Args:
        symbol: The numeral, such as `ii7`, `bVII` or `V7b9`.
        tonic: Pitch class of the tonic.

    Returns:
        The chord.

    Raises:
        ValueError: The symbol isn't a numeral with a known quality.
    """
    match = _SYMBOL.match(symbol)
    if match is None or match[2].lower() not in _NUMERALS:
        raise ValueError(f"{symbol!r} isn't a Roman numeral such as 'ii7' or 'bVII'")
    accidental, numeral, quality = match.groups()
    if numeral.islower() and not quality.startswith(("m", "dim")):
        quality = "m" + quality
    if quality not in QUALITIES:
        raise ValueError(f"{symbol!r} has the unknown quality {quality!r}; use one of {', '.join(QUALITIES)}")
    shift = {"": 0, "b": -1, "#": 1}[accidental]
    return Chord(symbol, (tonic + _NUMERALS[numeral.lower()] + shift) % 12, QUALITIES[quality])


def lay_out(progression: str, tonic: int, n_bars: int, beats_per_bar: float) -> tuple[ChordSpan, ...]:
    """Repeat a progression over a number of bars.

    Args:
        progression: One word per bar; the chords of a bar, joined by commas, have equal durations.
        tonic: Pitch class of the tonic.
        n_bars: Number of bars to fill; the progression is repeated as often as needed.
        beats_per_bar: Quarter notes per bar.

    Returns:
        The chords in order, without gaps.
    """
    spans = []
    for bar, word in enumerate(islice(cycle(progression.split()), n_bars)):
        symbols = word.split(",")
        duration = beats_per_bar / len(symbols)
        for index, symbol in enumerate(symbols):
            spans.append(ChordSpan(bar * beats_per_bar + index * duration, duration, parse_chord(symbol, tonic)))
    return tuple(spans)


def place(pitch_class: int, low: int) -> int:
    """The lowest pitch of a class that isn't below `low`."""
    return low + (pitch_class - low) % 12


def nearest(pitch_classes: Sequence[int], target: float) -> int:
    """The pitch nearest to `target` whose class is among `pitch_classes`; of two equally near, the lower one."""
    candidates = [place(pitch_class, int(target) - 12) + octave for pitch_class in pitch_classes for octave in (0, 12)]
    return min(candidates, key=lambda pitch: (abs(pitch - target), pitch))


def voice(chord: Chord, low: int, high: int, previous: Sequence[int] = (), n_voices: int = 4) -> tuple[int, ...]:
    """Find the close voicing in a register that moves least from the previous one.

    If the chord has more notes than there are voices, the root (which the bass plays) and then the fifth are omitted.
    If it has fewer, notes are doubled from the bottom.

    Args:
        chord: The chord.
        low: Lowest pitch allowed.
        high: Highest pitch allowed; at least 12 semitones above `low`.
        previous: The previous voicing, or empty.
        n_voices: Number of notes.

    Returns:
        The pitches, ascending.
    """
    classes = list(chord.pitch_classes)
    for spare in (chord.root, (chord.root + 7) % 12):
        if len(classes) > n_voices and spare in classes:
            classes.remove(spare)
    classes = classes[-n_voices:]
    candidates = []
    for start in range(low, high - 4):
        if start % 12 not in classes:
            continue
        first = classes.index(start % 12)
        pitches = [start]
        for step in range(1, n_voices):
            pitches.append(place(classes[(first + step) % len(classes)], pitches[-1] + 1))
        while len(pitches) > 2 and pitches[-1] > high:
            pitches.pop()
        candidates.append(tuple(sorted(pitches)))
    centre = (low + high) / 2

    def cost(pitches: tuple[int, ...]) -> float:
        lost = 6.0 * (n_voices - len(pitches))
        if previous:
            return lost + sum(min(abs(pitch - old) for old in previous) for pitch in pitches)
        return lost + abs(sum(pitches) / len(pitches) - centre)

    return min(candidates, key=cost)
