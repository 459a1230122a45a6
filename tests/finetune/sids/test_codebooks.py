"""Fitting: determinism, small types, and room in the last level."""

from __future__ import annotations

import numpy as np
import pytest

from catalog_db.rows import ProductRow
from finetune.errors import QuantizationError
from finetune.sids.codebooks import EncoderInfo, fit_codebooks, last_level_size, leaf_sizes
from finetune.sids.embeddings import embed_texts
from finetune.sids.item_text import item_text
from tests.finetune.conftest import WordEncoder

INFO = EncoderInfo("words", "5e" * 32, 1)


@pytest.fixture
def catalog(items: list[ProductRow], encoder: WordEncoder) -> tuple[np.ndarray, list[str]]:
    return embed_texts(encoder, [item_text(item) for item in items], None), [item.item_type for item in items]


@pytest.mark.parametrize("per_type", [True, False])
def test_the_same_catalog_gives_the_same_codebooks(catalog: tuple[np.ndarray, list[str]], per_type: bool) -> None:
    one, two = (fit_codebooks(*catalog, (4, 3), per_type, INFO) for _ in range(2))
    assert one.fingerprint == two.fingerprint
    assert one.fingerprint != fit_codebooks(*catalog, (4, 3), per_type, INFO, seed=1).fingerprint
    assert one.scheme.per_type is per_type


def test_large_catalogs_are_clustered_in_mini_batches_just_as_repeatably(
    catalog: tuple[np.ndarray, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finetune.sids.codebooks.EXACT_KMEANS_ITEMS", 50)
    one, two = (fit_codebooks(*catalog, (6, 4), False, INFO) for _ in range(2))
    assert one.fingerprint == two.fingerprint
    assert len(one.centroids[0][0]) == 6


def test_groups_that_are_there_are_found_and_numbered_by_size() -> None:
    random = np.random.default_rng(0)
    centres = np.eye(4, dtype=np.float32)[:3]
    truth = np.repeat([0, 1, 2], [5, 20, 10])
    embeddings = (centres[truth] + 0.01 * random.standard_normal((35, 4))).astype(np.float32)
    codebooks = fit_codebooks(embeddings, ["bags"] * 35, (3,), True, INFO)
    codes, _ = codebooks.quantize(embeddings, ["bags"] * 35)
    assert codes.ravel().tolist() == np.repeat([2, 0, 1], [5, 20, 10]).tolist()


def test_a_type_with_few_or_equal_items_uses_fewer_codes() -> None:
    random = np.random.default_rng(0)
    embeddings = random.standard_normal((27, 4)).astype(np.float32)
    embeddings[20:26] = embeddings[20]
    item_types = ["bags"] * 20 + ["hats"] * 6 + ["ties"]
    codebooks = fit_codebooks(embeddings, item_types, (8, 8), True, INFO)
    assert [len(levels[0]) for levels in codebooks.centroids] == [8, 1, 1]
    codes = codebooks.assign(embeddings, item_types)
    assert len({(name, *row) for name, row in zip(item_types, codes.tolist(), strict=True)}) == 27


def test_the_last_level_has_room_for_twice_the_fullest_leaf() -> None:
    assert [last_level_size(fullest) for fullest in (1, 2, 3, 8, 9)] == [4, 4, 8, 16, 32]
    embeddings = np.tile(np.array([[1, 0]], dtype=np.float32), (9, 1))
    codebooks = fit_codebooks(embeddings, ["bags"] * 9, (4,), True, INFO)
    assert codebooks.scheme.sizes == (4, 32)


def test_new_products_are_reachable_without_retraining(catalog: tuple[np.ndarray, list[str]]) -> None:
    embeddings, item_types = catalog
    known = np.arange(len(item_types)) % 3 != 0
    names = np.array(item_types)
    codebooks = fit_codebooks(embeddings[known], names[known].tolist(), (4, 3), True, INFO)
    old = codebooks.assign(embeddings[known], names[known].tolist())
    new = codebooks.assign(embeddings[~known], names[~known].tolist(), names[known].tolist(), old)
    taken = {(name, *row) for name, row in zip(names[known].tolist(), old.tolist(), strict=True)}
    added = {(name, *row) for name, row in zip(names[~known].tolist(), new.tolist(), strict=True)}
    assert len(added) == (~known).sum()
    assert not added & taken


def test_leaf_sizes_count_within_a_type() -> None:
    codes = np.array([[0, 1], [0, 1], [0, 1], [1, 0]])
    assert leaf_sizes(np.array([0, 0, 1, 1]), codes).tolist() == [2, 2, 1, 1]


def test_nothing_to_quantize_is_an_error() -> None:
    with pytest.raises(QuantizationError, match="no items"):
        fit_codebooks(np.zeros((0, 4), dtype=np.float32), [], (4,), True, INFO)
