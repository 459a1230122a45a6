"""Benchmark folders: a catalog, users with their sequences, and queries with judgments.

A folder holds ``items.jsonl`` and ``meta.json``, and ``users.jsonl``, ``queries.jsonl`` or both:

====================  =================================================================================================
``items.jsonl``       ``{"sku", "title", "text", "item_type"}``, in catalog order; ``text`` is what search indexes
``users.jsonl``       ``{"user", "items": [sku, …]}``, oldest first: the last item is the test, the one before it the
                      validation, the others are for training
``queries.jsonl``     ``{"query", "split": "train" or "test", "judgments": {sku: relevance}}``
``meta.json``         ``{"name", "relevant_from"}``; a judgment of at least ``relevant_from`` counts as relevant
====================  =================================================================================================

In memory an item is its number: its place in ``items.jsonl``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from finetune.errors import BenchmarkError

ITEMS_FILE, USERS_FILE, QUERIES_FILE, META_FILE = "items.jsonl", "users.jsonl", "queries.jsonl", "meta.json"
SHORTEST_SEQUENCE = 3
"""Items of a user: one to learn from, one for validation, one for the test."""

Split = Literal["train", "test"]
Holdout = Literal["validation", "test"]


@dataclass(frozen=True, slots=True)
class Item:
    """A product as rankers see it."""

    sku: str
    title: str
    text: str
    item_type: str


@dataclass(frozen=True, slots=True)
class User:
    """Item numbers that one user took, oldest first; at least three."""

    name: str
    items: tuple[int, ...]

    @property
    def train(self) -> tuple[int, ...]:
        """What a ranker may learn from: all but the last two."""
        return self.items[:-2]

    def history(self, holdout: Holdout) -> tuple[int, ...]:
        """What stands before the item to be guessed."""
        return self.items[:-2] if holdout == "validation" else self.items[:-1]

    def target(self, holdout: Holdout) -> int:
        """The item to be guessed."""
        return self.items[-2] if holdout == "validation" else self.items[-1]


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody searched for, and item number → relevance as judged."""

    text: str
    split: Split
    judgments: Mapping[int, float]

    def relevant(self, relevant_from: float) -> frozenset[int]:
        """Items judged relevant."""
        return frozenset(item for item, relevance in self.judgments.items() if relevance >= relevant_from)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark folder, read."""

    name: str
    items: tuple[Item, ...]
    users: tuple[User, ...]
    queries: tuple[Query, ...]
    relevant_from: float

    def answerable(self, split: Split) -> list[Query]:
        """The split's queries that have a relevant item, in the order of the file; others cannot be measured."""
        return [q for q in self.queries if q.split == split and q.relevant(self.relevant_from)]


def read_benchmark(folder: Path) -> Benchmark:
    """Read a benchmark folder.

    Raises:
        BenchmarkError: if a file is missing, a line is not as the module says, or an item is named that ``items.jsonl``
            does not hold.
    """
    meta = _read_meta(folder / META_FILE)
    items = _read_items(folder / ITEMS_FILE)
    numbers = {item.sku: number for number, item in enumerate(items)}
    users = _read_users(folder / USERS_FILE, numbers) if (folder / USERS_FILE).is_file() else ()
    queries = _read_queries(folder / QUERIES_FILE, numbers) if (folder / QUERIES_FILE).is_file() else ()
    if not users and not queries:
        raise BenchmarkError(f"{folder} has neither users nor queries", f"write {USERS_FILE} or {QUERIES_FILE}")
    return Benchmark(str(meta["name"]), items, users, queries, float(meta.get("relevant_from", math.inf)))


def _read_meta(path: Path) -> dict[str, Any]:
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BenchmarkError(f"{path} is missing", "name a benchmark folder") from error
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"{path} cannot be read: {error}") from error
    if not isinstance(meta, dict) or not isinstance(meta.get("name"), str):
        raise BenchmarkError(f"{path} names no benchmark", 'it holds {"name": …, "relevant_from": …}')
    if (path.parent / QUERIES_FILE).is_file() and not _is_number(meta.get("relevant_from")):
        raise BenchmarkError(f"{path} does not say from which relevance on a judgment counts", "add relevant_from")
    return meta


def _read_items(path: Path) -> tuple[Item, ...]:
    items, seen = [], set()
    for where, line in _lines(path):
        values = [line.get(name) for name in ("sku", "title", "text", "item_type")]
        if not all(isinstance(value, str) for value in values):
            raise BenchmarkError(f"{where}: an item has sku, title, text and item_type, all of them text")
        item = Item(*values)  # type: ignore[arg-type]  # checked in the line above
        if item.sku in seen:
            raise BenchmarkError(f"{where}: the sku {item.sku!r} is there twice")
        seen.add(item.sku)
        items.append(item)
    if not items:
        raise BenchmarkError(f"{path} holds no items")
    return tuple(items)


def _read_users(path: Path, numbers: Mapping[str, int]) -> tuple[User, ...]:
    users = []
    for where, line in _lines(path):
        skus = line.get("items")
        if not isinstance(line.get("user"), str | int) or not isinstance(skus, list):
            raise BenchmarkError(f"{where}: a user has user and items")
        if len(skus) < SHORTEST_SEQUENCE:
            raise BenchmarkError(
                f"{where}: a sequence of {len(skus)} items cannot be split", f"leave out fewer than {SHORTEST_SEQUENCE}"
            )
        users.append(User(str(line["user"]), tuple(_number(sku, numbers, where) for sku in skus)))
    return tuple(users)


def _read_queries(path: Path, numbers: Mapping[str, int]) -> tuple[Query, ...]:
    queries = []
    for where, line in _lines(path):
        text, split, judged = line.get("query"), line.get("split"), line.get("judgments")
        if not isinstance(text, str) or split not in ("train", "test") or not isinstance(judged, dict):
            raise BenchmarkError(f"{where}: a query has query, split (train or test) and judgments")
        if not all(_is_number(relevance) and relevance >= 0 for relevance in judged.values()):
            raise BenchmarkError(f"{where}: a relevance is a number from 0 up")
        judgments = {_number(sku, numbers, where): float(relevance) for sku, relevance in judged.items()}
        queries.append(Query(text, split, judgments))
    return tuple(queries)


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, start=1):
                line = json.loads(text)
                if not isinstance(line, dict):
                    raise BenchmarkError(f"{path}:{number} is not an object")
                yield f"{path}:{number}", line
    except FileNotFoundError as error:
        raise BenchmarkError(f"{path} is missing") from error
    except ValueError as error:  # of JSON, and of bytes that are not UTF-8
        raise BenchmarkError(f"{path} cannot be read: {error}") from error


def _number(sku: object, numbers: Mapping[str, int], where: str) -> int:
    if not isinstance(sku, str) or sku not in numbers:
        raise BenchmarkError(f"{where}: {ITEMS_FILE} holds no item {sku!r}")
    return numbers[sku]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
