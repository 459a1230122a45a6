"""The words of codes, and the rows their tokens start from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from catalog_db.rows import ProductRow
from finetune.errors import QuantizationError
from finetune.sids.code_words import CODE_WORDS_NAME, describe_codes, save_code_words
from finetune.training.token_rows import MAX_COSINE, NEARNESS, check_distinct, initial_rows
from neo_assistant.codebooks import Codebooks
from neo_assistant.sids import SidScheme, SidVocabulary
from tests.finetune.conftest import COLOURS, KINDS, MATERIALS

HIDDEN = 48
WORDS = sorted(
    {"bags", "shoes", "northfell", *COLOURS, *MATERIALS, *(kind for kinds in KINDS.values() for kind in kinds)}
)


def tokenize(text: str) -> Sequence[int]:
    """One token a word; unknown words are one of the tokens after the known ones."""
    assert text.startswith(" ")
    return [WORDS.index(word) if word in WORDS else len(WORDS) + sum(word.encode()) % 50 for word in text.split()]


@pytest.fixture
def table() -> np.ndarray:
    """Base embeddings that share a large part, as those of language models do."""
    random = np.random.default_rng(0)
    return (random.standard_normal((len(WORDS) + 50, HIDDEN)) + 1.0).astype(np.float32)


@pytest.fixture
def coded(items: list[ProductRow]) -> tuple[Codebooks, np.ndarray]:
    """Level a is the kind, level b the colour; code 3 of level a is in no use, the last level is the material."""
    scheme = SidScheme(tuple(sorted(KINDS)), (4, 4, 4), True)
    centroids = tuple(tuple(np.ones((4, 2), dtype=np.float32) for _ in range(2)) for _ in KINDS)
    codes = [
        [
            KINDS[item.item_type].index(item.attributes["kind"][0]),
            COLOURS.index(item.attributes["colour"][0]),
            MATERIALS.index(item.attributes["material"][0]),
        ]
        for item in items
    ]
    return Codebooks(scheme, centroids, "stub", "00" * 32, 1), np.array(codes, dtype=np.uint16)


def test_a_code_is_described_by_what_tells_it_from_its_siblings(
    items: list[ProductRow], coded: tuple[Codebooks, np.ndarray]
) -> None:
    codebooks, codes = coded
    described = describe_codes(codebooks, items, codes)
    assert [word for word, _ in described["<|bags.a_1|>"]] == ["tote"]
    assert [word for word, _ in described["<|shoes.b_0|>"]] == ["black"]
    assert {word for word, _ in described["<|sid:shoes|>"]} == {"boot", "sandal", "sneaker"}
    assert described["<|bags.a_3|>"] == []
    assert "<|c_0|>" not in described
    assert all(sum(weight for _, weight in words) == pytest.approx(1) for words in described.values() if words)


def test_the_words_are_saved_as_json(
    items: list[ProductRow], coded: tuple[Codebooks, np.ndarray], tmp_path: Path
) -> None:
    described = describe_codes(*coded[:1], items, coded[1])
    save_code_words(described, tmp_path)
    loaded = json.loads((tmp_path / CODE_WORDS_NAME).read_text(encoding="utf-8"))
    assert list(loaded) == list(described)
    assert loaded["<|bags.a_1|>"] == [["tote", 1.0]]


def test_rows_are_grounded_distinct_and_nearer_to_the_mean_than_ordinary_ones(
    items: list[ProductRow], coded: tuple[Codebooks, np.ndarray], table: np.ndarray
) -> None:
    codebooks, codes = coded
    rows = initial_rows(codebooks, describe_codes(codebooks, items, codes), table, tokenize)
    vocabulary = SidVocabulary(codebooks.scheme, first_id=len(table))
    assert rows.shape == (len(vocabulary.tokens), HIDDEN)
    assert rows.dtype == np.float32
    centre = table.mean(axis=0)
    ordinary = np.linalg.norm(table - centre, axis=1).mean()
    np.testing.assert_allclose(np.linalg.norm(rows - centre, axis=1), NEARNESS * ordinary, rtol=1e-5)
    unit = (rows - centre) / np.linalg.norm(rows - centre, axis=1, keepdims=True)
    cosines = unit @ unit.T - 2 * np.eye(len(unit))
    assert cosines.max() < MAX_COSINE
    tokens = list(vocabulary.tokens)
    centred = table - table.mean(axis=0)
    for token, word in (("<|bags.a_1|>", "tote"), ("<|shoes.b_0|>", "black"), ("<|shoes.a_0|>", "boot")):
        likeness = centred[: len(WORDS)] @ (rows[tokens.index(token)] - table.mean(axis=0))
        assert WORDS[int(np.argmax(likeness / np.linalg.norm(centred[: len(WORDS)], axis=1)))] == word


def test_rows_are_the_same_every_time_and_follow_the_seed(
    items: list[ProductRow], coded: tuple[Codebooks, np.ndarray], table: np.ndarray
) -> None:
    codebooks, codes = coded
    one, two = (initial_rows(codebooks, describe_codes(codebooks, items, codes), table, tokenize) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    other = initial_rows(codebooks, describe_codes(codebooks, items, codes), table, tokenize, seed=1)
    assert not np.allclose(one, other)


def test_shared_codebooks_and_codes_without_words_have_rows_too(table: np.ndarray) -> None:
    scheme = SidScheme(("bags", "shoes"), (4, 8), False)
    codebooks = Codebooks(scheme, ((np.ones((4, 2), dtype=np.float32),),), "stub", "00" * 32, 1)
    rows = initial_rows(codebooks, {}, table, tokenize)
    assert rows.shape == (2 + 4 + 8 + 2, HIDDEN)


def test_rows_that_start_alike_are_refused() -> None:
    rows = np.eye(4)
    check_distinct(rows, list("abcd"))
    rows[3] = rows[1] + 0.01
    with pytest.raises(QuantizationError, match="b and d start alike"):
        check_distinct(rows, list("abcd"))
