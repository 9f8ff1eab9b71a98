"""Pop: synth pop, piano ballad, dance pop, acoustic pop, indie pop with guitars and slow rhythm-and-blues pop."""

import numpy as np

from pecmae.rendering.genres.bass import Line, play_line
from pecmae.rendering.genres.comping import Register, play_arpeggio, play_chords, play_sustained
from pecmae.rendering.genres.drums import Groove, play_drums
from pecmae.rendering.genres.frame import Steps, chance, draw_frame, finish, pick
from pecmae.rendering.genres.melody import Melody, harmonise, play_melody
from pecmae.rendering.genres.ornament import entries, pedal, scoops, vibrato
from pecmae.rendering.score import Score

FOUR_CHORDS = (
    "I V vi IV",
    "vi IV I V",
    "I vi IV V",
    "IV I V vi",
    "I IV vi V",
    "Iadd9 Vsus4 vi7 IVadd9",
    "I iii vi IV",
    "IV V iii vi",
)
SOFT_CHORDS = ("Imaj7 iii7 IVmaj7 V", "vi7 IVmaj7 Iadd9 V", "IVmaj7 V iii7 vi7", "ii7 V Imaj7 vi7")

POP_BEATS = (
    Groove(4, "kick X.....x.X.......\nclap ....X.......X...\nsnare ....x.......x...\nhat x.o.x.o.x.o.x.o."),
    Groove(4, "kick X..x..x.X..x..x.\nclap ....X.......X...\nhat xoxoxoxoxoxoxoxo"),
    Groove(4, "kick X.......X.x.....\nsnare ....X.......X...\nhat x.x.x.x.x.x.x.x.\nshaker gogogogogogogogo"),
)
DANCE = (
    Groove(4, "kick X...X...X...X...\nclap ....X.......X...\nopen ..x...x...x...x.\nshaker xgogxgogxgogxgog"),
    Groove(4, "kick X...X...X...X...\nclap ....X.......X..?\nhat ..x...x...x...x."),
)
BALLADS = (
    Groove(4, "kick X......xX.......\nrim ....X.......X...\nhat x.o.x.o.x.o.x.o."),
    Groove(4, "kick X.........x.....\nsnare ........X.......\nshaker x.o.x.o.x.o.x.o."),
)
ACOUSTIC = (
    Groove(4, "kick X...X...X...X...\nshaker xgogxgogxgogxgog\nclap ....x.......x..."),
    Groove(4, "kick X.......X.......\nrim ....x.......x...\ntambourine ..o...o...o...o."),
)
INDIE = (
    Groove(4, "kick X...X...X...X...\nsnare ....X.......X...\nhat x.xxx.xxx.xxx.xx"),
    Groove(4, "kick X..x....X.x.....\nsnare ....X.......X...\nhat x.x.x.x.x.x.x.x."),
)
SLOW_JAM = (
    Groove(4, "kick X..x......x..x..\nclap ....X.......X...\nhat xoxoxoxxxoxoxoxx"),
    Groove(4, "kick X.....x..x......\nsnare ....X.......X...\nhat x.o.x.o.x.oxx.o."),
)

HOOKS = (
    Steps(4, "x_x_x_x_..x_x_x_x_______........"),
    Steps(4, "..x_x_x_x_x_x___x___x_x_x_______"),
    Steps(4, "x__x__x_x__x__x_x___x___x_______"),
    Steps(4, "x_x_x___x_x_x___x_x_x_x_x_______"),
    Steps(4, "x_____x_x_x_x_x_..x_x_x_x_______"),
)
LONG_HOOKS = (Steps(2, "x_x_xxx_x___...."), Steps(2, ".xxxx_x_x_______"), Steps(2, "x___xxx_x_x_x___"))
SHAPES = ("repeat", "arch", "fall", "turn", "leap")
FORMS = ("AAaB", "ABAb", "AABb")
PLUCKS = ("0 2 1 2 3 2 1 2", "3 2 1 0 3 2 1 2", "0 1 2 3 4 3 2 1", "0 . 2 1 . 3 . 2")


def _hook(low: int = 62, high: int = 81, rhythms: tuple[Steps, ...] = HOOKS) -> Melody:
    return Melody("major", low, high, rhythms, SHAPES, FORMS, 0.85)


