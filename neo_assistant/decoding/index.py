"""One sorted segment of the catalog: which code may follow which prefix.

Items are sorted by (type, codes), so the items under any prefix are a range ``[lo, hi)``. For every level but the last
the index keeps where a prefix of that length begins; the children of a range are then a slice of that array, found
by binary search: a step costs time in the number of children, not of items.

Memory beyond the codes, in bytes an item, at most:

    prefix starts     16     int32. Only prefixes whose parent has at least two items have an entry; an item that is
                             alone under its parent needs none. Share an entry among the items under its prefix: a
                             prefix of two or more items costs each at most half an entry, and a prefix of one item a
                             whole entry, but once only, because below it the item is alone. With 8 levels there
                             are 7 arrays, so an item bears at most 6 halves and one whole: 4 entries of 4 bytes.
    product ids        4     uint32
    product look-up    4.5   see ``neo_assistant.decoding.lookup``

That is 24.5 bytes at 8 levels, 16.5 at 4, and with realistic catalogs far less, because most items are alone long
before the last level. Where ids do not fit into 32 bits it is 4 more. The codes themselves are 2 bytes a level.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neo_assistant.decoding import files
from neo_assistant.decoding.lookup import ProductLookup
from neo_assistant.decoding.sorting import Rows, arrange, collect, in_order, prefix_starts
from neo_assistant.errors import DecodingIndexError
from neo_assistant.sids import Sid, SidScheme


@dataclass(frozen=True)
class Children:
    """The codes that may follow a prefix, ascending, with the range of items under each; three arrays of one length."""

    codes: np.ndarray
    lo: np.ndarray
    hi: np.ndarray


@dataclass(frozen=True, eq=False)
class DecodingIndex:
    """Sorted SIDs, immutable. Make one with :meth:`build`, :meth:`build_from`, :meth:`from_sorted` or :meth:`load`.

    Attributes:
        codebook_version: fingerprint of the codebooks the SIDs were made with.
        codes: (items, levels) uint16, sorted by type and codes, a level after the other in memory (Fortran order).
        product_ids: (items,) uint32, or int64 where one does not fit: the product at each position.
        type_bounds: (types + 1,) int64; the items of type number t are ``type_bounds[t]`` to ``type_bounds[t + 1]``.
        starts: per level but the last, the positions at which a prefix begins that ends with this level's code and
            whose parent has at least two items; ascending int32.
        max_children: per level, the most codes that can follow any prefix.
        lookup: from product ids to positions.
    """

    scheme: SidScheme
    codebook_version: str
    codes: np.ndarray
    product_ids: np.ndarray
    type_bounds: np.ndarray
    starts: tuple[np.ndarray, ...]
    max_children: tuple[int, ...]
    lookup: ProductLookup

    @classmethod
    def build(
        cls,
        scheme: SidScheme,
        codebook_version: str,
        type_numbers: np.ndarray,
        codes: np.ndarray,
        product_ids: np.ndarray,
    ) -> DecodingIndex:
        """An index of SIDs in any order; those that come sorted are not sorted again.

        Args:
            type_numbers: (items,) number of each item's type in ``scheme.types``.
            codes: (items, levels) codes.
            product_ids: (items,) product ids.

        Raises:
            DecodingIndexError: if shapes or codes do not fit the scheme, or two items share a SID or a product.
        """
        return cls.build_from(scheme, codebook_version, [(type_numbers, codes, product_ids)])

    @classmethod
    def build_from(cls, scheme: SidScheme, codebook_version: str, chunks: Iterable[Rows]) -> DecodingIndex:
        """An index of rows that come in chunks of arrays, each as in :meth:`build`.

        Raises:
            DecodingIndexError: as :meth:`build`.
        """
        return cls._of(scheme, codebook_version, arrange(scheme, *collect(scheme, chunks)))

    @classmethod
    def from_sorted(
        cls,
        scheme: SidScheme,
        codebook_version: str,
        type_bounds: np.ndarray,
        codes: np.ndarray,
        product_ids: np.ndarray,
    ) -> DecodingIndex:
        """An index of arrays that are as the attributes say; they are checked, and kept without a copy.

        Raises:
            DecodingIndexError: if they are not in order, or two items share a SID or a product.
        """
        if not in_order(type_bounds, codes):
            raise DecodingIndexError("semantic ids that were said to be sorted are not")
        return cls._of(scheme, codebook_version, (type_bounds, codes, product_ids))

    @classmethod
    def _of(cls, scheme: SidScheme, codebook_version: str, rows: Rows) -> DecodingIndex:
        bounds, codes, ids = rows
        starts, most = prefix_starts(scheme, bounds, codes)
        return cls(scheme, codebook_version, codes, ids, bounds, starts, most, ProductLookup.of(ids))

    def __len__(self) -> int:
        return len(self.product_ids)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        arrays = (self.codes, self.product_ids, self.type_bounds, *self.starts, self.lookup.places)
        return sum(array.nbytes for array in arrays)

    def edges(self, lo: int, hi: int, level: int) -> np.ndarray:
        """Where the children of a prefix begin, and where the last one ends; (children + 1,) int64.

        Args:
            lo, hi: the range of the prefix, not empty.
            level: its length, that is, the level of the children's codes.
        """
        if hi - lo == 1:
            return np.array((lo, hi), dtype=np.int64)
        if level == self.scheme.levels - 1:
            return np.arange(lo, hi + 1, dtype=np.int64)
        starts = self.starts[level]
        # Of the array's own type: with another one NumPy would convert, that is copy, the whole array first.
        left, right = starts.searchsorted(np.array((lo, hi), dtype=np.int32))
        edges = np.empty(right - left + 1, dtype=np.int64)
        edges[:-1] = starts[left:right]
        edges[-1] = hi
        return edges

    def children(self, lo: int, hi: int, level: int) -> Children:
        """The codes at ``level`` among the items ``[lo, hi)``, which must be the range of one prefix of that length."""
        edges = self.edges(lo, hi, level) if hi > lo else np.empty(1, dtype=np.int64)
        return Children(self.codes[edges[:-1], level], edges[:-1], edges[1:])

    def range_of(self, type_number: int, codes: Sequence[int]) -> tuple[int, int]:
        """The range of items whose SID begins so; empty (lo == hi) if there are none."""
        lo, hi = int(self.type_bounds[type_number]), int(self.type_bounds[type_number + 1])
        for level, code in enumerate(codes):
            if not 0 <= code < self.scheme.sizes[level]:
                return lo, lo
            # Within a prefix the next column is sorted. A needle of the column's type makes this a binary search in
            # place; for another one NumPy would first convert, that is copy, the whole column.
            column, needle = self.codes[lo:hi, level], np.uint16(code)
            hi = lo + int(column.searchsorted(needle, "right"))
            lo = lo + int(column.searchsorted(needle))
        return lo, hi

    def places(self, type_numbers: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where SIDs stand, or would have to be put in; all at once, by binary search over rows.

        Args:
            type_numbers: (k,) as in :meth:`build`.
            codes: (k, levels).

        Returns:
            Positions (k,) int64, and whether the SID of the item there is the one asked for (k,) bool.
        """
        types = np.asarray(type_numbers, dtype=np.int64)
        lo, end = self.type_bounds[types], self.type_bounds[types + 1]
        hi = end.copy()
        while (open_ := np.flatnonzero(lo < hi)).size:
            middle = (lo[open_] + hi[open_]) // 2
            less, _ = self._compare(middle, codes[open_])
            lo[open_] = np.where(less, middle + 1, lo[open_])
            hi[open_] = np.where(less, hi[open_], middle)
        found = lo < end
        found[found] = self._compare(lo[found], codes[found])[1]
        return lo, found

    def _compare(self, positions: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whether the codes at positions are less than, and whether they equal, the ones given."""
        less, equal = np.zeros(len(positions), dtype=bool), np.ones(len(positions), dtype=bool)
        for level in range(self.scheme.levels):
            here, there = self.codes[positions, level], codes[:, level]
            less |= equal & (here < there)
            equal &= here == there
        return less, equal

    def position(self, sid: Sid) -> int | None:
        """Where an item stands, or None if no item has this SID."""
        number = self.scheme.type_numbers.get(sid.item_type)
        if number is None or len(sid.codes) != self.scheme.levels:
            return None
        lo, hi = self.range_of(number, sid.codes)
        return lo if hi > lo else None

    def sid(self, position: int) -> Sid:
        """The SID of the item at a position.

        Raises:
            DecodingIndexError: if there is no such position.
        """
        if not 0 <= position < len(self):
            raise DecodingIndexError(f"an index of {len(self)} items has no position {position}")
        return Sid(self.scheme.types[int(self.type_number_at(position))], tuple(self.codes[position].tolist()))

    def type_number_at(self, positions: np.ndarray | int) -> np.ndarray:
        """Type numbers of the items at positions; int64."""
        return np.searchsorted(self.type_bounds, positions, side="right") - 1

    def positions_of(self, product_ids: np.ndarray) -> np.ndarray:
        """Positions of products, in the order given; -1 where the index does not hold one. (k,) int64."""
        return self.lookup.find(self.product_ids, product_ids)

    def save(self, folder: Path) -> None:
        """Write the index as plain arrays that can be memory-mapped: all of it or, on an error, nothing.

        An index that the folder held before is replaced; whoever has it mapped goes on with it.

        Raises:
            DecodingIndexError: if the folder holds something that is not an index, or cannot be written.
        """
        about = {
            "codebook_version": self.codebook_version,
            "scheme": self.scheme.to_dict(),
            "max_children": list(self.max_children),
            "id_base": self.lookup.base,
            "id_table": self.lookup.is_table,
        }
        arrays = {"codes": self.codes, "product_ids": self.product_ids, "type_bounds": self.type_bounds}
        arrays |= {f"starts_{level}": starts for level, starts in enumerate(self.starts)}
        files.write(folder, about, {**arrays, "id_places": self.lookup.places})

    @classmethod
    def load(cls, folder: Path) -> DecodingIndex:
        """Memory-map an index that :meth:`save` wrote. What is checked does not depend on the number of items.

        Raises:
            DecodingIndexError: if the folder does not hold one.
        """
        scheme, about, arrays = files.read(folder)
        return cls(
            scheme,
            about["codebook_version"],
            arrays["codes"],
            arrays["product_ids"],
            arrays["type_bounds"],
            tuple(arrays[f"starts_{level}"] for level in range(scheme.levels - 1)),
            tuple(about["max_children"]),
            ProductLookup(about["id_base"], arrays["id_places"], about["id_table"]),
        )
