"""Jazz: small-group swing, piano trio, bossa nova, ballad with brushes, big band, jazz waltz and string swing."""

import numpy as np

from pecmae.rendering.genres.bass import Line, play_line, walk
from pecmae.rendering.genres.comping import Register, play_chords
from pecmae.rendering.genres.drums import Groove, play_drums
from pecmae.rendering.genres.frame import Frame, Steps, chance, draw_frame, finish, pick
from pecmae.rendering.genres.melody import Melody, harmonise, play_melody
from pecmae.rendering.genres.ornament import entries, graces, pedal, scoops, vibrato
from pecmae.rendering.score import Note, Score

HORN_KEYS = (5, 10, 3, 8, 0, 7, 1)
STANDARDS = (
    "ii7 V7 Imaj7 Imaj7 ii7 V7 Imaj7 VI7b9",
    "Imaj7 vi7 ii7 V7 iii7 VI7b9 ii7 V7",
    "Imaj7,vi7 ii7,V7 iii7,VI7 ii7,V7 I7 IVmaj7,ivm6 iii7,VI7 ii7,V7",
    "Imaj7 iv7,bVII7 Imaj7 iii7,VI7 ii7 V7 Imaj7 ii7,V7",
    "vi7 ii7 V7 Imaj7 IVmaj7 viim7b5 III7b9 vi7",
    "I7 IV7 I7 I7 IV7 #ivdim7 I7 VI7b9 ii7 V7 I7,VI7 ii7,V7",
)
MINOR_STANDARDS = (
    "i7 i7 iv7 iv7 iim7b5 V7b9 i7 V7b9",
    "i6 bVI7,V7 i6 iim7b5,V7b9",
    "iv7 bVII7 bIIImaj7 bVImaj7 iim7b5 V7b9 i6 i6",
)
BOSSA_CHANGES = (
    "Imaj9 Imaj9 II7 II7 ii7 V7 Imaj9 bII7",
    "Imaj7 VI7b9 ii9 V13 Imaj7 VI7b9 ii9 V13",
    "i9 i9 iv9 iv9 iim7b5 V7b9 i9 i9",
    "Imaj9 #idim7 ii9 V13 iii7 bIIIdim7 ii9 V13",
)
SWINGS = (
    Groove(2, "ride x.xxx.xx\npedal ..x...x.\nkick o.o.o.o.\nsnare .?...g.?"),
    Groove(2, "ride x.xxx.xxx.xxx.xx\npedal ..x...x...x...x.\nkick g.g.g.g.g..?g.g.\nsnare ...o.?.....o.o.?"),
    Groove(2, "hat x.xxx.xx\nrim ......o.\nkick o.o.o.o.\nsnare .?......"),
)
BRUSHES = (
    Groove(2, "snare oggogogg\npedal ..o...o.\nkick g...g..."),
    Groove(2, "brush ogooogoo\npedal ..x...x.\nride ?...?..."),
)
BOSSAS = (
    Groove(4, "hat x.o.x.o.x.o.x.o.\nrim x..x..x...x..x..\nkick x..ox..ox..ox..o"),
    Groove(4, "hat xoxoxoxoxoxoxoxo\nrim ..x..x..x..x...x\nkick x..ox..ox..ox..o\nshaker xgogxgogxgogxgog"),
)
WALTZES = (
    Groove(2, "ride x.xxxx\npedal ..x.x.\nkick o....?\nsnare .?.o.?"),
    Groove(2, "ride x.xxx.\npedal ..o.x.\nkick o.....\nsnare ...?.o"),
)

COMPS = ("...x..x.", "x..x....", ".x....x.", "..x....x", "x..x_...", ".x.x....")
SOLO_8 = (
    Steps(2, "xxxxxxxxxxxx_x__"),
    Steps(2, ".xxxxxxxxxxxx___"),
    Steps(2, "x_xxxxxxxxxxx_.."),
    Steps(2, "xxx_.xxxxxxxxxx_"),
    Steps(2, "x_x_.xxxxxx_x___"),
)
HEADS = (
    Steps(2, ".x.xx_x_.x.x____"),
    Steps(2, "x_x_x_xx_xx_____"),
    Steps(2, "xx.xx_.xx___...."),
    Steps(2, "x__x__x_xxx_x___"),
)
SLOW_SONG = (Steps(2, "x___x_x_xxx_x___"), Steps(3, "x__x_xx__x_____x_xx_____"), Steps(2, ".xxxx___xxx_____"))
BOSSA_SONG = (Steps(2, "x_xx_xx_x_______"), Steps(2, ".xx_x__x_xx_x___"), Steps(2, "x__x__x_x_______"))
WALTZ_SONG = (Steps(2, "x_xx_xx_____"), Steps(2, "xxxxxxx_x___"), Steps(2, "x___x_xx_x__"))
LINES = ("wave", "run-up", "run-down", "zigzag", "turn", "arch")
SWING_LIMITS = (0.6, 0.67)


