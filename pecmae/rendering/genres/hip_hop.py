"""Hip-hop: boom bap, lo-fi, trap, West Coast funk, old-school electro and a soul loop."""

import numpy as np

from pecmae.rendering.genres.bass import Line, play_line
from pecmae.rendering.genres.comping import Register, play_arpeggio, play_chords, play_sustained
from pecmae.rendering.genres.drums import Groove, play_drums
from pecmae.rendering.genres.frame import Steps, chance, draw_frame, finish, pick
from pecmae.rendering.genres.harmony import parse_chord, place
from pecmae.rendering.genres.melody import Melody, play_melody
from pecmae.rendering.genres.ornament import entries, scoops
from pecmae.rendering.score import Bend, Note, Score

LOOPS = ("i7 i7 bVImaj7 V7", "i7 iv7 i7 iv7", "i9 bVImaj7 iv7 v7", "i7 i7 iv7 iv7", "i7 bVII bVImaj7 V7")
JAZZ_LOOPS = (
    "ii9 V13 Imaj9 vi9",
    "Imaj9 vi9 ii9 V13",
    "i9 iv9 i9 iv9",
    "IVmaj7 iii7 ii7 Imaj7",
    "i9 bVImaj9 iim7b5 V7b9",
)
DARK_LOOPS = ("i i bVI V", "i bII i bII", "i i i bVI", "i bVI bIII bVII")

BOOM_BAP = (
    Groove(4, "kick X......x..x.....\nsnare ....X.......X...\nhat x.x.x.x.x.x.x.x."),
    Groove(
        4,
        "kick X.x.......x..x..X......x.xx.....\n"
        "snare ....X..g....X.......X..g....X..g\n"
        "hat x.x.x.x.x.x.x.xxx.x.x.x.x.x.x.x.",
    ),
    Groove(4, "kick X..x......X..x..\nsnare ....X..g.g..X...\nhat x.x.x.xxx.x.x.x.\nopen ..............?."),
)
LOFI = (
    Groove(4, "kick X......xx.......\nrim ....X.......X...\nhat o.o.o.o.o.o.o.o."),
    Groove(4, "kick X.....x...x.....\nsnare ....x.......x..g\nhat o.o.o.ogo.o.o.og"),
)
TRAP = (
    Groove(
        8,
        "kick X.........x.........x...x.......\n"
        "clap ................X...............\n"
        "hat x.x.x.x.x.x.xxxxx.x.x.x.x.xxx.x.",
    ),
    Groove(
        8,
        "kick X.....x.............x.....x.....\n"
        "clap ................X...............\n"
        "hat x.x.x.x.xxxxxxxxx.x.x.x.x.x.xxxx\n"
        "open ..........................?.....",
    ),
)
FUNKY = (
    Groove(4, "kick X..x..x..x......\nclap ....X.......X...\nhat xoxoxoxoxoxoxoxo\ncowbell ........?......."),
    Groove(
        4,
        "kick X.....x..xx.....\n"
        "clap ....X.......X...\n"
        "snare ....x.......x...\n"
        "hat x.x.x.x.x.x.x.x.\n"
        "tambourine ....o.......o...",
    ),
)
ELECTRO = (
    Groove(4, "kick X..x..x...x.....\nclap ....X.......X...\nhat x.x.x.x.x.x.x.x.\ncowbell x..x..x..x..x.x."),
    Groove(
        4,
        "kick X.....x...x..x..\n"
        "snare ....X.......X...\n"
        "hat xxxxxxxxxxxxxxxx\n"
        "clap ....X.......X.xx\n"
        "cowbell ..x...x..x......",
    ),
)

BASS = (
    Line(4, "1! _ . . . . . 1 . . 5, _ . . b7, ."),
    Line(4, "1! _ . 1 . . . . . . 1 . b3 . 1 ."),
    Line(4, "1! _ _ . . . . 1 _ . . 8 . . 5 ."),
)
FUNK_BASS = (Line(4, "1! . . 1 . . 8 . . b7 . 1 . . 5 a"), Line(4, "1! . 1 . . 8 . . 1 . . b7, . . 1 ."))
FLUTE = (
    Steps(4, "x_x_x___........x_x_xx__........"),
    Steps(4, "..x_xxx_x_______................"),
    Steps(4, "x___x_x_........x___x___........"),
)
BELLS = (
    Steps(4, "x_x_x_x_x___x___x_x_x_x_x___x___"),
    Steps(4, "x__x__x_x__x__x_x__x__x_x___x___"),
    Steps(4, "x_____x_____x___x_____x_x_x_x___"),
)
WHINE = (Steps(4, "x_______x_x_x_x_x_______x___x___"), Steps(4, "x___x___x_______x_x_x___x_______"))


