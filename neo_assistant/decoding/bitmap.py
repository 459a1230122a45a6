"""A set of positions as packed bits with a running count: what a view is made of.

A quarter of a byte an item: one bit each, and a count every 32 bits. How many members a range of positions has is then
one subtraction of two look-ups (a rank directory: Jacobson, "Space-efficient static trees and graphs", 1989), and
hundreds of views of ten million items fit into memory.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from neo_assistant.errors import DecodingIndexError

_BIT = np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32))
"""The bit of each position within a word; (32,) uint32."""
_BELOW = _BIT - np.uint32(1)
"""The bits below it."""


class Bitmap:
    """An immutable set of positions from 0 to ``len() - 1``; combine with ``&``, ``|`` and ``~``.

    Args:
        size: how many positions there are.
        words: (ceil(size / 32),) uint32; position p is bit ``p % 32`` of word ``p // 32``, and the bits
            beyond ``size`` are 0.

    Raises:
        DecodingIndexError: if the words are of another type or number.
    """

    def __init__(self, size: int, words: np.ndarray) -> None:
        if words.dtype != np.uint32 or words.shape != (-(-size // 32),):
            raise DecodingIndexError(f"{words.dtype} {words.shape} is no bitmap of {size} positions")
        self._size = size
        self.words = words

    @classmethod
    def from_bools(cls, members: np.ndarray) -> Bitmap:
        """The positions at which a (size,) bool array is true.

        Raises:
            DecodingIndexError: if it is not an array of bools in one dimension.
        """
        if members.dtype != np.bool_ or members.ndim != 1:
            raise DecodingIndexError(f"a bitmap is made of bools in one dimension, not {members.dtype} {members.shape}")
        packed = np.packbits(members, bitorder="little")
        words = np.zeros(-(-len(members) // 32), dtype="<u4")
        words.view(np.uint8)[: len(packed)] = packed
        return cls(len(members), words.astype(np.uint32, copy=False))

    @classmethod
    def from_positions(cls, size: int, positions: np.ndarray) -> Bitmap:
        """Positions in any order, repeats allowed.

        Raises:
            DecodingIndexError: if one is out of range.
        """
        if len(positions) and not 0 <= positions.min() <= positions.max() < size:
            raise DecodingIndexError(f"a position is not among {size}")
        members = np.zeros(size, dtype=bool)
        members[positions] = True
        return cls.from_bools(members)

    @classmethod
    def full(cls, size: int) -> Bitmap:
        """Every position."""
        return ~cls(size, np.zeros(-(-size // 32), dtype=np.uint32))

    @cached_property
    def before(self) -> np.ndarray:
        """Members before each word, and all members last; (len(words) + 1,) int32."""
        counts = np.zeros(len(self.words) + 1, dtype=np.int32)
        np.cumsum(np.bitwise_count(self.words), dtype=np.int32, out=counts[1:])
        return counts

    def __len__(self) -> int:
        """How many positions there are, members or not."""
        return self._size

    @property
    def count(self) -> int:
        """How many positions are members."""
        return int(self.before[-1])

    def __and__(self, other: Bitmap) -> Bitmap:
        self._check_same(other)
        return Bitmap(self._size, self.words & other.words)

    def __or__(self, other: Bitmap) -> Bitmap:
        self._check_same(other)
        return Bitmap(self._size, self.words | other.words)

    def __invert__(self) -> Bitmap:
        words = ~self.words
        if self._size % 32:
            words[-1] &= _BELOW[self._size % 32]
        return Bitmap(self._size, words)

    def rank(self, positions: np.ndarray) -> np.ndarray:
        """Members before each position.

        Args:
            positions: integers from 0 to ``len()``, both included, of any shape.

        Returns:
            int32 of the same shape.
        """
        word = positions >> 5
        if not len(self.words):
            return np.zeros(np.shape(positions), dtype=np.int32)
        # The position after the last one may lie in a word that does not exist; none of its bits is asked for then.
        below = self.words.take(word, mode="clip") & _BELOW.take(positions & 31)
        return self.before.take(word) + np.bitwise_count(below)

    def contains(self, positions: np.ndarray) -> np.ndarray:
        """Whether each position, from 0 to ``len() - 1``, is a member; bools of the same shape."""
        return (self.words.take(positions >> 5) & _BIT.take(positions & 31)) != 0

    def to_bools(self) -> np.ndarray:
        """(len(),) bool."""
        raw = self.words.astype("<u4", copy=False).view(np.uint8)
        return np.unpackbits(raw, count=self._size, bitorder="little").view(np.bool_)

    def positions(self) -> np.ndarray:
        """The members, ascending; (count,) int64."""
        return np.flatnonzero(self.to_bools())

    def _check_same(self, other: Bitmap) -> None:
        if len(other) != self._size:
            raise DecodingIndexError(f"bitmaps of {self._size} and {len(other)} positions cannot be combined")
