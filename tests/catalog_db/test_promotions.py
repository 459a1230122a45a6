from __future__ import annotations

import datetime as dt
import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_db.database import Database, Session
from catalog_db.errors import CatalogError
from catalog_db.promotions import (
    Promotion,
    check_note,
    current,
    history,
    lock_current,
    previous,
    promote,
    roll_back,
)

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


def _promote(session: Session, name: str) -> Promotion:
    return promote(session, name, "0" * 63 + "a", note=f"try {name}", who="Ada", now=NOW)


def _roll_back(session: Session, promotion_id: int) -> Promotion:
    return roll_back(session, promotion_id, note="worse", who="Bo", now=NOW)


def test_the_newest_serves_and_can_be_rolled_back(any_database: Database) -> None:
    with any_database.session() as session:
        assert (current(session), previous(session)) == (None, None)
        first, second = _promote(session, "spring"), _promote(session, "summer")
        assert (current(session), previous(session)) == (second, first)
        back = _roll_back(session, second.id)
    with any_database.reading() as session:
        assert current(session) == back
        assert (back.checkpoint, back.manifest_sha256, back.who, back.note) == ("spring", "0" * 63 + "a", "Bo", "worse")
        assert back.restores_id == first.id
        assert history(session) == [back, second, first]
        assert history(session, before_id=back.id, limit=1) == [second]


def test_a_second_click_rolls_nothing_back(any_database: Database) -> None:
    with any_database.session() as session:
        _promote(session, "spring")
        _promote(session, "summer")
        third = _promote(session, "autumn")
        back = _roll_back(session, third.id)
        for stale in (third.id, 10**30, -(10**30)):
            with pytest.raises(CatalogError, match="not the one that serves"):
                _roll_back(session, stale)
        assert current(session) == back


def test_two_at_once_roll_back_once(any_database: Database) -> None:
    with any_database.session() as session:
        promotions = [_promote(session, name) for name in ("spring", "summer", "autumn")]

    def click(_: int) -> bool:
        try:
            with any_database.session() as session:
                _roll_back(session, promotions[-1].id)
        except CatalogError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(click, range(4))) == [False, False, False, True]
    with any_database.reading() as session:
        serving = current(session)
        assert serving is not None
        assert serving.checkpoint == "summer"


def test_nothing_before_the_first(any_database: Database) -> None:
    with any_database.session() as session:
        with pytest.raises(CatalogError, match="not the one that serves"):
            _roll_back(session, 1)
        first = _promote(session, "spring")
        with pytest.raises(CatalogError, match="promoted before"):
            _roll_back(session, first.id)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(steps=st.lists(st.booleans(), max_size=12))
def test_it_is_a_stack(database: Database, steps: list[bool]) -> None:
    """True promotes a checkpoint never seen before, False rolls back: like undo in an editor."""
    names = map(str, itertools.count())
    stack: list[str] = []
    with database.session() as session:
        savepoint = session.begin_nested()
        for is_promotion in steps:
            if is_promotion:
                stack.append(next(names))
                _promote(session, stack[-1])
            elif len(stack) > 1:
                stack.pop()
                serving = current(session)
                assert serving is not None
                _roll_back(session, serving.id)
            serving, before = current(session), previous(session)
            assert (serving and serving.checkpoint) == (stack[-1] if stack else None)
            assert (before and before.checkpoint) == (stack[-2] if len(stack) > 1 else None)
        savepoint.rollback()  # The next example begins with an empty table again.


@pytest.mark.parametrize("name", ["", "..", ".", "a/b", "a\\b", "/", "x" * 256, "two\nlines", "nul\x00"])
def test_only_folder_names(database: Database, name: str) -> None:
    with database.session() as session, pytest.raises(CatalogError):
        _promote(session, name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"manifest_sha256": "A" * 64},
        {"manifest_sha256": "a" * 63},
        {"note": ""},
        {"who": " "},
        {"now": dt.datetime.min},
    ],
)
def test_refused(database: Database, wrong: dict) -> None:
    values = {"checkpoint": "spring", "manifest_sha256": "a" * 64, "note": "why", "who": "Ada", "now": NOW}
    with database.session() as session, pytest.raises(CatalogError):
        promote(session, **(values | wrong))


def test_who_decides_by_what_serves_is_not_overtaken(any_database: Database) -> None:
    """Also before the first promotion, when there is no row to wait at."""

    def click(who: int) -> bool:
        with any_database.session() as session:
            if lock_current(session) is not None:
                return False
            _promote(session, f"by-{who}")
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(click, range(4))) == [False, False, False, True]
    with any_database.reading() as session:
        assert len(history(session)) == 1


@pytest.mark.parametrize("note", ["", "x" * 513, "nul\x00"])
def test_a_note_can_be_looked_at_beforehand(note: str) -> None:
    check_note("better\nin all")
    with pytest.raises(CatalogError, match="note"):
        check_note(note)
