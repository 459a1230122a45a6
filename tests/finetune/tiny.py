"""Inputs of a training run for the tiny base model: codebooks with words, and prepared examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from finetune.prepared import ARRAYS, META, SPLITS, Prepared, load_prepared
from finetune.sids.code_words import CODE_WORDS_NAME
from neo_assistant.sids import Sid
from neo_assistant.terms import Terms
from tests.neo_assistant.strategies import tiny_base, tiny_tokenizer
from tests.neo_assistant.tiny_model import SCHEME, make_codebooks, vocabulary

WORDS = 200
"""Ordinary token ids are below this."""
SPLIT_OF = (0, 0, 0, 1, 2)
"""Split of an example by its number."""
STEERING = {"task": "chat", "types": [], "format": "mixed", "count": 3, "history": []}


def save_sids(folder: Path) -> None:
    """Codebooks and words of their codes."""
    make_codebooks().save(folder)
    words = {token: [[f"word{number}", 1.0]] for number, token in enumerate(SCHEME.tokens[:-4])}
    (folder / CODE_WORDS_NAME).write_text(json.dumps(words), encoding="utf-8")


TERMS = Terms({"kind": {"mug": ("coffee cup",)}}, ("cup",))
"""What the prepared examples say of other words."""


def save_examples(folder: Path, count: int = 60, seed: int = 3, words: int = 0) -> Prepared:
    """Prepared examples of three tasks: a prompt with one of two beginnings; a reply with a want, words and a SID.

    After them as many as ``words`` says of a task ``words``: one in two has a SID in its prompt, none in its reply.
    """
    added, random = vocabulary(), np.random.default_rng(seed)
    stated = tiny_tokenizer(SCHEME).encode(" in stock; found many")
    beginnings = [random.integers(0, WORDS, 12) for _ in range(2)]
    pieces, masks, lines = [], [], []
    items: dict[str, dict[str, Any]] = {}
    for number in range(count):
        prompt = np.concatenate([beginnings[number % 2], random.integers(0, WORDS, random.integers(3, 9))])
        sid = Sid(SCHEME.types[number % 2], tuple(number % size for size in SCHEME.sizes))
        want = [added.want_open, *stated, added.want_close]
        reply = [*want, *random.integers(0, 20, 4), *added.encode(sid), tiny_base().eos_token_id]
        pieces.append(np.concatenate([prompt, reply]))
        masks.append(np.concatenate([np.zeros(len(prompt), bool), np.ones(len(reply), bool)]))
        items.setdefault(str(sid), _item(number, sid))
        lines.append(_line("abc"[number % 3], number))
    for number in range(count, count + words):
        history = added.encode(Sid(SCHEME.types[0], (1, 1, 1))) if number % 2 else []
        prompt = np.concatenate([beginnings[0], history, random.integers(0, WORDS, random.integers(3, 9))])
        reply = [*random.integers(0, WORDS, 6), tiny_base().eos_token_id]
        pieces.append(np.concatenate([prompt, reply]).astype(np.int64))
        masks.append(np.concatenate([np.zeros(len(prompt), bool), np.ones(len(reply), bool)]))
        lines.append(_line("words", number))
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(
        folder / ARRAYS,
        ids=np.concatenate(pieces).astype(np.int32),
        loss=np.concatenate(masks),
        offsets=np.cumsum([0, *map(len, pieces)]),
        task=np.append(np.arange(count) % 3, np.full(words, 3)).astype(np.int16),
        split=np.array(SPLIT_OF, np.int8)[np.arange(count + words) % 5],
    )
    meta = {
        "tasks": ["a", "b", "c"] + ["words"] * bool(words),
        "codebook_version": make_codebooks().fingerprint,
        "first_id": added.first_id,
        "scheme": SCHEME.to_dict(),
        "facets": [],
        "terms": TERMS.to_dict(),
    }
    (folder / META).write_text(json.dumps(meta), encoding="utf-8")
    for name, values in (("items.jsonl", items.values()), ("examples.jsonl", lines)):
        (folder / name).write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return load_prepared(folder)


def _line(task: str, number: int) -> dict[str, Any]:
    message = {"role": "shopper", "parts": [{"type": "text", "text": "something"}]}
    return {"task": task, "split": SPLITS[SPLIT_OF[number % 5]], "steering": STEERING,
            "messages": [message], "reply": {"role": "assistant", "parts": []}, "hidden": ""}  # fmt: skip


def _item(number: int, sid: Sid) -> dict[str, Any]:
    values = {"brand": None, "attributes": {}, "price_minor": None, "in_stock": True, "rating": None, "popularity": 1.0}
    return {"sku": f"T{number}", "sid": str(sid), "title": f"Thing {number}", "item_type": sid.item_type, **values}
