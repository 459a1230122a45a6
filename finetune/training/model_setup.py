"""The model as a stage trains it, what of it is trained, and the trained part as a checkpoint's weights.

A stage trains the new rows alone (grounding), adapters and rows (LoRA), or everything. The trained part goes from stage
to stage, and into the state to resume from, as a plain dictionary of tensors by parameter name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from finetune.config import StageConfig
from finetune.errors import TrainingError
from finetune.training.frozen_base import FrozenBase
from finetune.training.packed_forward import hidden_states
from finetune.training.split_rows import SplitEmbedding, SplitHead, split_vocabulary
from neo_assistant.checkpoint import AdapterWeights, BaseRows, FullWeights
from neo_assistant.sids import SidVocabulary
from neo_assistant.weights import PEFT_PREFIX

_ADAPTER = "default"
LORA_PARAMETER = ".lora_"
"""Stands in the names of an adapter's parameters and of no others."""
_SEEN = "seen"
_LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""Every linear layer of a Llama-like block."""


class PackedModel(nn.Module):
    """A causal language model that takes packed rows and returns the loss of every token that counts.

    Logits are computed only there: on a vocabulary of 49 thousand they are a fifth of the work.

    Args:
        causal_lm: what is trained.
        frozen_base: the base as it was, where some examples have its distribution as their target.
    """

    causal_lm: Any

    def __init__(self, causal_lm: nn.Module, frozen_base: FrozenBase | None = None) -> None:
        super().__init__()
        self.causal_lm = causal_lm
        self.frozen_base = frozen_base

    @staticmethod
    def parameter_name(peft_name: str) -> str:
        """What an adapter's tensor in a file is called here."""
        module, matrix, weight = peft_name.removeprefix(PEFT_PREFIX).rsplit(".", 2)
        return f"causal_lm.{module}.{matrix}.{_ADAPTER}.{weight}"

    def forward(
        self,
        ids: torch.Tensor,
        positions: torch.Tensor,
        segments: torch.Tensor,
        parents: torch.Tensor,
        counted: torch.Tensor,
        targets: torch.Tensor,
        from_base: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Loss of each counted token, (counted,) float32: its negative log-likelihood, or the divergence from the base.

        Args:
            ids, positions, segments, parents: (rows, tokens), see ``finetune.training.packing``.
            counted: (counted,) places in the flattened rows whose next token counts.
            targets: (counted,) those next tokens.
            from_base: (counted,) bool, where the base's distribution is the target instead; needs ``frozen_base``.
        """
        logits = self.logits(ids, positions, segments, parents, counted)
        losses = functional.cross_entropy(logits, targets, reduction="none")
        if from_base is None or not from_base.any():
            return losses
        assert self.frozen_base is not None
        chosen = from_base.nonzero()[:, 0]
        kept = self.frozen_base.divergence(logits[chosen], ids, positions, segments, parents, counted[chosen])
        return losses.index_copy(0, chosen, kept)

    def logits(
        self,
        ids: torch.Tensor,
        positions: torch.Tensor,
        segments: torch.Tensor,
        parents: torch.Tensor,
        counted: torch.Tensor,
    ) -> torch.Tensor:
        """Logits at each counted token, (counted, vocabulary) float32."""
        hidden = hidden_states(self.causal_lm, ids, positions, segments, parents)[counted]
        return self.causal_lm.get_output_embeddings()(hidden).float()


def prepare_model(
    causal_lm: Any,
    vocabulary: SidVocabulary,
    rows: torch.Tensor,
    stage: StageConfig,
    seed: int,
    seen: torch.Tensor | None = None,
    with_base: bool = False,
) -> PackedModel:
    """Set a base model up for a stage, in place.

    Args:
        causal_lm: the base model in fp32, as loaded.
        vocabulary: the added tokens.
        rows: (added tokens, hidden), where the new rows start.
        stage: says what is trained.
        seed: of the adapters' start.
        seen: (k,) ids of the base's tokens whose rows a stage with ``base_rows`` trains.
        with_base: whether to keep the base as it was beside it, see ``finetune.training.frozen_base``.

    Raises:
        TrainingError: if the model's logits are not a plain product of hidden states and head, it has fewer layers than
            are to be frozen, or base rows are to be trained of a model that does not tie them.
    """
    _check_plain_head(causal_lm)
    layers = len(causal_lm.get_decoder().layers)
    if stage.frozen_layers >= layers:
        raise TrainingError(f"{stage.name} freezes {stage.frozen_layers} layers of {layers}", "freeze fewer of them")
    causal_lm.requires_grad_(False)
    frozen_base = FrozenBase(causal_lm, vocabulary.first_id, stage.trains == "full") if with_base else None
    split_vocabulary(causal_lm, vocabulary.first_id, rows)
    if stage.trains == "lora":
        _add_lora(causal_lm, stage, seed)
    if stage.trains == "full":
        causal_lm.requires_grad_(True)
        for layer in causal_lm.get_decoder().layers[: stage.frozen_layers]:
            layer.requires_grad_(False)
    embedding, head = causal_lm.get_input_embeddings(), causal_lm.get_output_embeddings()
    embedding.new.requires_grad_(True)
    head.new.requires_grad_(True)
    if stage.base_rows:
        _train_base_rows(causal_lm, torch.zeros(0, dtype=torch.int64) if seen is None else seen)
    if not stage.input_rows:
        embedding.register_forward_hook(lambda module, inputs, output: output.detach())
    return PackedModel(causal_lm, frozen_base)


def trainable_state(model: PackedModel) -> dict[str, torch.Tensor]:
    """Every trained parameter by name, on the CPU; a tied one once."""
    return {name: p.detach().cpu().clone() for name, p in model.named_parameters() if p.requires_grad}


def load_trainable_state(model: PackedModel, state: Mapping[str, torch.Tensor], partly: bool = False) -> None:
    """Put saved parameters into the model, in place.

    Args:
        model: set up for the stage.
        state: from :func:`trainable_state`.
        partly: whether ``state`` may lack parameters, as that of an earlier stage does.

    Raises:
        TrainingError: if names or shapes differ.
    """
    parameters = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    wrong = set(state) - set(parameters) if partly else set(state) ^ set(parameters)
    wrong |= {name for name in set(state) & set(parameters) if state[name].shape != parameters[name].shape}
    if wrong:
        raise TrainingError(
            f"the saved state does not fit the model: {min(wrong)}", "start over with --restart, or in another folder"
        )
    with torch.no_grad():
        for name, tensor in state.items():
            parameters[name].copy_(tensor)


def base_row_parameters(model: PackedModel) -> set[nn.Parameter]:
    """The base's rows, where they are trained apart from everything else of the base."""
    embedding = model.causal_lm.get_input_embeddings()
    return {embedding.base} if hasattr(embedding, _SEEN) else set()


def row_parameters(model: PackedModel) -> set[nn.Parameter]:
    """The new rows of input and output."""
    return {module.new for module in model.modules() if isinstance(module, SplitEmbedding | SplitHead)}


def checkpoint_weights(model: PackedModel, stage: StageConfig, base_name: str) -> AdapterWeights | FullWeights:
    """The trained part as a checkpoint keeps it; rows alone are an adapter without matrices."""
    causal_lm = model.causal_lm
    embedding, head = causal_lm.get_input_embeddings(), causal_lm.get_output_embeddings()
    is_tied = head.new is embedding.new
    if stage.trains == "full":
        tensors = {name: parameter.detach() for name, parameter in causal_lm.named_parameters()}
        full = {name: tensor for name, tensor in tensors.items() if not _is_split(name)}
        for name, module in causal_lm.named_modules():
            if isinstance(module, SplitEmbedding) or (isinstance(module, SplitHead) and not is_tied):
                full[f"{name}.weight"] = torch.cat([module.base.detach(), module.new.detach()])
        return FullWeights(full)
    lora = {
        PEFT_PREFIX + name.replace(f".{_ADAPTER}.", "."): parameter.detach()
        for name, parameter in causal_lm.named_parameters()
        if LORA_PARAMETER in name
    }
    output = None if is_tied else head.new.detach()
    weights = AdapterWeights(lora, _peft_config(causal_lm, stage, base_name), embedding.new.detach(), output)
    return replace(weights, base_rows=_changed_rows(embedding)) if stage.base_rows else weights


def _train_base_rows(causal_lm: Any, seen: torch.Tensor) -> None:
    """Train the base's rows of some tokens; the others get no gradient, which leaves them as they are under Adam."""
    embedding, head = causal_lm.get_input_embeddings(), causal_lm.get_output_embeddings()
    if head.base is not embedding.base:
        raise TrainingError("base rows can only be trained where input and output share them", "set base_rows = false")
    mask = torch.zeros(len(embedding.base), 1)
    mask[seen] = 1.0
    embedding.register_buffer(_SEEN, mask, persistent=False)
    embedding.base.requires_grad_(True)
    embedding.base.register_hook(lambda gradient: gradient * getattr(embedding, _SEEN))


def _changed_rows(embedding: Any) -> BaseRows:
    ids = getattr(embedding, _SEEN)[:, 0].nonzero()[:, 0]
    return BaseRows(ids.to(torch.int32), embedding.base.detach()[ids])


def _is_split(name: str) -> bool:
    return name.endswith((".base", ".new"))


def _add_lora(causal_lm: Any, stage: StageConfig, seed: int) -> None:
    from peft import LoraConfig, inject_adapter_in_model

    config = LoraConfig(
        r=stage.lora_rank,
        lora_alpha=stage.lora_alpha,
        lora_dropout=stage.lora_dropout,
        target_modules=list(_LINEAR),
        layers_to_transform=_trained_layers(causal_lm, stage),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(config, causal_lm, adapter_name=_ADAPTER)


def _trained_layers(causal_lm: Any, stage: StageConfig) -> list[int] | None:
    """Numbers of the layers that are not frozen; None where all are trained."""
    count = len(causal_lm.get_decoder().layers)
    return list(range(stage.frozen_layers, count)) if stage.frozen_layers else None


def _peft_config(causal_lm: Any, stage: StageConfig, base_name: str) -> dict[str, Any]:
    """``adapter_config.json`` such that PEFT loads the adapter."""
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base_name,
        "r": stage.lora_rank,
        "lora_alpha": stage.lora_alpha,
        "lora_dropout": stage.lora_dropout,
        "target_modules": list(_LINEAR),
        "layers_to_transform": _trained_layers(causal_lm, stage),
        "bias": "none",
        "inference_mode": True,
    }


@torch.no_grad()
def _check_plain_head(causal_lm: Any) -> None:
    ids = torch.tensor([[1, 2, 3]])
    hidden = causal_lm.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state
    plain = causal_lm.get_output_embeddings()(hidden)
    if not torch.allclose(plain, causal_lm(input_ids=ids, use_cache=False).logits, atol=1e-4):
        raise TrainingError(
            f"{type(causal_lm).__name__} does more to its logits than its head",
            "use a model whose logits are hidden states times the head, as Llama, Qwen and SmolLM do",
        )
