"""Blues: twelve-bar shuffle, slow 12/8, Delta fingerpicking, jump blues, minor blues and boogie-woogie piano."""

import numpy as np

from pecmae.rendering.genres.bass import Line, play_line, walk
from pecmae.rendering.genres.comping import Register, play_chords, play_sustained
from pecmae.rendering.genres.drums import Groove, play_drums
from pecmae.rendering.genres.frame import Frame, Steps, chance, draw_frame, finish, pick
from pecmae.rendering.genres.harmony import parse_chord, place
from pecmae.rendering.genres.melody import Melody, play_melody
from pecmae.rendering.genres.ornament import entries, graces, scoops, vibrato
from pecmae.rendering.score import Note, Score

TWELVE_BARS = (
    "I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7",
    "I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 I7,V7",
    "I7 IV7 I7 I7 IV7 #ivdim7 I7 VI7 ii7 V7 I7,VI7 ii7,V7",
)
PLAIN_TWELVE = TWELVE_BARS[:2]
MINOR_TWELVE = ("i7 i7 i7 i7 iv7 iv7 i7 i7 bVI7 V7 i7 V7", "i7 iv7 i7 i7 iv7 iv7 i7 i7 bVI7 V7 i7 V7")
GUITAR_KEYS = (4, 9, 7, 2, 0)  # E, A, G, D, C

SHUFFLES = (
    Groove(3, "ride x.xx.xx.xx.x\nsnare ...X.....X..\nkick X.....x....?\npedal ...o.....o.."),
    Groove(3, "hat x.ox.ox.ox.o\nsnare ..gX.g..gX.g\nkick X.?x..X.?x.."),
    Groove(3, "hat x.ox.ox.ox.o\nsnare ...X.....X..\nkick X.x...X.x..."),
)
SLOW = (
    Groove(3, "hat xooxooxooxoo\nsnare ...X.....X..\nkick X....ox....?"),
    Groove(3, "ride xooxooxooxoo\nrim ...X.....X..\nkick X....oX....o"),
)
JUMP = (Groove(3, "ride x..x.xx..x.x\nsnare ...X.....X..\nkick x..o..x..o..\npedal ...x.....x.."),)
STRAIGHT = (
    Groove(4, "hat x.o.x.o.x.o.x.o.\nsnare ....X..g.g..X..g\nkick X..?..x...x....."),
    Groove(4, "ride x.o.x.o.x.o.x.o.\nrim ....X.......X..?\nkick X.....x.x......."),
)

BOOGIES = (
    Line(2, "1 1 3 3 5 5 6 6 b7 b7 6 6 5 5 3 3"),
    Line(1, "1 3 5 6 b7 6 5 3"),
    Line(2, "1! 1 5 1 6! 1 5 1"),
    Line(1, "1 3 5 6"),
)
SLOW_BASS = (Line(3, "1 _ _ 1 _ 3 5 _ _ 6 _ 5"), Line(3, "1 _ _ _ _ 1 5 _ _ 5 _ a"), Line(3, "1 _ _ 3 _ _ 5 _ _ 6 _ a"))
MINOR_BASS = (Line(2, "1! . 1 5 . 5 b7 1"), Line(2, "1! _ . 1 5 . 5 b7"), Line(2, "1! . . 8 b7 . 5 b3"))

# Licks on the blues scale in call and response, twelve triplet eighths per bar.
LICKS = (
    Line(3, "5' _ b7' 8' _ _ b3' _ 1' b7 _ _"),
    Line(3, ". . 4' b5' 5' _ b3' _ 1' _ _ _"),
    Line(3, "8' _ b7' 5' _ 4' b3' _ 1' 1' _ _"),
    Line(3, "b3' 3' 5' _ 6' 5' b3' 3' 1' _ _ _"),
    Line(3, "1' _ b3' 4' _ b5' 5' _ _ b7' _ 8'"),
    Line(3, "8' 8' 8' b7' _ 5' 8' _ b7' 5' _ _"),
    Line(3, "5' b5' 4' b3' _ 1' b7 1' _ _ . ."),
    Line(3, "b7' _ _ 5' _ b3' 4' b3' 1' _ . ."),
    Line(3, "4' b5' 5' 5' _ _ . . 8' b7' 5' _"),
)
LICK_ORDERS = ("AB.CAB.D", "A.B.A.CD", "ABACABAD", "AAB.AAC.", "ABCDABCE")


def _licks(rng: np.random.Generator, frame: Frame, low: int, minor: bool = False) -> list[Note]:
    chosen = [LICKS[index] for index in rng.permutation(len(LICKS))[:5]]
    notes = play_line(
        rng, frame, chosen, low, pick(rng, LICK_ORDERS), parse_chord("i7" if minor else "I7", frame.tonic)
    )
    return graces(rng, notes, 0.12)


