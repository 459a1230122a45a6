"""Shoppers by their outside name, checked: a key may come from a browser."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from catalog_db.database import Session
from catalog_db.errors import CatalogError
from catalog_db.events import shopper_id
from catalog_db.models import Shopper
from catalog_db.validation import SHOPPER_LIMIT, check_text, check_time


def find_shopper(session: Session, shopper: str, *, lock: bool = False) -> int | None:
    """The id of a shopper, or None if they have not done anything here yet.

    Args:
        session: any session; a writing one for ``lock``.
        shopper: the key.
        lock: other writers of the same shopper wait until this one is done.

    Raises:
        CatalogError: nobody can be called that.
    """
    _check(shopper)
    query = select(Shopper.id).where(Shopper.key == shopper)
    return session.execute(query.with_for_update() if lock else query).scalar_one_or_none()


def lock_shopper(session: Session, shopper: str, now: dt.datetime) -> int:
    """The id of a shopper, who becomes known if need be; other writers of the same shopper wait until this one is done.

    Raises:
        CatalogError: nobody can be called that, or the time has no zone.
    """
    _check(shopper)
    if problem := check_time("the time", now):
        raise CatalogError(problem)
    number = shopper_id(session, shopper, now)
    session.execute(select(Shopper.id).where(Shopper.id == number).with_for_update())
    return number


def _check(shopper: str) -> None:
    if problem := check_text("the shopper's key", shopper, SHOPPER_LIMIT, required=True):
        raise CatalogError(problem)
