"""What a shopper may want next, as chips under a reply: each one a label and a request.

They follow from the reply itself: without items there is nothing to compare, and what costs nothing below it has no
"cheaper". A chip names its conditions in the words of a want span where it can, so that what it promises is kept by the
grammar and not left to be read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from catalog_db.money import minor_per_major
from catalog_db.products import ProductRecord
from neo_assistant.conversation import Turn
from neo_assistant.messages import Role
from neo_assistant.request import MAX_ABOUT, Request
from neo_assistant.steering import Format, Task
from neo_assistant.want import SHOWN, Want

MOST_FOLLOW_UPS = 5
MOST_COMPARED = 4
"""More items than this stand badly beside each other."""
GOOD_RATING = 4


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A chip.

    Attributes:
        label: what is to be read on it; also what the shopper is taken to have said.
        changes: fields of the request that are not as they were in the one before.
    """

    label: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    def request(self, before: Request) -> Request:
        """What it asks for.

        Args:
            before: the request that the reply answered; its filters, types and history hold on.
        """
        fresh: dict[str, Any] = {"task": Task.CHAT, "about": (), "counts": (), "want": None}
        return dataclasses.replace(before, text=self.label, **{**fresh, **self.changes})


def follow_ups(turn: Turn) -> list[FollowUp]:
    """The chips of a reply, the likeliest first; none where nothing was named that is still in the catalog."""
    if turn.message.role is not Role.ASSISTANT:
        return []
    named = dict.fromkeys(item.sku for item in turn.message.items)
    products = [turn.products[sku] for sku in named if sku in turn.products]
    if not products:
        return []
    want = Want.parse(turn.message.want or "")
    left = turn.made_by.get("understood", {}).get("items_left")
    return [*_all(products, want, left)][:MOST_FOLLOW_UPS]


def _all(products: Sequence[ProductRecord], want: Want, items_left: int | None) -> Iterator[FollowUp]:
    if _may_be_cheaper(products, want):
        yield _with("Something cheaper", want, max_price=SHOWN, not_shown=False)
    if not want.in_stock and any(not product.in_stock for product in products):
        yield _with("Only what is in stock", want, in_stock=True, not_shown=False)
    if 2 <= len(products) <= MOST_COMPARED <= MAX_ABOUT:
        skus = tuple(product.sku for product in products)
        yield FollowUp("Compare these", {"task": Task.COMPARE, "about": skus, "format": Format.MIXED, "budget": None})
    if items_left is None or items_left > len(products):
        yield _with("Something else", want, not_shown=True)
    if want.min_rating is None and any(not _well_rated(product) for product in products):
        yield _with("Only well rated ones", want, min_rating=float(GOOD_RATING), not_shown=False)
    first = "More like the first" if len(products) > 1 else "More like this"
    yield FollowUp(first, {"task": Task.SIMILAR, "about": (products[0].sku,)})
    which = "the first" if len(products) > 1 else "it"
    yield FollowUp(f"What goes with {which}?", {"task": Task.GOES_WITH, "about": (products[0].sku,)})


def _with(label: str, want: Want, **changes: Any) -> FollowUp:
    return FollowUp(label, {"want": dataclasses.replace(want, **changes).text()})


def _may_be_cheaper(products: Sequence[ProductRecord], want: Want) -> bool:
    """Whether anything may cost less than the cheapest of them and still meet the lowest price asked for."""
    prices = [product.price_minor for product in products if product.price_minor is not None]
    if not prices or want.min_price == SHOWN:
        return False
    lowest = want.min_price if isinstance(want.min_price, Decimal) else Decimal(0)
    return min(prices) > lowest * minor_per_major(products[0].currency)


def _well_rated(product: ProductRecord) -> bool:
    return product.rating is not None and product.rating >= GOOD_RATING
