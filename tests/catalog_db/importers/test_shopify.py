from __future__ import annotations

import pytest

from catalog_db.errors import CatalogError, ImportFileError
from catalog_db.importers.records import Refusal

HEADER = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
    "Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,"
    "Image Src,Status"
)
FILE = f"""{HEADER}
trail-boot,Trail boot,"<p>Warm &amp; dry.</p>
<ul><li>Grips</li></ul>",Alder,Apparel > Shoes,Boots,"new, winter",true,Size,40,Colour,Brown,TB-40,shopify,2,deny,129.00,https://x/1.jpg,active
trail-boot,,,,,,,,,41,,Brown,TB-41,shopify,-1,deny,119.00,https://x/2.jpg,
trail-boot,,,,,,,,,,,,,,,,,https://x/3.jpg,
gift-card,Gift card,,Shop,,,,true,Title,Default Title,,,,,,deny,25.00,,draft
mug,Mug,Plain,Clay,Home & Garden > Kitchen,,,false,Title,Default Title,,,M-1,shopify,7,continue,9.50,,active
pot,Pot,,Clay,Home & Garden > Kitchen,,,true,Title,Default Title,,,P-1,shopify,7,deny,nine,,active
,Nothing,,,,Boots,,true,,,,,,,,,1,,active
"""


def test_variants_and_pictures_are_one_product(run_import) -> None:
    report, products = run_import(FILE)
    assert report.format == "shopify"
    boot = products["trail-boot"]
    assert (boot.title, boot.brand, boot.item_type, boot.category_path) == (
        *("Trail boot", "Alder", "boots", "Apparel > Shoes"),
    )
    assert boot.description == "Warm & dry.\nGrips"
    assert (boot.price_minor, boot.stock, boot.active, boot.image) == (11900, 2, True, "https://x/1.jpg")
    assert boot.attributes == {"size": ("40", "41"), "colour": ("Brown",), "tag": ("new", "winter")}


def test_category_stands_in_for_the_type(run_import) -> None:
    _, products = run_import(FILE)
    mug = products["mug"]
    assert (mug.item_type, mug.stock, mug.active, mug.attributes) == ("home_garden", None, False, {})


def test_refusals_name_the_first_line_of_the_product(run_import) -> None:
    report, _ = run_import(FILE)
    assert report.refusals == [
        Refusal(6, "no item_type; give one for all with --type"),
        Refusal(8, "variant on line 8: 'nine' is not a price"),
        Refusal(9, "no Handle"),
    ]


def test_constants_apply(run_import) -> None:
    _, products = run_import(FILE, constants=("item_type=gifts", "currency=EUR"))
    assert (products["gift-card"].item_type, products["gift-card"].active) == ("gifts", False)
    assert {record.currency for record in products.values()} == {"EUR"}


def test_other_files_are_refused(run_import) -> None:
    with pytest.raises(ImportFileError, match="not a Shopify product export"):
        run_import("sku,title\nA,B\n", format="shopify")
    with pytest.raises(CatalogError, match="columns of its own"):
        run_import(FILE, "sku=Variant SKU")
