"""Metrics against values computed by hand."""

import numpy as np
import pytest

from pecmae.evaluation.metrics import aggregate_tracks, balanced_accuracy, evaluate

CLASSES = ("blues", "jazz", "rock")
# Tracks 4 (blues), 7 (blues), 9 (jazz): segments in mixed order. Track 9's two segments disagree with each other.
SCORES = np.array([[3.0, 1, 0], [0, 5, 1], [0, 1, 0], [2, 0, 1], [6, 0, 0]])
LABELS = np.array([0, 1, 0, 0, 1])
TRACKS = np.array([4, 9, 7, 4, 9])


def test_balanced_accuracy_is_the_mean_recall_of_present_classes() -> None:
    labels = np.repeat([0, 1], [10, 4])
    predictions = np.array([0] * 8 + [1] * 2 + [0] * 3 + [1])
    assert balanced_accuracy(labels, predictions) == pytest.approx((0.8 + 0.25) / 2)
    assert balanced_accuracy(labels, np.full(14, 2)) == 0


def test_a_frequent_class_counts_no_more_than_a_rare_one() -> None:
    labels, predictions = np.repeat([0, 1], [100, 2]), np.array([0] * 90 + [1] * 10 + [0, 1])
    repeated = np.concatenate([np.arange(102), np.arange(100)])
    assert balanced_accuracy(labels, predictions) == pytest.approx(
        balanced_accuracy(labels[repeated], predictions[repeated])
    )


def test_a_tracks_scores_are_the_mean_over_its_segments() -> None:
    scores, labels = aggregate_tracks(SCORES, LABELS, TRACKS)
    np.testing.assert_allclose(scores, [[2.5, 0.5, 0.5], [0.0, 1.0, 0.0], [3.0, 2.5, 0.5]])
    assert labels.tolist() == [0, 0, 1]


def test_evaluation_of_a_small_case() -> None:
    result = evaluate(SCORES, LABELS, TRACKS, CLASSES)
    assert result.confusion == ((1, 1, 0), (1, 0, 0), (0, 0, 0))
    assert result.recall == {"blues": 0.5, "jazz": 0.0, "rock": None}
    assert result.balanced_accuracy == pytest.approx(0.25)
    low, high = result.balanced_accuracy_low, result.balanced_accuracy_high
    assert low is not None and high is not None and 0 <= low <= 0.25 <= high <= 1
    assert result.segment_balanced_accuracy == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert (result.n_tracks, result.n_segments) == (3, 5)


def test_the_order_of_segments_changes_nothing() -> None:
    order = np.random.default_rng(0).permutation(len(LABELS))
    assert evaluate(SCORES[order], LABELS[order], TRACKS[order], CLASSES) == evaluate(SCORES, LABELS, TRACKS, CLASSES)


@pytest.mark.parametrize(
    ("scores", "labels", "tracks", "sentence"),
    [
        (SCORES[:0], LABELS[:0], TRACKS[:0], "nothing to evaluate"),
        (SCORES[:, :2], LABELS, TRACKS, "3 classes"),
        (SCORES, LABELS, TRACKS[:4], "5 labels"),
        (SCORES + np.inf, LABELS, TRACKS, "finite"),
        (SCORES, LABELS + 2, TRACKS, "from 2 to 3"),
        (SCORES, np.array([0, 1, 0, 2, 1]), TRACKS, "different labels"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(
    scores: list[list[float]], labels: list[int], tracks: list[int], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        evaluate(scores, labels, tracks, CLASSES)  # type: ignore[arg-type]
