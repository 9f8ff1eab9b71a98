"""Drum grooves written as text, and fills.

A groove has one line per drum: the drum's name and a step string, which is repeated and may be longer than a bar. A
fill replaces the last steps of a bar. Pitches are the General MIDI percussion keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pecmae.rendering.genres.frame import Frame, Steps, chance, pick, repeat, strokes
from pecmae.rendering.score import Note

DRUM_KEYS = {
    "kick": 36, "rim": 37, "snare": 38, "brush": 38, "clap": 39, "snare2": 40, "tom3": 43, "hat": 42, "pedal": 44,
    "open": 46, "tom2": 47, "tom1": 50, "crash": 49, "ride": 51, "china": 52, "bell": 53, "tambourine": 54,
    "splash": 55, "cowbell": 56,
    "bongo1": 60, "bongo2": 61, "conga-mute": 62, "conga1": 63, "conga2": 64, "timbale": 65, "cabasa": 69, "shaker": 70,
    "guiro": 73, "claves": 75, "block": 76, "triangle": 81,
}  # fmt: skip

# The drums that pause during a fill; the others continue.
_STRUCK_IN_FILLS = frozenset({"snare", "snare2", "rim", "clap", "tom1", "tom2", "tom3", "hat", "open", "ride", "bell"})


@dataclass(frozen=True)
class Groove:
    """The lines of several drums on one grid."""

    steps_per_beat: int
    text: str

    @property
    def lines(self) -> tuple[tuple[str, Steps], ...]:
        """The steps of each drum."""
        rows = (row.split(maxsplit=1) for row in self.text.strip().splitlines())
        return tuple((drum, Steps(self.steps_per_beat, text)) for drum, text in rows)


# Fills by style; each fills the end of a bar.
FILLS: dict[str, tuple[Groove, ...]] = {
    "rock": (
        Groove(4, "snare xoxoXo..\ntom1 ......x.\ntom3 .......X"),
        Groove(4, "snare xxxx....\ntom1 ....xx..\ntom3 ......xX"),
        Groove(4, "snare x.x.\ntom2 .x..\ntom3 ...X"),
        Groove(4, "snare XoxoXoxo\nkick x...x..."),
        Groove(4, "snare Xoxx............\ntom1 ....Xoxx........\ntom2 ........Xoxx....\ntom3 ............XoxX"),
    ),
    "shuffle": (
        Groove(3, "snare x.oX.o\nkick x..x.."),
        Groove(3, "snare xox...\ntom1 ...xo.\ntom3 .....X"),
        Groove(3, "snare oxX"),
    ),
    "light": (Groove(4, "snare o.ox"), Groove(4, "snare .ogx\nkick x..."), Groove(4, "rim x.xx")),
    "swing": (
        Groove(2, "snare .x.x\nkick x.x."),
        Groove(2, "snare x..X\ntom1 .x..\ntom3 ..x."),
        Groove(3, "snare o.xo.x\nkick x..x.."),
    ),
    "reggae": (
        Groove(4, "timbale X..x..X.\nsnare ...o...x"),
        Groove(4, "snare x.x.xxxX"),
        Groove(4, "tom1 xx..\ntom3 ..xX"),
        Groove(4, "rim x..x\nsnare ..xX"),
    ),
    "disco": (
        Groove(4, "snare x.xxX.xx"),
        Groove(4, "tom1 xx......\ntom2 ..xx....\ntom3 ....xx..\nsnare ......xX"),
        Groove(4, "clap ..xX"),
    ),
    "hip-hop": (Groove(4, "snare ..x.xx.X"), Groove(4, "kick x.x.\nsnare .x.X"), Groove(8, "hat xxxxxxxx")),
    "metal": (
        Groove(4, "snare XxXx....\ntom1 ....Xx..\ntom3 ......XX\nkick xxxxxxxx"),
        Groove(4, "snare XxxXxxXx\nkick xxxxxxxx"),
        Groove(4, "tom1 Xxxx....\ntom3 ....XxxX\nkick xxxxxxxx"),
    ),
    "country": (Groove(4, "snare xoxoxoxX"), Groove(4, "snare xxxX"), Groove(4, "snare x.xx\ntom3 .x..")),
}


def _in_fill(drum: str, beat: float, fills: Sequence[tuple[float, float]]) -> bool:
    return drum in _STRUCK_IN_FILLS and any(start - 1e-6 <= beat < end - 1e-6 for start, end in fills)


def play_drums(
    rng: np.random.Generator,
    frame: Frame,
    groove: Groove,
    fills: str | None = None,
    fill_bars: int = 4,
    crash: str | None = "crash",
) -> list[Note]:
    """Play a groove until the end of the piece.

    Args:
        rng: Decides on `?` steps and on fills.
        frame: The piece's frame.
        groove: The groove.
        fills: A style of `FILLS`, or None for no fills.
        fill_bars: Number of bars from one possible fill to the next.
        crash: The cymbal after a fill, or None.

    Returns:
        Notes on the straight grid.
    """
    notes: list[Note] = []
    spaces: list[tuple[float, float]] = []
    if fills is not None:
        for bar in range(fill_bars, frame.n_bars, fill_bars):
            if not chance(rng, 0.85):
                continue
            fill = pick(rng, FILLS[fills])
            end = bar * frame.beats_per_bar
            start = end - max(steps.beats for _, steps in fill.lines)
            if start < end - frame.beats_per_bar:
                continue
            spaces.append((start, end))
            for drum, steps in fill.lines:
                notes += [_hit(drum, stroke.beat, stroke.velocity) for stroke in strokes(rng, steps, start)]
            if crash is not None:
                notes.append(_hit(crash, end, 104))
    for drum, steps in groove.lines:
        for stroke in repeat(rng, frame, steps):
            if not _in_fill(drum, stroke.beat, spaces):
                notes.append(_hit(drum, stroke.beat, stroke.velocity))
    return sorted(notes, key=lambda note: (note.start_beat, note.pitch))


def _hit(drum: str, beat: float, velocity: int) -> Note:
    length = {"open": 0.5, "crash": 2.0, "ride": 0.5, "china": 1.0}.get(drum, 0.2)
    return Note(beat, length, DRUM_KEYS[drum], velocity)
