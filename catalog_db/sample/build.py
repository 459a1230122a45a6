"""Build the sample store: ``python -m catalog_db sample``.

An invented shop with simulated shoppers, to try the project without data of one's own. Nothing in it comes from a real
shop or a real person. Everything, times included, is fixed, so that two builds give the same SQLite file byte for byte
(with the same version of SQLite, which writes its own into the file).

A SQLite file is built beside its destination and put in its place in one step, so that a reader sees the old store or
the new one and never a half-made one. On PostgreSQL the store is built in one transaction.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, delete, func, inspect, literal, select
from sqlalchemy.exc import DBAPIError

from catalog_db.database import Session, make_engine, open_database
from catalog_db.errors import CatalogError
from catalog_db.events import record_events, save_queries
from catalog_db.migrations import migrate, newest_revision
from catalog_db.models import Base, CatalogRevision, Product, ShopInfo
from catalog_db.products import save_products
from catalog_db.revisions import forget_changes
from catalog_db.rows import EventRow, ProductRow, QueryRow
from catalog_db.sample.pictures import FOLDER, draw, picture_name
from catalog_db.sample.products import build_products
from catalog_db.sample.shelf import LAST_DAY
from catalog_db.sample.shoppers import simulate

BUILT_AT = LAST_DAY
"""What the store says it was built at."""
POSTGRESQL_PICTURES = Path("var") / FOLDER
"""Where pictures go when the database is not a file that they could stand beside."""

_FINGERPRINT, _PRODUCTS = "sample_store_fingerprint", "sample_store_products"


@dataclass(frozen=True, slots=True)
class SampleReport:
    """What was built, or found.

    Attributes:
        database: its URL, with any password hidden.
        products, shoppers, events, queries: how many the sample store has.
        pictures: how many pictures it has, all of them in ``pictures_dir`` now.
        fingerprint: sha256 of the store's contents, 64 hexadecimal digits.
        was_there: whether the database already held this very store, and was left as it was.
    """

    database: str
    products: int
    shoppers: int
    events: int
    queries: int
    pictures: int
    pictures_dir: Path
    fingerprint: str
    was_there: bool

    def __str__(self) -> str:
        """In words, for the command line."""
        done = "already holds" if self.was_there else "now holds"
        lines = [
            f"{self.database} {done} the sample store ({self.fingerprint[:12]}): {self.products:,} invented products, "
            f"{self.shoppers:,} simulated shoppers with {self.events:,} events and {self.queries:,} searches; "
            f"{self.pictures:,} drawn pictures in {self.pictures_dir}.",
            "The shop, its brands and its ratings are invented, and nobody did what its shoppers did: figures measured "
            "on it say how the software works, not how people shop.",
        ]
        if self.was_there:
            lines.append("Nothing in the database was changed; --force builds it afresh.")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Contents:
    """All that goes into the database."""

    products: Sequence[ProductRow]
    events: Sequence[EventRow]
    queries: Sequence[QueryRow]

    def fingerprint(self, now: dt.datetime) -> str:
        """sha256 over the schema's revision, the build time and every row."""
        digest = hashlib.sha256(f"{newest_revision()} {now.isoformat()}\n".encode())
        rows: Iterable[ProductRow | EventRow | QueryRow] = (*self.products, *self.events, *self.queries)
        for row in rows:
            digest.update(repr(row).encode())
        return digest.hexdigest()


def build_sample(
    url: str, pictures_dir: Path | None = None, now: dt.datetime = BUILT_AT, *, force: bool = False
) -> SampleReport:
    """Build the sample store at ``url``, unless it is there already.

    Args:
        url: a SQLite or PostgreSQL database; made if it is a SQLite file that does not exist.
        pictures_dir: where the pictures go; None for a folder ``pictures`` beside the SQLite file, or for PostgreSQL
            ``var/pictures``. Missing pictures are drawn in any case; other files in it are left alone.
        now: what the store says it was built at.
        force: replace whatever the database holds.

    Raises:
        CatalogError: the database holds something else than the sample store and ``force`` is not given, or it is in
            use, or it cannot be reached.
    """
    target = make_engine(url, create=True).url  # first, because the rest takes a while
    products = build_products()
    log = simulate(products)
    contents = _Contents(products, log.events, log.queries)
    fingerprint = contents.fingerprint(now)
    path = Path(str(target.database)) if target.drivername == "sqlite" else None
    if pictures_dir is None:
        pictures_dir = path.parent / FOLDER if path else POSTGRESQL_PICTURES
    was_there = not force and _holds(url, path, fingerprint)
    pictures = _write_pictures(products, pictures_dir)
    if not was_there and path is not None:
        _build_file(target, path, contents, fingerprint, now)
    elif not was_there:
        migrate(url)
        _fill(url, contents, fingerprint, now)
    return SampleReport(
        database=target.render_as_string(hide_password=True),
        products=len(products),
        shoppers=len({event.shopper for event in log.events}),
        events=len(log.events),
        queries=len(log.queries),
        pictures=pictures,
        pictures_dir=pictures_dir,
        fingerprint=fingerprint,
        was_there=was_there,
    )


