"""Intervals of 95 %: Wilson's for counts of independent cases, the bootstrap for everything else.

Segments of one track aren't independent, so what is measured on segments is resampled by track. Several training seeds
end in nearly the same prototypes. The spread over them says nothing about other music and is not reported.
"""

from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, NonNegativeInt, PlainSerializer, PositiveInt, computed_field
from scipy import stats

N_RESAMPLES = 2000
CONFIDENCE = 0.95
Rounded = Annotated[float, PlainSerializer(lambda value: round(value, 6))]
"""A number that is stored with six decimals."""


class Interval(BaseModel):
    """A value and the ends of its 95 % interval."""

    model_config = ConfigDict(frozen=True)

    value: Rounded
    low: Rounded
    high: Rounded


class Proportion(BaseModel):
    """How many of a number of cases are right, and the ends of the 95 % interval of their ratio."""

    model_config = ConfigDict(frozen=True)

    n_right: NonNegativeInt
    n_total: PositiveInt
    low: Rounded
    high: Rounded

    @computed_field  # type: ignore[prop-decorator]
    @property
    def value(self) -> Rounded:
        """The ratio of right cases, between 0 and 1."""
        return self.n_right / self.n_total


def wilson(n_right: int, n_total: int) -> Proportion:
    """The Wilson score interval of a ratio (E. B. Wilson, JASA 1927).

    Args:
        n_right: Number of right cases.
        n_total: Number of cases, at least 1.

    Returns:
        The counts with the interval.

    Raises:
        ValueError: `n_total` is 0, or less than `n_right`.

    Example:
        >>> result = wilson(98, 100)
        >>> f"{result.value:.2f} ({result.low:.2f} to {result.high:.2f})"
        '0.98 (0.93 to 0.99)'
    """
    ends = stats.binomtest(n_right, n_total).proportion_ci(CONFIDENCE, method="wilson")
    return Proportion(n_right=n_right, n_total=n_total, low=float(ends.low), high=float(ends.high))


def bootstrap_mean(values: np.ndarray, *groups: np.ndarray, seed: int = 0) -> Interval:
    """The mean of values, and how far it would move if other groups had been drawn.

    Groups are resampled, not values: a value counts as often as its group was drawn. Where a value belongs to groups of
    two kinds, such as a score and a band, both are resampled and the value counts the product. This two-way bootstrap
    yields intervals that are rather too wide. `scipy.stats.bootstrap` resamples single values only.

    Args:
        values: One value per case, such as 1 for a right decision and 0 for a wrong one.
        groups: For each kind of group, the group of every case; without any, every case is a group.
        seed: Seed of the resampling.

    Returns:
        The mean and its interval. If all values are 0 or all are 1, the interval is Wilson's over the groups.

    Raises:
        ValueError: There are no values.

    Shape: `values` and each of `groups` (N,).
    """
    if len(values) == 0:
        raise ValueError("There are no values to take the mean of.")
    is_constant = bool((values == values[0]).all())
    if is_constant and values[0] in (0, 1):  # every resample is the same, and would pretend to certainty
        n_groups = min((len(np.unique(group)) for group in groups), default=len(values))
        return Interval(**wilson(int(values[0]) * n_groups, n_groups).model_dump(exclude={"n_right", "n_total"}))
    return bootstrap_ratio(values, np.ones(len(values)), *(groups or (np.arange(len(values)),)), seed=seed)


def bootstrap_ratio(numerator: np.ndarray, denominator: np.ndarray, *groups: np.ndarray, seed: int = 0) -> Interval:
    """The ratio of two sums over the same cases, and how far it would move if other groups had been drawn.

    Args:
        numerator: One value per case.
        denominator: The same, none of them negative.
        groups: As for `bootstrap_mean`, at least one kind.
        seed: Seed of the resampling.

    Returns:
        The ratio with its interval; all 0 if the denominator is.

    Shape: all (N,).
    """
    if not denominator.any():
        return Interval(value=0, low=0, high=0)
    rng = np.random.default_rng(seed)
    weights = np.ones((N_RESAMPLES, len(numerator)))
    for group in groups:
        names, place = np.unique(group, return_inverse=True)
        drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=N_RESAMPLES)
        weights *= drawn[:, place]
    above, below = weights @ numerator, weights @ denominator
    low, high = np.quantile(above[below > 0] / below[below > 0], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(value=float(numerator.sum() / denominator.sum()), low=float(low), high=float(high))


def bootstrap_balanced_accuracy(labels: np.ndarray, predictions: np.ndarray, seed: int = 0) -> Interval:
    """Balanced accuracy of tracks, and how far it would move if other tracks had been drawn.

    Args:
        labels: True class of every track.
        predictions: Predicted class of every track.
        seed: Seed of the resampling.

    Returns:
        The mean recall of the classes that occur, with its interval. If all tracks are right, or none, the interval is
        Wilson's.

    Raises:
        ValueError: There are no tracks.

    Shape: `labels` and `predictions` (T,).
    """
    if len(labels) == 0:
        raise ValueError("There are no tracks to measure.")
    right, classes = labels == predictions, np.unique(labels)

    def balanced_accuracy(right: np.ndarray, labels: np.ndarray, axis: int = -1) -> np.ndarray:
        recalls = [np.ma.array(right, mask=labels != label).mean(axis=axis) for label in classes]
        return np.asarray(np.ma.stack(recalls).mean(axis=0))  # a class that wasn't drawn is masked

    value = float(balanced_accuracy(right, labels))
    if right.all() or not right.any():  # every resample is the same, and would pretend to certainty
        return Interval(**wilson(int(right.sum()), len(right)).model_dump(exclude={"n_right", "n_total"}))
    result = stats.bootstrap(
        (right, labels),
        balanced_accuracy,
        paired=True,
        vectorized=True,
        n_resamples=N_RESAMPLES,
        batch=100,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    low, high = result.confidence_interval
    return Interval(value=value, low=float(low), high=float(high))


def format_interval(result: Interval | Proportion, *, scale: float = 100, digits: int = 1) -> str:
    """A value with its interval, such as `94.2 (93.1–95.0)`; `scale` 100 shows a ratio in %."""
    value, low, high = (f"{scale * number:.{digits}f}" for number in (result.value, result.low, result.high))
    return f"{value} ({low}–{high})"
