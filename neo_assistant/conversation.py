"""Conversations as the server keeps them: who said what, and which reply is being written.

Whatever a browser, a script or another service sends, only what is stored here counts as the history of a
conversation. Ids from outside are checked, and there is one reply at a time per conversation; any number of
conversations run side by side.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import itertools
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog_db import conversations
from catalog_db.database import Database
from catalog_db.products import ProductRecord, by_sku, get_products, ids_by_sku
from neo_assistant.errors import RequestError
from neo_assistant.events import Event
from neo_assistant.messages import Message, Role
from neo_assistant.reply_record import ReplyRecord
from neo_assistant.request import Replier, Request


@dataclass(frozen=True)
class Turn:
    """A stored message with what is needed to show it again.

    Attributes:
        message: the message as the model sees it.
        products: the products it names, by SKU; one that the catalog no longer holds is missing.
        made_by: what :meth:`ReplyRecord.made_by` wrote; empty for a shopper's turn.
    """

    message: Message
    products: Mapping[str, ProductRecord] = field(default_factory=dict)
    made_by: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Run:
    """A reply that is being written; ``discarded``, which ``guard`` protects, says that it must not be stored."""

    stop: threading.Event
    guard: threading.Lock = field(default_factory=threading.Lock)
    discarded: bool = False


class ConversationService:
    """The conversations of one database, answered by one replier. Safe to share between threads.

    Which replies are under way and what was dismissed is known to this process only: behind a load balancer, a shopper
    has to stay with one process.
    """

    def __init__(
        self,
        database: Database,
        replier: Replier,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._database = database
        self._replier = replier
        self._clock = clock
        self._guard = threading.Lock()
        self._running: dict[str, _Run] = {}
        self._dismissed: dict[str, list[str]] = {}

    def start(self) -> str:
        """Begin a conversation and return its id, a random UUID."""
        with self._database.session() as session:
            return conversations.start_conversation(session, self._clock())

    def say(
        self, conversation_id: str, request: Request, stop: threading.Event | None = None
    ) -> Generator[Event, None, None]:
        """Answer a shopper's turn, event by event.

        The shopper's words are stored before the first event. What was shown of the reply is stored when it ends,
        however it ends: complete, stopped, failed, or because the caller closed this generator. An item is stored whole
        or not at all.

        Args:
            conversation_id: from :meth:`start`.
            request: the words and what steers the reply; what the shopper has dismissed here is added to it.
            stop: when set by another thread, the reply ends after the current step. It is set when the reply has ended.

        Raises:
            RequestError: there is no such conversation, or it has a reply under way.
            NeoError: what the replier raised.
        """
        stop = stop or threading.Event()
        with self._exclusive(conversation_id, stop) as run:
            earlier = answered([turn.message for turn in self.turns(conversation_id)])
            dismissed = dict.fromkeys((*request.dismissed, *self.dismissed(conversation_id)))
            request = dataclasses.replace(request, dismissed=tuple(dismissed))
            self._store(conversation_id, Message.shopper(request.text))
            record = ReplyRecord()
            events = self._replier.reply(earlier, request, stop)
            try:
                for event in events:
                    record.add(event)
                    yield event
            finally:
                stop.set()
                if isinstance(events, Generator):
                    events.close()
                with run.guard:
                    if not run.discarded and not record.is_empty:
                        self._store(conversation_id, record.message(), record.made_by())

    def undo(self, conversation_id: str) -> str:
        """Take back the shopper's last turn and everything after it, and return its words.

        Raises:
            RequestError: no such conversation, nothing has been said in it, or a reply is under way.
        """
        with self._exclusive(conversation_id, threading.Event()):
            messages = [turn.message for turn in self.turns(conversation_id)]
            spoken = [position for position, message in enumerate(messages) if message.role is Role.SHOPPER]
            if not spoken:
                raise RequestError("nothing has been said yet")
            with self._database.session() as session:
                conversations.delete_messages(session, conversation_id, from_position=spoken[-1])
            return messages[spoken[-1]].text

    def clear(self, conversation_id: str) -> None:
        """Delete everything said or dismissed in a conversation; a reply under way is stopped and not stored.

        Raises:
            RequestError: no such conversation.
        """
        self._check(conversation_id)
        with self._guard:
            run = self._running.get(conversation_id, _Run(threading.Event()))
            self._dismissed.pop(conversation_id, None)
        with run.guard:
            run.discarded = True
            run.stop.set()
            with self._database.session() as session:
                conversations.delete_messages(session, conversation_id)

    def turns(self, conversation_id: str) -> list[Turn]:
        """Everything said so far, oldest first.

        Raises:
            RequestError: no such conversation.
        """
        self._check(conversation_id)
        with self._database.reading() as session:
            stored = conversations.get_messages(session, conversation_id)
            messages = [Message.from_dict({"role": row.role, "parts": row.parts}) for row in stored]
            ids = ids_by_sku(session, sorted({item.sku for message in messages for item in message.items}))
            products = {product.sku: product for product in get_products(session, sorted(ids.values()))}
        return [
            Turn(message, {item.sku: products[item.sku] for item in message.items if item.sku in products}, row.made_by)
            for message, row in zip(messages, stored, strict=True)
        ]

    def shown(self, conversation_id: str) -> list[str]:
        """SKUs of the items named so far, in the order in which they first were.

        Raises:
            RequestError: no such conversation.
        """
        return list(dict.fromkeys(item.sku for turn in self.turns(conversation_id) for item in turn.message.items))

    def dismiss(self, conversation_id: str, sku: str) -> None:
        """Name this product no more in this conversation.

        Raises:
            RequestError: no such conversation.
            UnknownProductError: no such product.
        """
        self._check(conversation_id)
        with self._database.reading() as session:
            by_sku(session, [sku])
        with self._guard:
            self._dismissed.setdefault(conversation_id, []).append(sku)

    def dismissed(self, conversation_id: str) -> list[str]:
        """SKUs that the shopper does not want to see again in this conversation."""
        with self._guard:
            return list(self._dismissed.get(conversation_id, ()))

    def _check(self, conversation_id: str) -> None:
        """Raises RequestError if there is no such conversation; the id may come from anywhere."""
        with self._database.reading() as session:
            if not conversations.conversation_exists(session, conversation_id):
                raise RequestError("there is no such conversation", "start a new one")

    def _store(self, conversation_id: str, message: Message, made_by: Mapping[str, Any] | None = None) -> None:
        with self._database.session() as session:
            parts = message.to_dict()["parts"]
            conversations.add_message(
                session, conversation_id, message.role.value, parts, self._clock(), dict(made_by or {})
            )

    @contextlib.contextmanager
    def _exclusive(self, conversation_id: str, stop: threading.Event) -> Iterator[_Run]:
        self._check(conversation_id)
        run = _Run(stop)
        with self._guard:
            if conversation_id in self._running:
                raise RequestError("this conversation already has a reply under way", "wait for it, or stop it")
            self._running[conversation_id] = run
        try:
            yield run
        finally:
            with self._guard:
                del self._running[conversation_id]


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
