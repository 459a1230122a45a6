"""Perplexity on the ordinary texts, checked against the model's own loss."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from finetune.errors import ExamplesError
from finetune.evaluation.language import language_kept, load_texts, text_losses
from tests.finetune.evaluation.tiny_shop import tiny_loaded


def test_the_losses_are_those_of_every_text_by_itself() -> None:
    loaded = tiny_loaded()
    texts = load_texts(loaded.tokenizer, 7)
    assert [text.kind for text in texts] == ["paragraphs"] * 4 + ["answers"] * 3
    sums = text_losses(loaded.model, texts, batch=3)
    for text, found in zip(texts, sums, strict=True):
        labels = torch.tensor([text.ids])
        labels[:, : text.first] = -100
        with torch.no_grad():
            loss = loaded.model(input_ids=torch.tensor([text.ids]), labels=labels).loss
        assert found == pytest.approx(loss.item() * (len(text.ids) - text.first), rel=1e-4)


def test_a_higher_loss_is_a_higher_perplexity() -> None:
    texts = load_texts(tiny_loaded().tokenizer, 4)
    counts = np.array([len(text.ids) - text.first for text in texts])
    kept = language_kept(2.0 * counts, 2.5 * counts, texts)
    assert kept["all"]["before"] == round(math.exp(2), 3)
    assert kept["answers"]["ratio"] == round(math.exp(0.5), 4)
    assert kept["rise"]["mean"] == kept["rise"]["low"] == 0.5
    assert kept["paragraphs"]["tokens"] + kept["answers"]["tokens"] == kept["all"]["tokens"]


def test_texts_are_many_and_each_is_there_once() -> None:
    texts = load_texts(tiny_loaded().tokenizer, 1000)
    assert len(texts) == len({text.ids for text in texts}) == 200


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExamplesError, match="no texts"):
        load_texts(tiny_loaded().tokenizer, 4, tmp_path)
