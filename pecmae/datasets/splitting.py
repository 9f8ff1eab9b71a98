"""Splits for a dataset that comes without: whole groups, stratified by class, the same for the same seed.

A group is what must not be torn apart, such as the recordings of one artist or the tracks of one album. A recording
that belongs to no group is a group of its own.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence

from pecmae.datasets.dataset import SPLITS
from pecmae.errors import DatasetError

HELD_OUT_SHARE = 0.15
"""Of each class, for validation and again for testing; at least one recording each."""


def make_splits(labels: Sequence[str], groups: Sequence[str], seed: int) -> list[str]:
    """Give every recording a split.

    Groups are dealt out one by one, the largest first, each to the split that lacks most of its classes. Once a class
    has only as many groups left as splits without it, those go to these splits.

    Args:
        labels: Class of every recording.
        groups: Group of every recording.
        seed: Seed of the order among groups of one size.

    Returns:
        One of `SPLITS` for every recording; every class has recordings in each.

    Raises:
        DatasetError: `class_too_small`, a class has fewer groups than there are splits, or groups that hold several
            classes can't be dealt out.
    """
    members: dict[str, Counter[str]] = defaultdict(Counter)  # group -> class -> recordings
    for label, group in zip(labels, groups, strict=True):
        members[group][label] += 1
    left = Counter(label for counts in members.values() for label in counts)
    for label, n_groups in sorted(left.items()):
        _check_size(label, n_groups, labels.count(label))
    lacking = {split: _targets(labels, split) for split in SPLITS}
    filled: dict[str, set[str]] = {label: set() for label in left}
    split_of: dict[str, str] = {}
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
                f"Class {label!r} can't be split into {', '.join(SPLITS)} without tearing a group apart; give a split "
                "for every recording in a CSV, or smaller groups.",
            )
    return [split_of[group] for group in groups]


def _check_size(label: str, n_groups: int, n_recordings: int) -> None:
    if n_groups < len(SPLITS):
        grouped = f" in {_counted(n_groups, 'group')}" if n_groups < n_recordings else ""
        wanted = "groups" if grouped else "recordings"
        raise DatasetError(
            "class_too_small",
            f"Class {label!r} has {_counted(n_recordings, 'recording')}{grouped}; at least {len(SPLITS)} {wanted} are "
            "needed, one each to train, to validate and to test.",
        )


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _targets(labels: Sequence[str], split: str) -> Counter[str]:
    held_out = {label: max(1, round(HELD_OUT_SHARE * n)) for label, n in Counter(labels).items()}
    if split != "train":
        return Counter(held_out)
    return Counter({label: n - 2 * held_out[label] for label, n in Counter(labels).items()})


def _shuffled(group: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}/{group}".encode()).hexdigest()
