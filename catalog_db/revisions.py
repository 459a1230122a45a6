"""Which products changed since when, so that what was computed from them can be mended in place of computed anew.

``catalog_revision`` counts changes. Every function that changes products or gives semantic ids

1. asks :func:`next_revision` for the number its change will have, which makes other writers wait,
2. writes that number into ``revision`` of each row it touches,
3. calls :func:`bump_revision` if it touched any.

So numbers are committed in order: whoever sees the catalog at revision r sees every row of a number up to r, and no
other. Deleted rows leave no number behind; whoever deletes calls :func:`forget_changes`, and then nobody can be told
what changed since an earlier revision.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sqlalchemy import select, update

from catalog_db.database import Session
from catalog_db.id_stream import fetch_ids
from catalog_db.models import CatalogRevision, Product


def revision(session: Session) -> int:
    """A number that is another one after every committed change to any product, whichever process made it."""
    return session.execute(select(CatalogRevision.number)).scalar_one()


def next_revision(session: Session) -> int:
    """The revision that what this transaction changes next will have; other writers wait until it has ended."""
    return session.execute(select(CatalogRevision.number).with_for_update()).scalar_one() + 1


def bump_revision(session: Session) -> None:
    """Say that products changed; every function that changes them calls this in the same transaction."""
    session.execute(
        update(CatalogRevision).values(number=CatalogRevision.number + 1),
        execution_options={"synchronize_session": False},
    )


def forget_changes(session: Session) -> None:
    """Say that products changed and that the rows do not tell which, as after a deletion."""
    number = next_revision(session)
    session.execute(
        update(CatalogRevision).values(number=number, complete_since=number),
        execution_options={"synchronize_session": False},
    )


def knows_changes_since(session: Session, since: int) -> bool:
    """Whether the rows tell everything that changed after revision ``since``."""
    complete_since, number = session.execute(select(CatalogRevision.complete_since, CatalogRevision.number)).one()
    return complete_since <= since <= number


def changed_product_ids(session: Session, since: int) -> npt.NDArray[np.int64] | None:
    """Ids of products whose row or attributes changed after revision ``since``, new ones and those off sale too.

    Products that only got a semantic id are not among them (see :func:`catalog_db.sids.changed_sids`).

    Returns:
        Sorted int64 array, or None where the database cannot tell: products were deleted since, or ``since`` is a
        number it never had.
    """
    if not knows_changes_since(session, since):
        return None
    return fetch_ids(session, Product.id, select(Product.id).where(Product.revision > since))
