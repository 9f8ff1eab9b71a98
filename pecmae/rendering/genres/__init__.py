"""Compose the ten genres of GTZAN by rules.

A score (`compose_score`) and an orchestration with its production (`orchestrate`) are drawn independently, so that any
score can be rendered with the orchestration of any genre. The same state of the random generator gives the same music.
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
    """A genre: its arrangements by name, which compose its pieces, and the ensembles that play them."""

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
        raise DatasetError("unknown_genre", f"There is no genre {name!r}; choose one of {', '.join(GENRES)}.")
    return CATALOGUE[name]


def compose_score(genre: str, rng: np.random.Generator, duration_s: float, arrangement: str | None = None) -> Score:
    """Compose a piece.

    Args:
        genre: One of `GENRES`.
        rng: Source of randomness.
        duration_s: Duration of the piece.
        arrangement: An arrangement of the genre; drawn if None.

    Returns:
        The score.

    Raises:
        DatasetError: `unknown_genre` or `unknown_arrangement`.
    """
    arrangements = _genre(genre).arrangements
    name = arrangement or pick(rng, tuple(arrangements))
    if name not in arrangements:
        raise DatasetError(
            "unknown_arrangement", f"{genre} has no arrangement {name!r}; choose one of {', '.join(arrangements)}."
        )
    return arrangements[name](rng, duration_s)


def orchestrate(genre: str, rng: np.random.Generator, arrangement: str | None = None) -> Orchestration:
    """Draw an orchestration: who plays, and how it is produced.

    Args:
        genre: One of `GENRES`.
        rng: Source of randomness.
        arrangement: The arrangement to suit; any orchestration of the genre if None or if no ensemble is made for it.

    Returns:
        The orchestration.

    Raises:
        DatasetError: `unknown_genre`.
    """
    return draw_orchestration(rng, choose_ensemble(rng, _genre(genre).ensembles, arrangement))


def compose(genre: str, rng: np.random.Generator, duration_s: float) -> tuple[Score, Orchestration]:
    """Compose a piece of a genre, and draw an orchestration that suits it.

    Args:
        genre: One of `GENRES`.
        rng: Source of randomness.
        duration_s: Duration of the piece.

    Returns:
        The score and the orchestration.

    Raises:
        DatasetError: `unknown_genre`.
    """
    score = compose_score(genre, rng, duration_s)
    return score, orchestrate(genre, rng, score.arrangement)
