"""A request as the desk's form holds it: what was typed and chosen, not yet compared with the catalog."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog_db.database import Database
from catalog_db.shopper_search import FoundShopper, find_with_history
from neo_assistant.ask_options import AskOptions
from neo_assistant.errors import RequestError
from neo_assistant.request import Request
from neo_assistant.shopper_steering import steered_for
from neo_assistant.steering import Format, Task

MOST_LINES = 200
"""Requests of a pasted list."""
_SKUS = re.compile(r"[,;\s]+")


@dataclass(frozen=True)
class RequestForm:
    """What stands in the form; prices are in major units. A number field that is empty may come as 0.

    Attributes:
        text: what the shopper says; for several requests one per line.
        history: SKUs, oldest first, separated by commas, semicolons or white space.
        task, format: by name.
        count: most items in the reply.
        types, brands: any of these.
        attributes: ``colour: blue`` each. Of several values of one attribute any will do.
        min_price, max_price, min_rating: None or 0 for any.
        in_stock: only what can be bought now.
        sql: a predicate over the products table.
    """

    text: str = ""
    history: str = ""
    task: str = Task.CHAT.value
    format: str = Format.MIXED.value
    count: float | None = 3
    types: Sequence[str] = ()
    brands: Sequence[str] = ()
    attributes: Sequence[str] = ()
    min_price: float | None = None
    max_price: float | None = None
    min_rating: float | None = None
    in_stock: bool = False
    sql: str = ""

    def options(self) -> AskOptions:
        """What is asked, checked for form.

        Raises:
            RequestError: a value that is not what its field takes.
        """
        given: dict[str, object] = {
            "text": (self.text or "").strip(),
            "task": self.task,
            "format": self.format,
            "history": [sku for sku in _SKUS.split(self.history or "") if sku],
            "type": list(self.types or ()),
            "brand": list(self.brands or ()),
            "attribute": [_attribute(each) for each in self.attributes or ()],
            "min_price": _decimal(self.min_price),
            "max_price": _decimal(self.max_price),
            "min_rating": self.min_rating or None,
            "count": _whole(self.count) if self.count else None,
            "in_stock": bool(self.in_stock),
            "sql": (self.sql or "").strip() or None,
        }
        return AskOptions().merged({name: value for name, value in given.items() if value not in (None, [])})

    def request(self, database: Database) -> Request:
        """The one request.

        Raises:
            NeoError: as :meth:`AskOptions.to_request`.
        """
        with database.reading() as session:
            return self.options().to_request(session)

    def requests(self, database: Database) -> list[Request]:
        """A request for each line of the text.

        Raises:
            RequestError: there is none, or there are more than ``MOST_LINES``.
            NeoError: as :meth:`AskOptions.to_request`.
        """
        lines = [line.strip() for line in (self.text or "").splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise RequestError(f"these are {len(lines)} requests", f"at most {MOST_LINES} are compared at once")
        options = self.options()
        with database.reading() as session:
            first = options.merged({"text": lines[0] if lines else ""}).to_request(session)
            rest = [options.merged({"text": line}).to_request(session) for line in lines[1:]]
        return [first, *rest]


def example_shoppers(database: Database, part: str) -> list[FoundShopper]:
    """Shoppers with a history whose key holds ``part``; any, if that is empty."""
    with database.reading() as session:
        return find_with_history(session, part)


def history_of(database: Database, shopper: str) -> tuple[str, ...]:
    """SKUs of a shopper's history as a prompt would have it, oldest first; none if they do not want one.

    Raises:
        CatalogError: nobody can be called that.
    """
    with database.reading() as session:
        return steered_for(session, shopper, Request("-")).history


def _attribute(words: str) -> str:
    name, _, value = words.partition(":")
    return f"{name.strip()}={value.strip()}"


def _decimal(price: float | None) -> Decimal | None:
    return Decimal(repr(price)) if price else None


def _whole(count: float) -> int | str:
    return int(count) if count == int(count) else str(count)
