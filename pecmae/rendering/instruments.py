"""Compose solos for the eight instruments of Medley-solos-DB.

Winds, voice and violin play monophonic lines made by `phrases` and `expression`. The piano and the distorted guitar
have composers of their own in `keyboard` and `guitar`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pecmae.datasets import medley_solos_db
from pecmae.rendering.expression import Expression, bends_for, controls_for
from pecmae.rendering.guitar import compose_guitar
from pecmae.rendering.keyboard import compose_piano
from pecmae.rendering.orchestration import Bus, Effect, Orchestration, Voice, effect
from pecmae.rendering.phrases import (
    TONICS,
    Manner,
    compose_melody,
    draw_register,
    humanised,
    with_chromatic_neighbours,
    with_grace_notes,
)
from pecmae.rendering.score import Part, Score

INSTRUMENTS = tuple(item.id for item in medley_solos_db.CLASSES)


@dataclass(frozen=True)
class Sound:
    """A General MIDI program that an instrument may be played with.

    Attributes:
        program: Its number, counted from 0.
        weight: Relative probability of being chosen.
        layers: Programs that sound together with it.
        transpose: Semitones added to every pitch.
    """

    program: int
    weight: float
    layers: tuple[int, ...] = ()
    transpose: int = 0


@dataclass(frozen=True)
class Line:
    """How a monophonic instrument plays.

    Attributes:
        manner: How its melodies move.
        sounds: The programs to choose from.
        tempo_bpm: Slowest and fastest tempo.
        vibrato: Probability that a solo has vibrato.
        vibrato_cents: Least and greatest depth of the vibrato.
        slide: Greatest probability that a note begins with a slide. A fall at its end is at most half as probable.
        swell: Greatest probability that a note of at least 0.45 s has a swell (crescendo or decrescendo).
        effects: Chooses the instrument's effects at random.
    """

    manner: Manner
    sounds: tuple[Sound, ...]
    tempo_bpm: tuple[float, float]
    vibrato: float
    vibrato_cents: tuple[float, float]
    slide: float
    swell: float
    effects: Callable[[np.random.Generator], tuple[Effect, ...]]


def compose_solo(instrument: str, rng: np.random.Generator, duration_s: float) -> tuple[Score, Orchestration]:
    """Compose one solo.

    Args:
        instrument: One of `INSTRUMENTS`.
        rng: Source of randomness.
        duration_s: Duration of the piece.

    Returns:
        The score and the orchestration.
    """
    if instrument == "piano":
        return compose_piano(rng, duration_s)
    if instrument == "distorted-electric-guitar":
        return compose_guitar(rng, duration_s)
    return _compose_line(instrument, _LINES[instrument], rng, duration_s)


def compose_within_range(
    name: str, low: int, high: int, rng: np.random.Generator, duration_s: float
) -> tuple[Score, Orchestration]:
    """Compose a solo for any monophonic instrument within its range.

    Args:
        name: The instrument.
        low: Its lowest pitch, as a MIDI note number.
        high: Its highest pitch, as a MIDI note number.
        rng: Source of randomness.
        duration_s: Duration of the piece.

    Returns:
        The score, whose one part has the role `lead` and no bends, and an orchestration without effects.
    """
    line = Line(
        Manner(low, high, staccato=0.25),
        (Sound(0, 1.0),),
        tempo_bpm=(56, 150),
        vibrato=0.0,
        vibrato_cents=(0, 0),
        slide=0.0,
        swell=0.8,
        effects=_no_effects,
    )
    return _compose_line(name, line, rng, duration_s)


def _compose_line(name: str, line: Line, rng: np.random.Generator, duration_s: float) -> tuple[Score, Orchestration]:
    tempo_bpm = round(float(rng.uniform(*line.tempo_bpm)), 1)
    beats = duration_s * tempo_bpm / 60
    tonic, scale = int(rng.integers(12)), str(rng.choice(_SOLO_SCALES, p=_SCALE_WEIGHTS))
    register = draw_register(tonic, scale, line.manner, rng)
    notes = compose_melody(register, line.manner, beats, rng)
    notes = with_chromatic_neighbours(notes, float(rng.choice((0.0, 0.0, 0.05, 0.2))), rng)
    notes = with_grace_notes(notes, float(rng.choice((0.0, 0.0, 0.1, 0.25))), rng)
    notes = humanised(notes, 0.012 * tempo_bpm / 60, rng)
    expression = _draw_expression(line, rng)
    bends = bends_for(notes, tempo_bpm, expression, rng)
    controls = controls_for(notes, tempo_bpm, expression, rng)
    part = Part("lead", notes, bends, controls)
    key = f"{TONICS[tonic]} {scale}"
    score = Score(f"{name.replace('-', ' ').capitalize()} in {key}", "solo", tempo_bpm, key, beats, (part,))
    weights = np.array([sound.weight for sound in line.sounds])
    sound = line.sounds[int(rng.choice(len(line.sounds), p=weights / weights.sum()))]
    voice = Voice("lead", sound.program, transpose=sound.transpose, layers=sound.layers)
    return score, Orchestration(name, (voice,), (Bus("main", line.effects(rng)),))


def _draw_expression(line: Line, rng: np.random.Generator) -> Expression:
    vibrato = rng.random() < line.vibrato
    by_wheel = vibrato and rng.random() < 0.25
    return Expression(
        vibrato_cents=float(rng.uniform(*line.vibrato_cents)) if vibrato and not by_wheel else 0.0,
        vibrato_hz=float(rng.uniform(4.6, 6.6)),
        vibrato_delay_s=float(rng.choice((0.0, 0.1, 0.25, 0.4))),
        slide=float(rng.uniform(0.0, line.slide)) if rng.random() < 0.7 else 0.0,
        slide_cents=float(rng.choice((-60.0, -120.0, -200.0, 100.0))),
        fall=float(rng.uniform(0.0, line.slide / 2)) if rng.random() < 0.3 else 0.0,
        swell=float(rng.uniform(0.0, line.swell)),
        modulation=int(rng.integers(30, 110)) if by_wheel else 0,
    )


def _no_effects(rng: np.random.Generator) -> tuple[Effect, ...]:
    return ()


def _tone(rng: np.random.Generator) -> tuple[Effect, ...]:
    """A darker or brighter tone, sometimes slightly distorted, as a player's embouchure varies it."""
    effects = [effect("peak", cutoff_hz=rng.uniform(900, 3500), gain_db=rng.normal(0, 5), q=0.8)]
    if rng.random() < 0.25:
        effects.append(effect("distortion", drive_db=rng.uniform(2, 10)))
    return tuple(effects)


