"""Recommendations and conversations for programs: plain JSON values in, plain JSON values out.

What comes in is held against :mod:`neo_assistant.api_types` and then against the catalog, and refused with an error
that names the field; nothing here raises on account of what a caller sends. docs/api.md describes both directions.
"""

from __future__ import annotations

import contextlib
import logging
import math
import re
import threading
import time
from collections.abc import Callable, Generator, Iterator
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from catalog_db.conditions import Conditions
from catalog_db.database import Database, Session
from catalog_db.errors import NeoError
from catalog_db.known_values import check_against
from catalog_db.money import minor_per_major
from catalog_db.overview import shop_overview
from catalog_db.products import by_sku
from neo_assistant.answer import answer_object
from neo_assistant.api_types import ChatRequest, Options, RecommendRequest, StoredConditions
from neo_assistant.ask_options import check_sort, minor_price, minor_total
from neo_assistant.conversation import ConversationService
from neo_assistant.errors import RequestError
from neo_assistant.render import ReplyObject
from neo_assistant.request import Replier, Request
from neo_assistant.want import Want

MOST_UPDATES_PER_SECOND = 12
"""Growing replies are sent no more often than this."""
_LONGEST_SAID = 300
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

_Sent = TypeVar("_Sent", bound=BaseModel)
_log = logging.getLogger(__name__)


class RefusedError(RequestError):
    """A request that is not taken; ``field`` says where it is wrong, None if in no single place."""

    def __init__(self, message: str, hint: str = "", field: str | None = None) -> None:
        super().__init__(message, hint)
        self.field = field


class Programs:
    """What programs may ask of a shop. Safe to share between threads.

    Args:
        database: the shop's.
        replier: writes the replies.
        conversations: who said what.
        items_per_reply: unless a request says how many.
    """

    def __init__(
        self, database: Database, replier: Replier, conversations: ConversationService, items_per_reply: int
    ) -> None:
        self._database = database
        self._replier = replier
        self._conversations = conversations
        self._items_per_reply = items_per_reply

    def recommend(self, request: object) -> dict[str, Any]:
        """Answer a request that knows of no other.

        Args:
            request: JSON values of an :class:`~neo_assistant.api_types.RecommendRequest`.

        Returns:
            JSON values of an :class:`~neo_assistant.api_types.Answer` or a :class:`~neo_assistant.api_types.Failure`.
        """
        return _guarded(lambda: self._recommend(request))

    def chat(self, message: object, conversation_id: object = None, options: object = None) -> dict[str, Any]:
        """Answer a turn of a conversation.

        Args:
            message, conversation_id, options: JSON values of a :class:`~neo_assistant.api_types.ChatRequest`.

        Returns:
            JSON values of a :class:`~neo_assistant.api_types.ChatAnswer` or a
            :class:`~neo_assistant.api_types.Failure`.
        """
        *_, answer = self.chat_stream(message, conversation_id, options, updates_per_second=0)
        return answer

    def chat_stream(
        self,
        message: object,
        conversation_id: object = None,
        options: object = None,
        updates_per_second: float = MOST_UPDATES_PER_SECOND,
        clock: Callable[[], float] = time.monotonic,
    ) -> Generator[dict[str, Any], None, None]:
        """As :meth:`chat`, with the reply as it grows; the last value is the whole reply, or a failure.

        A caller who closes the generator ends the reply, which stays in the conversation as far as it came.

        Args:
            message, conversation_id, options: as for :meth:`chat`.
            updates_per_second: at most so many values beside the last; 0 gives the last alone.
            clock: seconds.
        """
        opened: dict[str, str] = {}
        reply: ReplyObject | None = None
        last_sent = -math.inf  # the first value tells the conversation's id
        try:
            with contextlib.closing(self._chat(message, conversation_id, options, opened)) as replies:
                for reply in replies:
                    due = bool(updates_per_second) and clock() - last_sent >= 1 / updates_per_second
                    if due and reply.done is None:
                        last_sent = clock()
                        yield {**opened, **answer_object(reply)}
            # Only now it is stored, so that whoever has the answer can go on with the conversation.
            assert reply is not None
            yield {**opened, **answer_object(reply)}
        except NeoError as error:
            yield {**failure(error), **opened}
        except Exception:  # noqa: BLE001 - the caller gets it as a value, the log has the traceback
            _log.exception("a reply to a program failed")
            yield {**failure(_OUR_FAULT), **opened}

    def _recommend(self, sent: object) -> dict[str, Any]:
        asked = _read(RecommendRequest, sent, "request")
        with self._database.reading() as session:
            request = self._request(session, asked.text, asked)
        reply = ReplyObject(request)
        for event in self._replier.reply([], request, threading.Event()):
            reply.add(event)
        return answer_object(reply)

    def _chat(
        self, message: object, conversation_id: object, options: object, opened: dict[str, str]
    ) -> Generator[ReplyObject, None, None]:
        """The reply before the first event and after each; ``opened`` gets the conversation's id before that."""
        sent = {"message": message, "conversation_id": conversation_id, "options": options}
        asked = _read(ChatRequest, sent, "turn")
        known = asked.conversation_id
        # Nobody in particular asks: a conversation of a shopper is answered for like one that never was.
        if known is not None and not self._conversations.resume(known, None):
            raise RefusedError("there is no such conversation", "leave the id out to begin one", "conversation_id")
        with self._database.reading() as session, _blaming_within("options"):
            request = self._request(session, asked.message, asked.options or Options())
        opened["conversation_id"] = known or self._conversations.start()
        reply = ReplyObject(request)
        yield reply
        with contextlib.closing(self._conversations.say(opened["conversation_id"], request)) as events:
            for event in events:
                reply.add(event)
                yield reply

    def _request(self, session: Session, text: str, options: Options) -> Request:
        """The request, once everything it names has been found in the catalog.

        Raises:
            NeoError: as :class:`RefusedError` where a single field is to blame.
        """
        overview = shop_overview(session)
        for field in ("history", "about"):
            with _blaming(field):
                by_sku(session, getattr(options, field))
        for name in options.counts:
            with _blaming("counts"):
                check_sort(session, name)
        if options.want is not None:
            with _blaming("want"):
                want = Want.parse(options.want)
                check_against(session, want.conditions(minor_per_major=minor_per_major(overview.currency)))
        with _blaming("budget"):
            budget = minor_total(_decimal(options.budget), overview.currency)
        conditions = _conditions(session, options, overview.currency)
        return Request(
            text,
            history=tuple(options.history),
            task=options.task,
            types=tuple(options.types),
            format=options.format,
            count=self._items_per_reply if options.count is None else options.count,
            conditions=conditions,
            dismissed=tuple(options.dismissed),
            counts=tuple(options.counts.items()),
            about=tuple(options.about),
            budget=budget,
            want=options.want,
        )


