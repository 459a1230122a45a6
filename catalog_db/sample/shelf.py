"""The sample store's products as the simulation sees them: by kind, with price levels, popularity and time on sale."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass

from catalog_db.errors import CatalogError
from catalog_db.rows import ProductRow

FIRST_DAY = dt.datetime(2024, 7, 1, tzinfo=dt.UTC)
"""Nobody does anything before this."""
LAST_DAY = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
"""Nobody does anything from this moment on."""

_POPULARITY_EXPONENT = 0.9
_POPULARITY_OFFSET = 1.5


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """One product, with what a shopper weighs.

    Attributes:
        row: the product.
        kind: its ``kind`` attribute.
        price_level: where its price stands among its kind, 0.0 (cheapest) to 1.0 (dearest).
        popularity: relative demand within its kind, positive; falls with rank as in Zipf's law.
        on_sale_from: its ``created_at``, or :data:`FIRST_DAY` if that is earlier or unknown.
        on_sale_until: :data:`LAST_DAY`, or when the last one was sold, for what is out of stock or off sale today.
    """

    row: ProductRow
    kind: str
    price_level: float
    popularity: float
    on_sale_from: dt.datetime
    on_sale_until: dt.datetime

    def attribute(self, name: str) -> tuple[str, ...]:
        """The values of an attribute; empty when the product does not have it."""
        return tuple(self.row.attributes.get(name, ()))

    def is_on_sale(self, at: dt.datetime) -> bool:
        """Whether it could be seen and bought at that time."""
        return self.on_sale_from <= at < self.on_sale_until


Shelf = dict[str, tuple[ShelfItem, ...]]
"""Kind → its items, in SKU order."""


def make_shelf(products: Sequence[ProductRow]) -> Shelf:
    """Sort products onto the shelf.

    Raises:
        CatalogError: if a product has no ``kind`` attribute, or there are no products.
    """
    if not products:
        raise CatalogError("there are no products to simulate shoppers for")
    by_kind: dict[str, list[ProductRow]] = {}
    for row in sorted(products, key=lambda row: row.sku):
        kinds = row.attributes.get("kind", ())
        if len(kinds) != 1:
            raise CatalogError(f"product {row.sku} has {len(kinds)} kinds", "give it exactly one 'kind' attribute")
        by_kind.setdefault(kinds[0], []).append(row)
    return {kind: _fill(kind, rows) for kind, rows in sorted(by_kind.items())}


def _fill(kind: str, rows: list[ProductRow]) -> tuple[ShelfItem, ...]:
    """Price levels, popularity and time on sale for the products of one kind."""
    dice = random.Random(f"sample shelf {kind}")
    prices = sorted(row.price_minor or 0 for row in rows)
    # Better rated products tend to be more popular, but luck has as large a part.
    by_appeal = sorted(rows, key=lambda row: (-((row.rating or 3.5) + dice.gauss(0.0, 0.5)), row.sku))
    rank = {row.sku: place for place, row in enumerate(by_appeal)}
    items = []
    for row in rows:
        start = max(row.created_at or FIRST_DAY, FIRST_DAY)
        left = LAST_DAY - start
        gone = row.stock == 0 or not row.active
        items.append(
            ShelfItem(
                row=row,
                kind=kind,
                price_level=prices.index(row.price_minor or 0) / max(len(prices) - 1, 1),
                popularity=1.0 / (rank[row.sku] + _POPULARITY_OFFSET) ** _POPULARITY_EXPONENT,
                on_sale_from=start,
                on_sale_until=start + left * dice.uniform(0.6, 0.98) if gone else LAST_DAY,
            )
        )
    return tuple(items)
