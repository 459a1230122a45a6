"""Write products into the catalog and read them back as plain values."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import delete, func, insert, select, update

from catalog_db.database import Session
from catalog_db.errors import CatalogError, UnknownProductError
from catalog_db.models import Product, ProductAttribute
from catalog_db.revisions import bump_revision, next_revision
from catalog_db.rows import ProductRow
from catalog_db.validation import check_product_row

T = TypeVar("T")

BATCH = 500
"""Rows per statement: well under SQLite's limit of 32,766 bound values."""

_COLUMNS = (
    *("title", "brand", "item_type", "category_path", "description", "price_minor", "currency", "stock"),
    *("rating", "rating_count", "image", "link", "active"),
)
"""What an import may change; ``sku`` is the key, and ``created_at`` only changes when the import states it."""

_READ = (
    Product.id,
    Product.sku,
    *(getattr(Product, name) for name in _COLUMNS),
    Product.created_at,
    Product.updated_at,
)


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """A product as the catalog holds it; see :class:`catalog_db.models.Product` for the meaning of each field."""

    id: int
    sku: str
    title: str
    brand: str | None
    item_type: str
    category_path: str
    description: str
    price_minor: int | None
    currency: str
    stock: int | None
    rating: float | None
    rating_count: int
    image: str
    link: str
    active: bool
    created_at: dt.datetime
    updated_at: dt.datetime
    attributes: Mapping[str, tuple[str, ...]]
    """Attribute name → its values, both sorted."""

    @property
    def in_stock(self) -> bool:
        """Whether it can be bought now; an uncounted stock never runs out."""
        return self.stock is None or self.stock > 0

    def to_row(self) -> ProductRow:
        """The row whose import would change nothing."""
        values = {name: getattr(self, name) for name in ("sku", *_COLUMNS, "attributes", "created_at")}
        return ProductRow(**values)


