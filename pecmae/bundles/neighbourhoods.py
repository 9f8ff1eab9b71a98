"""Which training points lie near which prototypes: shares, nearest and farthest points, and percentiles of distance.

Conventions: N training points, C classes, K prototypes a class, M = C * K, class-major. Distances are the network's.
"""

from collections.abc import Sequence

import numpy as np

from pecmae.bundles.manifest import Manifest
from pecmae.bundles.training_points import PrototypeInfo

N_NEAREST_POINTS = 3
PERCENTILES = np.arange(101)


def own_class_distances(distances: np.ndarray, labels: np.ndarray, prototypes_per_class: int) -> np.ndarray:
    """Distance of every point to the prototypes of its own class.

    Shape: `distances` (N, M), `labels` (N,); result (N, K).
    """
    by_class = distances.reshape(len(distances), -1, prototypes_per_class)  # (N, C, K)
    return by_class[np.arange(len(labels)), labels]


def distance_quantiles(distances: np.ndarray, labels: np.ndarray, prototypes_per_class: int) -> np.ndarray:
    """Percentiles 0..100, a class at a time, of the distance to the nearest prototype of a point's own class.

    Args:
        distances: Distances of all training segments, not of the map's sample alone.
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
    """Percentage of training segments that lie nearer than `distance`, from a row of `distance_quantiles`.

    Shape: `quantiles` (101,); result from 0 to 100.
    """
    return float(np.interp(distance, quantiles, PERCENTILES))


def describe_prototypes(
    manifest: Manifest, distances: np.ndarray, labels: np.ndarray, point_ids: Sequence[str]
) -> tuple[PrototypeInfo, ...]:
    """Share, nearest points and farthest point of every prototype.

    Args:
        manifest: Names the classes and prototypes.
        distances: Distance of every training point to every prototype.
        labels: Class of every training point.
        point_ids: Id of every training point.

    Returns:
        One entry a prototype, in the network's order, not yet sonified.

    Shape: `distances` (N, M), `labels` (N,), `point_ids` N.
    """
    per_class = manifest.prototypes_per_class
    winners = own_class_distances(distances, labels, per_class).argmin(axis=1)  # (N,) in 0..K-1
    described = []
    for m, prototype_id in enumerate(manifest.prototype_ids):
        label, index = divmod(m, per_class)
        members = np.flatnonzero(labels == label)
        nearest = np.argsort(distances[:, m], kind="stable")[:N_NEAREST_POINTS]
        described.append(
            PrototypeInfo(
                id=prototype_id,
                class_id=manifest.class_ids[label],
                index=index,
                share=float((winners[members] == index).mean()),
                comes_back_as=None,
                comes_back_score=None,
                nearest=tuple(point_ids[row] for row in nearest),
                farthest=point_ids[members[distances[members, m].argmax()]],
            )
        )
    return tuple(described)
