"""Rock: straight-eighth backbeat, pentatonic riffs, power ballad, punk, rock'n'roll and half-time grunge."""

import numpy as np

from pecmae.rendering.genres.bass import Line, play_line
from pecmae.rendering.genres.comping import Register, play_arpeggio, play_chords, play_sustained
from pecmae.rendering.genres.drums import Groove, play_drums
from pecmae.rendering.genres.frame import Steps, chance, draw_frame, finish, pick
from pecmae.rendering.genres.harmony import parse_chord, place
from pecmae.rendering.genres.melody import Melody, play_melody
from pecmae.rendering.genres.ornament import entries, graces, scoops, vibrato
from pecmae.rendering.score import Score

GUITAR_KEYS = (4, 9, 2, 7, 0, 11)
ANTHEMS = ("I I bVII IV", "I IV V IV", "I V vi IV", "I bVII IV I", "vi IV I V", "I IV I V", "I iii IV V")
MINOR_LOOPS = ("i bVI bIII bVII", "i bVII bVI bVII", "i i bVI bVII", "i iv bVI V")

BACKBEATS = (
    Groove(4, "hat X.x.X.x.X.x.X.x.\nsnare ....X.......X...\nkick X.....x.X.?....."),
    Groove(4, "hat X.x.X.x.X.x.X.x.\nsnare ....X.......X..?\nkick X.......X.x...?."),
    Groove(4, "open x.x.x.x.x.x.x.x.\nsnare ....X.......X...\nkick X..x..x.X.....x."),
    Groove(4, "ride x.x.x.x.x.x.x.x.\nsnare ....X..g.g..X...\nkick X.x....x..x.x..."),
)
BALLADS = (
    Groove(4, "hat x.o.x.o.x.o.x.o.\nsnare ....X.......X...\nkick X......oX......."),
    Groove(4, "ride x.o.x.o.x.o.x.o.\nsnare ........X.......\nkick X.....x...x....."),
)
PUNK = (
    Groove(4, "open x.x.x.x.x.x.x.x.\nsnare ..X...X...X...X.\nkick X...X...X...X..."),
    Groove(4, "hat X.x.X.x.X.x.X.x.\nsnare ....X.......X...\nkick X.x...x.X.x...x."),
)
ROLL = (
    Groove(4, "ride x.x.x.x.x.x.x.x.\nsnare ....X.......X...\nkick X...x...X.x.x..."),
    Groove(4, "hat X.x.X.x.X.x.X.x.\nsnare ....X.x.....X...\nkick X.......X.x....."),
)
GRUNGE = (
    Groove(4, "open x...x...x...x...\nsnare ........X.......\nkick X..x.......x.x.."),
    Groove(4, "crash x...x...x...x...\nsnare ....X.......X...\nkick X.x..x..X.x..x.."),
)

EIGHTHS = Line(2, "1! 1 1 1 1! 1 1 1")
BASSES = (
    EIGHTHS,
    Line(2, "1! 1 1 1 1 1 5 a"),
    Line(2, "1! _ . 1 1 _ 5 1"),
    Line(4, "1! . 1 . . . 1 . 1! . 1 . . 5 . a"),
)
# Riffs on the minor pentatonic, two bars of eighths or sixteenths.
RIFFS = (
    Line(2, "1! . 1 b3 . 4 _ . 1! . 1 b3 4 b3 1 b7,"),
    Line(2, "1! 1 b7, 1 . b3 _ 4 b3 1 b7, 1 _ _ . ."),
    Line(2, "1! _ b3 4 _ . 1 b3 . b5 4 _ 1! b3 4 b3"),
    Line(2, "1! . 5 b7 8 _ b7 5 4 _ b3 _ 1 _ b7, ."),
    Line(4, "1! . 1 . b3 . 1 . 4 . b3 . b5 . 4 . 1! . 1 . b3 . 1 . b7, _ . . 1 _ . ."),
    Line(2, "1! 1 . b7, . 1 b3 _ 1! 1 . 4 . b3 1 _"),
)
SOLO_RHYTHMS = (
    Steps(4, "x_x_x_x_x___x___xxxxx_______...."),
    Steps(4, "..x_x_x_x_x_x___x_______x_x_x___"),
    Steps(4, "x_______x_x_x_x_x_x_x___________"),
    Steps(4, "x___x_x_x___x_x_xxxxxxxxx_______"),
)
SOLO = Melody(
    "minor pentatonic", 57, 84, SOLO_RHYTHMS, ("fall", "wave", "zigzag", "leap"), ("AABb", "ABAC", "AaB."), 0.5
)
SONG_RHYTHMS = (
    Steps(2, "x_x_x___x_xxx___"),
    Steps(2, ".xx_xxx_x_______"),
    Steps(2, "x___x_x_x_x_x___"),
    Steps(2, "xxx_xxx_x___x_x_"),
)
POWER = (0, 7, 12)


