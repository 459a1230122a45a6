from __future__ import annotations

import datetime as dt

import pytest

from catalog_db.database import Database
from catalog_db.errors import CatalogError, UnknownProductError
from catalog_db.events import (
    LogReport,
    QueryRecord,
    clear_history,
    history,
    iter_histories,
    iter_queries,
    popularity,
    record_events,
    save_queries,
)
from catalog_db.models import EventKind
from catalog_db.products import ids_by_sku
from catalog_db.rows import EventRow, QueryRow

DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def _at(hours: int) -> dt.datetime:
    return DAY + dt.timedelta(hours=hours)


EVENTS = [
    EventRow("bob", "K-1", "viewed", _at(9)),
    EventRow("ann", "B-1", "viewed", _at(3)),
    EventRow("ann", "B-2", "viewed", _at(1)),
    EventRow("ann", "B-1", "bought", _at(4)),
    EventRow("ann", "B-1", "viewed", _at(5)),
]


@pytest.fixture
def visited(any_shop: Database) -> Database:
    with any_shop.session() as session:
        assert record_events(session, EVENTS) == LogReport(added=5)
    return any_shop


@pytest.fixture
def ids(visited: Database) -> dict[str, int]:
    with visited.reading() as session:
        return ids_by_sku(session, ["B-1", "B-2", "K-1"])


def test_history_is_ordered_by_time(visited: Database, ids: dict[str, int]) -> None:
    with visited.reading() as session:
        events = history(session, "ann")
        assert [(event.product_id, event.kind, event.at) for event in events] == [
            (ids["B-2"], EventKind.VIEWED, _at(1)),
            (ids["B-1"], EventKind.VIEWED, _at(3)),
            (ids["B-1"], EventKind.BOUGHT, _at(4)),
            (ids["B-1"], EventKind.VIEWED, _at(5)),
        ]
        assert history(session, "ann", limit=2) == events[-2:]
        assert history(session, "ann", kinds=[EventKind.BOUGHT]) == events[2:3]
        assert history(session, "nobody") == []


def test_the_same_events_again_change_nothing(visited: Database) -> None:
    with visited.session() as session:
        assert record_events(session, [*EVENTS, EVENTS[0]]) == LogReport(unchanged=6)
    with visited.reading() as session:
        assert sum(len(one.times) for one in iter_histories(session)) == 5


def test_histories_of_all_shoppers(visited: Database, ids: dict[str, int]) -> None:
    with visited.reading() as session:
        bob, ann = iter_histories(session)
        assert (bob.shopper, bob.product_ids, bob.kinds, bob.times) == ("bob", (ids["K-1"],), ("viewed",), (_at(9),))
        assert ann.times == (_at(1), _at(3), _at(4), _at(5))
        [buyer] = iter_histories(session, kinds=[EventKind.BOUGHT])
        assert (buyer.shopper, buyer.product_ids) == ("ann", (ids["B-1"],))


def test_popularity(visited: Database, ids: dict[str, int]) -> None:
    with visited.reading() as session:
        assert popularity(session) == {ids["B-1"]: 3, ids["B-2"]: 1, ids["K-1"]: 1}
        assert popularity(session, kinds=[EventKind.VIEWED], since=_at(4)) == {ids["B-1"]: 1, ids["K-1"]: 1}


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (EventRow("ann", "nope", "viewed", DAY), UnknownProductError),
        (EventRow("ann", "B-1", "licked", DAY), CatalogError),
        (EventRow("", "B-1", "viewed", DAY), CatalogError),
        (EventRow("a" * 129, "B-1", "viewed", DAY), CatalogError),
        (EventRow("ann", "B-1", "viewed", dt.datetime(2026, 1, 1)), CatalogError),
    ],
)
def test_what_cannot_be_stored(shop: Database, row: EventRow, error: type) -> None:
    with pytest.raises(error), shop.session() as session:
        record_events(session, [row])


def test_queries(any_shop: Database) -> None:
    rows = [
        QueryRow("ann", "rain boots", _at(2), "B-2"),
        QueryRow("bob", "kettel", _at(1)),
    ]
    with any_shop.session() as session:
        assert save_queries(session, rows) == LogReport(added=2)
        assert save_queries(session, rows) == LogReport(unchanged=2)
        bought = ids_by_sku(session, ["B-2"])["B-2"]
        assert list(iter_queries(session)) == [
            QueryRecord("bob", "kettel", _at(1), None),
            QueryRecord("ann", "rain boots", _at(2), bought),
        ]
        with pytest.raises(UnknownProductError):
            save_queries(session, [QueryRow("bob", "kettel", _at(3), "nope")])


def test_clear_history_forgets_one_shopper(visited: Database) -> None:
    with visited.session() as session:
        save_queries(session, [QueryRow("ann", "rain boots", _at(2))])
        assert clear_history(session, "ann") == 5
        assert history(session, "ann") == list(iter_queries(session)) == []
        assert len(history(session, "bob")) == 1
