"""Why a card is in a reply, in one line, from what can be looked up: the product's row, what was asked, what was done.

Nothing here is written by the model. A condition is named as a reason only if the row meets it as it is now, a likeness
to something bought or looked at only if both rows have the value, and "cheapest" only if all prices can be compared.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog_db.conditions import Conditions
from catalog_db.models import EventKind
from catalog_db.money import format_price, to_minor
from catalog_db.products import ProductRecord
from neo_assistant.want import FIRST_FACETS, Want

ENOUGH_RATINGS = 5
"""A mean of fewer ratings makes nothing the best rated."""
_LOOKED_AT = 30
"""Events of the history that are looked at, the newest: this is done while a reply is being written."""
_VALUES = 2
"""Values of the row that one line names."""
_LONGEST_NAME = 40
"""Characters of a title that one line repeats."""
_WORTH_SAYING = 20
"""A price is called so much below a limit from one in so many parts of the limit on."""

_DONE = {EventKind.BOUGHT: "you bought", EventKind.CARTED: "you put into your cart", EventKind.VIEWED: "you looked at"}
"""What a product of the past was to the shopper, the weightiest first; what they dismissed is no reason."""
_TELLING = tuple(name for name in FIRST_FACETS if name not in ("kind", "brand"))


@dataclass(frozen=True, slots=True)
class PastItem:
    """A product of the shopper's history, as the catalog holds it now, and what they did with it."""

    product: ProductRecord
    kind: EventKind

    @property
    def words(self) -> str:
        """``the Tall Mug you bought``"""
        return f"the {_called(self.product)} {_DONE[self.kind]}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of every item, in terms of its row.

    Attributes:
        values: attribute or ``brand`` → accepted values.
        max_price: in minor units of the shop's currency; None for any.
        min_price: likewise.
        min_rating: None for any.
        in_stock: whether it had to be in stock.
    """

    values: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    max_price: int | None = None
    min_price: int | None = None
    min_rating: float | None = None
    in_stock: bool = False

    @classmethod
    def of(cls, want: Want, filters: Conditions, currency: str) -> Asked:
        """What the words asked for and the filters beside them.

        A price that was compared with earlier items ("cheaper") is left out: what they cost then is not known here.
        """
        values = dict(filters.attributes)
        if filters.brands:
            values["brand"] = tuple(sorted(filters.brands))
        for name, value in want.facets:
            values[name] = (*values.get(name, ()), value)
        highest = [limit for limit in (_minor(want.max_price, currency), filters.max_price) if limit is not None]
        lowest = [limit for limit in (_minor(want.min_price, currency), filters.min_price) if limit is not None]
        rated = [limit for limit in (want.min_rating, filters.min_rating) if limit is not None]
        return cls(
            values,
            min(highest, default=None),
            max(lowest, default=None),
            max(rated, default=None),
            want.in_stock or filters.in_stock,
        )


NOTHING_ASKED = Asked()


def reasons(
    products: Sequence[ProductRecord],
    asked: Asked = NOTHING_ASKED,
    history: Sequence[PastItem] = (),
    *,
    complete: bool = True,
) -> dict[str, str]:
    """SKU → one line on why it is here; a product of which nothing can be said is missing.

    Args:
        products: all items of a reply, in their order.
        asked: conditions that were stated.
        history: what the shopper did, oldest first; empty where they want none of it used.
        complete: whether no further item is to come; until then nothing is the cheapest of them.
    """
    best = _standing_out(products) if complete else {}
    lines = {}
    for product in products:
        first = next(_meets(product, asked), "")
        second = best.get(product.sku) or likeness(product, history) or ("" if first else _own_values(product))
        facts = [fact for fact in (first, second) if fact]
        if facts:
            lines[product.sku] = sentence("; ".join(facts))
    return lines


def likeness(product: ProductRecord, history: Sequence[PastItem]) -> str:
    """What it has in common with something in the history; empty if that is nothing worth saying."""
    return next(iter(likenesses(product, history, most=1)), "")


def likenesses(product: ProductRecord, history: Sequence[PastItem], most: int = 3) -> list[str]:
    """What it has in common with each product of the history, the most first: the brand, or values of its kind.

    Each is a phrase, such as ``by Claywork, like the Vase you bought``.
    """
    found: list[tuple[int, int, int, PastItem, str]] = []
    order = list(_DONE)
    seen = {product.sku}
    for age, past in enumerate(sorted(_usable(history), key=lambda past: order.index(past.kind))):
        if past.product.sku in seen:
            continue
        seen.add(past.product.sku)
        same_brand = product.brand is not None and product.brand == past.product.brand
        if not same_brand and not common(product, past.product, "kind"):
            continue
        shared = [_told(name, value) for name in _TELLING for value in common(product, past.product, name)]
        if same_brand:
            found.append((-len(shared) - 2, order.index(past.kind), age, past, f"by {product.brand}"))
        elif len(shared) >= _VALUES:
            found.append((-len(shared), order.index(past.kind), age, past, ", ".join(shared[:_VALUES])))
    return [f"{words}, like {past.words}" for *_, past, words in sorted(found, key=lambda each: each[:3])[:most]]


def _usable(history: Sequence[PastItem]) -> list[PastItem]:
    """The newest first, without what the shopper dismissed."""
    return [past for past in reversed(history) if past.kind in _DONE][:_LOOKED_AT]


def values_of(product: ProductRecord, name: str) -> tuple[str, ...]:
    """The values of an attribute; the brand counts as one."""
    if name == "brand":
        return (product.brand,) if product.brand else ()
    return product.attributes.get(name, ())


def common(one: ProductRecord, other: ProductRecord, name: str) -> list[str]:
    """The values of an attribute that both have."""
    return [value for value in values_of(one, name) if value in values_of(other, name)]


def _meets(product: ProductRecord, asked: Asked) -> Iterator[str]:
    """Conditions it meets, the most telling first."""
    met = [
        value
        for name, accepted in asked.values.items()
        if name in _TELLING or name not in FIRST_FACETS
        for value in values_of(product, name)
        if value in accepted
    ]
    if met:
        yield f"{_listed(met[:_VALUES])}, as you asked"
    price, limit = product.price_minor, asked.max_price
    if price is not None and limit is not None and (limit - price) * _WORTH_SAYING >= limit > 0:
        yield f"{format_price(limit - price, product.currency)} below your limit"
    if asked.min_rating is not None and product.rating is not None and product.rating >= asked.min_rating:
        yield f"rated {product.rating:.1f}, where you asked for {asked.min_rating:g}"


def _standing_out(products: Sequence[ProductRecord]) -> dict[str, str]:
    """SKU → what only this one of them is: the cheapest, or else the best rated; where not all compare, nobody is."""
    found: dict[str, str] = {}
    one_currency = len({product.currency for product in products}) == 1
    prices = {product.sku: product.price_minor for product in products if product.price_minor is not None}
    stars = {
        product.sku: product.rating
        for product in products
        if product.rating is not None and product.rating_count >= ENOUGH_RATINGS
    }
    if one_currency and len(prices) == len(products) > 1:
        cheapest = [sku for sku, price in prices.items() if price == min(prices.values())]
        found |= {sku: "cheapest of these" for sku in cheapest if len(cheapest) == 1}
    if len(stars) == len(products) > 1:
        best = [sku for sku, mean in stars.items() if mean == max(stars.values())]
        found = {**{sku: "best rated of these" for sku in best if len(best) == 1}, **found}
    return found


def _own_values(product: ProductRecord) -> str:
    """What the row says of it and the title does not."""
    title = product.title.lower()
    names = [name for name in _TELLING if name in product.attributes]
    told = [
        _told(name, value) for name in names for value in product.attributes[name][:1] if value.lower() not in title
    ]
    return ", ".join(told[:_VALUES])


def _told(name: str, value: str) -> str:
    """A value as people put it."""
    return f"for {value}" if name == "use" else value


def _called(product: ProductRecord) -> str:
    """What a product is called in passing: its title up to the first comma, without the brand it may begin with."""
    title = product.title.removeprefix(f"{product.brand} ").strip() or product.title
    head = title.split(",")[0].strip() or title
    if len(head) <= _LONGEST_NAME:
        return head
    cut = head[:_LONGEST_NAME]
    return f"{cut.rpartition(' ')[0] or cut}…"


def _listed(values: Sequence[str]) -> str:
    return " and ".join([", ".join(values[:-1]), values[-1]]) if len(values) > 1 else values[0]


def sentence(words: str) -> str:
    """The words with a capital first letter."""
    return words[:1].upper() + words[1:]


def _minor(limit: Decimal | str | None, currency: str) -> int | None:
    """A limit in minor units; None for ``shown``."""
    return to_minor(limit, currency) if isinstance(limit, Decimal) else None