def backbeat(rng: np.random.Generator, duration_s: float) -> Score:
    """Straight eighths, power chords and a sung melody."""
    minor = chance(rng, 0.35)
    frame = draw_frame(
        rng, duration_s, (108, 146), MINOR_LOOPS if minor else ANTHEMS, "minor" if minor else "major", GUITAR_KEYS
    )
    strum = Steps(4, pick(rng, ("X.x.X.x.X.x.X.x.", "X__.x.X_.x.xX.x.", "X_____x_X___x_x_", "X.xxX.xxX.xxX.xx")))
    scale = "minor pentatonic" if minor else "major pentatonic"
    song = Melody(scale, 60, 81, SONG_RHYTHMS, ("arch", "fall", "repeat", "leap"), ("ABAb", "AABb", "AaB."))
    lead = play_melody(rng, frame, song)
    parts = {
        "drums": play_drums(rng, frame, pick(rng, BACKBEATS), "rock"),
        "bass": play_line(rng, frame, BASSES[:2] if chance(rng, 0.5) else BASSES[2:], 28, "AAAB"),
        "riff": play_line(rng, frame, (Line(4, " ".join(_power(strum.text))),), 40, length=0.9, stack=POWER),
        "chords": play_chords(rng, frame, strum, Register(52, 71), 0.9, 0.04, 0.9),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("lead", "riff", "bass"), ("drums", "bass"))
    return finish(rng, frame, "Backbeat rock", "backbeat", parts, bends={"lead": scoops(rng, lead, 100, 0.25)})


def _power(text: str) -> list[str]:
    return ["1" if symbol in "Xxo" else symbol for symbol in text]


def riff_rock(rng: np.random.Generator, duration_s: float) -> Score:
    """A pentatonic riff in unison with the bass, and a guitar solo."""
    frame = draw_frame(
        rng, duration_s, (88, 136), ("i i i i bVII bVII iv i", "i i i i", "i i iv i"), "minor", GUITAR_KEYS
    )
    tonic = parse_chord("i", frame.tonic)
    riffs = [RIFFS[index] for index in rng.permutation(len(RIFFS))[:2]]
    order = pick(rng, ("AAAA", "AAAB", "AABA"))
    state = rng.bit_generator.state
    bass = play_line(rng, frame, riffs, place(frame.tonic, 28), order, tonic)
    rng.bit_generator.state = state
    stack = (0, 7) if chance(rng, 0.5) else (0, 12)
    lead = graces(rng, play_melody(rng, frame, SOLO), 0.2)
    parts = {
        "drums": play_drums(rng, frame, pick(rng, BACKBEATS), "rock"),
        "bass": bass,
        "riff": play_line(rng, frame, riffs, place(frame.tonic, 40), order, tonic, stack=stack),
        "lead": lead,
    }
    if chance(rng, 0.5):
        parts["chords"] = play_chords(rng, frame, Steps(4, "X_______x_______"), Register(52, 70), 0.95)
    parts = entries(rng, frame, parts, ("lead", "drums"), ("drums", "bass"))
    bends = {"lead": scoops(rng, lead, probability=0.5)}
    controls = {"lead": vibrato(frame, lead)}
    return finish(rng, frame, "Riff rock", "riff", parts, bends=bends, controls=controls)


def ballad(rng: np.random.Generator, duration_s: float) -> Score:
    """Power ballad: picked guitar or piano, then the whole band."""
    frame = draw_frame(rng, duration_s, (62, 84), ANTHEMS[2:] + MINOR_LOOPS[:1], "major", GUITAR_KEYS)
    song = Melody("major", 58, 79, SONG_RHYTHMS, ("arch", "fall", "leap", "wave"), ("ABAb", "AABb"))
    lead = play_melody(rng, frame, song)
    figure = pick(rng, ("0 2 3 2 1 2 3 2", "0 1 2 3 2 3 1 2", "b 2 3 1 4 3 2 1"))
    parts = {
        "drums": play_drums(rng, frame, pick(rng, BALLADS), "rock"),
        "bass": play_line(rng, frame, (Line(2, pick(rng, ("1! _ _ 1 1 _ _ 5", "1! _ _ _ _ 1 5 a"))),), 28),
        "arpeggio": play_arpeggio(frame, figure, 2, Register(52, 70), ring=True),
        "riff": play_line(rng, frame, (Line(2, pick(rng, ("1! _ _ _ _ _ _ _", "1! _ _ 1 _ _ 1 _"))),), 40, stack=POWER),
        "pad": play_sustained(frame, Register(55, 74), 62),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("riff", "drums", "riff"), probability=0.5)
    return finish(rng, frame, "Power ballad", "ballad", parts, bends={"lead": scoops(rng, lead, 150, 0.35)})


