"""Bootstrap intervals of shares whose cases aren't independent, because they come from the same pieces.

What is drawn again is the pieces, not the cases: a case counts as often as its piece was drawn. Where a case belongs to
two families of pieces, such as a score and a band, both are drawn, and it counts the product (a two-way bootstrap,
which errs on the wide side).
"""

from dataclasses import asdict, dataclass

import numpy as np

N_DRAWS = 2000
COVERED = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean and the ends of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def bootstrap(values: np.ndarray, *families: np.ndarray, seed: int = 0) -> Interval:
    """The mean of the values, and how far it would move with other pieces.

    Args:
        values: A number for every case, such as 1 where something holds and 0 where it doesn't.
        families: One or more arrays with the piece that each case comes from.
        seed: Of the draws.

    Returns:
        The mean and its interval.

    Raises:
        ValueError: There is no case.

    Shape: `values` and each of `families` (n_cases,).
    """
    if len(values) == 0:
        raise ValueError("there is no case to take a mean of")
    rng = np.random.default_rng(seed)
    weights = np.ones((N_DRAWS, len(values)))
    for family in families:
        pieces, place = np.unique(family, return_inverse=True)
        drawn = rng.multinomial(len(pieces), np.full(len(pieces), 1 / len(pieces)), size=N_DRAWS)
        weights *= drawn[:, place]
    totals = weights.sum(axis=1)
    means = (weights @ values)[totals > 0] / totals[totals > 0]
    low, high = np.quantile(means, [(1 - COVERED) / 2, (1 + COVERED) / 2])
    return Interval(float(np.mean(values)), float(low), float(high))
