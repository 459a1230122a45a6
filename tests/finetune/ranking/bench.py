"""A benchmark folder small enough to check by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

TITLES = {
    "m1": ("Blue ceramic mug", "kitchen"),
    "m2": ("Red ceramic mug with lid", "kitchen"),
    "k1": ("Steel kettle", "kitchen"),
    "t1": ("Oak dining table", "furniture"),
    "t2": ("Oak coffee table, round", "furniture"),
    "l1": ("Brass table lamp", "lighting"),
}
USERS = {"ada": ["m1", "m2", "k1", "t1"], "ben": ["m1", "k1", "m2"], "eva": ["t1", "t2", "m1", "m2", "l1"]}
QUERIES = [
    {"query": "mugs", "split": "train", "judgments": {"m1": 3.0, "m2": 2.5, "k1": 1.0}},
    {"query": "oak tables", "split": "train", "judgments": {"t1": 3.0, "t2": 3.0}},
    {"query": "ceramic mug", "split": "test", "judgments": {"m1": 3.0, "m2": 2.0}},
    {"query": "lamp for a table", "split": "test", "judgments": {"l1": 2.67, "t2": 1.33}},
    {"query": "sofa", "split": "test", "judgments": {"t2": 1.0}},
]


def write_lines(path: Path, lines: Iterable[Mapping[str, object]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def write_benchmark(folder: Path) -> Path:
    """The whole folder: six items, three users, five queries of which one test query has nothing relevant."""
    folder.mkdir(parents=True, exist_ok=True)
    write_lines(
        folder / "items.jsonl",
        [{"sku": sku, "title": title, "text": title, "item_type": kind} for sku, (title, kind) in TITLES.items()],
    )
    write_lines(folder / "users.jsonl", [{"user": user, "items": items} for user, items in USERS.items()])
    write_lines(folder / "queries.jsonl", QUERIES)
    (folder / "meta.json").write_text(json.dumps({"name": "small", "relevant_from": 2.33}), encoding="utf-8")
    return folder
