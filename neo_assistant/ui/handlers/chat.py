"""Asking and answering: what the shopper says, the growing reply, stop, retry, and the conversation as it stands."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog_db.errors import NeoError
from catalog_db.products import ProductRecord
from neo_assistant.conversation import Turn
from neo_assistant.errors import RequestError
from neo_assistant.messages import Role
from neo_assistant.request import Request
from neo_assistant.ui.buttons import action_button
from neo_assistant.ui.handlers.shop import Shop
from neo_assistant.ui.reasons import PastItem
from neo_assistant.ui.reply_view import ReplyView, shopper_block, working_line
from neo_assistant.ui.session import ChatSession, Unanswered
from neo_assistant.ui.why import why_html

MOST_UPDATES_PER_SECOND = 12
"""More than this a browser cannot draw in time once the history has grown."""

ChatMessages = list[dict[str, Any]]
"""What a Gradio chatbot shows: a role and a list of HTML strings per message."""

_WITHOUT_WORDS = "Show me something"
"""How a request without words stands in the conversation."""

_log = logging.getLogger(__name__)


@dataclass
class ChatHandlers:
    """The conversation of one page; shared by all sessions."""

    shop: Shop
    clock: Callable[[], float] = field(default=time.monotonic)

    def begin(self, session: ChatSession, request: Request) -> bool:
        """Let a request wait for its answer, unless a reply is running; returns whether it does.

        Words that still wait for an answer give way to these.
        """
        if session.is_running:
            return False
        if session.conversation_id is None:
            session.conversation_id = self.shop.conversations.start(session.shopper or None)
        session.waiting, session.stop, session.unanswered = request, threading.Event(), None
        session.explained = None
        session.asked += 1
        return True

    def say(self, session: ChatSession, text: str) -> bool:
        """Take the shopper's words; returns whether they wait for an answer now.

        Words that the shopper was editing take the place of that turn and of everything after it.

        Raises:
            RequestError: nothing can be made of them.
        """
        if session.is_running or not text.strip():
            return False
        request = self.shop.request(session, text)
        edited = [turn for turn in self._turns(session) if turn.id == session.editing]
        for turn in edited:
            if turn.request is not None:
                # Other words have other conditions; what the turn was about stays.
                kept = {"task": turn.request.task, "about": turn.request.about, "history": turn.request.history}
                request = self.shop.request(session, text, **kept)
            self.shop.conversations.take_back(open_conversation(session), turn.id)
        session.editing = None
        return self.begin(session, request)

    def say_nothing(self, session: ChatSession) -> bool:
        """Ask for a reply from filters, steering and history alone.

        Raises:
            RequestError: there is no history to go by.
        """
        history = self.shop.liked(session.shopper)
        if not history and session.steered.types == () and session.filters.is_empty:
            raise RequestError("there is nothing to go by yet", "say what you need, or choose a type or a filter")
        words = "" if history else _WITHOUT_WORDS
        return self.begin(session, self.shop.request(session, words, history=history))

    def answer(self, session: ChatSession) -> Generator[ChatMessages, None, None]:
        """Answer the request that waits; at most ``MOST_UPDATES_PER_SECOND`` updates a second."""
        if session.waiting is None or session.stop is None:
            return
        request, stop = session.waiting, session.stop
        session.waiting = None
        try:
            past, turns = self.shop.usable_past(session.shopper), self._turns(session)
            before = [*self._messages(session, turns, past), _asked(request, self._about(request))]
            with contextlib.closing(self._blocks(session, request, stop, past, len(turns))) as updates:
                for blocks in updates:
                    if session.stop is not stop:  # the conversation was cleared meanwhile
                        return
                    yield [*before, _assistant(blocks)]
        finally:
            # Also when the page was closed: whatever still runs for it ends now.
            stop.set()
            is_current = session.stop is stop
            if is_current:
                session.stop = None
        if is_current:
            yield self.current(session)

    def stop(self, session: ChatSession) -> None:
        """End the reply that runs, keeping what it has said, or drop the words that wait for one."""
        if session.stop is not None:
            session.stop.set()
        if session.waiting is not None:
            session.waiting = session.stop = None

    def start_again(self, session: ChatSession) -> None:
        """A new conversation; the old one stays where the shopper can find it again."""
        self.stop(session)
        session.conversation_id = session.waiting = session.stop = session.unanswered = None
        session.editing = session.explained = None

    def clear(self, session: ChatSession) -> None:
        """Delete everything said in this conversation, here and on the server."""
        conversation_id = session.conversation_id
        self.start_again(session)
        if conversation_id is not None:
            with contextlib.suppress(RequestError):  # deleted from the shop's records meanwhile
                self.shop.conversations.clear(conversation_id)

    def current(self, session: ChatSession) -> ChatMessages:
        """The conversation as the server has it, with what waits for an answer."""
        turns = self._turns(session)
        shown = self._messages(session, turns, self.shop.usable_past(session.shopper))
        if session.waiting is not None:
            return [
                *shown,
                _asked(session.waiting, self._about(session.waiting)),
                _assistant([working_line("Looking")]),
            ]
        if session.unanswered is not None:
            return [*shown, *self._unanswered(session.unanswered, turns)]
        if turns and turns[-1].message.role is Role.SHOPPER and not session.can_stop:
            # The page was closed, or the server stopped, before there was anything of a reply.
            button = action_button("retry", f"{turns[-1].id}:", "Answer this", kind="neo-chip")
            return [*shown, _assistant([f'<div class="neo-cut">There is no reply to this yet.</div>{button}'])]
        return shown

    def _blocks(
        self, session: ChatSession, request: Request, stop: threading.Event, past: Sequence[PastItem], known: int
    ) -> Generator[list[str], None, None]:
        """The growing reply; ``known`` is the number of turns before it."""
        conversations = self.shop.conversations
        view = ReplyView(filters=request.conditions, history=past)
        last_shown = -1.0
        try:
            if session.conversation_id is None:
                session.conversation_id = conversations.start(session.shopper or None)
            with contextlib.closing(conversations.say(session.conversation_id, request, stop)) as events:
                for event in events:
                    view.add(event)
                    now = self.clock()
                    if now - last_shown >= 1 / MOST_UPDATES_PER_SECOND:
                        last_shown = now
                        yield view.blocks(actions=True) or [working_line("Looking")]
            if not view.blocks():
                view.fail(NeoError("There is no answer to that", "try other words"))
        except NeoError as error:
            view.fail(error)
        except Exception:
            _log.exception("a reply failed")
            view.fail(NeoError("Something went wrong on our side", "please try again"))
            self._keep(session, request, view, known)
            yield view.blocks(actions=True)
            raise
        if view.problem:
            self._keep(session, request, view, known)
        yield view.blocks(actions=True)

    def _keep(self, session: ChatSession, request: Request, view: ReplyView, known: int) -> None:
        """Keep a problem in sight until the next request, and words that were not even stored."""
        problem = ReplyView(problem=view.problem).blocks()[0]
        session.unanswered = Unanswered(request, problem, stored=len(self._turns(session)) > known)

    def _unanswered(self, unanswered: Unanswered, turns: Sequence[Turn]) -> ChatMessages:
        if not unanswered.stored:
            again = action_button("again", "", "Try again", kind="neo-chip")
            request = unanswered.request
            return [_asked(request, self._about(request)), _assistant([unanswered.problem, again])]
        retry = [action_button("retry", f"{turn.id}:", "Try again", kind="neo-chip") for turn in turns[-1:]]
        return [_assistant([unanswered.problem, *retry])]

    def _turns(self, session: ChatSession) -> list[Turn]:
        if session.conversation_id is None:
            return []
        try:
            return self.shop.conversations.turns(session.conversation_id)
        except RequestError:
            # Deleted from the shop's records while the page was open: what is said next begins a new one.
            session.conversation_id = None
            return []

    def _messages(self, session: ChatSession, turns: Sequence[Turn], past: Sequence[PastItem]) -> ChatMessages:
        replies = [turn.id for turn in turns if turn.message.role is Role.ASSISTANT]
        shown = []
        for turn in turns:
            if turn.message.role is Role.SHOPPER:
                shown.append(_shopper_turn(turn))
                continue
            is_last = turn.id == replies[-1] and turn is turns[-1] and not session.can_stop
            blocks = ReplyView.of(turn, past).blocks(turn.id, last=is_last)
            if session.explained is not None and session.explained[1] == turn.id:
                sku = session.explained[0]
                product = turn.products.get(sku)
                blocks += [why_html(product, turn, past)] if product is not None else []
            shown.append(_assistant(blocks))
        return shown

    def _about(self, request: Request) -> list[ProductRecord]:
        return self.shop.products(request.about) if request.about else []


def open_conversation(session: ChatSession) -> str:
    """The id of the open conversation.

    Raises:
        RequestError: nothing has been said yet.
    """
    if session.conversation_id is None:
        raise RequestError("nothing has been said yet")
    return session.conversation_id


def read_only(turns: Sequence[Turn]) -> ChatMessages:
    """A conversation to be looked at, without anything to press."""
    return [
        {"role": "user", "content": [shopper_block(turn.message.text or _WITHOUT_WORDS, None, _about_of(turn))]}
        if turn.message.role is Role.SHOPPER
        else _assistant(ReplyView.of(turn).blocks())
        for turn in turns
    ]


def _shopper_turn(turn: Turn) -> dict[str, Any]:
    words = turn.message.text.strip()
    block = shopper_block(words or _WITHOUT_WORDS, turn.id, _about_of(turn))
    return {"role": "user", "content": [block]}


def _about_of(turn: Turn) -> list[ProductRecord]:
    about = turn.request.about if turn.request is not None else tuple(item.sku for item in turn.message.items)
    return [turn.products[sku] for sku in about if sku in turn.products]


def _asked(request: Request, about: Sequence[ProductRecord]) -> dict[str, Any]:
    return {"role": "user", "content": [shopper_block(request.text.strip() or _WITHOUT_WORDS, None, about)]}


def _assistant(blocks: list[str]) -> dict[str, Any]:
    return {"role": "assistant", "content": blocks}
