"""What a history has in common: kinds, types, facet values and the level of prices."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from statistics import median

from finetune.examples.shop import Shop, ShopItem

PRICE_LEVELS = ("low", "middle", "high")
CLEAR_LEVEL = 0.6
"""So many of the items must be of one level."""


class Taste:
    """The common traits of the items of one history.

    Args:
        shop: the catalog they are of.
        items: oldest first.
    """

    def __init__(self, shop: Shop, items: Sequence[ShopItem]) -> None:
        self.shop, self.items = shop, items

    def shared(self, facets: Sequence[str], share: float) -> list[tuple[str, str]]:
        """Values of the named facets that at least this share of the items, and two of them, have."""
        counts = Counter(pair for item in self.items for pair in self.shop.facets_of(item) if pair[0] in facets)
        ranked = sorted(counts, key=lambda pair: (-counts[pair], pair))
        return [pair for pair in ranked if counts[pair] >= max(2, share * len(self.items))]

    @cached_property
    def types(self) -> list[str]:
        """The item types of at least a third of the items, most frequent first."""
        counts = Counter(item.item_type for item in self.items)
        ranked = sorted(counts, key=lambda name: (-counts[name], name))
        return [name for name in ranked if 3 * counts[name] >= len(self.items)]

    def price_level(self, levels: PriceLevels) -> str | None:
        """Which third of the catalog's prices most of the items are in; None if that is not clear."""
        counts = Counter(level for item in self.items if (level := levels.of(item)) is not None)
        if not counts:
            return None
        level, count = min(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return level if count >= max(2, CLEAR_LEVEL * len(self.items)) else None


class PriceLevels:
    """The third of a catalog's prices in which most items of a kind, or of a type, are: a semantic id tells no more."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._prices = sorted(item.price_minor for item in shop.items if item.price_minor is not None)
        self._known: dict[tuple[str, str], str | None] = {}

    def of(self, item: ShopItem) -> str | None:
        """One of :data:`PRICE_LEVELS`; None without prices."""
        group = (item.item_type, str(item.kind))
        if group not in self._known:
            self._known[group] = self._level(self._shop.by_kind.get(group[1]) or self._shop.by_type[group[0]])
        return self._known[group]

    def _level(self, items: Sequence[ShopItem]) -> str | None:
        prices = [item.price_minor for item in items if item.price_minor is not None]
        if not prices:
            return None
        return PRICE_LEVELS[min(2, 3 * bisect_left(self._prices, median(prices)) // len(self._prices))]
