"""Disco: strings and octave bass, funk disco, Eurodisco with synthesisers, slow Philadelphia soul, late club disco."""

import numpy as np

from pecmae.rendering.genres.bass import Line, play_line
from pecmae.rendering.genres.comping import Register, play_chords, play_sustained
from pecmae.rendering.genres.drums import Groove, play_drums
from pecmae.rendering.genres.frame import Steps, chance, draw_frame, finish, pick
from pecmae.rendering.genres.harmony import parse_chord, place
from pecmae.rendering.genres.melody import Melody, harmonise, play_melody
from pecmae.rendering.genres.ornament import entries, scoops, vibrato
from pecmae.rendering.score import Score

MINOR_LOOPS = (
    "i7 i7 iv7 iv7",
    "i7 bVII bVImaj7 v7",
    "i9 iv9 bVII bIIImaj7",
    "i7 i7 bVImaj7 bVII",
    "iv7 bVII bIIImaj7 bVImaj7 iim7b5 V7 i7 i7",
)
MAJOR_LOOPS = ("Imaj7 vi7 ii7 V7", "IVmaj7 iii7 ii7 Imaj7", "ii7 V7 Imaj7 vi7", "IV V iii7 vi7", "I IV I V")
VAMPS = ("i7 i7 i7 i7 iv7 iv7 i7 i7", "i7 IV7 i7 IV7", "i9 i9 IV13 IV13")

FOUR_ON_THE_FLOOR = (
    Groove(4, "kick X...X...X...X...\nopen ..x...x...x...x.\nhat x.......x.......\nsnare ....X.......X..."),
    Groove(4, "kick X...X...X...X...\nopen ..X...X...X...X.\nhat xo.oxo.oxo.oxo.o\nsnare ....X.......X..."),
    Groove(
        4,
        "kick X...X...X...X...\n"
        "open ..x...x...x...x.\n"
        "clap ....X.......X...\n"
        "snare ....x.......x..g\n"
        "tambourine ..o...o...o...o.",
    ),
)
LATIN = (
    "conga1 ..x.....x...x...\nconga2 ......xx......x.\ncowbell x...x...x...x...",
    "conga1 .xx..x...xx..x..\nconga2 ...x..xx...x..xx",
    "tambourine x.xxx.xxx.xxx.xx",
    "shaker xgogxgogxgogxgog",
)

OCTAVES = (
    Line(2, "1 8 1 8 1 8 1 8"),
    Line(4, ". . 1 8 . . 1 8 . . 1 8 . . 1 8"),
    Line(4, "1! . 8 . 1 . 8 1 . 1 8 . 1 . 8 a"),
    Line(2, "1 8 1 8 1 8 5 a"),
)
FUNK_BASS = (
    Line(4, "1! . . 1 . . 8 . b7 . 8 . 5 . b7 ."),
    Line(4, "1! . 1 . . 8 . b7 . 5 . 1 . b7, . a"),
    Line(4, "1! . . . 8 . 1 . . b7 . 8 . 5 b7 8"),
)
SYNTH_BASS = (
    Line(4, "1 1 8 1 1 1 8 1 1 1 8 1 1 1 8 1"),
    Line(4, "1 . 1 1 8 . 1 1 1 . 1 1 8 . b7 8"),
    Line(4, "1 1 1 1 5 5 b7 b7 8 8 b7 b7 5 5 b7 b7"),
)
CHICKS = ("xoxxoxxoxoxxoxxo", ".xx..xx..xx..xxx", "x..x..x.x..x.xx.", "x.xxX.xx.xxxX.x.")
STABS = (
    "X.......|..x.x...|X.......|......x.",
    "..X.....|..x.....|..X...x.|........",
    "X..x..x.|........|X..x....|..x.....",
    "......X.|X.......|......X.|X...x...",
)
STRING_LINES = (
    Steps(4, "x_______x_x_x_x_x___________xxxx"),
    Steps(4, "xxxxx_______....x_x_x_x_x_______"),
    Steps(2, "x_x_xxx_x___x___"),
)
SONGS = (
    Steps(4, "x_x_x___..x_x_x_x_x_____........"),
    Steps(4, "..x_x_x_x_x_x___x_______x_x_x___"),
    Steps(4, "x___x_xx..x_x___x_x_x_x_x_______"),
)


def _floor(rng: np.random.Generator, percussion: bool = True) -> tuple[Groove, Groove | None]:
    """A four-on-the-floor groove, and often Latin percussion."""
    return pick(rng, FOUR_ON_THE_FLOOR), Groove(4, pick(rng, LATIN)) if percussion and chance(rng, 0.75) else None


