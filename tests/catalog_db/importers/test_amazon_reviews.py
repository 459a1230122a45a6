from __future__ import annotations

import json

from catalog_db.importers.amazon_reviews import KEY
from catalog_db.importers.records import Refusal

LINES = [
    {
        "main_category": "All Beauty",
        "title": "Howard LC0008 &amp; more",
        "average_rating": 4.8,
        "rating_number": 10,
        "features": ["Soft", "<b>Light</b>"],
        "description": ["Two<br>lines"],
        "price": 12.99,
        "images": [{"large": "https://x/2.jpg", "variant": "PT01"}, {"large": "https://x/1.jpg", "variant": "MAIN"}],
        "store": "Howard Products",
        "categories": ["Beauty", "Hair"],
        "details": {"Brand": "Howard", "Color": "red", "Best Sellers Rank": {"Beauty": 1}, "UPC": "1"},
        "parent_asin": "B01",
        "bought_together": None,
    },
    {"main_category": None, "title": "Cable", "price": "—", "store": "Acme", "categories": ["Wires"], KEY: "B02"},
    {"main_category": "Books", "title": "", "parent_asin": "B03"},
    {"main_category": "Books", "title": "X", "price": "from 9.99", "parent_asin": "B04"},
    {"main_category": "Books", "title": "X", "details": [], "categories": "x", "parent_asin": "B05"},
]  # fmt: skip


def test_metadata(run_import) -> None:
    report, products = run_import("\n".join(map(json.dumps, LINES)))
    assert report.format == "amazon-reviews-2023"
    first, cable = products["B01"], products["B02"]
    assert (first.title, first.brand, first.item_type) == ("Howard LC0008 & more", "Howard", "all_beauty")
    assert (first.price_minor, first.rating, first.rating_count) == (1299, 4.8, 10)
    assert first.description == "Soft\nLight\nTwo\nlines"
    assert (first.image, first.category_path, first.attributes) == (
        *("https://x/1.jpg", "Beauty > Hair", {"Color": ("red",)}),
    )
    assert (cable.price_minor, cable.brand, cable.item_type) == (None, "Acme", "wires")
    assert report.refusals == [
        Refusal(3, "no title"),
        Refusal(4, "'from 9.99' is not a price"),
        Refusal(5, "details are not an object, or categories not a list"),
    ]
