"""What the chat page does, without a browser and without Gradio: plain functions over the conversation's events.

The browser sends words and nothing else. Which conversation they belong to is kept in a :class:`ChatSession` on the
server; history that a browser sends is never looked at.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from catalog_db.errors import NeoError
from neo_assistant.conversation import ConversationService, Turn
from neo_assistant.errors import RequestError
from neo_assistant.messages import Role
from neo_assistant.request import Request
from neo_assistant.ui.reply_view import ReplyView, shopper_block, working_line

MOST_UPDATES_PER_SECOND = 12
"""More than this a browser cannot draw in time once the history has grown."""

ChatMessages = list[dict[str, Any]]
"""What a Gradio chatbot shows: a role and a list of HTML strings per message."""

_log = logging.getLogger(__name__)


@dataclass
class ChatSession:
    """One open page; kept on the server and never sent to the browser.

    Attributes:
        conversation_id: None until the shopper says something.
        waiting: words that wait for an answer.
        stop: ends the reply that waits or runs; None when there is none.
    """

    conversation_id: str | None = None
    waiting: str | None = None
    stop: threading.Event | None = None

    @property
    def is_running(self) -> bool:
        """Whether a reply is being written; until it has ended no other request is taken."""
        return self.stop is not None and self.waiting is None

    @property
    def can_stop(self) -> bool:
        """Whether a reply waits or runs."""
        return self.stop is not None


@dataclass
class ChatHandlers:
    """The handlers of one page; shared by all sessions."""

    conversations: ConversationService
    items_per_reply: int
    clock: Callable[[], float] = field(default=time.monotonic)

    def begin(self, session: ChatSession, text: str) -> ChatMessages:
        """Take the shopper's words, unless a reply is running, and show them with a line that an answer is coming.

        Words that still wait for an answer give way to these.
        """
        if not session.is_running and text.strip():
            session.waiting, session.stop = text, threading.Event()
        return self.current(session)

    def answer(self, session: ChatSession) -> Generator[ChatMessages, None, None]:
        """Answer the words that wait; at most ``MOST_UPDATES_PER_SECOND`` updates a second."""
        if session.waiting is None or session.stop is None:
            return
        text, stop = session.waiting, session.stop
        session.waiting = None
        try:
            before = [*self._history(session), _shopper_message(text)]
            with contextlib.closing(self._blocks(session, text, stop)) as updates:
                for blocks in updates:
                    if session.stop is not stop:  # the conversation was cleared meanwhile
                        return
                    yield [*before, _assistant_message(blocks)]
        finally:
            # Also when the page was closed: whatever still runs for it ends now.
            stop.set()
            if session.stop is stop:
                session.stop = None

    def stop(self, session: ChatSession) -> ChatMessages:
        """End the reply that runs, keeping what it has said, or drop the words that wait for one."""
        if session.stop is not None:
            session.stop.set()
        if session.waiting is not None:
            session.waiting = session.stop = None
        return self.current(session)

    def retry(self, session: ChatSession) -> ChatMessages:
        """Take the last answer back and let the same words wait for another one."""
        if session.conversation_id is None or session.can_stop:
            return self.current(session)
        try:
            words = self.conversations.undo(session.conversation_id)
        except NeoError as error:
            return [*self.current(session), _assistant_message(_failed(error).blocks())]
        return self.begin(session, words)

    def clear(self, session: ChatSession) -> ChatMessages:
        """Delete everything said in this conversation, here and on the server."""
        conversation_id = session.conversation_id
        shown = self.start_again(session)
        if conversation_id is not None:
            self.conversations.clear(conversation_id)
        return shown

    def start_again(self, session: ChatSession) -> ChatMessages:
        """A new conversation; the old one stays in the shop's records."""
        self.stop(session)
        session.conversation_id = session.waiting = session.stop = None
        return []

    def current(self, session: ChatSession) -> ChatMessages:
        """The conversation as the server has it, with what waits for an answer."""
        shown = self._history(session)
        if session.waiting is not None:
            shown += [_shopper_message(session.waiting), _assistant_message([working_line("Looking")])]
        return shown

    def _blocks(self, session: ChatSession, text: str, stop: threading.Event) -> Generator[list[str], None, None]:
        """The growing reply."""
        view = ReplyView()
        last_shown = -1.0
        try:
            if session.conversation_id is None:
                session.conversation_id = self.conversations.start()
            request = Request(text, count=self.items_per_reply)
            with contextlib.closing(self.conversations.say(session.conversation_id, request, stop)) as events:
                for event in events:
                    view.add(event)
                    now = self.clock()
                    if now - last_shown >= 1 / MOST_UPDATES_PER_SECOND:
                        last_shown = now
                        yield view.blocks() or [working_line("Looking")]
        except NeoError as error:
            view.fail(error)
        except Exception:
            _log.exception("a reply failed")
            view.fail(NeoError("Something went wrong on our side", "please try again"))
            yield view.blocks()
            raise
        yield view.blocks() or _failed(NeoError("There is no answer to that", "try other words")).blocks()

    def _history(self, session: ChatSession) -> ChatMessages:
        if session.conversation_id is None:
            return []
        try:
            return [_stored_message(turn) for turn in self.conversations.turns(session.conversation_id)]
        except RequestError:
            # Deleted from the shop's records while the page was open: what is said next begins a new one.
            session.conversation_id = None
            return []


def _shopper_message(text: str) -> dict[str, Any]:
    return {"role": "user", "content": [shopper_block(text)]}


def _assistant_message(blocks: list[str]) -> dict[str, Any]:
    return {"role": "assistant", "content": blocks}


def _stored_message(turn: Turn) -> dict[str, Any]:
    if turn.message.role is Role.SHOPPER:
        return _shopper_message(turn.message.text)
    return _assistant_message(ReplyView.of(turn).blocks())


def _failed(error: NeoError) -> ReplyView:
    view = ReplyView()
    view.fail(error)
    return view
