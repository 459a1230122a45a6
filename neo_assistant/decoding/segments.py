"""The catalog's index as it grows: a large sorted segment, and beside it a small one of what came since.

Adding items sorts the small segment only. An item whose SID changed stands in the small one and is dead in the large
one, and so is an item that was removed; ``live`` says which positions count. When the small segment has grown,
:meth:`SegmentedIndex.merged` makes one of both. Nothing ever changes in place, so a reply keeps the index it began
with.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.errors import DecodingIndexError
from neo_assistant.sids import Sid, SidScheme

NOTHING = np.empty(0, dtype=np.int64)
_IDS_AT_A_TIME = 1 << 18


class SegmentedIndex:
    """One or two segments as one index. Positions count through the main segment first and then the side.

    Args:
        main: the large segment.
        side: what was added since; an item that is in both counts where it stands in the side.
        removed: positions in ``main`` of items that no longer count, (k,) int64.

    Attributes:
        live: the positions that count: every product once.

    Raises:
        DecodingIndexError: if the segments are of different schemes or codebooks, or items of both share a SID.
    """

    def __init__(self, main: DecodingIndex, side: DecodingIndex | None = None, removed: np.ndarray = NOTHING) -> None:
        self.main, self.side = main, side if side is not None and len(side) else None
        self.scheme: SidScheme = main.scheme
        self.codebook_version: str = main.codebook_version
        self.segments: tuple[DecodingIndex, ...] = (main,) if self.side is None else (main, self.side)
        self.offsets: tuple[int, ...] = (0, len(main))[: len(self.segments)]
        self._size = sum(len(segment) for segment in self.segments)
        dead = removed
        if self.side is not None:
            if (self.side.scheme, self.side.codebook_version) != (self.scheme, self.codebook_version):
                raise DecodingIndexError("two segments of an index are of different codebooks")
            replaced = main.positions_of(self.side.product_ids)
            dead = np.union1d(removed, replaced[replaced >= 0])
        # Also those of items that leave the side again: what is in main of them is older than that.
        self._dead = dead
        self.live = ~Bitmap.from_positions(self._size, dead) if len(dead) else Bitmap.full(self._size)
        if self.side is not None:
            places, found = main.places(self.side.type_number_at(np.arange(len(self.side))), self.side.codes)
            clash = np.flatnonzero(found)
            clash = clash[self.live.contains(places[clash])]
            if len(clash):
                raise DecodingIndexError(
                    f"two items share a semantic id, {self.side.sid(int(clash[0]))}",
                    "assign the SIDs anew: python -m finetune sids",
                )

    def __len__(self) -> int:
        """How many positions there are, dead ones included."""
        return self._size

    @cached_property
    def items(self) -> int:
        """How many items count."""
        return self.live.count

    @property
    def untidy(self) -> int:
        """Positions that :meth:`merged` would move or drop: those in the side, and the dead ones."""
        return len(self) - len(self.main) + len(self._dead)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(segment.nbytes for segment in self.segments) + self.live.words.nbytes + self.live.before.nbytes

    def position(self, sid: Sid) -> int | None:
        """Where the item of a SID stands, or None if no item has it."""
        for segment, offset in zip(self.segments, self.offsets, strict=True):
            place = segment.position(sid)
            if place is not None and self.live.contains(np.array(offset + place)):
                return offset + place
        return None

    def sid(self, position: int) -> Sid:
        """The SID at a position, dead or alive.

        Raises:
            DecodingIndexError: if there is no such position.
        """
        if not 0 <= position < self._size:
            raise DecodingIndexError(f"an index of {self._size} items has no position {position}")
        if position < len(self.main) or self.side is None:
            return self.main.sid(position)
        return self.side.sid(position - len(self.main))

    def positions_of(self, product_ids: np.ndarray) -> np.ndarray:
        """Positions of products, in the order given; -1 where no item that counts is of one. (k,) int64."""
        found = self.main.positions_of(product_ids)
        if len(self._dead):
            known = np.flatnonzero(found >= 0)
            found[known[~self.live.contains(found[known])]] = -1
        if self.side is not None:
            beside = self.side.positions_of(product_ids)
            found = np.where(beside >= 0, beside + len(self.main), found)
        return found

    def bitmap_of(self, product_ids: np.ndarray) -> Bitmap:
        """The positions of products; those that the index does not hold are left out.

        In blocks, because at ten million ids most of the time would go into fresh memory for what lies between; but
        where the look-up is an order, every call lays it out, so that one call is better.
        """
        members = np.zeros(len(self), dtype=bool)
        step = _IDS_AT_A_TIME if self.main.lookup.is_table else max(len(product_ids), 1)
        for begin in range(0, len(product_ids), step):
            found = self.positions_of(product_ids[begin : begin + step])
            members[found[found >= 0]] = True
        return Bitmap.from_bools(members)

    def product_id_at(self, positions: np.ndarray) -> np.ndarray:
        """The products at positions, dead or alive; int64 of the same shape."""
        positions = np.asarray(positions, dtype=np.int64)
        if self.side is None:
            return self.main.product_ids[positions].astype(np.int64)
        ids = np.empty(positions.shape, dtype=np.int64)
        beside = positions >= len(self.main)
        ids[~beside] = self.main.product_ids[positions[~beside]]
        ids[beside] = self.side.product_ids[positions[beside] - len(self.main)]
        return ids

    def with_added(self, type_numbers: np.ndarray, codes: np.ndarray, product_ids: np.ndarray) -> SegmentedIndex:
        """This index with items added, or given other SIDs; arrays as in :meth:`DecodingIndex.build`.

        Sorts the side only. Items that already stand in the main segment as they are said to stay there.

        Raises:
            DecodingIndexError: if shapes or codes do not fit the scheme, or two items share a SID or a product.
        """
        chunks = [(type_numbers, codes, product_ids), *self._kept_beside(product_ids)]
        side = DecodingIndex.build_from(self.scheme, self.codebook_version, chunks)
        places, found = self.main.places(side.type_number_at(np.arange(len(side))), side.codes)
        places = np.minimum(places, max(len(self.main) - 1, 0))
        if found.any():
            found &= self.live.contains(places) & (self.main.product_ids[places] == side.product_ids)
        if found.any():
            new = np.flatnonzero(~found)
            rows = (side.type_number_at(new), side.codes[new], side.product_ids[new])
            side = DecodingIndex.build_from(self.scheme, self.codebook_version, [rows])
        return SegmentedIndex(self.main, side, self._dead)

    def with_removed(self, product_ids: np.ndarray) -> SegmentedIndex:
        """This index without some products; those it does not hold are ignored."""
        found = self.main.positions_of(product_ids)
        side = DecodingIndex.build_from(self.scheme, self.codebook_version, self._kept_beside(product_ids))
        return SegmentedIndex(self.main, side, np.union1d(self._dead, found[found >= 0]))

    def merged(self) -> SegmentedIndex:
        """The items that count in one segment; nothing is sorted anew."""
        if self.side is None and not len(self._dead):
            return self
        main, side = self.main, self.side
        if side is None:
            side = DecodingIndex.build_from(self.scheme, self.codebook_version, [])
        alive = self.live.to_bools()[: len(main)]
        places, _ = main.places(side.type_number_at(np.arange(len(side))), side.codes)
        places = self.live.rank(places)
        codes = np.empty((self.live.count, self.scheme.levels), dtype=np.uint16, order="F")
        for level in range(self.scheme.levels):
            codes[:, level] = np.insert(main.codes[:, level][alive], places, side.codes[:, level])
        wider = np.result_type(main.product_ids, side.product_ids)
        ids = np.insert(main.product_ids[alive].astype(wider, copy=False), places, side.product_ids)
        bounds = self.live.rank(main.type_bounds).astype(np.int64) + side.type_bounds
        return SegmentedIndex(DecodingIndex.from_sorted(self.scheme, self.codebook_version, bounds, codes, ids))

    def _kept_beside(self, without: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """The side's rows without those of some products."""
        if self.side is None:
            return []
        kept = np.flatnonzero(~np.isin(self.side.product_ids, without))
        return [(self.side.type_number_at(kept), self.side.codes[kept], self.side.product_ids[kept])]
