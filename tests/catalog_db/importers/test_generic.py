from __future__ import annotations

import json

import pytest

from catalog_db.errors import CatalogError, ImportFileError
from catalog_db.importers.records import Refusal

CSV = """sku,title,item_type,price,stock,rating,attributes.colour,ean
A,Trail boot,Footwear,"1,299.00",3,4.5,brown,1
B,,footwear,5,,,,2
C,Kettle,kitchen,-5,,,,3
D,Mug,kitchen,$4.50,,0,white,4
A,Again,kitchen,1,,,,5
E,Pot,,1,,,,6
F,Pan,kitchen,1,-3,,,7
G,Lid,kitchen,1,,7,,8
"""


def test_csv(run_import) -> None:
    report, products = run_import(CSV)
    assert report.format == "csv"
    assert sorted(products) == ["A", "D"]
    boot = products["A"]
    assert (boot.title, boot.item_type, boot.price_minor, boot.stock, boot.rating) == (
        *("Trail boot", "footwear", 129900, 3, 4.5),
    )
    assert boot.attributes == {"colour": ("brown",)}
    assert products["D"].rating is None
    assert report.refusals == [
        Refusal(3, "no title"),
        Refusal(4, "the price '-5' is negative"),
        Refusal(6, "SKU 'A' was on line 2 already"),
        Refusal(7, "no item_type; give one for all with --type"),
        Refusal(8, "stock of -3 is outside 0 to 2000000000"),
        Refusal(9, "rating 7.0 is outside 1 to 5"),
    ]


def test_jsonl_with_mapping(run_import) -> None:
    lines = [
        {
            "id": 1,
            "name": "Boot",
            "cents": 1299,
            "body": "<p>Warm</p>",
            "specs": {"colour": ["red", "blue"], "size": 42.0},
        },
        {"id": "2", "name": "Kettle", "cents": 12.5},
        {"id": "3", "name": "Pot", "specs": {"size": {"h": 1}}},
    ]
    report, products = run_import(
        "\n".join(map(json.dumps, lines)),
        *("sku=id", "title=name", "price=cents:minor", "description=body:html", "attributes=specs"),
        constants=("item_type=Home & Garden", "currency=EUR"),
    )
    assert (products["1"].price_minor, products["1"].currency, products["1"].description) == (1299, "EUR", "Warm")
    assert products["1"].item_type == "home_garden"
    assert products["1"].attributes == {"colour": ("blue", "red"), "size": ("42",)}
    assert [refusal.line for refusal in report.refusals] == [2, 3]


def test_what_is_too_long_is_cut_or_left_out(run_import) -> None:
    record = {
        "sku": "A",
        "title": "word " * 200,
        "item_type": "a",
        "image": "x" * 2000,
        "attributes": {"ok": "yes", "long": "x" * 300, "n" * 80: "x"},
    }
    report, products = run_import(json.dumps(record))
    assert report.refusals == []
    assert len(report.notes) == 4
    assert {note.line for note in report.notes} == {1}
    assert products["A"].title.endswith("word…")
    assert len(products["A"].title) <= 512
    assert (products["A"].image, products["A"].attributes) == ("", {"ok": ("yes",)})


@pytest.mark.parametrize(
    "record",
    [
        {"title": "nul \x00"},
        {"title": "lone \ud800"},
        {"price": 1e12},
        {"price": "12 EUR", "currency": "USD"},
        {"currency": "dollars"},
        {"brand": "x" * 200},
        {"active": "perhaps"},
        {"title": ["a", "list"]},
        {"attributes": "blue"},
    ],
)
def test_rows_that_cannot_be_taken(run_import, record: dict) -> None:
    good = {"sku": "A", "title": "A", "item_type": "a"}
    report, products = run_import(f"{json.dumps(good)}\n{json.dumps({**good, 'sku': 'B', **record})}\n")
    assert list(products) == ["A"]
    assert [refusal.line for refusal in report.refusals] == [2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sku,name\nA,B\n", "no column 'title'"),
        ("sku,title\nA,B\n", "no column 'item_type'"),
        ("id,title,item_type\nA,B,c\n", "--map sku=COLUMN"),
        ("just words\n", "cannot be told"),
        ("", "is empty"),
    ],
)
def test_files_that_are_not_product_files(run_import, text: str, message: str) -> None:
    with pytest.raises(ImportFileError, match=message):
        run_import(text)


def test_a_column_that_is_not_there(run_import) -> None:
    with pytest.raises(ImportFileError, match="no column 'Price' for price"):
        run_import(CSV, "price=Price")


def test_unknown_format(run_import) -> None:
    with pytest.raises(CatalogError, match="there is no format 'xls'"):
        run_import(CSV, format="xls")
