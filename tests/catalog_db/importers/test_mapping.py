from __future__ import annotations

from pathlib import Path

import pytest

from catalog_db.errors import CatalogError, ImportFileError
from catalog_db.importers.mapping import EVENT_FIELDS, PRODUCT_FIELDS, Source, parse_mapping

TOML = """
[fields]
sku = "id"
price = "price_cents:minor"
item_type = "categories:first"
"attributes.colour" = "Colours:split"
rating = ""

[set]
currency = "EUR"

[values.item_type]
"Schuhe" = "footwear"
"""


def _raw(record: dict, *maps: str, **more: object) -> dict:
    mapping = parse_mapping(maps, **more)  # type: ignore[arg-type]
    return mapping.raw(record, mapping.sources(record, PRODUCT_FIELDS))


def test_columns_named_like_fields_are_read() -> None:
    record = {"sku": "A", "price_minor": 5, "attributes.colour": "blue", "ean": "1", "brand": " "}
    assert _raw(record) == {"sku": "A", "price_minor": 5, "attributes.colour": "blue"}


def test_words_of_the_command_line() -> None:
    record = {
        "id": "A",
        "g:title": "T",
        "cents": "1299",
        "path": "Shoes > Boots > Rain",
        "html": "<b>x</b>",
        "sku": "?",
    }
    maps = ["sku=id", "title=g:title", "price=cents:minor", "item_type=path:first", "attributes.kind=path:last"]
    assert _raw(record, *maps, "description=html:html") == {
        "sku": "A",
        "title": "T",
        "price_minor": "1299",
        "item_type": "Shoes",
        "attributes.kind": "Rain",
        "description": "x",
    }


def test_toml(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(TOML)
    record = {"id": "A", "price_cents": 1299, "categories": ["Schuhe", "Stiefel"], "Colours": "red|blue", "rating": 4}
    assert _raw(record, "sku=ean", file=path, constants=["brand=Alder"]) == {
        "price_minor": 1299,
        "item_type": "footwear",
        "attributes.colour": ["red", "blue"],
        "currency": "EUR",
        "brand": "Alder",
    }


def test_paths_into_objects() -> None:
    record = {"price": {"amount": 5, "eur.net": 4}, "a.b": 1}
    assert _raw(record, "price=price.amount", "sku=a.b", "title=price.none.x") == {"price": 5, "sku": 1}


def test_constants_fill_gaps_only() -> None:
    assert _raw({"currency": "GBP"}, constants=["currency=EUR"])["currency"] == "GBP"
    assert _raw({"currency": ""}, constants=["currency=EUR"])["currency"] == "EUR"


def test_price_mapped_anew_replaces_price_minor() -> None:
    assert _raw({"price_minor": 1, "net": 5}, "price=net") == {"price": 5}


def test_sources() -> None:
    assert parse_mapping(["shopper=user"], known=EVENT_FIELDS).sources(["user", "at"], EVENT_FIELDS) == {
        "shopper": Source("user"),
        "at": Source("at"),
    }


@pytest.mark.parametrize("word", ["sku", "=id", "colour=Colour", "attributes.=x", "stock=n:minor"])
def test_words_that_are_not_understood(word: str) -> None:
    with pytest.raises(CatalogError):
        parse_mapping([word])


@pytest.mark.parametrize(
    "text", ["[fields", "[columns]\nsku='id'", "fields='x'", "[fields]\nsku=1", "[fields]\nx='y'", "[values]\nsku='x'"]
)
def test_files_that_are_not_understood(tmp_path: Path, text: str) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(text)
    with pytest.raises(CatalogError):
        parse_mapping(file=path)
    with pytest.raises(ImportFileError):
        parse_mapping(file=tmp_path / "nope")


def test_values_parted_by_commas_are_translated_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(
        '[fields]\n"attributes.colour" = "a.Farbe:commas"\n[values."attributes.colour"]\nRot = "red"\n',
        encoding="utf-8",
    )
    assert _raw({"a": {"Farbe": "Rot,Blau"}}, file=path) == {"attributes.colour": ["red", "Blau"]}
