"""Ensembles: players and production as ranges, from which an `Orchestration` is drawn.

A `Player` becomes a `Voice` of the orchestration, and a `Section` one of its buses.

An effect is written as in `"reverb room_size=0.3..0.6 wet=0.1..0.2 ?0.7"`: its kind, ranges or values of its parameters
(`EFFECT_PARAMETERS`), and the probability that it is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pecmae.rendering.genres.frame import chance, pick, uniform
from pecmae.rendering.orchestration import Bus, Effect, Orchestration, Voice


@dataclass(frozen=True)
class Player:
    """A player of a band, with several possible programs and with ranges of gain and pan.

    Attributes:
        role: The role in the score.
        programs: General MIDI programs, of which one is drawn; with `is_drum`, drum kits.
        section: Name of the player's section.
        gain_db: Range of the level within the section.
        pan: Range of the position from -1 (left) to +1 (right).
        transpose: Semitones added to every pitch.
        layers: Programs that double the drawn one.
        is_drum: Whether pitches are General MIDI percussion keys.
    """

    role: str
    programs: tuple[int, ...]
    section: str
    gain_db: tuple[float, float] = (-1.0, 1.0)
    pan: tuple[float, float] = (-0.1, 0.1)
    transpose: int = 0
    layers: tuple[int, ...] = ()
    is_drum: bool = False


@dataclass(frozen=True)
class Section:
    """Players that are mixed together: a bus with a range of levels and with effects whose parameters are ranges."""

    name: str
    level_db: tuple[float, float]
    effects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ensemble:
    """A kind of band.

    Attributes:
        name: Name of the band.
        players: Its players, each of whom becomes a voice.
        sections: Their sections, each of which becomes a bus.
        master: The effects of the mix.
        arrangements: The arrangements that it is made for.
    """

    name: str
    players: tuple[Player, ...]
    sections: tuple[Section, ...]
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
            role=player.role,
            program=pick(rng, player.programs),
            is_drum=player.is_drum,
            transpose=player.transpose,
            gain_db=round(uniform(rng, player.gain_db), 2),
            pan=round(uniform(rng, player.pan), 2),
            bus=player.section,
            layers=player.layers,
        )
        for player in ensemble.players
    )
    buses = tuple(
        Bus(section.name, _draw_effects(rng, section.effects), round(uniform(rng, section.level_db), 2))
        for section in ensemble.sections
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
