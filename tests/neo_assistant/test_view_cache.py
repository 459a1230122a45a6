"""Bitmaps of conditions: asked once, combined without SQL, mended when products change."""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import CacheStats

from catalog_db.conditions import Conditions
from catalog_db.database import Database, open_database
from catalog_db.eligibility import eligible_product_ids
from catalog_db.errors import CatalogError, ConditionError
from catalog_db.products import save_products, set_active
from catalog_db.revisions import forget_changes, revision
from neo_assistant import view_cache
from neo_assistant.catalog_index import CatalogIndex
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.view_cache import ViewCache
from tests.neo_assistant.serving import CODEBOOKS, RETIRED, SCHEME, fill, give_sids, make_rows, sid_of
from tests.neo_assistant.ui_products import NOW

CHEAP = Conditions(max_price=1500)
BLUE = Conditions(attributes={"colour": ("blue",)})
STOCKED = Conditions(in_stock=True)
PREDICATE = Conditions(sql="rating > 3 OR stock IS NULL")


@pytest.fixture
def shop(database: Database) -> Database:
    fill(database)
    return database


class Asking:
    """A cache, an index that is kept up to date, and the SQL that both cause."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.cache = ViewCache(database)
        self.reader = CatalogIndex(SCHEME, CODEBOOKS.fingerprint)
        self.index, self.revision = self.refresh()

    def refresh(self) -> tuple[SegmentedIndex, int]:
        with self.database.reading() as session:
            self.revision = revision(session)
            self.index = self.reader.update(session, self.revision)
        return self.index, self.revision

    def ids(self, conditions: Conditions) -> list[int]:
        bitmap = self.cache.eligible(conditions, self.index, self.revision) & self.index.live
        return sorted(self.index.product_id_at(bitmap.positions()).tolist())

    def expected(self, conditions: Conditions) -> list[int]:
        with self.database.reading() as session:
            ids = eligible_product_ids(session, conditions)
        return ids[self.index.positions_of(ids) >= 0].tolist()


@contextlib.contextmanager
def statements(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that the database is sent, with whether its SQL had been compiled before."""
    seen: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        seen.append((statement, None if context is None else context.cache_hit))

    event.listen(database._engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database._engine, "before_cursor_execute", note)


def reading_products(seen: list[tuple[str, Any]]) -> list[str]:
    return [statement for statement, _ in seen if "FROM product" in statement]


def test_a_repeated_condition_executes_no_sql(shop: Database) -> None:
    asking = Asking(shop)
    first = asking.cache.eligible(CHEAP.both(BLUE), asking.index, asking.revision)
    with statements(shop) as seen:
        same = Conditions(attributes={"colour": ["blue", "blue"]}, max_price=1500)
        assert asking.cache.eligible(same, asking.index, asking.revision) is first
        assert seen == []


def test_known_conditions_combine_without_asking_for_products(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_cache, "FEW", 0)
    asking = Asking(shop)
    for single in (CHEAP, BLUE, STOCKED, PREDICATE):
        asking.ids(single)
    with statements(shop) as seen:
        for combination in (CHEAP.both(STOCKED), CHEAP.both(BLUE).both(PREDICATE), BLUE.both(STOCKED)):
            asking.cache.eligible(combination, asking.index, asking.revision)
        assert reading_products(seen) == []
    for combination in (CHEAP.both(STOCKED), CHEAP.both(BLUE).both(PREDICATE), BLUE.both(STOCKED)):
        assert asking.ids(combination) == asking.expected(combination)


def test_sql_of_one_shape_is_compiled_once(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_cache, "FEW", 0)
    asking = Asking(shop)
    asking.ids(CHEAP.both(BLUE))
    with statements(shop) as seen:
        asking.ids(Conditions(max_price=777, attributes={"colour": ("red",)}))
        hits = [hit for statement, hit in seen if "SELECT" in statement]
    assert len(reading_products(seen)) >= 2
    assert set(hits) == {CacheStats.CACHE_HIT}


def change_price(database: Database, number: int, price: int) -> None:
    with database.session() as session:
        save_products(session, [dataclasses.replace(make_rows()[number], price_minor=price)], NOW)


