"""Asking and answering on the shop page, without a browser."""

from __future__ import annotations

import itertools
import logging
import threading

import pytest

from catalog_db.database import Database
from neo_assistant.errors import GrammarError, RequestError
from neo_assistant.events import Notice, TextDelta
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.ui.handlers.chat import MOST_UPDATES_PER_SECOND, ChatHandlers
from neo_assistant.ui.session import ChatSession
from tests.neo_assistant.ui.shopping import ask, make_shop, seen
from tests.neo_assistant.ui_products import DONE, found


@pytest.fixture
def handlers(shop: Database, replier: ScriptedReplier) -> ChatHandlers:
    ticks = itertools.count()
    return ChatHandlers(make_shop(shop, replier), clock=lambda: float(next(ticks)))


def test_words_are_shown_at_once_and_answered_then(handlers: ChatHandlers, replier: ScriptedReplier) -> None:
    replier.enqueue(TextDelta("Here "), TextDelta("it is."), DONE)
    session = ChatSession()
    assert handlers.say(session, "a mug")
    first = handlers.current(session)
    assert [message["role"] for message in first] == ["user", "assistant"]
    assert seen(first)[0] == "a mug"
    assert "Looking" in seen(first)[1]

    updates = [seen(update) for update in handlers.answer(session)]
    assert updates[0] == ["a mug", "Here"]
    assert updates[-1] == ["a mug", "Here it is."]
    assert seen(handlers.current(session)) == ["a mug", "Here it is."]
    assert not session.can_stop


def test_the_history_comes_from_the_server(handlers: ChatHandlers) -> None:
    session = ChatSession()
    ask(handlers, session, "a mug")
    updates = ask(handlers, session, "a boot")
    assert [message["role"] for message in updates[0]] == ["user", "assistant"] * 2
    assert updates[-1] == handlers.current(session)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_said_is_nothing_asked(handlers: ChatHandlers, replier: ScriptedReplier, text: str) -> None:
    session = ChatSession()
    assert not handlers.say(session, text)
    assert handlers.current(session) == []
    assert list(handlers.answer(session)) == []
    assert replier.requests == []
    assert session.conversation_id is None


def test_while_a_reply_runs_no_other_request_is_taken(handlers: ChatHandlers, replier: ScriptedReplier) -> None:
    session = ChatSession()
    handlers.say(session, "a mug")
    updates = handlers.answer(session)
    next(updates)
    assert session.is_running
    assert not handlers.say(session, "too early")
    assert list(handlers.answer(session)) == []
    list(updates)
    assert not session.can_stop
    assert [request.text for _, request in replier.requests] == ["a mug"]


def test_words_that_wait_give_way_to_newer_ones(handlers: ChatHandlers, replier: ScriptedReplier) -> None:
    session = ChatSession()
    handlers.say(session, "a mug")
    assert handlers.say(session, "a boot")
    assert seen(handlers.current(session))[0] == "a boot"
    list(handlers.answer(session))
    assert list(handlers.answer(session)) == []
    assert [request.text for _, request in replier.requests] == ["a boot"]


def test_updates_are_at_most_so_many_a_second(shop: Database, replier: ScriptedReplier) -> None:
    deltas = [TextDelta(f"word{number} ") for number in range(100)]
    replier.enqueue(*deltas, DONE)
    now = itertools.count()
    handlers = ChatHandlers(make_shop(shop, replier), clock=lambda: next(now) / 100)
    updates = ask(handlers, ChatSession(), "a mug")
    assert len(updates) <= MOST_UPDATES_PER_SECOND + 3
    assert "word99" in seen(updates[-1])[-1]


def test_an_update_while_a_reply_grows_stays_small(handlers: ChatHandlers) -> None:
    session = ChatSession()
    for number in range(20):
        last = ask(handlers, session, f"mug {number}")[-1]
    assert sum(len(block) for message in last for block in message["content"]) < 20 * 3 * 2600


def test_stop_keeps_what_was_said(handlers: ChatHandlers, replier: ScriptedReplier) -> None:
    replier.enqueue(TextDelta("Here: "), found(1), TextDelta("never shown"), DONE)
    session = ChatSession()
    handlers.say(session, "a mug")
    updates = handlers.answer(session)
    next(updates)
    handlers.stop(session)
    rest = [seen(update) for update in updates]
    assert "never shown" not in str(rest)
    assert seen(handlers.current(session)) == ["a mug", "Here: This reply was not finished."]
    assert ask(handlers, session, "go on")


