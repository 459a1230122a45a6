from __future__ import annotations

import datetime as dt

import pytest

from catalog_db.conversations import add_message, delete_messages, start_conversation
from catalog_db.database import Database
from catalog_db.errors import CatalogError, UnknownConversationError
from catalog_db.feedback import StoredFeedback, get_feedback, list_feedback, save_feedback, withdraw_feedback

MINUTE = dt.timedelta(minutes=1)


def test_the_last_word_counts_and_can_be_taken_back(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        chat = start_conversation(session, now)
        reply = add_message(session, chat, "assistant", [], now).id
        save_feedback(session, chat, reply, True, now)
        save_feedback(session, chat, reply, False, now + MINUTE, reason="not green\nat all")
        assert get_feedback(session, chat) == {reply: StoredFeedback(False, "not green\nat all", now + MINUTE)}
        assert withdraw_feedback(session, chat, reply)
        assert not withdraw_feedback(session, chat, reply)
        assert get_feedback(session, chat) == {}


def test_a_span_newest_first(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        chat = start_conversation(session, now)
        replies = [add_message(session, chat, "assistant", [], now).id for _ in range(4)]
        for place, reply in enumerate(replies):
            save_feedback(session, chat, reply, place % 2 == 0, now + place * MINUTE, reason=f"reason {place}")
        found = list_feedback(session, now, now + 3 * MINUTE)
        assert [(rated.message_id, rated.position, rated.feedback.reason) for rated in found] == [
            (replies[place], place, f"reason {place}") for place in (2, 1, 0)
        ]
        assert {rated.conversation_id for rated in found} == {chat}
        down = list_feedback(session, now, now + 9 * MINUTE, helpful=False, limit=1)
        assert [rated.message_id for rated in down] == [replies[3]]


def test_it_goes_with_its_reply(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        chat = start_conversation(session, now)
        reply = add_message(session, chat, "assistant", [], now).id
        save_feedback(session, chat, reply, True, now)
        delete_messages(session, chat)
        assert list_feedback(session, now, now + MINUTE) == []


def test_only_replies_of_that_conversation(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        chat, other = start_conversation(session, now), start_conversation(session, now)
        said = add_message(session, chat, "shopper", [], now).id
        reply = add_message(session, chat, "assistant", [], now).id
        for conversation, message in ((chat, said), (other, reply), (chat, 4711), (chat, 10**30), (chat, -(10**30))):
            with pytest.raises(CatalogError, match="no such reply"):
                save_feedback(session, conversation, message, True, now)
            with pytest.raises(CatalogError, match="no such reply"):
                withdraw_feedback(session, conversation, message)
        with pytest.raises(UnknownConversationError):
            save_feedback(session, "nope\x00", reply, True, now)
        with pytest.raises(UnknownConversationError):
            get_feedback(session, "nope")
        with pytest.raises(CatalogError, match="characters long"):
            save_feedback(session, chat, reply, True, now, reason="x" * 1025)
        assert get_feedback(session, chat) == {}
