from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from catalog_db.conversations import add_message, start_conversation
from catalog_db.database import Database, Session
from catalog_db.errors import CatalogError
from catalog_db.feedback import save_feedback
from catalog_db.health import Quantiles, Step, empty_causes, health, most_shown, never_shown, series
from catalog_db.products import ids_by_sku, set_active
from catalog_db.shown_items import record_shown

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
END = START + 48 * HOUR
NOBODY = Quantiles(0, None, None, None)


def _made_by(total_ms: float | None = None, *, complete: bool = True, notices: tuple[dict, ...] = ()) -> dict[str, Any]:
    timings = {} if total_ms is None else {"timings": {"first_token_ms": total_ms / 10, "total_ms": total_ms}}
    return {"complete": complete, "notices": list(notices), **timings}


def _empty(**cause: str) -> dict[str, Any]:
    return {"code": "nothing-matches", "text": "Nothing matches.", **cause}


def _reply(session: Session, chat: str, at: dt.datetime, skus: tuple[str, ...] = (), **made: Any) -> int:
    number = add_message(session, chat, "assistant", [], at, _made_by(**made)).id
    record_shown(session, number, skus, at)
    return number


@pytest.fixture
def busy_shop(any_shop: Database) -> Database:
    with any_shop.session() as session:
        chat = start_conversation(session, START)
        add_message(session, chat, "shopper", [], START)
        first = _reply(session, chat, START, ("S-1", "K-1"), total_ms=100.0)
        second = _reply(session, chat, START + HOUR / 2, ("S-1",), total_ms=300.0)
        third = _reply(session, chat, START + 25 * HOUR, ("S-1", "K-2"), total_ms=200.0)
        _reply(session, chat, START + 26 * HOUR, total_ms=9000.0, complete=False)
        cheap = _empty(condition="max_price", phrase="under $60")
        _reply(session, chat, START + 27 * HOUR, total_ms=50.0, notices=(cheap, {"code": "too-long", "text": ""}))
        _reply(session, chat, START + 28 * HOUR, notices=(cheap, _empty(condition="", phrase="")))
        _reply(session, chat, START + 29 * HOUR, notices=(_empty(),))
        _reply(session, chat, START + 30 * HOUR, notices=({"code": "other", "text": '"nothing-matches"'},))
        for reply, helpful, at in ((first, True, START), (second, False, START + HOUR), (third, True, END)):
            save_feedback(session, chat, reply, helpful, at)
        for at in (START - HOUR, END):
            _reply(session, chat, at, ("B-1",), total_ms=1.0, notices=(cheap,))
    return any_shop


def test_a_span_in_figures(busy_shop: Database) -> None:
    with busy_shop.reading() as session:
        found = health(session, START, END)
    assert (found.replies, found.incomplete, found.nothing_found) == (8, 1, 3)
    assert (found.items_shown, found.on_sale, found.distinct_items, found.never_shown) == (5, 5, 3, 2)
    assert found.coverage == 0.6
    # Shown 0, 0, 1, 1, 3 times: pairs of items differ by 32 / 25 on average, half of that over the mean of 1.
    assert found.gini == pytest.approx(0.56)
    assert found.top_1_percent_share == found.top_10_percent_share == pytest.approx(3 / 5)
    assert (found.thumbs_up, found.thumbs_down) == (1, 1)
    assert found.total == Quantiles(4, 100.0, 300.0, 300.0)
    assert found.first_token == Quantiles(4, 10.0, 30.0, 30.0)


def test_day_by_day_without_gaps(busy_shop: Database) -> None:
    with busy_shop.reading() as session:
        one, two = series(session, START, END, Step.DAY)
        late = series(session, START + HOUR / 4, START + 72 * HOUR, Step.DAY)
    assert (one.start, two.start) == (START, START + 24 * HOUR)
    assert (one.replies, one.nothing_found, one.items_shown, one.distinct_items) == (2, 0, 3, 2)
    assert (one.thumbs_up, one.thumbs_down, one.total) == (1, 1, Quantiles(2, 100.0, 300.0, 300.0))
    assert (two.replies, two.nothing_found, two.items_shown, two.distinct_items) == (6, 3, 2, 2)
    assert (two.thumbs_up, two.thumbs_down, two.total) == (0, 0, Quantiles(2, 50.0, 200.0, 200.0))
    assert [(point.start, point.replies) for point in late] == [
        (START, 1),
        (START + 24 * HOUR, 6),
        (START + 48 * HOUR, 1),
    ]


