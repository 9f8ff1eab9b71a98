"""Reggae: one-drop, rockers, steppers, dub, ska and lovers rock."""

import numpy as np

from pecmae.rendering.genres.bass import Line, play_line
from pecmae.rendering.genres.comping import Register, play_chords, play_sustained
from pecmae.rendering.genres.drums import Groove, play_drums
from pecmae.rendering.genres.frame import Frame, Steps, chance, draw_frame, finish, pick
from pecmae.rendering.genres.melody import Melody, harmonise, play_melody
from pecmae.rendering.genres.ornament import entries, scoops
from pecmae.rendering.score import Note, Score

ROOTS = ("i bVII i bVII", "i i iv iv", "i bVII bVI bVII", "i iv i V", "i bVI i bVII", "i i bVII bVII")
SUNNY = ("I IV I V", "I I IV V", "I ii I ii", "I vi ii V", "I IV V IV", "I V IV I")
SMOOTH = ("Imaj7 ii7 Imaj7 ii7", "Imaj7 vi7 ii7 V7", "ii7 V7 Imaj7 vi7", "IVmaj7 iii7 ii7 Imaj7")
SKA = ("I I IV V", "I vi IV V", "I IV I V", "i i iv V", "I ii V I")

# Kick and rim are together on the third beat; the first beat is empty.
ONE_DROP = (
    Groove(4, "hat o.x.o.x.o.x.o.x.\nrim ........X.......\nkick ........X......."),
    Groove(4, "hat x.xox.xox.xox.xo\nrim ........X..?....\nkick ........X......."),
    Groove(3, "hat x.xx.xx.xx.x\nrim ......X.....\nkick ......X....."),
    Groove(4, "hat ..x...x...x...x.\nsnare ........X.......\nkick ........X.......\nopen ..............?."),
)
ROCKERS = (
    Groove(4, "hat x.x.x.x.x.x.x.x.\nsnare ........X.......\nkick X.......X......."),
    Groove(4, "hat xoxoxoxoxoxoxoxo\nrim ........X.....?.\nkick X.....x.X......."),
)
STEPPERS = (
    Groove(4, "hat x.xox.xox.xox.xo\nrim ........X.......\nkick X...X...X...X..."),
    Groove(4, "hat ..x...x...x...x.\nsnare ........X.......\nkick X...X...X...X...\nshaker xgogxgogxgogxgog"),
)
SKA_DRUMS = (
    Groove(4, "hat ..X...X...X...X.\nrim ....X.......X...\nkick ....X.......X..."),
    Groove(4, "ride x.x.x.x.x.x.x.x.\nsnare ....X.......X...\nkick X.......X......."),
)
NYABINGHI = (
    "conga2 X...X.....X.X...\nconga1 ..x...xx..x...x.",
    "bongo1 ..xx..x...xx..x.\nconga2 x...x...x...x...",
    "shaker x.o.x.o.x.o.x.o.",
)

# Melodic bass lines, with rests as important as notes.
BASS = (
    Line(4, ". . . . 1! _ 1 . 3 _ 5 _ . . . ."),
    Line(4, "1! _ _ . 5 _ . . 1 _ 3 _ 5 _ . ."),
    Line(4, "1! _ . 1 . . 5, _ . . 1 _ 3 _ 1 _"),
    Line(4, ". . 1! _ 1 _ 5, _ . . . . 1 _ 3 _"),
    Line(4, "1! _ 1 _ . . . . 5 _ 3 _ 1 _ . ."),
    Line(4, "1! . . 1 3 _ . 5 . . 5 _ 3 _ 1 ."),
    Line(4, ". . 5, _ 1! _ _ . 3 _ 1 _ 5, _ . ."),
)
STEPPER_BASS = (
    Line(4, "1! . 1 . 1 . 5 . b7 . 5 . 1 . . ."),
    Line(4, "1! _ 1 1 . . b7, _ 1 _ . . 5, _ b7, _"),
    Line(4, "1! . 1 1 . 1 . . 3 . 3 3 . 5 . ."),
)
SKA_BASS = (Line(1, "1 3 5 6"), Line(1, "1 3 5 3"), Line(2, "1 1 3 3 5 5 6 5"))
SKANKS = ("....X.......X...", "....Xo......Xo..", "..X...X...X...X.")
BUBBLE = "..ox..ox..ox..ox"
RIDDIM = (
    Steps(4, "..x_x_x_x_______..x_x_x_x_x_x___"),
    Steps(4, "x___x_x_x_x_........x_x_x_______"),
    Steps(4, "....x_x_x_x_x___x_______........"),
)
HORNS = (
    Steps(4, "x___x_x_x_______................"),
    Steps(4, "..x_x_x_x___x___x_______........"),
    Steps(4, "x_x_x___x_x_x___................"),
)
SHAPES = ("fall", "turn", "repeat", "arch")


