from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from catalog_db.database import open_database
from catalog_db.errors import CatalogError
from catalog_db.events import iter_histories, iter_queries
from catalog_db.products import by_sku, count_products, iter_products, save_products
from catalog_db.rows import ProductRow
from catalog_db.sample import build
from catalog_db.sample.build import BUILT_AT, SampleReport, build_sample
from catalog_db.sample.products import build_products
from catalog_db.sample.shoppers import SHOPPERS, SampleLog, simulate


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def everything() -> list[ProductRow]:
    return build_products()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, everything: list[ProductRow]) -> list[ProductRow]:
    """Makes the store small and quick to build; what is added to or taken from the list changes the next build."""
    rows = everything[::20]

    def few_shoppers(products: Sequence[ProductRow]) -> SampleLog:
        return simulate(products, shoppers=25)

    monkeypatch.setattr(build, "build_products", lambda: list(rows))
    monkeypatch.setattr(build, "simulate", few_shoppers)
    return rows


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleReport]:
    """The sample store, as anyone gets it."""
    path = tmp_path_factory.mktemp("whole") / "var" / "shop.db"
    return path, build_sample(url_of(path))


def test_two_builds_are_the_same_file_whatever_the_hash_seed(whole: tuple[Path, SampleReport], tmp_path: Path) -> None:
    path, report = whole
    other = tmp_path / "elsewhere.db"
    code = f"from catalog_db.sample.build import build_sample; print(build_sample({url_of(other)!r}).fingerprint)"
    made = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "4242", "TZ": "Asia/Kathmandu"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert made.stdout.strip() == report.fingerprint
    assert sha256(other) == sha256(path)
    pictures = sorted(file.name for file in report.pictures_dir.iterdir())
    assert pictures == sorted(file.name for file in (tmp_path / "pictures").iterdir())
    assert all(sha256(report.pictures_dir / name) == sha256(tmp_path / "pictures" / name) for name in pictures)


def test_the_store_holds_what_the_report_says(whole: tuple[Path, SampleReport], everything: list[ProductRow]) -> None:
    path, report = whole
    assert sorted(file.name for file in path.parent.iterdir()) == ["pictures", "shop.db"], "nothing is left lying about"
    assert report.pictures_dir == path.parent / "pictures"
    with open_database(url_of(path)) as database, database.reading() as session:
        products = list(iter_products(session, active_only=False))
        histories = list(iter_histories(session))
        queries = list(iter_queries(session))
    assert [product.to_row().title for product in products] == [row.title for row in everything]
    assert {product.updated_at for product in products} == {BUILT_AT}
    assert len(products) == report.products
    assert len(histories) == report.shoppers == SHOPPERS
    assert sum(len(history.kinds) for history in histories) == report.events
    assert len(queries) == report.queries
    assert {product.image for product in products} == {f"pictures/{p.name}" for p in report.pictures_dir.iterdir()}
    assert len(list(report.pictures_dir.iterdir())) == report.pictures


def test_the_report_says_plainly_that_all_is_simulated(whole: tuple[Path, SampleReport]) -> None:
    text = str(whole[1])
    assert "simulated shoppers" in text
    assert "invented" in text
    assert whole[1].fingerprint[:12] in text