def test_hour_by_hour_in_utc(busy_shop: Database) -> None:
    tokyo = dt.timezone(dt.timedelta(hours=9))
    with busy_shop.reading() as session:
        points = series(session, START.astimezone(tokyo), END.astimezone(tokyo), Step.HOUR)
        whole = health(session, START, END)
    assert [point.start for point in points] == [START + place * HOUR for place in range(48)]
    assert [point.start.hour for point in points if point.replies] == [0, 1, 2, 3, 4, 5, 6]
    assert points[2].total == NOBODY
    for name in ("replies", "nothing_found", "items_shown", "thumbs_up", "thumbs_down"):
        assert sum(getattr(point, name) for point in points) == getattr(whole, name)


def test_what_was_shown_and_what_never(busy_shop: Database, now: dt.datetime) -> None:
    with busy_shop.session() as session:
        assert [(item.sku, item.shown) for item in most_shown(session, START, END)] == [
            ("S-1", 3),
            ("K-1", 1),
            ("K-2", 1),
        ]
        page = never_shown(session, START, END, limit=1)
        rest = never_shown(session, START, END, after_id=page[-1].product_id)
        assert [item.sku for item in (*page, *rest)] == ["B-1", "B-2"]
        assert never_shown(session, START, END, after_id=10**30) == []
        assert len(never_shown(session, START, END, after_id=-(10**30))) == 2
        set_active(session, ids_by_sku(session, ["S-1", "B-2"]).values(), False, now)
        assert [item.sku for item in most_shown(session, START, END, limit=1)] == ["K-1"]
        assert [item.sku for item in never_shown(session, START, END)] == ["B-1"]
        found = health(session, START, END)
        assert (found.items_shown, found.on_sale, found.distinct_items, found.never_shown) == (5, 3, 2, 1)


def test_which_conditions_left_nothing(busy_shop: Database) -> None:
    with busy_shop.reading() as session:
        causes = empty_causes(session, START, END)
        assert empty_causes(session, START, END, limit=1) == causes[:1]
    assert [(cause.condition, cause.phrase, cause.requests) for cause in causes] == [
        ("max_price", "under $60", 2),
        ("", "", 1),
        (None, "", 1),
    ]
    assert [cause.last_at for cause in causes] == [START + hours * HOUR for hours in (28, 28, 29)]


def test_minute_by_minute(busy_shop: Database) -> None:
    with busy_shop.reading() as session:
        points = series(session, START, START + HOUR, Step.MINUTE)
    assert len(points) == 60
    assert {place: point.items_shown for place, point in enumerate(points) if point.replies} == {0: 2, 30: 1}


def test_when_nothing_happened(any_database: Database) -> None:
    with any_database.reading() as session:
        found = health(session, START, END)
        assert (found.replies, found.coverage, found.gini, found.top_1_percent_share) == (0, None, None, None)
        assert (found.total, found.first_token) == (NOBODY, NOBODY)
        assert most_shown(session, START, END) == never_shown(session, START, END) == []
        assert empty_causes(session, START, END) == []
        (point,) = series(session, START, START + HOUR / 60, Step.HOUR)
        assert (point.replies, point.items_shown, point.total) == (0, 0, NOBODY)


def test_spans_that_make_no_sense(database: Database) -> None:
    with database.reading() as session:
        for start, end in ((END, START), (START, START), (START.replace(tzinfo=None), END), (START, dt.datetime.max)):
            for call in (health, never_shown, most_shown, empty_causes):
                with pytest.raises(CatalogError):
                    call(session, start, end)
            with pytest.raises(CatalogError):
                series(session, start, end, Step.DAY)
        with pytest.raises(CatalogError, match="at most 10000 are shown"):
            series(session, START, START + 10_001 * HOUR, Step.HOUR)


@pytest.mark.parametrize(
    ("call", "index"),
    [
        (never_shown, "ix_shown_items_product_id_at"),
        (most_shown, "ix_shown_items_at_product_id"),
        (empty_causes, "ix_messages_role_created_at"),
    ],
)
def test_a_million_rows_are_found_by_index(shop: Database, call: Callable[..., object], index: str) -> None:
    statements: list[tuple[str, Any]] = []
    with shop.reading() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *args: statements.append((args[2], args[3])))
        call(session, START, END)
        (statement,) = statements
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement[0]}", statement[1]).all()
    assert index in " ".join(row[-1] for row in plan)