def _guitar_low(frame: Frame) -> int:
    return place(frame.tonic, 50)


def shuffle(rng: np.random.Generator, duration_s: float) -> Score:
    """Electric Chicago shuffle: boogie bass, sixth riff on the guitar, call and response of licks."""
    frame = draw_frame(rng, duration_s, (96, 138), TWELVE_BARS[:2], "major", GUITAR_KEYS, swing=(0.64, 0.69))
    lead = _licks(rng, frame, _guitar_low(frame))
    riff = Line(2, pick(rng, ("5 5 6 6 5 5 6 6", "5 5 6 6 b7 b7 6 6", "5! . 6! . 5! . 6! .")))
    riff_low = place(frame.tonic, 40)
    parts = {
        "drums": play_drums(rng, frame, pick(rng, SHUFFLES), "shuffle"),
        "bass": play_line(rng, frame, (pick(rng, BOOGIES),), 28),
        "riff": play_line(rng, frame, (riff,), riff_low)
        + play_line(rng, frame, (Line(2, "1 1 1 1 1 1 1 1"),), riff_low),
        "chords": play_chords(
            rng, frame, Steps(2, pick(rng, (".x.x.x.x", "..x...x.", ".xx..xx."))), Register(55, 72), 0.5
        ),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("lead", "chords"), ("drums", "bass", "riff", "chords"))
    bends = {"lead": scoops(rng, lead)}
    return finish(rng, frame, "Twelve-bar shuffle", "shuffle", parts, lag_ms={"lead": 12}, bends=bends)


def slow(rng: np.random.Generator, duration_s: float) -> Score:
    """Slow blues in twelve eighths with an organ and a long-breathed lead."""
    minor = chance(rng, 0.3)
    table = MINOR_TWELVE if minor else TWELVE_BARS
    frame = draw_frame(rng, duration_s, (54, 76), table, "minor" if minor else "major", GUITAR_KEYS)
    lead = _licks(rng, frame, _guitar_low(frame), minor)
    parts = {
        "drums": play_drums(rng, frame, pick(rng, SLOW), "shuffle"),
        "bass": play_line(rng, frame, SLOW_BASS, 28, pick(rng, ("AABA", "BBAB", "CCAC"))),
        "pad": play_sustained(frame, Register(52, 70), 66),
        "chords": play_chords(
            rng, frame, Steps(3, pick(rng, ("xooxooxooxoo", "..xx....xx..", "...x_____x__"))), Register(57, 76), 0.8
        ),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("pad", "chords"))
    bends = {"lead": scoops(rng, lead, probability=0.5)}
    controls = {"lead": vibrato(frame, lead, 60)}
    return finish(
        rng, frame, "Slow blues in 12/8", "slow", parts, lag_ms={"lead": 18, "drums": 4}, bends=bends, controls=controls
    )


def delta(rng: np.random.Generator, duration_s: float) -> Score:
    """Solo acoustic blues: thumb on alternating bass, fingers on the blues scale, sometimes a harmonica."""
    frame = draw_frame(rng, duration_s, (74, 118), PLAIN_TWELVE, "major", GUITAR_KEYS, swing=(0.6, 0.67))
    fingers = _licks(rng, frame, place(frame.tonic, 47))
    thumb = play_line(rng, frame, (Line(1, pick(rng, ("1 1 1 1", "1 5 1 5", "1 5 8 5"))),), place(4, 40), length=0.7)
    comp = play_chords(
        rng, frame, Steps(2, pick(rng, (".o.o.o.o", "...o...o", "..o...oo"))), Register(52, 67, 3), 0.5, 0.03
    )
    parts = {"riff": thumb, "chords": comp, "lead": fingers}
    bends = {"lead": scoops(rng, fingers, 100, 0.2)}
    if chance(rng, 0.45):
        harp = Melody(
            "blues",
            62,
            84,
            HARMONICA,
            ("fall", "wave", "turn", "repeat"),
            ("A.a.", "AB..", ".A.b"),
            snap=0.4,
            adapt=False,
        )
        parts["counter"] = play_melody(rng, frame, harp)
        bends["counter"] = scoops(rng, parts["counter"], 150, 0.6)
    if chance(rng, 0.4):
        stomp = Groove(2, pick(rng, ("kick x.x.x.x.", "kick x...x...", "kick x.x.x.x.\ntambourine ..o...o.")))
        parts["drums"] = play_drums(rng, frame, stomp, crash=None)
    return finish(rng, frame, "Delta fingerpicking", "delta", parts, timing_ms=11, bends=bends)


