"""Beam search inside a SID span: which item the model means, among those that may be named.

A beam's score is the sum of the model's log-probabilities over the *whole* vocabulary, as in transformers; the mask
only removes what may not follow. Normalising over the legal children instead would favour prefixes with few items
left. So items are ranked by p(item), and among eligible items that is the model's own order. Where the merchandiser's
rules give items weights, they are ranked by w(item) · p(item) (:mod:`neo_assistant.decoding.weights`).

A step works on the candidates of all beams at once (:mod:`neo_assistant.decoding.torch_view`). On an accelerator
nothing is copied to the host before the last level is done, and beams for which there is no item left stay in the batch
with a score of −inf; on the CPU, where a pass of the model takes time in proportion to its rows, they are dropped.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from neo_assistant.decoding.torch_view import Prefixes, TorchIndex, TorchViews
from neo_assistant.decoding.torch_weights import TorchWeights
from neo_assistant.engine.model import Session
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.processor import OpenSpan, ReplyGrammar, finite


@dataclass(frozen=True)
class Beam:
    """A finished span: its code tokens, its log-probability with the shop's weights on it, and the cache row that holds
    all but its last token."""

    tokens: tuple[int, ...]
    score: float
    row: int


Level = list[tuple[tuple[int, ...], float]]
"""The beams after one level, best first: their code tokens so far, and their scores."""


@dataclass(frozen=True)
class Step:
    """The best beams after one level, best first.

    Attributes:
        scores: (beams,) log-probabilities; −inf for one that is no more.
        rows: (beams,) int64, the beam of the step before that each one goes on from.
        tokens: (beams,) int64, the code token it goes on with.
        prefixes: where it stands now.
    """

    scores: torch.Tensor
    rows: torch.Tensor
    tokens: torch.Tensor
    prefixes: Prefixes


def search_span(
    session: Session,
    written: Sequence[int],
    pending: Sequence[int],
    levels: int,
    grammar: ReplyGrammar,
    width: int,
    seen: list[Level] | None = None,
) -> list[Beam]:
    """The most probable items after an opener, best first.

    Args:
        session: the sequence; afterwards its cache has one row per beam of the last step.
        written: prompt and reply so far; the last token is the opener.
        pending: the end of ``written`` that the cache does not hold yet.
        levels: code tokens to write.
        grammar: what may follow.
        width: beams kept at each level.
        seen: takes the beams of every level, for whoever wants to look at the search and not only at what it found.

    Raises:
        GrammarError: if no item can follow.
    """
    began = time.perf_counter()
    span = grammar.open_span(written)
    grammar.seconds += time.perf_counter() - began
    logits = session.forward([list(pending)])
    index = TorchIndex(span.view.index, logits.device)
    views = TorchViews(index, [span.view], [span.taken])
    began = time.perf_counter()
    weights = None if span.weights is None else TorchWeights(index, span.weights, span.taken)
    grammar.seconds += time.perf_counter() - began
    slot = torch.zeros(1, dtype=torch.long, device=logits.device)
    prefixes, scores = views.begin(slot, slot + span.number), torch.zeros(1, device=logits.device)
    tokens = torch.empty((1, 0), dtype=torch.long, device=logits.device)
    for level in range(levels):
        numbers = finite(logits)
        scores = scores - torch.logsumexp(numbers, dim=-1)
        # Work on an accelerator is only handed over here, so that this counts the host's share of it.
        began = time.perf_counter()
        step = best(views, prefixes, level, span, numbers, scores, width, weights)
        grammar.seconds += time.perf_counter() - began
        tokens = torch.cat([tokens[step.rows], step.tokens[:, None]], dim=1)
        prefixes, scores = step.prefixes, step.scores
        if seen is not None:
            seen.append(list(zip(map(tuple, tokens.tolist()), scores.tolist(), strict=True)))
        if level < levels - 1:
            session.select(step.rows)
            logits = session.forward(step.tokens[:, None])
    finished = zip(tokens.tolist(), scores.tolist(), step.rows.tolist(), strict=True)
    beams = [Beam(tuple(codes), score, row) for codes, score, row in finished if score > -torch.inf]
    if not beams:
        raise GrammarError("a SID span was opened where no item can follow")
    return beams


@torch.inference_mode()
def best(
    views: TorchViews,
    prefixes: Prefixes,
    level: int,
    span: OpenSpan,
    numbers: torch.Tensor,
    scores: torch.Tensor,
    width: int,
    weights: TorchWeights | None = None,
    bases: torch.Tensor | None = None,
) -> Step:
    """One step of the search.

    Args:
        views: what may be named.
        prefixes: where the beams stand.
        level: of the codes to choose.
        span: the span being written.
        numbers: (beams, vocabulary) logits of the next token, made finite: a model that gives NaN or infinities still
            gets finite scores for what may follow.
        scores: (beams,) log-probabilities so far, less the logarithm of what the softmax of ``numbers`` divides by.
        width: beams to keep.
        weights: of the items; None where all are 1.
        bases: (beams, 1) token ids of code 0, where the beams are of several types; the span's if left out.
    """
    last = numbers.shape[1] - 1
    width = min(width, span.most)
    steps = []
    for some in views.chunks(len(prefixes), (level,)):
        here = prefixes[some]
        candidates = views.candidates(here, level)
        base = span.code_bases[level] if bases is None else bases[some]
        tokens = (candidates.codes + base).clamp_(max=last)
        values = numbers[some].gather(1, tokens) + scores[some, None]
        if weights is not None:
            values += weights.bias(candidates)
        values = values.masked_fill_(~candidates.alive, -torch.inf).flatten()
        # Reading how many are alive would make the host wait for an accelerator.
        kept = values.numel() if views.index.static else int(candidates.alive.sum())
        top = torch.topk(values, min(width, kept))
        rows, lanes = top.indices // tokens.shape[1], top.indices % tokens.shape[1]
        after = views.descend(here, candidates, rows, lanes)
        steps.append(Step(top.values, rows + some.start, tokens[rows, lanes], after))
    if len(steps) == 1:
        return steps[0]
    scores, rows, tokens = (torch.cat([getattr(step, name) for step in steps]) for name in ("scores", "rows", "tokens"))
    top = torch.topk(scores, min(width, len(scores)))
    after = Prefixes.cat([step.prefixes for step in steps])[top.indices]
    return Step(top.values, rows[top.indices], tokens[top.indices], after)
