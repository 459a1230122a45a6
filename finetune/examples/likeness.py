"""How alike two items are: by the facet values they share."""

from __future__ import annotations

from collections.abc import Sequence

from finetune.examples.shop import Shop, ShopItem

FACETS_OF_LIKENESS = ("colour", "color", "material", "use", "feature", "audience", "brand")


def most_alike(facets: Sequence[str], items: Sequence[ShopItem], item: ShopItem) -> list[ShopItem]:
    """The items by how many facet values they share with ``item``, then popularity, then SKU."""
    names = [name for name in facets if name in FACETS_OF_LIKENESS]
    own = {(name, value) for name in names for value in item.values(name)}
    shared = {other.sku: sum((name, value) in own for name in names for value in other.values(name)) for other in items}
    return sorted(items, key=lambda other: (-shared[other.sku], -other.popularity, other.sku))


def related(shop: Shop, seen: Sequence[ShopItem], items: Sequence[ShopItem]) -> bool:
    """Whether some of the items are of a kind that was seen or goes with one: else having seen it is no reason."""
    kinds = {str(item.kind) for item in seen}
    near = kinds.union(*(shop.kinds[kind].goes_with for kind in kinds if kind in shop.kinds))
    return any(item.kind in near for item in items)
