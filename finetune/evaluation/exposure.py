"""How evenly replies spread over the catalog: distinct items, coverage, and the Gini coefficient of exposure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np


def exposure(named: Iterable[str], items: int) -> dict[str, Any] | None:
    """Figures over the items that replies name, each as often as it is named; None if they name none.

    Args:
        named: names of items.
        items: how many there are to name.

    Returns:
        ``named``: namings; ``distinct``: different items; ``coverage``: their share of the catalog; ``most``: share of
        the namings that the most named item has; ``gini``: of the namings over all items, 0 if each is named as often
        as any other, near 1 if one has all. With fewer namings than items it cannot be 0: ``gini_least`` is what as
        many namings spread as evenly as can be would have.
    """
    counts = np.array(sorted(Counter(named).values()), dtype=np.int64)
    total = int(counts.sum())
    if not total:
        return None
    whole, rest = divmod(total, items)
    even = np.full(items, whole, dtype=np.int64)
    even[:rest] += 1
    return {
        "named": total,
        "distinct": len(counts),
        "coverage": round(len(counts) / items, 4),
        "most": round(int(counts[-1]) / total, 4),
        "gini": round(gini(np.concatenate([np.zeros(items - len(counts), dtype=np.int64), counts])), 4),
        "gini_least": round(gini(even), 4),
    }


def gini(counts: np.ndarray) -> float:
    """Gini coefficient of counts, half the mean absolute difference over the mean.

    Args:
        counts: (n,) not negative, not all zero.
    """
    ascending = np.sort(counts).astype(np.float64)
    number = len(ascending)
    return float(2 * (ascending * np.arange(1, number + 1)).sum() / (number * ascending.sum()) - (number + 1) / number)
