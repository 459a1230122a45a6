"""Three rows of a kitchen shop."""

from __future__ import annotations

import datetime as dt

from catalog_db.products import ProductRecord

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def row(sku: str, kind: str, price: float, **facets: str) -> ProductRecord:
    return ProductRecord(
        id=len(sku),
        sku=sku,
        title=f"Saltgarth {kind}",
        brand="Saltgarth",
        item_type="kitchen",
        category_path="",
        description="",
        price_minor=round(price * 100),
        currency="USD",
        stock=5,
        rating=4.3,
        rating_count=3,
        image="",
        link="",
        active=True,
        created_at=NOW,
        updated_at=NOW,
        attributes={"kind": (kind,), **{name: (value,) for name, value in facets.items()}},
    )


MUG = row("MUG", "mug", 15.99, colour="blue", material="ceramic", feature="dishwasher safe")
RED_MUG = row("RED-MUG", "mug", 12, colour="red", material="glass")
KETTLE = row("KETTLE", "kettle", 60, colour="red", material="steel")
