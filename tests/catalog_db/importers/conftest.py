from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog_db.database import Database
from catalog_db.importers import ImportReport, import_products
from catalog_db.importers.mapping import parse_mapping
from catalog_db.products import ProductRecord, iter_products

Import = Callable[..., tuple[ImportReport, dict[str, ProductRecord]]]


@pytest.fixture
def run_import(database: Database, tmp_path: Path, now: dt.datetime) -> Import:
    """Import a text twice; returns the first report and the catalog by SKU, and checks that nothing changed."""

    def run(text: str, *maps: str, constants: tuple[str, ...] = (), format: str = "auto") -> tuple:
        path = tmp_path / "file"
        path.write_text(text, encoding="utf-8", newline="")
        mapping = parse_mapping(maps, constants)
        report = import_products(database, path, now, format=format, mapping=mapping)
        with database.reading() as session:
            products = {record.sku: record for record in iter_products(session, active_only=False)}
        again = import_products(database, path, now + dt.timedelta(days=1), format=format, mapping=mapping)
        assert (again.saved.added, again.saved.changed) == (0, 0)  # type: ignore[union-attr]
        assert (again.refusals, again.notes) == (report.refusals, report.notes)
        with database.reading() as session:
            assert {record.sku: record for record in iter_products(session, active_only=False)} == products
        return report, products

    return run
