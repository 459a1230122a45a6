from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from catalog_db.database import Database, open_database
from catalog_db.errors import CatalogError
from catalog_db.events import LogReport, iter_histories, record_events
from catalog_db.exporters import SUFFIXES, export_events, export_products
from catalog_db.importers import import_events, import_products
from catalog_db.models import Product
from catalog_db.products import SaveReport, iter_products, save_products
from catalog_db.rows import EventRow, ProductRow
from catalog_db.validation import check_product_row, clean_line, path_segments

LATER = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)

NASTY = st.text(min_size=1, max_size=12) | st.text(
    "\"'\\,;|\t=<>&{}[]#:%\u2028\u200b\ufeff🛒ß\n ", min_size=1, max_size=12
)
LINE = NASTY.map(clean_line)


@st.composite
def _rows(draw: st.DrawFn) -> ProductRow:
    return ProductRow(
        sku=draw(LINE),
        title=draw(LINE),
        item_type=draw(st.sampled_from(["a", "home_garden"])),
        brand=draw(st.none() | LINE),
        category_path=" > ".join(path_segments(draw(NASTY))),
        description=draw(st.just("") | NASTY.map(str.strip)),
        price_minor=draw(st.none() | st.integers(0, 2_000_000_000)),
        currency=draw(st.sampled_from(["USD", "JPY", "KWD"])),
        stock=draw(st.none() | st.integers(0, 100)),
        rating=draw(st.none() | st.floats(1, 5)),
        rating_count=draw(st.integers(0, 100)),
        attributes=draw(st.dictionaries(LINE, st.lists(LINE, min_size=1, max_size=3).map(tuple), max_size=3)),
        image=draw(LINE),
        link=draw(LINE),
        active=draw(st.booleans()),
        created_at=draw(st.none() | st.datetimes(dt.datetime(1900, 1, 1), timezones=st.just(dt.UTC))),
    )


@given(st.lists(_rows().filter(lambda row: not check_product_row(row)), max_size=4, unique_by=lambda row: row.sku))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
    deadline=None,
    max_examples=40,
)
def test_importing_an_export_changes_nothing(database: Database, tmp_path: Path, rows: list[ProductRow]) -> None:
    with database.session() as session:
        session.execute(delete(Product))  # of the example before
        save_products(session, rows, LATER)
    with database.reading() as session:
        before = list(iter_products(session, active_only=False))
        for suffix in (".csv", ".jsonl"):
            assert export_products(session, tmp_path / f"shop{suffix}") == len(before)
    for suffix in (".csv", ".jsonl") if before else ():
        report = import_products(database, tmp_path / f"shop{suffix}", LATER, format=suffix[1:])
        assert report.refusals == []
        assert report.saved == SaveReport(unchanged=len(before))
    with database.reading() as session:
        assert list(iter_products(session, active_only=False)) == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_export_fills_another_database(shop: Database, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"my.shop{suffix}"
    with shop.reading() as session:
        assert export_products(session, path) == 6
        rows = [record.to_row() for record in iter_products(session, active_only=False)]
    with open_database(f"sqlite:///{tmp_path}/other.db", must_exist=False) as other:
        assert import_products(other, path, LATER).saved == SaveReport(added=6)
        with other.reading() as session:
            assert [record.to_row() for record in iter_products(session, active_only=False)] == rows


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_events(shop: Database, tmp_path: Path, now: dt.datetime, suffix: str) -> None:
    rows = [
        EventRow('an "n"', "B-1", "viewed", now),
        EventRow('an "n"', "K-3", "bought", now + dt.timedelta(microseconds=1)),
        EventRow("bob,", "B-1", "carted", now),
    ]
    with shop.session() as session:
        record_events(session, rows)
    path = tmp_path / f"log{suffix}"
    with shop.reading() as session:
        assert export_events(session, path) == 3
        before = list(iter_histories(session))
    assert import_events(shop, path).saved == LogReport(unchanged=3)
    with shop.reading() as session:
        assert list(iter_histories(session)) == before


def test_equal_catalogs_give_equal_files(shop: Database, tmp_path: Path) -> None:
    with shop.reading() as session:
        for name in ("a.csv.gz", "b.csv.gz"):
            export_products(session, tmp_path / name)
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()


def test_active_only(shop: Database, tmp_path: Path) -> None:
    with shop.reading() as session:
        assert export_products(session, tmp_path / "shop.csv", active_only=True) == 5


def test_a_failed_export_leaves_the_old_file(shop: Database, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("precious")

    def fail(record: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("catalog_db.exporters._product", fail)
    with shop.reading() as session, pytest.raises(RuntimeError):
        export_products(session, path)
    assert path.read_text() == "precious"
    assert [one.name for one in tmp_path.iterdir() if "shop.csv" in one.name] == ["shop.csv"]


@pytest.mark.parametrize("name", ["shop.xlsx", "shop", "no/such/folder/shop.csv"])
def test_names_that_cannot_be_written(shop: Database, tmp_path: Path, name: str) -> None:
    with shop.reading() as session, pytest.raises(CatalogError):
        export_products(session, tmp_path / name)
