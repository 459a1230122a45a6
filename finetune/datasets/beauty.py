"""Amazon-2014 Beauty, 5-core: 12,101 products and what 22,363 shoppers bought of them, in the split of TIGER.

    items.jsonl.gz      {item, title, categories: ["Beauty", "Makeup", "Nails", "Nail Polish"]}
    sequences.jsonl.gz  {user, items: in order}

The split is leave-one-out (Kang & McAuley 2018; Rajput et al. 2023, arXiv 2305.05065): the last item of a sequence is
the test's answer, the one before it validation's. The sequences have no times, only an order, and it is kept.

Six categories under the root are too few and too uneven for item types (a third of all products is in one of them), so
a category of the level below that holds at least a 25th of the catalog is a type of its own; what is left of its
parent keeps the parent's name. That gives 15 types. No attribute is made of the categories: a want span would then
state one, and the ranking would be among the products of that category instead of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetune.datasets.dataset import (
    WITHHELD,
    Dataset,
    Purchases,
    check_known,
    files_fingerprint,
    read_catalog,
    read_records,
)
from finetune.errors import DatasetError

NAME = "beauty"
ITEMS, SEQUENCES = FILES = "items.jsonl.gz", "sequences.jsonl.gz"
OWN_TYPE_FROM = 1 / 25
"""Share of the catalog from which on a category of the second level is an item type of its own."""


def read(source: Path) -> Dataset:
    """The data set in a folder.

    Raises:
        DatasetError: if a file is missing or holds something else.
    """
    own = _own_types(source / ITEMS)

    def product_of(values: Mapping[str, Any]) -> dict[str, Any]:
        path = _below_root(values)
        names = path[:2] if tuple(path[:2]) in own else path[:1]
        return {
            "sku": sku_of(values["item"]),
            "title": values["title"],
            "item_type": " ".join(names),
            "category_path": path,
        }

    rows = read_catalog(source / ITEMS, product_of)
    known = {row.sku for row in rows}
    sequences = []
    for line, values in read_records(source / SEQUENCES):
        try:
            sequence = Purchases(f"user-{int(values['user']):05d}", tuple(map(sku_of, values["items"])))
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(f"{source / SEQUENCES}, line {line}: not a sequence: {error!r}") from error
        check_known(source / SEQUENCES, line, sequence.skus, known)
        if len(sequence.skus) <= WITHHELD:
            raise DatasetError(f"{source / SEQUENCES}, line {line}: a sequence of {len(sequence.skus)} cannot be split")
        sequences.append(sequence)
    fingerprint = files_fingerprint(source, FILES)
    return Dataset(NAME, rows, tuple(sequences), fingerprint=fingerprint)


def sku_of(item: int) -> str:
    """The SKU of an item number."""
    return f"{int(item):05d}"


def _own_types(path: Path) -> set[tuple[str, ...]]:
    """Categories of the second level that are item types of their own."""
    counts: Counter[tuple[str, ...]] = Counter()
    for line, values in read_records(path):
        try:
            counts[tuple(_below_root(values)[:2])] += 1
        except (KeyError, TypeError) as error:
            raise DatasetError(f"{path}, line {line}: an item without categories: {error!r}") from error
    least = OWN_TYPE_FROM * counts.total()
    return {names for names, count in counts.items() if len(names) == 2 and count >= least}


def _below_root(values: Mapping[str, Any]) -> list[str]:
    """The categories without the first, which is the same for all."""
    categories: list[str] = list(values["categories"])
    return categories[1:] or categories
