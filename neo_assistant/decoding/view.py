"""A view: the decoding index under one set of conditions, that is, what may be said in a reply.

A view is a bitmap over the items in index order and its running count. A child of a prefix may follow when its range
has an eligible item, which is one subtraction. Making a view costs one pass over the bitmap and never rebuilds the
index.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from neo_assistant.decoding.index import Children, DecodingIndex
from neo_assistant.errors import DecodingIndexError

NOTHING = np.empty(0, dtype=np.int64)


class View:
    """The eligible items of an index. Views of one index combine with ``&``, ``|`` and ``~``.

    Args:
        index: the index it is a view of.
        eligible: (items,) bool in index order; None means all items.

    Raises:
        DecodingIndexError: if the bitmap is not one bool per item.
    """

    def __init__(self, index: DecodingIndex, eligible: np.ndarray | None = None) -> None:
        if eligible is None:
            eligible = np.ones(len(index), dtype=bool)
        if eligible.shape != (len(index),) or eligible.dtype != np.bool_:
            raise DecodingIndexError(
                f"a view of {len(index)} items needs as many bools, not {eligible.dtype} {eligible.shape}"
            )
        self.index = index
        self.eligible = eligible

    @cached_property
    def counts(self) -> np.ndarray:
        """Eligible items before each position; (items + 1,) int32."""
        counts = np.zeros(len(self.index) + 1, dtype=np.int32)
        np.cumsum(self.eligible, dtype=np.int32, out=counts[1:])
        return counts

    def __len__(self) -> int:
        """How many items are eligible."""
        return int(self.counts[-1])

    def __and__(self, other: View) -> View:
        self._check_same(other)
        return View(self.index, self.eligible & other.eligible)

    def __or__(self, other: View) -> View:
        self._check_same(other)
        return View(self.index, self.eligible | other.eligible)

    def __invert__(self) -> View:
        return View(self.index, ~self.eligible)

    def type_counts(self) -> np.ndarray:
        """Eligible items per type number; (types,) int64."""
        return np.diff(self.counts[self.index.type_bounds]).astype(np.int64)

    def children(self, lo: int, hi: int, level: int, taken: np.ndarray = NOTHING) -> Children:
        """Codes that lead to an eligible item.

        Args:
            lo, hi: the range of the prefix.
            level: the level of the next code.
            taken: (k,) sorted positions that may not be named (any more), each once.
        """
        children = self.index.children(lo, hi, level)
        alive = self._left(children.lo, children.hi, taken) > 0
        return Children(children.codes[alive], children.lo[alive], children.hi[alive])

    def remaining(self, taken: np.ndarray = NOTHING, lo: int = 0, hi: int | None = None) -> int:
        """How many items are eligible and not taken, of all or of the range ``[lo, hi)``."""
        return int(self._left(np.array(lo), np.array(len(self.index) if hi is None else hi), taken))

    def open_types(self, taken: np.ndarray = NOTHING) -> np.ndarray:
        """Whether a type still has an eligible item; (types,) bool."""
        return self._left(self.index.type_bounds[:-1], self.index.type_bounds[1:], taken) > 0

    def _left(self, lo: np.ndarray, hi: np.ndarray, taken: np.ndarray) -> np.ndarray:
        """Eligible items that are not taken, in each range ``[lo, hi)``."""
        left = self.counts[hi] - self.counts[lo]
        if len(taken):
            blocked = taken[self.eligible[taken]]
            left = left - (np.searchsorted(blocked, hi) - np.searchsorted(blocked, lo))
        return left

    def _check_same(self, other: View) -> None:
        if other.index is not self.index:
            raise DecodingIndexError("two views of different indexes cannot be combined")