def _looped(notes: list[Note], loop_beats: float, until_beat: float) -> list[Note]:
    """Repeat the first `loop_beats` of a part exactly, as a sampler does."""
    first = [note for note in notes if note.start_beat < loop_beats - 1e-6]
    n_times = int(until_beat // loop_beats) + 1
    return [
        Note(
            note.start_beat + time * loop_beats,
            min(note.duration_beats, loop_beats - note.start_beat),
            note.pitch,
            note.velocity,
        )
        for time in range(n_times)
        for note in first
    ]


def boom_bap(rng: np.random.Generator, duration_s: float) -> Score:
    """Swung drums, deep bass, a chopped piano or horn loop with crackle."""
    frame = draw_frame(rng, duration_s, (82, 98), LOOPS, "minor", swing=(0.56, 0.63), swing_beats=0.5)
    chop = Steps(4, pick(rng, ("x__x__x_....x_..", "x...x__..x__x...", "X______.x..x....", "x_.x_.x_....x_x_")))
    loop = play_melody(
        rng, frame, Melody("minor pentatonic", 64, 84, FLUTE, ("fall", "turn", "repeat"), ("AB", "AA", "A."))
    )
    parts = {
        "drums": play_drums(rng, frame, pick(rng, BOOM_BAP), "hip-hop", 8, None),
        "bass": play_line(rng, frame, (pick(rng, BASS),), 28, length=0.9),
        "chords": play_chords(rng, frame, chop, Register(53, 74), 0.9, velocity=0.85),
        "lead": _looped(loop, 16, frame.beats),
    }
    parts = entries(rng, frame, parts, ("drums", "lead", "bass"), ("drums", "bass"), 0.5)
    return finish(rng, frame, "Boom bap", "boom-bap", parts, 6, lag_ms={"drums": 4, "bass": 10})


def lofi(rng: np.random.Generator, duration_s: float) -> Score:
    """Lo-fi: jazz chords on a wobbling electric piano, soft late drums."""
    frame = draw_frame(rng, duration_s, (68, 88), JAZZ_LOOPS, "major", swing=(0.58, 0.66), swing_beats=0.5)
    chords = play_chords(
        rng, frame, Steps(2, pick(rng, ("x___x_x_", "x__x____", ".x__x__x"))), Register(53, 76, 5), 0.95, 0.06, 0.75
    )
    tune = play_melody(
        rng,
        frame,
        Melody("major pentatonic", 64, 84, FLUTE + BELLS[2:], ("fall", "arch", "turn"), ("A.B.", "AB", "A.a.")),
    )
    wobble = [Bend(beat / 2, 14.0 * float(np.sin(beat * 0.9))) for beat in range(int(frame.beats * 2))]
    parts = {
        "drums": play_drums(rng, frame, pick(rng, LOFI), None, crash=None),
        "bass": play_line(rng, frame, (Line(2, pick(rng, ("1 _ _ 1 _ _ 5 _", "1 _ _ _ . 1 5 a"))),), 28),
        "chords": chords,
        "lead": _looped(tune, 16, frame.beats),
    }
    parts = entries(rng, frame, parts, ("drums", "lead"), ("drums", "bass"))
    bends = {"chords": wobble, "lead": wobble}
    return finish(rng, frame, "Lo-fi beat", "lo-fi", parts, 12, lag_ms={"drums": 14, "bass": 18}, bends=bends)


def trap(rng: np.random.Generator, duration_s: float) -> Score:
    """Half-time claps, rolling hats, gliding sub bass, a dark bell loop."""
    frame = draw_frame(rng, duration_s, (126, 156), DARK_LOOPS, "minor")
    bells = play_melody(
        rng, frame, Melody("harmonic minor", 67, 88, BELLS, ("fall", "zigzag", "turn", "repeat"), ("AA", "AB", "Aa"))
    )
    sub = play_line(
        rng,
        frame,
        (
            Line(
                4,
                pick(
                    rng,
                    (
                        "1! _ _ _ _ . . . . . 1 _ _ _ . .",
                        "1! _ _ _ . . 1 _ _ _ _ _ . . 1 _",
                        "1! _ _ 1 _ _ . . . . . . 1 _ 1 _",
                    ),
                ),
            ),
        ),
        24,
    )
    parts = {
        "drums": play_drums(rng, frame, pick(rng, TRAP), "hip-hop", 8, None),
        "bass": sub,
        "lead": _looped(bells, 16, frame.beats),
        "pad": play_sustained(frame, Register(52, 72, 3), 58),
    }
    if chance(rng, 0.4):
        parts["counter"] = play_melody(rng, frame, Melody("minor", 55, 76, WHINE, ("fall", "arch"), ("A.", ".A")))
    parts = entries(rng, frame, parts, ("drums", "pad", "bass"), ("drums", "bass"), 0.5)
    bends = {"bass": scoops(rng, sub, 300, 0.25, 0.4)}
    return finish(rng, frame, "Trap", "trap", parts, 1.5, bends=bends, velocity_spread=0.03)


def west_coast(rng: np.random.Generator, duration_s: float) -> Score:
    """Funk bass, clavinet or guitar stabs, a gliding high synthesiser."""
    frame = draw_frame(
        rng, duration_s, (88, 106), (*LOOPS[1:4], "i7 i7 i7 i7"), "minor", swing=(0.5, 0.57), swing_beats=0.5
    )
    whine = play_melody(
        rng, frame, Melody("minor pentatonic", 74, 93, WHINE, ("fall", "turn", "arch"), ("AB", "A.", "AaB."))
    )
    parts = {
        "drums": play_drums(rng, frame, pick(rng, FUNKY), "hip-hop", 8, None),
        "bass": play_line(rng, frame, FUNK_BASS, 28, pick(rng, ("AAAB", "A", "B")), length=0.8),
        "chords": play_chords(
            rng,
            frame,
            Steps(4, pick(rng, ("..x...x...x..xx.", "x..x..x.....x...", "....x.......x.x."))),
            Register(57, 76, 3),
            0.4,
        ),
        "lead": whine,
        "pad": play_sustained(frame, Register(55, 74, 3), 56),
    }
    parts = entries(rng, frame, parts, ("lead", "pad", "chords"), ("drums",))
    return finish(
        rng, frame, "West Coast groove", "west-coast", parts, 5, bends={"lead": scoops(rng, whine, 200, 0.7, 0.3)}
    )


def electro(rng: np.random.Generator, duration_s: float) -> Score:
    """Old school: drum machine with cowbell, orchestra stabs, synthesiser bass."""
    frame = draw_frame(rng, duration_s, (100, 122), ("i i i i", "i i bVII i", "i bVI bVII i"), "minor")
    tonic = parse_chord("i", frame.tonic)
    riff = Line(
        4,
        pick(
            rng,
            (
                "1 . . 1 . . 1 . b7, . . b7, . . 1 .",
                "1 . 1 . b3 . 1 . . . 1 . 4 . b3 .",
                "1 . . 8 . . 1 . 1 . 8 . b7 . 5 .",
            ),
        ),
    )
    parts = {
        "drums": play_drums(rng, frame, pick(rng, ELECTRO), "hip-hop", 4, None),
        "bass": play_line(
            rng, frame, (riff,), place(frame.tonic, 28), length=0.7, reference=tonic if chance(rng, 0.5) else None
        ),
        "brass": play_chords(
            rng,
            frame,
            Steps(4, pick(rng, ("X...............", "X..X............", "..........X..X..")) + "................"),
            Register(55, 74),
            2.0,
        ),
        "arpeggio": play_arpeggio(
            frame, pick(rng, ("0 2 1 2 0 3 1 2", "0 . 2 . 1 . 3 2")), 4, Register(60, 79, 3), velocity=72
        ),
    }
    if chance(rng, 0.6):
        parts["lead"] = play_melody(
            rng, frame, Melody("minor pentatonic", 62, 82, BELLS + WHINE, ("repeat", "turn"), ("A.", "AB", "..A."))
        )
    parts = entries(rng, frame, parts, ("arpeggio", "brass", "bass"), ("drums", "bass"), 0.5)
    return finish(rng, frame, "Old-school electro", "electro", parts, 2, velocity_spread=0.03)


def soul_loop(rng: np.random.Generator, duration_s: float) -> Score:
    """A pitched-up soul sample: strings, electric piano and voices, looped under hard drums."""
    frame = draw_frame(rng, duration_s, (78, 96), JAZZ_LOOPS + LOOPS[:2], "major", swing=(0.54, 0.6), swing_beats=0.5)
    voices = play_melody(rng, frame, Melody("major pentatonic", 67, 86, WHINE + FLUTE, ("arch", "fall"), ("A.", "AB")))
    parts = {
        "drums": play_drums(rng, frame, pick(rng, BOOM_BAP), "hip-hop", 8, None),
        "bass": play_line(rng, frame, (pick(rng, BASS),), 28, length=0.9),
        "strings": play_sustained(frame, Register(64, 84, 3), 74),
        "chords": play_chords(
            rng, frame, Steps(4, pick(rng, ("x.....x...x.....", "x..x....x..x...."))), Register(57, 76), 0.8
        ),
        "lead": _looped(voices, 8, frame.beats),
    }
    parts = entries(rng, frame, parts, ("drums", "bass"), ("drums", "bass"), 0.5)
    return finish(rng, frame, "Soul loop", "soul-loop", parts, 5, lag_ms={"bass": 8})


ARRANGEMENTS = {
    "boom-bap": boom_bap,
    "lo-fi": lofi,
    "trap": trap,
    "west-coast": west_coast,
    "electro": electro,
    "soul-loop": soul_loop,
}
