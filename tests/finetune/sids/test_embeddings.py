"""Embeddings: length, order, cache, and the real encoder where it is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from finetune.errors import EncoderError
from finetune.sids.embeddings import (
    DEFAULT_ENCODER_PACKAGE,
    SentenceEncoder,
    embed_texts,
    encoder_folder,
    folder_fingerprint,
)
from tests.finetune.conftest import WordEncoder

TEXTS = ["a red boot", "a long text about a blue canvas tote", "a red boot", "sandal"]


def test_vectors_have_length_one_and_the_order_of_the_texts(encoder: WordEncoder) -> None:
    vectors = embed_texts(encoder, TEXTS, None)
    assert vectors.shape == (4, 32)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    for text, vector in zip(TEXTS, vectors, strict=True):
        alone = encoder.encode([text])[0]
        np.testing.assert_allclose(vector, alone / np.linalg.norm(alone), atol=1e-6)


def test_no_text_is_encoded_twice_and_new_ones_cost_only_themselves(encoder: WordEncoder, tmp_path: Path) -> None:
    first = embed_texts(encoder, TEXTS, tmp_path)
    assert sorted(encoder.asked) == sorted(set(TEXTS))
    encoder.asked.clear()
    again = embed_texts(encoder, [*TEXTS[::-1], "new"], tmp_path)
    assert encoder.asked == ["new"]
    np.testing.assert_array_equal(again[:4], first[::-1])
    other = WordEncoder()
    other.fingerprint = "00" * 32
    embed_texts(other, TEXTS, tmp_path)
    assert len(other.asked) == 3


def test_an_interrupted_run_resumes(encoder: WordEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finetune.sids.embeddings.SHARD_TEXTS", 2)
    plain = encoder.encode

    def failing(texts: Sequence[str]) -> np.ndarray:
        if "sandal" in texts:
            raise KeyboardInterrupt
        return plain(texts)

    encoder.encode = failing  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        embed_texts(encoder, TEXTS, tmp_path)
    encoder.encode = plain  # type: ignore[method-assign]
    encoder.asked.clear()
    embed_texts(encoder, TEXTS, tmp_path)
    assert encoder.asked == ["sandal"]


def test_a_damaged_cache_and_a_useless_encoder_are_refused(encoder: WordEncoder, tmp_path: Path) -> None:
    embed_texts(encoder, TEXTS, tmp_path)
    next(tmp_path.rglob("*.npz")).write_bytes(b"broken")
    with pytest.raises(EncoderError, match="damaged"):
        embed_texts(encoder, TEXTS, tmp_path)
    with pytest.raises(EncoderError, match="no text"):
        embed_texts(encoder, [], None)
    encoder.encode = lambda texts: np.zeros((len(texts), 4))  # type: ignore[method-assign]
    with pytest.raises(EncoderError, match="without a direction"):
        embed_texts(encoder, TEXTS, None)


def test_the_fingerprint_changes_with_the_files(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="safetensors"):
        folder_fingerprint(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "config.json").write_text("{}")
    before = folder_fingerprint(tmp_path)
    (tmp_path / "README.md").write_text("said otherwise")
    assert folder_fingerprint(tmp_path) == before
    (tmp_path / "config.json").write_text('{"max_length": 3}')
    assert folder_fingerprint(tmp_path) != before


def test_an_encoder_that_is_nowhere_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="no encoder 'nobody/nothing'"):
        encoder_folder("nobody/nothing")


@pytest.mark.skipif(
    importlib.util.find_spec(DEFAULT_ENCODER_PACKAGE) is None, reason="the default encoder is not installed"
)
def test_the_default_encoder_knows_what_words_mean() -> None:
    encoder = SentenceEncoder()
    vectors = embed_texts(encoder, ["a pair of leather boots", "winter footwear", "a cast iron frying pan"], None)
    assert vectors.shape == (3, 384)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
