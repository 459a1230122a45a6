"""The item metadata of Amazon Reviews 2023 (Hou et al., "Bridging Language and Items for Retrieval and Recommendation",
2024): JSON Lines, one object per ``parent_asin``.

Item type is ``main_category``, else the first of ``categories``; brand is ``details.Brand``, else ``store``. Features
are put before the description. Of ``details``, texts become attributes; objects (sales ranks) are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from catalog_db.importers.build import make_product
from catalog_db.importers.files import read_jsonl
from catalog_db.importers.mapping import ColumnMapping
from catalog_db.importers.records import ParsedProduct, Refusal
from catalog_db.importers.values import html_to_text, is_missing

KEY = "parent_asin"
_NO_ATTRIBUTE = ("Brand", "ASIN", "Best Sellers Rank", "Date First Available", "UPC", "Item model number")
_NO_PRICE = ("—", "None", "")


def read_products(path: Path, mapping: ColumnMapping) -> Iterator[ParsedProduct | Refusal]:
    """Products of a metadata file; of the mapping only constants and values count.

    Raises:
        ImportFileError: not JSON Lines.
    """
    for record in read_jsonl(path):
        if isinstance(record, Refusal):
            yield record
            continue
        try:
            raw = mapping.with_constants(_raw_product(record.values, mapping))
            yield ParsedProduct(record.line, *make_product(raw))
        except ValueError as error:
            yield Refusal(record.line, str(error))


def _raw_product(values: Mapping[str, Any], mapping: ColumnMapping) -> dict[str, Any]:
    details = values.get("details") or {}
    categories = values.get("categories") or []
    if not isinstance(details, Mapping) or not isinstance(categories, list):
        raise ValueError("details are not an object, or categories not a list")
    kind = values.get("main_category") or next(iter(categories), None)
    price = values.get("price")
    words = [html_to_text(values.get(name) or "") for name in ("features", "description")]
    return {
        "sku": values.get(KEY),
        "title": html_to_text(values.get("title") or "").replace("\n", " "),
        "item_type": mapping.translate("item_type", kind),
        "brand": details.get("Brand") or values.get("store"),
        "category_path": categories or values.get("main_category"),
        "description": "\n".join(filter(None, words)),
        "price": None if isinstance(price, str) and price.strip() in _NO_PRICE else price,
        "rating": values.get("average_rating"),
        "rating_count": values.get("rating_number"),
        "image": _image(values.get("images")),
        "attributes": {
            name: value
            for name, value in details.items()
            if name not in _NO_ATTRIBUTE and not is_missing(value) and not isinstance(value, Mapping | list)
        },
    }


def _image(images: Any) -> str:
    """The large picture of the main view, or of the first one."""
    views = [view for view in images if isinstance(view, Mapping)] if isinstance(images, list) else []
    views.sort(key=lambda view: view.get("variant") != "MAIN")
    return next((str(view["large"]) for view in views if view.get("large")), "")
