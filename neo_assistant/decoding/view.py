"""A view: the index under one set of conditions, that is, what may be said in a reply.

A view is a bitmap over the positions of the index. A child of a prefix may follow when its range has an eligible item,
which is one subtraction of running counts. Making a view costs one pass over the bits and never rebuilds the index.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.segments import NOTHING, SegmentedIndex
from neo_assistant.errors import DecodingIndexError

__all__ = ["NOTHING", "View"]


class View:
    """The eligible items of an index. Views of one index combine with ``&``, ``|`` and ``~``; none ever changes.

    ``taken`` is everywhere (k,) int64: sorted positions, each once, that may not be named (any more).

    Args:
        index: the index it is a view of.
        eligible: a bitmap, or (positions,) bool; None means all items. Positions that do not count are left out of it.

    Attributes:
        bitmap: the positions that may be named.

    Raises:
        DecodingIndexError: if ``eligible`` is not one bit or bool per position.
    """

    def __init__(self, index: SegmentedIndex, eligible: Bitmap | np.ndarray | None = None) -> None:
        bitmap = index.live if eligible is None else eligible
        if isinstance(bitmap, np.ndarray):
            bitmap = Bitmap.from_bools(bitmap)
        if len(bitmap) != len(index):
            raise DecodingIndexError(f"a view of {len(index)} positions needs as many bits, not {len(bitmap)}")
        self.index = index
        self.bitmap = bitmap if bitmap is index.live or index.items == len(index) else bitmap & index.live

    def __len__(self) -> int:
        """How many items are eligible."""
        return self.bitmap.count

    def has(self, position: int) -> bool:
        """Whether the item at a position is eligible."""
        return bool(self.bitmap.contains(np.array(position)))

    def __and__(self, other: View) -> View:
        self._check_same(other)
        return View(self.index, self.bitmap & other.bitmap)

    def __or__(self, other: View) -> View:
        self._check_same(other)
        return View(self.index, self.bitmap | other.bitmap)

    def __invert__(self) -> View:
        return View(self.index, ~self.bitmap)

    def type_counts(self) -> np.ndarray:
        """Eligible items per type number; (types,) int64."""
        return self._by_type(NOTHING).astype(np.int64)

    def count(self, other: Bitmap) -> int:
        """How many eligible items are in another set of positions too."""
        return (self.bitmap & other).count

    def remaining(self, taken: np.ndarray = NOTHING) -> int:
        """How many items are eligible and not taken."""
        return self.bitmap.count - (int(np.count_nonzero(self.bitmap.contains(taken))) if len(taken) else 0)

    def open_types(self, taken: np.ndarray = NOTHING) -> np.ndarray:
        """Whether a type still has an eligible item; (types,) bool."""
        return self._by_type(taken) > 0

    def codes_after(self, type_number: int, codes: Sequence[int], taken: np.ndarray = NOTHING) -> np.ndarray:
        """The codes that lead to an item that may be named, ascending, each once; (k,) int64.

        Args:
            type_number: of the opener.
            codes: those written so far, fewer than there are levels.

        Raises:
            DecodingIndexError: if the SID is complete already.
        """
        level, found = len(codes), []
        if level >= self.index.scheme.levels:
            raise DecodingIndexError(f"after {level} codes a semantic id of {self.index.scheme.levels} is complete")
        for segment, offset in zip(self.index.segments, self.index.offsets, strict=True):
            lo, hi = segment.range_of(type_number, codes)
            if hi > lo:
                edges = segment.edges(lo, hi, level)
                first = edges[:-1][self._between(edges + offset if offset else edges, taken) > 0]
                found.append(segment.codes[first, level].astype(np.int64))
        if not found:
            return NOTHING
        return found[0] if len(found) == 1 else np.union1d(*found)

    def item(self, type_number: int, codes: Sequence[int], taken: np.ndarray = NOTHING) -> int | None:
        """The position of a whole SID's item, or None if it may not be named.

        Raises:
            DecodingIndexError: if the SID is not complete.
        """
        if len(codes) != self.index.scheme.levels:
            raise DecodingIndexError(f"{len(codes)} codes are no semantic id of {self.index.scheme.levels}")
        for segment, offset in zip(self.index.segments, self.index.offsets, strict=True):
            lo, hi = segment.range_of(type_number, codes)
            if hi > lo and self._between(np.array((lo, hi)) + offset, taken)[0]:
                return offset + lo
        return None

    def _by_type(self, taken: np.ndarray) -> np.ndarray:
        """Items that may be named, per type number."""
        segments = zip(self.index.segments, self.index.offsets, strict=True)
        counts = [self._between(segment.type_bounds + offset, taken) for segment, offset in segments]
        return counts[0] if len(counts) == 1 else counts[0] + counts[1]

    def _between(self, edges: np.ndarray, taken: np.ndarray) -> np.ndarray:
        """Items that may be named between each position of ``edges`` and the next."""
        before = self.bitmap.rank(edges)
        if len(taken):
            before = before - taken[self.bitmap.contains(taken)].searchsorted(edges)
        return before[1:] - before[:-1]

    def _check_same(self, other: View) -> None:
        if other.index is not self.index:
            raise DecodingIndexError("two views of different indexes cannot be combined")
