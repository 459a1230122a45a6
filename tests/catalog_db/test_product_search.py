from __future__ import annotations

import pytest

from catalog_db.database import Database
from catalog_db.product_search import ProductQuery, count_found, find_products, search_products


@pytest.mark.parametrize(
    ("words", "skus"),
    [
        ("boot", ["B-2", "B-1"]),
        ("BOOT alder", ["B-1"]),
        ("  clay ", ["K-2"]),
        ("b-1", ["B-1"]),
        ("boot mug", []),
        ("%", []),
        ("_", []),
        ("\\", []),
    ],
)
def test_every_word_has_to_be_there(any_shop: Database, words: str, skus: list[str]) -> None:
    with any_shop.reading() as session:
        assert [product.sku for product in search_products(session, words)] == skus


def test_what_is_off_sale_only_when_asked(any_shop: Database) -> None:
    with any_shop.reading() as session:
        assert search_products(session, "mug") == []
        assert [product.sku for product in search_products(session, "mug", active_only=False)] == ["K-3"]


def test_pages_and_the_exact_sku_first(any_shop: Database) -> None:
    with any_shop.reading() as session:
        everything = [product.sku for product in search_products(session, "")]
        assert everything == ["S-1", "K-1", "B-2", "K-2", "B-1"]
        assert [product.sku for product in search_products(session, "", limit=2, offset=3)] == ["K-2", "B-1"]
        assert search_products(session, "K-2")[0].sku == "K-2"


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        (ProductQuery(), ["S-1", "K-1", "K-3", "B-2", "K-2", "B-1"]),
        (ProductQuery(active=False), ["K-3"]),
        (ProductQuery("boot", brand="Alder"), ["B-1"]),
        (ProductQuery(brand="alder"), []),
        (ProductQuery(item_type="kitchen", active=True), ["K-1", "K-2"]),
    ],
)
def test_products_by_more_than_words(any_shop: Database, query: ProductQuery, skus: list[str]) -> None:
    with any_shop.reading() as session:
        assert [product.sku for product in find_products(session, query)] == skus
        assert count_found(session, query) == len(skus)
