"""The novelty of a track: whether it is unlike all that a bundle learned from, and how far it is from its own class."""

import numpy as np

from pecmae.bundles.bundle import Bundle
from pecmae.bundles.neighbourhoods import percentile_of
from pecmae.explain.explanation import Novelty


def assess_novelty(bundle: Bundle, embeddings: np.ndarray, distances: np.ndarray, predicted: int) -> Novelty:
    """The novelty of a track's voting segments.

    The distance is the mean over segments, because the percentiles that it is compared with are those of single
    segments.

    Args:
        bundle: The bundle. One without a novelty detector calls nothing novel.
        embeddings: Raw embeddings of the segments.
        distances: Their distances to the prototypes.
        predicted: Position of the class with the highest score.

    Shape:
        embeddings: (V, D)
        distances: (V, M)
    """
    per_class = bundle.manifest.prototypes_per_class
    own = distances[:, predicted * per_class : (predicted + 1) * per_class]  # (V, K)
    distance = float(own.min(axis=1).mean())
    score = None if bundle.novelty is None else bundle.novelty.score(embeddings)
    return Novelty(
        is_novel=score is not None and score > 1,
        score=score,
        distance=distance,
        percentile=percentile_of(distance, bundle.distance_quantiles[predicted]),
        class_id=bundle.manifest.class_ids[predicted],
    )
