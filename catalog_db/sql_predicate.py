"""Check an engineer's free SQL predicate over the products table before it is put into a query.

What is allowed is listed, not what is forbidden: a boolean expression of literals, operators, the columns of
``products`` and ``product_attributes``, a few functions, and subqueries on these two tables::

    stock > 3 AND lower(title) LIKE '%wool%'
    EXISTS (SELECT 1 FROM product_attributes
            WHERE product_attributes.product_id = products.id AND name = 'use' AND value <> 'indoor')

Anything else (another table, a second statement, a comment, a function with effects) is refused. The query that
contains the predicate runs in a read-only transaction besides.
"""

from __future__ import annotations

import re

from catalog_db.errors import ConditionError
from catalog_db.models import Product, ProductAttribute

_TABLES = frozenset({Product.__tablename__, ProductAttribute.__tablename__})
_COLUMNS = frozenset(Product.__table__.columns.keys()) | frozenset(ProductAttribute.__table__.columns.keys())
_KEYWORDS = """
and or not in is null like escape between exists case when then else end cast as integer real text true false
select distinct from where group by having
"""
_FUNCTIONS = "lower upper length trim replace substr coalesce nullif abs round count sum min max avg"
_ALLOWED_WORDS = _TABLES | _COLUMNS | frozenset(_KEYWORDS.split()) | frozenset(_FUNCTIONS.split())

MAX_LENGTH = 2000

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<comment>--|/\*|\*/)"
    r"|(?P<string>'(?:[^'\x00\ud800-\udfff]|'')*')"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<operator><=|>=|<>|!=|\|\||[=<>+\-*/%(),.])"
)


def check_predicate(sql: str) -> None:
    """Refuse everything but a boolean expression over products.

    Raises:
        ConditionError: with the first thing that is not allowed.
    """
    if not sql.strip():
        raise ConditionError("the SQL condition is empty")
    if len(sql) > MAX_LENGTH:
        raise ConditionError(f"the SQL condition is longer than {MAX_LENGTH} characters")
    position = depth = 0
    in_from = False  # between FROM and what ends it, where SQLite would take even a string for a table's name
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:
            raise ConditionError(f"the SQL condition may not hold {sql[position]!r}")
        position = match.end()
        kind, token = match.lastgroup, match[0]
        if kind == "space":
            continue
        if kind == "comment":
            raise ConditionError("the SQL condition may not hold a comment")
        word = token.lower() if kind == "word" else ""
        if word and word not in _ALLOWED_WORDS:
            raise ConditionError(
                f"the SQL condition may not use {token!r}",
                f"columns: {', '.join(sorted(_COLUMNS))}; functions: {', '.join(_FUNCTIONS.split())}",
            )
        depth += (token == "(") - (token == ")")
        if depth < 0:
            raise ConditionError("the SQL condition closes a parenthesis it did not open")
        if in_from and (word in ("where", "group") or token == ")"):
            in_from = False
        elif in_from and word not in _TABLES and token != ",":
            raise ConditionError(f"the SQL condition may read from {' and '.join(sorted(_TABLES))} only")
        in_from = in_from or word == "from"
    if depth:
        raise ConditionError("the SQL condition does not close a parenthesis")
    if in_from:
        raise ConditionError("the SQL condition ends in the middle of a subquery")