def synth_pop(rng: np.random.Generator, duration_s: float) -> Score:
    """Synthesiser pads and plucks, claps, a doubled hook."""
    frame = draw_frame(rng, duration_s, (98, 124), FOUR_CHORDS, "major")
    hook = play_melody(rng, frame, _hook())
    bass = Line(2, pick(rng, ("1 1 1 1 1 1 1 1", "1 _ . 1 . 1 1 _", "1 . 8 . 1 . 8 1", "1 _ _ 1 _ _ 1 _")))
    parts = {
        "drums": play_drums(rng, frame, pick(rng, POP_BEATS), "disco", 8),
        "bass": play_line(rng, frame, (bass,), 31, length=0.85),
        "pad": play_sustained(frame, Register(55, 76), 72),
        "arpeggio": play_arpeggio(frame, pick(rng, PLUCKS), 4, Register(62, 79), velocity=80),
        "lead": hook,
    }
    if chance(rng, 0.5):
        parts["counter"] = harmonise(frame, hook, 4)
    if chance(rng, 0.4):
        parts["chords"] = play_chords(
            rng, frame, Steps(4, pick(rng, ("x..x..x...x..x..", "x...x...x...x..."))), Register(57, 76), 0.6
        )
    parts = entries(rng, frame, parts, ("lead", "arpeggio", "bass"), ("drums", "bass"), 0.5)
    return finish(rng, frame, "Synth pop", "synth-pop", parts, 3, velocity_spread=0.03)


def piano_ballad(rng: np.random.Generator, duration_s: float) -> Score:
    """Piano, strings and a voice-like lead; drums come softly."""
    frame = draw_frame(rng, duration_s, (62, 84), FOUR_CHORDS + SOFT_CHORDS, "major")
    song = play_melody(rng, frame, _hook(60, 79, LONG_HOOKS))
    piano = Steps(2, pick(rng, ("xoxoxoxo", "x_o_o_o_", "X_x_xox_")))
    parts = {
        "chords": play_chords(rng, frame, piano, Register(55, 74), 0.95, 0.02, 0.85),
        "riff": play_line(
            rng, frame, (Line(2, pick(rng, ("1 _ _ _ 5 _ _ _", "1 _ _ 5 8 _ _ _", "1 _ _ _ _ _ 1 _"))),), 36
        ),
        "strings": play_sustained(frame, Register(57, 79), 66),
        "lead": song,
    }
    if chance(rng, 0.7):
        parts["drums"] = play_drums(rng, frame, pick(rng, BALLADS), "light", 4)
        parts["bass"] = play_line(rng, frame, (Line(2, pick(rng, ("1 _ _ _ _ _ _ 1", "1 _ _ 1 _ _ 5 _"))),), 31)
    parts = entries(rng, frame, parts, ("strings", "drums", "bass"), probability=0.5)
    bends = {"lead": scoops(rng, song, 120, 0.3)}
    controls = {"chords": pedal(frame), "lead": vibrato(frame, song, 50)}
    return finish(rng, frame, "Piano ballad", "piano-ballad", parts, 10, bends=bends, controls=controls)


def dance_pop(rng: np.random.Generator, duration_s: float) -> Score:
    """Four on the floor, off-beat synthesiser bass, big chords."""
    frame = draw_frame(rng, duration_s, (118, 130), FOUR_CHORDS, "major")
    hook = play_melody(rng, frame, _hook(64, 84))
    bass = Line(
        4,
        pick(
            rng,
            (". . 1 . . . 1 . . . 1 . . . 1 .", "1 . . 1 . . 1 . 1 . . 1 . . 1 .", ". 1 1 1 . 1 1 1 . 1 1 1 . 1 1 1"),
        ),
    )
    parts = {
        "drums": play_drums(rng, frame, pick(rng, DANCE), "disco", 8),
        "bass": play_line(rng, frame, (bass,), 31, length=0.8),
        "chords": play_chords(
            rng,
            frame,
            Steps(4, pick(rng, ("X..x..x...x..x..", "..X...X...X...X.", "X..X..X..X..X.X."))),
            Register(59, 79),
            0.8,
        ),
        "pad": play_sustained(frame, Register(55, 74), 66),
        "lead": hook,
    }
    if chance(rng, 0.5):
        parts["arpeggio"] = play_arpeggio(frame, pick(rng, PLUCKS), 4, Register(67, 84), velocity=76)
    parts = entries(rng, frame, parts, ("lead", "drums", "chords"), ("drums", "bass"), 0.5)
    return finish(rng, frame, "Dance pop", "dance-pop", parts, 2, velocity_spread=0.03)


