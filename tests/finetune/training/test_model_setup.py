"""What a stage trains, and that it comes out of a checkpoint as it went in."""

from __future__ import annotations

import pytest
import torch

from finetune.config import StageConfig
from finetune.errors import TrainingError
from finetune.training.model_setup import (
    PackedModel,
    load_trainable_state,
    prepare_model,
    row_parameters,
    trainable_state,
)
from neo_assistant.weights import extend_vocabulary
from tests.neo_assistant.tiny_model import HIDDEN, tiny_llama, vocabulary

IDS = torch.tensor([[3, vocabulary().first_id, 9, vocabulary().want_close, vocabulary().first_code]])


def new_rows(seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(len(vocabulary().tokens), HIDDEN, generator=generator) * 0.1


def prepared(trains: str, tie: bool = True) -> PackedModel:
    return prepare_model(tiny_llama(tie), vocabulary(), new_rows(), StageConfig("x", trains=trains), seed=0)


@pytest.mark.parametrize("tie", [True, False])
def test_split_rows_compute_what_one_matrix_does(tie: bool) -> None:
    whole = tiny_llama(tie)
    extend_vocabulary(whole, vocabulary().first_id, new_rows(), None if tie else new_rows())
    split = prepared("rows", tie).causal_lm.eval()
    with torch.no_grad():
        assert torch.allclose(whole(input_ids=IDS).logits, split(input_ids=IDS).logits, atol=1e-6)


@pytest.mark.parametrize("tie", [True, False])
def test_grounding_trains_the_new_rows_and_nothing_else(tie: bool) -> None:
    model = prepared("rows", tie)
    state = trainable_state(model)
    assert [tensor.shape for tensor in state.values()] == [(len(vocabulary().tokens), HIDDEN)] * (1 if tie else 2)
    assert len(row_parameters(model)) == len(state)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.1)
    model.causal_lm(input_ids=IDS).logits.square().sum().backward()
    optimizer.step()
    changed = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
    assert changed == set(state)


def test_a_tied_matrix_stays_tied_under_training() -> None:
    model = prepared("lora")
    causal_lm = model.causal_lm
    assert causal_lm.get_input_embeddings().new is causal_lm.get_output_embeddings().new
    assert causal_lm.get_input_embeddings().base is causal_lm.get_output_embeddings().base


def test_lora_starts_as_the_base_and_the_same_every_time() -> None:
    first, second = prepared("lora"), prepared("lora")
    states = trainable_state(first), trainable_state(second)
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert sum(".lora_A." in name for name in states[0]) == 2 * 7
    with torch.no_grad():
        rows_only = prepared("rows").causal_lm.eval()
        assert torch.allclose(first.causal_lm.eval()(input_ids=IDS).logits, rows_only(input_ids=IDS).logits, atol=1e-6)


def test_a_stage_goes_on_from_the_one_before() -> None:
    grounding = prepared("rows")
    with torch.no_grad():
        next(iter(row_parameters(grounding))).add_(1.0)
    induction = prepared("lora")
    load_trainable_state(induction, trainable_state(grounding), partly=True)
    assert torch.equal(next(iter(row_parameters(induction))), new_rows() + 1.0)


def test_a_state_of_another_model_is_refused() -> None:
    state = trainable_state(prepared("lora"))
    with pytest.raises(TrainingError, match="--restart"):
        load_trainable_state(prepared("rows"), state, partly=True)
    with pytest.raises(TrainingError, match="does not fit"):
        load_trainable_state(prepared("lora"), trainable_state(prepared("rows")))
    state["causal_lm.model.embed_tokens.new"] = torch.zeros(3, HIDDEN)
    with pytest.raises(TrainingError, match="embed_tokens"):
        load_trainable_state(prepared("lora"), state)


def test_a_model_that_changes_its_logits_is_refused() -> None:
    model = tiny_llama()
    plain = model.get_output_embeddings().forward
    model.forward = _scaled(model.forward)
    assert plain is not None
    with pytest.raises(TrainingError, match="does more to its logits"):
        prepare_model(model, vocabulary(), new_rows(), StageConfig("x"), seed=0)


def _scaled(forward):  # type: ignore[no-untyped-def]
    def scaled(*args, **kwargs):  # type: ignore[no-untyped-def]
        output = forward(*args, **kwargs)
        output.logits = 30 * torch.tanh(output.logits / 30) * 2
        return output

    return scaled


@pytest.mark.parametrize("trains", ["lora", "full"])
@pytest.mark.parametrize("input_rows", [True, False])
def test_frozen_layers_are_not_trained(trains: str, input_rows: bool) -> None:
    stage = StageConfig("x", trains=trains, frozen_layers=1, input_rows=input_rows)
    model = prepare_model(tiny_llama(), vocabulary(), new_rows(), stage, seed=0)
    assert not any(".layers.0." in name for name in trainable_state(model))
    assert any(".layers.1." in name for name in trainable_state(model))
    passed: list[bool] = []
    model.causal_lm.model.layers[0].register_forward_hook(lambda layer, given, out: passed.append(out.requires_grad))
    model.causal_lm(input_ids=IDS).logits.square().sum().backward()
    assert passed == [input_rows], "without input rows no gradient goes through the frozen layers"
    rows = next(iter(row_parameters(model)))
    assert rows.grad is not None
    assert rows.grad.abs().sum() > 0, "rows learn from where they are written in any case"


def test_a_frozen_model_of_its_own_input_rows_keeps_them() -> None:
    """Where the base does not tie its embeddings the input rows stay part of what goes from stage to stage."""
    stage = StageConfig("x", trains="lora", frozen_layers=1, input_rows=False)
    model = prepare_model(tiny_llama(tie=False), vocabulary(), new_rows(), stage, seed=0)
    load_trainable_state(model, trainable_state(prepared("rows", tie=False)), partly=True)
    model.causal_lm(input_ids=IDS).logits.square().sum().backward()
    assert model.causal_lm.get_input_embeddings().new.grad is None
    assert model.causal_lm.get_output_embeddings().new.grad is not None


def test_a_model_is_not_frozen_whole() -> None:
    with pytest.raises(TrainingError, match="freezes 2 layers of 2"):
        prepare_model(tiny_llama(), vocabulary(), new_rows(), StageConfig("x", frozen_layers=2), seed=0)
