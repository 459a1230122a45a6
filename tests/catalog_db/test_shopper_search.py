"""Shoppers with a history, found by their key."""

from __future__ import annotations

import datetime as dt

import pytest

from catalog_db.database import Database
from catalog_db.events import record_events
from catalog_db.models import EventKind
from catalog_db.products import save_products
from catalog_db.rows import EventRow, ProductRow
from catalog_db.shopper_search import FoundShopper, find_with_history
from catalog_db.shopper_settings import Settings, save_settings
from catalog_db.shoppers import lock_shopper

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


@pytest.fixture
def shop(database: Database) -> Database:
    events = {"Anna_1": 2, "ben": 3, "anna%2": 1, "quiet": 4}
    with database.session() as session:
        save_products(session, [ProductRow("A", "A thing", "things")], NOW)
        rows = [
            EventRow(shopper, "A", EventKind.VIEWED, NOW + dt.timedelta(minutes=minute))
            for shopper, count in events.items()
            for minute in range(count)
        ]
        record_events(session, rows)
        lock_shopper(session, "nothing-yet", NOW)
        save_settings(session, "quiet", Settings(history=False), NOW)
    return database


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("", ["ben", "Anna_1", "anna%2"]),
        (" ANNA ", ["Anna_1", "anna%2"]),
        ("%", ["anna%2"]),
        ("a_1", ["Anna_1"]),
        ("quiet", []),
        ("nothing", []),
    ],
)
def test_who_has_a_history_and_lets_it_be_used_is_found(shop: Database, part: str, found: list[str]) -> None:
    with shop.reading() as session:
        assert [one.key for one in find_with_history(session, part)] == found
        assert find_with_history(session, limit=1) == [FoundShopper("ben", 3)]
