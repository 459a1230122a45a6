"""What one reply may consist of, and what may come next, computed from the token ids written so far.

Nothing here remembers a step: :meth:`ReplyPlan.read` derives the state from the ids, so beams may be reordered, rows
batched, replies written side by side, and a retry repeated. A reply is:

    ids, mixed   [want span] then words (mixed only) and SID spans, then the token that ends a reply
    text         words, then the end
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.budget import Budget, Completion
from neo_assistant.grammar.grounded_words import GroundedWords
from neo_assistant.grammar.preferences import Preferences
from neo_assistant.grammar.quotas import Filling, Quota
from neo_assistant.grammar.reply_state import NO_TOKENS, Allowed, ReplyState
from neo_assistant.grammar.room import Room
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.steering import Format


@dataclass(frozen=True)
class WantPlan:
    """How a reply's want span is written and what it means.

    Args:
        grammar: the catalog's want grammar.
        context: what the conversation allows in it.
        narrow: from the span's conditions to the view they leave; a view of the same index as the plan's. A plan
            asks once for the same words, so that a reply goes by one answer even if the catalog changes under it.
    """

    grammar: WantGrammar
    context: WantContext
    narrow: Callable[[str], View]


@dataclass(frozen=True)
class ReplyPlan:
    """The constraint on one reply.

    Args:
        tokenizer: the shop's tokenizer.
        view: items that may be named, before what the want span adds.
        format: what the reply may be made of.
        at_least, at_most: items to name; ``at_least`` holds as far as the view allows. With quotas, theirs count.
        taken: (k,) sorted positions that may not be named: dismissed, or already shown when asked for others.
        want: how to write the want span; None for a reply without one.
        lost: (k,) sorted positions that may not be named because the shop lost them after it had said how many items
            are left; see :meth:`without`.
        quotas: counts per sort; every item named then counts for one of them. What they guarantee together, where
            their items overlap too, is said in :mod:`neo_assistant.grammar.quotas`.
        budget: what all items of the reply may cost together. The least counts still hold as far as the view allows:
            if the cheapest items that reach them cost more, none is named.
        preferences: what the shop would rather have named of what may be.
        words: what the words may say before the first item is named; None for anything. An item that the reply names
            brings values of its own, so nothing is held back after one.

    Raises:
        GrammarError: if the counts contradict each other or the format, or ``taken`` is not what it should be, or a
            quota or the budget is of another index.
    """

    tokenizer: ShopTokenizer
    view: View
    format: Format = Format.MIXED
    at_least: int = 0
    at_most: int = 3
    taken: np.ndarray = field(default_factory=lambda: NOTHING)
    want: WantPlan | None = None
    quotas: tuple[Quota, ...] = ()
    lost: np.ndarray = field(default_factory=lambda: NOTHING)
    budget: Budget | None = None
    preferences: Preferences = field(default_factory=Preferences)
    words: GroundedWords | None = None
    _lost_after: dict[int, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    """How many items had been named when an item was lost, by its position."""
    _views: dict[str, View] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What ``narrow`` answered."""

    def __post_init__(self) -> None:
        if not 0 <= self.at_least <= self.at_most:
            raise GrammarError(f"a reply cannot name at least {self.at_least} and at most {self.at_most} items")
        if self.format is Format.TEXT and (self.at_least or self.quotas or self.want is not None):
            raise GrammarError("a reply of text alone names no items and states no want")
        if self.quotas and self.at_least:
            raise GrammarError("with quotas a reply's least count is the sum of theirs")
        if any(quota.view.index is not self.view.index for quota in self.quotas):
            raise GrammarError("a quota is of another index than the plan")
        if self.budget is not None and len(self.budget.prices) != len(self.view.index):
            raise GrammarError("a budget's prices are of another index than the plan")
        taken, items = self.taken, len(self.view.index)
        if len(taken) and (taken[0] < 0 or taken[-1] >= items or (np.diff(taken) <= 0).any()):
            raise GrammarError("positions that may not be named must be sorted, each once, and in the index")

    def read(self, ids: Sequence[int]) -> ReplyState:
        """The state after the reply tokens ``ids``; what follows the token that ends a reply is padding.

        Raises:
            GrammarError: if they are not the beginning of a reply that this plan allows. The inside of a span that is
                still open is left to :meth:`allowed`.
        """
        vocabulary, control = self.tokenizer.vocabulary, self.tokenizer.control_ids
        length = self.view.index.scheme.span_length
        want, place = None, 0
        items: list[int] = []
        if self.want is not None and len(ids):
            if ids[0] != vocabulary.want_open:
                raise GrammarError("a reply that has a want span does not begin with it")
            body = list(ids[1:])
            if vocabulary.want_close not in body:
                return ReplyState(self.view, want_ids=tuple(body), started=True)
            place = body.index(vocabulary.want_close) + 2
            want = self._close_want(self.want, body[: place - 2])
        view = self._room.left(self._conditioned(want), want, items)
        while place < len(ids):
            token = ids[place]
            if vocabulary.first_id <= token < vocabulary.first_code:
                span = self._span(token - vocabulary.first_id, ids[place + 1 : place + length])
                state = ReplyState(view, tuple(items), want, span=span, started=True)
                if not self._may_open(state):
                    raise GrammarError("a reply names more items, or in another form, than it may")
                if len(ids) < place + length:
                    return state
                items.append(self._item(state))
                view = self._room.left(self._conditioned(want), want, items)
                place += length
            elif token == self.tokenizer.end_of_reply:
                state = ReplyState(view, tuple(items), want, started=True, ended=True)
                if not self._may_end(state):
                    raise GrammarError("a reply ends before it names enough items")
                return state
            elif token < vocabulary.first_id and token not in control and self.format is not Format.IDS:
                place += 1
            else:
                raise GrammarError(f"token {token} cannot stand at place {place} of a reply")
        return ReplyState(view, tuple(items), want, started=bool(len(ids)))

    def allowed(self, ids: Sequence[int]) -> Allowed:
        """What may follow the reply tokens ``ids``. There is always something.

        Raises:
            GrammarError: if ``ids`` are not the beginning of a reply that this plan allows.
        """
        state = self.read(ids)
        if state.ended:
            return Allowed(np.array([self.tokenizer.end_of_reply]))
        if state.span is not None:
            return self._codes_after(state)
        if self.want is not None and state.want_ids is not None:
            return Allowed(np.array(self._want_after(self.want, state.want_ids)))
        if self.want is not None and not state.started:
            return Allowed(np.array([self.tokenizer.vocabulary.want_open]))
        if self.words is not None and not state.items:
            return self.words.leave(self._outside(state), state.want or "", ids)
        return self._outside(state)

    def blocked(self, state: ReplyState) -> np.ndarray:
        """Sorted positions that may not be named any more."""
        gone = np.union1d(self.taken, self.lost) if len(self.lost) else self.taken
        return np.union1d(gone, np.array(state.items, dtype=np.int64)) if state.items else gone

    def offered(self, state: ReplyState) -> View:
        """What the next item, or the one whose span is open, may be: of the state's view what pins leave of it."""
        number = None if state.span is None else state.span[0]
        return self.preferences.offered(state.view, self.blocked(state), number)

    def without(self, positions: Sequence[int], named: int = 0) -> ReplyPlan:
        """The same plan in the middle of its reply, when these items have turned out to be off sale.

        What the shop has said, how many items are left, stays said: what is written by this plan so far still goes by
        the new one.

        Args:
            positions: of the items.
            named: how many items the reply had named by then.
        """
        plan = replace(self, lost=np.union1d(self.lost, np.array(positions, dtype=np.int64)))
        plan._views.update(self._views)
        plan._lost_after.update(dict.fromkeys(positions, named) | self._lost_after)
        return plan

    def filling(self, items: Sequence[int]) -> Filling:
        """How far these items, by position, fill the quotas.

        Raises:
            GrammarError: if they are more than there may be.
        """
        return self._room.filling(items)

    def cheapest(self, want: str | None) -> Completion:
        """The cheapest items that reach the least counts, by what conditions leave; for a plan with a budget.

        Args:
            want: the conditions read, their span being closed; None for a plan without want spans.
        """
        return self._room.completion(self._conditioned(want), want)

    def _conditioned(self, want: str | None) -> View:
        """What conditions leave, quotas and budget apart."""
        return self.view if want is None else self._views[want]

    @cached_property
    def _room(self) -> Room:
        """What quotas and budget leave. Without quotas, all items are one sort."""
        everything = Quota("item", self.view, self.at_least, self.at_most)
        return Room(self.quotas, everything, self.budget, self.taken, self.lost, self._lost_after)

    def _outside(self, state: ReplyState) -> Allowed:
        openers, bias, instead_of = NO_TOKENS, None, None
        end = [self.tokenizer.end_of_reply] if self._may_end(state) else []
        if self._may_open(state):
            view, blocked = self.offered(state), self.blocked(state)
            types = view.open_types(blocked)
            openers = instead_of = self.tokenizer.vocabulary.openers[types]
            if view is not state.view:
                instead_of = self.tokenizer.vocabulary.openers[state.view.open_types(blocked)]
            if (weights := self.preferences.weighted(view)) is not None:
                bias = np.append(weights.type_means(blocked)[types], np.zeros(len(end)))
            elif len(openers) == len(instead_of):
                instead_of = None
        tokens = np.append(openers, np.array(end, dtype=np.int64))
        return Allowed(tokens, self.format is not Format.IDS, bias, len(openers), instead_of)

    def _may_open(self, state: ReplyState) -> bool:
        """Whether one more item may be named, if there is one."""
        return self.format is not Format.TEXT and bool(self._room.open(state.items))

    def _may_end(self, state: ReplyState) -> bool:
        """Whether enough items have been named, or all there are."""
        needed = self._room.needed(self._conditioned(state.want), state.want, state.items, state.view)
        return needed is None or not needed.open_types(self.blocked(state)).any()

    def _codes_after(self, state: ReplyState) -> Allowed:
        assert state.span is not None
        (number, codes), blocked, view = state.span, self.blocked(state), self.offered(state)
        following = view.codes_after(number, codes, blocked)
        if not len(following):
            raise GrammarError("a SID span was opened where no item can follow")
        weights = self.preferences.weighted(view)
        bias = None if weights is None else weights.bias(number, codes, following, blocked)
        return Allowed(self.tokenizer.vocabulary.code_bases[number, len(codes)] + following, bias=bias)

    def _want_after(self, want: WantPlan, ids: Sequence[int]) -> Sequence[int] | np.ndarray:
        read = want.grammar.read(ids, want.context)
        if read is None:
            return want.grammar.allowed(ids, want.context)
        words, length = read
        rest, said = list(ids[length:]), self._said_by_shop(want, words)
        if said[: len(rest)] != rest:
            raise GrammarError("a want span ends otherwise than the shop said")
        return said[len(rest) : len(rest) + 1]

    def _close_want(self, want: WantPlan, ids: Sequence[int]) -> str:
        read = want.grammar.read(ids, want.context)
        if read is None:
            raise GrammarError("a want span was closed before it was complete")
        words, length = read
        if [*ids[length:], self.tokenizer.vocabulary.want_close] != self._said_by_shop(want, words):
            raise GrammarError("a want span ends otherwise than the shop said")
        self._narrow(want, words)
        return words

    def _said_by_shop(self, want: WantPlan, words: str) -> list[int]:
        """The tokens that say, after `` found``, how many items are left, and close the span."""
        self._narrow(want, words)
        left = self._room.left(self._conditioned(words), words, (), NOTHING).remaining(self.taken)
        return [*want.grammar.found(left), self.tokenizer.vocabulary.want_close]

    def _narrow(self, want: WantPlan, words: str) -> None:
        if words not in self._views:
            self._views[words] = self.view & want.narrow(words)

    def _span(self, number: int, tokens: Sequence[int]) -> tuple[int, tuple[int, ...]]:
        bases = self.tokenizer.vocabulary.code_bases[number]
        sizes = self.view.index.scheme.sizes
        codes = tuple(int(token - base) for token, base in zip(tokens, bases, strict=False))
        if any(not 0 <= code < size for code, size in zip(codes, sizes, strict=False)):
            raise GrammarError("a SID span holds a token that is no code of its type and level")
        return number, codes

    def _item(self, state: ReplyState) -> int:
        """The position that the finished span of ``state`` names."""
        assert state.span is not None
        position = self.offered(state).item(*state.span, self.blocked(state))
        if position is None:
            raise GrammarError("a SID names no item that may be named")
        return position
