"""What is settled of a track before it is composed: its seed, split and soundfont.

Every track has its own seed, made of the collection's seed, the class and the number, and its split comes from its
number: a larger collection contains the smaller one of the same seed.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from pecmae.collections.fluidsynth import SEEN_SOUNDFONTS, UNSEEN_SOUNDFONT

# Ten consecutive tracks of a class hold seven to train, one to validate and two to test, one of them unseen.
DEAL = ("train",) * 7 + ("valid", "test", "test-unseen")
DEALING = 2  # the stream of chance that deals the splits; `track` has others


@dataclass(frozen=True)
class TrackPlan:
    """What is settled before a track is composed."""

    id: str
    class_id: str
    number: int
    seed: int
    split: str
    unseen_soundfont: bool
    soundfont: str


def plan_track(kind: str, class_id: str, number: int, seed: int) -> TrackPlan:
    """Settle a track's seed, split and soundfont.

    Args:
        kind: Kind of the collection.
        class_id: Its class.
        number: Its number within the class, from 0.
        seed: The collection's seed.

    Returns:
        The plan, which depends on nothing else.
    """
    dealt = list(DEAL)
    np.random.default_rng([_seed(kind, class_id, number // len(DEAL), seed), DEALING]).shuffle(dealt)
    hand = dealt[number % len(DEAL)]
    track_seed = _seed(kind, class_id, number, seed)
    unseen = hand == "test-unseen"
    seen = SEEN_SOUNDFONTS[track_seed % len(SEEN_SOUNDFONTS)]
    soundfont = UNSEEN_SOUNDFONT if unseen else seen
    split = hand.partition("-")[0]
    return TrackPlan(f"{class_id}-{number:04d}", class_id, number, track_seed, split, unseen, soundfont.name)


def _seed(*parts: str | int) -> int:
    """A seed below 2**48 from anything printable, stable over versions and machines."""
    return int.from_bytes(hashlib.sha256("/".join(map(str, parts)).encode()).digest()[:6], "big")
