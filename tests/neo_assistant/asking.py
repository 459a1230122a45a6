"""Requests to an assistant over the shop of :mod:`tests.neo_assistant.serving`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from catalog_db.database import Database
from catalog_db.products import save_products
from catalog_db.rows import ProductRow
from neo_assistant.events import Event, Notice
from neo_assistant.messages import ItemPart, Message, WantPart
from neo_assistant.request import Request
from neo_assistant.want import found_words
from tests.neo_assistant.serving import SKUS, make_assistant, random_model, reply, sid_of
from tests.neo_assistant.ui_products import NOW

MUGS = ("P-00", "P-04", "P-08", "P-12", "P-16", "P-20", "P-24")
"""Every fourth product; P-20 has no price, the others cost 500 and 200 more for every number."""


def ask(database: Database, model: Any, request: Request, said: Sequence[Message] = (), **sampling: Any) -> list[Event]:
    return reply(make_assistant(database, model, **sampling), request, said)


def item(number: int) -> ItemPart:
    return ItemPart(sid_of(number), SKUS[number])


def showed(*numbers: int, want: str = "") -> list[Message]:
    """A turn in which these products were shown."""
    answer = [WantPart(want + found_words(len(numbers))), "Here:\n", *map(item, numbers)]
    return [Message.shopper("what do you have?"), Message.assistant(*answer)]


def codes(events: Sequence[Event]) -> list[str]:
    return [event.code for event in events if isinstance(event, Notice)]


class Prompts:
    """An engine that writes nothing and keeps the prompts it was given."""

    def __init__(self) -> None:
        self.prompts: list[list[int]] = []

    def write(self, prompt: list[int], *_: Any) -> Iterator[Event]:
        self.prompts.append(prompt)
        yield from ()


def prompt_of(database: Database, request: Request, said: Sequence[Message] = ()) -> list[int]:
    assistant, engine = make_assistant(database, random_model()), Prompts()
    assistant._engine = engine  # type: ignore[assignment]
    reply(assistant, request, said)
    return engine.prompts[0]


def unplaced(database: Database, *skus: str) -> None:
    """Add products that have no semantic id yet."""
    with database.session() as session:
        save_products(session, [ProductRow(sku=sku, title="A new mug", item_type="kitchen") for sku in skus], NOW)
