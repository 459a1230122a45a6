"""Figures under teacher forcing, checked by counting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from finetune.config import StageConfig
from finetune.evaluation.scoring import Scored, losses_by_task, score, sid_accuracy
from finetune.training.model_setup import prepare_model
from neo_assistant.sids import Sid
from tests.finetune.tiny import save_examples
from tests.neo_assistant.tiny_model import HIDDEN, SCHEME, tiny_llama, vocabulary


def test_scores_are_those_of_each_token(tmp_path: Path) -> None:
    data = save_examples(tmp_path, count=10)
    rows = torch.zeros(len(vocabulary().tokens), HIDDEN)
    model = prepare_model(tiny_llama(), vocabulary(), rows, StageConfig("x", trains="rows"), seed=0).train()
    examples = [1, 4, 7]
    scored = score(model, data, examples, row_tokens=60, rows_at_once=1)
    assert model.training, "put back"
    for example in examples:
        mine = scored.examples == example
        ids = data.ids_of(example)
        assert scored.targets[mine].tolist() == ids[data.prompt_length(example) :].tolist()
        with torch.no_grad():
            logits = model.causal_lm.eval()(input_ids=torch.from_numpy(ids.astype(np.int64))[None]).logits[0]
        expected = logits[data.prompt_length(example) - 1 : -1]
        assert scored.best[mine].tolist() == expected.argmax(-1).tolist()
        assert scored.losses[mine] == pytest.approx(
            torch.nn.functional.cross_entropy(expected, torch.tensor(scored.targets[mine]), reduction="none").numpy(),
            abs=1e-4,
        )


def test_accuracy_by_level(tmp_path: Path) -> None:
    data = save_examples(tmp_path, count=3)
    added = vocabulary()
    spans = [added.encode(_sid(number)) for number in range(3)]
    targets = np.array([7, *spans[0], 9, *spans[1], *spans[2]])
    best = targets.copy()
    best[0] = best[5] = 1  # words do not matter
    best[2] += 1  # the first span's first code
    best[6] += 1  # the second span's type
    examples = np.array([0] * 5 + [1] * 5 + [2] * 4)
    scored = Scored(np.ones(len(best), np.float32), best, targets, examples)
    figures = sid_accuracy(data, scored, added)
    assert figures["a"] == {"items": 1, "type": 1.0, "a": 0.0, "b": 1.0, "c": 1.0, "exact": 0.0}
    assert figures["b"] == {"items": 1, "type": 0.0, "a": 1.0, "b": 1.0, "c": 1.0, "exact": 0.0}
    assert figures["c"]["exact"] == 1.0
    assert figures["all"] == {"items": 3, "type": 0.6667, "a": 0.6667, "b": 1.0, "c": 1.0, "exact": 0.3333}
    assert losses_by_task(data, scored) == {"a": 1.0, "b": 1.0, "c": 1.0, "all": 1.0}


def _sid(number: int) -> Sid:
    return Sid(SCHEME.types[number % 2], (0, 1, 2))
