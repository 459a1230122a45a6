"""What a history has in common: kinds, types, facet values and the level of prices."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from statistics import median

from finetune.examples.shop import KIND, Shop, ShopItem

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

    @cached_property
    def price_level(self) -> str | None:
        """Which third of the catalog's prices most of the items are in; None if that is not clear."""
        levels = Counter(level for item in self.items if (level := price_level(self.shop, item)) is not None)
        if not levels:
            return None
        level, count = min(levels.items(), key=lambda pair: (-pair[1], pair[0]))
        return level if count >= max(2, CLEAR_LEVEL * len(self.items)) else None


def price_level(shop: Shop, item: ShopItem) -> str | None:
    """The third of the catalog's prices in which most items of this one's kind, or type, are: what its semantic id can
    tell; None without prices."""
    alike = shop.by_kind.get(str(item.attributes.get(KIND, ("",))[0])) or shop.by_type[item.item_type]
    prices = [other.price_minor for other in alike if other.price_minor is not None]
    known = sorted(other.price_minor for other in shop.items if other.price_minor is not None)
    return PRICE_LEVELS[min(2, 3 * bisect_left(known, median(prices)) // len(known))] if prices else None
