"""A replier without a model, for demonstrations (``NEO_ENGINE=scripted``) and for tests.

It plays the events it was given, or else names a few real products of the catalog that meet the request's conditions.
It understands nothing: it is a stand-in for the model's events, not a small search engine.
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence

from catalog_db.database import Database
from catalog_db.eligibility import eligible_product_ids
from catalog_db.products import ProductRecord, get_products
from neo_assistant.events import Done, Event, ItemFound, Notice, TextDelta, Timings, WantFound
from neo_assistant.messages import Message
from neo_assistant.request import Format, Request
from neo_assistant.sids import Sid

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

    def reply(self, messages: Sequence[Message], request: Request, stop: threading.Event) -> Iterator[Event]:
        """As :meth:`Replier.reply`."""
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
        products = self._choose(messages, request)
        if phrases := request.conditions.describe():
            yield WantFound("", tuple(phrases), len(products))
        if not products:
            yield Notice("nothing-matches", "Nothing in the shop meets these conditions.")
        elif request.format is not Format.IDS:
            yield from (TextDelta(word) for word in _WORDS)
        if request.format is not Format.TEXT:
            for number, product in enumerate(products):
                yield ItemFound(sid_of(product), product, -float(number))
        yield Done(Timings(tokens=len(products)), made_by={"engine": "scripted"})

    def _choose(self, messages: Sequence[Message], request: Request) -> list[ProductRecord]:
        """Products that share the most words with the request; those already named come last."""
        words = set(request.text.lower().split())
        named = {item.sku for message in messages for item in message.items}
        with self._database.reading() as session:
            ids = eligible_product_ids(session, request.conditions)
            products = get_products(session, list(itertools.islice(ids, 500)))
        allowed = [
            product
            for product in products
            if product.sku not in request.dismissed and (not request.types or product.item_type in request.types)
        ]
        rank = {p.sku: (p.sku in named, -len(words & set(p.title.lower().split())), p.id) for p in allowed}
        return sorted(allowed, key=lambda product: rank[product.sku])[: request.count]


def sid_of(product: ProductRecord) -> Sid:
    """A stand-in for the product's semantic id; without codebooks there is no real one."""
    return Sid(product.item_type, (product.id,))
