"""What a condition costs on a catalog of millions: asked first, again, in a new combination, and after a price changed.

    python -m benchmarks.conditions --items 1000000 [--database URL] [--json FILE]

The catalog is invented by the database itself (``catalog_db.synthetic``), in an empty database: a temporary SQLite file
unless a URL is given. One that a run before has filled is used as it is. Prints Markdown tables.

Every figure is a median. "First" begins with an empty cache of bitmaps and ends with a bitmap over the index, so it is
SQL, stream and bits; the database's own pages have been read before.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import functools
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from catalog_db.conditions import Conditions
from catalog_db.database import Database, open_database
from catalog_db.errors import ConditionError
from catalog_db.facets import facets
from catalog_db.known_values import check_against
from catalog_db.overview import shop_overview
from catalog_db.products import count_products, get_products, save_products
from catalog_db.revisions import revision
from catalog_db.synthetic import analyze, brand, fill
from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.sids import SidScheme
from neo_assistant.view_cache import ViewCache

CHEAP, STOCKED = Conditions(max_price=6_000), Conditions(in_stock=True)
BLUE = Conditions(attributes=(("colour", ("blue",)),))
BIG_BRAND = Conditions(brands=frozenset({brand(0)}))
CONDITIONS = {
    "on sale": Conditions(),
    "under $60": CHEAP,
    "in stock": STOCKED,
    "the largest brand": BIG_BRAND,
    "a small brand": Conditions(brands=frozenset({brand(900)})),
    "blue": BLUE,
    "rated 4.5 or better": Conditions(min_rating=4.5),
    "under $60, in stock, blue": CHEAP.both(STOCKED).both(BLUE),
    "a small brand under $60": CHEAP.both(Conditions(brands=frozenset({brand(900)}))),
    "SQL: stock > 3 AND price_minor < 5000": Conditions(sql="stock > 3 AND price_minor < 5000"),
    "SQL: lower(title) LIKE '%blue%'": Conditions(sql="lower(title) LIKE '%blue%'"),
}
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def synthetic_index(items: int) -> SegmentedIndex:
    """Semantic ids for products 1 to ``items`` in an order that has nothing to do with their ids."""
    places = np.arange(items)
    codes = np.stack([places // 256**level % 256 for level in (3, 2, 1, 0)], axis=1).astype(np.uint16)
    ids = (np.random.default_rng(1).permutation(items) + 1).astype(np.int64)
    scheme = SidScheme(("things",), (256,) * 4, per_type=False)
    bounds = np.array([0, items], dtype=np.int64)
    return SegmentedIndex(DecodingIndex.from_sorted(scheme, "0" * 64, bounds, np.asfortranarray(codes), ids))


def timed(action: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """Median milliseconds, and what the last call returned."""
    taken = []
    for _ in range(repeat):
        began = time.perf_counter()
        result = action()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken), result


def change_a_price(database: Database, product_id: int) -> None:
    """Raise one product's price by a cent."""
    with database.session() as session:
        [record] = get_products(session, [product_id])
        row = record.to_row()
        save_products(session, [dataclasses.replace(row, price_minor=(row.price_minor or 0) + 1)], NOW)


def current(database: Database) -> int:
    with database.reading() as session:
        return revision(session)


def measure(database: Database, index: SegmentedIndex, conditions: Conditions, repeat: int) -> dict[str, Any]:
    """Milliseconds of one condition's evaluations, and how many items meet it."""
    number = current(database)

    def first() -> tuple[ViewCache, Any]:
        cache = ViewCache(database)
        return cache, cache.eligible(conditions, index, number)

    first_ms, (cache, bitmap) = timed(first, repeat)
    again_ms, _ = timed(lambda: cache.eligible(conditions, index, number), 5)
    known = ViewCache(database)
    for part in conditions.parts():
        known.eligible(part, index, number)
    combined_ms, _ = timed(lambda: known.eligible(conditions, index, number), 1)
    mended = []
    for product_id in range(1, repeat + 1):
        change_a_price(database, product_id)
        changed = functools.partial(cache.eligible, conditions, index, current(database))
        mended.append(timed(changed, 1)[0])
    return {
        "items": bitmap.count,
        "first_ms": first_ms,
        "again_ms": again_ms,
        "combined_ms": combined_ms if len(conditions.parts()) > 1 else None,
        "mended_ms": statistics.median(mended),
    }


def around(database: Database) -> dict[str, float]:
    """Milliseconds of what is asked of the catalog beside conditions."""

    def mistyped() -> str:
        with database.reading() as session:
            try:
                check_against(session, Conditions(brands=frozenset({"Brnd 17"})))
            except ConditionError as error:
                return str(error)
            raise AssertionError("a brand that nobody sells was accepted")

    def reading(read: Callable[[Any], Any]) -> Callable[[], Any]:
        def run() -> Any:
            with database.reading() as session:
                return read(session)

        return run

    return {
        "an unknown brand is refused, with the closest": timed(mistyped, 3)[0],
        "every facet with its values counted": timed(reading(facets), 1)[0],
        "the shop at a glance": timed(reading(shop_overview), 3)[0],
    }


def open_filled(url: str, items: int) -> tuple[Database, float]:
    """The database, filled unless it is, and the seconds that filling took."""
    database = open_database(url, must_exist=False)
    with database.reading() as session:
        held = count_products(session, active_only=False)
    if held not in (0, items):
        raise SystemExit(f"error: the database holds {held:,} products, not {items:,}")
    began = time.perf_counter()
    if not held:
        with database.session() as session:
            fill(session, items, NOW)
        with database.session() as session:
            analyze(session)
    return database, time.perf_counter() - began


def table(rows: dict[str, dict[str, Any]]) -> str:
    """Markdown."""
    lines = ["| condition | items | first | again | new combination of known ones | after one price changed |"]
    lines.append("|---|---|---|---|---|---|")
    for name, row in rows.items():
        cells = [_shown(row[key]) for key in ("first_ms", "again_ms", "combined_ms", "mended_ms")]
        lines.append(f"| {name} | {row['items']:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _shown(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "–"
    return f"{milliseconds:,.0f} ms" if milliseconds >= 10 else f"{milliseconds:.2g} ms"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--items", type=int, default=1_000_000, help="products in the catalog")
    parser.add_argument("--database", default="temporary", metavar="URL", help="an empty one, or temporary (SQLite)")
    parser.add_argument("--repeat", type=int, default=3, help="how often each is measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/catalog.db" if options.database == "temporary" else options.database
        database, seconds = open_filled(url, options.items)
        with database:
            index = synthetic_index(options.items)
            rows = {name: measure(database, index, wanted, options.repeat) for name, wanted in CONDITIONS.items()}
            beside = around(database)
    kind = url.partition(":")[0].partition("+")[0]
    print(f"{options.items:,} products, {kind}, {os.cpu_count()} CPU cores, Python {platform.python_version()}\n")
    print(table(rows))
    print("\n| asked of the catalog | time |\n|---|---|")
    print("\n".join(f"| {name} | {_shown(milliseconds)} |" for name, milliseconds in beside.items()))
    if seconds > 1:
        print(f"\nFilled in {seconds:,.0f} s.", file=sys.stderr)
    if options.json:
        figures = {"items": options.items, "database": kind, "conditions": rows, "catalog": beside}
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
