"""The ten genres of GTZAN, composed by rule.

What is played (`compose_score`) and who plays it and how it is produced (`orchestrate`) are drawn apart, so that any
score can be rendered with any class's orchestration. Everything is drawn from one generator: same state, same music.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from pecmae.errors import DatasetError
from pecmae.rendering.genres import blues, classical, country, disco, hip_hop, jazz, metal, pop, reggae, rock
from pecmae.rendering.genres.bands import BANDS
from pecmae.rendering.genres.ensembles import Ensemble, choose_ensemble, draw_orchestration
from pecmae.rendering.genres.frame import pick
from pecmae.rendering.orchestration import Orchestration
from pecmae.rendering.score import Score

Arrangement = Callable[[np.random.Generator, float], Score]


@dataclass(frozen=True)
class Genre:
    """A class: how its pieces are composed, by name, and the ensembles that play them."""

    arrangements: Mapping[str, Arrangement]
    ensembles: tuple[Ensemble, ...]


CATALOGUE: dict[str, Genre] = {
    "blues": Genre(blues.ARRANGEMENTS, BANDS["blues"]),
    "classical": Genre(classical.ARRANGEMENTS, BANDS["classical"]),
    "country": Genre(country.ARRANGEMENTS, BANDS["country"]),
    "disco": Genre(disco.ARRANGEMENTS, BANDS["disco"]),
    "hip-hop": Genre(hip_hop.ARRANGEMENTS, BANDS["hip-hop"]),
    "jazz": Genre(jazz.ARRANGEMENTS, BANDS["jazz"]),
    "metal": Genre(metal.ARRANGEMENTS, BANDS["metal"]),
    "pop": Genre(pop.ARRANGEMENTS, BANDS["pop"]),
    "reggae": Genre(reggae.ARRANGEMENTS, BANDS["reggae"]),
    "rock": Genre(rock.ARRANGEMENTS, BANDS["rock"]),
}
GENRES: tuple[str, ...] = tuple(CATALOGUE)


def _genre(name: str) -> Genre:
    if name not in CATALOGUE:
        raise DatasetError("unknown_genre", f"There is no genre '{name}'; take one of {', '.join(GENRES)}.")
    return CATALOGUE[name]


def compose_score(genre: str, rng: np.random.Generator, duration_s: float, arrangement: str | None = None) -> Score:
    """Composes a piece.

    Args:
        genre: One of `GENRES`.
        rng: Source of every choice.
        duration_s: Length of the piece.
        arrangement: Which arrangement of the genre; drawn if none is given.

    Returns:
        The score, without instruments.

    Raises:
        DatasetError: There is no such genre or arrangement.
    """
    arrangements = _genre(genre).arrangements
    name = arrangement or pick(rng, tuple(arrangements))
    if name not in arrangements:
        raise DatasetError(
            "unknown_arrangement", f"{genre} has no arrangement '{name}'; take one of {', '.join(arrangements)}."
        )
    return arrangements[name](rng, duration_s)


def orchestrate(genre: str, rng: np.random.Generator, arrangement: str | None = None) -> Orchestration:
    """Draws who plays and how it is produced.

    Args:
        genre: One of `GENRES`.
        rng: Source of every choice.
        arrangement: The orchestration will suit it, if the genre has such an arrangement; else any of the genre's.

    Returns:
        Voices, buses and mastering.

    Raises:
        DatasetError: There is no such genre.
    """
    return draw_orchestration(rng, choose_ensemble(rng, _genre(genre).ensembles, arrangement))


def compose(genre: str, rng: np.random.Generator, duration_s: float) -> tuple[Score, Orchestration]:
    """Composes a piece of a genre and orchestrates it in its style.

    Args:
        genre: One of `GENRES`.
        rng: Source of every choice.
        duration_s: Length of the piece.

    Returns:
        The score and an orchestration that suits it.

    Raises:
        DatasetError: There is no such genre.
    """
    score = compose_score(genre, rng, duration_s)
    return score, orchestrate(genre, rng, score.arrangement)
