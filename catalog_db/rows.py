"""Plain values that go into and come out of the catalog: what importers make and exporters write.

They know nothing of SQLAlchemy, so that the sample store, importers and tests can make them freely.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product as an import gives it; see :class:`catalog_db.models.Product` for the meaning of each field."""

    sku: str
    title: str
    item_type: str
    brand: str | None = None
    category_path: str = ""
    description: str = ""
    price_minor: int | None = None
    currency: str = "USD"
    stock: int | None = None
    rating: float | None = None
    rating_count: int = 0
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Attribute name → its values, e.g. ``{"colour": ("navy",), "use": ("hiking", "travel")}``."""
    image: str = ""
    link: str = ""
    active: bool = True
    created_at: dt.datetime | None = None
    """When the product came into the shop; None means the time of the import."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """A line of an interaction log."""

    shopper: str
    sku: str
    kind: str
    """A :class:`catalog_db.models.EventKind` value."""
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A search a shopper made, with the SKU bought because of it, if any."""

    shopper: str
    text: str
    at: dt.datetime
    bought_sku: str | None = None