@dataclass(frozen=True, slots=True)
class SaveReport:
    """How many rows were new, how many changed a product, how many found it as it was."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    @property
    def total(self) -> int:
        """How many rows there were."""
        return self.added + self.changed + self.unchanged

    def __add__(self, other: SaveReport) -> SaveReport:
        return SaveReport(self.added + other.added, self.changed + other.changed, self.unchanged + other.unchanged)


def save_products(session: Session, rows: Iterable[ProductRow], now: dt.datetime) -> SaveReport:
    """Insert new SKUs and update known ones; a row equal to what is stored writes nothing, not even ``updated_at``.

    Products that ``rows`` does not name stay as they are. The rows are read as a stream, ``BATCH`` at a time.

    Raises:
        CatalogError: a row breaks a limit (see :mod:`catalog_db.validation`), or a SKU comes twice.
    """
    # Waiting here for other writers of products means that two imports of one SKU cannot collide later.
    number = next_revision(session)
    report = SaveReport()
    seen: set[str] = set()
    remaining = iter(rows)
    while batch := list(itertools.islice(remaining, BATCH)):
        for row in batch:
            if reason := check_product_row(row):
                raise CatalogError(f"product {row.sku!r}: {reason}")
            if row.sku in seen:
                raise CatalogError(f"SKU {row.sku!r} comes twice in one import")
            seen.add(row.sku)
        report += _save_batch(session, batch, now, number)
    if report.added or report.changed:
        bump_revision(session)
    return report


def _save_batch(session: Session, batch: list[ProductRow], now: dt.datetime, number: int) -> SaveReport:
    stored = {record.sku: record for record in _records(session, Product.sku.in_([row.sku for row in batch]))}
    new = [row for row in batch if row.sku not in stored]
    changed = [(stored[row.sku], row) for row in batch if row.sku in stored and _differs(stored[row.sku], row)]
    attributes: list[dict[str, Any]] = []
    if new:
        values = [
            {"sku": row.sku, **_values(row), "created_at": row.created_at or now, "updated_at": now, "revision": number}
            for row in new
        ]
        ids = session.execute(insert(Product).returning(Product.id, sort_by_parameter_order=True), values).scalars()
        for product_id, row in zip(ids, new, strict=True):
            attributes += _attribute_values(product_id, row)
    if changed:
        session.execute(
            update(Product),
            [
                {
                    "id": old.id,
                    **_values(row),
                    "created_at": row.created_at or old.created_at,
                    "updated_at": now,
                    "revision": number,
                }
                for old, row in changed
            ],
        )
        session.execute(
            delete(ProductAttribute).where(ProductAttribute.product_id.in_([old.id for old, _ in changed])),
            execution_options={"synchronize_session": False},
        )
        for old, row in changed:
            attributes += _attribute_values(old.id, row)
    if attributes:
        session.execute(insert(ProductAttribute), attributes)
    return SaveReport(len(new), len(changed), len(batch) - len(new) - len(changed))


def _differs(record: ProductRecord, row: ProductRow) -> bool:
    return (
        any(getattr(record, name) != getattr(row, name) for name in _COLUMNS)
        or record.attributes != _sorted_attributes(row.attributes)
        or (row.created_at is not None and row.created_at != record.created_at)
    )


def _values(row: ProductRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _COLUMNS}


def _attribute_values(product_id: int, row: ProductRow) -> list[dict[str, Any]]:
    return [
        {"product_id": product_id, "name": name, "value": value}
        for name, values in _sorted_attributes(row.attributes).items()
        for value in values
    ]


def _sorted_attributes(attributes: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(sorted(set(values))) for name, values in sorted(attributes.items()) if values}


def set_active(session: Session, product_ids: Collection[int], active: bool, now: dt.datetime) -> int:
    """Take products off sale, or put them back; returns how many changed."""
    number = next_revision(session)
    changed = 0
    for chunk in _chunks(sorted(product_ids)):
        result = session.execute(
            update(Product)
            .where(Product.id.in_(chunk), Product.active.is_not(active))
            .values(active=active, updated_at=now, revision=number)
            .returning(Product.id),
            execution_options={"synchronize_session": False},
        )
        changed += len(result.all())
    if changed:
        bump_revision(session)
    return changed


def get_products(session: Session, ids: Sequence[int]) -> list[ProductRecord]:
    """Products by id, in the order of ``ids`` (also off sale); numpy integers are fine.

    Raises:
        UnknownProductError: one of them is not in the catalog.
    """
    plain = [int(product_id) for product_id in ids]
    found = {r.id: r for chunk in _chunks(plain) for r in _records(session, Product.id.in_(chunk))}
    if missing := [product_id for product_id in plain if product_id not in found]:
        raise UnknownProductError(f"the catalog holds no product with id {missing[0]}")
    return [found[product_id] for product_id in plain]


def by_sku(session: Session, skus: Sequence[str]) -> list[ProductRecord]:
    """Products by SKU, in the order of ``skus`` (also off sale).

    Raises:
        UnknownProductError: one of them is not in the catalog.
    """
    found = {r.sku: r for chunk in _chunks(skus) for r in _records(session, Product.sku.in_(chunk))}
    if missing := [sku for sku in skus if sku not in found]:
        raise UnknownProductError(f"the catalog holds no product with SKU {missing[0]!r}")
    return [found[sku] for sku in skus]


def ids_by_sku(session: Session, skus: Iterable[str]) -> dict[str, int]:
    """SKU → product id, of those of ``skus`` that the catalog holds."""
    found: dict[str, int] = {}
    for chunk in _chunks(sorted(set(skus))):
        rows = session.execute(select(Product.sku, Product.id).where(Product.sku.in_(chunk)))
        found.update((sku, product_id) for sku, product_id in rows)
    return found


def skus_by_id(session: Session, ids: Iterable[int] | None = None) -> dict[int, str]:
    """Product id → SKU, in the order of ids, of every product, on sale or not; of those of ``ids``, if given."""
    query = select(Product.id, Product.sku).order_by(Product.id)
    if ids is None:
        return dict(session.execute(query).all())
    chunks = _chunks(sorted({int(product_id) for product_id in ids}))
    return {number: sku for chunk in chunks for number, sku in session.execute(query.where(Product.id.in_(chunk)))}


def iter_products(
    session: Session, *, item_types: Collection[str] | None = None, active_only: bool = True
) -> Iterator[ProductRecord]:
    """Every product in the order of ids, without holding more than ``BATCH`` of them at a time."""
    last_id = 0
    while True:
        query = select(Product.id).where(Product.id > last_id).order_by(Product.id).limit(BATCH)
        if item_types is not None:
            query = query.where(Product.item_type.in_(sorted(item_types)))
        if active_only:
            query = query.where(Product.active)
        ids = session.execute(query).scalars().all()
        if not ids:
            return
        yield from _records(session, Product.id.in_(ids))
        last_id = ids[-1]


def count_products(session: Session, *, active_only: bool = True) -> int:
    """How many products there are."""
    query = select(func.count()).select_from(Product)
    return session.execute(query.where(Product.active) if active_only else query).scalar_one()


def _records(session: Session, where: Any) -> list[ProductRecord]:
    """Products and their attributes, in two queries, ordered by id."""
    rows = session.execute(select(*_READ).where(where).order_by(Product.id)).all()
    if not rows:
        return []
    attributes: dict[int, dict[str, list[str]]] = {row.id: {} for row in rows}
    for chunk in _chunks(list(attributes)):
        for product_id, name, value in session.execute(
            select(ProductAttribute.product_id, ProductAttribute.name, ProductAttribute.value).where(
                ProductAttribute.product_id.in_(chunk)
            )
        ):
            attributes[product_id].setdefault(name, []).append(value)
    # Sorted here and not in SQL, where the order of text depends on the database's collation.
    return [
        ProductRecord(
            **row._mapping,
            attributes={name: tuple(sorted(values)) for name, values in sorted(attributes[row.id].items())},
        )
        for row in rows
    ]


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]
