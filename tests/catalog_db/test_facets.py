from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from catalog_db.database import Database
from catalog_db.facets import Facet, FacetValue, PriceRange, facet_pairs, facets, price_range
from catalog_db.products import iter_products, save_products
from catalog_db.rows import ProductRow


def test_counts_products_on_sale(any_shop: Database) -> None:
    with any_shop.reading() as session:
        found = facets(session, min_products=2, max_values=10)
    assert found == [
        Facet("brand", (FacetValue("Alder", 2), FacetValue("Brook", 1), FacetValue("Clay & Co", 1)), 4),
        Facet("colour", (FacetValue("blue", 2), FacetValue("green", 2), FacetValue("brown", 1)), 4),
    ]


def test_of_some_types(any_shop: Database) -> None:
    with any_shop.reading() as session:
        [brand, colour] = facets(session, item_types=["footwear"], min_products=1)
        assert [(value.value, value.count) for value in colour.values] == [("green", 2), ("blue", 1), ("brown", 1)]
        assert brand.products == 3
        assert facets(session, item_types=[]) == []


def test_which_attributes_are_worth_it(database: Database, now: dt.datetime) -> None:
    rows = [
        ProductRow(
            f"A-{i}",
            "Thing",
            "things",
            brand=f"Brand {i}",
            attributes={
                "rare": (str(i % 2),) if i < 4 else (),
                "unique": (str(i),),
                "constant": ("yes",),
                "good": (str(i % 3),),
            },
        )
        for i in range(10)
    ]
    with database.session() as session:
        save_products(session, rows, now)
        assert [facet.name for facet in facets(session, min_products=5, max_values=9)] == ["good"]
        assert [facet.name for facet in facets(session, min_products=4, max_values=10)] == [
            *("brand", "good", "unique", "rare")
        ]


def test_large_vocabularies_are_worth_it_where_products_share_values(database: Database, now: dt.datetime) -> None:
    rows = [
        ProductRow(
            f"A-{i}",
            "Thing",
            "things",
            brand=f"Brand {i}",
            attributes={"shared": (str(i // 2),), "unique": (str(i),), "nearly": (str(i * 3 // 5),)},
        )
        for i in range(10)
    ]
    with database.session() as session:
        save_products(session, rows, now)
        few = {"min_products": 5, "max_values": 3}
        assert facets(session, **few) == []
        assert [facet.name for facet in facets(session, **few, max_shared=100)] == ["brand", "shared"]
        assert [facet.name for facet in facets(session, **few, max_shared=9)] == ["shared"]
        assert facets(session, **few, max_shared=4) == []


def test_price_range(any_shop: Database) -> None:
    with any_shop.reading() as session:
        assert price_range(session) == PriceRange(4500, 12000)
        assert price_range(session, item_types=["kitchen"]) == PriceRange(6000, 6000)
        assert price_range(session, item_types=["garden"]) is None


@pytest.mark.parametrize("ids_per_block", [1, 2, 1 << 24])
def test_who_carries_which_value(any_shop: Database, monkeypatch: pytest.MonkeyPatch, ids_per_block: int) -> None:
    monkeypatch.setattr("catalog_db.facets.IDS_PER_BLOCK", ids_per_block)
    with any_shop.reading() as session:
        everything = list(iter_products(session, active_only=False))
        for name in ("colour", "brand", "no such name"):
            expected = {
                (product.id, value)
                for product in everything
                for value in ((product.brand,) if name == "brand" else product.attributes.get(name, ()))
                if value is not None
            }
            ids, numbers, values = facet_pairs(session, name)
            assert values == sorted({value for _, value in expected})
            assert (ids.dtype, numbers.dtype) == (np.int64, np.int32)
            pairs = [(product, values[number]) for product, number in zip(ids.tolist(), numbers.tolist(), strict=True)]
            assert sorted(pairs) == sorted(expected)
