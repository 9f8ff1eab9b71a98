"""Country: train beat, waltz, bluegrass, honky-tonk shuffle, country ballad and country rock."""

import numpy as np

from pecmae.rendering.genres.bass import Line, play_line
from pecmae.rendering.genres.comping import Register, play_arpeggio, play_chords, play_sustained
from pecmae.rendering.genres.drums import Groove, play_drums
from pecmae.rendering.genres.frame import Frame, Steps, chance, draw_frame, finish, pick
from pecmae.rendering.genres.melody import Melody, harmonise, play_melody
from pecmae.rendering.genres.ornament import entries, graces, scoops, vibrato
from pecmae.rendering.score import Note, Score

OPEN_KEYS = (7, 2, 0, 9, 4)  # G, D, C, A, E: open guitar chords
SONGS = ("I I IV I I I V V I I IV I I V I I", "I IV I V I IV V I", "I I IV IV V V I I", "I V I IV I V I I", "I vi IV V")
WALTZES = ("I I IV IV I I V V I I IV IV I V I I", "I IV I V I IV V I", "I I V V V V I I")
FIDDLE_TUNES = ("I I IV I I I V V I I IV I I V I I", "I I V V I IV V I", "I bVII I V I bVII IV,V I", "I IV I V")

TRAIN = (
    Groove(4, "snare XoxoXoxoXoxoXoxo\nkick x...x...x...x..."),
    Groove(4, "snare ooXoooXoooXoooXo\nkick x...x...x...x...\nhat ..x...x...x...x."),
)
TWO_BEAT = (
    Groove(4, "hat x.o.x.o.x.o.x.o.\nrim ....X.......X...\nkick X.......X......."),
    Groove(4, "hat o.x.o.x.o.x.o.x.\nsnare ....X.......X...\nkick X.......X.....?."),
)
WALTZ = (
    Groove(2, "hat x.x.x.\nrim ..x.x.\nkick X....."),
    Groove(2, "brush ..o.o.\nkick X.....\nhat xooxoo"),
)
SHUFFLE = (
    Groove(3, "hat x.ox.ox.ox.o\nsnare ...X.....X..\nkick X.....X....."),
    Groove(3, "ride x.xx.xx.xx.x\nrim ...X.....X..\nkick X.....X.....\npedal ...x.....x.."),
)
ROCKING = (
    Groove(4, "hat X.x.X.x.X.x.X.x.\nsnare ....X.......X...\nkick X..x..x.X.x....."),
    Groove(4, "hat X.x.X.x.X.x.X.x.\nsnare ....X..g.g..X...\nkick X.....x.X......."),
)
SLOW = (
    Groove(4, "hat x.o.x.o.x.o.x.o.\nrim ....X.......X...\nkick X......xX......."),
    Groove(3, "hat xooxooxooxoo\nrim ...X.....X..\nkick X....oX....."),
)

BOOM_CHICK = (Line(1, "1 . 5, ."), Line(1, "1 . 5, . 1 . 5, a"), Line(1, "1 . 5, . 1 2 3 a"))
TWANG = Line(2, "1 1 3 5 6 5 3 2")
ROLLS = ("2 1 3 2 1 3 2 3", "0 2 1 3 0 2 1 3", "3 2 1 3 2 1 3 2", "1 2 3 1 2 3 1 3")

FIDDLE = (
    Steps(4, "x_x_xxx_x_xxx_x_"),
    Steps(4, "xxx_xxx_xxxxx_x_"),
    Steps(4, "x_xxx_xxx_x_x___"),
    Steps(4, "x_xxxxx_x_xxx___"),
)
SINGING = (
    Steps(2, "x_x_x_xxx___...."),
    Steps(2, ".xx_xxx_x___...."),
    Steps(2, "x___xxx_x_x_x___"),
    Steps(2, "..x_xxx_x_______"),
)
SINGING_3 = (Steps(1, "x_xx__"), Steps(2, "x___xxx_x___"), Steps(1, "xxxx__"), Steps(2, "x_x_x_x_____"))
MOVES = ("arch", "fall", "turn", "wave", "leap")


