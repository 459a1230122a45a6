"""What a shopper's own history and lists add to their requests, as far as they let the shop use them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from catalog_db.database import Session
from catalog_db.models import EventKind
from catalog_db.products import skus_by_id
from catalog_db.shopper_lists import ShopperList, listed_skus
from catalog_db.shopper_settings import get_settings, usable_history
from catalog_db.sids import newest_sids
from neo_assistant.errors import RequestError
from neo_assistant.request import Request
from neo_assistant.steering import MAX_HISTORY, Task

INTEREST = (EventKind.VIEWED, EventKind.CARTED, EventKind.BOUGHT)
"""Events that tell what somebody likes; the histories that the model was trained on are made of these."""
_LATEST = 200
"""Events that are looked at for a prompt's history, which shows :data:`MAX_HISTORY` products."""


def steered_for(session: Session, shopper: str, request: Request) -> Request:
    """A request with what the shop may add of this shopper: their history, if it names none, and what they dismissed.

    Where the shopper has switched the history off, one that the request names is left out, too: it may be a copy, such
    as that of an earlier turn which is asked again.

    Raises:
        RequestError: it is for a taste profile, and the shopper wants none, or has no history to make it of; or it is
            for nothing but a history, which is switched off.
    """
    settings = get_settings(session, shopper)
    if request.task is Task.PROFILE and not settings.taste:
        raise RequestError("your taste profile is switched off", "switch it on to have one")
    if request.history and not settings.history:
        if not request.text.strip() and not request.about:
            raise RequestError("your history is switched off", "switch it on, or say what you need")
        request = dataclasses.replace(request, history=())
    dismissed = tuple(dict.fromkeys((*request.dismissed, *listed_skus(session, shopper, ShopperList.DISMISSED))))
    history = request.history or _usable_skus(session, shopper, dismissed)
    if request.task is Task.PROFILE and not history:
        raise RequestError("there is no history to read a taste from", "look at a few things first")
    return dataclasses.replace(request, history=history, dismissed=dismissed)


def _usable_skus(session: Session, shopper: str, dismissed: Collection[str]) -> tuple[str, ...]:
    """The history of a prompt, as training examples have it: each product once, where it first came, oldest first.

    A product without a semantic id is left out: nobody asked for it, so nobody has to be told that it cannot be used.
    """
    events = usable_history(session, shopper, limit=_LATEST, kinds=INTEREST)
    ids = list(dict.fromkeys(event.product_id for event in events))
    names = skus_by_id(session, ids)
    skus = [names[product_id] for product_id in ids if names[product_id] not in dismissed]
    placed = newest_sids(session, skus)
    return tuple(sku for sku in skus if placed is None or sku in placed)[-MAX_HISTORY:]
