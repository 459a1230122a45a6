"""A small catalog with known structure, and an encoder that needs no model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest

from catalog_db.rows import ProductRow

KINDS = {
    "bags": ("backpack", "tote", "wallet"),
    "shoes": ("boot", "sandal", "sneaker"),
}
COLOURS = ("black", "blue", "green", "red")
MATERIALS = ("canvas", "leather", "nylon")


class WordEncoder:
    """Bag of hashed words in 32 dimensions: texts that share words are alike. Counts what it was asked to encode."""

    name = "words"
    fingerprint = "5e" * 32

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        vectors = np.zeros((len(texts), 32), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().replace(".", " ").replace(",", " ").split():
                seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
                vectors[row] += np.random.default_rng(seed).standard_normal(32)
        return vectors


def make_items() -> list[ProductRow]:
    """72 items: every kind in every colour and material, two types of three kinds."""
    return [
        ProductRow(
            sku=f"{kind}-{colour}-{material}",
            title=f"{colour.title()} {material} {kind}",
            item_type=item_type,
            brand="Northfell",
            attributes={"kind": (kind,), "colour": (colour,), "material": (material,)},
        )
        for item_type, kinds in KINDS.items()
        for kind in kinds
        for colour in COLOURS
        for material in MATERIALS
    ]


@pytest.fixture
def items() -> list[ProductRow]:
    return make_items()


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()
