"""Which training segments lie near which prototypes: ratios, nearest and farthest segments, percentiles of distance.

Conventions: N training segments, C classes, K prototypes per class, M = C * K, class-major. Distances are the
network's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pecmae.bundles.manifest import Manifest

N_NEAREST_POINTS = 3
PERCENTILES = np.arange(101)


@dataclass(frozen=True)
class PrototypeInfo:
    """What is known of one prototype beside its weights.

    Args:
        id: Such as `reggae-2`.
        class_id: Its class.
        index: Its number within its class.
        segment_ratio: Ratio of its class's training segments to which it is the nearest prototype of the class.
        decoded_class: Class that the bundle assigns to its decoded sound; None before `sonify`.
        decoded_score: Score of that class; None before `sonify`.
        nearest: Ids of the three training segments with sound that are nearest to it, nearest first, of any class.
        farthest: Id of the training segment with sound of its own class that is farthest from it; None if its class
            has none.
    """

    id: str
    class_id: str
    index: int
    segment_ratio: float
    decoded_class: str | None
    decoded_score: float | None
    nearest: tuple[str, ...]
    farthest: str | None


def own_class_distances(distances: np.ndarray, labels: np.ndarray, prototypes_per_class: int) -> np.ndarray:
    """Distance of every segment to the prototypes of its own class.

    Shape: `distances` (N, M), `labels` (N,); result (N, K).
    """
    by_class = distances.reshape(len(distances), -1, prototypes_per_class)  # (N, C, K)
    return by_class[np.arange(len(labels)), labels]


def distance_quantiles(distances: np.ndarray, labels: np.ndarray, prototypes_per_class: int) -> np.ndarray:
    """Percentiles 0 to 100, per class, of the distance of a segment to the nearest prototype of its own class.

    Args:
        distances: Distances of all training segments.
        labels: Their classes; every class needs a segment.
        prototypes_per_class: K.

    Returns:
        The percentiles.

    Shape: `distances` (N, M), `labels` (N,); result (C, 101) float32.
    """
    nearest = own_class_distances(distances, labels, prototypes_per_class).min(axis=1)
    n_classes = distances.shape[1] // prototypes_per_class
    rows = [np.percentile(nearest[labels == label], PERCENTILES) for label in range(n_classes)]
    return np.stack(rows).astype(np.float32)


def percentile_of(distance: float, quantiles: np.ndarray) -> float:
    """Percentage of training segments that are nearer than `distance`, from a row of `distance_quantiles`.

    Shape: `quantiles` (101,); result from 0 to 100.
    """
    return float(np.interp(distance, quantiles, PERCENTILES))


def segment_ratios(distances: np.ndarray, labels: np.ndarray, prototypes_per_class: int) -> np.ndarray:
    """For each prototype, the ratio of its class's segments to which it is the nearest prototype of the class.

    Shape: `distances` (N, M), `labels` (N,); result (M,), which sums to 1 over the K prototypes of each class.
    """
    winners = own_class_distances(distances, labels, prototypes_per_class).argmin(axis=1)
    counts = np.bincount(labels * prototypes_per_class + winners, minlength=distances.shape[1])
    return counts / np.repeat(counts.reshape(-1, prototypes_per_class).sum(axis=1), prototypes_per_class)


def describe_prototypes(
    manifest: Manifest, distances: np.ndarray, labels: np.ndarray, ids: Sequence[str], has_audio: np.ndarray
) -> tuple[PrototypeInfo, ...]:
    """Describe every prototype by the training segments around it.

    Args:
        manifest: Names the classes and prototypes.
        distances: Distance of every training segment to every prototype.
        labels: Class of every training segment.
        ids: Id of every training segment.
        has_audio: Which training segments have sound.

    Returns:
        One entry per prototype, in the network's order.

    Shape: `distances` (N, M), `labels` and `has_audio` (N,), `ids` N.
    """
    ratios = segment_ratios(distances, labels, manifest.prototypes_per_class)
    audible = np.flatnonzero(has_audio)
    described = []
    for m, prototype_id in enumerate(manifest.prototype_ids):
        label, index = divmod(m, manifest.prototypes_per_class)
        order = audible[np.argsort(distances[audible, m], kind="stable")]
        own = order[labels[order] == label]
        decoded = manifest.decoded[m] if manifest.decoded else None
        described.append(
            PrototypeInfo(
                id=prototype_id,
                class_id=manifest.class_ids[label],
                index=index,
                segment_ratio=float(ratios[m]),
                decoded_class=decoded.class_id if decoded else None,
                decoded_score=decoded.score if decoded else None,
                nearest=tuple(ids[row] for row in order[:N_NEAREST_POINTS]),
                farthest=ids[own[-1]] if len(own) else None,
            )
        )
    return tuple(described)
