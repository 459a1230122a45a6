"""From product ids to positions in a decoding index.

Databases number their products one after the other, so usually a table by id is as small as any search structure, and
looking up ten million ids is one gather: at most 4.5 bytes an item, because a table is used only where the ids
span at most nine eighths of their number. Ids with wider gaps are kept as an order, 4 bytes an item, and found by
binary search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neo_assistant.errors import DecodingIndexError

_MANY = 64
"""From one id in this many on, the sorted ids are laid out once before they are searched."""


@dataclass(frozen=True, eq=False)
class ProductLookup:
    """Where each product stands.

    Attributes:
        base: the lowest product id.
        places: int32. Of a table: the position of the product ``base + n`` at place n, -1 where there is none. Of an
            order: all positions, by ascending product id.
        is_table: which of the two.
    """

    base: int
    places: np.ndarray
    is_table: bool

    @classmethod
    def of(cls, product_ids: np.ndarray) -> ProductLookup:
        """Made from the product ids by position; (items,) integers.

        Raises:
            DecodingIndexError: if a product stands twice.
        """
        items = len(product_ids)
        base = int(product_ids.min()) if items else 0
        span = int(product_ids.max()) - base + 1 if items else 0
        if span <= items + items // 8:
            places = np.full(span, -1, dtype=np.int32)
            places[product_ids - product_ids.dtype.type(base)] = np.arange(items, dtype=np.int32)
            once = int(np.count_nonzero(places >= 0)) == items
        else:
            places = np.argsort(product_ids).astype(np.int32)
            ascending = product_ids[places]
            once = bool((ascending[1:] != ascending[:-1]).all())
        if not once:
            raise DecodingIndexError("a product stands in the index twice", "a product has one semantic id")
        return cls(base, places, span <= items + items // 8)

    def find(self, product_ids: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Positions of products, in the order given; -1 where there is none. (k,) int64.

        Args:
            product_ids: the ids by position that this was made from.
            wanted: (k,) integers.
        """
        found = np.full(len(wanted), -1, dtype=np.int64)
        if not len(product_ids) or not len(wanted):
            return found
        if self.is_table:
            place = np.asarray(wanted, dtype=np.int64) - self.base
            known = (place >= 0) & (place < len(self.places))
            if known.all():
                return self.places.take(place).astype(np.int64)
            found[known] = self.places.take(place[known])
            return found
        limits = np.iinfo(product_ids.dtype)
        fits = np.flatnonzero((wanted >= limits.min) & (wanted <= limits.max))
        # Of the ids' own type: for another one NumPy would convert, that is copy, all ids first.
        needles = np.asarray(wanted)[fits].astype(product_ids.dtype)
        if len(needles) * _MANY >= len(product_ids):
            ascending = product_ids[self.places]
            spots = ascending.searchsorted(needles)
            same = ascending.take(spots, mode="clip") == needles
        else:
            spots = self._search(product_ids, needles)
            same = product_ids[self.places.take(spots, mode="clip")] == needles
        found[fits[same]] = self.places[spots[same]]
        return found

    def _search(self, product_ids: np.ndarray, needles: np.ndarray) -> np.ndarray:
        """Where ids stand in the order. NumPy's own search would first convert, that is copy, the whole order."""
        lo, hi = np.zeros(len(needles), dtype=np.int64), np.full(len(needles), len(self.places), dtype=np.int64)
        while (lo < hi).any():
            middle = (lo + hi) // 2
            below = (product_ids[self.places.take(middle, mode="clip")] < needles) & (lo < hi)
            lo, hi = np.where(below, middle + 1, lo), np.where(below, hi, middle)
        return lo
