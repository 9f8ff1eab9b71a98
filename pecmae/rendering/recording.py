"""Draw how a performance is recorded: room, microphone, noise, tuning and level.

A classifier that is trained on clean renders only fails on recordings. These random variations teach it to ignore how
music was recorded.
"""

from dataclasses import dataclass

import numpy as np

from pecmae.rendering.orchestration import Effect, effect

PEAK_DB = (-12.0, -1.0)
TUNING_CENTS = (-35.0, 35.0)
SHELF_DB = (-15.0, 10.0)


@dataclass(frozen=True)
class Take:
    """A recording: its effects, tuning and level."""

    effects: tuple[Effect, ...]
    tuning_cents: float
    peak_db: float


def draw_take(rng: np.random.Generator, *, strength: float) -> Take:
    """Draw a recording.

    Args:
        rng: Source of randomness.
        strength: From 0, where only level and tuning vary, to 1, where room and microphone vary most.

    Returns:
        The recording.
    """
    effects: list[Effect] = []
    if rng.random() < 0.75 * strength:
        room_size, damping = float(rng.beta(1.5, 2.0)), float(rng.uniform(0.1, 0.9))
        effects.append(effect("reverb", room_size=room_size, damping=damping, wet=0.6 * float(rng.beta(1.5, 3.0))))
    effects += _microphone(rng, strength)
    if rng.random() < 0.4 * strength:
        effects.append(effect("compressor", threshold_db=rng.uniform(-30, -16), ratio=rng.uniform(1.5, 6)))
    if rng.random() < 0.75 * strength:
        effects.append(effect("noise", level_db=rng.uniform(-78, -40), tilt_db=rng.uniform(-6, 1)))
    if rng.random() < 0.2 * strength:
        effects.append(effect("mp3", quality=float(rng.integers(3, 9))))
    tuning_cents = float(np.clip(rng.normal(0.0, 10.0), *TUNING_CENTS))
    return Take(tuple(effects), round(tuning_cents, 1), round(float(rng.uniform(*PEAK_DB)), 1))


def draw_solo_take(rng: np.random.Generator) -> Take:
    """Draw the recording of a solo: close, in a room, far away in a hall, or as `draw_take` does.

    Args:
        rng: Source of randomness.

    Returns:
        The recording.
    """
    place = str(rng.choice(("close", "room", "hall", "plain"), p=(0.25, 0.3, 0.2, 0.25)))
    take = draw_take(rng, strength=1.0)
    effects = [item for item in take.effects if place == "plain" or item.kind != "reverb"]
    if place == "close" and rng.random() < 0.6:
        effects.insert(0, effect("low_shelf", cutoff_hz=rng.uniform(150, 350), gain_db=rng.uniform(2, 7)))
    elif place == "room":
        effects.insert(0, _room(rng, (0.15, 0.9), (-16.0, -2.0), 12.0))
    elif place == "hall":
        effects.insert(0, _room(rng, (1.0, 3.2), (-11.0, 4.0), 45.0))
        effects.append(effect("high_shelf", cutoff_hz=rng.uniform(2500, 6000), gain_db=rng.uniform(-8, 0)))
    if rng.random() < 0.12:
        low_hz, high_hz = log_uniform(rng, 120, 450), log_uniform(rng, 2800, 6000)
        effects += [effect("highpass", cutoff_hz=low_hz), effect("lowpass", cutoff_hz=high_hz)]
    if rng.random() < 0.08:
        effects.append(effect("vinyl", level_db=rng.uniform(-62, -42), crackle=rng.uniform(0.1, 1.0)))
    if rng.random() < 0.25 and not any(item.kind == "mp3" for item in effects):
        effects.append(effect("mp3", quality=float(rng.integers(3, 10))))
    return Take(tuple(effects), take.tuning_cents, take.peak_db)


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number between two limits from a log-uniform distribution."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _room(
    rng: np.random.Generator, rt60_s: tuple[float, float], wet_db: tuple[float, float], predelay_ms: float
) -> Effect:
    return effect(
        "room",
        rt60_s=log_uniform(rng, *rt60_s),
        wet_db=float(rng.uniform(*wet_db)),
        predelay_ms=float(rng.uniform(0.0, predelay_ms)),
        damping=float(rng.uniform(0.1, 0.95)),
    )


def _microphone(rng: np.random.Generator, strength: float) -> list[Effect]:
    """Equalisation: shelves at both ends, up to two peaks or dips, sometimes a narrow band."""
    effects = []
    shelves = (("low_shelf", (120, 400), 5.0), ("high_shelf", (2500, 7000), 7.0))
    for kind, range_hz, spread_db in shelves:
        if rng.random() < 0.7:
            cutoff_hz = float(rng.uniform(*range_hz))
            gain_db = float(np.clip(rng.normal(0.0, spread_db * strength), *SHELF_DB))
            effects.append(effect(kind, cutoff_hz=cutoff_hz, gain_db=gain_db))
    for _ in range(int(rng.integers(0, 3))):
        centre_hz, gain_db = log_uniform(rng, 300, 6000), float(rng.normal(0, 4 * strength))
        effects.append(effect("peak", cutoff_hz=centre_hz, gain_db=gain_db, q=float(rng.uniform(0.5, 3))))
    if rng.random() < 0.3 * strength:
        effects.append(effect("lowpass", cutoff_hz=log_uniform(rng, 3500, 10000)))
    if rng.random() < 0.3 * strength:
        effects.append(effect("highpass", cutoff_hz=float(rng.uniform(40, 250))))
    return effects
