from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog_db.conversations import (
    StoredConversation,
    add_message,
    conversation_exists,
    conversation_owner,
    delete_conversation,
    delete_messages,
    get_messages,
    list_conversations,
    start_conversation,
)
from catalog_db.database import Database
from catalog_db.errors import CatalogError, UnknownConversationError

PARTS = [{"type": "text", "text": "Boots, “green” — 雨\n"}, {"type": "item", "sku": "B-2"}]


def test_what_is_said_is_kept(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        chat, other = start_conversation(session, now, shopper="ann"), start_conversation(session, now)
        first = add_message(session, chat, "shopper", PARTS[:1], now)
        second = add_message(session, chat, "assistant", PARTS, now, {"checkpoint": "demo", "timings": {"ms": 1.5}})
        add_message(session, other, "shopper", PARTS, now)
    with any_database.reading() as session:
        assert get_messages(session, chat) == [first, second]
        assert (first.position, first.made_by, second.position, second.parts) == (0, {}, 1, PARTS)
        assert second.made_by == {"checkpoint": "demo", "timings": {"ms": 1.5}}


def test_delete_from_a_position(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        chat = start_conversation(session, now)
        for _ in range(4):
            add_message(session, chat, "shopper", PARTS, now)
        delete_messages(session, chat, from_position=2)
        assert [stored.position for stored in get_messages(session, chat)] == [0, 1]
        assert add_message(session, chat, "shopper", PARTS, now).position == 2
        delete_messages(session, chat)
        assert get_messages(session, chat) == []
        assert conversation_exists(session, chat)
        delete_conversation(session, chat)
        assert not conversation_exists(session, chat)


def test_whose_conversation_it_is(any_database: Database, now: dt.datetime) -> None:
    later = now + dt.timedelta(hours=1)
    with any_database.session() as session:
        first, second = (start_conversation(session, at, shopper="ann") for at in (now, later))
        other, nobodys = start_conversation(session, now, shopper="bob"), start_conversation(session, now)
        owners = [conversation_owner(session, each) for each in (first, second, other, nobodys)]
        assert owners == ["ann", "ann", "bob", None]
        assert list_conversations(session, "ann") == [
            StoredConversation(second, later),
            StoredConversation(first, now),
        ]
        assert [each.id for each in list_conversations(session, "ann", limit=1)] == [second]
        assert list_conversations(session, "cleo") == []
        with pytest.raises(CatalogError, match="the shopper's key"):
            list_conversations(session, "nul\x00")


@pytest.mark.parametrize("unknown", ["", "nope", "x" * 500, "nul\x00", "' OR 1=1 --"])
def test_unknown_conversation(any_database: Database, now: dt.datetime, unknown: str) -> None:
    with any_database.session() as session:
        for call in (get_messages, delete_messages, delete_conversation, conversation_owner):
            with pytest.raises(UnknownConversationError):
                call(session, unknown)
        with pytest.raises(UnknownConversationError):
            add_message(session, unknown, "shopper", PARTS, now)


@pytest.mark.parametrize("shopper", ["", " ann", "a\x00b", "x" * 200])
def test_nobody_can_be_called_that(any_database: Database, now: dt.datetime, shopper: str) -> None:
    with any_database.session() as session, pytest.raises(CatalogError, match="shopper's key"):
        start_conversation(session, now, shopper=shopper)


def test_turns_added_at_once_are_in_one_order(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        chat = start_conversation(session, now)

    def speak(_: int) -> None:
        for _ in range(5):
            with any_database.session() as session:
                add_message(session, chat, "shopper", PARTS, now)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(speak, range(4)))
    with any_database.reading() as session:
        assert [stored.position for stored in get_messages(session, chat)] == list(range(20))
