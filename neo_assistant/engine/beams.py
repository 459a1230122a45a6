"""Beam search inside a SID span: which item the model means, among those that may be named.

A beam's score is the sum of the model's log-probabilities over the *whole* vocabulary, as in transformers; the mask
only removes what may not follow. Normalising over the legal children instead would favour prefixes with few items
left. So items are ranked by p(item), and among eligible items that is the model's own order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from neo_assistant.engine.model import Session
from neo_assistant.grammar.processor import ReplyGrammar, finite


@dataclass(frozen=True)
class Beam:
    """A finished span: its code tokens, its log-probability, and the cache row that holds all but its last token."""

    tokens: tuple[int, ...]
    score: float
    row: int


def search_span(
    session: Session, written: Sequence[int], pending: Sequence[int], levels: int, grammar: ReplyGrammar, width: int
) -> list[Beam]:
    """The most probable items after an opener, best first.

    Args:
        session: the sequence; afterwards its cache has one row per beam of the last step.
        written: prompt and reply so far; the last token is the opener.
        pending: the end of ``written`` that the cache does not hold yet.
        levels: code tokens to write.
        grammar: what may follow.
        width: beams kept at each level.

    Raises:
        GrammarError: if no item can follow.
    """
    beams = [Beam((), 0.0, 0)]
    logits = session.forward([list(pending)])
    for level in range(levels):
        ids = torch.tensor([[*written, *beam.tokens] for beam in beams], device=logits.device)
        scores = _log_probabilities(logits, grammar.process_logits(ids, logits))
        scores += torch.tensor([beam.score for beam in beams], device=scores.device)[:, None]
        best = torch.topk(scores.flatten(), min(width, int(torch.isfinite(scores).sum())))
        rows = (best.indices // scores.shape[1]).tolist()
        tokens = (best.indices % scores.shape[1]).tolist()
        beams = [
            Beam((*beams[row].tokens, token), score, row)
            for row, token, score in zip(rows, tokens, best.values.tolist(), strict=True)
        ]
        if level < levels - 1:
            session.select(rows)
            logits = session.forward([[beam.tokens[-1]] for beam in beams])
    return beams


def _log_probabilities(raw: torch.Tensor, masked: torch.Tensor) -> torch.Tensor:
    """Log-probabilities of the legal tokens under the whole vocabulary, −inf elsewhere; (rows, vocabulary).

    A model that gives NaN or infinities still gets finite scores for what is legal.
    """
    return masked - torch.logsumexp(finite(raw), dim=-1, keepdim=True)
