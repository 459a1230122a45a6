"""Inputs of a training run for the tiny base model: codebooks with words, and prepared examples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from finetune.code_words import CODE_WORDS_NAME
from finetune.prepared import ARRAYS, META, Prepared, load_prepared
from neo_assistant.sids import Sid
from tests.neo_assistant.strategies import tiny_base
from tests.neo_assistant.tiny_model import SCHEME, make_codebooks, vocabulary

WORDS = 200
"""Ordinary token ids are below this."""


def save_sids(folder: Path) -> None:
    """Codebooks and words of their codes."""
    make_codebooks().save(folder)
    words = {token: [[f"word{number}", 1.0]] for number, token in enumerate(SCHEME.tokens[:-4])}
    (folder / CODE_WORDS_NAME).write_text(json.dumps(words), encoding="utf-8")


def save_examples(folder: Path, count: int = 60, seed: int = 3) -> Prepared:
    """Prepared examples of three tasks: a prompt with one of two beginnings; a reply with a want, words and a SID."""
    added, random = vocabulary(), np.random.default_rng(seed)
    beginnings = [random.integers(0, WORDS, 12) for _ in range(2)]
    pieces, masks, items = [], [], []
    for number in range(count):
        prompt = np.concatenate([beginnings[number % 2], random.integers(0, WORDS, random.integers(3, 9))])
        sid = Sid(SCHEME.types[number % 2], tuple(number % size for size in SCHEME.sizes))
        want = [added.want_open, *random.integers(0, WORDS, 3), added.want_close]
        reply = [*want, *random.integers(0, 20, 4), *added.encode(sid), tiny_base().eos_token_id]
        pieces.append(np.concatenate([prompt, reply]))
        masks.append(np.concatenate([np.zeros(len(prompt), bool), np.ones(len(reply), bool)]))
        items.append(json.dumps({"sid": str(sid)}))
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(
        folder / ARRAYS,
        ids=np.concatenate(pieces).astype(np.int32),
        loss=np.concatenate(masks),
        offsets=np.cumsum([0, *map(len, pieces)]),
        task=np.arange(count, dtype=np.int16) % 3,
        split=np.array([0, 0, 0, 1, 2], np.int8)[np.arange(count) % 5],
    )
    meta = {
        "tasks": ["a", "b", "c"],
        "codebook_version": make_codebooks().fingerprint,
        "first_id": added.first_id,
    }
    (folder / META).write_text(json.dumps(meta), encoding="utf-8")
    (folder / "items.jsonl").write_text("\n".join(items), encoding="utf-8")
    return load_prepared(folder)
