"""Which entries of a base model's vocabulary a student keeps, and the prepared examples in the student's token ids.

Kept are the tokens of the examples and of the catalog's texts, the base's most common ones (a shopper uses words
that no example has, and those must not fall apart into letters), and what all of these are built from. The cut
tokenizer then writes every example as the whole one does (:mod:`neo_assistant.cut_vocabulary`), so a table of ids is
all it takes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.errors import ExamplesError
from finetune.prepared import ARRAYS, META, Prepared
from neo_assistant.base_model import BaseModel
from neo_assistant.cut_vocabulary import closure

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

COMMON_TOKENS = 8192
"""Byte-pair encoding numbers its tokens by how common they were in its own corpus, so these are the lowest ids."""
_ITEMS, _EXAMPLES, _LOG = "items.jsonl", "examples.jsonl", "benchmark"


def needed_tokens(
    data: Prepared,
    folder: Path,
    base: PreTrainedTokenizerFast,
    common: int = COMMON_TOKENS,
    catalog_words: bool = True,
) -> tuple[int, ...]:
    """Ids of the base's tokens that the domain needs, closed under its merges; ascending.

    Args:
        data: prepared examples in the base's ids.
        folder: they are from; the catalog's texts are beside them.
        base: the base's tokenizer.
        common: the base's lowest ids are kept up to here.
        catalog_words: keep what the catalog's texts are made of, whether the examples say it or not.

    Raises:
        ExamplesError: if the examples are not in this tokenizer's ids, or the catalog's texts cannot be read.
        CheckpointError: if the tokenizer cannot be cut.
    """
    if data.meta.get("first_id") != len(base):
        raise ExamplesError(
            "the examples were made with another base model's tokenizer",
            "make them again with `python -m finetune examples --base-model …`",
        )
    used = np.unique(data.ids)
    wanted = {int(token) for token in used[used < len(base)]} | set(range(min(common, len(base))))
    turns = [{"role": role, "content": ""} for role in ("system", "user", "assistant", "user", "assistant")]
    wanted |= set(base.encode(str(base.apply_chat_template(turns, tokenize=False)), add_special_tokens=False))
    for text in _catalog_texts(folder / _ITEMS) if catalog_words else ():
        # At the start of a text and within a sentence, where a space precedes it.
        wanted |= {*base.encode(text, add_special_tokens=False), *base.encode(" " + text, add_special_tokens=False)}
    return closure(base, wanted)


def renumber_examples(
    data: Prepared, source: Path, out: Path, kept: tuple[int, ...] | None, student: BaseModel
) -> None:
    """Write a folder of prepared examples in a student's token ids; ``meta.json`` comes last.

    Args:
        data: the examples in the base's ids.
        source: the folder they are from.
        out: the folder to write.
        kept: ids of the base's tokens in the student's order; None if it has all of them.
        student: stands in ``meta.json`` as the base model.
    """
    first_id = int(data.meta["first_id"])
    size = first_id if kept is None else len(kept)
    added = max(first_id, int(data.ids.max()) + 1) - first_id
    table = np.full(first_id + added, -1, dtype=np.int32)
    table[list(range(first_id)) if kept is None else list(kept)] = np.arange(size)
    table[first_id:] = size + np.arange(added)
    ids = table[data.ids]
    if ids.min() < 0:
        raise ExamplesError(
            "the examples have tokens that the student lacks",
            "make them again with `python -m finetune examples --base-model STUDENT`",
        )
    out.mkdir(parents=True, exist_ok=True)
    (out / META).unlink(missing_ok=True)
    with np.load(source / ARRAYS, allow_pickle=False) as arrays:
        np.savez(out / ARRAYS, allow_pickle=False, **{**arrays, "ids": ids})
    for name in (_EXAMPLES, _ITEMS):
        if (source / name).is_file():
            shutil.copyfile(source / name, out / name)
    if (source / _LOG).is_dir():
        shutil.copytree(source / _LOG, out / _LOG, dirs_exist_ok=True)
    meta = {**data.meta, "first_id": size, "base_model": {"name": student.name, "sha256": student.sha256}}
    if "vocabulary_size" in meta:
        meta["vocabulary_size"] += size - first_id
    (out / META).write_text(json.dumps(meta, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _catalog_texts(path: Path) -> Iterator[str]:
    """Titles, brands, types and attribute values."""
    try:
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                item: dict[str, Any] = json.loads(line)
                yield from (str(item[name]) for name in ("title", "brand", "item_type") if item.get(name))
                for values in item.get("attributes", {}).values():
                    yield from map(str, values)
    except (OSError, ValueError, AttributeError) as error:
        raise ExamplesError(f"{path} cannot be read: {error}", "make the examples again") from error
