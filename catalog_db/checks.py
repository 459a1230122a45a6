"""Look for what keeps a catalog from being used well: ``python -m catalog_db check``."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from catalog_db.database import Session
from catalog_db.facets import facets
from catalog_db.models import Product
from catalog_db.sids import codebook_versions, products_without_sid
from catalog_db.statistics import catalog_statistics

FEW = 10
"""A type with fewer products is hardly worth a place in the top navigation, or codebooks of its own."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the catalog; ``is_problem`` when the assistant cannot work as it should because of it."""

    is_problem: bool
    text: str


def check_catalog(session: Session) -> list[Finding]:
    """Everything worth knowing before training or serving, problems first."""
    statistics = catalog_statistics(session)
    if not statistics.products:
        return [Finding(True, "nothing is on sale")]
    problems: list[str] = []
    remarks: list[str] = []
    if len(statistics.price_quartiles) > 1:
        currencies = ", ".join(statistics.price_quartiles)
        problems.append(f"prices are in several currencies ({currencies}), and price conditions compare plain numbers")
    if statistics.without_price:
        remarks.append(f"{statistics.without_price:,} products have no price: no price condition selects them")
    for name, count in statistics.item_types.items():
        if count < FEW:
            remarks.append(f"the item type {name!r} has only {count} products")
    for what, missing in (
        ("brand", Product.brand.is_(None)),
        ("description", Product.description == ""),
        ("picture", Product.image == ""),
        ("rating", Product.rating.is_(None)),
    ):
        if count := _count(session, missing):
            remarks.append(f"{count:,} products have no {what}")
    if not facets(session):
        remarks.append("no attribute is carried by enough products to narrow the catalog down by")
    _check_sids(session, problems, remarks)
    return [*(Finding(True, text) for text in problems), *(Finding(False, text) for text in remarks)]


def _check_sids(session: Session, problems: list[str], remarks: list[str]) -> None:
    """The newest codebook version should cover the catalog; older ones are of interest only."""
    versions = codebook_versions(session)
    if not versions:
        remarks.append("no codebook version yet: python -m finetune sids")
    for version in versions:
        is_newest = version is versions[-1]
        without = len(products_without_sid(session, version.fingerprint))
        name = f"codebook version {version.fingerprint[:12]}{' (the newest)' if is_newest else ''}"
        if without:
            text = f"{without:,} products have no valid semantic id of {name}: the assistant cannot show them"
            (problems if is_newest else remarks).append(text)
        else:
            remarks.append(f"every product has a semantic id of {name}")


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.execute(select(func.count()).where(Product.active, condition)).scalar_one()
