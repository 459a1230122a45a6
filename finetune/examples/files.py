"""The folder of examples: readable, as token ids, and what they were made with.

``examples.jsonl`` holds the conversations, one a line; ``tokens.npz`` the same in the same order as token ids with the
loss mask (read by :mod:`finetune.prepared`); ``items.jsonl`` the items they speak of; ``meta.json`` the rest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from finetune.errors import ExamplesError
from finetune.examples.example import SPLITS, Example
from finetune.examples.mixture import TASKS, MixtureConfig
from finetune.examples.shop import Shop
from finetune.prepared import ARRAYS, META
from neo_assistant.base_model import BaseModel
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.terms import NO_TERMS, Terms

FORMAT_VERSION = 1
EXAMPLES, ITEMS = "examples.jsonl", "items.jsonl"


def token_arrays(examples: Sequence[Example], renderer: PromptRenderer) -> dict[str, np.ndarray]:
    """The examples as flat arrays: ids (tokens,) int32, loss (tokens,) bool, offsets (n + 1,) int64, task and split."""
    ids: list[int] = []
    loss: list[bool] = []
    offsets = [0]
    for example in examples:
        rendered = renderer.example(example.messages, example.steering, example.reply)
        ids += rendered.ids
        loss += rendered.loss
        offsets.append(len(ids))
    return {
        "ids": np.array(ids, dtype=np.int32),
        "loss": np.array(loss, dtype=bool),
        "offsets": np.array(offsets, dtype=np.int64),
        "task": np.array([TASKS.index(example.task) for example in examples], dtype=np.int16),
        "split": np.array([SPLITS.index(example.split) for example in examples], dtype=np.int8),
    }


def statistics(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    """By task: examples per split, mean tokens and mean trained tokens of those in training."""
    lengths = np.diff(arrays["offsets"])
    trained = np.add.reduceat(arrays["loss"].astype(np.int64), arrays["offsets"][:-1])
    figures = {}
    for number, task in enumerate(TASKS):
        rows = arrays["task"] == number
        if not rows.any():
            continue
        train = rows & (arrays["split"] == 0)
        figures[task] = {
            **{split: int((rows & (arrays["split"] == place)).sum()) for place, split in enumerate(SPLITS)},
            "tokens": round(float(lengths[train].mean()), 1) if train.any() else 0.0,
            "trained_tokens": round(float(trained[train].mean()), 1) if train.any() else 0.0,
        }
    return figures


def write_folder(
    folder: Path,
    examples: Sequence[Example],
    renderer: PromptRenderer,
    shop: Shop,
    config: MixtureConfig,
    base: BaseModel,
    codebook_version: str,
    teacher: str = "",
    terms: Terms = NO_TERMS,
) -> dict[str, Any]:
    """Write everything, ``meta.json`` last, and return what it holds.

    Args:
        folder: to write to.
        examples: in the order of training.
        renderer: makes token ids of them.
        shop: what they are of.
        config: the mixture.
        base: whose tokenizer the renderer has.
        codebook_version: of the semantic ids.
        teacher: sha256 of the teacher's texts.
        terms: other words for what the shop sells, for the checkpoint.

    Raises:
        ExamplesError: if there is no example for training.
    """
    if not any(example.split == SPLITS[0] for example in examples):
        raise ExamplesError("no training example could be made", "the catalog may be too small or have no facets")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / META).unlink(missing_ok=True)
    arrays = token_arrays(examples, renderer)
    with (folder / EXAMPLES).open("w", encoding="utf-8") as stream:
        for example in examples:
            stream.write(json.dumps(example.to_dict(), ensure_ascii=False) + "\n")
    with (folder / ITEMS).open("w", encoding="utf-8") as stream:
        for values in _item_values(shop):
            stream.write(json.dumps(values, ensure_ascii=False) + "\n")
    np.savez(folder / ARRAYS, allow_pickle=False, **arrays)
    vocabulary = renderer.tokenizer.vocabulary
    meta = {
        "format_version": FORMAT_VERSION,
        "scheme": shop.scheme.to_dict(),
        "codebook_version": codebook_version,
        "base_model": {"name": base.name, "sha256": base.sha256},
        "first_id": vocabulary.first_id,
        "vocabulary_size": vocabulary.size,
        "facets": list(shop.facets),
        "currency": shop.currency,
        "tasks": list(TASKS),
        "splits": list(SPLITS),
        "counts": statistics(arrays),
        "mixture": asdict(config),
        "seed": config.seed,
        "data_fingerprint": shop_fingerprint(shop),
        "teacher": teacher,
        "terms": terms.to_dict(),
    }
    (folder / META).write_text(json.dumps(meta, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return meta


def read_examples(folder: Path) -> Iterator[Example]:
    """The conversations in a folder, in the order of the arrays.

    Raises:
        ExamplesError: if the file is missing or damaged.
    """
    try:
        with (folder / EXAMPLES).open(encoding="utf-8") as stream:
            for line in stream:
                yield Example.from_dict(json.loads(line))
    except (OSError, ValueError) as error:
        raise ExamplesError(
            f"{folder} holds no readable examples: {error}", "make them with `python -m finetune examples`"
        ) from error


def shop_fingerprint(shop: Shop) -> str:
    """sha256 over everything the examples are made from, hex."""
    digest = hashlib.sha256()
    for values in _item_values(shop):
        digest.update(json.dumps(values, sort_keys=True).encode())
    known = (*shop.known.sequences, *shop.known.queries)
    for record in (*shop.journeys, *shop.queries, *known, *(shop.kinds[name] for name in sorted(shop.kinds))):
        digest.update(repr(record).encode())
    return digest.hexdigest()


def _item_values(shop: Shop) -> Iterator[dict[str, Any]]:
    for item in shop.items:
        yield {
            "sku": item.sku,
            "sid": str(item.sid),
            "title": item.title,
            "item_type": item.item_type,
            "brand": item.brand,
            "attributes": {name: list(values) for name, values in item.attributes.items()},
            "price_minor": item.price_minor,
            "in_stock": item.in_stock,
            "rating": item.rating,
            "popularity": round(item.popularity, 4),
        }
