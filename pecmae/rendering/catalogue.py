"""The kinds of dataset that can be rendered.

Rooms and microphones vary more in training tracks of genres than in validation and test tracks. The latter sound like
ordinary productions, so that results on them are comparable between datasets.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pecmae.datasets.dataset import Split
from pecmae.errors import DatasetError
from pecmae.rendering.orchestration import Orchestration
from pecmae.rendering.recording import Take, draw_solo_take, draw_take
from pecmae.rendering.score import Score

GENRE_STRENGTH: dict[Split, float] = {"train": 0.7, "valid": 0.35, "test": 0.35}
Composer = Callable[[str, np.random.Generator, float], tuple[Score, Orchestration]]

LICENCE = "CC BY 4.0"
ATTRIBUTION = (
    "Composed and rendered by PECMAE Explorer with FluidSynth and the soundfonts FluidR3 GM (Frank Wen, MIT) and "
    "MuseScore General (S. Christian Collins and others, MIT); tracks that are not shippable also use OPL-3 FM 128M "
    "(opl3-soundfont, CC BY-SA 4.0); the tracks with unseen_soundfont use TimGM6mb "
    "(Tim Brechbill, GPL-2.0) and are for measurement only."
)
NOTES_ATTRIBUTION = (
    "Solos of recorded notes are assembled from samples of the Philharmonia Orchestra (CC BY-SA 3.0; for training, "
    "not to be passed on) and of Karoryfer's Weresax (CC0)."
)


def _unvaried(class_id: str, orchestration: Orchestration, rng: np.random.Generator) -> Orchestration:
    return orchestration


@dataclass(frozen=True)
class Kind:
    """A kind of dataset.

    Attributes:
        name: The dataset's name.
        kind: `genres`, `instruments` or `recorded`.
        class_ids: In the order of the class indices.
        duration_s: Length of a track.
        draw_take: Draws the recording of a track of a given split.
        compose: Composes a track's score and orchestration.
        vary: Varies the voices of a track; not used for tracks of the unseen soundfont.
        recorded_class_ids: Classes for which there are recorded notes.
    """

    name: str
    kind: str
    class_ids: tuple[str, ...]
    duration_s: float
    draw_take: Callable[[np.random.Generator, Split], Take]
    compose: Composer
    vary: Callable[[str, Orchestration, np.random.Generator], Orchestration] = _unvaried
    recorded_class_ids: tuple[str, ...] = ()


def kind_of_dataset(kind: str) -> Kind:
    """Look up a kind of dataset and import its composer.

    Args:
        kind: `genres`, `instruments` or `recorded`.

    Returns:
        The kind.

    Raises:
        DatasetError: `unknown_kind`.
    """
    if kind == "instruments":
        from pecmae.rendering.instruments import INSTRUMENTS, compose_solo
        from pecmae.rendering.recorded_solos import SOLO_CLASSES
        from pecmae.rendering.voicings import vary_voices

        return Kind(
            "rendered-instruments",
            kind,
            INSTRUMENTS,
            24.0,
            _solo_take,
            compose_solo,
            vary_voices,
            SOLO_CLASSES,
        )
    if kind == "genres":
        from pecmae.rendering.genres import GENRES, compose

        return Kind("rendered-genres", kind, GENRES, 30.0, _genre_take, compose)
    if kind == "recorded":
        from pecmae.rendering.note_library import RECORDED_INSTRUMENTS
        from pecmae.rendering.recorded_solos import compose_recorded

        classes = tuple(RECORDED_INSTRUMENTS)
        return Kind("recorded-notes", kind, classes, 24.0, _solo_take, compose_recorded, recorded_class_ids=classes)
    raise DatasetError("unknown_kind", f"There is no dataset {kind!r}: choose genres, instruments or recorded.")


def _genre_take(rng: np.random.Generator, split: Split) -> Take:
    return draw_take(rng, strength=GENRE_STRENGTH[split])


def _solo_take(rng: np.random.Generator, split: Split) -> Take:
    return draw_solo_take(rng)
