"""A packed row through a decoder: which token sees which, and the hidden states (see finetune.training.packing)."""

from __future__ import annotations

from typing import Any

import torch


def visible(segments: torch.Tensor, parents: torch.Tensor) -> torch.Tensor:
    """Which token may attend to which, (rows, tokens, tokens) bool, the attending token first.

    Args:
        segments, parents: (rows, tokens).
    """
    keys = segments.unsqueeze(-2)
    mask = (segments.unsqueeze(-1) == keys) | (parents.unsqueeze(-1) == keys)
    return mask & mask.new_ones(mask.shape[-2:]).tril()


def hidden_states(
    causal_lm: Any, ids: torch.Tensor, positions: torch.Tensor, segments: torch.Tensor, parents: torch.Tensor
) -> torch.Tensor:
    """The last hidden states of a causal language model, (rows · tokens, hidden).

    Args:
        causal_lm: of transformers.
        ids, positions, segments, parents: (rows, tokens).
    """
    seen = visible(segments, parents).unsqueeze(1)
    # Added to the scores: a mask of booleans would be, too, by attention that is not torch's own, and hide nothing.
    mask = torch.zeros(seen.shape, dtype=causal_lm.dtype, device=seen.device)
    mask = mask.masked_fill(~seen, torch.finfo(causal_lm.dtype).min)
    decoder = causal_lm.get_decoder()
    output = decoder(input_ids=ids, position_ids=positions, attention_mask=mask, use_cache=False)
    return output.last_hidden_state.flatten(0, 1)
