"""Intervals against published values, and against the spread of repeated draws."""

import numpy as np
import pytest

from pecmae.evaluation.intervals import (
    bootstrap_balanced_accuracy,
    bootstrap_mean,
    bootstrap_ratio,
    format_interval,
    wilson,
)


def test_wilson_golden_values() -> None:
    """Newcombe, Statistics in Medicine 1998, table I, method 3: 81 of 263 and 0 of 20."""
    result = wilson(81, 263)
    assert (result.value, result.low, result.high) == pytest.approx((81 / 263, 0.2553, 0.3662), abs=5e-5)
    none = wilson(0, 20)
    assert (none.low, none.high) == pytest.approx((0, 0.1611), abs=5e-5)
    assert wilson(20, 20).high == 1 > wilson(20, 20).low
    assert result.model_dump() == {
        "n_right": 81,
        "n_total": 263,
        "low": round(result.low, 6),
        "high": round(result.high, 6),
        "value": round(81 / 263, 6),
    }


@pytest.mark.parametrize(("n_right", "n_total"), [(0, 0), (3, 2), (-1, 2)])
def test_impossible_counts_are_errors(n_right: int, n_total: int) -> None:
    with pytest.raises(ValueError, match=r"`n`|`k`|k must|n must|must"):
        wilson(n_right, n_total)


def test_the_bootstrap_of_a_mean_agrees_with_the_standard_error() -> None:
    values = np.random.default_rng(0).normal(3, 2, 200)
    result = bootstrap_mean(values)
    half_width = 1.96 * values.std() / np.sqrt(200)
    assert result.value == values.mean()
    assert (result.low, result.high) == pytest.approx(
        (values.mean() - half_width, values.mean() + half_width), abs=0.08
    )


def test_certainty_is_never_claimed() -> None:
    groups = np.repeat(np.arange(5), 4)
    for value in (0, 1):
        result = bootstrap_mean(np.full(20, float(value)), groups)
        expected = wilson(5 * value, 5)
        assert (result.value, result.low, result.high) == pytest.approx((value, expected.low, expected.high), abs=1e-6)


def test_balanced_accuracy_is_resampled_by_track() -> None:
    labels = np.repeat([0, 1], [100, 25])
    predictions = labels.copy()
    predictions[:20], predictions[100:110] = 1, 0
    result = bootstrap_balanced_accuracy(labels, predictions)
    assert result.value == pytest.approx((0.8 + 0.6) / 2)
    half_width = 1.96 * np.sqrt(0.8 * 0.2 / 100 + 0.6 * 0.4 / 25) / 2
    assert result.high - result.low == pytest.approx(2 * half_width, rel=0.15)
    assert bootstrap_balanced_accuracy(labels, predictions) == result  # seeded
    for n_tracks in (1, 10):  # all right: a resample would never contain an error
        all_right = bootstrap_balanced_accuracy(labels[:n_tracks], labels[:n_tracks])
        assert all_right.value == all_right.high == 1
        assert all_right.low == pytest.approx(wilson(n_tracks, n_tracks).low, abs=1e-6)
    with pytest.raises(ValueError, match="no tracks"):
        bootstrap_balanced_accuracy(labels[:0], labels[:0])


def test_intervals_are_shown_in_percent() -> None:
    assert format_interval(wilson(98, 100)) == "98.0 (93.0–99.4)"
    assert format_interval(wilson(98, 100), scale=1, digits=2) == "0.98 (0.93–0.99)"


def test_intervals_grow_when_cases_share_their_pieces() -> None:
    rng = np.random.default_rng(0)
    values = np.repeat(rng.integers(0, 2, 40), 10).astype(float)
    alone = bootstrap_mean(values, np.arange(400))
    together = bootstrap_mean(values, np.repeat(np.arange(40), 10))
    assert alone.value == together.value == values.mean()
    assert together.high - together.low > 2 * (alone.high - alone.low)
    standard_error = np.sqrt(values.var() / 40)
    assert together.high - together.low == pytest.approx(2 * 1.96 * standard_error, rel=0.15)
    with pytest.raises(ValueError, match="no values"):
        bootstrap_mean(np.zeros(0), np.zeros(0))


def test_a_ratio_varies_with_the_groups() -> None:
    rng = np.random.default_rng(0)
    tracks, before = np.repeat(np.arange(200), 2), (rng.random(400) < 0.8).astype(float)
    after = before * (rng.random(400) < 0.5)
    result = bootstrap_ratio(after, before, tracks)
    assert result.value == pytest.approx(after.sum() / before.sum())
    n_right = int(before.sum())
    spread = 1.96 * np.sqrt(result.value * (1 - result.value) / n_right)  # of as many independent cases
    assert result.high - result.low == pytest.approx(2 * spread, rel=0.15)
    same = bootstrap_ratio(before, before, tracks)
    assert (same.low, same.value, same.high) == (1, 1, 1)
    none = bootstrap_ratio(before, 0 * before, tracks)
    assert (none.low, none.value, none.high) == (0, 0, 0)
