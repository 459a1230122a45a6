"""A vocabulary whose new rows are a parameter of their own, apart from the base model's rows.

With one matrix for all rows, training 500 new ones costs a gradient for 49 thousand: PEFT's ``trainable_token_indices``
copies the whole matrix in every forward pass and takes its whole gradient in every backward pass. Here the base rows
get no gradient unless they are trained. The two hold the same numbers and compute the same logits (tested);
docs/lab-notes.md has the ratio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from neo_assistant.weights import tied

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class SplitEmbedding(nn.Module):
    """Input embedding of base rows and new rows."""

    def __init__(self, base: torch.Tensor, new: torch.Tensor) -> None:
        super().__init__()
        self.base = nn.Parameter(base, requires_grad=False)
        self.new = nn.Parameter(new)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(…,) ids → (…, hidden)."""
        first = len(self.base)
        old = functional.embedding(ids.clamp(max=first - 1), self.base)
        new = functional.embedding((ids - first).clamp(min=0), self.new)
        return torch.where((ids >= first).unsqueeze(-1), new, old)


class SplitHead(nn.Module):
    """Output head of base rows and new rows; those of the embedding where the base ties them."""

    def __init__(self, base: torch.Tensor | nn.Parameter, new: torch.Tensor | nn.Parameter) -> None:
        super().__init__()
        self.base = base if isinstance(base, nn.Parameter) else nn.Parameter(base, requires_grad=False)
        self.new = new if isinstance(new, nn.Parameter) else nn.Parameter(new)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """(…, hidden) → (…, vocabulary)."""
        return torch.cat([functional.linear(hidden, self.base), functional.linear(hidden, self.new)], dim=-1)


def split_vocabulary(model: PreTrainedModel, first_id: int, rows: torch.Tensor) -> None:
    """Give ``model`` new rows, in place, as :class:`SplitEmbedding` and :class:`SplitHead`.

    Args:
        model: a causal language model whose head has no bias.
        first_id: size of the base vocabulary; rows of the base behind it are padding and go.
        rows: (new tokens, hidden), where the new rows of input and output start.
    """
    was_tied = tied(model)
    head = model.get_output_embeddings()
    if getattr(head, "bias", None) is not None:
        raise ValueError("the output head has a bias, which new rows would lack")
    embedding = SplitEmbedding(model.get_input_embeddings().weight.detach()[:first_id].clone(), rows.clone())
    own = (embedding.base, embedding.new)
    model.set_input_embeddings(embedding)
    model.set_output_embeddings(
        SplitHead(*own if was_tied else (head.weight.detach()[:first_id].clone(), rows.clone()))
    )