def test_a_changed_price_is_asked_of_that_product_only(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(shop)
    combination = CHEAP.both(STOCKED)
    before = asking.ids(combination)
    asked: list[list[int] | None] = []
    whole = view_cache.eligible_product_ids

    def note(session: Any, conditions: Conditions, among: np.ndarray | None = None) -> np.ndarray:
        asked.append(None if among is None else among.tolist())
        return whole(session, conditions, among)

    monkeypatch.setattr(view_cache, "eligible_product_ids", note)
    monkeypatch.setattr(view_cache, "matching_product_ids", None)
    change_price(shop, 1, 9_900)
    asking.refresh()
    after = asking.ids(combination)
    assert asked == [[2]]
    assert set(before) - set(after) == {2}
    assert asking.ids(combination) == after == asking.expected(combination)
    assert asked == [[2]]


def test_an_older_snapshot_keeps_its_own_positions(shop: Database) -> None:
    asking = Asking(shop)
    old, old_revision = asking.index, asking.revision
    asking.ids(CHEAP)
    fill_more(shop, 26, 30)
    asking.refresh()
    assert len(asking.ids(Conditions())) == 29
    again = asking.cache.eligible(CHEAP, old, old_revision)
    assert len(again) == len(old)
    assert asking.ids(CHEAP) == asking.expected(CHEAP)


def fill_more(database: Database, first: int, last: int) -> None:
    """Further products with SIDs that no other has."""
    with database.session() as session:
        rows = make_rows(last)[first:]
        save_products(session, rows, NOW)
        give_sids(session, {row.sku: sid_of(int(row.sku.removeprefix("P-"))) for row in rows})


def test_threads_that_ask_at_once_ask_the_database_once(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asking, asked = Asking(shop), []
    whole = view_cache.matching_product_ids

    def slow(session: Any, part: Conditions, among: np.ndarray | None = None) -> Any:
        asked.append(part)
        time.sleep(0.05)
        return whole(session, part, among)

    monkeypatch.setattr(view_cache, "matching_product_ids", slow)
    monkeypatch.setattr(view_cache, "FEW", 0)
    barrier, found = threading.Barrier(8), []

    def ask() -> None:
        barrier.wait()
        found.append(asking.cache.eligible(CHEAP, asking.index, asking.revision))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [Conditions(), CHEAP]
    assert len(found) == 8
    assert len({id(bitmap) for bitmap in found}) == 1


def test_an_error_is_told_to_each_and_not_remembered(shop: Database) -> None:
    asking = Asking(shop)
    for _ in range(2):
        with pytest.raises(ConditionError, match="cannot run"):
            asking.ids(Conditions(sql="lower() = 'a'"))
    assert asking.ids(CHEAP) == asking.expected(CHEAP)


def test_the_bitmaps_stay_within_their_bytes(shop: Database) -> None:
    asking = Asking(shop)
    asking.cache = ViewCache(shop, max_bytes=64)
    for price in range(500, 1500, 50):
        limit = Conditions(max_price=price)
        assert asking.ids(limit) == asking.expected(limit)
        assert asking.cache.nbytes <= 64
    with statements(shop) as seen:
        asking.ids(Conditions(max_price=500))
        assert reading_products(seen)


def test_when_much_has_changed_everything_is_asked_anew(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_cache, "ALWAYS_MEND", 2)
    asking = Asking(shop)
    asking.ids(CHEAP)
    for number in range(3):
        change_price(shop, number, 9_900)
    asking.refresh()
    monkeypatch.setattr(view_cache, "FEW", 0)
    with statements(shop) as seen:
        assert asking.ids(CHEAP) == asking.expected(CHEAP)
        assert any("price_minor <=" in statement and " IN (" not in statement for statement in reading_products(seen))


LIMITS = st.builds(Conditions, max_price=st.sampled_from([900, 1500, 3000]))
SINGLE = st.one_of(
    LIMITS,
    st.just(BLUE),
    st.just(STOCKED),
    st.just(PREDICATE),
    st.just(Conditions()),
    st.builds(Conditions, min_price=st.sampled_from([700, 2000]), item_types=st.just(frozenset({"shoes"}))),
    st.builds(Conditions, min_rating=st.sampled_from([3.0, 4.5]), brands=st.just(frozenset({"Acme"}))),
)
CHANGES = st.sampled_from(["price", "retire", "back", "add", "move", "merge", "delete", "ask"])


@given(st.data(), st.sampled_from([0, 3, 20_000]), st.sampled_from([2, 1_000]))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=30,
)
def test_answers_stay_true_whatever_changes(
    shop: Database,
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    few: int,
    always_mend: int,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view_cache, "FEW", few)
        patch.setattr(view_cache, "ALWAYS_MEND", always_mend)
        path = tmp_path_factory.mktemp("copy") / "shop.db"
        with shop.session() as session:
            session.connection().exec_driver_sql("SELECT 1")  # nobody writes while it is copied
            copy_database(database_url.removeprefix("sqlite:///"), str(path))
        with open_database(f"sqlite:///{path}") as database:
            go_on(database, data)


def copy_database(source: str, target: str) -> None:
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)


def go_on(database: Database, data: st.DataObject) -> None:
    asking, held = Asking(database), 26
    for _ in range(data.draw(st.integers(1, 6))):
        change = data.draw(CHANGES)
        number = data.draw(st.integers(0, 25))
        if change == "price":
            change_price(database, number, data.draw(st.sampled_from([600, 1400, 9_000])))
        elif change in ("retire", "back"):
            with database.session() as session:
                set_active(session, [number + 1, 26], change == "back", NOW)
        elif change == "add" and held < 34:
            fill_more(database, held, held + 2)
            held += 2
        elif change == "move":
            # Another item may have that SID already; then nothing is changed.
            with contextlib.suppress(CatalogError), database.session() as session:
                given = sid_of(number)
                give_sids(session, {f"P-{number:02}": dataclasses.replace(given, codes=(*given.codes[:2], 3))})
        elif change == "merge":
            asking.index = asking.index.merged()
        elif change == "delete":
            with database.session() as session:
                session.execute(text("DELETE FROM products WHERE id = :id"), {"id": number + 1})
                forget_changes(session)
        if change != "merge":
            asking.refresh()
        for _ in range(2):
            conditions = data.draw(SINGLE).both(data.draw(SINGLE))
            assert asking.ids(conditions) == asking.expected(conditions), change


def test_the_retired_product_is_in_no_view(shop: Database) -> None:
    asking = Asking(shop)
    assert int(RETIRED.removeprefix("P-")) + 1 not in asking.ids(Conditions())
