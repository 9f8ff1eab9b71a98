"""Ensembles: who plays and how it is produced, as ranges from which an `Orchestration` is drawn.

Effects are written `"reverb room_size=0.3..0.6 wet=0.1..0.2 ?0.7"`: ranges or single values of `EFFECT_PARAMETERS`, and
the chance that the effect is there at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pecmae.rendering.genres.frame import chance, pick, uniform
from pecmae.rendering.orchestration import Bus, Effect, Orchestration, Voice


@dataclass(frozen=True)
class Seat:
    """A voice with ranges: one of the programs, a gain, a place."""

    role: str
    programs: tuple[int, ...]
    bus: str
    gain_db: tuple[float, float] = (-1.0, 1.0)
    pan: tuple[float, float] = (-0.1, 0.1)
    transpose: int = 0
    layers: tuple[int, ...] = ()
    is_drum: bool = False


@dataclass(frozen=True)
class Desk:
    """A bus with ranges: name, level against the other buses, effects."""

    name: str
    level_db: tuple[float, float]
    effects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ensemble:
    """Seats, desks and the mastering of one kind of band; `arrangements` it suits, empty for any."""

    name: str
    seats: tuple[Seat, ...]
    desks: tuple[Desk, ...]
    master: tuple[str, ...] = ()
    arrangements: tuple[str, ...] = ()


def _range(text: str) -> tuple[float, float]:
    low, _, high = text.partition("..")
    return float(low), float(high or low)


def draw_effect(rng: np.random.Generator, text: str) -> Effect | None:
    """Reads an effect and draws its parameters; None where its chance didn't come."""
    kind, *settings = text.split()
    parameters = []
    present = True
    for setting in settings:
        if setting.startswith("?"):
            present = chance(rng, float(setting[1:]))
        else:
            name, _, limits = setting.partition("=")
            parameters.append((name, round(uniform(rng, _range(limits)), 3)))
    return Effect(kind, tuple(parameters)) if present else None


def _draw_effects(rng: np.random.Generator, texts: Sequence[str]) -> tuple[Effect, ...]:
    drawn = [draw_effect(rng, text) for text in texts]
    return tuple(effect for effect in drawn if effect is not None)


def draw_orchestration(rng: np.random.Generator, ensemble: Ensemble) -> Orchestration:
    """Draws programs, levels, places and effects from an ensemble's ranges."""
    voices = tuple(
        Voice(
            role=seat.role,
            program=pick(rng, seat.programs),
            is_drum=seat.is_drum,
            transpose=seat.transpose,
            gain_db=round(uniform(rng, seat.gain_db), 2),
            pan=round(uniform(rng, seat.pan), 2),
            bus=seat.bus,
            layers=seat.layers,
        )
        for seat in ensemble.seats
    )
    buses = tuple(
        Bus(desk.name, _draw_effects(rng, desk.effects), round(uniform(rng, desk.level_db), 2))
        for desk in ensemble.desks
    )
    return Orchestration(ensemble.name, voices, buses, _draw_effects(rng, ensemble.master))


def choose_ensemble(rng: np.random.Generator, ensembles: Sequence[Ensemble], arrangement: str | None) -> Ensemble:
    """An ensemble that suits an arrangement; any where none is named for it."""
    suited = [ensemble for ensemble in ensembles if arrangement in ensemble.arrangements]
    return pick(rng, suited or ensembles)
