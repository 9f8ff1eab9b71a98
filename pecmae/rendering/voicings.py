"""Vary the voices of the eight instruments: other programs, other samples, playing noises, synthesised singers.

A soundfont's tenor saxophone or trumpet is one recording of one player. Related instruments transposed into the
register, brightness that follows loudness, growl, air and bow noise, and singers made by `singing` give more variety.
Tracks of the unseen soundfont aren't varied.
"""

from dataclasses import replace

import numpy as np

from pecmae.rendering.orchestration import Effect, Orchestration, Patch, Singer, effect

SUNG_PROBABILITY = 0.6  # that a female singer is synthesised
OTHER_SOUND_PROBABILITY = 0.55  # that an instrument of `_OTHER_SOUNDS` gets one of these sounds
NOISE_PROBABILITY = 0.5
BRIGHTEN_PROBABILITY = 0.5
GROWL_PROBABILITY = 0.3
BREATH_DB = (-42.0, -22.0)

# Program, layers, semitones by which samples are transposed (see `Patch.shift`), and weight.
_OTHER_SOUNDS: dict[str, tuple[tuple[int, tuple[int, ...], int, float], ...]] = {
    "trumpet": (
        (56, (), 0, 2.0),
        (59, (), 0, 1.0),
        (57, (), 7, 2.0),
        (57, (), 5, 1.0),
        (56, (57,), 3, 1.0),
        (56, (60,), 0, 0.5),
        (56, (61,), 0, 0.5),
        (58, (), 12, 0.4),
    ),
    "tenor-saxophone": (
        (66, (), 0, 2.0),
        (65, (), -4, 2.0),
        (67, (), 5, 2.0),
        (64, (), -7, 1.0),
        (66, (67,), 2, 1.0),
        (66, (65,), -2, 1.0),
    ),
    "violin": (
        (40, (), 0, 2.0),
        (41, (), 4, 2.0),
        (42, (), 9, 1.5),
        (110, (), 0, 1.5),
        (44, (), 0, 0.6),
        (40, (41,), 2, 1.0),
        (40, (48,), 0, 0.5),
    ),
}
_WINDS = ("clarinet", "flute", "tenor-saxophone", "trumpet")


def vary_voices(instrument: str, orchestration: Orchestration, rng: np.random.Generator) -> Orchestration:
    """Vary the voice of a solo.

    Args:
        instrument: Class of the solo.
        orchestration: The orchestration as composed.
        rng: Source of randomness.

    Returns:
        The orchestration with other programs, additional effects or a singer; it may be unchanged.
    """
    if instrument == "female-singer" and rng.random() < SUNG_PROBABILITY:
        bus = replace(orchestration.buses[0], effects=())
        voices = tuple(replace(voice, layers=(), singer=draw_singer(rng)) for voice in orchestration.voices)
        return replace(orchestration, voices=voices, buses=(bus,))
    sounds = _OTHER_SOUNDS.get(instrument, ())
    if sounds and rng.random() < OTHER_SOUND_PROBABILITY:
        weights = np.array([weight for *_, weight in sounds])
        program, layers, shift, _ = sounds[int(rng.choice(len(sounds), p=weights / weights.sum()))]
        patch = Patch(shift=shift)
        voices = tuple(replace(v, program=program, layers=layers, patch=patch) for v in orchestration.voices)
        orchestration = replace(orchestration, voices=voices)
    bus = orchestration.buses[0]
    added = _playing_effects(instrument, rng)
    return replace(orchestration, buses=(replace(bus, effects=added + bus.effects), *orchestration.buses[1:]))


def draw_singer(rng: np.random.Generator) -> Singer:
    """Draw an opera, popular or jazz singer.

    Args:
        rng: Source of randomness.

    Returns:
        The singer.
    """
    style = str(rng.choice(("opera", "popular", "jazz")))
    cluster_db = {"opera": (8.0, 18.0), "popular": (0.0, 8.0), "jazz": (0.0, 6.0)}[style]
    vibrato_cents = {"opera": (50.0, 110.0), "popular": (0.0, 45.0), "jazz": (10.0, 60.0)}[style]
    breath_db = {"opera": (-48.0, -34.0), "popular": (-36.0, -20.0), "jazz": (-34.0, -18.0)}[style]
    return Singer(
        tract=float(rng.uniform(0.9, 1.12)),
        cluster_db=float(rng.uniform(*cluster_db)),
        tilt_db=float(rng.uniform(-11.0, -4.0)),
        breath_db=float(rng.uniform(*breath_db)),
        vibrato_cents=float(rng.uniform(*vibrato_cents)),
        vibrato_hz=float(rng.uniform(4.8, 6.8)),
        jitter_cents=float(rng.uniform(3.0, 12.0)),
        portamento_s=float(rng.uniform(0.03, 0.12)),
        syllable=float(rng.uniform(0.3, 1.0)),
        consonants=float(rng.uniform(0.1, 0.8)),
    )


def _playing_effects(instrument: str, rng: np.random.Generator) -> tuple[Effect, ...]:
    """Growl, brightness that follows loudness, and air or bow noise."""
    effects = []
    if instrument == "tenor-saxophone" and rng.random() < GROWL_PROBABILITY:
        effects.append(effect("growl", rate_hz=rng.uniform(35, 110), depth=rng.uniform(0.15, 0.7)))
        effects.append(effect("distortion", drive_db=rng.uniform(3, 14)))
    if instrument in (*_WINDS, "violin") and rng.random() < BRIGHTEN_PROBABILITY:
        effects.append(effect("brighten", amount_db=rng.uniform(3, 14), cutoff_hz=rng.uniform(1500, 4000)))
    if instrument in (*_WINDS, "violin") and rng.random() < NOISE_PROBABILITY:
        low_hz = rng.uniform(2000, 4000) if instrument == "violin" else rng.uniform(500, 2500)
        effects.append(
            effect("breath", level_db=rng.uniform(*BREATH_DB), low_hz=low_hz, high_hz=rng.uniform(5000, 11000))
        )
    return tuple(effects)
