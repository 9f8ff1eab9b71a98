"""How well a classifier does, from its scores alone.

A track's scores are the mean over its segments. Accuracy is class-balanced, that is, the mean of the classes' recalls,
as in arXiv 2402.09318. Inputs are validated first, then measured by pure functions.

Conventions: N segments, T tracks, C classes. A confusion matrix counts true classes in rows, predicted ones in columns.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import confusion_matrix, recall_score

from pecmae.bundles.measurements import ClassifierMetrics
from pecmae.evaluation.intervals import bootstrap_balanced_accuracy


def evaluate(
    scores: np.ndarray, labels: np.ndarray, track_index: np.ndarray, classes: Sequence[str]
) -> ClassifierMetrics:
    """Measure a classifier on labelled segments of tracks.

    Args:
        scores: Logits or probabilities of every segment; they are averaged over a track.
        labels: True class of every segment, the same for all segments of a track.
        track_index: The track of every segment.
        classes: Class ids, in the order of the scores' columns.

    Returns:
        Results for tracks and for segments.

    Raises:
        ValueError: The arrays are empty, disagree, aren't finite, or a track has two labels.

    Shape: `scores` (N, C), `labels` and `track_index` (N,) integers.
    """
    _validate(scores, labels, track_index, len(classes))
    track_scores, track_labels = aggregate_tracks(scores, labels, track_index)
    predictions, positions = track_scores.argmax(axis=1), np.arange(len(classes))
    recall = recall_score(track_labels, predictions, labels=positions, average=None, zero_division=np.nan)
    accuracy = bootstrap_balanced_accuracy(track_labels, predictions)
    return ClassifierMetrics(
        balanced_accuracy=accuracy.value,
        balanced_accuracy_low=accuracy.low,
        balanced_accuracy_high=accuracy.high,
        segment_balanced_accuracy=balanced_accuracy(labels, scores.argmax(axis=1)),
        recall={name: None if np.isnan(value) else value for name, value in zip(classes, recall, strict=True)},
        confusion=tuple(map(tuple, confusion_matrix(track_labels, predictions, labels=positions).tolist())),
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


def balanced_accuracy(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Mean recall of the classes that have items, so that a frequent class counts no more than a rare one.

    Shape: `labels` and `predictions` (N,).
    """
    return float(recall_score(labels, predictions, labels=np.unique(labels), average="macro"))


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
        raise ValueError("Some scores aren't finite.")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"Labels go from {labels.min()} to {labels.max()}, but there are {n_classes} classes.")
    pairs = np.unique(np.stack([track_index, labels]), axis=1)
    if pairs.shape[1] != len(np.unique(track_index)):
        raise ValueError("A track has segments with different labels; every segment has its track's label.")