def test_stop_drops_words_that_wait(handlers: ChatHandlers, replier: ScriptedReplier) -> None:
    session = ChatSession()
    handlers.say(session, "a mug")
    handlers.stop(session)
    assert handlers.current(session) == []
    assert list(handlers.answer(session)) == []
    assert not session.can_stop
    assert replier.requests == []


def test_stop_with_nothing_running_is_harmless(handlers: ChatHandlers) -> None:
    session = ChatSession()
    handlers.stop(session)
    assert "scripted" in str(ask(handlers, session, "a mug"))


def test_a_closed_page_ends_the_reply(handlers: ChatHandlers, replier: ScriptedReplier) -> None:
    replier.enqueue(TextDelta("Here: "), TextDelta("never shown"), DONE)
    session = ChatSession()
    handlers.say(session, "a mug")
    stop = session.stop
    updates = handlers.answer(session)
    next(updates)
    updates.close()
    assert isinstance(stop, threading.Event)
    assert stop.is_set()
    assert seen(handlers.current(session)) == ["a mug", "Here: This reply was not finished."]


def test_clear_empties_the_servers_copy_too(handlers: ChatHandlers) -> None:
    session = ChatSession()
    ask(handlers, session, "a mug")
    conversation_id = session.conversation_id
    assert conversation_id is not None
    handlers.clear(session)
    assert handlers.shop.conversations.turns(conversation_id) == []
    assert handlers.current(session) == []


@pytest.mark.parametrize("action", ["clear", "start_again"])
def test_a_reply_under_way_does_not_come_back(handlers: ChatHandlers, action: str) -> None:
    session = ChatSession()
    handlers.say(session, "a mug")
    updates = handlers.answer(session)
    next(updates)
    getattr(handlers, action)(session)
    assert list(updates) == []
    ask(handlers, session, "a boot")
    assert seen(handlers.current(session))[0] == "a boot"


def test_start_again_leaves_the_old_conversation_in_the_records(handlers: ChatHandlers) -> None:
    session = ChatSession()
    ask(handlers, session, "a mug")
    old = session.conversation_id
    assert old is not None
    handlers.start_again(session)
    ask(handlers, session, "a boot")
    assert session.conversation_id != old
    assert len(handlers.shop.conversations.turns(old)) == 2


def test_a_failure_is_said_in_one_line(handlers: ChatHandlers, replier: ScriptedReplier) -> None:
    replier.enqueue(TextDelta("Here: "), GrammarError("the codebooks do not match", "build the ids again"))
    session = ChatSession()
    _, partial, problem = seen(ask(handlers, session, "a mug")[-1])
    assert partial == "Here: This reply was not finished."
    assert problem == "From the shop The codebooks do not match. Build the ids again."
    # It stays in sight, with a way to ask again, until something else is asked.
    assert 'name="retry"' in handlers.current(session)[-1]["content"][-1]
    assert len(ask(handlers, session, "a boot")[-1]) == 4


def test_a_defect_is_logged_and_not_told(
    handlers: ChatHandlers, replier: ScriptedReplier, caplog: pytest.LogCaptureFixture
) -> None:
    replier.enqueue(ZeroDivisionError("secret detail"))
    session = ChatSession()
    handlers.say(session, "a mug")
    updates = handlers.answer(session)
    with caplog.at_level(logging.ERROR):
        shown = next(updates)
        with pytest.raises(ZeroDivisionError):
            next(updates)
    assert "Something went wrong on our side" in seen(shown)[-1]
    assert "secret" not in str(shown)
    assert "ZeroDivisionError" in caplog.text
    assert not session.can_stop


def test_too_long_a_request_is_refused_with_a_reason(handlers: ChatHandlers, replier: ScriptedReplier) -> None:
    with pytest.raises(RequestError, match="the request has 4000 characters"):
        handlers.say(ChatSession(), "mug " * 1000)
    assert replier.requests == []


def test_a_conversation_that_is_gone_is_begun_anew(handlers: ChatHandlers, replier: ScriptedReplier) -> None:
    session = ChatSession(conversation_id="gone")
    replier.enqueue(TextDelta("Hello."), DONE)
    assert seen(ask(handlers, session, "a mug")[-1]) == ["a mug", "Hello."]
    assert session.conversation_id != "gone"


def test_notices_reach_the_page(handlers: ChatHandlers, replier: ScriptedReplier) -> None:
    replier.enqueue(Notice("nothing-matches", "Nothing matches all of that."), DONE)
    session = ChatSession()
    shown = ask(handlers, session, "a green cow")[-1]
    assert "neo-notice" in shown[-1]["content"][0]
    assert handlers.current(session) == shown