def test_a_second_build_changes_nothing_and_says_so(small: list[ProductRow], tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    first = build_sample(url_of(path))
    with open_database(url_of(path)) as database, database.session() as session:
        save_products(session, [ProductRow("MINE-1", "Mine", "bags")], BUILT_AT)
    (tmp_path / "pictures" / "mine.svg").write_text("mine")
    lost = next((tmp_path / "pictures").glob("*-*.svg"))
    drawn = lost.read_bytes()
    lost.unlink()
    second = build_sample(url_of(path))
    assert not first.was_there
    assert second.was_there
    assert "already holds" in str(second)
    assert "Nothing in the database was changed" in str(second)
    assert lost.read_bytes() == drawn
    assert (tmp_path / "pictures" / "mine.svg").read_text() == "mine"
    with open_database(url_of(path)) as database, database.reading() as session:
        assert by_sku(session, ["MINE-1"])[0].title == "Mine"


def test_force_builds_afresh_byte_for_byte(small: list[ProductRow], tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    build_sample(url_of(path))
    before = sha256(path)
    with open_database(url_of(path)) as database, database.session() as session:
        save_products(session, [ProductRow("MINE-1", "Mine", "bags")], BUILT_AT)
    assert not build_sample(url_of(path), force=True).was_there
    assert sha256(path) == before


def test_an_older_sample_store_is_replaced_unless_products_were_added(small: list[ProductRow], tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    build_sample(url_of(path))
    gone = small.pop()
    report = build_sample(url_of(path))
    assert not report.was_there
    with open_database(url_of(path)) as database, database.reading() as session:
        assert count_products(session, active_only=False) == report.products == len(small)
    with open_database(url_of(path)) as database, database.session() as session:
        save_products(session, [ProductRow("MINE-1", "Mine", "bags")], BUILT_AT)
    small.append(gone)
    with pytest.raises(CatalogError, match="products that do not belong to it"):
        build_sample(url_of(path))


def test_a_shop_of_ones_own_is_not_overwritten(small: list[ProductRow], database_url: str) -> None:
    with open_database(database_url) as database, database.session() as session:
        save_products(session, [ProductRow("MINE-1", "Mine", "bags")], BUILT_AT)
    with pytest.raises(CatalogError, match=r"rows in 'products'.*--force"):
        build_sample(database_url)
    with open_database(database_url) as database, database.reading() as session:
        assert count_products(session) == 1


def test_an_empty_catalog_is_filled(small: list[ProductRow], database_url: str) -> None:
    assert not build_sample(database_url).was_there


def test_other_peoples_files_are_not_overwritten(small: list[ProductRow], tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()
    with pytest.raises(CatalogError, match="a table 'notes' that is not the catalog's"):
        build_sample(url_of(path))
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ada, " * 100)
    for force in (False, True):
        with pytest.raises(CatalogError, match="not a database"):
            build_sample(url_of(letter), force=force)
    assert letter.read_text().startswith("Dear Ada")


def test_a_store_in_use_is_not_replaced_under_its_users(small: list[ProductRow], tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    build_sample(url_of(path))
    before = sha256(path)
    with open_database(url_of(path)) as database, database.reading() as session:
        count_products(session)
        with pytest.raises(CatalogError, match=r"cannot be replaced.*stop what uses it"):
            build_sample(url_of(path), force=True)
        assert count_products(session) == len(small)
    assert [file for file in tmp_path.iterdir() if file.name.startswith(".")] == []
    assert build_sample(url_of(path), force=True).products == len(small)
    assert sha256(path) == before


def test_pictures_go_where_they_are_asked_to(small: list[ProductRow], tmp_path: Path) -> None:
    report = build_sample(url_of(tmp_path / "shop.db"), tmp_path / "elsewhere")
    assert report.pictures_dir == tmp_path / "elsewhere"
    assert len(list(report.pictures_dir.glob("*.svg"))) == report.pictures
    assert not (tmp_path / "pictures").exists()


def test_products_whose_picture_is_another_are_refused(small: list[ProductRow], tmp_path: Path) -> None:
    small.append(ProductRow("X-1", "X", "bags", attributes={"kind": ("tote bag",), "colour": ("red",)}, image="x.svg"))
    with pytest.raises(CatalogError, match=r"X-1 shows 'x.svg'"):
        build_sample(url_of(tmp_path / "shop.db"))
    assert not (tmp_path / "shop.db").exists()


def test_it_builds_on_postgresql(small: list[ProductRow], postgres_url: str, tmp_path: Path) -> None:
    report = build_sample(postgres_url, tmp_path / "pictures")
    with open_database(postgres_url) as database, database.session() as session:
        assert count_products(session, active_only=False) == len(small)
        assert sum(len(history.kinds) for history in iter_histories(session)) == report.events
    assert build_sample(postgres_url, tmp_path / "pictures").was_there
    small.pop()
    assert not build_sample(postgres_url, tmp_path / "pictures").was_there
    with open_database(postgres_url) as database, database.session() as session:
        assert count_products(session, active_only=False) == len(small)
        save_products(session, [ProductRow("MINE-1", "Mine", "bags")], BUILT_AT)
    small.pop()
    with pytest.raises(CatalogError, match="do not belong to it"):
        build_sample(postgres_url, tmp_path / "pictures")