def _answer(frame: Frame, notes: list[Note], offset_beats: float) -> list[Note]:
    """Fills of a second instrument in the gaps of a melody: its ending, delayed and harmonised."""
    moved = [Note(note.start_beat + offset_beats, note.duration_beats, note.pitch, note.velocity) for note in notes]
    return [note for note in harmonise(frame, moved, -5) if note.start_beat % 8 >= 5]


def train(rng: np.random.Generator, duration_s: float) -> Score:
    """Train beat on the snare, boom-chick bass and guitar, a twanging lead."""
    frame = draw_frame(rng, duration_s, (104, 132), SONGS, "major", OPEN_KEYS)
    lead = graces(rng, play_melody(rng, frame, Melody("major blues", 57, 77, SINGING, MOVES)), 0.2, 2)
    parts = {
        "drums": play_drums(rng, frame, pick(rng, TRAIN), "country", 8, None),
        "bass": play_line(rng, frame, BOOM_CHICK, 31, pick(rng, ("AB", "AC", "AABA")), length=0.7),
        "chords": play_chords(
            rng, frame, Steps(4, pick(rng, ("..x...x...x...x.", "..x...xx..x...xx"))), Register(55, 74), 0.6, 0.03
        ),
        "riff": play_line(rng, frame, (Line(2, "1 . 5 . 1 . 5 ."),), 43, length=0.6),
        "lead": lead,
    }
    if chance(rng, 0.6):
        parts["counter"] = _answer(frame, lead, 4)
    parts = entries(rng, frame, parts, ("drums", "lead"), ("drums", "bass"))
    return finish(rng, frame, "Train beat", "train", parts, bends={"lead": scoops(rng, lead, 200, 0.25)})


def waltz(rng: np.random.Generator, duration_s: float) -> Score:
    """Country waltz with fiddle and pedal steel."""
    frame = draw_frame(rng, duration_s, (92, 138), WALTZES, "major", OPEN_KEYS, 3)
    lead = play_melody(rng, frame, Melody("major", 60, 81, SINGING_3, MOVES, ("AABb", "ABAC", "ABab")))
    steel = play_sustained(frame, Register(59, 76, 3), 74)
    parts = {
        "drums": play_drums(rng, frame, pick(rng, WALTZ), "country", 8, None),
        "bass": play_line(rng, frame, (Line(1, "1 . . 5, . ."), Line(1, "1 . . 5, . a")), 31, "AB", length=0.9),
        "chords": play_chords(rng, frame, Steps(1, ".xx"), Register(55, 74), 0.6, 0.03),
        "pad": steel,
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("drums", "pad"))
    bends = {"lead": scoops(rng, lead, 100, 0.3), "pad": scoops(rng, steel[::3], 200, 0.35, 0.5)}
    return finish(rng, frame, "Country waltz", "waltz", parts, bends=bends, controls={"lead": vibrato(frame, lead, 50)})


def bluegrass(rng: np.random.Generator, duration_s: float) -> Score:
    """Banjo rolls, off-beat mandolin chop, fiddle tune; no drums."""
    frame = draw_frame(rng, duration_s, (124, 158), FIDDLE_TUNES, "major", (7, 2, 9, 0))
    tune = Melody("major", 64, 86, FIDDLE, (*MOVES, "run-up", "run-down", "zigzag"), ("AABb", "ABAb", "AaBb"))
    lead = play_melody(rng, frame, tune)
    parts = {
        "bass": play_line(rng, frame, BOOM_CHICK, 31, pick(rng, ("AB", "AC")), length=0.7),
        "chords": play_chords(rng, frame, Steps(2, ".X.X.X.X"), Register(60, 78, 4), 0.3, 0.015),
        "arpeggio": play_arpeggio(frame, pick(rng, ROLLS), 4, Register(57, 76)),
        "riff": play_chords(rng, frame, Steps(4, "x.xoX.xox.xoX.xo"), Register(48, 67, 4), 0.8, 0.03, 0.75),
        "lead": lead,
    }
    if chance(rng, 0.3):
        del parts["arpeggio" if chance(rng, 0.4) else "riff"]
    parts = entries(rng, frame, parts, ("lead", "riff", "chords"))
    return finish(rng, frame, "Bluegrass breakdown", "bluegrass", parts, timing_ms=6)


