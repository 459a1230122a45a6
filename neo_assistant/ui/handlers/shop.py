"""What every handler works with, and what it answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from catalog_db.database import Database
from catalog_db.errors import UnknownProductError
from catalog_db.models import EventKind
from catalog_db.products import ProductRecord, by_sku, get_products, ids_by_sku
from neo_assistant.conversation import ConversationService
from neo_assistant.request import Replier, Request, unstorable
from neo_assistant.shopper_account import ShopperAccount
from neo_assistant.ui.handlers.told import Offer
from neo_assistant.ui.identity import Identities
from neo_assistant.ui.reasons import PastItem
from neo_assistant.ui.session import ChatSession

Part = Literal["chat", "lists", "compare", "choices", "earlier"]
"""What of the page is to be drawn anew: conversation, lists beside it, comparison, filters and steering, earlier
conversations."""

_LONGEST_SKU = 200


@dataclass(frozen=True)
class Outcome:
    """What an action did.

    Attributes:
        said: one sentence for the live region.
        refused: whether it was not done.
        parts: what is to be drawn anew.
        box: words to put into the box; None leaves it as it is.
        focus: CSS selector of what is to have the focus next; empty leaves it where it is.
        sent: words that were taken out of the box, which is emptied if they are still what stands in it: on a slow
            network the next ones may be there already.
    """

    said: str = ""
    refused: bool = False
    parts: frozenset[Part] = frozenset()
    box: str | None = None
    focus: str = ""
    sent: str = ""

    def with_parts(self, parts: Collection[Part]) -> Outcome:
        """The same, with more to be drawn anew."""
        return replace(self, parts=self.parts | frozenset(parts))


def done(said: str, *parts: Part, box: str | None = None, focus: str = "") -> Outcome:
    """An outcome of something that was done."""
    return Outcome(said, False, frozenset(parts), box, focus)


def refused(said: str) -> Outcome:
    """An outcome of something that was not done."""
    return Outcome(said, refused=True)


@dataclass(frozen=True)
class Shop:
    """The services behind the page; shared by all sessions.

    Args:
        database: the shop's.
        conversations: who said what.
        account: what a shopper does beside talking.
        replier: for the words of conditions.
        identities: who a browser is.
        items_per_reply: unless the shopper says how many.
        offer: what the page's fields offer, and the currency of the shop's prices.
    """

    database: Database
    conversations: ConversationService
    account: ShopperAccount
    replier: Replier
    identities: Identities
    items_per_reply: int
    offer: Offer

    def product(self, sku: str) -> ProductRecord:
        """The product of a SKU that comes from outside.

        Raises:
            UnknownProductError: the catalog holds no such product.
        """
        if len(sku) > _LONGEST_SKU or unstorable(sku):
            raise UnknownProductError("the shop has no such product", "load the page again")
        with self.database.reading() as session:
            return by_sku(session, [sku])[0]

    def products(self, skus: Sequence[str]) -> list[ProductRecord]:
        """Those of some products that the catalog holds, in the order of ``skus``."""
        with self.database.reading() as session:
            ids = ids_by_sku(session, [sku for sku in skus if not unstorable(sku)])
            found = {product.sku: product for product in get_products(session, sorted(ids.values()))}
        return [found[sku] for sku in skus if sku in found]

    def usable_past(self, shopper: str) -> list[PastItem]:
        """What the shopper did, oldest first, if they let the shop use it."""
        return self.past(shopper) if shopper and self.account.settings(shopper).history else []

    def past(self, shopper: str) -> list[PastItem]:
        """What the shopper did, oldest first, whether it may be used or not."""
        return [PastItem(entry.product, entry.kind) for entry in reversed(self.account.history(shopper))]

    def liked(self, shopper: str) -> tuple[str, ...]:
        """SKUs of a history that a request may name: what the shopper looked at, put into the cart or bought."""
        past = (entry for entry in self.usable_past(shopper) if entry.kind is not EventKind.DISMISSED)
        return tuple(dict.fromkeys(entry.product.sku for entry in past))

    def request(self, session: ChatSession, text: str, **changes: object) -> Request:
        """The shopper's words with what steers the reply beside them.

        Raises:
            RequestError: it cannot be asked for.
        """
        steered = session.steered
        values = {
            "task": steered.task,
            "types": steered.types,
            "format": steered.format,
            "count": steered.count or self.items_per_reply,
            "conditions": session.filters,
            **changes,
        }
        return Request(text, **values)  # type: ignore[arg-type]
