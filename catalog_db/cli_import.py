"""``python -m catalog_db import`` and ``import-events``."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import sys
from pathlib import Path
from typing import Any

from catalog_db.database import open_database
from catalog_db.errors import CatalogError
from catalog_db.importers import (
    EVENT_FORMATS,
    FORMATS,
    ImportReport,
    detect_format,
    import_events,
    import_products,
    mapping,
)
from catalog_db.products import SaveReport

SHOWN = 20
"""How many refusals are printed; ``--report`` writes all of them."""
NOTHING_TAKEN = 2


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare both commands."""
    products = commands.add_parser(
        "import",
        parents=[shared],
        help="products from a file",
        description="Bring the products of a file into the catalog: new SKUs are added, known ones are\n"
        "updated, others stay as they are. A database that does not exist yet is made.",
        epilog=mapping.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_options(products, list(FORMATS))
    products.add_argument("--type", metavar="TYPE", help="item type of products that state none; as --set item_type=…")
    products.set_defaults(run=_import_products)

    events = commands.add_parser(
        "import-events",
        parents=[shared],
        help="an interaction log from a file",
        description="Bring an interaction log into the database: shopper, sku, kind (viewed, carted, bought,\n"
        "dismissed) and at (ISO 8601, or seconds since 1970). Its products have to be in the catalog.",
        epilog=mapping.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_options(events, list(EVENT_FORMATS))
    events.set_defaults(run=_import_events)


def _add_options(parser: argparse.ArgumentParser, formats: list[str]) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="UTF-8 text, gzipped or not")
    parser.add_argument("--format", choices=["auto", *formats], default="auto", help="default: look at the file")
    parser.add_argument("--map", metavar="FIELD=COLUMN", action="append", default=[], help="which column is a field")
    parser.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], help="a field for all that lack it"
    )
    parser.add_argument("--mapping", metavar="FILE", type=Path, help="both, and translations of values, as TOML")
    parser.add_argument("--report", metavar="FILE", type=Path, help="write every refusal and note to this CSV file")


def _import_products(options: argparse.Namespace) -> int:
    constants = [*options.set, *([f"item_type={options.type}"] if options.type else [])]
    columns = mapping.parse_mapping(options.map, constants, options.mapping)
    # Looked at before the database is opened, so that a wrong name does not leave a new database behind.
    format = detect_format(options.file) if options.format == "auto" else options.format
    with open_database(options.database, must_exist=False) as database:
        report = import_products(database, options.file, dt.datetime.now(dt.UTC), format=format, mapping=columns)
    return _show(report, options.file, options.report)


def _import_events(options: argparse.Namespace) -> int:
    columns = mapping.parse_mapping(options.map, options.set, options.mapping, known=mapping.EVENT_FIELDS)
    with open_database(options.database) as database:
        report = import_events(database, options.file, format=options.format, mapping=columns)
    return _show(report, options.file, options.report)


def _show(report: ImportReport, file: Path, report_file: Path | None) -> int:
    saved = report.saved
    changed = f"{saved.changed:,} changed, " if isinstance(saved, SaveReport) else ""
    print(
        f"{file} ({report.format}): {saved.added:,} added, {changed}{saved.unchanged:,} unchanged, "
        f"{len(report.refusals):,} refused"
    )
    for refusal in report.refusals[:SHOWN]:
        print(f"  line {refusal.line}: {refusal.reason}")
    if len(report.refusals) > SHOWN:
        print(f"  … and {len(report.refusals) - SHOWN:,} more{'' if report_file else '; --report FILE writes all'}")
    if report.notes:
        print(f"  something was cut or left out of {len({note.line for note in report.notes}):,} records")
    if report_file is not None:
        _write_report(report, report_file)
    if report.refusals and not report.taken:
        print(f"error: no record of {file} could be taken", file=sys.stderr)
        return NOTHING_TAKEN
    return 0


def _write_report(report: ImportReport, path: Path) -> None:
    rows = [(refusal.line, "refused", refusal.reason) for refusal in report.refusals]
    rows += [(note.line, "note", note.reason) for note in report.notes]
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["line", "what", "reason"])
            writer.writerows(sorted(rows))
    except OSError as error:
        raise CatalogError(f"cannot write {path}: {error.strerror or error}") from error
