"""Stored messages as turns: what was said, the products in it as they are today, and how it came about.

A shopper's turn is stored with the request that it was: words, filters, what it was about. So it can be asked again as
it was made, or with one thing changed. The items it was about stand in the message before the words, as they do in the
prompt (``neo_assistant.turn``), so that later prompts see them.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog_db import conversations
from catalog_db.conversations import StoredMessage
from catalog_db.database import Session
from catalog_db.errors import UnknownProductError
from catalog_db.feedback import StoredFeedback, get_feedback
from catalog_db.products import ProductRecord, get_products, ids_by_sku
from catalog_db.sids import newest_sids
from neo_assistant.errors import RequestError
from neo_assistant.messages import ItemPart, Message, Role
from neo_assistant.request import Request
from neo_assistant.sids import Sid

_REQUEST = "request"
"""Where a shopper's stored message has its request, in ``made_by``."""
_SHOWN_TO_ALL = ("understood", "notices", "total")
"""Of what is noted beside a reply, what the page shows with it; the rest is for the shop."""
_UNKNOWN_TIME = dt.datetime.fromtimestamp(0, dt.UTC)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Turn:
    """A stored message with what is needed to show it again.

    Attributes:
        message: the message as the model sees it.
        products: the products it names or is about, by SKU; one that the catalog no longer holds is missing.
        made_by: what :meth:`ReplyRecord.made_by` wrote; empty for a shopper's turn.
        id: by which :class:`ConversationService` knows it; 0 where that is nobody's business (a shared conversation).
        position: its place in the conversation, from 0.
        at: when it was said.
        feedback: what the shopper thinks of a reply.
        request: a shopper's turn as it was made; None for a reply, and for turns stored before requests were.
    """

    message: Message
    products: Mapping[str, ProductRecord] = field(default_factory=dict)
    made_by: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    position: int = 0
    at: dt.datetime = _UNKNOWN_TIME
    feedback: StoredFeedback | None = None
    request: Request | None = None


def read_turns(session: Session, conversation_id: str) -> list[Turn]:
    """Everything said so far, oldest first.

    Raises:
        UnknownConversationError: there is no such conversation.
    """
    stored = conversations.get_messages(session, conversation_id)
    feedback = get_feedback(session, conversation_id)
    read = [(row, message_of(row), _request_or_none(row)) for row in stored]
    products = _products(session, {sku for _, message, request in read for sku in _skus(message, request)})
    return [
        Turn(
            message,
            {sku: products[sku] for sku in _skus(message, request) if sku in products},
            {name: value for name, value in row.made_by.items() if name != _REQUEST},
            row.id,
            row.position,
            row.created_at,
            feedback.get(row.id),
            request,
        )
        for row, message, request in read
    ]


def for_everybody(turn: Turn) -> Turn:
    """The turn as whoever has a link to the conversation may see it: what stood on the page, and nothing about it."""
    made_by = {name: turn.made_by[name] for name in _SHOWN_TO_ALL if name in turn.made_by}
    return Turn(turn.message, turn.products, made_by, position=turn.position, at=turn.at)


def message_of(row: StoredMessage) -> Message:
    """A stored message as the model sees it."""
    return Message.from_dict({"role": row.role, "parts": row.parts})


def request_of(row: StoredMessage) -> Request:
    """A shopper's turn as it was made; one that was stored without its request is its words alone.

    Raises:
        RequestError: it was made by a version of the shop that took other requests, or it has no words.
    """
    if _REQUEST not in row.made_by:
        return Request(message_of(row).text)
    try:
        return Request.from_dict(row.made_by[_REQUEST])
    except RequestError as error:
        raise RequestError(f"this cannot be asked again: {error.message}", "say it in new words") from error


def spoken(session: Session, request: Request, earlier: Sequence[Message]) -> Message:
    """The shopper's message of a request, as its prompt will show it.

    An item gets the semantic id under which this conversation named it, or else that of the newest codebooks. Prompts
    look it up anew; one that has none yet is left out, as it is in the prompt.

    Raises:
        UnknownProductError: the request is about something that the catalog does not hold.
    """
    known = ids_by_sku(session, request.about)
    if unknown := [sku for sku in request.about if sku not in known]:
        raise UnknownProductError(f"the catalog holds no product with SKU {unknown[0]!r}")
    sids = {sku: Sid(*found) for sku, found in (newest_sids(session, request.about) or {}).items()}
    sids |= {item.sku: item.sid for message in earlier for item in message.items}
    items = [ItemPart(sids[sku], sku) for sku in request.about if sku in sids]
    return Message.shopper(*items, f" {request.text}" if items else request.text)


def beside_words(request: Request) -> dict[str, Any]:
    """What is stored beside a shopper's message."""
    return {_REQUEST: request.to_dict()}


def forget_histories(session: Session, conversation_id: str) -> None:
    """Take the histories out of the requests of a conversation; one that was nothing else cannot be asked again.

    Raises:
        UnknownConversationError: there is no such conversation.
    """
    for row in conversations.get_messages(session, conversation_id):
        request = dict(row.made_by.get(_REQUEST, {}))
        if request.pop("history", None):
            is_something = bool(request["text"].strip() or request.get("about"))
            conversations.replace_made_by(session, row.id, {_REQUEST: request} if is_something else {})


def answered(messages: Sequence[Message]) -> list[Message]:
    """The turns that were answered, with their answers: what the model is shown of the past.

    A turn whose reply failed before it said anything would read as if the shopper had spoken twice.
    """
    pairs = itertools.pairwise(messages)
    return [
        message
        for asked, reply in pairs
        if asked.role is Role.SHOPPER and reply.role is Role.ASSISTANT and reply.parts
        for message in (asked, reply)
    ]


def _request_or_none(row: StoredMessage) -> Request | None:
    if _REQUEST not in row.made_by:
        return None
    try:
        return request_of(row)
    except RequestError as error:
        # Its words can still be read, and the conversation go on.
        _log.warning("message %d: %s", row.id, error)
        return None


def _skus(message: Message, request: Request | None) -> list[str]:
    about = request.about if request is not None else ()
    return list(dict.fromkeys((*about, *(item.sku for item in message.items))))


def _products(session: Session, skus: set[str]) -> dict[str, ProductRecord]:
    ids = ids_by_sku(session, skus)
    return {product.sku: product for product in get_products(session, sorted(ids.values()))}
