"""Metal: galloping heavy metal, thrash, death-metal tremolo riffs, groove metal, doom and melodic double-kick metal."""

import numpy as np

from pecmae.rendering.genres.bass import Line, play_line
from pecmae.rendering.genres.comping import Register, play_sustained
from pecmae.rendering.genres.drums import Groove, play_drums
from pecmae.rendering.genres.frame import Frame, Steps, chance, draw_frame, finish, pick
from pecmae.rendering.genres.harmony import parse_chord, place
from pecmae.rendering.genres.melody import Melody, harmonise, play_melody
from pecmae.rendering.genres.ornament import entries, scoops, tremolo, vibrato
from pecmae.rendering.score import Note, Score

LOW_KEYS = (4, 3, 2, 1, 0, 11)  # E down to B: standard and drop tunings
POWER = (0, 7, 12)
DARK_LOOPS = ("i i bVI bVII", "i bVI bVII i", "i i bII i", "i bVI iv bVII", "i bVII bVI V")

GALLOPS = (
    Groove(4, "open x...x...x...x...\nsnare ....X.......X...\nkick X.xxX.xxX.xxX.xx"),
    Groove(4, "ride x.x.x.x.x.x.x.x.\nsnare ....X.......X...\nkick X.xxx.xxX.xxx.xx"),
)
THRASH = (
    Groove(4, "hat x.x.x.x.x.x.x.x.\nsnare ..X...X...X...X.\nkick X.x.X.x.X.x.X.x."),
    Groove(4, "ride x.x.x.x.x.x.x.x.\nsnare ..X...X...X...X.\nkick XxxxXxxxXxxxXxxx"),
)
BLASTS = (
    Groove(4, "ride x.x.x.x.x.x.x.x.\nsnare .x.x.x.x.x.x.x.x\nkick x.x.x.x.x.x.x.x."),
    Groove(4, "china x...x...x...x...\nsnare ....X.......X...\nkick xxxxxxxxxxxxxxxx"),
    Groove(4, "ride x.x.x.x.x.x.x.x.\nsnare x.x.x.x.x.x.x.x.\nkick xxxxxxxxxxxxxxxx"),
)
GROOVES = (
    Groove(4, "china x...x...x...x...\nsnare ........X.......\nkick X..xx..x..xxx..x"),
    Groove(4, "open x...x...x...x...\nsnare ....X.......X...\nkick X..X..X...X.XX.."),
)
DOOM = (
    Groove(4, "crash x.......x.......\nsnare ........X.......\nkick X.....x....x...."),
    Groove(4, "ride x...x...x...x...\nsnare ....X.......X...\nkick X..x....X......."),
)
DOUBLE = (
    Groove(4, "ride x...x...x...x...\nsnare ....X.......X...\nkick xxxxxxxxxxxxxxxx"),
    Groove(4, "open x.x.x.x.x.x.x.x.\nsnare ..X...X...X...X.\nkick xxxxxxxxxxxxxxxx"),
)

# Riffs of two bars in sixteenths on the tonic, played on the lowest, drop-tuned string.
GALLOP_RIFFS = (
    Line(4, "1! . 1 1 1! . 1 1 1! . 1 1 b3! _ 4 _ 1! . 1 1 1! . 1 1 b6! _ _ _ b7! _ _ _"),
    Line(4, "1! . 1 1 b2! . 1 1 b3! . 1 1 b2! . 1 1 1! . 1 1 1! . 1 1 5! _ b5 _ 4 _ b3 _"),
    Line(4, "1! . 1 1 1 . 1 1 b7,! _ 1 1 1 . 1 1 1! . 1 1 b3! _ 1 1 b2! _ 1 1 b7,! _ _ _"),
)
THRASH_RIFFS = (
    Line(4, "1! 1 1 1 1 1 b2! _ 1 1 1 1 b3! _ b2! _ 1! 1 1 1 1 1 b5! _ 4! _ b3! _ b2! _ 1 1"),
    Line(4, "1! 1 b5! _ 1 1 4! _ 1 1 b3! _ 1 1 b2! _ 1! 1 1 1 b2 1 b3 1 b2 1 1 1 b5! _ _ _"),
    Line(4, "1! . 1 1 1 1 b6! _ 5! _ 1 1 1 1 b5! _ 1! 1 1 1 4! _ 1 1 b3! _ b2! _ 1! _ _ _"),
)
GROOVE_RIFFS = (
    Line(4, "1! . . 1 1 . . 1 . . 1 1 1 . . b2! 1! . . 1 1 . . 1 . . b3! _ b2! _ 1 ."),
    Line(4, "1! 1 . 1 . . 1 . 1! . 1 1 . b5! _ . 1! 1 . 1 . . 1 . b2! _ . . 1 1 1 1"),
    Line(4, "1! . . 1 . . 1 . . . 1 . 1 1 . . 1! . . 1 . . b3! _ _ . b2! _ 1 1 . ."),
)
DOOM_RIFFS = (
    Line(2, "1! _ _ _ b5! _ _ _ 4! _ b3! _ 1 _ _ _"),
    Line(2, "1! _ _ 1 b2! _ _ _ 1! _ b7, _ b6, _ b7, _"),
    Line(2, "1! _ _ _ _ _ b3! 4 b5! _ 4 _ b3 _ 1 _"),
)
TREMOLO_RIFFS = (
    Line(1, "1 1 b2 b3 1 1 b6 5"),
    Line(1, "1 b3 b2 1 4 b3 b2 b2"),
    Line(1, "5 b5 4 b3 b2 b3 1 1"),
    Line(0.5, "1 b3 b2 1 b6 5 4 b2"),
)
SHRED = (
    Steps(4, "xxxxxxxxxxxxxxxxx_x_x_x_x_______"),
    Steps(4, "x_______x_x_x_x_xxxxxxxxxxxx____"),
    Steps(4, "xxxxxxxxxxxxxxxxxxxxxxxxx_______"),
)
SOLO_CONTOURS = ("run-up", "run-down", "zigzag", "wave")
SONG = (Steps(2, "x___x_x_x___x___"), Steps(2, "x_x_x___x_x_x___"), Steps(2, "x_____x_x_______"))