def _comping(rng: np.random.Generator, frame: Frame, register: Register, length: float = 0.7) -> list[Note]:
    """Four bars of sparse syncopated chords that anticipate the chord changes."""
    text = "".join(pick(rng, COMPS) for _ in range(4))
    return play_chords(rng, frame, Steps(2, text), register, length, velocity=0.78, anticipate=True)


def _solo(low: int, high: int, rhythms: tuple[Steps, ...], scale: str = "bebop") -> Melody:
    return Melody(scale, low, high, rhythms, LINES, ("ABCD", "ABAC", "AB.C", "AaBC"), 0.85)


def combo(rng: np.random.Generator, duration_s: float) -> Score:
    """Small group: walking bass, ride cymbal, piano comping, a horn that plays head or solo."""
    minor = chance(rng, 0.25)
    frame = draw_frame(
        rng,
        duration_s,
        (126, 216),
        MINOR_STANDARDS if minor else STANDARDS,
        "minor" if minor else "major",
        HORN_KEYS,
        swing=SWING_LIMITS,
    )
    style = _solo(56, 79, SOLO_8 if chance(rng, 0.65) else HEADS, "dorian" if minor else "bebop")
    lead = graces(rng, play_melody(rng, frame, style), 0.1)
    parts = {
        "drums": play_drums(rng, frame, pick(rng, SWINGS), "swing", 8, None),
        "bass": walk(rng, frame, 28, 50),
        "chords": _comping(rng, frame, Register(53, 74)),
        "lead": lead,
    }
    if chance(rng, 0.3):
        parts["counter"] = harmonise(frame, lead, 5)
    parts = entries(rng, frame, parts, ("lead", "chords"), ("drums", "bass", "chords"))
    return finish(
        rng, frame, "Swing combo", "combo", parts, 8, lag_ms={"lead": 15}, bends={"lead": scoops(rng, lead, 80, 0.2)}
    )


def trio(rng: np.random.Generator, duration_s: float) -> Score:
    """Piano trio: the right hand solos over its own left hand."""
    frame = draw_frame(rng, duration_s, (112, 208), STANDARDS, "major", HORN_KEYS, swing=SWING_LIMITS)
    right = play_melody(rng, frame, _solo(62, 88, SOLO_8))
    parts = {
        "drums": play_drums(rng, frame, pick(rng, SWINGS + BRUSHES[:1]), "swing", 8, None),
        "bass": walk(rng, frame, 28, 50),
        "chords": _comping(rng, frame, Register(50, 68), 0.6),
        "lead": right,
    }
    if chance(rng, 0.3):
        parts["counter"] = harmonise(frame, right, 4)
    parts = entries(rng, frame, parts, ("drums", "bass"))
    return finish(rng, frame, "Piano trio", "trio", parts, 8)


def bossa(rng: np.random.Generator, duration_s: float) -> Score:
    """Bossa nova: nylon guitar, rim click, root and fifth in the bass."""
    frame = draw_frame(rng, duration_s, (112, 148), BOSSA_CHANGES, "major", (0, 5, 2, 7, 9, 3))
    lead = play_melody(
        rng, frame, Melody("major", 59, 80, BOSSA_SONG, ("turn", "fall", "repeat", "wave"), ("AAaB", "ABAb"))
    )
    rhythm = Steps(4, pick(rng, ("x..x..x...x..x..", "x.....x...x..x..", "..x..x..x..x..x.")))
    parts = {
        "drums": play_drums(rng, frame, pick(rng, BOSSAS), "light", 8, None),
        "bass": play_line(
            rng, frame, (Line(2, "1 _ _ 5 5 _ _ 1"), Line(2, "1 _ _ 1 5 _ _ a")), 28, pick(rng, ("A", "AB"))
        ),
        "chords": play_chords(rng, frame, rhythm, Register(53, 72), 0.6, 0.015, 0.8),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("drums", "lead"))
    return finish(
        rng, frame, "Bossa nova", "bossa", parts, 7, lag_ms={"lead": 20}, controls={"lead": vibrato(frame, lead)}
    )


def ballad(rng: np.random.Generator, duration_s: float) -> Score:
    """Ballad: brushes, two-feel bass, rich chords, a breathy tune."""
    frame = draw_frame(rng, duration_s, (58, 78), STANDARDS[:5], "major", HORN_KEYS, swing=(0.58, 0.64))
    lead = graces(
        rng,
        play_melody(rng, frame, Melody("major", 55, 77, SLOW_SONG, ("arch", "fall", "leap", "turn"), ("ABAb", "AABb"))),
        0.25,
    )
    parts = {
        "drums": play_drums(rng, frame, pick(rng, BRUSHES), None, 8, None),
        "bass": play_line(rng, frame, (Line(2, "1 _ _ _ 5 _ _ a"), Line(2, "1 _ _ . 5 _ 3 a")), 28, "AB"),
        "chords": play_chords(
            rng, frame, Steps(2, pick(rng, ("x___x_x_", "x______.", ".x__x___"))), Register(53, 74, 5), 0.98, 0.06, 0.7
        ),
        "lead": lead,
    }
    controls = {"lead": vibrato(frame, lead, 56), "chords": pedal(frame)}
    bends = {"lead": scoops(rng, lead, 100, 0.4)}
    return finish(rng, frame, "Jazz ballad", "ballad", parts, 12, lag_ms={"lead": 25}, bends=bends, controls=controls)


