"""Conversations as the server keeps them: who said what, and which reply is being written.

Whatever a browser, a script or another service sends, only what is stored here counts as the history of a
conversation. Ids from outside are checked, and there is one reply at a time per conversation; any number of
conversations run side by side.

A conversation is a shopper's, or nobody's. Whether it is the one's who asks is answered by
:meth:`ConversationService.resume`, which callers ask before anything else of an id that comes from outside. What was
begun under nobody's name is open to whoever has its id, a random UUID, and stays nobody's.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Literal

from catalog_db import conversations, share_links
from catalog_db.database import Database, Session
from catalog_db.errors import UnknownConversationError
from catalog_db.feedback import save_feedback, withdraw_feedback
from catalog_db.shown_items import record_shown
from neo_assistant import conversation_export
from neo_assistant.conversation_turns import (
    Turn,
    answered,
    beside_words,
    for_everybody,
    message_of,
    read_turns,
    request_of,
    spoken,
)
from neo_assistant.errors import RequestError
from neo_assistant.events import Event
from neo_assistant.messages import Message, Role
from neo_assistant.reply_record import ReplyRecord
from neo_assistant.request import Replier, Request
from neo_assistant.running_replies import RunningReplies
from neo_assistant.shopper_steering import steered_for

__all__ = ["ConversationService", "Turn", "answered"]

_log = logging.getLogger(__name__)


class ConversationService:
    """The conversations of one database, answered by one replier. Safe to share between threads.

    Which replies are under way is known to this process only (see :mod:`neo_assistant.running_replies`).
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
        self._running = RunningReplies()

    def start(self, shopper: str | None = None) -> str:
        """Begin a conversation, of a shopper or of nobody, and return its id, a random UUID.

        Raises:
            CatalogError: nobody can be called like this shopper.
        """
        with self._database.session() as session:
            return conversations.start_conversation(session, self._clock(), shopper=shopper)

    def resume(self, conversation_id: str, shopper: str | None) -> bool:
        """Whether there is such a conversation and this shopper may go on with it: it is theirs, or nobody's.

        One that is another's is answered for like one that never was. Any text may be asked for.
        """
        with self._database.reading() as session:
            if not conversations.conversation_exists(session, conversation_id):
                return False
            owner = conversations.conversation_owner(session, conversation_id)
            return owner is None or owner == shopper

    def say(
        self, conversation_id: str, request: Request, stop: threading.Event | None = None
    ) -> Generator[Event, None, None]:
        """Answer a shopper's turn, event by event.

        The shopper's words are stored before the first event, with the request as it was made. What was shown of the
        reply is stored when it ends, however it ends: complete, stopped, failed, or because the caller closed this
        generator. An item is stored whole or not at all. A reply to a conversation that is deleted meanwhile goes with
        it.

        Args:
            conversation_id: from :meth:`start`.
            request: the words and what steers the reply. In a shopper's conversation, what they have dismissed is added
                to it and, if it names no history, the one they let the shop use.
            stop: when set by another thread, the reply ends after the current step. It is set when the reply has ended.

        Raises:
            RequestError: there is no such conversation, it has a reply under way, or a taste profile is asked for that
                the shopper does not want.
            UnknownProductError: the request is about something that the catalog does not hold.
            NeoError: what the replier raised.
        """
        stop = stop or threading.Event()
        with self._running.alone(conversation_id, stop) as run:
            with self._reading(conversation_id) as session:
                messages = [message_of(row) for row in conversations.get_messages(session, conversation_id)]
                shopper = conversations.conversation_owner(session, conversation_id)
                steered = request if shopper is None else steered_for(session, shopper, request)
                message = spoken(session, request, messages)
            with run.guard:
                if run.discarded:
                    return
                self._store_request(conversation_id, message, request)
            record = ReplyRecord()
            events = self._replier.reply(answered(messages), steered, stop)
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
                        self._store_reply(conversation_id, record)

    def take_back(self, conversation_id: str, message_id: int | None = None) -> Request:
        """Take back a shopper's turn and everything after it, and return its request as it was made.

        Args:
            conversation_id: from :meth:`start`.
            message_id: the turn, or a reply to it; the shopper's last turn if left out.

        Raises:
            RequestError: no such conversation, no such turn in it, nothing has been said, or a reply is under way.
        """
        with (
            self._running.alone(conversation_id, threading.Event()),
            self._writing(conversation_id) as session,
        ):
            rows = conversations.get_messages(session, conversation_id)
            if message_id is not None:
                place = next((place for place, row in enumerate(rows) if row.id == message_id), None)
                if place is None:
                    raise RequestError("this conversation has no such turn", "load the page again")
                rows = rows[: place + 1]
            asked = [row for row in rows if row.role == Role.SHOPPER]
            if not asked:
                raise RequestError("nothing has been said yet")
            request = request_of(asked[-1])
            conversations.delete_messages(session, conversation_id, from_position=asked[-1].position)
            return request

    def clear(self, conversation_id: str) -> None:
        """Delete everything said in a conversation; a reply under way is stopped and not stored.

        Raises:
            RequestError: no such conversation.
        """
        with self._running.discarding(conversation_id), self._writing(conversation_id) as session:
            conversations.delete_messages(session, conversation_id)

    def turns(self, conversation_id: str) -> list[Turn]:
        """Everything said so far, oldest first.

        Raises:
            RequestError: no such conversation.
        """
        with self._reading(conversation_id) as session:
            return read_turns(session, conversation_id)

    def shown(self, conversation_id: str) -> list[str]:
        """SKUs of the items named so far, in the order in which they first were.

        Raises:
            RequestError: no such conversation.
        """
        return list(dict.fromkeys(item.sku for turn in self.turns(conversation_id) for item in turn.message.items))

    def rate(self, conversation_id: str, message_id: int, helpful: bool | None, reason: str = "") -> None:
        """Keep what the shopper thinks of a reply, in the place of what they said of it before.

        Args:
            conversation_id: from :meth:`start`.
            message_id: a reply.
            helpful: thumb up or down; None takes it back.
            reason: what it is about, in the shopper's words or the page's.

        Raises:
            RequestError: no such conversation.
            CatalogError: it has no such reply, or the reason is too long.
        """
        with self._writing(conversation_id) as session:
            if helpful is None:
                withdraw_feedback(session, conversation_id, message_id)
            else:
                save_feedback(session, conversation_id, message_id, helpful, self._clock(), reason=reason.strip())

    def export(self, conversation_id: str, form: Literal["json", "markdown"]) -> str:
        """The conversation as a document; see :mod:`neo_assistant.conversation_export`.

        Raises:
            RequestError: no such conversation.
        """
        turns = self.turns(conversation_id)
        if form == "json":
            return conversation_export.as_json(turns, self._clock())
        return conversation_export.as_markdown(turns)

    def share(self, conversation_id: str) -> str:
        """Make a link by which anybody may read what has been said until now; returns its token, told this once.

        Raises:
            RequestError: no such conversation.
        """
        with self._writing(conversation_id) as session:
            return share_links.share(session, conversation_id, self._clock())

    def shared(self, token: str) -> list[Turn] | None:
        """What a link shows: messages and products as they are today, without ids, request, feedback or what made them.

        What was said after the link was made is not among it. None if there is no such link, or it was revoked; any
        text may be asked for.
        """
        with self._database.reading() as session:
            link = share_links.find_link(session, token)
            if link is None:
                return None
            turns = read_turns(session, link.conversation_id)
        return [for_everybody(turn) for turn in turns if turn.at <= link.created_at]

    def revoke(self, conversation_id: str) -> int:
        """Make every link to a conversation worthless; returns how many opened it until now.

        Raises:
            RequestError: no such conversation.
        """
        with self._writing(conversation_id) as session:
            return share_links.revoke(session, conversation_id, self._clock())

    @contextlib.contextmanager
    def _reading(self, conversation_id: str) -> Iterator[Session]:
        with self._database.reading() as session:
            _require(session, conversation_id)
            yield session

    @contextlib.contextmanager
    def _writing(self, conversation_id: str) -> Iterator[Session]:
        with self._database.session() as session:
            _require(session, conversation_id)
            yield session

    def _store_request(self, conversation_id: str, message: Message, request: Request) -> None:
        with self._writing(conversation_id) as session:
            parts = message.to_dict()["parts"]
            conversations.add_message(
                session, conversation_id, message.role.value, parts, self._clock(), beside_words(request)
            )

    def _store_reply(self, conversation_id: str, record: ReplyRecord) -> None:
        """Keep a reply and which products it showed, both or neither."""
        message, at = record.message(), self._clock()
        try:
            with self._database.session() as session:
                stored = conversations.add_message(
                    session, conversation_id, message.role.value, message.to_dict()["parts"], at, record.made_by()
                )
                # A product that was deleted in mid-reply stays in the message, where it is shown as gone.
                gone = record_shown(session, stored.id, [item.sku for item in message.items], at, skip_unknown=True)
        except UnknownConversationError:
            _log.info("a conversation was deleted while a reply to it was written; the reply goes with it")
            return
        if gone:
            _log.warning("message %d shows products that the catalog no longer holds: %s", stored.id, ", ".join(gone))


def _require(session: Session, conversation_id: str) -> None:
    """Raises RequestError if there is no such conversation; the id may come from anywhere."""
    if not conversations.conversation_exists(session, conversation_id):
        raise RequestError("there is no such conversation", "start a new one")
