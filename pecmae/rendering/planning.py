"""What is settled of a track before it is composed: its seed, split and soundfont.

Every track has its own seed, made of the dataset's seed, the class and the number, and its split comes from its
number: a larger dataset contains the smaller one of the same seed.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from pecmae.datasets.dataset import RECORDED_NOTES
from pecmae.rendering.fluidsynth import SEEN_SOUNDFONTS, TRAINING_SOUNDFONT, UNSEEN_SOUNDFONT

# Ten consecutive tracks of a class hold seven to train, one to validate and two to test, one of them unseen.
DEAL = ("train",) * 7 + ("valid", "test", "test-unseen")
DEALING = 2  # the stream of chance that deals the splits; `track` has others


TRAINING_SOUNDFONT_SHARE = 0.15  # of the training tracks


@dataclass(frozen=True)
class TrackPlan:
    """What is settled before a track is composed; `soundfont` is the one of voices that name none."""

    id: str
    class_id: str
    number: int
    seed: int
    split: str
    unseen_soundfont: bool
    soundfont: str

    @property
    def is_recorded(self) -> bool:
        """Whether recorded notes play, and no soundfont."""
        return self.soundfont == RECORDED_NOTES


def plan_track(kind: str, class_id: str, number: int, seed: int) -> TrackPlan:
    """Settle a track's seed, split and soundfont.

    Args:
        kind: Kind of the dataset.
        class_id: Its class.
        number: Its number within the class, from 0.
        seed: The dataset's seed.

    Returns:
        The plan, which depends on nothing else.
    """
    dealt = list(DEAL)
    np.random.default_rng([_seed(kind, class_id, number // len(DEAL), seed), DEALING]).shuffle(dealt)
    hand = dealt[number % len(DEAL)]
    track_seed = _seed(kind, class_id, number, seed)
    unseen = hand == "test-unseen"
    split = hand.partition("-")[0]
    if unseen:
        soundfont = UNSEEN_SOUNDFONT
    elif split == "train" and (track_seed // 64) % 100 < 100 * TRAINING_SOUNDFONT_SHARE:
        soundfont = TRAINING_SOUNDFONT
    else:
        soundfont = SEEN_SOUNDFONTS[track_seed % len(SEEN_SOUNDFONTS)]
    return TrackPlan(f"{class_id}-{number:04d}", class_id, number, track_seed, split, unseen, soundfont.name)


def plan_recorded_track(kind: str, class_id: str, number: int, seed: int, *, training_only: bool) -> TrackPlan:
    """Settle a track of recorded notes.

    Args:
        kind: Kind of the dataset.
        class_id: Its class.
        number: Its number within the class's tracks of recorded notes, from 0.
        seed: The dataset's seed.
        training_only: Whether it is a training track whatever its number, beside rendered tracks of its class.

    Returns:
        The plan, which depends on nothing else.
    """
    dealt = plan_track(kind, class_id, number, seed)
    name = f"{class_id}-recorded-{number:04d}"
    track_seed = _seed(kind, class_id, "recorded", number, seed)
    split = "train" if training_only else dealt.split
    return TrackPlan(name, class_id, number, track_seed, split, False, RECORDED_NOTES)


def _seed(*parts: str | int) -> int:
    """A seed below 2**48 from anything printable, stable over versions and machines."""
    return int.from_bytes(hashlib.sha256("/".join(map(str, parts)).encode()).digest()[:6], "big")
