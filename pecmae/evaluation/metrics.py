"""How well a classifier does, from its scores alone.

Inputs are checked first, then measured by pure functions. A track's scores are the mean over its segments; accuracy is
class-balanced (the mean of the classes' recalls), as in arXiv 2402.09318.

Conventions: N segments, T tracks, C classes. A confusion matrix counts true classes in rows, predicted ones in columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Evaluation:
    """Results of one classifier on one set of tracks.

    Args:
        balanced_accuracy: Of tracks, between 0 and 1.
        segment_balanced_accuracy: Of single 4 s segments, between 0 and 1.
        recall: Of tracks, by class id; a class without tracks has None.
        confusion: Counts of tracks, true class in rows.
        n_tracks: How many tracks.
        n_segments: How many segments.
    """

    balanced_accuracy: float
    segment_balanced_accuracy: float
    recall: dict[str, float | None]
    confusion: tuple[tuple[int, ...], ...]
    n_tracks: int
    n_segments: int

    def to_json(self) -> dict[str, Any]:
        return {
            "balanced_accuracy": round(self.balanced_accuracy, 6),
            "segment_balanced_accuracy": round(self.segment_balanced_accuracy, 6),
            "recall": {name: None if value is None else round(value, 6) for name, value in self.recall.items()},
            "confusion": [list(row) for row in self.confusion],
            "n_tracks": self.n_tracks,
            "n_segments": self.n_segments,
        }


def evaluate(scores: np.ndarray, labels: np.ndarray, track_index: np.ndarray, classes: Sequence[str]) -> Evaluation:
    """Measure a classifier on labelled segments of tracks.

    Args:
        scores: Logits or probabilities of every segment; what's meaningful is their mean over a track.
        labels: True class of every segment, the same for all segments of a track.
        track_index: Which track every segment is from.
        classes: Class ids, in the order of the scores' columns.

    Returns:
        Results at the level of tracks and of segments.

    Raises:
        ValueError: The arrays are empty, disagree, aren't finite, or a track has two labels.

    Shape: `scores` (N, C), `labels` (N,) and `track_index` (N,) integers.
    """
    _validate(scores, labels, track_index, len(classes))
    track_scores, track_labels = aggregate_tracks(scores, labels, track_index)
    confusion = confusion_matrix(track_labels, track_scores.argmax(axis=1), len(classes))
    segment_confusion = confusion_matrix(labels, scores.argmax(axis=1), len(classes))
    recall = class_recall(confusion)
    return Evaluation(
        balanced_accuracy=balanced_accuracy(confusion),
        segment_balanced_accuracy=balanced_accuracy(segment_confusion),
        recall={name: None if np.isnan(value) else float(value) for name, value in zip(classes, recall, strict=True)},
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        n_tracks=len(track_labels),
        n_segments=len(labels),
    )


def aggregate_tracks(scores: np.ndarray, labels: np.ndarray, track_index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean scores of every track, and its label.

    Shape: `scores` (N, C), `labels` and `track_index` (N,); results (T, C) and (T,), in ascending order of index.
    """
    _, first, positions, n_segments = np.unique(track_index, return_index=True, return_inverse=True, return_counts=True)
    sums = np.zeros((len(first), scores.shape[1]))
    np.add.at(sums, positions, scores)
    return sums / n_segments[:, None], labels[first]


def confusion_matrix(labels: np.ndarray, predictions: np.ndarray, n_classes: int) -> np.ndarray:
    """Counts of every pair of true and predicted class.

    Shape: `labels` and `predictions` (N,); result (C, C), true classes in rows.
    """
    counts = np.bincount(labels * n_classes + predictions, minlength=n_classes**2)
    return counts.reshape(n_classes, n_classes)


def class_recall(confusion: np.ndarray) -> np.ndarray:
    """Share of each class that is recognised; NaN for a class that has no items.

    Shape: `confusion` (C, C); result (C,).
    """
    n_items = confusion.sum(axis=1)
    return np.where(n_items > 0, confusion.diagonal() / np.maximum(n_items, 1), np.nan)


def balanced_accuracy(confusion: np.ndarray) -> float:
    """Mean recall of the classes that have items, so that a frequent class counts no more than a rare one.

    Shape: `confusion` (C, C).
    """
    return float(np.nanmean(class_recall(confusion)))


def _validate(scores: np.ndarray, labels: np.ndarray, track_index: np.ndarray, n_classes: int) -> None:
    n_segments = len(labels)
    if n_segments == 0:
        raise ValueError("There is nothing to evaluate: no segments were given.")
    if scores.shape != (n_segments, n_classes) or track_index.shape != (n_segments,):
        raise ValueError(
            f"Scores of shape {scores.shape} and tracks of shape {track_index.shape} don't fit {n_segments} labels and "
            f"{n_classes} classes."
        )
    if not np.isfinite(scores).all():
        raise ValueError("Scores hold values that aren't finite.")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"Labels go from {labels.min()} to {labels.max()}, but there are {n_classes} classes.")
    pairs = np.unique(np.stack([track_index, labels]), axis=1)
    if pairs.shape[1] != len(np.unique(track_index)):
        raise ValueError("A track has segments with different labels; every segment carries its track's.")