def _bass(rng: np.random.Generator, frame: Frame, lines: tuple[Line, ...] = BASS) -> list[Note]:
    chosen = [lines[index] for index in rng.permutation(len(lines))[:2]]
    return play_line(rng, frame, chosen, 28, pick(rng, ("A", "AAAB", "AB")), length=0.9)


def _skank(rng: np.random.Generator, frame: Frame, text: str | None = None) -> list[Note]:
    """Short off-beat chords; by default single chops or double chops, with equal probability."""
    return play_chords(rng, frame, Steps(4, text or pick(rng, SKANKS[:2])), Register(57, 76, 3), 0.45, 0.01)


def _bubble(rng: np.random.Generator, frame: Frame) -> list[Note]:
    """Organ chords between the chops."""
    return play_chords(rng, frame, Steps(4, BUBBLE), Register(53, 72, 3), 0.6, velocity=0.75)


def _rhythm_section(
    rng: np.random.Generator,
    frame: Frame,
    grooves: tuple[Groove, ...],
    skank: str | None,
    bass: tuple[Line, ...] = BASS,
) -> dict[str, list[Note]]:
    """Drums, bass and chords, often with organ or percussion."""
    parts = {
        "drums": play_drums(rng, frame, pick(rng, grooves), "reggae", 4),
        "bass": _bass(rng, frame, bass),
        "chords": _skank(rng, frame, skank),
    }
    if chance(rng, 0.75):
        parts["riff"] = _bubble(rng, frame)
    if chance(rng, 0.4):
        parts["percussion"] = play_drums(rng, frame, Groove(4, pick(rng, NYABINGHI)), crash=None)
    return parts


def one_drop(rng: np.random.Generator, duration_s: float) -> Score:
    """Roots: kick and rim on three, skank on two and four, organ bubble, bass melody."""
    minor = chance(rng, 0.6)
    frame = draw_frame(
        rng,
        duration_s,
        (66, 84),
        ROOTS if minor else SUNNY,
        "minor" if minor else "major",
        swing=(0.5, 0.6),
        swing_beats=0.5,
    )
    parts = _rhythm_section(rng, frame, ONE_DROP, None)
    scale = "minor pentatonic" if minor else "major pentatonic"
    parts["lead"] = play_melody(rng, frame, Melody(scale, 58, 79, RIDDIM, SHAPES, ("AB.b", "A.aB", "AAB.")))
    if chance(rng, 0.4):
        parts["brass"] = play_melody(rng, frame, Melody(scale, 62, 81, HORNS, SHAPES, (".A", "..AB", ".A.a")))
    parts = entries(rng, frame, parts, ("lead", "riff", "chords"), ("drums", "chords"))
    bends = {"lead": scoops(rng, parts["lead"], 100, 0.3)}
    return finish(rng, frame, "One-drop", "one-drop", parts, 8, lag_ms={"bass": 10, "lead": 12}, bends=bends)


def rockers(rng: np.random.Generator, duration_s: float) -> Score:
    """Kick on one and three, busier hats, horn section."""
    frame = draw_frame(rng, duration_s, (72, 92), ROOTS + SUNNY[:3], "minor", swing=(0.5, 0.56), swing_beats=0.5)
    scale = "minor" if frame.spans[0].chord.intervals[1] == 3 else "major"
    parts = _rhythm_section(rng, frame, ROCKERS, None)
    horns = play_melody(rng, frame, Melody(scale, 62, 80, HORNS, SHAPES, ("AA.b", "A.a.", "ABAb")))
    parts["brass"] = horns + harmonise(frame, horns, 4)
    if chance(rng, 0.5):
        parts["lead"] = play_melody(rng, frame, Melody(scale, 58, 77, RIDDIM, SHAPES, (".A.B", "A.B.")))
    parts = entries(rng, frame, parts, ("brass", "riff"), ("drums", "chords"))
    return finish(rng, frame, "Rockers", "rockers", parts, 8, lag_ms={"bass": 8})


