"""Loss by task on examples that are not trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from finetune.batches import RowDataset, collate, only_inputs
from finetune.model_setup import PackedModel
from finetune.packing import make_rows
from finetune.prepared import Prepared


@torch.no_grad()
def token_losses(
    model: PackedModel, data: Prepared, examples: Sequence[int], row_tokens: int, rows_at_once: int
) -> tuple[np.ndarray, np.ndarray]:
    """Loss of every counted token of the examples.

    Args:
        model: in any mode; it is evaluated without dropout and put back.
        data: prepared examples.
        examples: their numbers.
        row_tokens: length of a packed row.
        rows_at_once: rows per forward pass.

    Returns:
        negative log-likelihoods (n,) float32, and the number of the example each is of (n,) int64.
    """
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    dataset = RowDataset(data, make_rows(data, examples, row_tokens, share_prefixes=True))
    losses, owners = [], []
    for start in range(0, len(dataset), rows_at_once):
        batch = collate([dataset[number] for number in range(start, min(start + rows_at_once, len(dataset)))])
        inputs = {name: tensor.to(device) for name, tensor in only_inputs(batch).items()}
        losses.append(model(**inputs).float().cpu().numpy())
        owners.append(batch["examples"].numpy())
    model.train(was_training)
    return np.concatenate(losses), np.concatenate(owners)


def losses_by_task(data: Prepared, losses: np.ndarray, owners: np.ndarray) -> dict[str, float]:
    """Mean loss per token of every task that occurs, and over all tokens as ``all``."""
    numbers = data.task_numbers[owners]
    found = {
        task: round(float(losses[numbers == number].mean()), 4)
        for number, task in enumerate(data.tasks)
        if (numbers == number).any()
    }
    return {**found, "all": round(float(losses.mean()), 4)}
