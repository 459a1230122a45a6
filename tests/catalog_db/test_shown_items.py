from __future__ import annotations

import datetime as dt

import pytest

from catalog_db import shown_items
from catalog_db.conversations import add_message, delete_messages, start_conversation
from catalog_db.database import Database
from catalog_db.errors import CatalogError, UnknownProductError
from catalog_db.shown_items import prune, record_shown, showings, shown_in

HOUR = dt.timedelta(hours=1)


def test_what_was_shown_and_what_made_it(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        chat = start_conversation(session, now)
        first = add_message(session, chat, "assistant", [], now, {"checkpoint": "spring"}).id
        second = add_message(session, chat, "assistant", [], now, {"checkpoint": "summer"}).id
        record_shown(session, first, ["S-1", "K-1", "S-1"], now)
        record_shown(session, second, ["K-1"], now + HOUR)
        record_shown(session, add_message(session, chat, "assistant", [], now).id, [], now)
    with any_shop.reading() as session:
        assert shown_in(session, first) == ["S-1", "K-1", "S-1"]
        newest, oldest = showings(session, "K-1")
        assert (newest.message_id, newest.place, newest.at) == (second, 0, now + HOUR)
        assert (oldest.message_id, oldest.place, oldest.conversation_id) == (first, 1, chat)
        assert (newest.made_by, oldest.made_by) == ({"checkpoint": "summer"}, {"checkpoint": "spring"})
        assert showings(session, "K-1", before=now + HOUR) == [oldest]
        assert showings(session, "K-1", limit=1) == [newest]
        assert showings(session, "B-1") == []


def test_rows_go_with_their_reply(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        chat = start_conversation(session, now)
        reply = add_message(session, chat, "assistant", [], now).id
        record_shown(session, reply, ["S-1"], now)
        delete_messages(session, chat)
        assert showings(session, "S-1") == []


def test_pruning_by_age(any_shop: Database, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_items, "PRUNE_BATCH", 2)
    with any_shop.session() as session:
        chat = start_conversation(session, now)
        for hours in range(4):
            reply = add_message(session, chat, "assistant", [], now).id
            record_shown(session, reply, ["S-1", "K-1"], now + hours * HOUR)
        gone = [prune(session, now + 3 * HOUR) for _ in range(3)]
        assert gone == [4, 2, 0]
        assert [showing.at for showing in showings(session, "S-1")] == [now + 3 * HOUR]


def test_refused(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        chat = start_conversation(session, now)
        said, reply = (add_message(session, chat, role, [], now).id for role in ("shopper", "assistant"))
        for message_id in (said, 4711, 10**30, -(10**30)):
            with pytest.raises(CatalogError, match="no reply"):
                record_shown(session, message_id, ["S-1"], now)
        with pytest.raises(UnknownProductError):
            record_shown(session, reply, ["S-1", "nope"], now)
        with pytest.raises(CatalogError, match="time zone"):
            record_shown(session, reply, ["S-1"], now.replace(tzinfo=None))
        assert shown_in(session, reply) == shown_in(session, 10**30) == []
        with pytest.raises(UnknownProductError):
            showings(session, "nope")


def test_what_the_catalog_no_longer_holds_can_be_left_out(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        chat = start_conversation(session, now)
        reply, empty = (add_message(session, chat, "assistant", [], now).id for _ in range(2))
        assert record_shown(session, reply, ["gone", "S-1", "gone", "K-1"], now, skip_unknown=True) == ["gone"]
        assert record_shown(session, empty, ["gone"], now, skip_unknown=True) == ["gone"]
        assert shown_in(session, reply) == ["S-1", "K-1"]
        assert [showing.place for showing in showings(session, "K-1")] == [3], "its place in the reply"
        assert shown_in(session, empty) == []
