"""Masks as packed bits, as xgrammar, llguidance and outlines-core write them.

Applied to logits with one piece of torch code for the latter two, whose own kernels have to be compiled first.
"""

from __future__ import annotations

import numpy as np
import torch

PARALLEL_FROM = 64
"""Rows from which several threads fill masks sooner than one, where a library offers both."""
_BITS = torch.from_numpy(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little") == 0)
"""Whether bit 0 to 7 of a byte is not set; (256, 8) bool."""


def empty_bits(rows: int, size: int) -> torch.Tensor:
    """Room for the masks of ``rows`` rows; (rows, ceil(size / 32)) int32."""
    return torch.zeros((rows, (size + 31) // 32), dtype=torch.int32)


def forbid(logits: torch.Tensor, bits: torch.Tensor) -> torch.Tensor:
    """Set logits whose bit is not set to −inf, in place; (rows, vocabulary)."""
    forbidden = _BITS[bits.view(torch.uint8).int()].view(len(bits), -1)[:, : logits.shape[1]]
    return logits.masked_fill_(forbidden, -torch.inf)


def tokens_of(bits: torch.Tensor) -> list[np.ndarray]:
    """The set bits of every row."""
    unpacked = np.unpackbits(bits.contiguous().numpy().view(np.uint8), axis=1, bitorder="little")
    return [np.flatnonzero(row) for row in unpacked]
