"""The catalog on the command line: ``python -m catalog_db COMMAND --help`` tells a command's options.

The database is the one that ``--database`` or the variable ``NEO_DATABASE_URL`` names, else ``sqlite:///var/shop.db``.
Exit code 0 when all went well; 2 after one line on standard error that says what is wrong and how to mend it; 1 when
``check`` found a problem.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from catalog_db import cli_import
from catalog_db.checks import check_catalog
from catalog_db.database import open_database
from catalog_db.errors import NeoError
from catalog_db.exporters import SUFFIXES, export_events, export_products
from catalog_db.migrations import migrate, newest_revision
from catalog_db.money import format_price
from catalog_db.sids import codebook_versions
from catalog_db.statistics import CatalogStatistics, catalog_statistics

DEFAULT_DATABASE = "sqlite:///var/shop.db"
PROBLEMS_FOUND = 1
BAD_INPUT = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except NeoError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m catalog_db", description="Make, fill, look at and look after the shop's database."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--database",
        metavar="URL",
        default=os.environ.get("NEO_DATABASE_URL") or DEFAULT_DATABASE,
        help="sqlite:///path/to/file.db or postgresql://user@host/name (default: NEO_DATABASE_URL, else "
        f"{DEFAULT_DATABASE})",
    )

    sample = commands.add_parser("sample", parents=[shared], help="build the sample store, the same every time")
    sample.add_argument("--force", action="store_true", help="replace whatever the database holds")
    sample.add_argument(
        "--pictures",
        metavar="FOLDER",
        type=Path,
        default=os.environ.get("NEO_PICTURES_DIR") or None,
        help="where the pictures go (default: NEO_PICTURES_DIR, else pictures beside the SQLite file)",
    )
    sample.set_defaults(run=_sample)

    cli_import.add_commands(commands, shared)

    stats = commands.add_parser("stats", parents=[shared], help="the catalog in figures")
    stats.set_defaults(run=_stats)

    export = commands.add_parser("export", parents=[shared], help="write products or events to a file")
    export.add_argument("file", metavar="FILE", type=Path, help=f"a name that ends in {', '.join(SUFFIXES)}")
    export.add_argument("--events", action="store_true", help="write the interaction log, not the products")
    export.add_argument("--active-only", action="store_true", help="leave out products that are off sale")
    export.set_defaults(run=_export)

    migrate_command = commands.add_parser("migrate", parents=[shared], help="create or upgrade the tables")
    migrate_command.set_defaults(run=_migrate)

    check = commands.add_parser("check", parents=[shared], help="look for problems; exit code 1 if there are any")
    check.set_defaults(run=_check)
    return parser


def _sample(options: argparse.Namespace) -> int:
    from catalog_db.sample.build import build_sample

    pictures = Path(options.pictures) if options.pictures else None
    print(build_sample(options.database, pictures, force=options.force))
    return 0


def _migrate(options: argparse.Namespace) -> int:
    migrate(options.database)
    print(f"the tables are at revision {newest_revision()}")
    return 0


def _export(options: argparse.Namespace) -> int:
    with open_database(options.database) as database, database.reading() as session:
        if options.events:
            count = export_events(session, options.file)
        else:
            count = export_products(session, options.file, active_only=options.active_only)
    print(f"{count:,} {'events' if options.events else 'products'} written to {options.file}")
    return 0


def _check(options: argparse.Namespace) -> int:
    with open_database(options.database) as database, database.reading() as session:
        findings = check_catalog(session)
    for finding in findings:
        print(f"{'problem' if finding.is_problem else 'note'}: {finding.text}")
    problems = sum(finding.is_problem for finding in findings)
    print(f"{problems} problems found" if problems else "no problem found")
    return PROBLEMS_FOUND if problems else 0


def _stats(options: argparse.Namespace) -> int:
    with open_database(options.database) as database, database.reading() as session:
        statistics = catalog_statistics(session)
        versions = codebook_versions(session)
    print("\n".join(_statistics_lines(statistics)))
    for version in versions:
        print(f"codebooks   {version.fingerprint[:12]}: {version.products:,} semantic ids")
    return 0


def _statistics_lines(statistics: CatalogStatistics) -> list[str]:
    lines = [
        f"products    {statistics.products:,} on sale, {statistics.off_sale:,} off sale",
        f"brands      {statistics.brands:,}; {statistics.attribute_names:,} attribute names",
    ]
    for currency, (low, first, median, third, high) in statistics.price_quartiles.items():
        low_text, first_text, median_text, third_text, high_text = (
            format_price(price, currency) for price in (low, first, median, third, high)
        )
        lines.append(
            f"prices      {low_text} to {high_text}; half of them between {first_text} and {third_text}, "
            f"median {median_text} ({currency})"
        )
    if statistics.without_price:
        lines.append(f"            {statistics.without_price:,} without a price")
    lines.append(
        f"stock       {statistics.in_stock:,} in stock, {statistics.out_of_stock:,} sold out, "
        f"{statistics.uncounted:,} uncounted"
    )
    mean = f", on average {statistics.mean_rating:.2f}" if statistics.mean_rating is not None else ""
    lines += [
        f"ratings     {statistics.rated:,} products rated{mean}",
        f"log         {statistics.shoppers:,} shoppers, {statistics.events:,} events, {statistics.queries:,} searches",
    ]
    width = max((len(name) for name in statistics.item_types), default=0)
    lines += [f"  {name:<{width}}  {count:>7,}" for name, count in statistics.item_types.items()]
    return lines
