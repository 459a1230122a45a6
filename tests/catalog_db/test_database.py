from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from catalog_db.database import Database, open_database
from catalog_db.errors import CatalogError

INSERT = text("INSERT INTO shoppers (key, created_at) VALUES (:key, '2026-01-01 00:00:00')")
COUNT = text("SELECT count(*) FROM shoppers")


def test_missing_file_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="there is no database"):
        open_database(f"sqlite:///{tmp_path}/no/shop.db")
    assert not (tmp_path / "no").exists()


def test_must_exist_false_creates_folder_and_tables(tmp_path: Path) -> None:
    with (
        open_database(f"sqlite:///{tmp_path}/new/shop.db", must_exist=False) as database,
        database.reading() as session,
    ):
        assert session.execute(COUNT).scalar_one() == 0


def test_a_database_without_tables_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop.db").touch()
    with pytest.raises(CatalogError, match=r"no catalog tables .*migrate"):
        open_database(f"sqlite:///{tmp_path}/shop.db")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CatalogError, match="cannot make the folder"):
        open_database(f"sqlite:///{tmp_path}/file/shop.db", must_exist=False)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="unable to open"):
        open_database(f"sqlite:///{tmp_path}", must_exist=False)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_text("sku,title\n" * 100)
    with pytest.raises(CatalogError, match="not a database"):
        open_database(f"sqlite:///{tmp_path}/shop.db", must_exist=False)


@pytest.mark.parametrize("url", ["", "shop.db", "mysql://u@h/d", "sqlite://", "sqlite:///:memory:"])
def test_unsupported_urls(url: str) -> None:
    with pytest.raises(CatalogError):
        open_database(url)


def test_errors_do_not_show_the_password() -> None:
    with pytest.raises(CatalogError) as caught:
        open_database("postgresql://neo:hush-hush@127.0.0.1:1/shop?connect_timeout=2")
    assert "hush-hush" not in str(caught.value)


def test_session_commits_and_rolls_back(any_database: Database) -> None:
    with any_database.session() as session:
        session.execute(INSERT, {"key": "ann"})
    with pytest.raises(CatalogError), any_database.session() as session:
        session.execute(INSERT, [{"key": "bob"}, {"key": "ann"}])  # ann is there already
    with any_database.reading() as session:
        assert session.execute(COUNT).scalar_one() == 1


def test_reading_refuses_to_write(any_database: Database) -> None:
    with pytest.raises(CatalogError, match=r"read-?only"), any_database.reading() as session:
        session.execute(INSERT, {"key": "ann"})
    # The connection goes back to the pool; the next user may write again.
    with any_database.session() as session:
        session.execute(INSERT, {"key": "ann"})


def test_reading_sees_one_snapshot(any_database: Database) -> None:
    with any_database.reading() as reader:
        assert reader.execute(COUNT).scalar_one() == 0
        with any_database.session() as writer:
            writer.execute(INSERT, {"key": "ann"})
        assert reader.execute(COUNT).scalar_one() == 0


def test_writers_wait_for_each_other(database: Database) -> None:
    def write(name: int) -> None:
        for i in range(10):
            with database.session() as session:
                session.execute(COUNT)  # reads before it writes
                session.execute(INSERT, {"key": f"{name}-{i}"})

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.execute(COUNT).scalar_one() == 40


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(CatalogError, match="FOREIGN KEY"), database.session() as session:
        session.execute(text("INSERT INTO product_attributes (product_id, name, value) VALUES (7, 'a', 'b')"))