def failure(error: NeoError) -> dict[str, Any]:
    """An error as JSON values; see :class:`neo_assistant.api_types.Failure`."""
    field = error.field if isinstance(error, RefusedError) else None
    said = {"message": _spoken(error.message), "hint": _spoken(error.hint)}
    return {"error": {**said, "field": None if field is None else _spoken(field)}}


def _guarded(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return answer()
    except NeoError as error:
        return failure(error)
    except Exception:  # noqa: BLE001 - the caller gets it as a value, the log has the traceback
        _log.exception("a reply to a program failed")
        return failure(_OUR_FAULT)


def _conditions(session: Session, options: Options, currency: str) -> Conditions:
    """What every product must meet; the item types are checked and left to the request's own field."""
    makers: dict[str, Callable[[], Conditions]] = {
        "types": lambda: Conditions(item_types=frozenset(options.types)),
        "brands": lambda: Conditions(brands=frozenset(options.brands)),
        "attributes": lambda: Conditions(attributes=_attributes(options.attributes)),
        "min_price": lambda: Conditions(min_price=minor_price(_decimal(options.min_price), currency)),
        "max_price": lambda: Conditions(max_price=minor_price(_decimal(options.max_price), currency)),
        "min_rating": lambda: Conditions(min_rating=options.min_rating),
        "in_stock": lambda: Conditions(in_stock=options.in_stock),
        "conditions": lambda: _stored(options.conditions),
    }
    joined, types = Conditions(), Conditions()
    for field, make in makers.items():
        with _blaming(field):
            conditions = make()
            check_against(session, conditions)
            joined.both(types).both(conditions).check_consistent(currency)
        if field == "types":
            types = conditions
        else:
            joined = joined.both(conditions)
    return joined


def _stored(conditions: StoredConditions | None) -> Conditions:
    if conditions is None:
        return Conditions()
    values = conditions.model_dump(exclude_defaults=True)
    return Conditions.from_dict(values)


def _attributes(attributes: dict[str, list[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, tuple(values)) for name, values in attributes.items())


def _decimal(amount: float | None) -> Decimal | None:
    return None if amount is None else Decimal(str(amount))


@contextlib.contextmanager
def _blaming(field: str) -> Iterator[None]:
    """Errors of the block are about a field."""
    try:
        yield
    except NeoError as error:
        raise RefusedError(error.message, error.hint, field) from error


@contextlib.contextmanager
def _blaming_within(place: str) -> Iterator[None]:
    """Fields that errors of the block are about stand in a field."""
    try:
        yield
    except RefusedError as error:
        raise RefusedError(error.message, error.hint, f"{place}.{error.field}") from error


def _read(model: type[_Sent], sent: object, what: str) -> _Sent:
    """What was sent, checked.

    Raises:
        RefusedError: for the first thing that is wrong with it.
    """
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = [str(part) for part in first["loc"] if part != "[key]"]
    field, name = ".".join(path) or None, path[-1] if path else what
    match first["type"]:
        case "extra_forbidden" if name == "sql":
            raise RefusedError("SQL conditions are the shop's own", "state it with the other conditions", field)
        case "extra_forbidden":
            raise RefusedError(f"{name!r} is not part of a {what}", "docs/api.md lists the parts", field)
        case "missing":
            raise RefusedError(f"{name} is missing", "docs/api.md lists the parts", field)
        case "model_type" | "model_attributes_type":
            raise RefusedError(f"{name} is not an object of names and values", "docs/api.md lists the parts", field)
        case "string_unicode":
            raise RefusedError(f"{name} holds half a surrogate pair, which cannot be stored", "leave it out", field)
    reason = first["msg"].removeprefix("Value error, ").removeprefix("Input ").replace("String should", "should")
    raise RefusedError(f"{name} {reason}", "", field)


def _spoken(text: str) -> str:
    """A text that may quote what was sent, as any program can read it."""
    return _UNSPEAKABLE.sub("\ufffd", text)[:_LONGEST_SAID]


_OUR_FAULT = NeoError("something went wrong on the shop's side", "try again")
