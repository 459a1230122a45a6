"""The item text: its order, its limits, and what it leaves out."""

from __future__ import annotations

from catalog_db.rows import ProductRow
from finetune.sids.item_text import clip, item_kind, item_text


def test_the_order_is_kind_category_attributes_title_description_brand() -> None:
    item = ProductRow(
        sku="A-1",
        title="Northfell Alder Crew Socks",
        item_type="clothing",
        brand="Northfell",
        category_path="Clothing > Socks",
        description="Warm\n  and soft.",
        price_minor=1234,
        attributes={"zip": ("no",), "material": ("merino wool",), "colour": ("grey", "navy"), "kind": ("socks",)},
    )
    assert item_text(item) == (
        "Socks. Clothing. Material: merino wool. Colour: grey, navy. Zip: no. "
        "Alder Crew Socks. Warm and soft. Brand: Northfell"
    )


def test_only_the_whole_brand_leaves_the_title_and_never_all_of_it() -> None:
    assert item_text(ProductRow("1", "Northern Tote", "bags", brand="North")) == "Bags. Northern Tote. Brand: North"
    assert item_text(ProductRow("1", "NORTHFELL", "bags", brand="Northfell")) == "Bags. NORTHFELL. Brand: Northfell"


def test_kind_falls_back_to_the_narrowest_category_and_then_the_type() -> None:
    assert item_kind(ProductRow("1", "x", "bed_bath", category_path="Home > Towels")) == "Towels"
    assert item_kind(ProductRow("1", "x", "bed_bath")) == "bed bath"


def test_long_parts_are_cut_at_a_word() -> None:
    assert clip("one two three", 9) == "one two"
    assert clip("one two", 7) == "one two"
    assert clip("unbreakable", 4) == "unbr"
    item = ProductRow(
        "1",
        "x" * 60,
        "bags",
        description="word " * 1000,
        attributes={f"attribute_{number:02}": ("value " * 100,) for number in range(50)},
    )
    assert len(item_text(item)) < 1200


def test_sku_and_price_never_show() -> None:
    item = ProductRow("SKU-99", "Tote", "bags", price_minor=98765, stock=4321)
    assert item_text(item) == "Bags. Tote"
