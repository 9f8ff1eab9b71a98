"""The kinds of collection that can be rendered, and what every one says of itself."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pecmae.collections.orchestration import Orchestration
from pecmae.collections.score import Score
from pecmae.errors import CollectionError

Composer = Callable[[str, np.random.Generator, float], tuple[Score, Orchestration]]

LICENCE = "CC BY 4.0"
ATTRIBUTION = (
    "Composed and rendered by PECMAE Explorer with FluidSynth and the soundfonts FluidR3 GM (Frank Wen, MIT) and "
    "MuseScore General (S. Christian Collins and others, MIT); the tracks with unseen_soundfont use TimGM6mb "
    "(Tim Brechbill, GPL-2.0) and are for measurement only."
)


@dataclass(frozen=True)
class Kind:
    """A kind of collection.

    Attributes:
        name: The collection's name.
        kind: `genres` or `instruments`.
        class_ids: In the order of the class indices.
        duration_s: Length of a track.
        recording_strength: How far rooms and microphones vary: a genre has its own production already.
        compose: Makes a track's score and orchestration.
    """

    name: str
    kind: str
    class_ids: tuple[str, ...]
    duration_s: float
    recording_strength: float
    compose: Composer


def kind_of_collection(kind: str) -> Kind:
    """Look up a kind and import its composer.

    Args:
        kind: `genres` or `instruments`.

    Returns:
        The kind.

    Raises:
        CollectionError: `unknown_kind`.
    """
    if kind == "instruments":
        from pecmae.collections.instruments import INSTRUMENTS, compose_solo

        return Kind("rendered-instruments", kind, INSTRUMENTS, 24.0, 1.0, compose_solo)
    if kind == "genres":
        from pecmae.collections.genres import GENRES, compose

        return Kind("rendered-genres", kind, GENRES, 30.0, 0.35, compose)
    raise CollectionError("unknown_kind", f"There's no collection {kind!r}: choose genres or instruments.")
