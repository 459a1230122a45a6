"""What a model makes of held-out examples under teacher forcing: losses, and semantic ids level by level."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from finetune.prepared import Prepared
from finetune.training.batches import RowDataset, collate, only_inputs
from finetune.training.model_setup import PackedModel
from finetune.training.packing import make_rows
from neo_assistant.sids import SidVocabulary


@dataclass(frozen=True)
class Scored:
    """Every counted token of some examples; arrays of one length, the tokens of an example in their order.

    Args:
        losses: negative log-likelihood of the right token, float32.
        best: the likeliest token.
        targets: the right token.
        examples: number of the example it is of.
    """

    losses: np.ndarray
    best: np.ndarray
    targets: np.ndarray
    examples: np.ndarray


@torch.no_grad()
def score(model: PackedModel, data: Prepared, examples: Sequence[int], row_tokens: int, rows_at_once: int) -> Scored:
    """Score examples.

    Args:
        model: in any mode; it is evaluated without dropout and put back.
        data: prepared examples.
        examples: their numbers.
        row_tokens: length of a packed row.
        rows_at_once: rows per forward pass.
    """
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    dataset = RowDataset(data, make_rows(data, examples, row_tokens, share_prefixes=True))
    columns: list[tuple[np.ndarray, ...]] = []
    for start in range(0, len(dataset), rows_at_once):
        batch = collate([dataset[number] for number in range(start, min(start + rows_at_once, len(dataset)))])
        inputs = {name: tensor.to(device) for name, tensor in only_inputs(batch).items()}
        logits = model.logits(**{name: tensor for name, tensor in inputs.items() if name != "targets"})
        losses = torch.nn.functional.cross_entropy(logits, inputs["targets"], reduction="none")
        found = (losses.float().cpu(), logits.argmax(-1).cpu(), batch["targets"], batch["examples"])
        columns.append(tuple(tensor.numpy() for tensor in found))
    model.train(was_training)
    return Scored(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def losses_by_task(data: Prepared, scored: Scored) -> dict[str, float]:
    """Mean loss per token of every task that occurs, and over all tokens as ``all``."""
    numbers = data.task_numbers[scored.examples]
    found = {
        task: round(float(scored.losses[numbers == number].mean()), 4)
        for number, task in enumerate(data.tasks)
        if (numbers == number).any()
    }
    return {**found, "all": round(float(scored.losses.mean()), 4)}


def sid_accuracy(data: Prepared, scored: Scored, vocabulary: SidVocabulary) -> dict[str, dict[str, Any]]:
    """How often the likeliest token is the right one in the semantic ids of the replies, by task and over ``all``.

    Each level is asked with the levels before it given. ``exact`` needs the type and every level of a span. A search
    that many items meet has many right answers and only one is counted, so read it as a lower bound there.

    Returns:
        by task: ``items`` (spans), and the shares ``type``, ``a``, ``b``, … (one per level) and ``exact``.
    """
    levels = vocabulary.scheme.levels
    openers = np.flatnonzero((scored.targets >= vocabulary.first_id) & (scored.targets < vocabulary.first_code))
    if not len(openers):
        return {}
    spans = openers[:, None] + np.arange(levels + 1)  # (spans, 1 + levels)
    right = scored.best[spans] == scored.targets[spans]
    numbers = data.task_numbers[scored.examples[openers]]
    figures = {}
    for number, task in (*enumerate(data.tasks), (-1, "all")):
        chosen = right[numbers == number] if number >= 0 else right
        if not len(chosen):
            continue
        shares = [round(float(share), 4) for share in chosen.mean(axis=0)]
        named = dict(zip(("type", *string.ascii_lowercase[:levels]), shares, strict=True))
        figures[task] = {"items": len(chosen), **named, "exact": round(float(chosen.all(axis=1).mean()), 4)}
    return figures
