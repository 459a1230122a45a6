"""What an item is in words: the one text that is embedded, quantized and learned from.

The order is fixed: kind; category; attributes; title without the brand; description; brand. For example::

    Socks. Clothing, Legwear. Material: merino wool. Colour: navy. Alder Crew Socks. Warm socks … Brand: Northfell

A sentence encoder weighs the beginning most, and cuts off the end of what is too long. So the order decides what codes
mean: with the title first, the brand in front of it took the second level, and shoppers seldom ask for a brand; in this
order the first level is the kind of thing and the next ones are material, colour and features (docs/semantic-ids.md has
the measurement). Nothing in the text may identify a product otherwise than by what it is: no SKU, no price, no stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

ITEM_TEXT_VERSION = 2
"""Goes up whenever the same item would get another text; codebooks remember which version they were made with."""

ANYTHING = "product"
"""The item type of a catalog that has none. It says nothing, so it is no part of an item's text."""

MAX_ATTRIBUTES = 8
MAX_VALUE_CHARACTERS = 60
MAX_DESCRIPTION_CHARACTERS = 300

_FIRST_ATTRIBUTES = ("material", "colour", "color", "style", "use", "audience", "feature", "features")
"""Attributes named first, in this order; the others follow by name."""


class Item(Protocol):
    """What the text is made from; :class:`catalog_db.rows.ProductRow` and the database's products have it."""

    @property
    def title(self) -> str: ...
    @property
    def brand(self) -> str | None: ...
    @property
    def item_type(self) -> str: ...
    @property
    def category_path(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def attributes(self) -> Mapping[str, tuple[str, ...]]: ...


def item_kind(item: Item) -> str:
    """What sort of thing it is: its ``kind`` attribute, else the narrowest category, else its type."""
    kinds = item.attributes.get("kind", ())
    if kinds:
        return kinds[0]
    return item.category_path.rsplit(" > ", 1)[-1].strip() or item.item_type.replace("_", " ")


def item_text(item: Item) -> str:
    """The item in words, at most about 900 characters; see the module for the order."""
    kind = item_kind(item)
    parts = [_capital(kind) if kind != ANYTHING else ""]
    parts.append(", ".join(part for part in item.category_path.split(" > ") if part.lower() != kind.lower()))
    for name in _attribute_order(item.attributes):
        values = ", ".join(item.attributes[name])
        parts.append(f"{_capital(name.replace('_', ' '))}: {clip(values, MAX_VALUE_CHARACTERS)}")
    parts.append(_without(item.title, item.brand))
    parts.append(clip(" ".join(item.description.split()), MAX_DESCRIPTION_CHARACTERS))
    parts.append(f"Brand: {item.brand}" if item.brand else "")
    return ". ".join(part.rstrip(".") for part in parts if part)


def _without(title: str, brand: str | None) -> str:
    """The title without the brand in front of it."""
    title = title.strip()
    if brand and title.lower().startswith(f"{brand.lower()} "):
        return title[len(brand) :].strip()
    return title


def clip(text: str, limit: int) -> str:
    """``text`` cut at a word's end to at most ``limit`` characters."""
    if len(text) <= limit:
        return text
    head, space, _ = text[: limit + 1].rpartition(" ")
    return head if space else text[:limit]


def _attribute_order(attributes: Mapping[str, tuple[str, ...]]) -> list[str]:
    first = [name for name in _FIRST_ATTRIBUTES if name in attributes]
    others = sorted(set(attributes) - {*first, "kind", "brand"})
    return [name for name in [*first, *others] if attributes[name]][:MAX_ATTRIBUTES]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