def _stab(rng: np.random.Generator) -> Steps:
    return Steps(2, pick(rng, STABS).replace("|", ""))


def strings(rng: np.random.Generator, duration_s: float) -> Score:
    """Classic disco: octave bass, string runs, brass stabs, sixteenth-note guitar."""
    minor = chance(rng, 0.6)
    frame = draw_frame(
        rng, duration_s, (112, 128), MINOR_LOOPS if minor else MAJOR_LOOPS, "minor" if minor else "major"
    )
    scale = "minor" if minor else "major"
    groove, latin = _floor(rng)
    violins = play_melody(
        rng,
        frame,
        Melody(scale, 69, 93, STRING_LINES, ("run-up", "arch", "run-down", "wave"), ("AB.b", "A.aB", "ABAb")),
    )
    lead = play_melody(rng, frame, Melody(scale, 60, 79, SONGS, ("repeat", "arch", "fall", "turn"), ("AAaB", "ABAb")))
    parts = {
        "drums": play_drums(rng, frame, groove, "disco", 8),
        "bass": play_line(rng, frame, (pick(rng, OCTAVES), pick(rng, OCTAVES)), 28, "AAAB", length=0.7),
        "chords": play_chords(rng, frame, Steps(4, pick(rng, CHICKS)), Register(60, 77, 3), 0.35, 0.01, 0.8),
        "strings": violins,
        "pad": play_sustained(frame, Register(57, 76), 64),
        "brass": play_chords(rng, frame, _stab(rng), Register(58, 77, 3), 0.5, velocity=1.0),
        "lead": lead,
    }
    if latin is not None:
        parts["percussion"] = play_drums(rng, frame, latin, crash=None)
    parts = entries(rng, frame, parts, ("lead", "strings", "brass", "bass"), ("bass", "chords", "pad"))
    return finish(rng, frame, "String disco", "strings", parts, 5, controls={"strings": vibrato(frame, violins, 40)})


def funk(rng: np.random.Generator, duration_s: float) -> Score:
    """Funky disco on a vamp: syncopated bass, chicken-scratch guitar, clavinet, horns."""
    frame = draw_frame(rng, duration_s, (106, 120), VAMPS, "minor", swing=(0.5, 0.55), swing_beats=0.5)
    groove, latin = _floor(rng)
    hook = play_melody(
        rng, frame, Melody("minor pentatonic", 58, 79, SONGS, ("repeat", "turn", "zigzag"), ("A.a.", "AAaB", "..AB"))
    )
    lines = [FUNK_BASS[index] for index in rng.permutation(3)[:2]]
    parts = {
        "drums": play_drums(rng, frame, groove, "disco", 4),
        "bass": play_line(rng, frame, lines, 28, "AAAB", length=0.7),
        "chords": play_chords(rng, frame, Steps(4, pick(rng, CHICKS)), Register(60, 78, 3), 0.3, 0.008, 0.85),
        "riff": play_line(
            rng,
            frame,
            (Line(4, pick(rng, ("1 . . 8 . 1 . . b7 . 8 . . 5 . .", ". . 1 . . 1 8 . . b7 . 5 . . 1 ."))),),
            48,
            length=0.5,
        ),
        "brass": play_chords(rng, frame, _stab(rng), Register(58, 77, 3), 0.4, velocity=1.05),
        "lead": hook,
    }
    if latin is not None:
        parts["percussion"] = play_drums(rng, frame, latin, crash=None)
    parts = entries(rng, frame, parts, ("brass", "riff", "lead"), ("bass", "riff", "chords"))
    return finish(rng, frame, "Funky disco", "funk", parts, 5, bends={"lead": scoops(rng, hook, 100, 0.2)})


