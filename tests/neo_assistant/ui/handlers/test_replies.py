"""What buttons on replies and turns do."""

from __future__ import annotations

import pytest

from neo_assistant.scripted import ScriptedReplier
from neo_assistant.ui.follow_ups import follow_ups
from neo_assistant.ui.handlers.actions import act
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.handlers.choices import choices_html
from neo_assistant.ui.session import ChatSession
from tests.neo_assistant.ui.handlers.conftest import new_page
from tests.neo_assistant.ui.shopping import ask, seen


def ids(chat: ChatHandlers, session: ChatSession) -> list[int]:
    assert session.conversation_id is not None
    return [turn.id for turn in chat.shop.conversations.turns(session.conversation_id)]


def test_a_condition_is_taken_out_and_the_same_words_answered_again(
    chat: ChatHandlers, session: ChatSession, replier: ScriptedReplier
) -> None:
    ask(chat, session, "mug under $13, in stock")
    *_, reply = ids(chat, session)
    assert "under $13" in seen(chat.current(session))[-1] or "under &#36;13" in str(chat.current(session))
    outcome = act(chat, session, "drop", f"{reply}:under $13")
    assert not outcome.refused, outcome.said
    list(chat.answer(session))
    _, request = replier.requests[-1]
    assert request.text == "mug under $13, in stock"
    assert request.want is not None
    assert "price" not in request.want
    assert "in stock" in request.want
    assert len(ids(chat, session)) == 2


@pytest.mark.parametrize("argument", ["under $14", "", "in stock"])
def test_a_condition_that_was_not_read_is_refused_and_nothing_is_lost(
    chat: ChatHandlers, session: ChatSession, argument: str
) -> None:
    ask(chat, session, "mug under $13")
    before = ids(chat, session)
    assert act(chat, session, "drop", f"{before[-1]}:{argument}").refused
    assert ids(chat, session) == before


def test_a_follow_up_asks_what_its_chip_says(
    chat: ChatHandlers, session: ChatSession, replier: ScriptedReplier
) -> None:
    ask(chat, session, "a mug")
    assert session.conversation_id is not None
    reply = chat.shop.conversations.turns(session.conversation_id)[-1]
    chips = follow_ups(reply)
    act(chat, session, "follow", f"{reply.id}:1")
    list(chat.answer(session))
    assert replier.requests[-1][1].text == chips[1].label
    for number in ("99", "-1", "one", "", "٣"):
        assert act(chat, session, "follow", f"{reply.id}:{number}").refused


def test_thumbs_with_a_reason_and_back(chat: ChatHandlers, session: ChatSession) -> None:
    ask(chat, session, "a mug")
    assert session.conversation_id is not None
    reply = ids(chat, session)[-1]

    def feedback() -> tuple[bool, str] | None:
        found = chat.shop.conversations.turns(session.conversation_id or "")[-1].feedback
        return None if found is None else (found.helpful, found.reason)

    act(chat, session, "up", f"{reply}:")
    assert feedback() == (True, "")
    act(chat, session, "up", f"{reply}:")
    assert feedback() is None
    act(chat, session, "down", f"{reply}:")
    act(chat, session, "down", f"{reply}:wrong-items")
    assert feedback() == (False, "Wrong items")
    assert act(chat, session, "down", f"{reply}:made up").refused
    assert feedback() == (False, "Wrong items")
    act(chat, session, "down", f"{reply}:")
    assert feedback() is None


def test_retry_asks_the_same_again(chat: ChatHandlers, session: ChatSession, replier: ScriptedReplier) -> None:
    ask(chat, session, "a mug")
    act(chat, session, "retry", f"{ids(chat, session)[-1]}:")
    assert "Looking" in seen(chat.current(session))[-1]
    list(chat.answer(session))
    assert replier.requests[-1][0] == (), "the answer taken back is no history"
    assert [request.text for _, request in replier.requests] == ["a mug", "a mug"]


def test_words_return_into_the_box_and_what_is_sent_takes_their_place(
    chat: ChatHandlers, session: ChatSession, replier: ScriptedReplier
) -> None:
    ask(chat, session, "a mug")
    ask(chat, session, "a boot")
    first = ids(chat, session)[0]
    outcome = act(chat, session, "edit", f"{first}:")
    assert (outcome.box, outcome.focus) == ("a mug", "#neo-box textarea")
    assert len(ids(chat, session)) == 4, "nothing is gone before the new words are there"
    ask(chat, session, "a red mug")
    assert seen(chat.current(session))[0] == "a red mug"
    assert len(ids(chat, session)) == 2
    assert session.editing is None
    assert replier.requests[-1][0] == ()


def test_editing_can_be_left(chat: ChatHandlers, session: ChatSession) -> None:
    ask(chat, session, "a mug")
    act(chat, session, "edit", f"{ids(chat, session)[0]}:")
    assert act(chat, session, "edit-cancel", "").box == ""
    ask(chat, session, "a boot")
    assert len(ids(chat, session)) == 4
    assert act(chat, session, "edit-cancel", "").box is None, "words in the box are not lost to a stray key"


def test_undo_takes_a_turn_back(chat: ChatHandlers, session: ChatSession) -> None:
    ask(chat, session, "a mug")
    ask(chat, session, "a boot")
    act(chat, session, "edit", f"{ids(chat, session)[2]}:")
    assert f'name="undo" value="{session.editing}' in choices_html(session, "USD")
    outcome = act(chat, session, "undo", f"{session.editing}:")
    assert session.editing is None
    assert outcome.box == "a boot"
    assert len(ids(chat, session)) == 2


@pytest.mark.parametrize("action", ["drop", "follow", "up", "down", "retry", "edit", "undo"])
def test_a_turn_of_another_conversation_is_refused(
    chat: ChatHandlers, session: ChatSession, replier: ScriptedReplier, action: str
) -> None:
    theirs = new_page(chat)
    ask(chat, theirs, "mug under $13")
    ask(chat, session, "a boot")
    for reply in ids(chat, theirs):
        outcome = act(chat, session, action, f"{reply}:under $13")
        assert outcome.refused
        assert outcome.box is None
    for value in ("", ":", "0:", "-1:", f"{2**70}:", "a:b", "1e3:", " 1:"):
        assert act(chat, session, action, value).refused
    assert len(replier.requests) == 2
    assert len(ids(chat, theirs)) == 2
    assert act(chat, new_page(chat), action, "1:").refused, "nothing was said there"
