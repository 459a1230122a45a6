"""How unevenly showings are spread over a catalog: Gini coefficient and the share of the most shown."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt


def gini(counts: npt.NDArray[np.int64], population: int) -> float | None:
    """Gini coefficient of how often items were shown; ``population - len(counts)`` items were never shown.

    With the n counts x in ascending order it is ``2 Σ i x_i / (n Σ x_i) - (n + 1) / n``, i from 1: half the relative
    mean absolute difference (Gini 1912; for recommenders: Fleder and Hosanagar, Management Science 55(5), 2009).

    Args:
        counts: (k,) counts above 0, in any order.
        population: how many items there are, at least k.

    Returns:
        0 (all alike) to 1 - 1/n (always the same one), or None if nothing was shown.
    """
    shown = int(counts.sum())
    if not shown:
        return None
    ranks = np.arange(population - len(counts) + 1, population + 1, dtype=np.float64)
    return float(2 * (ranks @ np.sort(counts)) / (population * shown) - (population + 1) / population)


def top_share(counts: npt.NDArray[np.int64], population: int, share: float) -> float | None:
    """Share of all showings that went to the most shown ``share`` of ``population`` items, rounded up to whole items.

    Args:
        counts: (k,) counts above 0, in any order.
        population: how many items there are, at least k.
        share: above 0 and up to 1.

    Returns:
        0 to 1, or None if nothing was shown.
    """
    shown = int(counts.sum())
    if not shown:
        return None
    # Rounded first: 0.1 * 30 is a little over 3.
    top = math.ceil(round(population * share, 6))
    return float(np.sort(counts)[::-1][:top].sum() / shown)
