"""A figure over several seeds: its mean, and the lowest and the highest that a seed gave."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Interval:
    """Mean and range of `n` repetitions."""

    mean: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, Any]:
        return {name: round(value, 6) for name, value in asdict(self).items()}


def over_seeds(values: Sequence[float]) -> Interval:
    """Mean and range of a figure that was measured once a seed; at least one."""
    return Interval(sum(values) / len(values), min(values), max(values), len(values))


def format_interval(interval: dict[str, Any] | None, *, scale: float = 100, digits: int = 1) -> str:
    """An interval's JSON as `94.2 (93.1–95.0)`, without the range if there was one seed; a dash for None."""
    if interval is None:
        return "–"
    mean, low, high = (f"{scale * interval[name]:.{digits}f}" for name in ("mean", "low", "high"))
    return mean if interval["n"] == 1 else f"{mean} ({low}–{high})"
