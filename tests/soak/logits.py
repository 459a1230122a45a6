"""Logits as bad as they can be: what a model might give that knows nothing, is broken, or means harm."""

from __future__ import annotations

import torch

KINDS = (
    "random",
    "constant",
    "only forbidden",
    "one legal",
    "all -inf",
    "all NaN",
    "NaN legal",
    "+inf forbidden",
)
INFINITY = float("inf")


def adversarial(kind: str, legal: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Logits of one kind.

    Args:
        kind: one of ``KINDS``.
        legal: (rows, tokens) bool, what may follow, so that everything else can be made as tempting as possible.
        generator: of the random numbers.

    Returns:
        (rows, tokens) fp32.
    """
    noise = torch.rand(legal.shape, generator=generator) * 10
    if kind == "constant":
        return torch.zeros(legal.shape)
    if kind == "only forbidden":
        return torch.where(legal, -INFINITY, noise)
    if kind == "one legal":
        spared = torch.where(legal, noise, -1.0).argmax(dim=1, keepdim=True)
        return torch.where(legal, -INFINITY, noise + 1e4).scatter(1, spared, -50.0)
    if kind == "all -inf":
        return torch.full(legal.shape, -INFINITY)
    if kind == "all NaN":
        return torch.full(legal.shape, torch.nan)
    if kind == "NaN legal":
        return torch.where(legal, torch.nan, noise)
    if kind == "+inf forbidden":
        return torch.where(legal, noise, INFINITY)
    return noise


def choose(masked: torch.Tensor, generator: torch.Generator, draw: bool) -> torch.Tensor:
    """The next token of each row: the best, or one drawn; (rows,) int64."""
    if draw:
        return torch.multinomial(torch.softmax(masked, dim=1), 1, generator=generator)[:, 0]
    return masked.argmax(dim=1)
