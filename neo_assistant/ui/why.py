"""Why this product: what was asked of it and what its row says to that, what the shopper did that is like it, and where
it stood in the reply.

Everything is looked up when it is asked for, nothing is written by the model. A condition that the row no longer meets
is said to be so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog_db.conditions import Conditions
from catalog_db.money import format_price
from catalog_db.products import ProductRecord
from neo_assistant.conversation import Turn
from neo_assistant.ui.buttons import hidden
from neo_assistant.ui.cards import picture, short_title
from neo_assistant.ui.escape import as_html
from neo_assistant.ui.reasons import Asked, PastItem, likenesses, sentence, values_of
from neo_assistant.want import Want
from neo_assistant.wording import availability, price_text

MOST_LIKENESSES = 3


@dataclass(frozen=True, slots=True)
class Check:
    """A condition, what the row says to it in words, and whether that meets it."""

    asked: str
    row: str
    met: bool


@dataclass(frozen=True, slots=True)
class Why:
    """All that can be said.

    Attributes:
        checks: the conditions that were stated, in their order.
        unseen: conditions that cannot be checked against the row alone ("cheaper than before"), as they were put.
        alike: what in the history has something in common with it, one phrase each.
        place: its place in the reply, from 1; None if the reply does not name it.
        among: items in the reply.
    """

    checks: tuple[Check, ...]
    unseen: tuple[str, ...]
    alike: tuple[str, ...]
    place: int | None
    among: int


def why_this(product: ProductRecord, turn: Turn, history: Sequence[PastItem] = ()) -> Why:
    """What there is to say about a product of a reply.

    Args:
        product: as the catalog holds it now.
        turn: the reply that names it.
        history: what the shopper did, oldest first, as far as it may be used.
    """
    want = Want.parse(turn.message.want or "")
    filters = Conditions.from_dict(turn.made_by.get("conditions", {}))
    asked = Asked.of(want, filters, product.currency)
    types = set(filters.item_types) | ({want.item_type} if want.item_type else set())
    skus = list(dict.fromkeys(item.sku for item in turn.message.items))
    return Why(
        checks=tuple(_checks(product, asked, types)),
        unseen=tuple(_unseen(want, filters)),
        alike=tuple(likenesses(product, history, MOST_LIKENESSES)),
        place=skus.index(product.sku) + 1 if product.sku in skus else None,
        among=len(skus),
    )


def why_html(product: ProductRecord, turn: Turn, history: Sequence[PastItem] = ()) -> str:
    """:func:`why_this` as a panel of HTML on one line."""
    why = why_this(product, turn, history)
    parts = [
        _part("What you asked for", [_check(check) for check in why.checks] + [as_html(each) for each in why.unseen]),
        _part("What you did before", [as_html(sentence(each)) for each in why.alike]),
        _part("Its place", [as_html(_place(why))] if why.place else []),
    ]
    nothing = (
        "" if why.checks or why.unseen else "<p>You stated no condition that a product could be checked against.</p>"
    )
    return (
        f'<section class="neo-why"><div class="neo-why-head">{picture(product)}<div>'
        f'<h2 class="neo-why-title">{as_html(f"Why {short_title(product)}?")}</h2>'
        f'<p class="neo-why-row">{as_html(_row(product))}</p></div></div>{nothing}{"".join(parts)}'
        '<p class="neo-small">From the catalog as it is now, your words and your history. No model wrote this.</p>'
        "</section>"
    )


def _checks(product: ProductRecord, asked: Asked, types: set[str]) -> Iterator[Check]:
    if types:
        named = " or ".join(sorted(types))
        own_type = f"listed under {product.item_type}"
        yield Check(f"type: {named}".replace("_", " "), own_type.replace("_", " "), product.item_type in types)
    for name, accepted in asked.values.items():
        own = values_of(product, name)
        met = any(value in accepted for value in own)
        says = f"listed as {', '.join(own)}" if own else "not stated"
        yield Check(f"{name.replace('_', ' ')}: {' or '.join(accepted)}", says, met)
    price = product.price_minor
    cost = price_text(product).lower() if price is None else f"costs {price_text(product)}"
    if asked.max_price is not None:
        met = price is not None and price <= asked.max_price
        yield Check(f"under {format_price(asked.max_price, product.currency)}", cost, met)
    if asked.min_price is not None:
        met = price is not None and price >= asked.min_price
        yield Check(f"from {format_price(asked.min_price, product.currency)}", cost, met)
    if asked.min_rating is not None:
        met = product.rating is not None and product.rating >= asked.min_rating
        rated = "not rated" if product.rating is None else f"rated {product.rating:.1f}"
        yield Check(f"rated {asked.min_rating:g} or better", rated, met)
    if asked.in_stock:
        yield Check("in stock", _supply(product), product.active and product.in_stock)


def _supply(product: ProductRecord) -> str:
    """How many there are, where that is counted."""
    if product.active and product.in_stock and product.stock is not None:
        return f"{product.stock:,} in stock"
    return availability(product).lower()


def _unseen(want: Want, filters: Conditions) -> Iterator[str]:
    if isinstance(want.max_price, str):
        yield "Cheaper than what was shown before"
    if isinstance(want.min_price, str):
        yield "Dearer than what was shown before"
    if want.not_shown:
        yield "Not shown before"
    if filters.sql is not None:
        yield "A condition of the shop's own"


def _check(check: Check) -> str:
    sign, words = ("✓", "met") if check.met else ("✕", "not met any more")
    return (
        f'<span class="neo-check {"neo-met" if check.met else "neo-unmet"}">{sign}{hidden(f" {words}")}</span> '
        f'{as_html(check.asked)} <span class="neo-row-says">{as_html(f"– {check.row}")}</span>'
    )


def _part(heading: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<h3 class="neo-why-part">{as_html(heading)}</h3><ul class="neo-why-list">{items}</ul>'


def _place(why: Why) -> str:
    if why.among == 1:
        return "The only item that the assistant named in this reply"
    return f"Named as number {why.place} of {why.among} in this reply"


def _row(product: ProductRecord) -> str:
    facts = [product.brand or "", price_text(product), availability(product)]
    if product.rating is not None:
        facts.append(f"{product.rating:.1f} stars from {product.rating_count:,}")
    return " · ".join(fact for fact in facts if fact)
