"""Fixtures for every package: an empty database with the newest schema, on SQLite and where possible PostgreSQL.

Property tests run the same few examples every time; ``pytest --hypothesis-profile=soak`` looks for new ones.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, delete, make_url, text

from catalog_db.database import Database, open_database
from catalog_db.migrations import migrate
from catalog_db.models import Base

# Before anything imports torch: with a tiny model its threads spend their time waiting for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("default", max_examples=50, deadline=None, derandomize=True, database=None)
settings.register_profile("soak", max_examples=2000, deadline=None)
settings.load_profile("default")

LONG = ("tests/neo_assistant/browser/", "tests/finetune/studies/", "tests/finetune/training/")
"""Where a few tests take minutes together."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: one begun last would keep one worker busy and leave the others without work."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    """Leave what the tests have imported out of later collections of garbage.

    A look through those 800,000 objects takes half a second, and tests that exchange models have dozens of them.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def _migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_url(tmp_path: Path, _migrated_sqlite_file: Path) -> str:
    """The URL of a new SQLite database with every table and no row."""
    path = tmp_path / "shop.db"
    shutil.copyfile(_migrated_sqlite_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, empty SQLite database."""
    with open_database(database_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL database whose server may be filled with further ones.

    Either ``NEO_TEST_POSTGRES_URL``, or a server of our own, on a Unix socket only, in a temporary folder.
    """
    if url := os.environ.get("NEO_TEST_POSTGRES_URL"):
        yield url
        return
    if not (shutil.which("initdb") and shutil.which("pg_ctl")):
        pytest.skip("no PostgreSQL: set NEO_TEST_POSTGRES_URL, or put initdb and pg_ctl on the PATH")
    folder = Path(tempfile.mkdtemp(prefix="neo-pg-"))
    # PostgreSQL refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user=user)

    def run(*command: str | Path) -> None:
        finished = subprocess.run(
            [str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=120, user=user
        )
        if finished.returncode:
            pytest.skip(f"PostgreSQL does not start: {finished.stderr.strip() or finished.stdout.strip()}")

    try:
        data = folder / "data"
        run("initdb", "--pgdata", data, "--username=neo", "--auth=trust", "--encoding=UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c full_page_writes=off"
        run("pg_ctl", "--pgdata", data, "--wait", "--log", folder / "log", "--options", options, "start")
        try:
            yield f"postgresql+psycopg://neo@/postgres?host={folder}"
        finally:
            run("pg_ctl", "--pgdata", data, "--wait", "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _migrated_postgres_url(postgres_server: str) -> Iterator[str]:
    name = f"neo_test_{uuid.uuid4().hex}"
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        url = make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
        migrate(url)
        yield url
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()


@pytest.fixture
def postgres_url(_migrated_postgres_url: str) -> str:
    """The URL of a PostgreSQL database with every table and no row; emptied, because making one takes much longer."""
    engine = create_engine(_migrated_postgres_url)
    try:
        with engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name == "catalog_revision":
                    connection.execute(text("UPDATE catalog_revision SET number = 0, complete_since = 0"))
                    continue
                # TRUNCATE would make new files for every table, and take longer than most tests.
                connection.execute(delete(table))
                if table.autoincrement_column is not None:
                    connection.execute(text(f"ALTER SEQUENCE {table.name}_id_seq RESTART"))
    finally:
        engine.dispose()
    return _migrated_postgres_url


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An open, empty database; the test runs once on each kind that can be had."""
    url = request.getfixturevalue("database_url" if request.param == "sqlite" else "postgres_url")
    with open_database(url) as opened:
        yield opened
