"""Small data sets in the form of the public ones."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PATHS = (
    ["Beauty", "Makeup", "Nails", "Nail Polish"],
    ["Beauty", "Makeup", "Nails"],
    ["Beauty", "Makeup"],
    ["Beauty", "Skin Care", "Face", "Masks"],
)


def write_lines(path: Path, values: Iterable[Mapping[str, Any]]) -> None:
    """JSON Lines, gzipped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(json.dumps(value) + "\n" for value in values).encode()))


def save_beauty(folder: Path, users: int = 12) -> list[list[int]]:
    """40 items and some shoppers; returns their sequences."""
    items = [
        {"item": number, "title": f"Thing  no. {number}", "categories": PATHS[number % 4] if number else PATHS[3][:2]}
        for number in range(40)
    ]
    sequences = [[(user * 7 + 3 * place) % 40 for place in range(3 + user)] for user in range(users)]
    write_lines(folder / "items.jsonl.gz", items)
    write_lines(folder / "sequences.jsonl.gz", ({"user": u, "items": s} for u, s in enumerate(sequences)))
    return sequences


def save_homedepot(folder: Path) -> None:
    """Six products, two queries to learn from and one of the test."""
    titles = ["Black &amp; Decker saw", "hole saw", "2\u0089 in. pipe", "deck stain", "deck screws", "angle"]
    write_lines(folder / "products.jsonl.gz", ({"product": 100 + n, "title": t} for n, t in enumerate(titles)))
    judged = {"saw": {100: 3.0, 101: 2.33, 105: 1.0}, "stain  for decks": {103: 2.67, 104: 2.0}, "pipe": {102: 3}}
    lines = [
        {"query": text, "judgments": [{"product": p, "relevance": r} for p, r in products.items()]}
        for text, products in judged.items()
    ]
    write_lines(folder / "train.jsonl.gz", lines[:2])
    write_lines(folder / "dev.jsonl.gz", lines[2:])
