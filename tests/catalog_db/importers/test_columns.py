from __future__ import annotations

from pathlib import Path

import pytest

from catalog_db.errors import ImportFileError
from catalog_db.importers.columns import csv_columns, jsonl_columns, likely_columns


@pytest.mark.parametrize(
    ("columns", "likely"),
    [
        (["sku", "title", "item_type"], {"sku": "sku", "title": "title", "item_type": "item_type"}),
        (["Product ID", "productName", "Qty"], {"sku": "Product ID", "title": "productName", "stock": "Qty"}),
        (["id", "SKU"], {"sku": "SKU"}),
        (["price_minor", "amount"], {"price_minor": "price_minor"}),
        (["category", "type"], {"item_type": "type"}),
        (["attributes.colour", "weight", ""], {}),
    ],
)
def test_columns_are_known_by_their_names(columns: list[str], likely: dict[str, str]) -> None:
    assert likely_columns(columns) == likely


def test_no_column_is_two_fields() -> None:
    found = likely_columns(["id", "name", "category", "categories", "url", "picture", "ratings", "reviews"])
    assert len(set(found.values())) == len(found)


def test_columns_of_files(tmp_path: Path) -> None:
    table, lines = tmp_path / "a.csv", tmp_path / "a.jsonl"
    table.write_text("sku;title\n1;Mug\n", encoding="utf-8")
    lines.write_text('{"sku": 1}\n{"title": "Mug", "sku": 2}\n', encoding="utf-8")
    assert csv_columns(table) == ["sku", "title"]
    assert jsonl_columns(lines) == ["sku", "title"]
    with pytest.raises(ImportFileError):
        jsonl_columns(table)
