"""Weights on items, and what they make of the codes on the way to an item.

A weight w > 0 is to multiply the probability that an item is named. The model writes an item code by code, so the
weight has to be spread over the levels. The bias of a code is

    log (mean weight of the eligible items under the longer prefix) − log (mean weight of those under the shorter one)

Each mean but the first and the last occurs twice along the way, with opposite signs, so the sum over the levels is
log w(item) − log (mean weight of all eligible items of the type): exactly the factor that was asked for, up to a
constant that all items share. This is a potential: it shapes how the search gets to an item and leaves the ranking of
whole items to their weights alone (Ng, Harada and Russell 1999, on shaping rewards by potentials). Means rather than
sums, so that a prefix of a thousand items of weight 1 is not preferred to one of ten.

A mean is 1 + (what the items weigh beyond 1) / (how many they are). The first is a difference of two running sums, the
second is counted by the view's bitmap. Sums are of whole numbers, in units of 2⁻²⁰, so that a difference of two of them
is exact however large the catalog: floating-point sums over ten million items are not, and with a small enough weight
the logarithm of a mean would then be that of a negative number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.errors import DecodingIndexError

UNIT = 1 << 20
"""What a weight of 1 is as a whole number."""
MOST = 1000.0
"""No item weighs more than this, and none less than one over it, whatever is multiplied. It keeps a weight inside 32
bits, and one item's logit from being moved by more than 7."""


class Weights:
    """Positions that weigh other than 1; immutable. 8 bytes for each of them, none for the others.

    Args:
        size: positions of the index.
        positions: (k,) ascending, each once.
        excess: (k,) int32, weight less 1, in units.
    """

    def __init__(self, size: int, positions: np.ndarray, excess: np.ndarray) -> None:
        self.size = size
        self.positions = positions.astype(np.int32, copy=False)
        self.excess = excess.astype(np.int32, copy=False)

    @classmethod
    def of_sets(cls, size: int, sets: Iterable[tuple[Bitmap, float]]) -> Weights | None:
        """The product of the factors of all sets that an item is in; None if every item weighs 1.

        Args:
            size: positions of the index.
            sets: sets of positions, each with its factor, above 0.

        Raises:
            DecodingIndexError: if a factor is not above 0, or a set is of another size.
        """
        pairs = [(members, factor) for members, factor in sets if factor != 1]
        if any(not 0 < factor < np.inf for _, factor in pairs):
            raise DecodingIndexError("a weight is a number above 0")
        union = Bitmap(size, np.zeros(-(-size // 32), dtype=np.uint32))
        for members, _ in pairs:
            union = union | members
        positions = union.positions()
        logs = np.zeros(len(positions))
        for members, factor in pairs:
            logs[members.contains(positions)] += np.log(factor)
        weights = np.exp(np.clip(logs, -np.log(MOST), np.log(MOST)))
        excess = np.rint((weights - 1) * UNIT).astype(np.int32)
        kept = np.flatnonzero(excess)
        return cls(size, positions[kept], excess[kept]) if len(kept) else None

    def at(self, positions: np.ndarray) -> np.ndarray:
        """The weights of items; float64 of the same shape."""
        return 1 + self.excess_at(positions) / UNIT

    def excess_at(self, positions: np.ndarray) -> np.ndarray:
        """What items weigh beyond 1, in units; int64 of the same shape."""
        if not len(self.positions):
            return np.zeros(np.shape(positions), dtype=np.int64)
        places = np.minimum(self.positions.searchsorted(positions), len(self.positions) - 1)
        return np.where(self.positions[places] == positions, self.excess[places], 0).astype(np.int64)

    def under(self, view: View) -> ViewWeights:
        """The weights of a view's items, ready to be summed.

        Raises:
            DecodingIndexError: if the view is of an index of another size.
        """
        return ViewWeights(self, view)


class ViewWeights:
    """Running sums of the weights of a view's items: one pass over those that weigh other than 1.

    Args:
        weights: by position.
        view: which items count.

    Attributes:
        positions: (k,) int32, ascending: the eligible items that weigh other than 1.
        sums: (k + 1,) int64, what those before each of them weigh beyond 1, in units.

    Raises:
        DecodingIndexError: if the view is of an index of another size.
    """

    def __init__(self, weights: Weights, view: View) -> None:
        if weights.size != len(view.index):
            raise DecodingIndexError(f"weights of {weights.size} positions are not of an index of {len(view.index)}")
        self.view, self.weights = view, weights
        kept = view.bitmap.contains(weights.positions)
        self.positions, excess = weights.positions[kept], weights.excess[kept]
        self.sums = _running(excess)

    def excess_of(self, taken: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Those of some sorted positions that are eligible, and running sums of what they weigh beyond 1."""
        here = taken[self.view.bitmap.contains(taken)] if len(taken) else NOTHING
        return here, _running(self.weights.excess_at(here))

    def bias(self, type_number: int, codes: Sequence[int], following: np.ndarray, taken: np.ndarray) -> np.ndarray:
        """Log factors of the codes that may follow a prefix.

        Args:
            type_number: of the opener.
            codes: those written so far.
            following: (k,) what :meth:`View.codes_after` says may follow.
            taken: (k,) sorted positions that may not be named.

        Returns:
            (k,) float64; the same order.
        """
        count, excess = np.zeros(len(following), dtype=np.int64), np.zeros(len(following), dtype=np.int64)
        index, level = self.view.index, len(codes)
        for segment, offset in zip(index.segments, index.offsets, strict=True):
            lo, hi = segment.range_of(type_number, codes)
            if hi > lo:
                edges = segment.edges(lo, hi, level)
                here, more = self._between(edges + offset, taken)
                places = following.searchsorted(segment.codes[edges[:-1], level]).clip(max=len(following) - 1)
                # A code that may not follow has nothing eligible under it, and so adds nothing wherever it is put.
                np.add.at(count, places, here)
                np.add.at(excess, places, more)
        return _log_mean(count, excess) - _log_mean(count.sum(keepdims=True), excess.sum(keepdims=True))

    def type_means(self, taken: np.ndarray) -> np.ndarray:
        """The log of the mean weight of each type's eligible items; (types,) float64, 0 where there are none."""
        index, types = self.view.index, len(self.view.index.scheme.types)
        count, excess = np.zeros(types, dtype=np.int64), np.zeros(types, dtype=np.int64)
        for segment, offset in zip(index.segments, index.offsets, strict=True):
            here, more = self._between(segment.type_bounds + offset, taken)
            count, excess = count + here, excess + more
        return _log_mean(count, excess)

    def _between(self, edges: np.ndarray, taken: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How many items may be named between each position of ``edges`` and the next; what they weigh beyond 1."""
        count = self.view.bitmap.rank(edges).astype(np.int64)
        excess = self.sums[self.positions.searchsorted(edges.astype(np.int32))]
        here, gone = self.excess_of(taken)
        if len(here):
            before = here.searchsorted(edges)
            count, excess = count - before, excess - gone[before]
        return np.diff(count), np.diff(excess)


def _running(excess: np.ndarray) -> np.ndarray:
    sums = np.zeros(len(excess) + 1, dtype=np.int64)
    np.cumsum(excess, dtype=np.int64, out=sums[1:])
    return sums


def _log_mean(count: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """The log of a mean weight; 0 where there is nothing."""
    return np.log(np.where(count == 0, 1.0, 1 + excess / (np.maximum(count, 1) * float(UNIT))))
