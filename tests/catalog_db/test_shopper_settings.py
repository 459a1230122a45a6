from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest

from catalog_db import shopper_settings
from catalog_db.conversations import add_message, conversation_exists, start_conversation
from catalog_db.database import Database
from catalog_db.errors import CatalogError, UnknownProductError
from catalog_db.events import record_events, save_queries
from catalog_db.models import EventKind
from catalog_db.rows import QueryRow
from catalog_db.share_links import find_shared, share
from catalog_db.shopper_lists import ShopperList, add_to_cart, dismiss, listed_skus, wish
from catalog_db.shopper_settings import (
    Forgotten,
    Settings,
    StoredAboutShopper,
    forget_history,
    get_settings,
    record_action,
    save_settings,
    stored_about,
    usable_history,
)

HOUR = dt.timedelta(hours=1)


def test_everything_is_on_until_switched_off(any_database: Database, now: dt.datetime) -> None:
    with any_database.session() as session:
        assert get_settings(session, "ann") == Settings(history=True, taste=True)
        for settings in (Settings(taste=False), Settings(history=False), Settings()):
            save_settings(session, "ann", settings, now)
            assert get_settings(session, "ann") == settings
        save_settings(session, "ann", Settings(history=False, taste=False), now)
        assert get_settings(session, "bob") == Settings()


def test_without_a_history_nothing_is_recorded_or_used(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        assert record_action(session, "ann", "S-1", EventKind.VIEWED, now)
        save_settings(session, "ann", Settings(history=False), now)
        assert not record_action(session, "ann", "K-1", EventKind.CARTED, now + HOUR)
        assert usable_history(session, "ann") == []
        save_settings(session, "ann", Settings(history=True), now)
        assert [(event.kind, event.at) for event in usable_history(session, "ann")] == [(EventKind.VIEWED, now)]


def test_the_shopper_sees_what_is_stored_and_can_have_it_forgotten(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        for hours, kind in enumerate(EventKind):
            record_action(session, "ann", "S-1", kind, now + hours * HOUR)
        record_action(session, "bob", "S-1", EventKind.VIEWED, now)
        save_queries(session, [QueryRow("ann", "rain boots", now)])
        chat, open_now = (start_conversation(session, now, shopper="ann") for _ in range(2))
        foreign, nobodys = start_conversation(session, now, shopper="bob"), start_conversation(session, now)
        add_message(session, chat, "shopper", [], now)
        token = share(session, chat, now)
        add_to_cart(session, "ann", "K-1", now)
        wish(session, "ann", "B-1", now)
        dismiss(session, "ann", "B-2", now)
        assert stored_about(session, "ann") == StoredAboutShopper(4, 1, 2, 1, 1, 1, now, now + 3 * HOUR)

        assert forget_history(session, "ann", keep_conversation=open_now) == Forgotten(events=5, conversations=1)
        assert stored_about(session, "ann") == StoredAboutShopper(0, 0, 1, 1, 1, 1, None, None)
        assert [conversation_exists(session, each) for each in (chat, open_now, foreign, nobodys)] == [
            False,
            True,
            True,
            True,
        ]
        assert find_shared(session, token) is None
        assert [listed_skus(session, "ann", kind) for kind in ShopperList] == [["K-1"], ["B-1"], ["B-2"]]
        assert len(usable_history(session, "bob")) == 1
        assert forget_history(session, "ann") == Forgotten(0, 1)


def test_who_is_not_known_has_nothing(any_database: Database) -> None:
    with any_database.session() as session:
        assert stored_about(session, "ann") == StoredAboutShopper(0, 0, 0, 0, 0, 0, None, None)
        assert forget_history(session, "ann") == Forgotten(0, 0)


def test_refused(shop: Database, now: dt.datetime) -> None:
    with shop.session() as session:
        with pytest.raises(CatalogError, match="the shopper's key"):
            get_settings(session, "nul\x00")
        with pytest.raises(CatalogError, match="time zone"):
            save_settings(session, "ann", Settings(), now.replace(tzinfo=None))
        with pytest.raises(UnknownProductError):
            record_action(session, "ann", "nope", EventKind.VIEWED, now)


def test_only_events_of_some_kinds(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        for hours, kind in enumerate((EventKind.VIEWED, EventKind.DISMISSED, EventKind.BOUGHT)):
            record_action(session, "ann", "S-1", kind, now + hours * HOUR)
        liked = usable_history(session, "ann", kinds=(EventKind.VIEWED, EventKind.BOUGHT))
        assert [event.kind for event in liked] == [EventKind.VIEWED, EventKind.BOUGHT]


def test_nothing_is_recorded_after_it_was_switched_off_and_forgotten(
    any_shop: Database, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also not by who began before that, and was slow."""
    looked, free = threading.Event(), threading.Event()

    def slowly(*given: Any) -> Any:
        looked.set()
        free.wait(0.3)
        return record_events(*given)

    monkeypatch.setattr(shopper_settings, "record_events", slowly)

    def act() -> None:
        with any_shop.session() as session:
            record_action(session, "ann", "S-1", EventKind.VIEWED, now)

    with any_shop.session() as session:
        save_settings(session, "ann", Settings(), now)
    slow = threading.Thread(target=act)
    slow.start()
    assert looked.wait(10)
    with any_shop.session() as session:
        save_settings(session, "ann", Settings(history=False), now)
        forget_history(session, "ann")
    free.set()
    slow.join()
    with any_shop.reading() as session:
        assert stored_about(session, "ann").events == 0
