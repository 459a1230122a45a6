from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.eligibility import eligible_product_ids
from catalog_db.errors import ConditionError
from catalog_db.products import by_sku, iter_products
from catalog_db.sql_predicate import check_predicate


def _skus(database: Database, sql: str) -> list[str]:
    with database.reading() as session:
        ids = set(eligible_product_ids(session, Conditions(sql=sql)).tolist())
        return sorted(record.sku for record in iter_products(session) if record.id in ids)


@pytest.mark.parametrize(
    ("sql", "skus"),
    [
        ("stock > 3", ["K-1"]),
        ("stock > 3 OR brand = 'Brook'", ["B-2", "K-1"]),
        ("lower(title) LIKE '%boot%' AND NOT (stock = 0)", ["B-1"]),
        ("coalesce(stock, 99) BETWEEN 10 AND 100", ["K-1", "S-1"]),
        ("created_at > '2026-01-01'", ["B-1", "B-2", "K-1", "K-2", "S-1"]),
        ("title = 'a:b \\:c --; /* '' %s %(x)s' OR price_minor = 6000", ["K-1"]),
        ("active = true AND price_minor * 2 - 1 = 8999", ["B-2"]),
        ("brand IN ('Alder') AND title || '' <> 'Canvas shoe'", ["B-1"]),
        (
            "EXISTS (SELECT 1 FROM product_attributes WHERE product_attributes.product_id = products.id "
            "AND name = 'waterproof')",
            ["B-1", "B-2"],
        ),
        ("(SELECT count(*) FROM product_attributes WHERE product_id = products.id GROUP BY product_id) > 2", ["B-1"]),
        ("price_minor > (SELECT avg(price_minor) FROM products)", ["B-1", "K-1", "S-1"]),
        ("CASE WHEN rating IS NULL THEN 1 ELSE 0 END = 1", ["K-1", "S-1"]),
    ],
)
def test_useful_predicates(any_shop: Database, sql: str, skus: list[str]) -> None:
    assert _skus(any_shop, sql) == skus


@pytest.mark.parametrize(
    "sql",
    [
        "1 = 1; DROP TABLE products",
        "1 = 1 -- and the rest",
        "1 = 1 /* and the rest",
        ") OR (1 = 1",
        "(1 = 1",
        "1 = 1)",
        "DELETE FROM products",
        "id IN (DELETE FROM products RETURNING id)",
        "id IN (SELECT id FROM shoppers)",
        "id IN (SELECT id FROM 'shoppers')",
        "id IN (SELECT id FROM products, 'shoppers')",
        "id IN (SELECT id FROM (SELECT 1))",
        "id IN (SELECT id FROM",
        'id IN (SELECT id FROM "shoppers")',
        "id IN (SELECT id FROM main.shoppers)",
        "pg_sleep(10) IS NULL",
        "load_extension('x')",
        "id = :id",
        "id = ?",
        "id = $1",
        "title = E'\\\\'",
        "title = 'open",
        "title = 'nul\x00'",
        "id::text = '1'",
        "stock > 3 UNION SELECT 1",
        "true " * 1000,
    ],
)
def test_anything_else_is_refused(sql: str) -> None:
    with pytest.raises(ConditionError):
        check_predicate(sql)


@pytest.mark.parametrize("sql", ["stock >", "stock stock", "count(*) > 1", "lower()", "select", "value = 'x'"])
def test_what_the_database_cannot_run_is_a_condition_error(any_shop: Database, sql: str) -> None:
    with any_shop.reading() as session:
        with pytest.raises(ConditionError, match="cannot run the SQL condition") as caught:
            eligible_product_ids(session, Conditions(sql=sql))
        assert "\n" not in str(caught.value)
        assert by_sku(session, ["K-1"])  # the session still works
    with any_shop.session() as session:
        with pytest.raises(ConditionError):
            eligible_product_ids(session, Conditions(sql=sql))
        assert by_sku(session, ["K-1"])


@given(st.text("()';:%\\-/*,. \nabproductsidselectfromwhere=1", max_size=40))
def test_never_fails_otherwise(sql: str) -> None:
    with contextlib.suppress(ConditionError):
        check_predicate(sql)