def steppers(rng: np.random.Generator, duration_s: float) -> Score:
    """Kick on every beat, militant bass, echoing chops."""
    frame = draw_frame(rng, duration_s, (68, 82), ROOTS, "minor", swing=(0.5, 0.58), swing_beats=0.5)
    parts = _rhythm_section(rng, frame, STEPPERS, None, STEPPER_BASS)
    melodica = play_melody(rng, frame, Melody("harmonic minor", 62, 82, RIDDIM, SHAPES, ("A.B.", ".A.b", "AB..")))
    parts["lead"] = melodica
    if chance(rng, 0.5):
        parts["pad"] = play_sustained(frame, Register(55, 72, 3), 58)
    parts = entries(rng, frame, parts, ("lead", "riff"), ("drums", "bass"))
    return finish(rng, frame, "Steppers", "steppers", parts, 6, bends={"lead": scoops(rng, melodica, 100, 0.4)})


def dub(rng: np.random.Generator, duration_s: float) -> Score:
    """Drums and bass; chords, riff and lead are muted in randomly chosen bars."""
    frame = draw_frame(rng, duration_s, (64, 80), ROOTS, "minor", swing=(0.5, 0.58), swing_beats=0.5)
    parts = _rhythm_section(rng, frame, ONE_DROP + STEPPERS + ROCKERS, None)
    parts["lead"] = play_melody(
        rng, frame, Melody("minor pentatonic", 60, 82, RIDDIM[2:] + HORNS, SHAPES, ("A...", "..A.", ".A..B"))
    )
    for role in ("chords", "riff", "lead"):
        kept = {bar for bar in range(frame.n_bars) if chance(rng, 0.55)}
        parts[role] = [note for note in parts.get(role, []) if int(note.start_beat // 4) in kept]
    return finish(rng, frame, "Dub", "dub", parts, 8, lag_ms={"bass": 10})


def ska(rng: np.random.Generator, duration_s: float) -> Score:
    """Fast off-beats, walking bass, horn tune."""
    frame = draw_frame(rng, duration_s, (118, 152), SKA, "major", (10, 5, 3, 0, 7), swing=(0.5, 0.6))
    horns = play_melody(
        rng,
        frame,
        Melody(
            "major",
            60,
            79,
            (Steps(2, "x_x_xxx_x_x_x___"), Steps(2, ".xxxx_x_xx______"), Steps(2, "x__x__x_xxx_x___")),
            ("arch", "fall", "repeat", "leap"),
            ("AAaB", "ABAb"),
        ),
    )
    parts = {
        "drums": play_drums(rng, frame, pick(rng, SKA_DRUMS), "reggae", 8),
        "bass": play_line(rng, frame, (pick(rng, SKA_BASS),), 28, length=0.85),
        "chords": _skank(rng, frame, SKANKS[2]),
        "riff": play_chords(rng, frame, Steps(2, ".X.X.X.X"), Register(60, 77, 3), 0.35),
        "lead": horns,
        "brass": harmonise(frame, horns, 4),
    }
    parts = entries(rng, frame, parts, ("lead", "riff"), ("drums", "bass"))
    return finish(rng, frame, "Ska", "ska", parts, 7)


def lovers(rng: np.random.Generator, duration_s: float) -> Score:
    """Lovers rock: soft seventh chords, strings, a gentle one-drop."""
    frame = draw_frame(rng, duration_s, (70, 86), SMOOTH, "major", swing=(0.5, 0.58), swing_beats=0.5)
    parts = _rhythm_section(rng, frame, ONE_DROP[:2] + ROCKERS[:1], SKANKS[0])
    song = play_melody(rng, frame, Melody("major", 60, 80, RIDDIM, ("arch", "fall", "turn"), ("AB.b", "ABAb", "A.aB")))
    parts["lead"] = song
    parts["pad"] = play_sustained(frame, Register(57, 76), 60)
    parts = entries(rng, frame, parts, ("lead", "pad"), ("drums", "chords"))
    return finish(
        rng, frame, "Lovers rock", "lovers", parts, 8, lag_ms={"bass": 10}, bends={"lead": scoops(rng, song, 120, 0.35)}
    )


ARRANGEMENTS = {
    "one-drop": one_drop,
    "rockers": rockers,
    "steppers": steppers,
    "dub": dub,
    "ska": ska,
    "lovers": lovers,
}