def punk(rng: np.random.Generator, duration_s: float) -> Score:
    """Fast down-strokes, three chords, no solo."""
    loops = ("I I IV V", "I IV I V", "I V vi IV", "I IV V IV", "I bVII IV IV")
    frame = draw_frame(rng, duration_s, (158, 196), loops, "major", GUITAR_KEYS)
    song = Melody(
        "major pentatonic",
        62,
        79,
        (Steps(2, "x_x_x_x_xxx_____"), Steps(2, "xxxxx_x_x_______")),
        ("repeat", "fall", "arch"),
    )
    parts = {
        "drums": play_drums(rng, frame, pick(rng, PUNK), "rock"),
        "bass": play_line(rng, frame, (EIGHTHS, Line(2, "1! 1 1 1 5 5 3 a")), 28, "AAAB"),
        "riff": play_line(rng, frame, (EIGHTHS,), 40, length=0.85, stack=POWER),
        "lead": play_melody(rng, frame, song),
    }
    parts = entries(rng, frame, parts, ("lead", "lead"), ("drums",))
    return finish(rng, frame, "Punk rock", "punk", parts, timing_ms=9)


def rock_and_roll(rng: np.random.Generator, duration_s: float) -> Score:
    """Fifties and sixties rock'n'roll: fifth-sixth riff, straight eighths over a twelve-bar form, double stops."""
    forms = ("I I I I IV IV I I V IV I V", "I I IV I V IV I V", "I vi IV V")
    frame = draw_frame(rng, duration_s, (148, 182), forms, "major", GUITAR_KEYS, swing=(0.5, 0.56))
    licks = Melody(
        "major blues",
        62,
        83,
        (Steps(2, "xxx_xx_xx___...."), Steps(2, "..xxxxxxx_x_x___")),
        ("repeat", "zigzag", "fall"),
    )
    lead = play_melody(rng, frame, licks)
    low = 40
    riff = play_line(rng, frame, (Line(2, "5 5 6 6 5 5 6 6"), Line(2, "5 5 6 6 b7 b7 6 6")), low, "AB")
    parts = {
        "drums": play_drums(rng, frame, pick(rng, ROLL), "rock"),
        "bass": play_line(
            rng, frame, (Line(1, "1 3 5 6"), Line(1, "1 1 5 5"), Line(2, "1 1 3 3 5 5 6 5")), 28, pick(rng, "ABC")
        ),
        "riff": riff + play_line(rng, frame, (EIGHTHS,), low),
        "chords": play_chords(
            rng, frame, Steps(2, pick(rng, ("xxxxxxxx", ".x.x.x.x", "..x...x."))), Register(60, 79), 0.5
        ),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("lead", "chords"), ("drums", "bass", "riff"))
    return finish(rng, frame, "Rock'n'roll", "rock-and-roll", parts, bends={"lead": scoops(rng, lead, 200, 0.3)})


def grunge(rng: np.random.Generator, duration_s: float) -> Score:
    """Heavy half-time riffing on syncopated power chords."""
    loops = ("i bVI bIII bVI", "i iv bIII bVI", "I bIII IV bVI", "i bVII iv bVI")
    frame = draw_frame(rng, duration_s, (84, 122), loops, "minor", (4, 5, 2, 1, 9))
    strum = pick(
        rng,
        ("1! . 1 x x 1 . 1 1 . x x 1 . 1 .", "1! _ . 1 . 1 _ . 1! _ . 1 . . x x", "1! _ _ _ 1 . 1 . . 1 _ _ 1 . x x"),
    )
    song = Melody(
        "minor", 55, 76, (Steps(2, "x___x_x_x_______"), Steps(2, "x_xxx___x_x_____")), ("fall", "repeat", "turn")
    )
    lead = play_melody(rng, frame, song)
    parts = {
        "drums": play_drums(rng, frame, pick(rng, GRUNGE), "rock"),
        "bass": play_line(rng, frame, (Line(4, strum),), 28),
        "riff": play_line(rng, frame, (Line(4, strum),), 40, stack=POWER),
        "lead": lead,
    }
    parts = entries(rng, frame, parts, ("lead", "drums"), ("drums",))
    return finish(rng, frame, "Grunge", "grunge", parts, bends={"lead": scoops(rng, lead, 100, 0.3)})


ARRANGEMENTS = {
    "backbeat": backbeat,
    "riff": riff_rock,
    "ballad": ballad,
    "punk": punk,
    "rock-and-roll": rock_and_roll,
    "grunge": grunge,
}
