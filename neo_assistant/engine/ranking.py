"""Many items ranked by the probability that each is the next one named: one search over all item types.

The same search as inside a reply (:mod:`neo_assistant.engine.beams`), begun one token earlier, at the opener, so that
types compete too. An item's probability is that of its type among all that may be named, times that of its codes over
the whole vocabulary, times its weight where the merchandiser's rules give one. What is pinned comes first, as in a
reply: each set of pinned items is ranked by itself, and then the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from neo_assistant.decoding.torch_view import TorchIndex, TorchViews
from neo_assistant.decoding.torch_weights import TorchWeights
from neo_assistant.decoding.view import View
from neo_assistant.engine.beams import best
from neo_assistant.engine.model import Session
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.processor import OpenSpan, ReplyGrammar, finite


@dataclass(frozen=True)
class Candidate:
    """An item that may be named next.

    Attributes:
        position: in the plan's index.
        score: log-probability that it is named next, if an item is, with the shop's weights on it.
        pinned: whether it stands here because it is pinned.
    """

    position: int
    score: float
    pinned: bool


def rank_next(
    session: Session,
    logits: torch.Tensor,
    prompt: Sequence[int],
    reply: Sequence[int],
    plan: ReplyPlan,
    count: int,
    width: int,
) -> list[Candidate]:
    """The items that may be named next, the most probable first, what is pinned before the others.

    Args:
        session: one row whose cache holds prompt and reply so far; it is left as it is.
        logits: (1, vocabulary) that the model gives after them.
        prompt: token ids.
        reply: token ids since, up to where an opener may follow.
        plan: of the reply.
        count: items to rank; fewer come where fewer may be named.
        width: beams kept at each level; at least ``count`` are.
    """
    width, found = max(width, count), list[Candidate]()
    while len(found) < count:
        state, allowed = plan.read(reply), plan.allowed(reply)
        if not allowed.openers:
            break
        grammar = ReplyGrammar([plan], [len(prompt)])
        ids = torch.tensor([[*prompt, *reply]], device=logits.device)
        openers = torch.from_numpy(allowed.tokens[: allowed.openers]).to(logits.device)
        chances = torch.log_softmax(grammar.process_logits(ids, logits)[0, openers], dim=0)
        view = plan.offered(state)
        pinned = view is not state.view
        span = OpenSpan(view, plan.blocked(state), -1, len(view), (), plan.preferences.weighted(view))
        here = _search(session.fork(), span, openers, chances, plan, width)
        found += [Candidate(place, score, pinned) for place, score in here]
        if not pinned:
            break
        plan = plan.without([candidate.position for candidate in found])
    return found[:count]


@torch.inference_mode()
def _search(
    session: Session, span: OpenSpan, openers: torch.Tensor, chances: torch.Tensor, plan: ReplyPlan, width: int
) -> list[tuple[int, float]]:
    """Positions of the best items and their scores.

    Args:
        session: becomes that of the beams.
        span: what may be named; its type is not settled.
        openers: (types,) token ids of those that may be named.
        chances: (types,) their log-probabilities.
        plan: tells where tokens are.
        width: beams kept.
    """
    vocabulary, view, device = plan.tokenizer.vocabulary, span.view, chances.device
    top = torch.topk(chances, min(width, len(chances)))
    tokens = openers[top.indices, None]
    numbers, scores = tokens[:, 0] - vocabulary.first_id, top.values
    rows = torch.zeros_like(numbers)
    index = TorchIndex(view.index, device)
    views = TorchViews(index, [view], [span.taken])
    weights = None if span.weights is None else TorchWeights(index, span.weights, span.taken)
    all_bases = torch.from_numpy(vocabulary.code_bases).to(device)
    prefixes = views.begin(torch.zeros_like(numbers), numbers)
    for level in range(view.index.scheme.levels):
        session.select(rows)
        logits = finite(session.forward(tokens[:, -1:]))
        scores = scores - torch.logsumexp(logits, dim=-1)
        bases = all_bases[prefixes.numbers, level, None]
        step = best(views, prefixes, level, span, logits, scores, width, weights, bases)
        tokens = torch.cat([tokens[step.rows], step.tokens[:, None]], dim=1)
        prefixes, scores, rows = step.prefixes, step.scores, step.rows
    finished = zip(tokens.tolist(), scores.tolist(), strict=True)
    return [(_position(view, span.taken, plan, beam), score) for beam, score in finished if score > -torch.inf]


def _position(view: View, taken: np.ndarray, plan: ReplyPlan, tokens: list[int]) -> int:
    """Where the item of a finished span stands, looked up again in the index itself."""
    vocabulary = plan.tokenizer.vocabulary
    number = tokens[0] - vocabulary.first_id
    codes = tuple(token - base for token, base in zip(tokens[1:], vocabulary.code_bases[number].tolist(), strict=True))
    position = view.item(number, codes, taken)
    if position is None:
        raise GrammarError("the search came by an item that may not be named")
    return position
