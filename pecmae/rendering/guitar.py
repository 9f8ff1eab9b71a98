"""Compose for distorted electric guitar: riffs of power chords, muted chugs, open chords, and lead lines."""

import numpy as np

from pecmae.rendering.expression import Expression, bends_for
from pecmae.rendering.orchestration import Bus, Effect, Orchestration, Voice, effect
from pecmae.rendering.phrases import TONICS, Manner, compose_melody, draw_register, humanised
from pecmae.rendering.scales import SCALES
from pecmae.rendering.score import Note, Part, Score

CLEAN_GUITARS = (24, 25, 26, 27, 27, 27, 28)
DRIVEN_GUITARS = (29, 29, 30, 30, 30)
BAR_BEATS = 4
LOWEST = 40

# Rhythms of one bar in eighths: o is a ringing chord, x a muted stroke, . a rest, - continues the chord.
RHYTHMS = (
    "o-------",
    "o---o---",
    "o-o-o-o-",
    "oooooooo",
    "o--o--o-",
    "oxxoxxox",
    "xxxxo-xx",
    "o.o.o.o.",
    "oxo.oxo-",
    "xxxxxxxx",
    "o-.o-.oo",
    ".o-o.o-o",
)
SHAPES: dict[str, tuple[int, ...]] = {
    "power": (0, 7),
    "power octave": (0, 7, 12),
    "octave": (0, 12),
    "single": (0,),
    "major": (0, 7, 12, 16, 19),
    "minor": (0, 7, 12, 15, 19),
    "suspended": (0, 5, 12),
    "third": (0, 4),
}


def compose_guitar(rng: np.random.Generator, duration_s: float) -> tuple[Score, Orchestration]:
    """Compose a guitar take.

    Args:
        rng: Source of randomness.
        duration_s: Duration of the piece.

    Returns:
        The score, with the role `riff`, `lead`, or first one and then the other, and the guitar with its amplifier.
    """
    tempo_bpm = round(float(rng.uniform(66, 190)), 1)
    beats = duration_s * tempo_bpm / 60
    tonic = int(rng.integers(12))
    scale = str(rng.choice(("minor", "minor pentatonic", "blues", "phrygian", "mixolydian", "major", "dorian")))
    kind = str(rng.choice(("riff", "lead", "both"), p=(0.4, 0.35, 0.25)))
    turn = beats * float(rng.uniform(0.35, 0.65))
    riff_beats = {"riff": beats, "lead": 0.0, "both": turn}[kind]

    riff = humanised(_riff(tonic, scale, riff_beats, rng), 0.006 * tempo_bpm / 60, rng)
    parts = [Part("riff", riff)] if riff else []
    if kind != "riff":
        manner = Manner(int(rng.integers(45, 56)), int(rng.integers(74, 89)), (0.15, 0.3, 0.3, 0.25), 0.1, 1.8, 1.5)
        lead = compose_melody(draw_register(tonic, scale, manner, rng), manner, beats - riff_beats, rng)
        lead = tuple(Note(n.start_beat + riff_beats, n.duration_beats, n.pitch, n.velocity) for n in lead)
        parts.append(Part("lead", lead, bends_for(lead, tempo_bpm, _draw_expression(rng), rng)))
    key = f"{TONICS[tonic]} {scale}"
    score = Score(f"Distorted guitar in {key}", kind, tempo_bpm, key, beats, tuple(parts))
    return score, _draw_amplifier(rng)