def big_band(rng: np.random.Generator, duration_s: float) -> Score:
    """Big band: saxophones in block harmony, brass hits, guitar on every beat."""
    frame = draw_frame(rng, duration_s, (128, 188), STANDARDS, "major", (5, 10, 3, 8), swing=SWING_LIMITS)
    tune = play_melody(rng, frame, Melody("bebop", 60, 80, HEADS, ("repeat", "arch", "fall", "wave"), ("AAaB", "AABb")))
    hits = Steps(
        2,
        pick(rng, ("...x..x_", ".x.x....", "x..x..x."))
        + pick(rng, ("........", ".......x"))
        + pick(rng, ("x_......", "...x.x.."))
        + "....x.x_",
    )
    parts = {
        "drums": play_drums(rng, frame, pick(rng, SWINGS[:2]), "swing", 4),
        "bass": walk(rng, frame, 28, 48, 0.08),
        "chords": play_chords(rng, frame, Steps(1, "xXxX"), Register(53, 70), 0.5, 0.01, 0.65),
        "lead": tune,
        "counter": harmonise(frame, tune, 4),
        "counter-2": harmonise(frame, tune, 8),
        "brass": play_chords(rng, frame, hits, Register(60, 81), 0.7, velocity=1.05, anticipate=True),
    }
    parts = entries(rng, frame, parts, ("brass", "chords"), ("drums", "bass", "chords"))
    return finish(rng, frame, "Big band", "big-band", parts, 8)


def waltz(rng: np.random.Generator, duration_s: float) -> Score:
    """Jazz waltz with vibraphone or horn."""
    changes = (
        "Imaj7 IVmaj7 Imaj7 IVmaj7 iii7 VI7 ii7 V7",
        "i7 i7 IV7 IV7 i7 i7 ii7 V7",
        "Imaj7 viim7b5 III7b9 vi7 v7 I7 IVmaj7 V7",
    )
    frame = draw_frame(rng, duration_s, (132, 186), changes, "major", HORN_KEYS, 3, SWING_LIMITS)
    lead = play_melody(rng, frame, Melody("major", 58, 82, WALTZ_SONG, LINES, ("ABAC", "AABb", "AB.C")))
    parts = {
        "drums": play_drums(rng, frame, pick(rng, WALTZES), None, 8, None),
        "bass": play_line(
            rng, frame, (Line(1, "1 . 5"), Line(1, "1 3 a"), Line(1, "1 5 3")), 28, pick(rng, ("AB", "AACB", "CB"))
        ),
        "chords": play_chords(
            rng,
            frame,
            Steps(2, pick(rng, ("x__x__", ".x_..x", "...x__")) + "x_____"),
            Register(53, 74),
            0.8,
            velocity=0.75,
        ),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("lead", "drums"))
    return finish(rng, frame, "Jazz waltz", "waltz", parts, 9, lag_ms={"lead": 12})


def string_swing(rng: np.random.Generator, duration_s: float) -> Score:
    """Gypsy swing: two guitars on every beat, violin or clarinet on top, no drums."""
    changes = ("i6 i6 iv6 iv6 V7 V7 i6 V7", "I6 VI7 II7 II7 V7 V7 I6 V7", "i6 bVI7 i6 V7", "I6 #idim7 ii7 V7")
    frame = draw_frame(rng, duration_s, (164, 228), changes, "minor", (9, 2, 7, 4), swing=SWING_LIMITS)
    lead = graces(rng, play_melody(rng, frame, _solo(60, 88, SOLO_8 + HEADS, "harmonic minor")), 0.15)
    parts = {
        "bass": play_line(
            rng, frame, (Line(1, "1 . 5 ."), Line(1, "1 3 5 a")), 28, pick(rng, ("A", "AB", "B")), length=0.7
        ),
        "chords": play_chords(rng, frame, Steps(2, "x.X.x.Xg"), Register(50, 69, 5), 0.45, 0.03, 0.9),
        "riff": play_chords(rng, frame, Steps(2, "x.X.x.X."), Register(48, 67, 4), 0.4, 0.04, 0.8),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("lead", "bass"))
    return finish(rng, frame, "String swing", "string-swing", parts, 9, bends={"lead": scoops(rng, lead, 80, 0.2)})


ARRANGEMENTS = {
    "combo": combo,
    "trio": trio,
    "bossa": bossa,
    "ballad": ballad,
    "big-band": big_band,
    "waltz": waltz,
    "string-swing": string_swing,
}