def _unison(
    rng: np.random.Generator, frame: Frame, riffs: tuple[Line, ...], order: str, length: float
) -> dict[str, list[Note]]:
    """A riff on layered guitars, palm-muted where it isn't accented, with the bass below it."""
    tonic = parse_chord("i", frame.tonic)
    chosen = [riffs[index] for index in rng.permutation(len(riffs))[:2]]
    low = place(frame.tonic, 35)
    guitars = play_line(rng, frame, chosen, low, order, tonic, length)
    step = 1 / chosen[0].steps_per_beat
    chords = [
        Note(
            note.start_beat,
            note.duration_beats if note.velocity > 105 else min(note.duration_beats, step * 0.6),
            note.pitch + up,
            note.velocity,
        )
        for note in guitars
        for up in (POWER if note.velocity > 105 else (0, 7))
    ]
    bass = [
        Note(note.start_beat, note.duration_beats, note.pitch - 12 if note.pitch >= 36 else note.pitch, 104)
        for note in guitars
    ]
    return {"riff": chords, "bass": bass}


def gallop(rng: np.random.Generator, duration_s: float) -> Score:
    """Palm-muted gallop with twin leads."""
    frame = draw_frame(rng, duration_s, (128, 168), DARK_LOOPS, "minor", LOW_KEYS)
    parts = {"drums": play_drums(rng, frame, pick(rng, GALLOPS), "metal")}
    parts |= _unison(rng, frame, GALLOP_RIFFS, pick(rng, ("AAAB", "AAAA", "AABB")), 0.8)
    lead = play_melody(
        rng, frame, Melody("minor", 64, 88, SONG, ("arch", "wave", "leap", "turn"), ("AABb", "ABAC", "..AB"))
    )
    parts["lead"] = lead
    parts["counter"] = harmonise(frame, lead, 4)
    parts = entries(rng, frame, parts, ("drums", "bass"), ("drums",))
    return finish(rng, frame, "Galloping heavy metal", "gallop", parts, 5, controls={"lead": vibrato(frame, lead)})


def thrash(rng: np.random.Generator, duration_s: float) -> Score:
    """Fast down-picked riffs with chromatic accents and a shredded solo."""
    frame = draw_frame(rng, duration_s, (164, 214), ("i i i i",), "phrygian", LOW_KEYS)
    parts = {"drums": play_drums(rng, frame, pick(rng, THRASH), "metal")}
    parts |= _unison(rng, frame, THRASH_RIFFS, pick(rng, ("AAAB", "AABB")), 0.7)
    if chance(rng, 0.6):
        solo = Melody("phrygian", 62, 91, SHRED, SOLO_CONTOURS, ("..AB", "A.B.", "AaB."), 0.5, adapt=False)
        parts["lead"] = play_melody(rng, frame, solo)
    parts = entries(rng, frame, parts, ("drums", "bass"), ("drums",))
    return finish(rng, frame, "Thrash", "thrash", parts, 5)


