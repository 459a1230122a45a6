"""The catalog as sorted SID arrays: which code may follow which prefix.

Items are sorted by (type, codes), so the items under any prefix are a range ``[lo, hi)``. For every level the
index keeps where a new prefix of that length begins; the children of a range are then a slice of that array, found by
binary search: a step costs time in the number of children, not of items.

Memory beyond the codes: 8 bytes an item for the product id and at most 4 per level but the last for the prefix starts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neo_assistant.errors import DecodingIndexError, SidError
from neo_assistant.sids import Sid, SidScheme

_FORMAT = 1


@dataclass(frozen=True)
class Children:
    """The codes that may follow a prefix, ascending, with the range of items under each; three arrays of one length."""

    codes: np.ndarray
    lo: np.ndarray
    hi: np.ndarray


@dataclass(frozen=True)
class DecodingIndex:
    """Sorted SIDs of a catalog. Make one with :meth:`build` or :meth:`load`.

    Attributes:
        codebook_version: fingerprint of the codebooks the SIDs were made with.
        codes: (items, levels) uint16, sorted by type and codes.
        product_ids: (items,) int64, the product at each position.
        type_bounds: (types + 1,) int64; the items of type number t are ``type_bounds[t]`` to ``type_bounds[t + 1]``.
        starts: per level, the positions at which a prefix of that length begins, ascending int32; the last level has
            none, because every item begins one.
    """

    scheme: SidScheme
    codebook_version: str
    codes: np.ndarray
    product_ids: np.ndarray
    type_bounds: np.ndarray
    starts: tuple[np.ndarray, ...]

    @classmethod
    def build(
        cls,
        scheme: SidScheme,
        codebook_version: str,
        type_numbers: np.ndarray,
        codes: np.ndarray,
        product_ids: np.ndarray,
    ) -> DecodingIndex:
        """Sort SIDs into an index.

        Args:
            type_numbers: (items,) number of each item's type in ``scheme.types``.
            codes: (items, levels) codes.
            product_ids: (items,) product ids.

        Raises:
            DecodingIndexError: if shapes or codes do not fit the scheme, or two items share a SID.
        """
        items = len(product_ids)
        if codes.shape != (items, scheme.levels) or len(type_numbers) != items:
            raise DecodingIndexError(f"{items} items need codes of shape ({items}, {scheme.levels}), not {codes.shape}")
        if items and (codes.min() < 0 or (codes.max(axis=0) >= np.array(scheme.sizes)).any()):
            raise DecodingIndexError(
                f"a code is outside the scheme's sizes {scheme.sizes}", "the SIDs are of another version"
            )
        if items and not 0 <= type_numbers.min() <= type_numbers.max() < len(scheme.types):
            raise DecodingIndexError("an item's type is not in the scheme")
        order = np.lexsort((*codes.T[::-1], type_numbers))
        types = np.asarray(type_numbers)[order]
        codes = np.ascontiguousarray(codes[order], dtype=np.uint16)
        fresh = np.ones(items, dtype=bool)
        fresh[1:] = types[1:] != types[:-1]
        starts = []
        for level in range(scheme.levels):
            fresh[1:] |= codes[1:, level] != codes[:-1, level]
            if level < scheme.levels - 1:
                starts.append(np.flatnonzero(fresh).astype(np.int32))
        if not fresh.all():
            raise DecodingIndexError("two items share a semantic id", "assign the SIDs anew: python -m finetune sids")
        bounds = np.searchsorted(types, np.arange(len(scheme.types) + 1))
        ids = np.asarray(product_ids, dtype=np.int64)[order]
        return cls(scheme, codebook_version, codes, ids, bounds.astype(np.int64), tuple(starts))

    def __len__(self) -> int:
        return len(self.product_ids)

    def children(self, lo: int, hi: int, level: int) -> Children:
        """The codes at ``level`` among the items ``[lo, hi)``, which must be the range of one prefix of that length."""
        if level == self.scheme.levels - 1:
            first = np.arange(lo, hi, dtype=np.int64)
        else:
            starts = self.starts[level]
            # Of the array's own dtype: with another one NumPy would convert, that is copy, the whole array first.
            left, right = np.searchsorted(starts, np.array((lo, hi), dtype=starts.dtype))
            first = starts[left:right].astype(np.int64)
        last = np.append(first[1:], hi) if len(first) else first
        return Children(self.codes[first, level], first, last)

    def range_of(self, type_number: int, codes: Sequence[int]) -> tuple[int, int]:
        """The range of items whose SID begins so; empty (lo == hi) if there are none."""
        lo, hi = int(self.type_bounds[type_number]), int(self.type_bounds[type_number + 1])
        for level, code in enumerate(codes):
            if not 0 <= code < self.scheme.sizes[level]:
                return lo, lo
            # Within a prefix the next column is sorted. A needle of the column's dtype makes this a binary search in
            # place; for another one NumPy would first convert, that is copy, the whole column.
            column, needle = self.codes[lo:hi, level], np.uint16(code)
            lo, hi = lo + int(np.searchsorted(column, needle)), lo + int(np.searchsorted(column, needle, "right"))
        return lo, hi

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
        number = int(np.searchsorted(self.type_bounds, position, side="right")) - 1
        return Sid(self.scheme.types[number], tuple(int(code) for code in self.codes[position]))

    def positions_of(self, product_ids: np.ndarray) -> np.ndarray:
        """Positions of products, in the order given; -1 where the index does not hold one."""
        order = np.argsort(self.product_ids, kind="stable")
        spots = np.searchsorted(self.product_ids, product_ids, sorter=order)
        found = order[np.minimum(spots, len(order) - 1)] if len(order) else np.zeros(len(spots), dtype=np.int64)
        known = (self.product_ids[found] == product_ids) if len(order) else np.zeros(len(spots), dtype=bool)
        return np.where(known, found, -1)

    def save(self, folder: Path) -> None:
        """Write the index as plain arrays that can be memory-mapped."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("codes", "product_ids", "type_bounds"):
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)
        for level, starts in enumerate(self.starts):
            np.save(folder / f"starts_{level}.npy", starts, allow_pickle=False)
        about = {"format": _FORMAT, "codebook_version": self.codebook_version, "scheme": self.scheme.to_dict()}
        (folder / "index.json").write_text(json.dumps(about, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path) -> DecodingIndex:
        """Memory-map an index that :meth:`save` wrote.

        Raises:
            DecodingIndexError: if the folder does not hold one.
        """
        try:
            about = json.loads((folder / "index.json").read_text())
            if about["format"] != _FORMAT:
                raise DecodingIndexError(
                    f"{folder} holds an index of format {about['format']}", f"this version reads {_FORMAT}"
                )
            scheme = SidScheme.from_dict(about["scheme"])
            arrays = [
                np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
                for name in ("codes", "product_ids", "type_bounds", *(f"starts_{n}" for n in range(scheme.levels - 1)))
            ]
            index = cls(scheme, about["codebook_version"], arrays[0], arrays[1], arrays[2], tuple(arrays[3:]))
        except (OSError, EOFError, ValueError, KeyError, TypeError, SidError) as error:
            raise DecodingIndexError(f"{folder} holds no readable decoding index: {error}", "build it again") from error
        index._check_shapes(folder)
        return index

    def _check_shapes(self, folder: Path) -> None:
        items, bounds = len(self.product_ids), self.type_bounds
        expected = {
            "codes": (self.codes, np.uint16, (items, self.scheme.levels)),
            "product_ids": (self.product_ids, np.int64, (items,)),
            "type_bounds": (bounds, np.int64, (len(self.scheme.types) + 1,)),
            **{f"starts_{n}": (starts, np.int32, (len(starts),)) for n, starts in enumerate(self.starts)},
        }
        for name, (array, dtype, shape) in expected.items():
            if array.dtype != dtype or array.shape != shape:
                raise DecodingIndexError(f"{folder}/{name}.npy does not fit the rest of its index", "build it again")
        if bounds[0] != 0 or bounds[-1] != items or (np.diff(bounds) < 0).any():
            raise DecodingIndexError(f"{folder}/type_bounds.npy does not fit the rest of its index", "build it again")