def acoustic(rng: np.random.Generator, duration_s: float) -> Score:
    """Strummed guitar, shaker, ukulele-bright hook."""
    frame = draw_frame(rng, duration_s, (88, 122), FOUR_CHORDS[:6], "major", (7, 2, 0, 9, 5))
    strum = Steps(4, pick(rng, ("X.x.X.xx.xx.X.xx", "X...X.xx..xxX.xx", "X.xxX.xxX.xxX.xx")))
    song = play_melody(rng, frame, _hook(60, 79))
    parts = {
        "drums": play_drums(rng, frame, pick(rng, ACOUSTIC), "light", 8, None),
        "bass": play_line(rng, frame, (Line(2, pick(rng, ("1 _ _ 1 1 _ 5 _", "1 _ _ _ 1 _ _ a"))),), 31),
        "chords": play_chords(rng, frame, strum, Register(54, 73, 5), 0.9, 0.05, 0.9),
        "lead": song,
    }
    if chance(rng, 0.5):
        parts["arpeggio"] = play_arpeggio(frame, pick(rng, PLUCKS[:2]), 2, Register(64, 82), velocity=74)
    if chance(rng, 0.5):
        parts["pad"] = play_sustained(frame, Register(57, 76), 58)
    parts = entries(rng, frame, parts, ("drums", "bass", "lead"), ("drums", "bass"), 0.5)
    return finish(rng, frame, "Acoustic pop", "acoustic", parts, 9, bends={"lead": scoops(rng, song, 100, 0.25)})


def indie(rng: np.random.Generator, duration_s: float) -> Score:
    """Clean chorused guitars in arpeggios over a driving beat."""
    frame = draw_frame(rng, duration_s, (112, 144), FOUR_CHORDS + SOFT_CHORDS[:2], "major")
    hook = play_melody(rng, frame, _hook(62, 81))
    parts = {
        "drums": play_drums(rng, frame, pick(rng, INDIE), "rock", 8),
        "bass": play_line(
            rng, frame, (Line(2, "1! 1 1 1 1 1 1 1"), Line(2, "1! 1 1 1 5 5 3 a")), 28, "AAAB", length=0.85
        ),
        "arpeggio": play_arpeggio(
            frame, pick(rng, PLUCKS), 4 if chance(rng, 0.4) else 2, Register(60, 78), ring=True, velocity=82
        ),
        "chords": play_chords(
            rng, frame, Steps(4, pick(rng, ("X_______X___x___", "x.xxx.xxx.xxx.xx"))), Register(55, 72), 0.9, 0.03, 0.75
        ),
        "lead": hook,
    }
    if chance(rng, 0.5):
        parts["pad"] = play_sustained(frame, Register(59, 79), 62)
    parts = entries(rng, frame, parts, ("lead", "drums", "chords"), ("drums", "bass"), 0.45)
    return finish(rng, frame, "Indie pop", "indie", parts, 6)


def slow_jam(rng: np.random.Generator, duration_s: float) -> Score:
    """Slow contemporary rhythm and blues: electric piano, finger snaps, gliding lead."""
    frame = draw_frame(
        rng,
        duration_s,
        (68, 94),
        (*SOFT_CHORDS, "ii9 V13 Imaj9 vi9", "IVmaj9 iii7 ii9 Imaj9"),
        "major",
        swing=(0.5, 0.56),
        swing_beats=0.5,
    )
    song = play_melody(rng, frame, _hook(60, 80))
    parts = {
        "drums": play_drums(rng, frame, pick(rng, SLOW_JAM), "light", 8, None),
        "bass": play_line(
            rng,
            frame,
            (Line(4, pick(rng, ("1 _ _ 1 _ _ . . . . 5 _ . . a .", "1 _ _ _ . . 1 _ . 5 _ . 8 . 5 ."))),),
            28,
        ),
        "chords": play_chords(
            rng, frame, Steps(2, pick(rng, ("x___x_x_", "x__x____", ".x__x___"))), Register(55, 74, 5), 0.95, 0.04, 0.8
        ),
        "pad": play_sustained(frame, Register(60, 79), 58),
        "lead": song,
    }
    parts = entries(rng, frame, parts, ("lead", "drums", "bass"), ("drums",))
    return finish(
        rng, frame, "Slow jam", "slow-jam", parts, 6, lag_ms={"drums": 5}, bends={"lead": scoops(rng, song, 200, 0.45)}
    )


ARRANGEMENTS = {
    "synth-pop": synth_pop,
    "piano-ballad": piano_ballad,
    "dance-pop": dance_pop,
    "acoustic": acoustic,
    "indie": indie,
    "slow-jam": slow_jam,
}
