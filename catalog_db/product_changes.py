"""What an import, or an edit, would change; and an edit that tells of somebody else's in the meantime."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from catalog_db.database import Session
from catalog_db.errors import CatalogError, UnknownProductError
from catalog_db.products import BATCH, ProductRecord, by_sku, get_products, ids_by_sku, save_products
from catalog_db.revisions import next_revision
from catalog_db.rows import ProductRow
from catalog_db.validation import check_product_row

_FIELDS = tuple(field.name for field in fields(ProductRow) if field.name != "sku")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What saving a row would do.

    Attributes:
        row: the row.
        before: the product with its SKU as it is now; None for a new one.
        changed: field → what it is and what it would be; of an attribute, ``attributes.NAME``. Empty for a new product,
            and where nothing would change.
    """

    row: ProductRow
    before: ProductRecord | None
    changed: Mapping[str, tuple[Any, Any]]


def foresee(session: Session, rows: Iterable[ProductRow]) -> Iterator[Foreseen]:
    """What saving rows would do, in their order; nothing is written. No more than ``BATCH`` are held at a time."""
    remaining = iter(rows)
    while batch := list(itertools.islice(remaining, BATCH)):
        known = ids_by_sku(session, [row.sku for row in batch])
        stored = {product.sku: product for product in get_products(session, sorted(known.values()))}
        for row in batch:
            before = stored.get(row.sku)
            yield Foreseen(row, before, {} if before is None else changed_fields(before.to_row(), row))


def changed_fields(before: ProductRow, after: ProductRow) -> dict[str, tuple[Any, Any]]:
    """Field → value before and after, of those that differ; of an attribute ``attributes.NAME`` → both tuples.

    A row that does not say when its product came in changes nothing about that.
    """
    found: dict[str, tuple[Any, Any]] = {}
    for name in _FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if name == "attributes":
            old, new = _sorted(old), _sorted(new)
            for each in sorted({*old, *new}):
                if old.get(each, ()) != new.get(each, ()):
                    found[f"attributes.{each}"] = (old.get(each, ()), new.get(each, ()))
        elif old != new and not (name == "created_at" and new is None):
            found[name] = (old, new)
    return found


def edit_product(
    session: Session, edited: ProductRow, expected: ProductRow, now: dt.datetime
) -> dict[str, tuple[Any, Any]]:
    """Save a product as somebody has edited it.

    Args:
        session: one that may write.
        edited: the product as it is to be.
        expected: the product as it was when it was opened.
        now: the time.

    Returns:
        What has changed, as :func:`changed_fields` has it; empty if nothing was to be done.

    Raises:
        UnknownProductError: there is no such product.
        CatalogError: it is not what it was when it was opened, or the row breaks a limit.
    """
    if reason := check_product_row(edited):
        raise CatalogError(f"this cannot be saved: {reason}")
    next_revision(session)  # Whoever edits at the same time waits here, so that the comparison below stays true.
    try:
        [stored] = by_sku(session, [edited.sku])
    except UnknownProductError as error:
        raise UnknownProductError(error.message, "nothing was saved; search again") from error
    if others := changed_fields(expected, stored.to_row()):
        raise CatalogError(
            f"{edited.sku} is not what it was when you opened it: {', '.join(map(_name, others))} changed at "
            f"{stored.updated_at:%H:%M:%S UTC on %Y-%m-%d}",
            "nothing was saved; open it again to see what it is now",
        )
    edited = replace(edited, created_at=stored.created_at)
    changed = changed_fields(stored.to_row(), edited)
    if changed:
        save_products(session, [edited], now)
    return changed


def _sorted(attributes: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(sorted(set(values))) for name, values in attributes.items() if values}


def _name(field: str) -> str:
    return {"price_minor": "the price", "active": "whether it is on sale"}.get(
        field, f"the {field.removeprefix('attributes.').replace('_', ' ')}"
    )
