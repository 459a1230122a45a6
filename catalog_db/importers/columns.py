"""Tell which columns a CSV or JSON Lines file has, and which of them are likely to be which field."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from pathlib import Path

from catalog_db.importers.files import csv_header, read_jsonl
from catalog_db.importers.mapping import ATTRIBUTE, PRODUCT_FIELDS
from catalog_db.importers.records import Record

_LOOKED_AT = 200
"""Objects of a JSON Lines file whose names are gathered."""

_OTHER_NAMES = {
    "sku": ("id", "item id", "product id", "article", "article number", "item number", "product code", "code"),
    "title": ("name", "product name", "product title", "item name"),
    "item_type": ("type", "product type", "category", "main category"),
    "brand": ("manufacturer", "vendor", "maker", "brand name"),
    "category_path": ("categories", "category tree", "path"),
    "description": ("text", "body", "details", "long description"),
    "price": ("unit price", "sale price", "list price", "amount"),
    "price_minor": ("price cents", "price in cents"),
    "currency": ("currency code",),
    "stock": ("quantity", "qty", "inventory", "units", "stock level", "on hand"),
    "rating": ("average rating", "stars", "mean rating"),
    "rating_count": ("ratings", "rating number", "reviews", "review count"),
    "image": ("image url", "picture", "picture url", "image link", "photo"),
    "link": ("url", "product url", "page", "web page"),
    "active": ("on sale", "published", "enabled", "available"),
    "created_at": ("created", "added", "date added"),
}
"""Field → other names that files have for it, the likeliest first."""


def csv_columns(path: Path) -> list[str]:
    """The names in the header.

    Raises:
        ImportFileError: there is no proper one.
    """
    return csv_header(path)[0]


def jsonl_columns(path: Path) -> list[str]:
    """The names in the first objects, in the order in which they come up.

    Raises:
        ImportFileError: it is no JSON Lines file.
    """
    records = itertools.islice(read_jsonl(path), _LOOKED_AT)
    return list(dict.fromkeys(str(name) for record in records if isinstance(record, Record) for name in record.values))


def likely_columns(columns: Iterable[str]) -> dict[str, str]:
    """Field → column, of those that are called like a field or like another name for it; no column twice."""
    by_name: dict[str, str] = {}
    for column in columns:
        if not column.startswith(ATTRIBUTE):
            by_name.setdefault(_plain(column), column)
    found = {field: by_name.pop(_plain(field)) for field in PRODUCT_FIELDS if _plain(field) in by_name}
    if "price" in found or "price_minor" in found:
        wanted = [field for field in PRODUCT_FIELDS if field not in ("price", "price_minor")]
    else:
        wanted = list(PRODUCT_FIELDS)
    for field in wanted:
        other = next((name for name in _OTHER_NAMES.get(field, ()) if name in by_name), None)
        if field not in found and other is not None:
            found[field] = by_name.pop(other)
    return found


def _plain(name: str) -> str:
    """``Product_ID`` and ``productId`` are both ``product id``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", parted.lower()))
