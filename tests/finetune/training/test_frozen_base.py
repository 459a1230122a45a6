"""The base as a target: the right divergence at the right places, whatever is trained and however rows are packed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from finetune.config import StageConfig
from finetune.errors import TrainingError
from finetune.prepared import Prepared, load_prepared
from finetune.training.batches import collate, only_inputs
from finetune.training.frozen_base import learnt_from_base
from finetune.training.model_setup import PackedModel, load_trainable_state, prepare_model, trainable_state
from finetune.training.packing import make_rows, row_arrays
from neo_assistant.checkpoint import load_checkpoint
from tests.finetune.tiny import save_examples
from tests.finetune.tiny_run import make_inputs
from tests.neo_assistant.tiny_model import HIDDEN, tiny_llama, vocabulary

FIRST = vocabulary().first_id
STAGES = {
    "rows": StageConfig("x", trains="rows"),
    "lora": StageConfig("x", trains="lora", base_rows=True, lora_dropout=0.3),
    "full": StageConfig("x", trains="full"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Thirty examples with semantic ids, and twelve in words."""
    return save_examples(tmp_path_factory.mktemp("examples"), 30, words=12)


def prepared(trains: str, moved: float = 0.0) -> PackedModel:
    """A model with the base beside it, its trained parameters moved by noise."""
    noise = torch.Generator().manual_seed(3)
    rows = torch.randn(len(vocabulary().tokens), HIDDEN, generator=noise) * 0.1
    model = prepare_model(tiny_llama(), vocabulary(), rows, STAGES[trains], 0, torch.arange(150), with_base=True)
    state = {
        name: tensor + moved * torch.randn(tensor.shape, generator=noise)
        for name, tensor in trainable_state(model).items()
    }
    load_trainable_state(model, state)
    return model


def losses(
    model: PackedModel, data: Prepared, numbers: list[int], row_tokens: int = 200, tasks: tuple[str, ...] = ("words",)
) -> dict[int, torch.Tensor]:
    """By example the loss of its counted tokens, rows collated two at a time."""
    from_base = learnt_from_base(data, tasks, FIRST)
    rows = make_rows(data, numbers, row_tokens, share_prefixes=True)
    found: dict[int, torch.Tensor] = {}
    for start in range(0, len(rows), 2):
        batch = collate([row_arrays(data, row) for row in rows[start : start + 2]])
        values = model(**only_inputs(batch), from_base=from_base[batch["examples"]])
        found |= {int(number): values[batch["examples"] == number] for number in batch["examples"].unique()}
    return found


@torch.no_grad()
def expected(model: PackedModel, data: Prepared, number: int) -> torch.Tensor:
    """The divergence from a base loaded anew, of one example by itself; the base reads it without semantic ids."""
    ids = torch.from_numpy(data.ids_of(number).astype("int64"))
    counted = torch.from_numpy(data.weights_of(number)) > 0
    ours = model.causal_lm(input_ids=ids[None]).logits[0, :-1][counted[1:]].log_softmax(-1)[:, :FIRST]
    read = ids[ids < FIRST]
    base = tiny_llama()(input_ids=read[None]).logits[0, :-1][-len(ours) :].log_softmax(-1)
    return functional.kl_div(ours, base, reduction="none", log_target=True).sum(-1)


@pytest.mark.parametrize("trains", sorted(STAGES))
def test_the_divergence_is_from_the_base_as_it_was(data: Prepared, trains: str) -> None:
    """In packed rows, with shared beginnings and semantic ids in prompts; trained rows of the base count as trained."""
    model = prepared(trains, moved=0.1).eval()
    with torch.no_grad():
        found = losses(model, data, list(range(len(data))))
        usual = losses(PackedModel(model.causal_lm), data, list(range(30)), tasks=())
    assert len(found) == len(data)
    for number in range(30, 42):
        assert torch.allclose(found[number], expected(model, data, number), atol=1e-4), number
        assert found[number].min() > 0.001
    for number in usual:
        assert torch.allclose(found[number], usual[number], atol=1e-4), "other tasks keep their loss"


def test_an_untrained_adapter_is_off_by_the_weight_of_the_new_tokens_alone(data: Prepared) -> None:
    model = prepared("lora").eval()
    number = 30  # without a semantic id in its prompt
    with torch.no_grad():
        ids = torch.from_numpy(data.ids_of(number).astype("int64"))[None]
        places = slice(data.prompt_length(number) - 1, -1)
        kept = model.causal_lm(input_ids=ids).logits[0, places].softmax(-1)[:, :FIRST].sum(-1)
        assert torch.allclose(losses(model, data, [number])[number], -kept.log(), atol=1e-5)


@pytest.mark.parametrize("trains", sorted(STAGES))
def test_training_brings_the_model_to_the_base_and_leaves_the_base(data: Prepared, trains: str) -> None:
    model = prepared(trains, moved=0.05).train()
    assert model.frozen_base is not None
    assert not any(module.training for module in model.frozen_base.modules())
    assert not any("frozen_base" in name for name in trainable_state(model))
    words, frozen = list(range(30, 42)), {n: p.clone() for n, p in model.frozen_base.named_parameters()}
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=3e-3, weight_decay=0.0)
    means = []
    for _ in range(25):
        loss = torch.cat(list(losses(model, data, words).values())).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        means.append(float(loss.detach()))
    assert means[-1] < 0.6 * means[0], means
    assert all(torch.equal(p, frozen[n]) for n, p in model.frozen_base.named_parameters())


def test_packing_changes_no_gradient(data: Prepared) -> None:
    model = prepared("full", moved=0.1).eval()

    def gradient(row_tokens: int) -> torch.Tensor:
        model.zero_grad()
        torch.cat(list(losses(model, data, list(range(20, 42)), row_tokens).values())).sum().backward()
        return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])

    single, packed = gradient(16), gradient(200)
    assert torch.allclose(single, packed, atol=1e-3 * single.abs().max().item())


def test_what_cannot_have_the_base_as_its_target_is_refused(data: Prepared) -> None:
    assert learnt_from_base(data, [], FIRST).sum() == 0
    assert learnt_from_base(data, ["words"], FIRST).nonzero()[:, 0].tolist() == list(range(30, 42))
    with pytest.raises(TrainingError, match="names a task 'poems'"):
        learnt_from_base(data, ["words", "poems"], FIRST)
    with pytest.raises(TrainingError, match="replies of the task 'b' hold semantic ids"):
        learnt_from_base(data, ["b", "words"], FIRST)


def test_a_run_keeps_what_the_base_would_write(tmp_path: Path) -> None:
    """A whole run, with the base as the target and without, on texts that training has not seen."""
    inputs = make_inputs(tmp_path, words=90)
    unseen = load_prepared(inputs.data).select("validation", ("words",))

    def change(out: Path, tasks: tuple[str, ...]) -> float:
        """Mean divergence of the run's checkpoint from the base."""
        model = PackedModel(load_checkpoint(inputs.train(out, base_targets=tasks)).model)
        return float(torch.cat([expected(model, load_prepared(inputs.data), int(n)) for n in unseen]).mean())

    assert change(tmp_path / "kept", ("words",)) < 0.7 * change(tmp_path / "forgot", ())
    with pytest.raises(TrainingError, match="another config"):
        change(tmp_path / "kept", ())