def _riff(tonic: int, scale: str, beats: float, rng: np.random.Generator) -> tuple[Note, ...]:
    """A riff of figures of one bar each, in an order that repeats every four bars."""
    lowest = LOWEST - int(rng.choice((0, 0, 0, 2, 4)))
    pitches = [p for p in range(lowest, lowest + 15) if (p - tonic) % 12 in SCALES[scale]]
    shapes = [str(shape) for shape in rng.choice(list(SHAPES), 2, p=(0.3, 0.2, 0.06, 0.16, 0.09, 0.09, 0.04, 0.06))]
    figures = [_draw_figure(len(pitches), rng) for _ in range(4)]
    order = rng.choice(((0, 1, 0, 2), (0, 1, 0, 1), (0, 0, 0, 3), (0, 1, 2, 3)))
    hold = float(rng.uniform(0.75, 1.0))
    notes: list[Note] = []
    for bar in range(int(np.ceil(beats / BAR_BEATS))):
        rhythm, degrees = figures[int(order[bar % 4])]
        shape = SHAPES[shapes[0] if bar % 4 < 3 else shapes[1]]
        for step, mark in enumerate(rhythm):
            if mark not in "ox":
                continue
            ring = len(rhythm[step + 1 :]) - len(rhythm[step + 1 :].lstrip("-")) + 1
            length = 0.5 * ring * hold if mark == "o" else 0.12
            velocity = int(np.clip(rng.normal(105 if mark == "o" else 70, 6), 30, 127))
            start = bar * BAR_BEATS + step / 2
            notes += [
                Note(start + 0.006 * i, length, pitches[degrees[step]] + interval, velocity)
                for i, interval in enumerate(shape)
            ]
    return tuple(note for note in notes if note.start_beat < beats)


def _draw_figure(n_pitches: int, rng: np.random.Generator) -> tuple[str, list[int]]:
    """The rhythm of one bar and the scale degree of each eighth."""
    rhythm = RHYTHMS[int(rng.integers(len(RHYTHMS)))]
    changes = rng.random(8) < rng.choice((0.15, 0.35, 0.7))
    degree = int(rng.choice(np.array((0, 0, rng.integers(n_pitches)))))
    degrees = []
    for change in changes:
        degree = int(rng.integers(n_pitches)) if change else degree
        degrees.append(degree)
    return rhythm, degrees


def _draw_expression(rng: np.random.Generator) -> Expression:
    return Expression(
        vibrato_cents=float(rng.uniform(8, 50)) if rng.random() < 0.7 else 0.0,
        vibrato_hz=float(rng.uniform(4.2, 6.5)),
        vibrato_delay_s=float(rng.choice((0.05, 0.2, 0.4))),
        slide=float(rng.uniform(0.1, 0.5)),
        slide_cents=float(rng.choice((-200.0, -200.0, -100.0, -300.0, 200.0))),
        fall=float(rng.uniform(0.0, 0.2)),
    )


def _draw_amplifier(rng: np.random.Generator) -> Orchestration:
    """A clean guitar with much distortion, or an overdriven one with less, through a loudspeaker."""
    clean = bool(rng.random() < 0.6)
    program = int(rng.choice(CLEAN_GUITARS if clean else DRIVEN_GUITARS))
    drive_db = float(rng.uniform(26, 46) if clean else rng.uniform(4, 22))
    effects: list[Effect] = []
    if rng.random() < 0.5:
        effects.append(effect("highpass", cutoff_hz=rng.uniform(70, 250)))
    if rng.random() < 0.2:
        rate_hz, depth = rng.uniform(0.1, 1.0), rng.uniform(0.3, 0.8)
        effects.append(effect("phaser", rate_hz=rate_hz, depth=depth, mix=rng.uniform(0.3, 0.6)))
    if rng.random() < 0.5:
        effects.append(effect("peak", cutoff_hz=rng.uniform(500, 1800), gain_db=rng.uniform(2, 12)))
    effects.append(effect("distortion", drive_db=drive_db))
    effects.append(effect("cabinet", low_hz=rng.uniform(60, 150), high_hz=rng.uniform(3000, 6500)))
    if rng.random() < 0.25:
        delay_s, mix = rng.uniform(0.08, 0.5), rng.uniform(0.1, 0.35)
        effects.append(effect("delay", delay_s=delay_s, feedback=rng.uniform(0.0, 0.4), mix=mix))
    if rng.random() < 0.2:
        effects.append(effect("chorus", depth=rng.uniform(0.1, 0.4), mix=rng.uniform(0.2, 0.5)))
    voices = (Voice("riff", program), Voice("lead", program))
    return Orchestration("distorted guitar", voices, (Bus("main", tuple(effects)),))
