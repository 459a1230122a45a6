"""Examples folders derived from others: fewer examples to train on, or other semantic ids in them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from finetune.errors import ExamplesError
from finetune.evaluation.shelf import ITEMS, Shelf, load_shelf
from finetune.examples.benchmark import BENCHMARK
from finetune.prepared import ARRAYS, META, Prepared, load_prepared
from finetune.sids.code_words import describe_codes, save_code_words
from finetune.studies.spans import exchanged, find_spans, permuted, renamed
from neo_assistant.codebooks import Codebooks
from neo_assistant.sid_file import SIDS_FILE, write_sids
from neo_assistant.sids import Sid, SidVocabulary

EXAMPLES = "examples.jsonl"


@dataclass(frozen=True)
class Folder:
    """An examples folder, read."""

    path: Path
    data: Prepared
    shelf: Shelf
    vocabulary: SidVocabulary

    @property
    def sids(self) -> list[Sid]:
        """By item number, the place in ``shelf.shop.items``."""
        return [item.sid for item in self.shelf.shop.items]


def read(path: Path) -> Folder:
    """Read an examples folder.

    Raises:
        ExamplesError: if it is missing or damaged.
    """
    data = load_prepared(path)
    shelf = load_shelf(path, data.meta)
    return Folder(path, data, shelf, SidVocabulary(shelf.shop.scheme, int(data.meta["first_id"])))


def write_subset(folder: Folder, kept: np.ndarray, out: Path) -> None:
    """Write a folder with some of the examples only.

    Args:
        folder: the whole.
        kept: (examples,) bool.
        out: the new folder, replaced if it is there.
    """
    data = folder.data
    numbers = np.flatnonzero(kept)
    if not len(numbers):
        raise ExamplesError("no example is left", "take fewer away")
    lengths = np.diff(data.offsets)[numbers]
    tokens = np.repeat(kept, np.diff(data.offsets))
    _begin(folder, out)
    np.savez(
        out / ARRAYS,
        allow_pickle=False,
        ids=data.ids[tokens],
        loss=data.weights[tokens] > 0,
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        task=data.task_numbers[numbers].astype(np.int16),
        split=data.split_numbers[numbers].astype(np.int8),
    )
    with (folder.path / EXAMPLES).open(encoding="utf-8") as lines:
        chosen = [line for line, keep in zip(lines, kept.tolist(), strict=True) if keep]
    (out / EXAMPLES).write_text("".join(chosen), encoding="utf-8")
    shutil.copy(folder.path / ITEMS, out / ITEMS)
    _end(folder, out)


def write_shuffled(folder: Folder, codebooks: Path, seed: int, out: Path, codebooks_out: Path) -> None:
    """Write examples and codebooks in which semantic ids have changed hands among the items of each type.

    The words that start the rows of the codes are worked out anew from the items that now carry them, as the true ones
    were from theirs.
    """
    data, shop = folder.data, folder.shelf.shop
    others = permuted(folder.sids, seed)
    names = {str(item.sid): str(sid) for item, sid in zip(shop.items, others, strict=True)}
    spans = find_spans(data, folder.vocabulary, folder.sids)
    _begin(folder, out)
    np.savez(
        out / ARRAYS,
        allow_pickle=False,
        ids=exchanged(data.ids, spans, folder.vocabulary, others),
        loss=data.weights > 0,
        offsets=data.offsets,
        task=data.task_numbers.astype(np.int16),
        split=data.split_numbers.astype(np.int8),
    )
    for name in (EXAMPLES, ITEMS):
        with (folder.path / name).open(encoding="utf-8") as lines:
            changed = [json.dumps(renamed(json.loads(line), names), ensure_ascii=False) + "\n" for line in lines]
        (out / name).write_text("".join(changed), encoding="utf-8")
    _end(folder, out)
    books = Codebooks.load(codebooks)
    books.save(codebooks_out)
    items = [_Described(item.title, item.item_type, item.attributes) for item in shop.items]
    save_code_words(describe_codes(books, items, np.array([sid.codes for sid in others])), codebooks_out)
    write_sids(codebooks_out / SIDS_FILE, {item.sku: sid for item, sid in zip(shop.items, others, strict=True)})


@dataclass(frozen=True)
class _Described:
    """What the words of codes are made from."""

    title: str
    item_type: str
    attributes: Mapping[str, tuple[str, ...]]
    brand: str | None = None
    category_path: str = ""
    description: str = ""


def _begin(folder: Folder, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / META).unlink(missing_ok=True)


def _end(folder: Folder, out: Path) -> None:
    """What every folder has besides, ``meta.json`` last."""
    log = folder.path / BENCHMARK
    if log.is_dir():
        shutil.copytree(log, out / BENCHMARK, dirs_exist_ok=True)
    shutil.copy(folder.path / META, out / META)


def first_named(folder: Folder, tasks: Sequence[str]) -> np.ndarray:
    """Number of the item that each example's reply names first, -1 for none or another task; (examples,) int64."""
    data = folder.data
    spans = find_spans(data, folder.vocabulary, folder.sids)
    first = np.full(len(data), -1, dtype=np.int64)
    wanted = np.isin(data.task_numbers, [data.tasks.index(task) for task in tasks if task in data.tasks])
    for start, item, example in zip(spans.starts[::-1], spans.items[::-1], spans.examples[::-1], strict=True):
        if wanted[example] and start >= data.offsets[example] + data.prompt_length(int(example)):
            first[example] = item
    return first
