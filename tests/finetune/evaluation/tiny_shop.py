"""A small shop's examples folder and a random model of its vocabulary, for figures that need a catalog."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from finetune.examples.benchmark import BENCHMARK, write_shop_benchmark
from finetune.examples.example import Example
from finetune.examples.files import read_examples, write_folder
from finetune.examples.mixture import Mixture, MixtureConfig
from finetune.examples.phrases import held_out, load_phrases
from finetune.examples.shop import LoggedQuery, Shop
from finetune.prepared import Prepared, load_prepared
from finetune.sids.code_words import CODE_WORDS_NAME
from neo_assistant.base_model import BaseModel
from neo_assistant.checkpoint import Loaded
from neo_assistant.codebooks import Codebooks
from neo_assistant.manifest import Manifest
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sid_file import SIDS_FILE, write_sids
from neo_assistant.sids import SidVocabulary
from neo_assistant.weights import extend_vocabulary
from tests.finetune.examples.small_shop import SCHEME, make_shop
from tests.neo_assistant.strategies import tiny_base
from tests.neo_assistant.tiny_model import HIDDEN, tiny_llama


@dataclass(frozen=True)
class TinyShop:
    """A folder, read, and a model that has learned nothing."""

    folder: Path
    data: Prepared
    examples: list[Example]
    loaded: Loaded


@cache
def codebooks() -> Codebooks:
    """Random codebooks of the small shop's scheme."""
    random = np.random.default_rng(1)
    centroids = tuple(
        tuple(random.standard_normal((size, 8)).astype(np.float32) for size in SCHEME.sizes[:-1]) for _ in SCHEME.types
    )
    return Codebooks(SCHEME, centroids, "test", "0" * 64, 1)


def tiny_vocabulary() -> SidVocabulary:
    return SidVocabulary(SCHEME, len(tiny_base()))


def save_tiny_shop(folder: Path) -> None:
    """Examples of the small shop, a few of each task, and its log as a benchmark."""
    shop = searched(make_shop())
    config = MixtureConfig(scale=0.15, heldout_per_task=6, validation_per_task=3)
    mixture = Mixture(shop, load_phrases("en"), config)
    examples = mixture.make()
    renderer = PromptRenderer(ShopTokenizer(tiny_base(), tiny_vocabulary()))
    write_shop_benchmark(folder / BENCHMARK, shop, mixture.desk.lexicon)
    write_folder(folder, examples, renderer, shop, config, BaseModel("tiny", ".", "0" * 64), codebooks().fingerprint)


def save_tiny_sids(folder: Path) -> None:
    """The codebooks, with a word for every code."""
    codebooks().save(folder)
    words = {token: [[f"word{number}", 1.0]] for number, token in enumerate(SCHEME.tokens[: -SCHEME.sizes[-1]])}
    (folder / CODE_WORDS_NAME).write_text(json.dumps(words), encoding="utf-8")
    write_sids(folder / SIDS_FILE, {item.sku: item.sid for item in make_shop().items})


def tiny_loaded(base: str = "tiny") -> Loaded:
    """A random model, its vocabulary extended, as a checkpoint is loaded."""
    vocabulary = tiny_vocabulary()
    model: Any = tiny_llama()
    rows = torch.randn(len(vocabulary.tokens), HIDDEN, generator=torch.Generator().manual_seed(3)) * 0.1
    extend_vocabulary(model, vocabulary.first_id, rows, None)
    manifest = Manifest(
        base_model=base,
        base_sha256="",
        codebook_version=codebooks().fingerprint,
        scheme=SCHEME,
        first_id=vocabulary.first_id,
        weights="adapter",
        recipe="tiny",
        date="2026-01-01",
    )
    return Loaded(model.eval(), ShopTokenizer(tiny_base(), vocabulary), codebooks(), manifest)


def searched(shop: Shop) -> Shop:
    """The shop with searches of held-out shoppers in words that nobody else typed."""
    held = [journey for journey in shop.journeys if held_out(f"shopper {journey.shopper}")]
    queries = []
    for journey in held:
        item = shop.by_sku[journey.skus[-1]]
        text = f"{item.kind} in {item.values('colour')[0]}, number {item.sku}"
        queries.append(LoggedQuery(journey.shopper, text, item.sku, 9.0))
    return replace(shop, queries=(*shop.queries, *queries))


def load_tiny_shop(folder: Path) -> TinyShop:
    """What :func:`save_tiny_shop` wrote, and a random model."""
    return TinyShop(folder, load_prepared(folder), list(read_examples(folder)), tiny_loaded())
