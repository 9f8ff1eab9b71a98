"""Plan a track before it is composed: its seed, split and soundfont.

A plan depends only on the kind and the seed of the dataset, the class, and the track's number within the class. So a
dataset contains all tracks of a smaller one with the same kind and seed.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from pecmae.datasets.dataset import RECORDED_NOTES, Split
from pecmae.rendering.fluidsynth import SEEN_SOUNDFONTS, TRAINING_SOUNDFONT, UNSEEN_SOUNDFONT

# Ten consecutive tracks of a class are a shuffled copy of this block: the split of each track, and whether it is
# rendered with the unseen soundfont.
BLOCK: tuple[tuple[Split, bool], ...] = (("train", False),) * 7 + (("valid", False), ("test", False), ("test", True))
SPLITTING = 2  # number of the random stream that shuffles a block; `track` uses streams with other numbers
TRAINING_SOUNDFONT_RATIO = 0.15  # of the training tracks


@dataclass(frozen=True)
class TrackPlan:
    """What is known of a track before it is composed.

    Attributes:
        id: The track's id.
        class_id: Its class.
        number: Its number within the class, from 0.
        seed: Its seed.
        split: Its split.
        unseen_soundfont: Whether it is rendered with the unseen soundfont.
        soundfont: The soundfont for voices that don't specify one, or `RECORDED_NOTES`.
    """

    id: str
    class_id: str
    number: int
    seed: int
    split: Split
    unseen_soundfont: bool
    soundfont: str

    @property
    def is_recorded(self) -> bool:
        """Whether recorded notes play instead of a soundfont."""
        return self.soundfont == RECORDED_NOTES


def plan_track(kind: str, class_id: str, number: int, seed: int) -> TrackPlan:
    """Plan a rendered track.

    Args:
        kind: Kind of the dataset.
        class_id: The track's class.
        number: Its number within the class, from 0.
        seed: The dataset's seed.

    Returns:
        The plan, which depends on these arguments only.
    """
    order = list(range(len(BLOCK)))
    np.random.default_rng([_seed(kind, class_id, number // len(BLOCK), seed), SPLITTING]).shuffle(order)
    split, unseen = BLOCK[order[number % len(BLOCK)]]
    track_seed = _seed(kind, class_id, number, seed)
    if unseen:
        soundfont = UNSEEN_SOUNDFONT
    elif split == "train" and (track_seed // 64) % 100 < 100 * TRAINING_SOUNDFONT_RATIO:
        soundfont = TRAINING_SOUNDFONT
    else:
        soundfont = SEEN_SOUNDFONTS[track_seed % len(SEEN_SOUNDFONTS)]
    return TrackPlan(f"{class_id}-{number:04d}", class_id, number, track_seed, split, unseen, soundfont.name)


def plan_recorded_track(kind: str, class_id: str, number: int, seed: int, *, training_only: bool) -> TrackPlan:
    """Plan a track of recorded notes.

    Args:
        kind: Kind of the dataset.
        class_id: The track's class.
        number: Its number among the class's tracks of recorded notes, from 0.
        seed: The dataset's seed.
        training_only: Whether the track is always in the training split. Otherwise it has the split of the rendered
            track with the same number.

    Returns:
        The plan, which depends on these arguments only.
    """
    name = f"{class_id}-recorded-{number:04d}"
    track_seed = _seed(kind, class_id, "recorded", number, seed)
    split = "train" if training_only else plan_track(kind, class_id, number, seed).split
    return TrackPlan(name, class_id, number, track_seed, split, False, RECORDED_NOTES)


def _seed(*parts: str | int) -> int:
    """A seed below 2**48, the same on every machine and with every version of Python."""
    return int.from_bytes(hashlib.sha256("/".join(map(str, parts)).encode()).digest()[:6], "big")