HARMONICA = (Steps(3, "x__x_xx_____"), Steps(3, "..xx__x__x__"), Steps(3, "x_xx_xx__..."))


def jump(rng: np.random.Generator, duration_s: float) -> Score:
    """Jump blues: walking bass, swing drums, horn riffs and a saxophone."""
    frame = draw_frame(rng, duration_s, (140, 184), TWELVE_BARS, "major", (5, 10, 3, 0, 7), swing=(0.62, 0.67))
    horns = Steps(2, pick(rng, ("x..x....", "..xx_.x.", ".x.x..x_", "x.x...x_")) + pick(rng, ("........", "x..x_...")))
    rhythms = (Steps(2, "xxxxx_x_x__....."), Steps(2, ".xx_xxx_xx__...."), Steps(2, "x_x_xxxxx___...x"))
    solo = Melody(
        "major blues", 55, 77, rhythms, ("fall", "wave", "zigzag", "repeat"), ("AAB.", "ABAb", "AaBb"), snap=0.6
    )
    lead = play_melody(rng, frame, solo)
    parts = {
        "drums": play_drums(rng, frame, pick(rng, JUMP), "swing"),
        "bass": walk(rng, frame, 28, 48) if chance(rng, 0.5) else play_line(rng, frame, (BOOGIES[1],), 28),
        "chords": play_chords(
            rng, frame, Steps(2, pick(rng, ("x.x.x.x.", "..x...x.", ".x.x.x.x"))), Register(53, 72), 0.4
        ),
        "brass": play_chords(rng, frame, horns, Register(55, 74, 3), 0.7),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("lead", "brass"), ("drums", "bass", "chords"))
    return finish(rng, frame, "Jump blues", "jump", parts, bends={"lead": scoops(rng, lead, 120, 0.3)})


def minor_groove(rng: np.random.Generator, duration_s: float) -> Score:
    """Minor blues over a straight, half Latin groove."""
    frame = draw_frame(rng, duration_s, (92, 126), MINOR_TWELVE, "minor", (9, 4, 2, 11, 7))
    rhythms = (Steps(4, "x_x_x___x_xx____"), Steps(4, "..x_x_x_x_______"), Steps(4, "x___..x_x_x_x___"))
    solo = Melody("blues", 55, 80, rhythms, ("fall", "wave", "leap"), ("AB.b", "A.aB", "AABb"), snap=0.5, adapt=False)
    lead = graces(rng, play_melody(rng, frame, solo), 0.15)
    parts = {
        "drums": play_drums(rng, frame, pick(rng, STRAIGHT), "rock"),
        "bass": play_line(rng, frame, (pick(rng, MINOR_BASS),), 28),
        "chords": play_chords(
            rng,
            frame,
            Steps(4, pick(rng, ("....x.......x...", "....x..x....x..x", "x.....x...x....."))),
            Register(55, 74),
            0.4,
        ),
        "pad": play_sustained(frame, Register(52, 69), 60),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("lead", "pad"), ("drums", "bass"))
    bends = {"lead": scoops(rng, lead, probability=0.5)}
    return finish(rng, frame, "Minor blues", "minor-groove", parts, lag_ms={"lead": 10}, bends=bends)


def boogie_woogie(rng: np.random.Generator, duration_s: float) -> Score:
    """Piano boogie: the left hand rolls eighths, the right answers in blues-scale figures."""
    frame = draw_frame(rng, duration_s, (126, 164), PLAIN_TWELVE, "major", (0, 7, 5, 10), swing=(0.6, 0.67))
    left = Line(2, pick(rng, ("1 1' 3 3' 5 5' 6 6'", "1 3 5 6 8 6 5 3", "1 1 3 3 5 5 6 6 b7 b7 6 6 5 5 3 3")))
    right = _licks(rng, frame, place(frame.tonic, 57))
    parts = {
        "riff": play_line(rng, frame, (left,), 36),
        "lead": right,
        "chords": play_chords(
            rng, frame, Steps(2, pick(rng, ("...x..x.", ".x..x...", "x..x....")) + "x..x..x_"), Register(62, 79, 3), 0.4
        ),
    }
    if chance(rng, 0.5):
        parts["drums"] = play_drums(rng, frame, pick(rng, SHUFFLES + JUMP), "shuffle")
        parts["bass"] = walk(rng, frame, 28, 48)
    return finish(rng, frame, "Boogie-woogie", "boogie-woogie", parts)


ARRANGEMENTS = {
    "shuffle": shuffle,
    "slow": slow,
    "delta": delta,
    "jump": jump,
    "minor-groove": minor_groove,
    "boogie-woogie": boogie_woogie,
}
