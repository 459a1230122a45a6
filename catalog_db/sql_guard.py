"""Run SQL that a person wrote: parsed before anything runs, in a transaction that cannot write, and not for ever."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from catalog_db.database import Session, read_only
from catalog_db.errors import ConditionError
from catalog_db.models import Product
from catalog_db.sql_clauses import predicate

SECONDS = 30.0
"""How long a query with a person's predicate may take. Ten million products are read through in about ten."""

_STEPS_BETWEEN_LOOKS = 100_000
"""Instructions of SQLite's machine between two looks at the clock: well under a millisecond."""


@contextlib.contextmanager
def guarded(session: Session, predicates: Iterable[str]) -> Iterator[Session]:
    """A session to run a query in that holds these predicates, after the database has parsed each by itself.

    Args:
        session: any session; what it has written and not committed may not be seen (see
            :func:`catalog_db.database.read_only`).
        predicates: checked ones (:func:`catalog_db.sql_predicate.check_predicate`).

    Raises:
        ConditionError: the database cannot parse one, or what is run in the block fails or takes too long.
    """
    with read_only(session) as reader:
        try:
            with _time_limit(reader, SECONDS):
                for sql in predicates:
                    # A query of no rows is prepared, with every name looked up and every type checked, and not run.
                    reader.execute(select(Product.id).where(predicate(sql)).limit(0))
                yield reader
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0]
            if reason == "interrupted" or "statement timeout" in reason:
                raise ConditionError(
                    f"the SQL condition takes longer than {SECONDS:g} seconds", "ask for less, or for indexed columns"
                ) from error
            raise ConditionError(f"the database cannot run the SQL condition: {reason}") from error


def check_runs(session: Session, predicates: Iterable[str]) -> None:
    """Have the database parse predicates, and run none.

    Raises:
        ConditionError: it cannot.
    """
    with guarded(session, predicates):
        pass


@contextlib.contextmanager
def _time_limit(session: Session, seconds: float) -> Iterator[None]:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        before = session.execute(text("SHOW statement_timeout")).scalar_one()
        set_timeout = text("SELECT set_config('statement_timeout', :value, true)")
        session.execute(set_timeout, {"value": f"{int(seconds * 1000)}ms"})
        yield
        # After an error the savepoint around this takes the setting back.
        session.execute(set_timeout, {"value": before})
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    end = time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)
