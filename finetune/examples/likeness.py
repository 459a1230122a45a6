"""How alike two items are: by the facet values they share."""

from __future__ import annotations

from collections.abc import Sequence

from finetune.examples.shop import ShopItem

FACETS_OF_LIKENESS = ("colour", "color", "material", "use", "feature", "audience", "brand")


def most_alike(facets: Sequence[str], items: Sequence[ShopItem], item: ShopItem) -> list[ShopItem]:
    """The items by how many facet values they share with ``item``, then popularity, then SKU."""
    names = [name for name in facets if name in FACETS_OF_LIKENESS]
    own = {(name, value) for name in names for value in item.values(name)}
    shared = {other.sku: sum((name, value) in own for name in names for value in other.values(name)) for other in items}
    return sorted(items, key=lambda other: (-shared[other.sku], -other.popularity, other.sku))
