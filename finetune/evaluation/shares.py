"""Means with their bootstrap intervals as plain values for JSON, and as words for tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from finetune.ranking.bootstrap import interval


def share(values: np.ndarray) -> dict[str, Any] | None:
    """The mean of one value per reply, shopper or query with its 95 % bootstrap interval; None if there is none.

    Args:
        values: (n,) finite.
    """
    if not len(values):
        return None
    found = {name: round(value, 4) for name, value in interval(values).to_dict().items()}
    return {**found, "of": len(values)}


def percent(found: Mapping[str, Any] | float | None) -> str:
    """``93.8 %``, with the interval where there is one: ``93.8 % (91.0 to 96.2)``."""
    if found is None:
        return "–"
    if isinstance(found, int | float):
        return f"{100 * found:.1f} %"
    mean, low, high = (100 * found[name] for name in ("mean", "low", "high"))
    return f"{mean:.1f} % ({low:.1f} to {high:.1f})"


def decimals(found: Mapping[str, Any] | None) -> str:
    """``0.0813 (0.0780 to 0.0846)``"""
    if found is None:
        return "–"
    return f"{found['mean']:.4f} ({found['low']:.4f} to {found['high']:.4f})"
