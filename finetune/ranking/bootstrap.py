"""95 % intervals of a mean over users or queries, and of the difference between two rankers on the same ones.

The percentile bootstrap (Efron 1979; for retrieval Sakai, SIGIR 2006): queries are drawn with replacement, as many as
there are, and the interval runs between the quantiles of the means. Two rankers are compared on the same draws: what
makes a query hard then counts for neither.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the bounds of its interval."""

    mean: float
    low: float
    high: float

    @property
    def above_zero(self) -> bool:
        """Of a difference: whether the first ranker is better beyond chance."""
        return self.low > 0

    def to_dict(self) -> dict[str, float]:
        """For JSON."""
        return {"mean": self.mean, "low": self.low, "high": self.high}


def interval(values: np.ndarray, resamples: int = RESAMPLES, seed: int = 0, level: float = LEVEL) -> Interval:
    """The mean of per-query values with its bootstrap interval.

    Args:
        values: (queries,), at least one, all finite.
        resamples: draws of all queries.
        seed: the same seed and number of queries give the same draws.
        level: probability that the interval stands for.

    Raises:
        ValueError: if there are no values or one is not finite.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"values of shape {values.shape}: one finite value per query is needed")
    return intervals(values[:, None], resamples, seed, level)[0]


def intervals(columns: np.ndarray, resamples: int = RESAMPLES, seed: int = 0, level: float = LEVEL) -> list[Interval]:
    """As :func:`interval` for every column of (queries, columns) values, all on the same draws.

    Raises:
        ValueError: as :func:`interval`.
    """
    columns = np.asarray(columns, dtype=np.float64)
    queries = len(columns)
    if columns.ndim != 2 or not queries or not np.isfinite(columns).all():
        raise ValueError(f"values of shape {columns.shape}: one finite value per query is needed")
    rng = np.random.default_rng(seed)
    means = np.empty((resamples, columns.shape[1]))
    for number in range(resamples):
        times_drawn = np.bincount(rng.integers(0, queries, queries), minlength=queries)
        means[number] = times_drawn @ columns / queries
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return [Interval(*(float(x) for x in bounds)) for bounds in zip(columns.mean(axis=0), low, high, strict=True)]


def paired(
    values: np.ndarray, others: np.ndarray, resamples: int = RESAMPLES, seed: int = 0, level: float = LEVEL
) -> Interval:
    """How much higher ``values`` are than ``others`` on the same queries, with the interval of that difference.

    Args:
        values: (queries,) of the first ranker.
        others: (queries,) of the second, in the same order.
        resamples: as in :func:`interval`.
        seed: as in :func:`interval`.
        level: as in :func:`interval`.

    Raises:
        ValueError: if the two are not of the same queries, or as :func:`interval`.
    """
    if np.shape(values) != np.shape(others):
        raise ValueError(f"values of {np.shape(values)} and {np.shape(others)}: not the same queries")
    return interval(np.asarray(values, dtype=np.float64) - np.asarray(others), resamples, seed, level)
