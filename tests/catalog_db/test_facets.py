from __future__ import annotations

import datetime as dt

from catalog_db.database import Database
from catalog_db.facets import Facet, FacetValue, PriceRange, facets, price_range
from catalog_db.products import save_products
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
