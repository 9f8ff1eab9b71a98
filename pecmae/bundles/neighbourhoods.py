"""What lies near what: training segments and prototypes, prototypes and each other, and classes.

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
        nearest_distances: Their distances.
        farthest: Id of the training segment with sound of its own class that is farthest from it; None if its class
            has none.
        farthest_distance: Its distance.
        class_distances: Distance to each prototype of its own class, in their order; 0 to itself.
    """

    id: str
    class_id: str
    index: int
    segment_ratio: float
    decoded_class: str | None
    decoded_score: float | None
    nearest: tuple[str, ...]
    nearest_distances: tuple[float, ...]
    farthest: str | None
    farthest_distance: float | None
    class_distances: tuple[float, ...]


@dataclass(frozen=True)
class PrototypePair:
    """Two prototypes and the distance between them.

    Args:
        ids: Their ids.
        distance: Between the two.
        nearest_segment: Distance of the training segment that is nearest to either of them.
    """

    ids: tuple[str, str]
    distance: float
    nearest_segment: float

    @property
    def is_near_duplicate(self) -> bool:
        """Whether they are nearer to each other than any training segment is to either of them."""
        return self.distance < self.nearest_segment


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


def class_distances(distances: np.ndarray, labels: np.ndarray, prototypes_per_class: int) -> np.ndarray:
    """Mean distance of the training segments of one class to the nearest prototype of another.

    Args:
        distances: Distances of all training segments.
        labels: Their classes; every class needs a segment.
        prototypes_per_class: K.

    Returns:
        A row per class of segments, a column per class of prototypes. It isn't symmetric.

    Shape: `distances` (N, M), `labels` (N,); result (C, C).
    """
    nearest = distances.reshape(len(distances), -1, prototypes_per_class).min(axis=2)  # (N, C)
    return np.stack([nearest[labels == label].mean(axis=0) for label in range(nearest.shape[1])])


def nearest_pairs(
    ids: Sequence[str], prototype_distances: np.ndarray, distances: np.ndarray
) -> tuple[PrototypePair, ...]:
    """All pairs of prototypes, the nearest first.

    Args:
        ids: Ids of the prototypes.
        prototype_distances: Distance of every prototype to every other.
        distances: Distance of every training segment to every prototype.

    Returns:
        The pairs.

    Shape: `ids` M, `prototype_distances` (M, M), `distances` (N, M).
    """
    nearest_segment = distances.min(axis=0)  # (M,)
    first, second = np.triu_indices(len(ids), k=1)
    order = np.argsort(prototype_distances[first, second], kind="stable")
    return tuple(
        PrototypePair(
            ids=(ids[a], ids[b]),
            distance=float(prototype_distances[a, b]),
            nearest_segment=float(min(nearest_segment[a], nearest_segment[b])),
        )
        for a, b in zip(first[order], second[order], strict=True)
    )


def describe_prototypes(
    manifest: Manifest,
    distances: np.ndarray,
    prototype_distances: np.ndarray,
    labels: np.ndarray,
    ids: Sequence[str],
    has_audio: np.ndarray,
) -> tuple[PrototypeInfo, ...]:
    """Describe every prototype by the training segments around it.

    Args:
        manifest: Names the classes and prototypes.
        distances: Distance of every training segment to every prototype.
        prototype_distances: Distance of every prototype to every other.
        labels: Class of every training segment.
        ids: Id of every training segment.
        has_audio: Which training segments have sound.

    Returns:
        One entry per prototype, in the network's order.

    Shape: `distances` (N, M), `prototype_distances` (M, M), `labels` and `has_audio` (N,), `ids` N.
    """
    ratios = segment_ratios(distances, labels, manifest.prototypes_per_class)
    audible = np.flatnonzero(has_audio)
    described = []
    for m, prototype_id in enumerate(manifest.prototype_ids):
        label, index = divmod(m, manifest.prototypes_per_class)
        order = audible[np.argsort(distances[audible, m], kind="stable")]
        own = order[labels[order] == label]
        siblings = slice(m - index, m - index + manifest.prototypes_per_class)
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
                nearest_distances=tuple(distances[order[:N_NEAREST_POINTS], m].tolist()),
                farthest=ids[own[-1]] if len(own) else None,
                farthest_distance=float(distances[own[-1], m]) if len(own) else None,
                class_distances=tuple(prototype_distances[m, siblings].tolist()),
            )
        )
    return tuple(described)
