"""A look at how the first item of a reply is found: types, the beams of every level, and all items in their order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from neo_assistant.decoding.view import View
from neo_assistant.engine.beams import Level, search_span
from neo_assistant.engine.model import Session
from neo_assistant.engine.ranking import Candidate, rank_next
from neo_assistant.errors import RequestError
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.processor import ReplyGrammar
from neo_assistant.steering import Format

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Exploration:
    """A search for the first item.

    Attributes:
        want: the conditions read, as written; empty if the plan has none.
        view: what the item may be.
        types: type numbers with the probability that the item is of each, the most probable first.
        number: the type whose items were searched; None if nothing may be named.
        levels: the beams after each level. A score is the log-probability of the codes after the opener, with the
            shop's weights on it.
        ranking: the items that may be named first, of all types; empty unless asked for.
    """

    want: str
    view: View
    types: tuple[tuple[int, float], ...]
    number: int | None
    levels: tuple[Level, ...]
    ranking: tuple[Candidate, ...] = ()


def explore(
    model: PreTrainedModel, prompt: list[int], plan: ReplyPlan, width: int, number: int | None = None, count: int = 0
) -> Exploration:
    """Read the conditions as a reply would, and then search an item at once, without words before it.

    Args:
        model: the language model.
        prompt: token ids up to where the reply begins.
        plan: what the reply may be.
        width: beams kept at each level.
        number: of the type to be searched; the most probable one if left out.
        count: items to be ranked over all types, which takes a search of its own after the same prompt.

    Raises:
        RequestError: if the reply names no items, or nothing of this type may be named.
    """
    if plan.format is Format.TEXT:
        raise RequestError("a reply of text alone names no items", "choose another format or task")
    plan = replace(plan, format=Format.IDS)
    session, grammar = Session(model), ReplyGrammar([plan], [len(prompt)])
    reply: list[int] = []
    pending = list(prompt)
    vocabulary = plan.tokenizer.vocabulary
    while plan.want is not None and vocabulary.want_close not in reply:
        tokens = plan.allowed(reply).tokens
        token = int(tokens[0])
        if len(tokens) > 1:
            token = int(_scores(grammar, [*prompt, *reply], session.forward([pending])).argmax())
            pending = []
        reply.append(token)
        pending.append(token)
    want = plan.tokenizer.decode(reply[1:-1])
    state, allowed = plan.read(reply), plan.allowed(reply)
    view = plan.offered(state)
    if not allowed.openers:
        return Exploration(want, view, (), None, ())
    openers = allowed.tokens[: allowed.openers]
    logits = session.forward([pending])
    scores = _scores(grammar, [*prompt, *reply], logits)
    chances = torch.softmax(scores[torch.from_numpy(openers).to(scores.device)], dim=0).tolist()
    numbers = (openers - vocabulary.first_id).tolist()
    types = tuple(sorted(zip(numbers, chances, strict=True), key=lambda pair: -pair[1]))
    if number is None:
        number = types[0][0]
    if number not in numbers:
        raise RequestError("no item of this type may be named here", "choose another type")
    ranking = rank_next(session, logits, prompt, reply, plan, count, width)
    opener = int(vocabulary.openers[number])
    levels: list[Level] = []
    search_span(session, [*prompt, *reply, opener], [opener], plan.view.index.scheme.levels, grammar, width, levels)
    return Exploration(want, view, types, number, tuple(levels), tuple(ranking))


def _scores(grammar: ReplyGrammar, written: list[int], logits: torch.Tensor) -> torch.Tensor:
    """Masked logits after what is written; (vocabulary,) of (1, vocabulary)."""
    return grammar.process_logits(torch.tensor([written], device=logits.device), logits)[0]
