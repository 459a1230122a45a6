"""Open the database: connections, transactions and the check that the schema is the newest.

Two kinds of transaction, because SQLite has one writer at a time::

    database = open_database("sqlite:///var/shop.db")
    with database.reading() as session:   # a consistent snapshot; any attempt to write is refused by the database
        ...
    with database.session() as session:   # reads and writes; committed at the end, rolled back on an error
        ...

Other packages treat sessions as opaque: they hand them to the functions of this package and get plain values back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from catalog_db.errors import CatalogError

__all__ = ["BUSY_TIMEOUT_SECONDS", "Database", "Session", "make_engine", "open_database", "read_only"]

BUSY_TIMEOUT_SECONDS = 30.0
"""How long a SQLite writer waits for another one."""

_READ_ONLY = "neo_read_only"
_MIGRATE_HINT = "run: python -m catalog_db migrate"


class Database:
    """An open database whose schema is the newest. Made by :func:`open_database`; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        read_options: dict[str, Any] = {_READ_ONLY: True}
        if engine.dialect.name == "postgresql":
            read_options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._write_sessions = sessionmaker(engine, expire_on_commit=False, info={"database": self})
        self._read_sessions = sessionmaker(
            engine.execution_options(**read_options), expire_on_commit=False, info={"database": self}
        )

    @property
    def url(self) -> str:
        """The URL with its password hidden."""
        return self._engine.url.render_as_string(hide_password=True)

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction that may write: committed when the block ends, rolled back when it raises.

        On SQLite it holds the write lock from the start, so keep it short.

        Raises:
            CatalogError: the database refused (locked for too long, disk full, connection lost, …).
        """
        with _translated(self.url), self._write_sessions.begin() as session:
            yield session

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """One read-only transaction that sees the database as it was at its first query.

        Raises:
            CatalogError: the database refused, or something tried to write.
        """
        with _translated(self.url), self._read_sessions.begin() as session:
            yield session

    def close(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def open_database(url: str, *, must_exist: bool = True) -> Database:
    """Open the database at ``url`` and check that its schema is the newest.

    Args:
        url: ``sqlite:///path/to/file.db`` or ``postgresql://user:password@host/name``.
        must_exist: False creates the tables in a database that has none; one that has older tables is refused either
            way, because changing them is the operator's decision.

    Raises:
        CatalogError: no such database, no connection, or a schema of another revision.
    """
    engine = make_engine(url, create=not must_exist)
    try:
        with _translated(engine.url.render_as_string(hide_password=True)):
            with engine.connect() as connection:
                is_empty = not inspect(connection).get_table_names()
            if is_empty and not must_exist:
                from catalog_db.migrations import migrate

                migrate(url)
            with engine.connect() as connection:
                _check_revision(connection)
    except BaseException:
        engine.dispose()
        raise
    return Database(engine)


@contextlib.contextmanager
def read_only(session: Session) -> Iterator[Session]:
    """A session that cannot write, for SQL that people wrote: this one if it is of that kind, else one of its own.

    In a session of its own, what ``session`` has not committed yet is not seen. A statement that fails inside does not
    spoil ``session``.
    """
    if session.get_bind().get_execution_options().get(_READ_ONLY, False):
        with session.begin_nested():
            yield session
    else:
        with session.info["database"].reading() as own:
            yield own


def make_engine(url: str, *, create: bool) -> Engine:
    """An engine with this project's connection settings; ``create`` allows a SQLite file that is not there yet.

    Raises:
        CatalogError: the URL is malformed, names an unsupported database, or a SQLite file that does not exist.
    """
    parsed = _parse_url(url)
    if parsed.drivername == "sqlite":
        path = Path(str(parsed.database))
        if create:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CatalogError(f"cannot make the folder {path.parent}: {error.strerror or error}") from error
        elif not path.exists():
            raise CatalogError(
                f"there is no database at {path}", "make one: python -m catalog_db sample, or: … import FILE"
            )
        engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(parsed, pool_pre_ping=True)


def _parse_url(url: str) -> URL:
    hint = "for example sqlite:///var/shop.db or postgresql://user@localhost/shop"
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise CatalogError("the database URL cannot be read", hint) from None
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        if not parsed.database or parsed.database == ":memory:" or parsed.database.startswith("file:"):
            raise CatalogError("a SQLite database has to be a file", hint)
        return parsed.set(drivername="sqlite")
    raise CatalogError(f"databases of kind {parsed.drivername!r} are not supported", hint)


def _configure_sqlite(dbapi_connection: Any, _record: Any) -> None:
    # The driver's own transaction handling begins too late for a SELECT to be part of the transaction.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
    # A transaction that reads first and writes later fails at once when another one has written in between, whatever
    # the timeout; taking the write lock at the start makes it wait instead.
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _check_revision(connection: Connection) -> None:
    from catalog_db.migrations import newest_revision

    current = MigrationContext.configure(connection).get_current_revision()
    newest = newest_revision()
    if current is None:
        raise CatalogError("the database has no catalog tables", _MIGRATE_HINT)
    if current != newest:
        raise CatalogError(f"the database schema is at revision {current}, this code needs {newest}", _MIGRATE_HINT)


@contextlib.contextmanager
def _translated(url: str) -> Iterator[None]:
    """Turn the driver's errors into ours; what the driver said goes along, what was sent to it does not."""
    try:
        yield
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())
        raise CatalogError(f"the database {url} refused: {reason}") from error
