"""The base model as it was, whose own distribution is the target where ordinary language is to be kept.

    [train]
    base_targets = ["language"]

A few hundred texts with one right token at each position are learnt by heart, and what the model knew of all others is
lost (docs/lab-notes.md). For the tasks named, the loss of a position is instead the divergence

    KL(base ‖ model) = Σ_v base(v) · (log base(v) − log model(v))

over the base's vocabulary: the distillation of Hinton, Vinyals & Dean (arXiv 1503.02531) at temperature 1 with the
model before training as its teacher, by which "Learning without Forgetting" (Li & Hoiem, arXiv 1606.09282) keeps old
tasks. In this direction the model has to cover all that the base would have written. ``model`` is taken over its whole
vocabulary, the new tokens among it, so that weight on them counts as lost.

The base costs little memory: it shares with the trained model what the stage does not train, and is a copy only of the
embedding, or of everything where all weights are trained. It costs little time: it reads only the examples that need
it, taken out of their rows, and computes logits only where they count.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from finetune.errors import TrainingError
from finetune.prepared import Prepared
from finetune.training.packed_forward import hidden_states, visible
from finetune.training.packing import PADDING

POSITIONS = 128
"""So many positions' logits of the base are held at a time."""


class FrozenBase(nn.Module):
    """A base model that no training changes; always in evaluation mode.

    Args:
        causal_lm: the base as loaded, before anything is added to it.
        first_id: size of its vocabulary; rows behind it are padding.
        copies: whether its weights are copied, because those of ``causal_lm`` will be trained. Otherwise they are
            shared; what replaces a layer in ``causal_lm``, as adapters and split embeddings do, is not seen here.
    """

    causal_lm: Any

    def __init__(self, causal_lm: nn.Module, first_id: int, copies: bool) -> None:
        super().__init__()
        shared = {} if copies else {id(parameter): parameter for parameter in causal_lm.parameters()}
        self.causal_lm = copy.deepcopy(causal_lm, shared).requires_grad_(False).eval()
        self.first_id = first_id

    def train(self, mode: bool = True) -> FrozenBase:
        """Stay in evaluation mode: dropout in a target would be noise."""
        return super().train(False)

    def divergence(
        self,
        logits: torch.Tensor,
        ids: torch.Tensor,
        positions: torch.Tensor,
        segments: torch.Tensor,
        parents: torch.Tensor,
        places: torch.Tensor,
    ) -> torch.Tensor:
        """KL(base ‖ model) of the next token at some places, in nats, (places,) float32; gradients go to ``logits``.

        Args:
            logits: (places, vocabulary), the trained model's there.
            ids, positions, segments, parents: (rows, tokens), see ``finetune.training.packing``.
            places: (places,) in the flattened rows, at least one; of tokens of the base.
        """
        with torch.no_grad():
            *inputs, found = what_is_read(ids, positions, segments, parents, places, self.first_id)
            hidden = hidden_states(self.causal_lm, *inputs)[found]
        parts = zip(logits.split(POSITIONS), hidden.split(POSITIONS), strict=True)
        return torch.cat([self._divergence(part, states) for part, states in parts])

    def _divergence(self, logits: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            base = self.causal_lm.get_output_embeddings()(hidden)[:, : self.first_id].float().log_softmax(-1)
        model = logits.log_softmax(-1)[:, : self.first_id]
        return functional.kl_div(model, base, reduction="none", log_target=True).sum(-1)


def what_is_read(
    ids: torch.Tensor,
    positions: torch.Tensor,
    segments: torch.Tensor,
    parents: torch.Tensor,
    places: torch.Tensor,
    first_id: int,
) -> tuple[torch.Tensor, ...]:
    """Of packed rows only the segments that some places stand in or continue, moved together.

    Tokens that the base does not have are left out, as the items of a history in the prompt: it reads the text without
    them, the positions counted anew.

    Args:
        ids, positions, segments, parents: (rows, tokens).
        places: (places,) in the flattened rows.
        first_id: of the tokens that the base does not have.

    Returns:
        ``ids``, ``positions``, ``segments`` and ``parents`` of the rows that have any, as wide as the fullest of them,
        and where the places are in them.
    """
    rows, width = ids.shape
    row = places // width
    wanted = torch.zeros((rows, width + 1), dtype=torch.bool, device=ids.device)  # by segment + 1; padding's is 0
    for segment in (segments, parents):
        wanted[row, segment.flatten()[places] + 1] = True
    added = ids >= first_id
    kept = wanted.gather(1, segments + 1) & ~added
    left_out = (visible(segments, parents) & added.unsqueeze(1)).sum(-1)
    used = kept.any(1)
    order = (~kept[used]).to(torch.uint8).argsort(dim=1, stable=True)[:, : int(kept.sum(1).max())]
    padding = ~kept[used].gather(1, order)
    values = zip((ids, positions - left_out, segments, parents), (0, 0, PADDING, PADDING), strict=True)
    shorter = [tensor[used].gather(1, order).masked_fill(padding, fill) for tensor, fill in values]
    column = (kept.cumsum(1) - 1).flatten()[places]
    return *shorter, (used.cumsum(0) - 1)[row] * order.shape[1] + column


def learnt_from_base(data: Prepared, tasks: Sequence[str], first_id: int) -> torch.Tensor:
    """Which examples have the base's distribution as their target, (examples,) bool.

    Args:
        data: the prepared examples.
        tasks: names of the tasks whose examples have.
        first_id: of the tokens that the base does not have.

    Raises:
        TrainingError: if there is no such task, or a reply of one holds a token that the base does not have.
    """
    unknown = sorted(set(tasks) - set(data.tasks))
    if unknown:
        raise TrainingError(f"base_targets names a task {unknown[0]!r}", f"known: {', '.join(data.tasks)}")
    chosen = np.isin(data.task_numbers, [data.tasks.index(task) for task in tasks])
    owner = np.repeat(np.arange(len(data)), np.diff(data.offsets))
    counted, added = data.weights > 0, data.ids >= first_id
    # A place is a token whose next one counts; what follows an example's last token is the next example's prompt.
    unfit = chosen[owner] & ((counted & added) | (np.append(counted[1:], False) & added))
    if unfit.any():
        task = data.tasks[data.task_numbers[owner[np.argmax(unfit)]]]
        raise TrainingError(
            f"replies of the task {task!r} hold semantic ids or want spans, of which the base knows nothing",
            "name in base_targets only tasks that are answered in words alone",
        )
    return torch.from_numpy(chosen)