def euro(rng: np.random.Generator, duration_s: float) -> Score:
    """Eurodisco: sequenced synthesiser bass, pads, a simple synth hook."""
    frame = draw_frame(rng, duration_s, (114, 132), MINOR_LOOPS, "minor")
    groove, latin = _floor(rng, chance(rng, 0.4))
    hook = play_melody(
        rng,
        frame,
        Melody("minor", 64, 84, SONGS + STRING_LINES[:1], ("repeat", "arch", "turn", "fall"), ("AAaB", "ABAb")),
    )
    parts = {
        "drums": play_drums(rng, frame, groove, "disco", 8),
        "bass": play_line(rng, frame, (pick(rng, SYNTH_BASS),), 31, length=0.7),
        "arpeggio": play_line(
            rng,
            frame,
            (Line(4, pick(rng, ("1 5 8 5 1 5 8 b7", "1 1 8 1 5 1 8 5", "8 5 3 5 8 5 3 1"))),),
            55,
            length=0.6,
        ),
        "pad": play_sustained(frame, Register(55, 74), 70),
        "strings": play_sustained(frame, Register(67, 84, 2), 62),
        "lead": hook,
    }
    if latin is not None:
        parts["percussion"] = play_drums(rng, frame, latin, crash=None)
    parts = entries(rng, frame, parts, ("lead", "arpeggio", "strings"), ("bass", "pad"))
    return finish(rng, frame, "Eurodisco", "euro", parts, 2, velocity_spread=0.03)


def philly(rng: np.random.Generator, duration_s: float) -> Score:
    """Philadelphia sound: lush strings, electric piano, vibraphone, a smoother beat."""
    frame = draw_frame(rng, duration_s, (104, 118), MAJOR_LOOPS, "major")
    groove, latin = _floor(rng)
    theme = play_melody(
        rng, frame, Melody("major", 66, 88, STRING_LINES, ("arch", "fall", "leap", "wave"), ("ABAb", "AABb"))
    )
    parts = {
        "drums": play_drums(rng, frame, groove, "disco", 8),
        "bass": play_line(
            rng,
            frame,
            (Line(4, "1! . . 1 . . 3 . 5 . . 5 6 . 5 ."), Line(4, "1! . . . 5 . 8 . . . 6 . 5 . 3 a")),
            28,
            "AB",
            length=0.8,
        ),
        "chords": play_chords(
            rng,
            frame,
            Steps(4, pick(rng, ("x..x..x...x.x...", "..x...x...x...x.", "x.....x...x....."))),
            Register(55, 74),
            0.7,
            velocity=0.8,
        ),
        "riff": play_chords(rng, frame, Steps(4, pick(rng, CHICKS)), Register(62, 79, 3), 0.3, 0.01, 0.7),
        "strings": theme,
        "counter": harmonise(frame, theme, 9),
        "brass": play_chords(rng, frame, _stab(rng), Register(57, 76, 3), 0.6, velocity=0.9),
    }
    if latin is not None:
        parts["percussion"] = play_drums(rng, frame, latin, crash=None)
    parts = entries(rng, frame, parts, ("brass", "counter", "strings"), ("bass", "chords"))
    return finish(rng, frame, "Philadelphia disco", "philly", parts, 6, controls={"strings": vibrato(frame, theme, 40)})


def club(rng: np.random.Generator, duration_s: float) -> Score:
    """Late club disco: percussion break, bass riff, piano vamp, sparse voices."""
    frame = draw_frame(rng, duration_s, (116, 130), VAMPS + MINOR_LOOPS[:1], "minor")
    tonic = parse_chord("i7", frame.tonic)
    groove, _ = _floor(rng)
    piano = Steps(4, pick(rng, ("x..x..x..x..x.x.", "x.x..x.xx..x.x..", "..x..x..x..x..xx")))
    riff = Line(
        4,
        pick(
            rng,
            (
                "1! . . 1 . 1 b3 . 4 . . b3 . 1 . b7,",
                "1! . 8 . . b7 . 5 . . 4 . b3 . 1 .",
                "1! . 1 8 . 1 . b7 . 5 . b7 8 . . a",
            ),
        ),
    )
    parts = {
        "drums": play_drums(rng, frame, groove, "disco", 8),
        "percussion": play_drums(rng, frame, Groove(4, pick(rng, LATIN[:2])), crash=None),
        "bass": play_line(
            rng, frame, (riff,), place(frame.tonic, 28), reference=tonic if chance(rng, 0.5) else None, length=0.7
        ),
        "chords": play_chords(rng, frame, piano, Register(57, 76), 0.6, velocity=0.9),
        "brass": play_chords(rng, frame, _stab(rng), Register(60, 79, 3), 0.4),
    }
    if chance(rng, 0.6):
        parts["pad"] = play_sustained(frame, Register(64, 82, 2), 66)
    parts = entries(rng, frame, parts, ("chords", "brass", "pad"), ("bass", "chords", "brass"), 0.6)
    return finish(rng, frame, "Club disco", "club", parts, 4)


ARRANGEMENTS = {"strings": strings, "funk": funk, "euro": euro, "philly": philly, "club": club}
