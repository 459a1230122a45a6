"""The grammar as an Outlines logits processor: the last thing that touches the logits.

It keeps no state: what may follow is computed from the token ids of each row (see ``neo_assistant.grammar.plan``). It
never falls open: if nothing may follow, or the ids contradict the plan, it raises. A legal token is always left
choosable, even where the model's own logits for all legal tokens are −inf or NaN.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from outlines.processors import OutlinesLogitsProcessor

from neo_assistant.decoding.view import View
from neo_assistant.decoding.weights import ViewWeights
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.reply_state import Allowed

_LIMIT = 1e30
"""Stands for infinity: far beyond any logit, and far enough inside fp32 that a penalty or a low temperature applied
afterwards does not bring infinity back and with it the forbidden tokens."""


@dataclass(frozen=True)
class OpenSpan:
    """A SID span whose opener has just been written. What may be named in it is settled until it is finished.

    Attributes:
        view: the items it may name, but for those in ``taken``; of all types.
        taken: (k,) sorted positions that may not be named.
        number: the type number of the opener.
        most: no more items than this may be named.
        code_bases: token id of code 0, per level.
        weights: of the view's items; None where all are 1.
    """

    view: View
    taken: np.ndarray
    number: int
    most: int
    code_bases: tuple[int, ...]
    weights: ViewWeights | None


class ReplyGrammar(OutlinesLogitsProcessor):
    """Masks logits so that every row stays a reply of its plan.

    Args:
        plans: one per sequence of the batch. With several beams a sequence, the rows of a sequence stand together, as
            in transformers.
        prompt_lengths: tokens of the prompt at the beginning of each sequence's ids, one per plan.
    """

    def __init__(self, plans: Sequence[ReplyPlan], prompt_lengths: Sequence[int]) -> None:
        super().__init__("torch")
        if not plans or len(plans) != len(prompt_lengths):
            raise GrammarError("every sequence of a batch needs a plan and the length of its prompt")
        self.plans = list(plans)
        self.prompt_lengths = list(prompt_lengths)
        self.seconds = 0.0
        """Time spent here so far, for the record; it has no influence on what is allowed."""
        self._words: torch.Tensor | None = None

    def process_logits(self, input_ids: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Set every forbidden token to −inf, and add the shop's bias to those that begin or continue an item.

        Args:
            input_ids: (rows, length) token ids, prompt included.
            logits: (rows, vocabulary).

        Returns:
            (rows, vocabulary) fp32 logits; every allowed token is finite, every other is −inf.

        Raises:
            GrammarError: if a row is not the beginning of a reply of its plan, or the vocabulary is too small.
        """
        began = time.perf_counter()
        rows, size = logits.shape
        if not rows or rows % len(self.plans) or size < self.plans[0].tokenizer.vocabulary.size:
            raise GrammarError(f"logits of shape ({rows}, {size}) do not fit {len(self.plans)} plans")
        allowed = []
        for row, ids in enumerate(input_ids.tolist()):
            number = row * len(self.plans) // rows
            allowed.append(self.plans[number].allowed(ids[self.prompt_lengths[number] :]))
        if not all(each.words or len(each.tokens) for each in allowed):
            raise GrammarError("the grammar allows nothing at all")
        masked = torch.full(logits.shape, -torch.inf, device=logits.device)
        speaking = [row for row, each in enumerate(allowed) if each.words]
        if speaking:
            masked[speaking] = torch.where(self._word_mask(logits), finite(logits[speaking]), -torch.inf)
        for row in speaking:
            masked[row, torch.from_numpy(allowed[row].unsaid).to(logits.device)] = -torch.inf
        # Every listed token of every row by one write, because each is a round trip to the device.
        place = np.concatenate([row * size + each.tokens for row, each in enumerate(allowed)])
        legal = torch.from_numpy(place).to(logits.device)
        masked.view(-1)[legal] = _biased(finite(logits.flatten()[legal]), logits, allowed)
        self.seconds += time.perf_counter() - began
        return masked

    def open_span(self, ids: Sequence[int]) -> OpenSpan:
        """The span that the first sequence of the batch has just opened.

        Args:
            ids: its token ids, prompt included; the last one is the opener.

        Raises:
            GrammarError: if they are not the beginning of a reply of its plan, do not end with an opener, or no item
                can follow.
        """
        plan = self.plans[0]
        state = plan.read(ids[self.prompt_lengths[0] :])
        if state.span is None or state.span[1]:
            raise GrammarError("no SID span was opened here")
        number, taken, view = state.span[0], plan.blocked(state), plan.offered(state)
        if not view.open_types(taken)[number]:
            raise GrammarError("a SID span was opened where no item can follow")
        bases = plan.tokenizer.vocabulary.code_bases[number]
        weights = plan.preferences.weighted(view)
        return OpenSpan(view, taken, number, int(view.type_counts()[number]), tuple(bases.tolist()), weights)

    def _word_mask(self, logits: torch.Tensor) -> torch.Tensor:
        """Which tokens are ordinary text; (vocabulary,) bool."""
        if self._words is None or self._words.shape[0] != logits.shape[1] or self._words.device != logits.device:
            tokenizer = self.plans[0].tokenizer
            self._words = torch.zeros(logits.shape[1], dtype=torch.bool, device=logits.device)
            self._words[: tokenizer.vocabulary.first_id] = True
            self._words[sorted(tokenizer.control_ids)] = False
        return self._words


def _biased(values: torch.Tensor, logits: torch.Tensor, allowed: Sequence[Allowed]) -> torch.Tensor:
    """The logits of the listed tokens of all rows, one row after the other, with their bias; changed in place.

    Where pins have closed openers, or a bias has made them more probable together, all are moved by one amount: which
    item is named is the merchandiser's to steer, whether one is named is not.
    """
    begin = 0
    for row, each in enumerate(allowed):
        end = begin + len(each.tokens)
        if each.bias is not None:
            values[begin:end] += torch.from_numpy(each.bias).to(values)
        if each.instead_of is not None and each.openers:
            openers = values[begin : begin + each.openers]
            before = finite(logits[row, torch.from_numpy(each.instead_of).to(logits.device)])
            openers += torch.logsumexp(before, 0) - torch.logsumexp(openers, 0)
        begin = end
    return values


def finite(logits: torch.Tensor) -> torch.Tensor:
    """The logits in fp32, NaN and infinities replaced by numbers no model gives."""
    return torch.nan_to_num(logits.float(), nan=-_LIMIT, posinf=_LIMIT, neginf=-_LIMIT)
