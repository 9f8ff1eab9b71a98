"""Where and how a performance is recorded: room, microphone, tape and level, drawn at random.

A classifier that has only heard clean renders learns their cleanliness; these takes are what it has to ignore.
"""

from dataclasses import dataclass

import numpy as np

from pecmae.collections.orchestration import Effect, effect

PEAK_DB = (-12.0, -1.0)
TUNING_CENTS = (-35.0, 35.0)
SHELF_DB = (-15.0, 10.0)


@dataclass(frozen=True)
class Take:
    """One recording's treatment, tuning and level."""

    effects: tuple[Effect, ...]
    tuning_cents: float
    peak_db: float


def draw_take(rng: np.random.Generator, *, strength: float) -> Take:
    """Draw a recording.

    Args:
        rng: Draws everything.
        strength: 0 leaves the production as it is but for level and tuning, 1 draws any room and microphone.

    Returns:
        The take.
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


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between two limits, as likely in every octave."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _microphone(rng: np.random.Generator, strength: float) -> list[Effect]:
    """Equalisation: tilts at both ends, a resonance or hollow, sometimes a narrow band."""
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
