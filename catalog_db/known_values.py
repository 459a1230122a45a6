"""Check what a person asked for against what the catalog has, before anything is looked for."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from catalog_db.conditions import Conditions
from catalog_db.database import Session
from catalog_db.errors import ConditionError
from catalog_db.models import Product, ProductAttribute
from catalog_db.sql_clauses import on_sale
from catalog_db.sql_guard import check_runs

_SUGGEST_FROM = 5000
"""How many known values are compared when the closest one is looked for."""


_LISTED = 20
"""So few are all named where none is close."""
_EXAMPLES = 5
"""So many are named of more."""


def check_against(session: Session, conditions: Conditions) -> None:
    """Refuse conditions that a person cannot have meant: names and values that no product on sale has, an SQL predicate
    that the database cannot parse, and conditions that no product can meet because they contradict each other.

    Raises:
        ConditionError: with the closest known values as a hint.
    """
    for part in conditions.parts():
        _check_known(session, "item type", Product.item_type, part.item_types)
        _check_known(session, "brand", Product.brand, part.brands)
        _check_known(session, "attribute", ProductAttribute.name, [name for name, _ in part.attributes])
        for name, accepted in part.attributes:
            _check_known(session, name, ProductAttribute.value, accepted, ProductAttribute.name == name)
    check_runs(session, [part.sql for part in conditions.parts() if part.sql is not None])
    conditions.check_consistent()


def _check_known(
    session: Session, what: str, column: InstrumentedAttribute[Any], wanted: Iterable[str], *where: ColumnElement[bool]
) -> None:
    unknown = [word for word in sorted(wanted) if not _is_on_sale(session, column, word, *where)]
    if unknown:
        known = _distinct(session, column, *where)
        hint = _closest(unknown[0], known, lambda value: _is_on_sale(session, column, value, *where))
        raise ConditionError(f"no product on sale has the {what} {unknown[0]!r}", hint)


def _is_on_sale(session: Session, column: InstrumentedAttribute[Any], value: str, *where: ColumnElement[bool]) -> bool:
    query = select(column).where(column == value, *where).limit(1)
    if column.class_ is ProductAttribute:
        # Not a join, which SQLite would begin with the products: first by the index, then a product each.
        of_it = select(Product.id).where(Product.id == ProductAttribute.product_id, on_sale())
        return session.execute(query.where(of_it.exists())).first() is not None
    return session.execute(query.where(on_sale())).first() is not None


def _distinct(session: Session, column: InstrumentedAttribute[Any], *where: ColumnElement[bool]) -> list[str]:
    """Up to ``_SUGGEST_FROM`` values that products have, on sale or not.

    Each is found from the one before by a look-up in the index ("loose index scan"): the databases' own DISTINCT would
    read the whole index, ten million entries for two thousand brands.
    """
    step = select(func.min(column).label("value")).where(*where).cte("step", recursive=True)
    following = select(func.min(column)).where(column > step.c.value, *where).scalar_subquery()
    step = step.union_all(select(following).where(step.c.value.is_not(None)))
    found = session.execute(select(step.c.value).where(step.c.value.is_not(None)).limit(_SUGGEST_FROM))
    return list(found.scalars())


def _closest(word: str, known: Sequence[str], is_on_sale: Callable[[str], bool]) -> str:
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    matches = difflib.get_close_matches(word.casefold(), by_folded, n=3, cutoff=0.6)
    near = [by_folded[match] for match in matches if is_on_sale(by_folded[match])]
    if near:
        return f"did you mean {' or '.join(map(repr, near))}?"
    if len(by_folded) <= _LISTED:
        listed = [value for value in sorted(by_folded.values()) if is_on_sale(value)]
        return f"known: {', '.join(listed)}" if listed else "there is none"
    examples = (value for value in sorted(by_folded.values()) if is_on_sale(value))
    return f"for example {', '.join(itertools.islice(examples, _EXAMPLES))}"
