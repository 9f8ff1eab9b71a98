"""Ensembles: players and production as ranges, from which an `Orchestration` is drawn.

An effect is written as in `"reverb room_size=0.3..0.6 wet=0.1..0.2 ?0.7"`: its kind, ranges or values of its parameters
(`EFFECT_PARAMETERS`), and the probability that it is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pecmae.rendering.genres.frame import chance, pick, uniform
from pecmae.rendering.orchestration import Bus, Effect, Orchestration, Voice


@dataclass(frozen=True)
class Seat:
    """A voice with several possible programs and with ranges of gain and pan."""

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
    """A bus with a range of levels and with effects whose parameters are ranges."""

    name: str
    level_db: tuple[float, float]
    effects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ensemble:
    """A kind of band.

    Attributes:
        name: Name of the band.
        seats: Its voices.
        desks: Its buses.
        master: The effects of the mix.
        arrangements: The arrangements that it is made for.
    """

    name: str
    seats: tuple[Seat, ...]
    desks: tuple[Desk, ...]
    master: tuple[str, ...] = ()
    arrangements: tuple[str, ...] = ()


def _range(text: str) -> tuple[float, float]:
    low, _, high = text.partition("..")
    return float(low), float(high or low)


def draw_effect(rng: np.random.Generator, text: str) -> Effect | None:
    """Parse an effect and draw its parameters.

    Args:
        rng: Source of randomness.
        text: The effect as written in an ensemble.

    Returns:
        The effect, or None if it isn't used.
    """
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
    """Draw programs, levels, pans and effects from an ensemble's ranges.

    Args:
        rng: Source of randomness.
        ensemble: The ensemble.

    Returns:
        The orchestration.
    """
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
    """Draw one of the ensembles that are made for an arrangement, or any if there is none.

    Args:
        rng: Source of randomness.
        ensembles: The ensembles of a genre.
        arrangement: The arrangement, or None.

    Returns:
        The ensemble.
    """
    suited = [ensemble for ensemble in ensembles if arrangement in ensemble.arrangements]
    return pick(rng, suited or ensembles)
