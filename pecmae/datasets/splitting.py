"""Split a dataset that comes without splits: by whole groups, stratified by class, reproducible from a seed.

The recordings of a group, such as an artist or an album, must stay in one split. A recording that belongs to no group
is a group of its own.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence

from pecmae.datasets.dataset import SPLITS, Split
from pecmae.errors import DatasetError

HELD_OUT_RATIO = 0.15
"""Ratio of the recordings of a class that are held out for validation, and again for testing; at least one each."""


def make_splits(labels: Sequence[str], groups: Sequence[str], seed: int) -> list[Split]:
    """Assign every recording to a split.

    Groups are assigned one by one, the largest first, each to the split that still lacks the most recordings of the
    group's classes. When a class has only as many groups left as there are splits without it, its remaining groups go
    to those splits.

    Args:
        labels: Class of every recording.
        groups: Group of every recording.
        seed: Seed of the order of groups of equal size.

    Returns:
        The split of every recording. Every class has recordings in each split.

    Raises:
        DatasetError: `class_too_small`: a class has fewer groups than there are splits, or groups that contain
            several classes can't be assigned.
    """
    members: dict[str, Counter[str]] = defaultdict(Counter)  # group -> class -> recordings
    for label, group in zip(labels, groups, strict=True):
        members[group][label] += 1
    left = Counter(label for counts in members.values() for label in counts)
    for label, n_groups in sorted(left.items()):
        _check_size(label, n_groups, labels.count(label))
    lacking = {split: _targets(labels, split) for split in SPLITS}
    filled: dict[str, set[Split]] = {label: set() for label in left}
    split_of: dict[str, Split] = {}
    for group in sorted(members, key=lambda name: (-members[name].total(), _shuffled(name, seed))):
        counts = members[group]
        urgent = {
            split
            for label in counts
            for split in SPLITS
            if split not in filled[label] and left[label] <= len(SPLITS) - len(filled[label])
        }
        candidates = [split for split in SPLITS if split in urgent or not urgent]
        chosen = max(candidates, key=lambda split: sum(min(lacking[split][c], n) for c, n in counts.items()))
        split_of[group] = chosen
        lacking[chosen].subtract(counts)
        for label in counts:
            filled[label].add(chosen)
            left[label] -= 1
    for label, splits in sorted(filled.items()):
        if len(splits) < len(SPLITS):
            raise DatasetError(
                "class_too_small",
                f"Class {label!r} can't be split into {', '.join(SPLITS)} without splitting a group; give a split for "
                "every recording in a CSV, or make smaller groups.",
            )
    return [split_of[group] for group in groups]


def _check_size(label: str, n_groups: int, n_recordings: int) -> None:
    if n_groups < len(SPLITS):
        grouped = f" in {_counted(n_groups, 'group')}" if n_groups < n_recordings else ""
        wanted = "groups" if grouped else "recordings"
        raise DatasetError(
            "class_too_small",
            f"Class {label!r} has {_counted(n_recordings, 'recording')}{grouped}; at least {len(SPLITS)} {wanted} are "
            "needed: one each for training, validation and testing.",
        )


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _targets(labels: Sequence[str], split: Split) -> Counter[str]:
    """The number of recordings of each class that a split should get."""
    held_out = {label: max(1, round(HELD_OUT_RATIO * n)) for label, n in Counter(labels).items()}
    if split != "train":
        return Counter(held_out)
    return Counter({label: n - 2 * held_out[label] for label, n in Counter(labels).items()})


def _shuffled(group: str, seed: int) -> str:
    """A sort key that puts groups in an order drawn from the seed, whatever their order in the dataset."""
    return hashlib.sha256(f"{seed}/{group}".encode()).hexdigest()
