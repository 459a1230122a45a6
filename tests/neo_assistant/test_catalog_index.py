"""The index of a catalog that changes while it is used."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.products import ids_by_sku, save_products
from catalog_db.revisions import forget_changes
from neo_assistant import catalog_index
from neo_assistant.catalog import Catalog
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.errors import DecodingIndexError
from neo_assistant.sids import Sid
from tests.neo_assistant.serving import CODEBOOKS, SKUS, fill, give_sids, make_rows, retire, sid_of, tokenizer
from tests.neo_assistant.ui_products import NOW

WAIT = 30.0


@pytest.fixture
def shop(database: Database) -> Database:
    fill(database)
    return database


@pytest.fixture
def catalog(shop: Database) -> Iterator[Catalog]:
    catalog = Catalog(shop, CODEBOOKS, tokenizer())
    yield catalog
    catalog.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "merge-index"]


@pytest.fixture
def merge_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A merge is due as soon as two positions are beside the main segment or dead in it."""
    monkeypatch.setattr(catalog_index, "MERGE_ABOVE", 1)
    monkeypatch.setattr(catalog_index, "MERGE_ABOVE_SHARE", 0.0)


def add(shop: Database, *numbers: int) -> None:
    """More products with semantic ids."""
    with shop.session() as session:
        save_products(session, [row for row in make_rows(36) if int(row.sku[2:]) in numbers], NOW)
        give_sids(session, {f"P-{number:02}": sid_of(number) for number in numbers})


def named(index: SegmentedIndex, shop: Database) -> dict[str, Sid]:
    """What the index says of every product."""
    with shop.reading() as session:
        ids = ids_by_sku(session, [f"P-{number:02}" for number in range(40)])
    found = index.positions_of(np.array(list(ids.values()), dtype=np.int64))
    return {sku: index.sid(int(place)) for sku, place in zip(ids, found, strict=True) if place >= 0}


def expected(*numbers: int) -> dict[str, Sid]:
    return {f"P-{number:02}": sid_of(number) for number in (*range(len(SKUS)), *numbers)}


def test_what_came_since_stands_beside_what_was_there(
    shop: Database, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = catalog.snapshot().index

    def refuse(*_: object) -> None:
        raise AssertionError("all semantic ids were read again")

    monkeypatch.setattr(catalog_index, "iter_sids", refuse)
    add(shop, 26, 27)
    second = catalog.snapshot().index
    assert second.main is first.main
    assert second.side is not None
    assert len(second.side) == 2
    assert named(second, shop) == expected(26, 27)
    assert named(first, shop) == expected()
    add(shop, 28)
    assert named(catalog.snapshot().index, shop) == expected(26, 27, 28)
    retire(shop, "P-00")
    third = catalog.snapshot()
    assert third.index is catalog.snapshot().index
    assert third.index.position(sid_of(0)) is not None
    assert not third.view(Conditions()).has(int(third.places(["P-00"])["P-00"]))


def test_products_may_exchange_their_semantic_ids(shop: Database, catalog: Catalog) -> None:
    before = catalog.snapshot()
    with shop.session() as session:
        give_sids(session, {"P-00": sid_of(2), "P-02": sid_of(0)})
    after = catalog.snapshot()
    assert after.index.main is before.index.main
    assert named(after.index, shop) == expected() | {"P-00": sid_of(2), "P-02": sid_of(0)}
    assert named(before.index, shop) == expected()
    place = after.index.position(sid_of(2))
    assert place is not None
    product = after.product_at(place)
    assert product is not None
    assert product.sku == "P-00"


def test_where_rows_were_deleted_everything_is_read_anew(shop: Database, catalog: Catalog) -> None:
    first = catalog.snapshot().index
    add(shop, 26)
    with shop.session() as session:
        forget_changes(session)
    second = catalog.snapshot().index
    assert second.main is not first.main
    assert second.side is None
    assert named(second, shop) == expected(26)


@pytest.mark.usefixtures("merge_soon")
def test_what_has_grown_is_merged_in_the_background(shop: Database, catalog: Catalog) -> None:
    add(shop, 26)
    assert catalog.snapshot().index.side is not None
    catalog.close()
    assert catalog.snapshot().index.side is not None  # one is not worth a merge
    add(shop, 27)
    old = catalog.snapshot()
    view = old.view(Conditions())
    catalog.close()
    new = catalog.snapshot()
    assert old.index.side is not None
    assert new.index.side is None
    assert new.revision == old.revision
    assert named(new.index, shop) == named(old.index, shop) == expected(26, 27)
    assert len(old.view(Conditions())) == len(view) == len(new.view(Conditions()))
    assert catalog.snapshot() is new


@pytest.mark.usefixtures("merge_soon")
def test_what_comes_during_a_merge_is_beside_its_result(
    shop: Database, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, merged = threading.Event(), SegmentedIndex.merged

    def slow(index: SegmentedIndex) -> SegmentedIndex:
        assert go_on.wait(WAIT)
        return merged(index)

    monkeypatch.setattr(SegmentedIndex, "merged", slow)
    add(shop, 26, 27)
    catalog.snapshot()
    add(shop, 28, 29)
    assert named(catalog.snapshot().index, shop) == expected(26, 27, 28, 29)
    with shop.session() as session:
        give_sids(session, {"P-26": sid_of(30), "P-30": sid_of(26)})
    go_on.set()
    catalog.close()
    index = catalog.snapshot().index
    assert index.side is not None
    assert sorted(named(index, shop)) == sorted(expected(26, 27, 28, 29))
    assert named(index, shop)["P-26"] == sid_of(30)
    assert len(index.main) == len(SKUS) + 2


@pytest.mark.usefixtures("merge_soon")
def test_a_merge_that_fails_hides_nothing_and_is_tried_again(
    shop: Database, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: SegmentedIndex) -> SegmentedIndex:
        raise DecodingIndexError("no room")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(SegmentedIndex, "merged", fail)
        add(shop, 26, 27)
        catalog.snapshot()
        catalog.close()
        assert named(catalog.snapshot().index, shop) == expected(26, 27)
    assert "could not be merged" in caplog.text
    assert "no room" in caplog.text
    add(shop, 28)
    assert named(catalog.snapshot().index, shop) == expected(26, 27, 28)
    catalog.close()
    merged = catalog.snapshot().index
    assert merged.side is None
    assert named(merged, shop) == expected(26, 27, 28)


@pytest.mark.usefixtures("merge_soon")
def test_threads_see_every_item_while_the_catalog_grows_and_is_merged(shop: Database, catalog: Catalog) -> None:
    wrong: list[str] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            snapshot = catalog.snapshot()
            items = len(snapshot.view(Conditions()))
            if items < len(SKUS) - 1 or snapshot.index.items < items:
                wrong.append(f"{items} of {snapshot.index.items}")

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(26, 34):
        add(shop, number)
        catalog.snapshot()
    done.set()
    for thread in threads:
        thread.join(WAIT)
    assert not wrong
    assert named(catalog.snapshot().index, shop) == expected(*range(26, 34))
