from __future__ import annotations

import dataclasses
import datetime as dt
import re
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import inspect, text

from catalog_db.conditions import Conditions
from catalog_db.database import Database, make_engine, open_database
from catalog_db.eligibility import eligible_product_ids
from catalog_db.migrations import migrate
from catalog_db.products import ids_by_sku, save_products, set_active
from catalog_db.revisions import bump_revision, changed_product_ids, forget_changes, next_revision, revision
from catalog_db.rows import ProductRow
from catalog_db.sid_stream import changed_sids
from catalog_db.sids import save_codebook_version, save_sids


def _now(database: Database) -> int:
    with database.reading() as session:
        return revision(session)


def _changed(database: Database, since: int) -> list[str] | None:
    with database.reading() as session:
        ids = changed_product_ids(session, since)
        by_id = {i: sku for sku, i in ids_by_sku(session, ["B-1", "B-2", "S-1", "K-1", "K-2", "K-3", "N-1"]).items()}
        return None if ids is None else [by_id[i] for i in ids.tolist()]


def test_each_way_to_change_a_product_is_told(any_shop: Database, products: tuple, now: dt.datetime) -> None:
    first = _now(any_shop)
    assert _changed(any_shop, first) == []
    cheaper = dataclasses.replace(products[0], price_minor=1)
    other_colour = dataclasses.replace(products[2], attributes={"colour": ("red",)})
    with any_shop.session() as session:
        save_products(session, [cheaper, products[1], other_colour], now)
    second = _now(any_shop)
    assert _changed(any_shop, first) == ["B-1", "S-1"]
    with any_shop.session() as session:
        save_products(session, [ProductRow("N-1", "New", "kitchen")], now)
        set_active(session, ids_by_sku(session, ["K-1", "K-3"]).values(), False, now)  # K-3 is off sale already
    assert _changed(any_shop, second) == ["K-1", "N-1"]
    assert _changed(any_shop, first) == ["B-1", "S-1", "K-1", "N-1"]
    assert _changed(any_shop, _now(any_shop)) == []
    assert _changed(any_shop, 0) == ["B-1", "B-2", "S-1", "K-1", "K-2", "K-3", "N-1"]


def test_what_changes_nothing_leaves_the_number(any_shop: Database, products: tuple, now: dt.datetime) -> None:
    first = _now(any_shop)
    with any_shop.session() as session:
        save_products(session, products, now)
        set_active(session, ids_by_sku(session, ["K-1"]).values(), True, now)
    assert _now(any_shop) == first


def test_a_deletion_and_an_unknown_number_cannot_be_told(any_shop: Database) -> None:
    first = _now(any_shop)
    assert _changed(any_shop, first + 1) is None
    with any_shop.session() as session:
        session.execute(text("DELETE FROM products WHERE sku = 'K-1'"))
        forget_changes(session)
    assert _now(any_shop) == first + 1
    assert _changed(any_shop, first) is None
    assert _changed(any_shop, first + 1) == []


def test_the_statement_of_the_documentation_for_other_tools(any_shop: Database) -> None:
    page = (Path(__file__).parents[2] / "docs" / "data-formats.md").read_text(encoding="utf-8")
    [statement] = re.findall(r"`(UPDATE catalog_revision [^`]*)`", page)
    first = _now(any_shop)
    with any_shop.session() as session:
        session.execute(text("UPDATE products SET price_minor = 1"))
        session.execute(text(statement))
    assert _now(any_shop) == first + 1
    assert _changed(any_shop, first) is None
    assert _changed(any_shop, first + 1) == []


def test_given_semantic_ids_are_told(any_shop: Database, now: dt.datetime) -> None:
    types = ("kitchen", "footwear")
    with any_shop.session() as session:
        save_codebook_version(session, "f" * 64, {}, now)
        save_sids(session, "f" * 64, [1, 2], ["footwear"] * 2, [[1, 1], [2, 2]])
    first = _now(any_shop)
    with any_shop.session() as session:
        save_sids(session, "f" * 64, [4, 2], ["kitchen", "footwear"], [[7, 8], [2, 65535]])
    with any_shop.reading() as session:
        ids, numbers, codes = changed_sids(session, "f" * 64, types, first)
        assert changed_sids(session, "f" * 64, types, revision(session) + 1) is None
        none = changed_sids(session, "f" * 64, types, revision(session))
    assert (ids.tolist(), numbers.tolist(), codes.tolist()) == ([2, 4], [1, 0], [[2, 65535], [7, 8]])
    assert [array.shape for array in none] == [(0,), (0,), (0, 0)]
    assert _changed(any_shop, first) == []


def test_writers_get_their_numbers_in_turn(any_shop: Database) -> None:
    with any_shop.session() as session:
        first = next_revision(session)
        bump_revision(session)
        assert next_revision(session) == first + 1
        bump_revision(session)
    assert _now(any_shop) == first + 1


def test_changed_products_only(any_shop: Database, products: tuple, now: dt.datetime) -> None:
    """What a cached answer is mended with: the condition, among the changed products."""
    cheap = Conditions(max_price=5000, attributes={"colour": ("green", "brown")})
    with any_shop.reading() as session:
        before = eligible_product_ids(session, cheap)
        since = revision(session)
    with any_shop.session() as session:
        save_products(session, [dataclasses.replace(products[0], price_minor=10)], now)
        set_active(session, ids_by_sku(session, ["B-2"]).values(), False, now)
    with any_shop.reading() as session:
        changed = changed_product_ids(session, since)
        mended = np.union1d(np.setdiff1d(before, changed), eligible_product_ids(session, cheap, among=changed))
        assert mended.tolist() == eligible_product_ids(session, cheap).tolist() != before.tolist()


@pytest.mark.parametrize("kind", ["database_url", "postgres_url"])
def test_rows_of_before_the_migration_keep_their_data(
    request: pytest.FixtureRequest, kind: str, products: tuple
) -> None:
    from alembic import command

    from catalog_db.migrations import _config

    url = request.getfixturevalue(kind)
    with open_database(url) as database, database.session() as session:
        save_products(session, products, dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
        save_codebook_version(session, "f" * 64, {}, dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
        save_sids(session, "f" * 64, [1], ["footwear"], [[1, 1]])
    engine = make_engine(url, create=False)
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        assert "revision" not in {column["name"] for column in inspect(connection).get_columns("products")}
    engine.dispose()
    migrate(url)
    with open_database(url) as database, database.reading() as session:
        assert len(eligible_product_ids(session, Conditions())) == 5
        assert changed_product_ids(session, revision(session)).tolist() == []
        assert changed_product_ids(session, revision(session) - 1) is None
        assert changed_sids(session, "f" * 64, ["footwear"], revision(session))[0].tolist() == []
