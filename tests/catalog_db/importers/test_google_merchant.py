from __future__ import annotations

import pytest

from catalog_db.errors import ImportFileError
from catalog_db.importers.records import Refusal

COLUMNS = ["id", "title", "description", "link", "image link", "price", "sale price", "availability", "brand"]
COLUMNS += ["product type", "color", "google product category"]
TSV = (
    "\t".join(COLUMNS)
    + """
A\tTrail boot\tWarm\thttps://x/a\thttps://x/a.jpg\t129 EUR\t99.00 EUR\tin stock\tAlder\tShoes > Boots\tbrown/green\t187
B\tKettle\t\t\t\t20.00 EUR\t\tout_of_stock\t\t\t\tHome & Garden > Kitchen
C\tPot\t\t\t\t20.00 EUR\t\tin_stock\t\t\t\t187
D\tPan\t\t\t\t20.00\t\tsoon\t\tKitchen\t\t
"""
)

ITEM = """<item>
  <g:id>A</g:id><title>Not this</title><g:title>Trail &lt;boot&gt;</g:title><description>Warm &amp; dry</description>
  <link>https://x/a</link><g:price>129.00 EUR</g:price><g:availability>in_stock</g:availability>
  <g:product_type>Shoes &gt; Boots</g:product_type><g:material>leather/wool</g:material>
  <g:product_detail><g:section_name>S</g:section_name><g:attribute_name>Sole</g:attribute_name>
    <g:attribute_value>rubber</g:attribute_value></g:product_detail>
  <g:shipping><g:country>DE</g:country><g:price>5 EUR</g:price></g:shipping>
</item>"""
RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title><link>https://x</link>
{ITEM}
<item><g:id>B</g:id><g:title>No price type</g:title></item>
</channel></rss>
"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>
<entry><g:id>A</g:id><title>Boot</title><link href="https://x/a"/><g:price>5 USD</g:price>
<g:google_product_category>Shoes</g:google_product_category></entry></feed>"""


def test_tsv(run_import) -> None:
    report, products = run_import(TSV)
    assert report.format == "google-merchant"
    boot, kettle = products["A"], products["B"]
    assert (boot.price_minor, boot.currency, boot.stock, boot.item_type) == (9900, "EUR", None, "shoes")
    assert (boot.category_path, boot.image, boot.link) == ("Shoes > Boots", "https://x/a.jpg", "https://x/a")
    assert boot.attributes == {"color": ("brown", "green")}
    assert (kettle.stock, kettle.item_type, kettle.brand) == (0, "home_garden", None)
    assert report.refusals == [
        Refusal(4, "no item_type; give one for all with --type"),
        Refusal(5, "availability 'soon' is none of in_stock, out_of_stock, preorder, backorder"),
    ]


def test_rss(run_import) -> None:
    report, products = run_import(RSS)
    boot = products["A"]
    assert (boot.title, boot.description, boot.price_minor) == ("Trail <boot>", "Warm & dry", 12900)
    assert boot.attributes == {"material": ("leather", "wool"), "Sole": ("rubber",)}
    assert [refusal.line for refusal in report.refusals] == [11]


def test_atom(run_import) -> None:
    _, products = run_import(ATOM)
    assert (products["A"].title, products["A"].link, products["A"].item_type) == ("Boot", "https://x/a", "shoes")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RSS[:-20], "is not XML"),
        (RSS.replace("</g:id>", "</g:di>"), "is not XML: line 4"),
        ("<html><body>Not found</body></html>", "no item with a g:id"),
        ('<!DOCTYPE r [<!ENTITY a "b">]><rss>&a;</rss>', "document type or entities"),
        ('<!DOCTYPE r SYSTEM "file:///etc/passwd"><rss></rss>', "document type or entities"),
    ],
)
def test_xml_that_is_no_feed(run_import, text: str, message: str) -> None:
    with pytest.raises(ImportFileError, match=message):
        run_import(text)


def test_tsv_that_is_no_feed(run_import) -> None:
    with pytest.raises(ImportFileError, match="not a Google Merchant feed"):
        run_import("sku\ttitle\nA\tB\n", format="google-merchant")


def test_many_items_stream(run_import) -> None:
    items = "".join(ITEM.replace("<g:id>A", f"<g:id>A{i}") for i in range(500))
    _, products = run_import(f'<rss xmlns:g="http://base.google.com/ns/1.0"><channel>{items}</channel></rss>')
    assert len(products) == 500
