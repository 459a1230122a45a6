"""What an item is in words: the one text that is embedded, quantized and learned from.

The order is fixed and goes from what tells most to what tells least, because an encoder cuts off the end of what is too
long for it: title; kind or category; brand; attributes; description. For example::

    Alder Wool Crew Socks. Socks. Brand: Northfell. Colour: navy. Material: merino wool. Warm hiking socks with …

Nothing in it may identify a product otherwise than by what it is: no SKU, no price, no stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

ITEM_TEXT_VERSION = 1
"""Goes up whenever the same item would get another text; codebooks remember which version they were made with."""

MAX_ATTRIBUTES = 8
MAX_VALUE_CHARACTERS = 60
MAX_DESCRIPTION_CHARACTERS = 300

_FIRST_ATTRIBUTES = ("colour", "color", "material", "style", "use", "season", "audience", "flavour", "features")
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
    parts = [item.title.strip(), _capital(item_kind(item))]
    if item.brand:
        parts.append(f"Brand: {item.brand}")
    for name in _attribute_order(item.attributes):
        values = ", ".join(item.attributes[name])
        parts.append(f"{_capital(name.replace('_', ' '))}: {clip(values, MAX_VALUE_CHARACTERS)}")
    description = clip(" ".join(item.description.split()), MAX_DESCRIPTION_CHARACTERS)
    return ". ".join(part.rstrip(".") for part in [*parts, description] if part)


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
