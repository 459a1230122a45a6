"""Packed rows compute what each example would by itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from finetune.config import StageConfig
from finetune.prepared import Prepared
from finetune.training.batches import collate, only_inputs
from finetune.training.model_setup import PackedModel, prepare_model
from finetune.training.packing import attention_mask, epoch_rows, make_rows, row_arrays
from tests.finetune.tiny import save_examples
from tests.neo_assistant.tiny_model import HIDDEN, tiny_llama, vocabulary


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return save_examples(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def model() -> PackedModel:
    rows = torch.randn(len(vocabulary().tokens), HIDDEN, generator=torch.Generator().manual_seed(1)) * 0.1
    return prepare_model(tiny_llama(), vocabulary(), rows, StageConfig("x", trains="full"), seed=0).eval()


COUNT = 24
"""Examples used where each is also computed by itself."""


@pytest.fixture(scope="module")
def alone(model: PackedModel, data: Prepared) -> list[torch.Tensor]:
    """Losses of examples by the model's own forward pass, one at a time, without any of our masks."""
    with torch.no_grad():
        return [losses_alone(model, data, example) for example in range(COUNT)]


def losses_alone(model: PackedModel, data: Prepared, example: int) -> torch.Tensor:
    ids = torch.from_numpy(data.ids_of(example).astype(np.int64))[None]
    logits = model.causal_lm(input_ids=ids, use_cache=False).logits[0, :-1]
    counted = torch.from_numpy(data.weights_of(example)[1:] > 0)
    return torch.nn.functional.cross_entropy(logits[counted], ids[0, 1:][counted], reduction="none")


@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("row_tokens", [40, 100, 300])
def test_packing_changes_no_loss(
    data: Prepared, model: PackedModel, alone: list[torch.Tensor], row_tokens: int, share: bool
) -> None:
    rows = make_rows(data, range(COUNT), row_tokens, share)
    assert any(group.shared for row in rows for group in row) == (share and row_tokens > 40)
    batch = collate([row_arrays(data, row) for row in rows])
    with torch.no_grad():
        packed = model(**only_inputs(batch))
    for example, expected in enumerate(alone):
        assert torch.allclose(packed[batch["examples"] == example], expected, atol=1e-4)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_examples_of_a_row_are_apart_in_every_form_of_attention(
    data: Prepared, model: PackedModel, alone: list[torch.Tensor], attention: str
) -> None:
    batch = collate([row_arrays(data, row) for row in make_rows(data, range(COUNT), 100, True)])
    model.causal_lm.set_attn_implementation(attention)
    try:
        with torch.no_grad():
            packed = model(**only_inputs(batch))
    finally:
        model.causal_lm.set_attn_implementation("sdpa")
    for example, expected in enumerate(alone):
        assert torch.allclose(packed[batch["examples"] == example], expected, atol=1e-4)


def test_packing_changes_no_gradient(data: Prepared, model: PackedModel) -> None:
    def gradient(share: bool, row_tokens: int) -> torch.Tensor:
        model.zero_grad()
        for row in make_rows(data, range(10), row_tokens, share):
            model(**only_inputs(collate([row_arrays(data, row)]))).sum().backward()
        return torch.cat([parameter.grad.flatten() for parameter in model.parameters() if parameter.grad is not None])

    single, shared = gradient(False, 16), gradient(True, 200)
    assert torch.allclose(single, shared, atol=1e-3 * single.abs().max().item())


def test_what_another_example_says_is_not_seen(data: Prepared, model: PackedModel) -> None:
    """Of the examples in a row, changing one leaves the losses of the others alone."""
    row = make_rows(data, range(10), 200, True)[0]
    changed = row[0].examples[0]
    ids = data.ids.copy()
    ids[data.offsets[changed + 1] - 3 : data.offsets[changed + 1]] = 5
    other = replace(data, ids=ids)
    with torch.no_grad():
        before, after = (collate([row_arrays(source, row)]) for source in (data, other))
        same = before["examples"] != changed
        assert torch.equal(model(**only_inputs(before))[same], model(**only_inputs(after))[same])
        assert not torch.equal(model(**only_inputs(before))[~same], model(**only_inputs(after))[~same])


