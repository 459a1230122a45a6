"""A data set as a folder: the shop's database and the benchmark.

    shop.db                  the catalog, and the log of what training may see; no answer of validation or test
    benchmark/items.jsonl    {"sku", "title", "text", "item_type"} in catalog order; the text is what is embedded
    benchmark/users.jsonl    {"user", "items": [sku, …]} oldest first; the last two are the answers
    benchmark/queries.jsonl  {"query", "split": "train" | "test", "judgments": {sku: relevance}}
    benchmark/meta.json      {"name", "relevant_from", "fingerprint"}; written last

A part that a data set lacks is an absent file. The same source gives the same folder, whenever it is made.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from catalog_db.database import open_database
from catalog_db.events import record_events
from catalog_db.models import EventKind
from catalog_db.products import save_products
from catalog_db.rows import EventRow
from finetune.datasets.dataset import LONG_AGO, Dataset
from finetune.errors import DatasetError
from finetune.sids.item_text import item_text

DATABASE, BENCHMARK = "shop.db", "benchmark"
ITEMS, USERS, QUERIES, META = "items.jsonl", "users.jsonl", "queries.jsonl", "meta.json"
FORMAT_VERSION = 1
"""Goes up whenever the same source would give another folder."""


def write_dataset(dataset: Dataset, out: Path) -> None:
    """Make the folder, in place of one that was made before.

    Raises:
        DatasetError: if the folder holds a shop that was not made from this data set, or cannot be written.
        CatalogError: if the database refuses.
    """
    benchmark = out / BENCHMARK
    if (out / DATABASE).exists() and _name_in(benchmark) != dataset.name:
        raise DatasetError(f"{out / DATABASE} is there already and is another shop", "name another folder with --out")
    try:
        benchmark.mkdir(parents=True, exist_ok=True)
        meta = {"name": dataset.name, "relevant_from": dataset.relevant_from}
        # While the folder is being made it belongs to this data set, but is not complete without a fingerprint.
        _write_json(benchmark / META, meta)
        for end in ("", "-wal", "-shm"):
            (out / f"{DATABASE}{end}").unlink(missing_ok=True)
        write_database(dataset, database_url(out))
        write_benchmark(dataset, benchmark)
        _write_json(benchmark / META, {**meta, "fingerprint": dataset_fingerprint(dataset)})
    except OSError as error:
        raise DatasetError(f"cannot write {out}: {error.strerror or error}") from error


def database_url(out: Path) -> str:
    """The URL of the database in a data set's folder."""
    return f"sqlite:///{out / DATABASE}"


def dataset_fingerprint(dataset: Dataset) -> str:
    """What the folder says it was made from."""
    return f"{FORMAT_VERSION}-{dataset.fingerprint}"


def is_written(out: Path, fingerprint: str) -> bool:
    """Whether the folder is complete and made from files of this fingerprint, by this version."""
    try:
        meta = json.loads((out / BENCHMARK / META).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return (out / DATABASE).is_file() and meta.get("fingerprint") == f"{FORMAT_VERSION}-{fingerprint}"


def write_database(dataset: Dataset, url: str) -> None:
    """The catalog and the log of what training may see, in a new database."""
    with open_database(url, must_exist=False) as database:
        with database.session() as session:
            save_products(session, dataset.rows, LONG_AGO)
        with database.session() as session:
            record_events(session, events(dataset))


def events(dataset: Dataset) -> Iterator[EventRow]:
    """What shoppers did, a minute apart, without what is withheld from training."""
    for sequence in dataset.sequences:
        for place, sku in enumerate(sequence.seen):
            at = LONG_AGO + dt.timedelta(minutes=place)
            yield EventRow(sequence.user, sku, EventKind.BOUGHT.value, at)


def write_benchmark(dataset: Dataset, folder: Path) -> None:
    """The benchmark's files but for ``meta.json``."""
    _write_lines(
        folder / ITEMS,
        (
            {"sku": row.sku, "title": row.title, "text": item_text(row), "item_type": row.item_type}
            for row in dataset.rows
        ),
    )
    _write_lines(folder / USERS, ({"user": one.user, "items": list(one.skus)} for one in dataset.sequences))
    _write_lines(
        folder / QUERIES,
        ({"query": one.text, "split": one.split, "judgments": dict(one.judgments)} for one in dataset.queries),
    )


def _write_lines(path: Path, values: Iterable[Mapping[str, Any]]) -> None:
    """One JSON object a line; no file where there is none."""
    lines = [json.dumps(value, ensure_ascii=False) + "\n" for value in values]
    if lines:
        path.write_text("".join(lines), encoding="utf-8")
    else:
        path.unlink(missing_ok=True)


def _write_json(path: Path, values: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _name_in(benchmark: Path) -> str | None:
    """Of which data set a benchmark folder is."""
    try:
        return str(json.loads((benchmark / META).read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, KeyError):
        return None
