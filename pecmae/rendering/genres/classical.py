"""Classical, without drums: quartet, piano sonata, tutti, two-part invention, nocturne, waltz, chorale, concerto."""

import numpy as np

from pecmae.rendering.genres.bass import Line, play_line
from pecmae.rendering.genres.comping import Register, play_arpeggio, play_chords, play_sustained
from pecmae.rendering.genres.frame import Frame, Steps, chance, draw_frame, finish, pick
from pecmae.rendering.genres.harmony import nearest, place
from pecmae.rendering.genres.melody import Melody, harmonise, play_melody
from pecmae.rendering.genres.ornament import graces, pedal, vibrato
from pecmae.rendering.score import Control, Note, Score

EXPRESSION = 11
MAJOR_PERIODS = (
    "I V I V I IV ii,V I",
    "I I IV I ii V I,IV V I vi ii V I IV V I",
    "I vi IV V I vi ii,V I",
    "I V7 vi iii IV I ii,V7 I",
    "I IV V I V7 I ii,V V",
)
MINOR_PERIODS = (
    "i V i V i iv V i",
    "i i iv i iim7b5 V i V i bVI iv V bVI iv V i",
    "i iv bVII bIII bVI iim7b5 V i",
    "i V7 i iv i bVI,iv V i",
)
SEQUENCES = (
    "I IV viidim iii vi ii V I",
    "I V vi iii IV I ii V",
    "i iv bVII bIII bVI iim7b5 V i",
    "I ii,V I vi,ii V I,IV ii,V I",
)
ROMANTIC = (
    "I I vi vi iim7 V7 I V7",
    "I #idim7 ii7 V7 I III7 vi V7",
    "i i iv V7 i bVI iim7b5 V7",
    "I iii7 IV iv I V7 I V7",
)

THEMES = (
    Steps(2, "x___x_xxx_x_x___"),
    Steps(2, "x_xxx_xxx___x_x_"),
    Steps(4, "x___x_xxx_x_x_x_x_______x___x___"),
    Steps(2, "x__xx_x_x__xx___"),
)
ELEGANT = (
    Steps(4, "x___x___xxxxx_x_x_x_x_x_x_______"),
    Steps(4, "x_____xxx___x___x_xxx_x_x_______"),
    Steps(2, "x___x___x_xxx___"),
)
FLOWING = (Steps(4, "xxxxxxxxx_x_x_x_"), Steps(4, "x_x_xxxxxxxxx_x_"), Steps(4, "x_xxxxx_xxxxx___"))
LONG = (Steps(1, "x__xx_xx"), Steps(1, "x_xxx___"), Steps(2, "x_____x_x_x_x___"))
IN_THREE = (Steps(2, "x___x_x_x_x_"), Steps(1, "x_xx__"), Steps(2, "x_xxxxx___x_"), Steps(1, "xxxx_x"))
SHAPES = ("arch", "fall", "rise", "turn", "leap", "wave")
PERIOD = ("ABAb", "AABb", "ABAC", "AaBb")


def _periods(rng: np.random.Generator) -> tuple[tuple[str, ...], str, str]:
    """Draw the mode, with its progressions and scale."""
    if chance(rng, 0.4):
        return MINOR_PERIODS, "minor", "harmonic minor"
    return MAJOR_PERIODS, "major", "major"


def _swells(frame: Frame, low: int = 84, high: int = 120) -> list[Control]:
    """Expression that rises and falls within every two bars."""
    controls, beat = [], 0.0
    span = 2 * frame.beats_per_bar
    while beat < frame.beats:
        phase = (beat % span) / span
        controls.append(Control(round(beat, 3), EXPRESSION, int(low + (high - low) * (1 - abs(2 * phase - 1)))))
        beat += 0.5
    return controls


def _strings_controls(frame: Frame, roles: tuple[str, ...]) -> dict[str, list[Control]]:
    return {role: _swells(frame) for role in roles}


def quartet(rng: np.random.Generator, duration_s: float) -> Score:
    """String quartet: theme, countermelody, pulsing inner voice and cello."""
    table, mode, scale = _periods(rng)
    frame = draw_frame(rng, duration_s, (84, 138), table, mode)
    theme = graces(rng, play_melody(rng, frame, Melody(scale, 64, 86, THEMES + ELEGANT, SHAPES, PERIOD)), 0.1)
    pulse = Steps(2, pick(rng, ("xxxxxxxx", ".xxx.xxx", "x_x_x_x_", "x___x___")))
    cello = Line(2, pick(rng, ("1 _ . . 1 _ 5 _", "1 _ 3 _ 5 _ 3 _", "1 _ _ _ 5, _ _ _", "1 1 1 1 1 1 1 1")))
    parts = {
        "melody": theme,
        "counter": harmonise(frame, theme, 7)
        if chance(rng, 0.5)
        else play_chords(rng, frame, pulse, Register(60, 76, 2), 0.8, velocity=0.75),
        "strings": play_chords(rng, frame, pulse, Register(52, 68, 2), 0.8, velocity=0.72),
        "bass": play_line(rng, frame, (cello,), 38, length=0.9),
    }
    controls = _strings_controls(frame, ("melody", "counter", "strings", "bass"))
    return finish(rng, frame, "String quartet movement", "quartet", parts, 10, controls=controls)


