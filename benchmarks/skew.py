"""A synthetic catalog with the skew of a real one, of any size, the same every time.

With uniform random codes a catalog would have no large clusters. Here item types, and the codes under every prefix,
have Zipf-like sizes: the child of rank r of a prefix gets a share proportional to ``1 / r ** EXPONENT``, and which code
has which rank differs from prefix to prefix. The last code only tells apart the items of one cluster (type and semantic
codes), numbered from 0. A cluster holds no more items than that level has codes; what is over goes to another cluster
under the same first code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neo_assistant.sids import SidScheme

TYPES = 24
SIZES = (256, 256, 256, 256)
"""Codes per level: three semantic levels, and one that tells apart the items of a cluster."""
EXPONENT = 0.9
"""Of both types and codes. The largest type then has 23 % of the items, the largest code of a prefix 13 %."""
SEED = 20260226


@dataclass(frozen=True)
class Catalog:
    """Items in SID order, with what belongs to them.

    Attributes:
        type_numbers: (items,) int16, ascending.
        codes: (items, levels) uint16, sorted within a type; no two items of a type are alike.
        product_ids: (items,) int64, in no order, as a database gives them out.
    """

    scheme: SidScheme
    type_numbers: np.ndarray
    codes: np.ndarray
    product_ids: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    def only(self, eligible: np.ndarray) -> Catalog:
        """The catalog of the items of a condition; (items,) bool."""
        return Catalog(self.scheme, self.type_numbers[eligible], self.codes[eligible], self.product_ids[eligible])

    def save(self, folder: Path) -> None:
        """Write the arrays where :meth:`load` finds them."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("type_numbers", "codes", "product_ids"):
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)
        (folder / "scheme.json").write_text(json.dumps(self.scheme.to_dict()), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Catalog:
        """Read what :meth:`save` wrote, into memory."""
        scheme = SidScheme.from_dict(json.loads((folder / "scheme.json").read_text(encoding="utf-8")))
        arrays = [
            np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("type_numbers", "codes", "product_ids")
        ]
        return cls(scheme, *arrays)


def make_catalog(
    items: int, types: int = TYPES, sizes: tuple[int, ...] = SIZES, *, per_type: bool = False, seed: int = SEED
) -> Catalog:
    """A skewed catalog.

    Args:
        items: how many; far fewer than there can be SIDs.
        types: item types.
        sizes: codes per level, each a power of two; at least two levels.
        per_type: whether every type has semantic code tokens of its own.

    Raises:
        ValueError: if there are too few SIDs for a catalog of this skew.
    """
    random = np.random.default_rng(seed)
    scheme = SidScheme(tuple(f"type_{number:02}" for number in range(types)), sizes, per_type)
    prefix = np.sort(_ranks(random, items, types))
    for size in sizes[:-1]:
        # A multiplication by an odd number permutes the codes; the shift by a hash of the prefix makes the
        # permutation the prefix's own.
        shift = (prefix * 0x9E3779B1 >> 7) & 0xFFFF
        code = (_ranks(random, items, size) * 167 + shift) % size
        prefix = prefix * size + code
    prefix = _spilled(random, prefix, sizes)
    first = np.ones(items, dtype=bool)
    first[1:] = prefix[1:] != prefix[:-1]
    run = np.maximum.accumulate(np.where(first, np.arange(items), 0))
    columns = [np.arange(items) - run]
    for size in sizes[-2::-1]:
        prefix, code = np.divmod(prefix, size)
        columns.insert(0, code)
    codes = np.column_stack(columns).astype(np.uint16)
    return Catalog(scheme, prefix.astype(np.int16), codes, random.permutation(items))


def half(catalog: Catalog, seed: int = SEED) -> np.ndarray:
    """A condition that about half of the items meet, spread over all clusters; (items,) bool."""
    return np.random.default_rng(seed + 1).random(len(catalog)) < 0.5


def _ranks(random: np.random.Generator, count: int, size: int) -> np.ndarray:
    """Ranks from 0, Zipf-like; (count,) int64."""
    shares = np.arange(1, size + 1) ** -EXPONENT
    return np.searchsorted(np.cumsum(shares / shares.sum())[:-1], random.random(count))


def _spilled(random: np.random.Generator, prefix: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    """Sorted cluster numbers of which none occurs more often than the last level has codes.

    What is over gets new codes, evenly, from the second level on.
    """
    under = int(np.prod(sizes[1:-1]))
    for _ in range(100):
        prefix = np.sort(prefix)
        over = np.zeros(len(prefix), dtype=bool)
        over[sizes[-1] :] = prefix[sizes[-1] :] == prefix[: -sizes[-1]]
        if not over.any():
            return prefix
        count = int(over.sum())
        prefix[over] = prefix[over] // under * under + random.integers(under, size=count)
    raise ValueError(f"{len(prefix)} items of this skew have no room in codes of {sizes}")
