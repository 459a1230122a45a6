"""From SIDs in any order to the arrays of a decoding index: check, sort, find where prefixes begin."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from neo_assistant.errors import DecodingIndexError
from neo_assistant.sids import Sid, SidScheme

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Type numbers (n,), codes (n, levels), product ids (n,)."""


def collect(scheme: SidScheme, chunks: Iterable[Rows]) -> Rows:
    """All rows of the chunks in the smallest types that hold them, the codes column by column in memory.

    A chunk is let go as soon as it has been copied, so that not much more than one copy of all is held at a time.

    Raises:
        DecodingIndexError: if shapes or values do not fit the scheme.
    """
    small = [_compact(scheme, *chunk) for chunk in chunks]
    items = sum(len(ids) for _, _, ids in small)
    if items >= 2**31:
        raise DecodingIndexError(f"{items} items are too many for one index", "it holds up to 2,147,483,647")
    if len(small) == 1:
        return small[0]
    wide = any(ids.dtype == np.int64 for _, _, ids in small)
    types = np.empty(items, dtype=np.min_scalar_type(len(scheme.types)))
    codes = np.empty((items, scheme.levels), dtype=np.uint16, order="F")
    ids = np.empty(items, dtype=np.int64 if wide else np.uint32)
    end = items
    while small:
        chunk = small.pop()
        begin = end - len(chunk[0])
        types[begin:end], codes[begin:end], ids[begin:end] = chunk
        end = begin
    return types, codes, ids


def arrange(scheme: SidScheme, types: np.ndarray, codes: np.ndarray, ids: np.ndarray) -> Rows:
    """Bring the rows into order, in place: (type bounds, codes, product ids). Rows in order already are not sorted."""
    if not _ascending(types) or not in_order(bounds_of(scheme, types), codes):
        order = _order(scheme, types, codes)
        types, ids = types[order], ids[order]
        for level in range(scheme.levels):
            codes[:, level] = codes[order, level]
    return bounds_of(scheme, types), codes, ids


def bounds_of(scheme: SidScheme, types: np.ndarray) -> np.ndarray:
    """Where each type begins among sorted type numbers, and their number last; (types + 1,) int64."""
    numbers = np.arange(len(scheme.types) + 1).astype(types.dtype)
    return types.searchsorted(numbers).astype(np.int64)


def in_order(bounds: np.ndarray, codes: np.ndarray) -> bool:
    """Whether the codes ascend within each type (two neighbours may be the same)."""
    same = ~_begins(bounds, len(codes))[1:-1]
    for level in range(codes.shape[1]):
        column = codes[:, level]
        if (same & (column[1:] < column[:-1])).any():
            return False
        same &= column[1:] == column[:-1]
    return True


def prefix_starts(
    scheme: SidScheme, bounds: np.ndarray, codes: np.ndarray
) -> tuple[tuple[np.ndarray, ...], tuple[int, ...]]:
    """Where prefixes begin whose parent has at least two items, and the most children that any prefix has.

    Args:
        scheme: of the codes.
        bounds: (types + 1,) where each type begins.
        codes: (items, levels) in order.

    Returns:
        Ascending int32 positions for each level but the last, and a number for each level.

    Raises:
        DecodingIndexError: if two items share a SID.
    """
    items = len(codes)
    starts, most = [], []
    parents = _begins(bounds, items)
    for level in range(scheme.levels):
        column = codes[:, level]
        begins = parents.copy()
        begins[1:-1] |= column[1:] != column[:-1]
        if level < scheme.levels - 1:
            alone = parents[:-1] & parents[1:]
            first = np.flatnonzero(begins[:-1] & ~alone).astype(np.int32)
            starts.append(first)
            # The first child of a prefix begins where the prefix does.
            groups = np.diff(np.flatnonzero(parents[first]), append=len(first))
        else:
            groups = np.diff(np.flatnonzero(parents))
        most.append(int(groups.max()) if len(groups) else min(items, 1))
        parents = begins
    if not parents.all():
        place = int(np.flatnonzero(~parents)[0])
        number = int(np.searchsorted(bounds, place, side="right")) - 1
        sid = Sid(scheme.types[number], tuple(codes[place].tolist()))
        raise DecodingIndexError(
            f"two items share a semantic id, {sid}", "assign the SIDs anew: python -m finetune sids"
        )
    return tuple(starts), tuple(most)


def _begins(bounds: np.ndarray, items: int) -> np.ndarray:
    """Whether a type begins at each position; true also after the last one. (items + 1,) bool."""
    begins = np.zeros(items + 1, dtype=bool)
    begins[bounds] = True
    return begins


def _ascending(values: np.ndarray) -> bool:
    return bool((values[1:] >= values[:-1]).all())


def _compact(scheme: SidScheme, type_numbers: np.ndarray, codes: np.ndarray, product_ids: np.ndarray) -> Rows:
    items, types = len(product_ids), np.asarray(type_numbers)
    if codes.shape != (items, scheme.levels) or len(types) != items:
        raise DecodingIndexError(f"{items} items need codes of shape ({items}, {scheme.levels}), not {codes.shape}")
    if items and not 0 <= types.min() <= types.max() < len(scheme.types):
        raise DecodingIndexError("an item's type is not in the scheme")
    small = np.empty(codes.shape, dtype=np.uint16, order="F")
    for level, size in enumerate(scheme.sizes):
        column = codes[:, level]
        if items and not 0 <= column.min() <= column.max() < size:
            raise DecodingIndexError(
                f"a code is outside the scheme's sizes {scheme.sizes}", "the SIDs are of another version"
            )
        small[:, level] = column
    ids = np.asarray(product_ids)
    fits = not items or (ids.min() >= 0 and ids.max() < 2**32)
    return types.astype(np.min_scalar_type(len(scheme.types))), small, ids.astype(np.uint32 if fits else np.int64)


def _order(scheme: SidScheme, types: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """The permutation that sorts by type and codes.

    Type and codes are packed into as few 64-bit words as hold them. Usually that is one, and one word is sorted with
    the processor's vector instructions.
    """
    fields = [(types, (len(scheme.types) - 1).bit_length())]
    fields += [(codes[:, level], (size - 1).bit_length()) for level, size in enumerate(scheme.sizes)]
    words, room = [np.zeros(len(types), dtype=np.uint64)], 64
    for column, bits in fields:
        if bits > room:
            words.append(np.zeros(len(types), dtype=np.uint64))
            room = 64
        words[-1] <<= np.uint64(bits)
        words[-1] |= column
        room -= bits
    return np.argsort(words[0]) if len(words) == 1 else np.lexsort(words[::-1])