def sonata(rng: np.random.Generator, duration_s: float) -> Score:
    """Piano sonata: Alberti bass and a singing right hand with scales."""
    table, mode, scale = _periods(rng)
    frame = draw_frame(rng, duration_s, (108, 152), table, mode)
    theme = graces(
        rng,
        play_melody(rng, frame, Melody(scale, 65, 91, ELEGANT + THEMES[2:3], (*SHAPES, "run-up", "run-down"), PERIOD)),
        0.15,
    )
    figure, grid = pick(rng, (("0 2 1 2", 2), ("0 2 1 2", 4), ("0 1 2 1", 2), ("0 1+2 1+2 1+2", 2)))
    parts = {"melody": theme, "arpeggio": play_arpeggio(frame, figure, grid, Register(48, 64, 3), velocity=70)}
    return finish(rng, frame, "Piano sonata", "sonata", parts, 7)


def orchestra(rng: np.random.Generator, duration_s: float) -> Score:
    """Orchestral tutti: strings and winds on the theme, brass chords, timpani, running accompaniment."""
    table, mode, scale = _periods(rng)
    frame = draw_frame(rng, duration_s, (92, 146), table, mode)
    theme = play_melody(rng, frame, Melody(scale, 65, 88, THEMES + LONG, SHAPES, PERIOD, velocity=1.05))
    figure = pick(rng, ("0 1 2 1 0 1 2 1", "0 0 1 1 2 2 1 1", "2 1 0 1"))
    brass = Steps(2, pick(rng, ("X_______", "X___x___", "X_x_x___", "X..xX___")))
    timpani = play_line(
        rng, frame, (Line(2, pick(rng, ("1! . . . 5, . . .", "1! . 1 1 1 . . .", "1! . . . . . 1 1"))),), 41, length=0.8
    )
    parts = {
        "melody": theme,
        "counter": harmonise(frame, theme, pick(rng, (4, 12))),
        "arpeggio": play_arpeggio(frame, figure, pick(rng, (2, 4)), Register(55, 74, 3), velocity=78),
        "brass": play_chords(rng, frame, brass, Register(53, 72), 0.9, velocity=0.95),
        "strings": play_sustained(frame, Register(55, 76), 76),
        "bass": play_line(
            rng, frame, (Line(2, pick(rng, ("1 _ _ _ 1 _ _ _", "1 . 1 . 1 . 1 .", "1 _ 5, _ 1 _ 5, _"))),), 29
        ),
        "bass-2": timpani,
    }
    if chance(rng, 0.4):
        del parts["brass"], parts["bass-2"]
    controls = _strings_controls(frame, ("melody", "strings"))
    return finish(rng, frame, "Orchestral tutti", "orchestra", parts, 12, controls=controls)


def invention(rng: np.random.Generator, duration_s: float) -> Score:
    """Two-part invention: the left hand imitates the right a bar later, an octave below."""
    frame = draw_frame(rng, duration_s, (76, 112), SEQUENCES, "major")
    scale = "harmonic minor" if frame.mode == "minor" else "major"
    subject = Melody(scale, 64, 86, FLOWING, ("run-up", "run-down", "zigzag", "turn"), ("AaBb", "AbAc"), 0.95, 0.85)
    upper = play_melody(rng, frame, subject)
    lower = []
    for note in upper:
        beat = note.start_beat + frame.beats_per_bar
        pitch = note.pitch - 19 if note.pitch > 78 else note.pitch - 12
        pitch = nearest(frame.chord_at(beat).pitch_classes, pitch) if beat % 1 == 0 else pitch
        lower.append(Note(beat, note.duration_beats, pitch - 5 if pitch > 72 else pitch, note.velocity))
    opening = play_line(rng, frame, (Line(1, "1 . 5 ."),), 48, length=0.8)[:2]
    parts = {"melody": upper, "counter": opening + lower}
    if chance(rng, 0.5):
        parts["bass"] = play_line(rng, frame, (Line(1, pick(rng, ("1 3 5 3", "1 1' 5 3", "1 2 3 a"))),), 36, length=0.8)
    return finish(rng, frame, "Two-part invention", "invention", parts, 5, velocity_spread=0.03)


