"""Trained weights onto a base model: new vocabulary rows, and LoRA merged into the matrices it adapts.

Merging is ``W += scale · B @ A`` and nothing else, so serving needs no adapter library: on the default base it takes
about a third of a second, where importing PEFT alone takes several (docs/lab-notes.md). The tensors keep PEFT's names,
so that PEFT can read the same file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from neo_assistant.errors import CheckpointError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

PEFT_PREFIX = "base_model.model."
INPUT_ROWS = "input"
OUTPUT_ROWS = "output"
"""Names of the new rows in their file; output rows are there only where the base does not tie its embeddings."""

_LORA = re.compile(rf"{re.escape(PEFT_PREFIX)}(?P<module>.+)\.lora_(?P<side>[AB])\.weight\Z")
_UNSUPPORTED = ("use_dora", "rank_pattern", "alpha_pattern", "modules_to_save", "fan_in_fan_out", "lora_bias")
_HINT = "write the checkpoint again with `python -m finetune train`"


def tied(model: PreTrainedModel) -> bool:
    """Whether one matrix is both the input embedding and the output head."""
    return model.get_output_embeddings().weight is model.get_input_embeddings().weight


@torch.no_grad()
def extend_vocabulary(
    model: PreTrainedModel, first_id: int, input_rows: torch.Tensor, output_rows: torch.Tensor | None = None
) -> None:
    """Put new rows behind the first ``first_id`` rows of the vocabulary, in place; padding rows of the base go.

    Args:
        model: a causal language model in fp32.
        first_id: size of the base vocabulary.
        input_rows: (new tokens, hidden).
        output_rows: the same for the head; None exactly where the base ties its embeddings.

    Raises:
        CheckpointError: if the rows do not fit the model.
    """
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    was_tied = tied(model)
    if (output_rows is None) != was_tied:
        raise CheckpointError("new rows for the output are there exactly where the base does not tie them", _HINT)
    for rows in filter(lambda rows: rows is not None, (input_rows, output_rows)):
        if rows is None or rows.ndim != 2 or rows.shape[1] != embedding.embedding_dim or not rows.isfinite().all():
            raise CheckpointError(f"new rows must be finite and (tokens, {embedding.embedding_dim})", _HINT)
    if len(embedding.weight) < first_id:
        raise CheckpointError(f"the base model has {len(embedding.weight)} rows, fewer than {first_id}", _HINT)
    size = first_id + len(input_rows)
    weight = torch.cat([embedding.weight[:first_id], input_rows.to(embedding.weight)])
    embedding.weight = torch.nn.Parameter(weight, requires_grad=False)
    embedding.num_embeddings = size
    if output_rows is None:
        head.weight = embedding.weight
    else:
        weight = torch.cat([head.weight[:first_id], output_rows.to(head.weight)])
        head.weight = torch.nn.Parameter(weight, requires_grad=False)
    head.out_features = size
    model.config.vocab_size = size


@torch.no_grad()
def replace_rows(model: PreTrainedModel, ids: torch.Tensor, rows: torch.Tensor) -> None:
    """Put other rows in the place of some of the base's, in place, input and output alike.

    Args:
        model: a causal language model in fp32 that ties its embeddings.
        ids: (k,) tokens.
        rows: (k, hidden).

    Raises:
        CheckpointError: if the rows do not fit the model, or it does not tie its embeddings.
    """
    weight = model.get_input_embeddings().weight
    if not tied(model):
        raise CheckpointError("trained rows of the base fit only a model whose input and output share them", _HINT)
    if rows.shape[1] != weight.shape[1] or not rows.isfinite().all() or (len(ids) and int(ids.max()) >= len(weight)):
        raise CheckpointError(f"the trained rows of the base must be finite and (tokens, {weight.shape[1]})", _HINT)
    weight[ids.long()] = rows.to(weight)


def lora_scale(config: Mapping[str, Any]) -> float:
    """What B @ A is multiplied by, from a PEFT ``adapter_config.json``.

    Raises:
        CheckpointError: if the configuration is not plain LoRA.
    """
    used = [name for name in _UNSUPPORTED if config.get(name)]
    if config.get("peft_type") != "LORA" or used or config.get("bias", "none") != "none":
        raise CheckpointError(f"the adapter is not plain LoRA ({', '.join(used) or config.get('peft_type')})", _HINT)
    try:
        rank, alpha = int(config["r"]), float(config["lora_alpha"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"the adapter's configuration is damaged: {error!r}", _HINT) from error
    if rank < 1 or not math.isfinite(alpha):
        raise CheckpointError(f"the adapter's rank is {rank} and its alpha {alpha}", _HINT)
    return alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)


@torch.no_grad()
def merge_lora(model: PreTrainedModel, tensors: Mapping[str, torch.Tensor], scale: float) -> None:
    """Add ``scale · B @ A`` to every adapted matrix, in place and in fp32.

    Args:
        model: the base model in fp32.
        tensors: by PEFT's names; A is (rank, in), B is (out, rank).
        scale: see :func:`lora_scale`.

    Raises:
        CheckpointError: if a tensor has no place in the model, lacks its partner, does not fit or is not finite.
    """
    pairs: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        found = _LORA.match(name)
        if not found:
            raise CheckpointError(f"the adapter holds a tensor {name!r}, which is not LoRA's", _HINT)
        pairs.setdefault(found["module"], {})[found["side"]] = tensor.float()
    for module, sides in sorted(pairs.items()):
        try:
            weight = model.get_parameter(f"{module}.weight")
        except AttributeError as error:
            raise CheckpointError(
                f"the base model has no matrix {module!r}", "use the base it was trained from"
            ) from error
        if set(sides) != {"A", "B"}:
            raise CheckpointError(f"the adapter of {module!r} is only half there", _HINT)
        a, b = sides["A"], sides["B"]
        if a.ndim != 2 or b.ndim != 2 or len(a) != b.shape[1] or (len(b), a.shape[1]) != tuple(weight.shape):
            raise CheckpointError(
                f"the adapter of {module!r} is {tuple(b.shape)} by {tuple(a.shape)}, its matrix {tuple(weight.shape)}",
                "use the base model it was trained from",
            )
        if not (a.isfinite().all() and b.isfinite().all()):
            raise CheckpointError(f"the adapter of {module!r} holds a value that is not finite", _HINT)
        weight.addmm_(b, a, alpha=scale)