def _holds(url: str, path: Path | None, fingerprint: str) -> bool:
    """Whether the database holds this very sample store; False if it is empty or holds an older one.

    Raises:
        CatalogError: it holds something that a build would destroy.
    """
    if path is not None and (not path.exists() or path.stat().st_size == 0):
        return False
    engine = make_engine(url, create=False)
    try:
        with engine.connect() as connection:
            return _check_contents(connection, path, fingerprint)
    except DBAPIError as error:
        raise CatalogError(f"cannot read {engine.url.render_as_string(hide_password=True)}: {error.orig}") from error
    finally:
        engine.dispose()


def _check_contents(connection: Connection, path: Path | None, fingerprint: str) -> bool:
    """As :func:`_holds`, on an open connection. The tables may be of an older revision, or somebody else's."""
    found = set(inspect(connection).get_table_names())
    foreign = sorted(found - set(Base.metadata.tables) - {"alembic_version"})
    if path is not None and foreign:  # On PostgreSQL other people's tables are left alone.
        raise _would_destroy(f"a table {foreign[0]!r} that is not the catalog's")
    tables = [table for table in Base.metadata.sorted_tables if table.name in found]
    facts: dict[str, str] = {}
    if ShopInfo.__tablename__ in found:
        rows = connection.execute(select(ShopInfo.key, ShopInfo.value))
        facts = {row.key: row.value for row in rows}
    if facts.get(_FINGERPRINT) == fingerprint:
        return True
    if _FINGERPRINT in facts:
        products = connection.execute(select(func.count()).select_from(Product)).scalar_one()
        if products != int(facts[_PRODUCTS]):
            raise _would_destroy("an older sample store and products that do not belong to it")
        return False
    for table in tables:
        filled = connection.execute(select(literal(1)).select_from(table).limit(1)).first()
        if filled and table.name != CatalogRevision.__tablename__:
            raise _would_destroy(f"rows in {table.name!r}")
    return False


def _would_destroy(what: str) -> CatalogError:
    return CatalogError(
        f"the database holds {what}, which building the sample store would destroy",
        "name another database, or use --force to replace what it holds",
    )


def _build_file(target: URL, path: Path, contents: _Contents, fingerprint: str, now: dt.datetime) -> None:
    """Build in a temporary file beside ``path``, then put it in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        made = Path(folder) / "sample.db"
        url = target.set(database=str(made)).render_as_string(hide_password=False)
        migrate(url)
        _fill(url, contents, fingerprint, now)
        _settle(made, compact=True)
        if path.exists() and path.stat().st_size:
            _settle(path, compact=False)
        os.replace(made, path)


def _settle(path: Path, *, compact: bool) -> None:
    """Leave one file with no write-ahead log beside it, which nobody else has open.

    A log left beside a file that is replaced would be replayed into the new one and spoil it.

    Raises:
        CatalogError: someone has the database open.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=2.0, isolation_level=None)) as connection:
            # Leaving the write-ahead log needs the file for oneself, so this fails while anyone has it open.
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            if compact:
                connection.execute("VACUUM")
    except sqlite3.Error as error:
        raise CatalogError(f"{path} cannot be replaced: {error}", "stop what uses it, then try again") from error


def _fill(url: str, contents: _Contents, fingerprint: str, now: dt.datetime) -> None:
    """Put the sample store into a migrated database, in place of whatever is in it, in one transaction."""
    with open_database(url) as database, database.session() as session:
        _empty(session)
        save_products(session, contents.products, now)
        record_events(session, contents.events)
        save_queries(session, contents.queries)
        session.add_all(
            [
                ShopInfo(key=_FINGERPRINT, value=fingerprint),
                ShopInfo(key=_PRODUCTS, value=str(len(contents.products))),
            ]
        )


def _empty(session: Session) -> None:
    """Delete every row but the catalog revision, which only ever grows."""
    for table in reversed(Base.metadata.sorted_tables):
        if table.name != CatalogRevision.__tablename__:
            session.execute(delete(table))
    forget_changes(session)


def _write_pictures(products: Sequence[ProductRow], folder: Path) -> int:
    """Draw the picture of every product that is not there as it should be; returns how many pictures there are."""
    wanted = {}
    for row in products:
        (kind,), (colour,) = row.attributes["kind"], row.attributes["colour"]
        name = picture_name(kind, colour)
        if row.image != name:
            raise CatalogError(f"product {row.sku} shows {row.image!r}, and its picture is {name!r}")
        wanted[name.removeprefix(f"{FOLDER}/")] = (kind, colour)
    folder.mkdir(parents=True, exist_ok=True)
    for name, (kind, colour) in sorted(wanted.items()):
        data = draw(kind, colour).encode()
        path = folder / name
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
    return len(wanted)
