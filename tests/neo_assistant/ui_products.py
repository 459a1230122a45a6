"""Products for the tests of the page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from catalog_db.products import ProductRecord
from catalog_db.rows import ProductRow
from neo_assistant.events import Done, ItemFound, Timings
from neo_assistant.scripted import sid_of

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def make_product(number: int = 1, **changes: Any) -> ProductRecord:
    """A mug that can be bought, unless ``changes`` say otherwise."""
    values: dict[str, Any] = {
        "id": number,
        "sku": f"MUG-{number}",
        "title": f"Mug number {number}",
        "brand": "Claywork",
        "item_type": "kitchen",
        "category_path": "Kitchen > Mugs",
        "description": "A mug.",
        "price_minor": 1250,
        "currency": "USD",
        "stock": 20,
        "rating": 4.5,
        "rating_count": 1234,
        "image": "pictures/mug.svg",
        "link": "",
        "active": True,
        "created_at": NOW,
        "updated_at": NOW,
        "attributes": {"colour": ("blue",), "kind": ("mug",)},
    }
    return ProductRecord(**{**values, **changes})


def make_rows() -> list[ProductRow]:
    """A shop of five mugs and two boots."""
    mugs = [make_product(number, price_minor=1000 + 250 * number, rating_count=number) for number in range(1, 6)]
    boots = [
        make_product(
            number,
            sku=f"BOOT-{number}",
            title=f"Hiking boot {number}",
            brand="Fellstep",
            item_type="footwear",
            category_path="Footwear > Boots",
            price_minor=9000 + number,
            stock=number - 6,
            attributes={"colour": ("brown",), "kind": ("hiking boot",)},
        )
        for number in (6, 7)
    ]
    return [product.to_row() for product in mugs + boots]


def found(number: int = 1, **changes: Any) -> ItemFound:
    """The event that names a product."""
    product = make_product(number, **changes)
    return ItemFound(sid_of(product), product, -1.0)


DONE = Done(Timings(first_token_ms=12.3456, total_ms=99.0, constraint_ms=0.5, prompt_tokens=40, tokens=7))