def test_a_weight_of_zero_is_not_counted(data: Prepared) -> None:
    weights = data.weights.copy()
    weights[data.ids == vocabulary().want_close] = 0
    batch = collate([row_arrays(replace(data, weights=weights), row) for row in make_rows(data, range(9), 99, True)])
    assert vocabulary().want_close not in batch["targets"]
    assert len(batch["weights"]) == len(batch["targets"]) == len(batch["counted"]) == len(batch["examples"])


@given(
    lengths=st.lists(st.tuples(st.integers(1, 30), st.integers(1, 12), st.integers(0, 2)), min_size=1, max_size=40),
    row_tokens=st.integers(16, 80),
    share=st.booleans(),
)
def test_every_example_is_in_one_row(lengths: list[tuple[int, int, int]], row_tokens: int, share: bool) -> None:
    """Whatever their lengths: each example once, rows no longer than asked except for one long example by itself."""
    ids, weights = [], []
    for prompt, reply, beginning in lengths:
        ids.append(np.concatenate([np.full(prompt, beginning), np.arange(reply)]))
        weights.append(np.concatenate([np.zeros(prompt), np.ones(reply)]))
    data = Prepared(
        ids=np.concatenate(ids).astype(np.int32),
        weights=np.concatenate(weights).astype(np.float32),
        offsets=np.cumsum([0, *map(len, ids)]),
        task_numbers=np.zeros(len(ids), np.int64),
        split_numbers=np.zeros(len(ids), np.int64),
        tasks=("a",),
        meta={},
        fingerprint="",
    )
    rows = make_rows(data, range(len(data)), row_tokens, share)
    assert Counter(example for row in rows for group in row for example in group.examples) == Counter(range(len(data)))
    for row in rows:
        arrays = row_arrays(data, row)
        assert len(arrays.ids) == sum(group.tokens for group in row)
        assert len(arrays.ids) <= row_tokens or sum(len(group.examples) for group in row) == 1
        assert arrays.example_tokens == sum(len(ids[example]) for group in row for example in group.examples)
        counted = Counter(arrays.examples[arrays.weights > 0].tolist())
        # The first token of a sequence is predicted by nothing, so a reply without a prompt loses it.
        assert counted == Counter({e: lengths[e][1] for group in row for e in group.examples})
        assert attention_mask(arrays.segments, arrays.parents).diagonal().all()
        assert (arrays.positions < 80).all()


def test_the_mask_of_a_row() -> None:
    """Two tokens shared, then one token of one example and two of another."""
    mask = attention_mask(np.array([0, 0, 1, 2, 2]), np.array([0, 0, 0, 0, 0]))
    assert mask.astype(int).tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [1, 1, 0, 1, 0],
        [1, 1, 0, 1, 1],
    ]


def test_epochs_are_repeatable_and_differ(data: Prepared) -> None:
    examples = data.select("train")
    first = epoch_rows(data, examples, 100, True, seed=1, epoch=0)
    assert first == epoch_rows(data, examples, 100, True, seed=1, epoch=0)
    assert first != epoch_rows(data, examples, 100, True, seed=1, epoch=1)
    assert first != epoch_rows(data, examples, 100, True, seed=2, epoch=0)


def test_sharing_saves_tokens(data: Prepared) -> None:
    def tokens(share: bool) -> int:
        rows = make_rows(data, range(len(data)), 200, share)
        return sum(len(row_arrays(data, row).ids) for row in rows)

    assert tokens(True) < 0.85 * tokens(False)


def test_batches_hold_a_mask_for_padding(data: Prepared, model: PackedModel) -> None:
    rows = make_rows(data, range(12), 60, False)
    batch = collate([row_arrays(data, row) for row in rows])
    assert (batch["segments"] == -1).any(), "rows differ in length"
    with torch.no_grad():
        assert model(**only_inputs(batch)).isfinite().all()
