"""The events of a reply as a JSON object and as text in a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TextIO

from catalog_db.money import minor_per_major
from catalog_db.products import ProductRecord
from neo_assistant.events import Done, Event, ItemFound, Notice, TextDelta, Timings, Total, WantFound
from neo_assistant.request import Request
from neo_assistant.waking import WAKING_UP
from neo_assistant.wording import availability, price_text, total_text

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class ReplyObject:
    """A reply as JSON values, complete or as far as it has come.

    Args:
        request: what is answered.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._reply: list[dict[str, Any]] = []
        self._want: dict[str, Any] = {}
        self.items: list[ItemFound] = []
        self.notices: list[Notice] = []
        self.done: Done | None = None

    def add(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case WantFound():
                self._want = {"span": event.want, "phrases": list(event.phrases), "items_left": event.items_left}
            case TextDelta() if self._reply and self._reply[-1]["type"] == "text":
                self._reply[-1]["text"] += event.text
            case TextDelta():
                self._reply.append({"type": "text", "text": event.text})
            case ItemFound():
                self.items.append(event)
                self._reply.append(_item_object(event))
            case Notice():
                self.notices.append(event)
            case Done():
                self.done = event

    def to_dict(self) -> dict[str, Any]:
        """Values that later events do not change.

        Returns:
            ``reply`` (text and item parts in order), ``want`` (``span``, ``phrases`` and ``items_left``; empty if no
            condition was read), ``notices`` (:meth:`neo_assistant.events.Notice.to_dict`), ``total`` (what the items
            cost together, in major units; null without a budget), ``task``, ``format``, and ``timings`` in
            milliseconds.
        """
        timings, total = (Timings(), None) if self.done is None else (self.done.timings, self.done.total)
        names = ("first_token_ms", "total_ms", "tokens", "constraint_ms")
        measured = timings.to_dict()
        return {
            "reply": [dict(part) for part in self._reply],
            "want": dict(self._want),
            "notices": [notice.to_dict() for notice in self.notices],
            "total": None if total is None else in_major(total.minor, total.currency),
            "task": self._request.task.value,
            "format": self._request.format.value,
            "timings": {name: measured[name] for name in names},
        }


def reply_object(events: Iterable[Event], request: Request, notices: TextIO) -> dict[str, Any]:
    """The whole reply as :meth:`ReplyObject.to_dict` has it; what the shop itself has to say also goes to ``notices``,
    a line each.
    """
    reply = ReplyObject(request)
    for event in events:
        reply.add(event)
        if isinstance(event, Notice):
            _write_notice(event, notices)
    return reply.to_dict()


def write_reply(events: Iterable[Event], out: TextIO, notices: TextIO) -> None:
    """Write a reply as it comes: words as they are, every item on a line of its own."""
    at_line_start = True
    for event in events:
        match event:
            case WantFound() if event.phrases:
                count = f"{event.items_left:,} {'item' if event.items_left == 1 else 'items'}"
                out.write(f"[{printable(', '.join(event.phrases))}: {count}]\n")
            case TextDelta():
                text = printable(event.text)
                text = text.lstrip(" ") if at_line_start else text
                out.write(text)
                at_line_start = text.endswith("\n") if text else at_line_start
            case ItemFound():
                out.write(f"{'' if at_line_start else chr(10)}  • {item_line(event.product)}\n")
                at_line_start = True
            case Notice():
                out.write("" if at_line_start else "\n")
                at_line_start = True
                out.flush()
                _write_notice(event, notices)
            case Done(total=Total() as total):
                out.write(f"{'' if at_line_start else chr(10)}{total_text(total)}\n")
                at_line_start = True
        out.flush()
    if not at_line_start:
        out.write("\n")
        out.flush()


def item_line(product: ProductRecord) -> str:
    """A product in one line: title, brand, price, rating, stock, SKU."""
    facts = [product.title, product.brand or "", price_text(product)]
    if product.rating is not None:
        facts.append(f"{product.rating:.1f}★ ({product.rating_count:,})")
    facts += [availability(product), product.sku]
    return printable(" ".join(" · ".join(fact for fact in facts if fact).split()))


def printable(text: str) -> str:
    """``text`` without control characters: a product title cannot move the cursor or colour the terminal."""
    return _CONTROLS.sub("\ufffd", text)


def _item_object(event: ItemFound) -> dict[str, Any]:
    product = event.product
    return {
        "type": "item",
        "sku": product.sku,
        "title": product.title,
        "price": _major(product),
        "item_type": product.item_type,
        "sid": str(event.sid),
    }


def _major(product: ProductRecord) -> float | None:
    """The price in major units of its currency."""
    if product.price_minor is None:
        return None
    return in_major(product.price_minor, product.currency)


def in_major(minor: int, currency: str) -> float:
    """An amount in major units of its currency."""
    return float(Decimal(minor) / minor_per_major(currency))


def _write_notice(notice: Notice, notices: TextIO) -> None:
    if notice.code != WAKING_UP:
        notices.write(f"notice: {printable(notice.text)}\n")
        notices.flush()
