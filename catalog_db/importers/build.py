"""Make rows of raw fields, the same way for every format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog_db.importers.mapping import ATTRIBUTE
from catalog_db.importers.values import (
    is_missing,
    shorten,
    to_attributes,
    to_bool,
    to_float,
    to_int,
    to_item_type,
    to_paragraphs,
    to_path,
    to_price,
    to_text,
    to_time,
    to_values,
)
from catalog_db.rows import EventRow, ProductRow
from catalog_db.validation import (
    ATTRIBUTE_NAME_LIMIT,
    ATTRIBUTE_VALUE_LIMIT,
    PATH_SEPARATOR,
    PRODUCT_LIMITS,
    check_event_row,
    check_product_row,
)

DEFAULT_CURRENCY = "USD"
_CUT = ("title", "category_path", "description")
"""Texts that still say what they should when they are cut; the others would name something else."""


def make_product(raw: Mapping[str, Any]) -> tuple[ProductRow, tuple[str, ...]]:
    """A row from field → raw value, and what was cut or left out.

    Raises:
        ValueError: the reason why there can be no such row.
    """
    given = {name: value for name, value in raw.items() if not is_missing(value)}
    for name, hint in (("sku", ""), ("title", ""), ("item_type", "; give one for all with --type")):
        if name not in given:
            raise ValueError(f"no {name}{hint}")
    price, currency = _price(given)
    count = to_int("rating_count", given.get("rating_count", 0))
    rating = to_float("rating", given["rating"]) if "rating" in given else None
    texts = {
        "title": to_text(given["title"]),
        "category_path": PATH_SEPARATOR.join(to_path(given.get("category_path", ""))),
        "description": to_paragraphs(given.get("description", "")),
    }
    notes = []
    for name in _CUT:
        if len(texts[name]) > PRODUCT_LIMITS[name]:
            notes.append(f"{name} was cut from {len(texts[name])} to {PRODUCT_LIMITS[name]} characters")
            texts[name] = shorten(texts[name], PRODUCT_LIMITS[name])
    addresses = {name: to_text(given.get(name, "")) for name in ("image", "link")}
    for name, address in addresses.items():
        if len(address) > PRODUCT_LIMITS[name]:
            notes.append(f"{name} of {len(address)} characters was left out")
            addresses[name] = ""
    attributes, left_out = _attributes(given)
    row = ProductRow(
        sku=to_text(given["sku"]),
        item_type=to_item_type(given["item_type"]),
        brand=to_text(given["brand"]) if "brand" in given else None,
        price_minor=price,
        currency=currency,
        stock=to_int("stock", given["stock"]) if "stock" in given else None,
        # Zero of nobody is how many shops write that there is no rating.
        rating=None if rating == 0 and count == 0 else rating,
        rating_count=count,
        attributes=attributes,
        active=to_bool("active", given["active"]) if "active" in given else True,
        created_at=to_time("created_at", given["created_at"]) if "created_at" in given else None,
        **texts,
        **addresses,
    )
    if reason := check_product_row(row):
        raise ValueError(reason)
    return row, (*notes, *left_out)


def make_event(raw: Mapping[str, Any]) -> EventRow:
    """An event from field → raw value.

    Raises:
        ValueError: the reason why there can be no such event.
    """
    for name in ("shopper", "sku", "kind", "at"):
        if is_missing(raw.get(name)):
            raise ValueError(f"no {name}")
    row = EventRow(to_text(raw["shopper"]), to_text(raw["sku"]), to_text(raw["kind"]), to_time("at", raw["at"]))
    if reason := check_event_row(row):
        raise ValueError(reason)
    return row


def _price(given: Mapping[str, Any]) -> tuple[int | None, str]:
    currency = to_text(given.get("currency", DEFAULT_CURRENCY)).upper()
    if "price_minor" in given:
        return to_int("price_minor", given["price_minor"]), currency
    if "price" not in given:
        return None, currency
    price, named = to_price(given["price"], currency)
    if named != currency and "currency" in given:
        raise ValueError(f"the price is in {named} and the currency is {currency}")
    return price, named


def _attributes(given: Mapping[str, Any]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    found = to_attributes(given["attributes"]) if "attributes" in given else {}
    for name, value in given.items():
        if name.startswith(ATTRIBUTE):
            found.setdefault(name.removeprefix(ATTRIBUTE), []).extend(to_values(name, value))
    kept: dict[str, tuple[str, ...]] = {}
    left_out = []
    for name, values in found.items():
        short = tuple(value for value in dict.fromkeys(values) if len(value) <= ATTRIBUTE_VALUE_LIMIT)
        if len(name) > ATTRIBUTE_NAME_LIMIT:
            left_out.append(f"attribute {shorten(name, 40)!r} was left out: its name is too long")
            continue
        if len(short) < len(set(values)):
            left_out.append(f"attribute {name!r}: a value of more than {ATTRIBUTE_VALUE_LIMIT} characters was left out")
        if short:
            kept[name] = short
    return kept, left_out
