"""A replier without a model, for demonstrations (``NEO_ENGINE=scripted``) and for tests.

It plays the events it was given, or else names a few real products of the catalog that meet the request's conditions.
It understands nothing but limits and stock in so many words ("under $20"): it is a stand-in for the model's events, not
a small search engine.
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from decimal import Decimal

from catalog_db.database import Database, Session
from catalog_db.eligibility import eligible_product_ids
from catalog_db.errors import ConditionError
from catalog_db.known_values import check_against
from catalog_db.money import minor_per_major
from catalog_db.overview import shop_overview
from catalog_db.products import ProductRecord, get_products, ids_by_sku
from catalog_db.rules import StoredRule
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, ItemFound, Notice, TextDelta, Timings, WantFound
from neo_assistant.grammar.stated import stated_in
from neo_assistant.messages import Message
from neo_assistant.request import Format, Request
from neo_assistant.sids import Sid
from neo_assistant.want import Want, found_words
from neo_assistant.want_phrases import want_phrases

_WORDS = re.findall(r"\S+\s*", "A scripted reply has no model behind it. It names a few things from the shop: ")


class ScriptedReplier:
    """Plays replies, one event every ``pause`` seconds."""

    def __init__(self, database: Database, pause: float = 0.0) -> None:
        self._database = database
        self._pause = pause
        self._scripts: deque[tuple[Event | Exception, ...]] = deque()
        self.requests: list[tuple[tuple[Message, ...], Request]] = []
        """What was asked, oldest first."""

    def enqueue(self, *script: Event | Exception) -> None:
        """The next reply that has no script yet is exactly this; an exception in it is raised there."""
        self._scripts.append(script)

    def reply(
        self,
        messages: Sequence[Message],
        request: Request,
        stop: threading.Event,
        rules: Sequence[StoredRule] | None = None,
    ) -> Iterator[Event]:
        """As :meth:`Replier.reply`; the merchandiser's rules change nothing."""
        self.requests.append((tuple(messages), request))
        started = time.perf_counter()
        script = self._scripts.popleft() if self._scripts else self._canned(messages, request)
        for event in script:
            if self._pause:
                stop.wait(self._pause)
            if stop.is_set():
                total_ms = (time.perf_counter() - started) * 1000
                yield Done(Timings(total_ms=total_ms), stopped=True, made_by={"engine": "scripted"})
                return
            if isinstance(event, Exception):
                raise event
            yield event

    def _canned(self, messages: Sequence[Message], request: Request) -> Iterator[Event]:
        want = _stated(request.text) if request.want is None else Want.parse(request.want)
        with self._database.reading() as session:
            currency = shop_overview(session).currency
            eligible = _eligible(session, messages, request, want, currency)
        if request.want is not None or (want.words() and request.format is not Format.TEXT):
            phrases = want_phrases(want, currency)
            yield WantFound(want.text() + found_words(len(eligible)), phrases, len(eligible))
        if not eligible:
            yield Notice("nothing-matches", "Nothing in the shop meets these conditions.", "")
        elif request.format is not Format.IDS:
            yield from (TextDelta(word) for word in _WORDS)
        chosen = _closest(eligible, messages, request)
        if request.format is not Format.TEXT:
            for number, product in enumerate(chosen):
                yield ItemFound(sid_of(product), product, -float(number))
        yield Done(Timings(tokens=len(chosen)), made_by={"engine": "scripted"})


def _stated(text: str) -> Want:
    stated = stated_in(text)
    highest, lowest = (None if limit is None else Decimal(limit) for limit in (stated.at_most, stated.at_least))
    return Want(max_price=highest, min_price=lowest, in_stock=stated.in_stock)


def _eligible(
    session: Session, messages: Sequence[Message], request: Request, want: Want, currency: str
) -> list[ProductRecord]:
    """Some hundred products that meet the request's conditions and the want's."""
    named = [[item.sku for item in message.items] for message in messages if message.items]
    last_shown = get_products(session, sorted(ids_by_sku(session, named[-1] if named else ()).values()))
    prices = [product.price_minor for product in last_shown if product.price_minor is not None]
    read = want.conditions(prices, minor_per_major(currency))
    if request.want is not None:
        try:
            check_against(session, read)
        except ConditionError as error:
            raise RequestError(error.message, error.hint) from error
    ids = eligible_product_ids(session, request.conditions.both(read))
    hidden = {*request.dismissed, *(sku for skus in named for sku in skus if want.not_shown)}
    return [
        product
        for product in get_products(session, list(itertools.islice(ids, 500)))
        if product.sku not in hidden and (not request.types or product.item_type in request.types)
    ]


def _closest(products: Sequence[ProductRecord], messages: Sequence[Message], request: Request) -> list[ProductRecord]:
    """Products that share the most words with the request; those already named come last."""
    words = set(request.text.lower().split())
    named = {item.sku for message in messages for item in message.items}
    rank = {p.sku: (p.sku in named, -len(words & set(p.title.lower().split())), p.id) for p in products}
    return sorted(products, key=lambda product: rank[product.sku])[: request.count]


def sid_of(product: ProductRecord) -> Sid:
    """A stand-in for the product's semantic id; without codebooks there is no real one."""
    return Sid(product.item_type, (product.id,))
