from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.eligibility import ON_SALE, eligible_product_ids, matching_product_ids
from catalog_db.errors import ConditionError
from catalog_db.products import ProductRecord, iter_products, save_products
from catalog_db.rows import ProductRow


def _skus(database: Database, conditions: Conditions) -> list[str]:
    with database.reading() as session:
        ids = set(eligible_product_ids(session, conditions).tolist())
        return [record.sku for record in iter_products(session, active_only=False) if record.id in ids]


@pytest.mark.parametrize(
    ("conditions", "skus"),
    [
        (Conditions(), ["B-1", "B-2", "S-1", "K-1", "K-2"]),
        (Conditions(item_types=frozenset({"kitchen"})), ["K-1", "K-2"]),
        (Conditions(item_types=frozenset({"kitchen", "footwear"}), brands=frozenset({"Clay & Co"})), ["K-2"]),
        (Conditions(brands=frozenset({"clay & co"})), []),
        (Conditions(attributes=(("colour", ("blue", "brown")),)), ["B-1", "S-1", "K-1"]),
        (Conditions(attributes=(("colour", ("green",)), ("waterproof", ("yes",)))), ["B-1", "B-2"]),
        (Conditions(max_price=5999), ["B-2", "S-1"]),
        (Conditions(min_price=5999, max_price=6000), ["S-1", "K-1"]),
        (Conditions(min_price=0), ["B-1", "B-2", "S-1", "K-1"]),
        (Conditions(min_rating=4.5), ["B-1", "K-2"]),
        (Conditions(in_stock=True), ["B-1", "S-1", "K-1", "K-2"]),
        (Conditions(max_price=5000).both(Conditions(min_price=6000)), []),
        (Conditions(sql="stock = 0").both(Conditions(sql="stock = 12")), []),
    ],
)
def test_each_condition(any_shop: Database, conditions: Conditions, skus: list[str]) -> None:
    assert _skus(any_shop, conditions) == skus


def test_both_colours_of_one_product(shop: Database) -> None:
    brown, green = (Conditions(attributes=(("colour", (colour,)),)) for colour in ("brown", "green"))
    assert _skus(shop, brown.both(green)) == ["B-1"]


def test_ids_are_sorted_int64(shop: Database) -> None:
    with shop.reading() as session:
        ids = eligible_product_ids(session, Conditions())
        none = eligible_product_ids(session, Conditions(max_price=0))
    assert ids.dtype == none.dtype == np.int64
    assert (np.diff(ids) > 0).all()
    assert none.shape == (0,)


def test_a_writing_session_sees_its_own_changes(shop: Database, now: dt.datetime) -> None:
    with shop.session() as session:
        save_products(session, [ProductRow("N-1", "New", "kitchen", price_minor=1)], now)
        assert len(eligible_product_ids(session, Conditions(max_price=1))) == 1


def _holds(record: ProductRecord, conditions: Conditions) -> bool:
    """The meaning of conditions, written a second time without SQL."""
    return (
        record.active
        and (not conditions.item_types or record.item_type in conditions.item_types)
        and (not conditions.brands or record.brand in conditions.brands)
        and all(set(accepted) & set(record.attributes.get(name, ())) for name, accepted in conditions.attributes)
        and (conditions.min_price is None or (record.price_minor or -1) >= conditions.min_price)
        and (conditions.max_price is None or (record.price_minor or 10**9) <= conditions.max_price)
        and (conditions.min_rating is None or (record.rating or 0) >= conditions.min_rating)
        and (not conditions.in_stock or record.in_stock)
        and all(_holds(record, part) for part in conditions.also)
    )


TYPES, BRANDS = ["footwear", "kitchen", "garden"], ["Alder", "Brook", "Clay & Co"]
COLOURS = ["blue", "brown", "green"]


def _some(values: list[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.just(frozenset()) | st.frozensets(st.sampled_from(values), min_size=1)


@st.composite
def _conditions(draw: st.DrawFn) -> Conditions:
    low, high = sorted(draw(st.tuples(*[st.sampled_from([0, 4500, 5999, 6000, 13000])] * 2)))
    colours = draw(_some(COLOURS))
    return Conditions(
        item_types=draw(_some(TYPES)),
        brands=draw(_some(BRANDS)),
        attributes=(("colour", tuple(colours)),) if colours else (),
        min_price=draw(st.sampled_from([None, low])),
        max_price=draw(st.sampled_from([None, high])),
        min_rating=draw(st.sampled_from([None, 1.0, 4.0, 5.0])),
        in_stock=draw(st.booleans()),
    )


@given(_conditions(), _conditions())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_sql_means_what_conditions_say(shop: Database, left: Conditions, right: Conditions) -> None:
    joined = left.both(right)
    with shop.reading() as session:
        records = list(iter_products(session, active_only=False))
        of_left, of_right, of_both = (
            set(eligible_product_ids(session, some).tolist()) for some in (left, right, joined)
        )
        among = np.array([6, 2, 1, 2], dtype=np.int64)
        of_some = set(eligible_product_ids(session, joined, among=among).tolist())
        whole = of_all_parts = {record.id for record in records}
        for part in [ON_SALE, *joined.parts()]:
            matching = matching_product_ids(session, part)
            members = set(matching.ids.tolist())
            members = whole - members if matching.negated else members
            of_all_parts = of_all_parts & members
            of_few = matching_product_ids(session, part, among=among)
            assert (set(of_few.ids.tolist()), of_few.negated) == (members & {1, 2, 6}, False)
    assert of_left == {record.id for record in records if _holds(record, left)}
    assert of_both == of_left & of_right == {record.id for record in records if _holds(record, joined)} == of_all_parts
    assert of_some == of_both & {1, 2, 6}


def test_a_product_with_two_of_the_values_is_told_once(any_shop: Database) -> None:
    with any_shop.reading() as session:
        found = matching_product_ids(session, Conditions(attributes={"colour": ("brown", "green")}))
        assert [found.ids.tolist(), found.negated] == [[1, 2], False]
        with pytest.raises(ConditionError, match="several"):
            matching_product_ids(session, Conditions(in_stock=True, max_price=1))