def _bell(rng: np.random.Generator) -> tuple[Effect, ...]:
    """An open bell, or the narrow nasal band of a cup or harmon mute."""
    if rng.random() < 0.75:
        return _tone(rng)
    nasal = effect("peak", cutoff_hz=rng.uniform(1200, 2600), gain_db=rng.uniform(8, 16), q=1.2)
    return effect("highpass", cutoff_hz=rng.uniform(400, 900)), nasal


def _vowels(rng: np.random.Generator) -> tuple[Effect, ...]:
    """The formants of sung vowels, with some breath noise."""
    vowels = effect(
        "vowels",
        rate_hz=rng.uniform(1.0, 4.5),
        mix=rng.uniform(0.55, 1.0),
        scale=rng.uniform(0.9, 1.15),
        consonants=float(rng.choice((0.0, 0.15, 0.35))),
    )
    return effect("noise", level_db=rng.uniform(-62, -46), tilt_db=rng.uniform(0, 2)), vowels


_SOLO_SCALES = (
    "major",
    "minor",
    "harmonic minor",
    "dorian",
    "mixolydian",
    "lydian",
    "phrygian",
    "major pentatonic",
    "minor pentatonic",
    "blues",
)
_SCALE_WEIGHTS = np.array((5, 4, 2, 3, 2, 1, 1, 1.5, 2, 2)) / 23.5

_LINES: dict[str, Line] = {
    "clarinet": Line(
        Manner(50, 91, (0.25, 0.35, 0.25, 0.15), staccato=0.25),
        (Sound(71, 1.0),),
        tempo_bpm=(56, 150),
        vibrato=0.25,
        vibrato_cents=(4, 14),
        slide=0.2,
        swell=0.8,
        effects=_tone,
    ),
    "female-singer": Line(
        Manner(55, 84, (0.35, 0.45, 0.18, 0.02), staccato=0.08, leap=1.3),
        (
            Sound(85, 1.0, (81,)),
            Sound(54, 1.0, (81,)),
            Sound(52, 1.0, (81,)),
            Sound(53, 1.0, (81,)),
            Sound(81, 1.5),
            Sound(85, 0.7, (53,)),
            Sound(52, 0.7, (85,)),
            Sound(53, 0.7),
        ),
        tempo_bpm=(54, 130),
        vibrato=0.85,
        vibrato_cents=(15, 75),
        slide=0.6,
        swell=0.8,
        effects=_vowels,
    ),
    "flute": Line(
        Manner(60, 96, (0.25, 0.35, 0.25, 0.15), staccato=0.25),
        (Sound(73, 1.0),),
        tempo_bpm=(56, 150),
        vibrato=0.75,
        vibrato_cents=(6, 28),
        slide=0.15,
        swell=0.8,
        effects=_tone,
    ),
    "tenor-saxophone": Line(
        Manner(44, 79, (0.2, 0.35, 0.3, 0.15), staccato=0.2, leap=1.9),
        (Sound(66, 5.0), Sound(65, 1.0), Sound(66, 1.0, (65,))),
        tempo_bpm=(60, 190),
        vibrato=0.65,
        vibrato_cents=(8, 35),
        slide=0.45,
        swell=0.8,
        effects=_tone,
    ),
    "trumpet": Line(
        Manner(53, 84, (0.25, 0.4, 0.25, 0.1), staccato=0.3),
        (Sound(56, 4.0), Sound(59, 1.5), Sound(56, 0.5, (59,))),
        tempo_bpm=(60, 160),
        vibrato=0.5,
        vibrato_cents=(6, 26),
        slide=0.25,
        swell=0.8,
        effects=_bell,
    ),
    "violin": Line(
        Manner(55, 93, (0.25, 0.35, 0.25, 0.15), staccato=0.2),
        (Sound(40, 4.0), Sound(110, 2.0), Sound(40, 1.0, (110,)), Sound(44, 0.3), Sound(45, 0.3)),
        tempo_bpm=(56, 150),
        vibrato=0.85,
        vibrato_cents=(8, 38),
        slide=0.35,
        swell=0.9,
        effects=_no_effects,
    ),
}
