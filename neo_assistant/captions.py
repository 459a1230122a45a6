"""What a prompt says of the items it names: the values of their rows, so that the model copies facts, not recalls them.

A semantic id tells the kind of an item well and its colour, brand or price badly. Where a turn may be about certain
items ("why the first?", "compare them", "is it dishwasher safe?"), the prompt therefore puts their values behind them:

    <|sid:kitchen|><|kitchen.a_0|>… (mug, blue, ceramic, Saltgarth, $14.00, 4.5 stars)

That holds for the items of the latest reply that named any, and for those in the shopper's last turn. Items of earlier
turns and of the history stand bare, because every caption takes some twenty tokens. The rule is here for training and
serving alike. Captions are made when the prompt is, so a price is today's; they are never stored, and never written by
the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from catalog_db.money import format_price
from neo_assistant.messages import ItemPart, Message, Role

MAX_CAPTIONED = 5
"""Items of one turn that get a caption: the first ones."""
MAX_VALUES = 10
MAX_VALUE_LENGTH = 60
"""Characters of a value or a title; a longer one is cut."""


def caption(
    title: str,
    brand: str | None,
    attributes: Mapping[str, Sequence[str]],
    facets: Sequence[str],
    *,
    price_minor: int | None,
    currency: str,
    rating: float | None,
    in_stock: bool,
) -> str:
    """The values of a row in a line.

    Args:
        title: stands in where the row has no value of any facet.
        brand: counts as the value of the facet ``brand``.
        attributes: attribute name → values.
        facets: which facets count, in the order in which their values are listed.
        price_minor: in minor units of ``currency``; None if it has none.
        currency: ISO 4217 code.
        rating: 0 to 5, None if nobody rated it.
        in_stock: whether it can be bought now; said only if it cannot.
    """
    own = {**attributes, "brand": (brand,) if brand else ()}
    values = list(dict.fromkeys(value for name in facets for value in own.get(name, ())))[:MAX_VALUES]
    words = [" ".join(value.split())[:MAX_VALUE_LENGTH] for value in values or [title]]
    if price_minor is not None:
        words.append(format_price(price_minor, currency))
    if rating is not None:
        words.append(f"{rating:.1f} stars")
    if not in_stock:
        words.append("out of stock")
    return ", ".join(words)


def captioned(messages: Sequence[Message], caption_of: Callable[[ItemPart], str]) -> list[Message]:
    """The turns of a prompt with captions where the rule above puts them.

    Args:
        messages: the turns, the shopper's last.
        caption_of: the caption of an item; empty for none.
    """
    answers = [number for number, message in enumerate(messages) if message.role is Role.ASSISTANT and message.items]
    chosen = {len(messages) - 1, *answers[-1:]}
    return [_with_captions(m, caption_of) if number in chosen else m for number, m in enumerate(messages)]


def _with_captions(message: Message, caption_of: Callable[[ItemPart], str]) -> Message:
    parts = list(message.parts)
    places = [place for place, part in enumerate(parts) if isinstance(part, ItemPart)]
    for place in places[:MAX_CAPTIONED]:
        part = parts[place]
        assert isinstance(part, ItemPart)
        parts[place] = replace(part, caption=caption_of(part))
    return replace(message, parts=tuple(parts))