def honky_tonk(rng: np.random.Generator, duration_s: float) -> Score:
    """Swinging honky-tonk: piano, fiddle and steel trade phrases."""
    frame = draw_frame(rng, duration_s, (108, 148), SONGS, "major", OPEN_KEYS, swing=(0.62, 0.67))
    lead = play_melody(rng, frame, Melody("major pentatonic", 60, 81, SINGING, MOVES, ("AB.b", "A.a.", "ABAb")))
    steel = play_chords(
        rng, frame, Steps(2, pick(rng, ("..x_____", "x___..x_", "....x___"))), Register(60, 77, 3), 0.95
    )
    parts = {
        "drums": play_drums(rng, frame, pick(rng, SHUFFLE), "shuffle", 8, None),
        "bass": play_line(
            rng, frame, (*BOOM_CHICK[:2], Line(1, "1 3 5 6")), 31, pick(rng, ("AB", "C", "AC")), length=0.75
        ),
        "chords": play_chords(
            rng, frame, Steps(2, pick(rng, (".x.x.x.x", "..x...x.", ".x.xx..x"))), Register(57, 76), 0.4
        ),
        "pad": steel,
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("lead", "pad"), ("drums", "bass", "chords"))
    bends = {"lead": scoops(rng, lead, 150, 0.3), "pad": scoops(rng, steel[::3], 200, 0.3)}
    return finish(rng, frame, "Honky-tonk shuffle", "honky-tonk", parts, bends=bends)


def ballad(rng: np.random.Generator, duration_s: float) -> Score:
    """Slow song: picked acoustic guitar, weeping steel, strings."""
    frame = draw_frame(
        rng, duration_s, (66, 92), ("I V vi IV", "I IV I V", "I iii IV V", "I I7 IV iv I V I I"), "major", OPEN_KEYS
    )
    lead = play_melody(rng, frame, Melody("major pentatonic", 60, 79, SINGING, MOVES, ("ABAb", "AABb")))
    parts = {
        "drums": play_drums(rng, frame, pick(rng, SLOW), "country", 8, None),
        "bass": play_line(rng, frame, (Line(2, "1 _ _ 5, 1 _ _ ."), Line(2, "1 _ _ _ 5, _ 1 a")), 31, "AB"),
        "arpeggio": play_arpeggio(
            frame, pick(rng, ("b 2 1 3 f 2 1 3", "b 1 2 3 2 1 2 1")), 2, Register(55, 72), ring=True
        ),
        "pad": play_sustained(frame, Register(58, 76), 60),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("drums", "pad", "bass"))
    bends = {"lead": scoops(rng, lead, 200, 0.55, 0.4)}
    return finish(
        rng, frame, "Country ballad", "ballad", parts, bends=bends, controls={"lead": vibrato(frame, lead, 50)}
    )


def country_rock(rng: np.random.Generator, duration_s: float) -> Score:
    """Backbeat, strummed acoustic guitars, chicken-picked electric guitar, fiddle hook."""
    frame = draw_frame(
        rng, duration_s, (98, 132), ("I V vi IV", "I IV V IV", "I bVII IV I", "vi IV I V"), "major", OPEN_KEYS
    )
    hook = Melody("major pentatonic", 62, 83, SINGING, MOVES, ("AABb", "ABAb"))
    lead = play_melody(rng, frame, hook)
    picking = Melody("major blues", 52, 72, FIDDLE, ("zigzag", "turn", "repeat"), ("A.a.", "..AB"), 0.6, 0.5)
    parts = {
        "drums": play_drums(rng, frame, pick(rng, ROCKING), "rock"),
        "bass": play_line(rng, frame, (Line(2, "1! . . 1 5, . 1 ."), Line(2, "1! . 1 . 5, . 5, a")), 31, "AB"),
        "chords": play_chords(
            rng, frame, Steps(4, pick(rng, ("X.x.X.xxX.x.X.xx", "X..xX.xx.xx.X.xx"))), Register(52, 71), 0.9, 0.05
        ),
        "riff": play_melody(rng, frame, picking),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("lead", "riff", "bass"), ("drums", "bass"))
    return finish(rng, frame, "Country rock", "country-rock", parts, bends={"lead": scoops(rng, lead, 120, 0.3)})


ARRANGEMENTS = {
    "train": train,
    "waltz": waltz,
    "bluegrass": bluegrass,
    "honky-tonk": honky_tonk,
    "ballad": ballad,
    "country-rock": country_rock,
}
