"""Which last-level codes of a leaf are in use, for catalogs of any size.

The SIDs in use are kept as one sorted array of fixed-width keys, so ten million of them cost one sort and no Python
objects; a leaf's codes are a range of it. Codes handed out since are kept in a dictionary of the leaves they touched.
"""

from __future__ import annotations

import numpy as np

Leaf = tuple[int, ...]
"""Type number and semantic codes."""


class LastLevel:
    """Hands out the lowest free last-level code of a leaf.

    Args:
        size: codes there are at the last level.
        taken: (m, 2 + semantic levels) rows of type number, semantic codes, last-level code, each 0 to 65535.
    """

    def __init__(self, size: int, taken: np.ndarray) -> None:
        self._size = size
        self._keys = np.sort(_keys(taken)) if len(taken) else np.zeros(0, dtype="S1")
        self._used: dict[Leaf, bytearray] = {}

    def take(self, leaf: Leaf) -> int | None:
        """The lowest free code of ``leaf``, which is in use from now on; None when the leaf is full."""
        used = self._used.get(leaf)
        if used is None:
            used = self._used[leaf] = self._load(leaf)
        code = used.find(0)
        if code < 0:
            return None
        used[code] = 1
        return code

    def _load(self, leaf: Leaf) -> bytearray:
        used = bytearray(self._size)
        if len(self._keys):
            ends = _keys(np.array([(*leaf, 0), (*leaf, self._size - 1)], dtype=np.int64))
            low = np.searchsorted(self._keys, ends[0], side="left")
            high = np.searchsorted(self._keys, ends[1], side="right")
            for key in self._keys[low:high]:
                used[int.from_bytes(key.ljust(self._keys.itemsize, b"\0")[-2:], "big")] = 1
        return used


def _keys(rows: np.ndarray) -> np.ndarray:
    """Rows of numbers up to 65535 as byte strings that sort as the rows do; (m,)."""
    return np.ascontiguousarray(rows.astype(">u2")).view(f"S{2 * rows.shape[1]}").ravel()
