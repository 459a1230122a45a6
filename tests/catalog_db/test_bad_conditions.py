"""Conditions that make no sense, or would not be safe to run: one line and a hint each, and nothing is executed."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from catalog_db import sql_guard
from catalog_db.conditions import MAX_VALUES, Conditions
from catalog_db.database import Database
from catalog_db.eligibility import eligible_product_ids, matching_product_ids
from catalog_db.errors import ConditionError
from catalog_db.known_values import check_against
from catalog_db.validation import MAX_PRICE_MINOR

NAN = float("nan")
INFINITE = float("inf")


@contextlib.contextmanager
def told_if_at_all() -> Iterator[None]:
    """Lets a condition error pass that says what is wrong in one line."""
    try:
        yield
    except ConditionError as error:
        if not one_line(error):
            raise


def one_line(error: ConditionError) -> bool:
    return bool(error.message) and "\n" not in str(error)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"min_price": 2, "max_price": 1}, "lowest price"),
        ({"min_price": -1}, "negative"),
        ({"max_price": -(2**63)}, "negative"),
        ({"max_price": MAX_PRICE_MINOR + 1}, "no price reaches"),
        ({"min_price": 2**31}, "no price reaches"),
        ({"min_price": 10**400}, "no price reaches"),
        ({"max_price": NAN}, "whole number"),
        ({"max_price": INFINITE}, "whole number"),
        ({"max_price": 59.99}, "whole number"),
        ({"max_price": "60"}, "whole number"),
        ({"max_price": True}, "whole number"),
        ({"min_rating": NAN}, "between 1 and 5"),
        ({"min_rating": INFINITE}, "between 1 and 5"),
        ({"min_rating": 0.9}, "between 1 and 5"),
        ({"min_rating": 5.1}, "between 1 and 5"),
        ({"min_rating": "4"}, "between 1 and 5"),
        ({"item_types": []}, "empty"),
        ({"brands": []}, "empty"),
        ({"attributes": {}}, "empty"),
        ({"attributes": {"colour": []}}, "no value"),
        ({"also": []}, "empty"),
        ({"also": [{"also": [{"max_price": 1}]}]}, "further 'also'"),
        ({"brands": ["a\x00b"]}, "control character"),
        ({"brands": ["\ud800"]}, "control character"),
        ({"attributes": {"col\nour": ["blue"]}}, "control character"),
        ({"brands": ["x" * 1000]}, "1000 characters"),
        ({"brands": [str(number) for number in range(MAX_VALUES + 1)]}, "1001 values"),
        ({"sql": ""}, "empty"),
        ({"sql": 1}, "not text"),
        ({"colour": "blue"}, "not a condition"),
    ],
)
def test_values_that_make_no_sense(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConditionError, match=message) as caught:
        Conditions.from_dict(values)
    assert one_line(caught.value)


def test_a_hundred_thousand_nested_lists_are_refused() -> None:
    values: dict[str, Any] = {"max_price": 1}
    for _ in range(100_000):
        values = {"also": [values]}
    with pytest.raises(ConditionError, match="further 'also'"):
        Conditions.from_dict(values)


@pytest.mark.parametrize(
    ("conditions", "named"),
    [
        (Conditions(min_price=6000).both(Conditions(max_price=5000)), ["from $60", "under $50"]),
        (
            Conditions(item_types=frozenset({"kitchen"})).both(Conditions(item_types=frozenset({"footwear"}))),
            ["type: kitchen", "type: footwear"],
        ),
        (Conditions(brands={"Alder"}).both(Conditions(brands={"Brook"})), ["brand: Alder", "brand: Brook"]),
    ],
)
def test_contradictions_of_a_person_are_told(any_shop: Database, conditions: Conditions, named: list[str]) -> None:
    with any_shop.reading() as session:
        with pytest.raises(ConditionError, match="nothing can be both") as caught:
            check_against(session, conditions)
        assert eligible_product_ids(session, conditions).tolist() == []  # what a model wrote is simply met by nothing
    assert all(phrase in caught.value.message for phrase in named)
    assert one_line(caught.value)


def test_what_may_hold_together_is_no_contradiction(any_shop: Database) -> None:
    two_colours = Conditions(attributes={"colour": ("blue",)}).both(Conditions(attributes={"colour": ("green",)}))
    two_predicates = Conditions(sql="stock > 1").both(Conditions(sql="stock < 5"))
    with any_shop.reading() as session:
        check_against(session, two_colours.both(two_predicates).both(Conditions(min_price=1, max_price=2)))


WRITES = [
    "UPDATE products SET price_minor = 0",
    "DELETE FROM products",
    "INSERT INTO products DEFAULT VALUES",
    "DROP TABLE products",
    "PRAGMA writable_schema = 1",
    "ATTACH 'x.db' AS x",
    "VACUUM",
    "id IN (WITH x AS (DELETE FROM products RETURNING id) SELECT id FROM x)",
    "1 = 1; DELETE FROM products",
    "1 = 1 -- and no more",
    "1 = 1 /* and no more",
    "EXISTS (SELECT 1 FROM sqlite_master)",
    "EXISTS (SELECT 1 FROM pg_catalog.pg_tables)",
    "EXISTS (SELECT 1 FROM shoppers)",
    "load_extension('x') IS NULL",
    "pg_read_file('/etc/passwd') IS NOT NULL",
    "readfile('/etc/passwd') IS NOT NULL",
    "set_config('a', 'b', false) IS NULL",
    "lo_import('/etc/passwd') > 0",
    "pg_sleep(100) IS NULL",
    "no_such_column = 1",
    "no_such_function(1) = 1",
    "nextval('products_id_seq') > 0",
]
UNRUNNABLE = [
    "stock >",
    "stock stock",
    "lower() = 'a'",
    "count(*) > 1",
    "value = 'x'",
    "lower(sku, title) = 'a'",
    "select",
    "not",
    "stock IN (SELECT id, sku FROM products)",
    "(" * 900 + "stock > 1" + ")" * 900,
    "NOT " * 450 + "stock > 1",
]


@pytest.fixture
def seen(any_shop: Database) -> Iterator[list[str]]:
    """Statements that the database was sent."""
    statements: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    event.listen(any_shop._engine, "before_cursor_execute", note)
    yield statements
    event.remove(any_shop._engine, "before_cursor_execute", note)


@pytest.mark.parametrize("sql", WRITES)
def test_what_is_not_a_predicate_never_reaches_the_database(sql: str) -> None:
    with pytest.raises(ConditionError) as caught:
        Conditions(sql=sql)
    assert one_line(caught.value)


@pytest.mark.parametrize("sql", UNRUNNABLE)
def test_what_the_database_cannot_parse_is_only_parsed(any_shop: Database, seen: list[str], sql: str) -> None:
    for ask in (eligible_product_ids, matching_product_ids, check_against):
        with any_shop.reading() as session:
            seen.clear()
            if "stock > 1" in sql and "postgresql" in any_shop.url:
                ask(session, Conditions(sql=sql))  # nested too deep for SQLite's parser only
                continue
            with pytest.raises(ConditionError) as caught:
                ask(session, Conditions(sql=sql))
        assert one_line(caught.value)
        assert all("LIMIT" in statement for statement in seen if "FROM products" in statement)


@pytest.mark.parametrize("sql", ["1 / 0 = stock", "cast(title as integer) = 1", "stock + 9223372036854775807 > 0"])
def test_what_fails_while_it_runs_is_told(any_shop: Database, sql: str) -> None:
    with any_shop.reading() as session:
        with told_if_at_all():  # SQLite makes something of each
            eligible_product_ids(session, Conditions(sql=sql))
        assert len(eligible_product_ids(session, Conditions())) == 5


def test_a_query_that_takes_too_long_is_stopped(any_shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_guard, "SECONDS", 0.02)
    monkeypatch.setattr(sql_guard, "_STEPS_BETWEEN_LOOKS", 1_000)
    # Six pairs to the power of fourteen; PostgreSQL does not join a table with itself, but makes long texts.
    slow = f"(SELECT count(*) FROM {', '.join(['product_attributes'] * 14)}) > id"
    if "postgresql" in any_shop.url:
        slow = "length(" + "replace(" * 6 + "'aaaaaaaaaa'" + ", 'a', 'aaaaaaaaaa')" * 6 + ") < id"
    with any_shop.reading() as session:
        began = time.monotonic()
        with pytest.raises(ConditionError, match=r"longer than 0\.02 seconds") as caught:
            eligible_product_ids(session, Conditions(sql=slow))
        assert time.monotonic() - began < 5
        assert one_line(caught.value)
        # The limit was that query's only.
        assert len(eligible_product_ids(session, Conditions(sql="stock > 3"))) == 1
        time.sleep(0.05)
        assert len(eligible_product_ids(session, Conditions())) == 5


def checksum(database: Database) -> str:
    """Of everything in a SQLite file."""
    path = re.sub(r"^sqlite:///", "", database.url)
    connection = sqlite3.connect(path)
    try:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
    finally:
        connection.close()


WORDS = [
    *("stock", "price_minor", "title", "products", "product_attributes", "id", "value", "name", "product_id"),
    *("select", "from", "where", "and", "or", "not", "in", "is", "null", "like", "escape", "between", "exists"),
    *("case", "when", "then", "else", "end", "cast", "as", "integer", "text", "distinct", "group", "by", "having"),
    *("lower", "replace", "count", "coalesce", "sum", "update", "delete", "insert", "pragma", "attach", "drop", "with"),
    *("(", ")", "(", ")", ",", ".", "=", "<", ">", "<>", "||", "+", "-", "*", "/", "%", ";", "--", "/*", "*/", ":x"),
    *("'a'", "''", "'%'", "1", "0", "2.5", "''''", "'; drop table products'", '"', "`", "[", "\\", "?", "$1", "\x00"),
    *("é", "\ud800", "9" * 30, "1e9", "0x10", "union", "all", "limit", "order", "random", "printf", "true", "false"),
]
PREDICATES = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join),
    st.sampled_from(WRITES + UNRUNNABLE),
)


@given(PREDICATES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_no_predicate_does_anything_but_select(shop: Database, sql: str) -> None:
    before = checksum(shop)
    with told_if_at_all():
        conditions = Conditions(sql=sql)
        with shop.reading() as session:
            check_against(session, conditions)
            found = eligible_product_ids(session, conditions)
            assert set(matching_product_ids(session, conditions).ids.tolist()) >= set(found.tolist())
    assert checksum(shop) == before


@given(PREDICATES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_nor_on_postgresql(postgres_shop: Database, sql: str) -> None:
    with told_if_at_all(), postgres_shop.session() as session:
        eligible_product_ids(session, Conditions(sql=sql))
    with postgres_shop.reading() as session:
        assert len(eligible_product_ids(session, Conditions())) == 5
