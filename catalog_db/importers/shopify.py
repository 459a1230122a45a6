"""Shopify's product export: one CSV, several lines per product.

The lines of a product share its ``Handle``; the first one describes it, and each line may add a variant (``Variant …``,
``Option1 Value`` to ``Option3 Value``), a picture, or both. The columns are those of "Using CSV files to import and
export products" in Shopify's help. A product becomes one row:

* SKU is the handle; item type is ``Type``, else the first part of ``Product Category``;
* price is the lowest of the variants', stock their sum; a variant whose stock Shopify does not track, or that is sold
  beyond it, makes the stock uncounted;
* the options' values (``Size``: S, M, L) and the tags (as ``tag``) become attributes;
* it is on sale when it is published and not a draft or archived.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from catalog_db.errors import ImportFileError
from catalog_db.importers.build import DEFAULT_CURRENCY, make_product
from catalog_db.importers.files import csv_header, read_csv
from catalog_db.importers.mapping import ColumnMapping
from catalog_db.importers.records import ParsedProduct, Record, Refusal
from catalog_db.importers.values import html_to_text, to_bool, to_int, to_path, to_price, to_text

REQUIRED = ("Handle", "Title", "Variant Price")
_OPTIONS = ("Option1", "Option2", "Option3")


def read_products(path: Path, mapping: ColumnMapping) -> Iterator[ParsedProduct | Refusal]:
    """Products of a Shopify export; of the mapping only constants and values count.

    Raises:
        ImportFileError: not a CSV file, or not one with Shopify's columns.
    """
    header, _ = csv_header(path)
    if missing := [name for name in REQUIRED if name not in header]:
        raise ImportFileError(f"{path} is not a Shopify product export: it has no column {missing[0]!r}")
    for handle, group in itertools.groupby(read_csv(path), key=_handle):
        if handle is None:
            yield from (_unusable(record) for record in group)
            continue
        lines = [record for record in group if isinstance(record, Record)]
        try:
            raw = mapping.with_constants(_raw_product(lines, mapping))
            yield ParsedProduct(lines[0].line, *make_product(raw))
        except ValueError as error:
            yield Refusal(lines[0].line, str(error))


def _handle(record: Record | Refusal) -> str | None:
    return to_text(record.values["Handle"]) or None if isinstance(record, Record) else None


def _unusable(record: Record | Refusal) -> Refusal:
    return record if isinstance(record, Refusal) else Refusal(record.line, "no Handle")


def _raw_product(lines: Sequence[Record], mapping: ColumnMapping) -> dict[str, Any]:
    first = lines[0].values
    category = to_path(first.get("Product Category", ""))
    kind = first.get("Type", "").strip() or next(iter(category), "")
    variants = [line for line in lines if line.values["Variant Price"].strip()]
    currency = mapping.constants.get("currency", DEFAULT_CURRENCY)
    prices = [_price(line, currency) for line in variants]
    return {
        "sku": first["Handle"],
        "title": first["Title"],
        "item_type": mapping.translate("item_type", kind),
        "brand": first.get("Vendor"),
        "category_path": category,
        "description": html_to_text(first.get("Body (HTML)", "")),
        "price_minor": min(prices, default=None),
        "stock": _stock(variants),
        "image": next((url for line in lines if (url := line.values.get("Image Src", "").strip())), ""),
        "active": _active(first),
        "attributes": _attributes(lines),
    }


def _price(line: Record, currency: str) -> int:
    try:
        return to_price(line.values["Variant Price"], currency)[0]
    except ValueError as error:
        raise ValueError(f"variant on line {line.line}: {error}") from None


def _stock(variants: Sequence[Record]) -> int | None:
    """Units of all variants; None when any is sold without counting, or when the export does not say."""
    total = 0
    for line in variants:
        quantity = line.values.get("Variant Inventory Qty", "").strip()
        tracked = line.values.get("Variant Inventory Tracker", "").strip()
        if not quantity or not tracked or line.values.get("Variant Inventory Policy", "").strip() == "continue":
            return None
        # Below zero when more was sold than there was.
        total += max(0, to_int(f"variant on line {line.line}: quantity", quantity))
    return total if variants else None


def _active(first: Any) -> bool:
    published = first.get("Published", "").strip()
    status = first.get("Status", "").strip()
    return (not published or to_bool("Published", published)) and (not status or to_bool("Status", status))


def _attributes(lines: Sequence[Record]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for option in _OPTIONS:
        name = to_text(lines[0].values.get(f"{option} Name", "")).lower()
        # A product without variants has one option, "Title", with the value "Default Title".
        if name and name != "title":
            found[name] = [line.values.get(f"{option} Value", "") for line in lines]
    if tags := lines[0].values.get("Tags", ""):
        found["tag"] = tags.split(",")
    return found
