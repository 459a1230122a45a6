"""A public data set with known answers as a shop's database and a benchmark folder.

    python -m finetune dataset beauty --source data/beauty --out var/beauty

The folder gets shop.db and benchmark/ (finetune/datasets/write.py tells what is in them). The database holds what
training may see and nothing else.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from finetune.datasets import beauty, homedepot
from finetune.datasets.dataset import Dataset, files_fingerprint
from finetune.datasets.write import DATABASE, is_written, write_dataset
from finetune.errors import DatasetError

DATASETS = {module.NAME: module for module in (beauty, homedepot)}
"""Name → the module that reads the data set: ``FILES``, and ``read`` of a folder."""

Say = Callable[[str], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune dataset``."""
    parser.add_argument("name", choices=sorted(DATASETS), help="which data set")
    parser.add_argument("--source", type=Path, required=True, metavar="FOLDER", help="where the data set's files are")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where shop.db and benchmark/ go")


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    make_dataset(args.name, args.source, args.out)


def make_dataset(name: str, source: Path, out: Path, say: Say = print) -> Dataset:
    """Read a data set and write its folder.

    Raises:
        DatasetError: if the source is not what it should be, or the folder is another shop's.
    """
    dataset = DATASETS[name].read(source)
    write_dataset(dataset, out)
    say(summary(dataset))
    say(f"{out / DATABASE} and the benchmark beside it")
    return dataset


def needs_making(name: str, source: Path, out: Path) -> bool:
    """Whether a folder is not there, not complete, or made from other files.

    Raises:
        DatasetError: if there is no such data set, or its files cannot be read.
    """
    if name not in DATASETS:
        raise DatasetError(f"there is no data set {name!r}", f"known: {', '.join(sorted(DATASETS))}")
    return not is_written(out, files_fingerprint(source, DATASETS[name].FILES))


def summary(dataset: Dataset) -> str:
    """Counts, for a terminal."""
    types = sorted({row.item_type for row in dataset.rows})
    lines = [f"{len(dataset.rows):,} products of {len(types)} item types: {', '.join(types)}"]
    if dataset.sequences:
        bought = sum(len(sequence.seen) for sequence in dataset.sequences)
        lines.append(f"{len(dataset.sequences):,} shoppers, {bought:,} purchases that training may see")
    if dataset.queries:
        splits = [query.split for query in dataset.queries]
        lines.append(", ".join(f"{splits.count(name):,} queries for {name}" for name in sorted(set(splits))))
    return "\n".join(lines)