def death(rng: np.random.Generator, duration_s: float) -> Score:
    """Tremolo-picked lines over blast beats."""
    frame = draw_frame(rng, duration_s, (172, 224), ("i i i i bII bII i i", "i i bVI bVI"), "phrygian", LOW_KEYS)
    tonic = parse_chord("i", frame.tonic)
    lines = [TREMOLO_RIFFS[index] for index in rng.permutation(3)[:2]]
    order = pick(rng, ("AAB", "AB", "AABB"))
    melody = play_line(rng, frame, lines, place(frame.tonic, 35), order, tonic, 1.0)
    high = [Note(note.start_beat, note.duration_beats, note.pitch + 12, note.velocity) for note in melody]
    fifths = [Note(note.start_beat, note.duration_beats, note.pitch + 7, note.velocity) for note in melody]
    parts = {
        "drums": play_drums(rng, frame, pick(rng, BLASTS), "metal"),
        "bass": [
            Note(n.start_beat, n.duration_beats * 0.95, n.pitch - (12 if n.pitch >= 36 else 0), 104) for n in melody
        ],
        "riff": tremolo(melody + fifths, 4),
    }
    if chance(rng, 0.7):
        above = pick(rng, (3, 7, 8))
        parts["counter"] = tremolo([Note(n.start_beat, n.duration_beats, n.pitch + above, 96) for n in high], 4)
    parts = entries(rng, frame, parts, ("drums", "counter"), ("drums",))
    return finish(rng, frame, "Death metal", "death", parts, 4)


def groove(rng: np.random.Generator, duration_s: float) -> Score:
    """Syncopated low chugs locked to the kick drum."""
    frame = draw_frame(rng, duration_s, (94, 132), ("i i i bII", "i i i i"), "phrygian", (0, 11, 2, 1))
    parts = {"drums": play_drums(rng, frame, pick(rng, GROOVES), "metal")}
    parts |= _unison(rng, frame, GROOVE_RIFFS, pick(rng, ("AAAB", "AABA")), 0.7)
    if chance(rng, 0.6):
        drone = Melody(
            "phrygian",
            64,
            86,
            (Steps(2, "x_______x___x___"), Steps(4, "x_x_x_x_x_x_x_x_x___x___x_______")),
            ("turn", "repeat", "fall"),
            ("A.a.", "AABb"),
        )
        parts["lead"] = play_melody(rng, frame, drone)
    parts = entries(rng, frame, parts, ("lead", "bass"), ("drums",))
    return finish(rng, frame, "Groove metal", "groove", parts, 5)


def doom(rng: np.random.Generator, duration_s: float) -> Score:
    """Slow tritone riffs that ring."""
    frame = draw_frame(rng, duration_s, (58, 86), ("i i i i", "i bII i i"), "minor", LOW_KEYS)
    parts = {"drums": play_drums(rng, frame, pick(rng, DOOM), "metal")}
    parts |= _unison(rng, frame, DOOM_RIFFS, pick(rng, ("AAAB", "AB", "AABB")), 1.0)
    if chance(rng, 0.5):
        parts["pad"] = play_sustained(frame, Register(55, 72, 3), 60)
    if chance(rng, 0.6):
        lament = Melody(
            "harmonic minor",
            60,
            84,
            (Steps(2, "x___x___x_x_x___"), Steps(2, "x_______x_x_____")),
            ("fall", "arch"),
            ("AaBb", ".A.B"),
        )
        lead = play_melody(rng, frame, lament)
        parts["lead"] = lead
    parts = entries(rng, frame, parts, ("drums", "lead"))
    bends = {"lead": scoops(rng, parts.get("lead", []), 200, 0.4)}
    return finish(rng, frame, "Doom metal", "doom", parts, 9, bends=bends)


def melodic(rng: np.random.Generator, duration_s: float) -> Score:
    """Power metal: double kick throughout, minor-key anthem in thirds, strings or choir behind."""
    frame = draw_frame(rng, duration_s, (146, 186), (*DARK_LOOPS[:2], "i bVI bIII bVII", "i iv V i"), "minor", LOW_KEYS)
    anthem = Melody("harmonic minor", 64, 90, SONG + SHRED[1:2], ("arch", "leap", "wave", "run-down"), ("AABb", "ABAC"))
    lead = play_melody(rng, frame, anthem)
    chug = Line(
        4,
        pick(
            rng,
            (
                "1! 1 1 1 1 1 1 1 1! 1 1 1 1 1 1 1",
                "1! . 1 1 1! . 1 1 1! . 1 1 1! . 1 1",
                "1! _ _ _ _ _ 1 1 1! _ _ _ 1 1 1 1",
            ),
        ),
    )
    parts = {
        "drums": play_drums(rng, frame, pick(rng, DOUBLE), "metal"),
        "bass": play_line(rng, frame, (Line(2, "1 1 1 1 1 1 1 1"),), 28),
        "riff": play_line(rng, frame, (chug,), 35, length=0.75, stack=POWER),
        "lead": lead,
        "counter": harmonise(frame, lead, 4),
        "pad": play_sustained(frame, Register(57, 76), 70),
    }
    parts = entries(rng, frame, parts, ("lead", "pad", "drums"), ("drums",))
    return finish(rng, frame, "Melodic metal", "melodic", parts, 5, controls={"lead": vibrato(frame, lead)})


ARRANGEMENTS = {
    "gallop": gallop,
    "thrash": thrash,
    "death": death,
    "groove": groove,
    "doom": doom,
    "melodic": melodic,
}
