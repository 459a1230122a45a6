from __future__ import annotations

import datetime as dt

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.errors import ConditionError
from catalog_db.known_values import check_against
from catalog_db.products import save_products
from catalog_db.rows import ProductRow


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (Conditions(item_types=frozenset({"footware"})), r"item type 'footware' .*'footwear'"),
        (Conditions(brands=frozenset({"alder"})), r"brand 'alder' .*'Alder'"),
        (Conditions(attributes=(("color", ("blue",)),)), r"attribute 'color' .*'colour'"),
        (Conditions(attributes=(("colour", ("grean",)),)), r"colour 'grean' .*'green'"),
        (Conditions(brands=frozenset({"xyz"})), r"known: Alder, Brook, Clay & Co"),
        (Conditions(max_price=1).both(Conditions(min_price=5, brands=frozenset({"Aldr"}))), "'Aldr'"),
    ],
)
def test_unknown_names_are_refused_with_the_closest(any_shop: Database, conditions: Conditions, message: str) -> None:
    with any_shop.reading() as session, pytest.raises(ConditionError, match=message):
        check_against(session, conditions)


def test_known_names_pass(any_shop: Database) -> None:
    with any_shop.reading() as session:
        check_against(
            session,
            Conditions(
                item_types=frozenset({"footwear"}),
                brands=frozenset({"Alder"}),
                attributes=(("colour", ("blue", "green")),),
                max_price=1,
            ),
        )


def test_of_many_values_some_are_named(any_shop: Database, now: dt.datetime) -> None:
    with any_shop.session() as session:
        rows = [ProductRow(f"M-{n}", "Thing", "kitchen", f"Maker {n:02}", active=n != 0) for n in range(30)]
        save_products(session, rows, now)
    with any_shop.reading() as session:
        with pytest.raises(ConditionError, match="for example Alder, Brook, Clay & Co, Maker 01, Maker 02"):
            check_against(session, Conditions(brands=frozenset({"xyz"})))
        with pytest.raises(ConditionError, match="did you mean 'Maker 17'"):
            check_against(session, Conditions(brands=frozenset({"maker17"})))