def nocturne(rng: np.random.Generator, duration_s: float) -> Score:
    """Romantic piano: wide broken chords under the pedal, a long ornamented melody."""
    frame = draw_frame(rng, duration_s, (58, 88), ROMANTIC, "major")
    scale = "harmonic minor" if frame.mode == "minor" else "major"
    song = graces(rng, play_melody(rng, frame, Melody(scale, 67, 91, LONG + ELEGANT[:2], SHAPES, PERIOD, 0.85)), 0.25)
    figure, grid = pick(rng, (("b 0 2 1 3 2", 3), ("b 1 2 3 2 1", 3), ("b f 0 1 2 1 0 f", 4), ("b 0 1 2 3 2 1 0", 4)))
    parts = {"melody": song, "arpeggio": play_arpeggio(frame, figure, grid, Register(52, 70), True, 62)}
    return finish(
        rng, frame, "Nocturne", "nocturne", parts, 16, controls={"arpeggio": pedal(frame)}, velocity_spread=0.1
    )


def waltz(rng: np.random.Generator, duration_s: float) -> Score:
    """Orchestral waltz: bass on one, chords on two and three, strings sing, woodwind answers."""
    table, mode, scale = _periods(rng)
    frame = draw_frame(rng, duration_s, (144, 186), table, mode, beats_per_bar=3)
    theme = play_melody(rng, frame, Melody(scale, 64, 86, IN_THREE, SHAPES, PERIOD))
    parts = {
        "melody": theme,
        "counter": [note for note in harmonise(frame, theme, -5) if note.start_beat % 24 >= 12],
        "strings": play_chords(rng, frame, Steps(1, ".xx"), Register(55, 74, 3), 0.4, velocity=0.72),
        "bass": play_line(rng, frame, (Line(1, "1 . ."), Line(1, "5, . .")), 38, "AB", length=0.7),
    }
    return finish(rng, frame, "Waltz", "waltz", parts, 11, controls=_strings_controls(frame, ("melody",)))


def chorale(rng: np.random.Generator, duration_s: float) -> Score:
    """Four-part chorale: choir, organ or brass moving in half and quarter notes."""
    table, mode, scale = _periods(rng)
    frame = draw_frame(
        rng, duration_s, (60, 88), (*table, "I,V vi,iii IV,I ii,V" if mode == "major" else "i,iv V,i bVI,iv V"), mode
    )
    soprano = play_melody(
        rng,
        frame,
        Melody(
            scale,
            64,
            79,
            (Steps(1, "xxxx"), Steps(1, "x_xx"), Steps(2, "x_x_xxx_")),
            ("arch", "fall", "turn"),
            PERIOD,
            1.0,
            0.98,
        ),
    )
    parts = {
        "melody": soprano,
        "counter": harmonise(frame, soprano, 5),
        "strings": harmonise(frame, soprano, 11),
        "bass": [
            Note(note.start_beat, note.duration_beats, place(frame.chord_at(note.start_beat).root, 40), note.velocity)
            for note in soprano
        ],
    }
    return finish(rng, frame, "Chorale", "chorale", parts, 14, velocity_spread=0.04)


def vivace(rng: np.random.Generator, duration_s: float) -> Score:
    """Baroque concerto: a solo instrument in running sixteenths over continuo."""
    frame = draw_frame(rng, duration_s, (88, 124), SEQUENCES + MINOR_PERIODS[2:3], "major")
    scale = "harmonic minor" if frame.mode == "minor" else "major"
    solo = Melody(scale, 64, 90, FLOWING, ("run-up", "run-down", "zigzag", "wave"), ("AaBb", "ABAC"), 0.9)
    lead = play_melody(rng, frame, solo)
    parts = {
        "melody": lead,
        "strings": play_chords(
            rng, frame, Steps(2, pick(rng, ("x.x.x.x.", "xxxxxxxx", "x_..x_.."))), Register(57, 76), 0.6, velocity=0.72
        ),
        "chords": play_chords(rng, frame, Steps(1, "x_x_"), Register(52, 70), 0.8, 0.05, 0.8),
        "bass": play_line(
            rng,
            frame,
            (Line(2, pick(rng, ("1 1 3 3 5 5 3 3", "1 1' 1 1' 1 1' 1 1'", "1 2 3 1 5, 5, 5, a"))),),
            36,
            length=0.8,
        ),
    }
    return finish(rng, frame, "Baroque concerto", "concerto", parts, 7, controls={"melody": vibrato(frame, lead, 40)})


ARRANGEMENTS = {
    "quartet": quartet,
    "sonata": sonata,
    "orchestra": orchestra,
    "invention": invention,
    "nocturne": nocturne,
    "waltz": waltz,
    "chorale": chorale,
    "concerto": vivace,
}
