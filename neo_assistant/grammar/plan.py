"""What one reply may consist of, and what may come next, computed from the token ids written so far.

Nothing here remembers a step: :meth:`ReplyPlan.read` derives the state from the ids, so beams may be reordered, rows
batched, replies written side by side, and a retry repeated. A reply is:

    ids, mixed   [want span] then words (mixed only) and SID spans, then the token that ends a reply
    text         words, then the end
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.want import WantContext, WantGrammar
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.steering import Format
from neo_assistant.want import found_words

NO_TOKENS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class WantPlan:
    """How a reply's want span is written and what it means.

    Args:
        grammar: the catalog's want grammar.
        context: what the conversation allows in it.
        narrow: from the span's conditions to the view they leave. Called again for the same words, it must give
            the same view.
    """

    grammar: WantGrammar
    context: WantContext
    narrow: Callable[[str], View]


@dataclass(frozen=True)
class Allowed:
    """What may come next: the listed tokens and, if ``words``, every token of ordinary text."""

    tokens: np.ndarray
    words: bool = False


@dataclass(frozen=True)
class ReplyState:
    """A reply so far.

    Attributes:
        view: what may be named from here on.
        items: positions of the items named, in order.
        want: the conditions read, once their span is closed.
        want_ids: the tokens of an open want span.
        span: type number and codes of an open SID span.
    """

    view: View
    items: tuple[int, ...] = ()
    want: str | None = None
    want_ids: tuple[int, ...] | None = None
    span: tuple[int, tuple[int, ...]] | None = None
    started: bool = False


@dataclass(frozen=True)
class ReplyPlan:
    """The constraint on one reply.

    Args:
        tokenizer: the shop's tokenizer.
        view: items that may be named, before what the want span adds.
        format: what the reply may be made of.
        at_least, at_most: items to name; ``at_least`` holds as far as the view allows.
        taken: (k,) sorted positions that may not be named: dismissed, or already shown when asked for others.
        want: how to write the want span; None for a reply without one.

    Raises:
        GrammarError: if the counts contradict each other or the format.
    """

    tokenizer: ShopTokenizer
    view: View
    format: Format = Format.MIXED
    at_least: int = 0
    at_most: int = 3
    taken: np.ndarray = field(default_factory=lambda: NOTHING)
    want: WantPlan | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.at_least <= self.at_most:
            raise GrammarError(f"a reply cannot name at least {self.at_least} and at most {self.at_most} items")
        if self.format is Format.TEXT and self.at_least:
            raise GrammarError("a reply of text alone names no items")

    @cached_property
    def _codes_end(self) -> int:
        return self.tokenizer.vocabulary.want_open

    def read(self, ids: Sequence[int]) -> ReplyState:
        """The state after the reply tokens ``ids``.

        Raises:
            GrammarError: if they are not the beginning of a reply that this plan allows.
        """
        vocabulary, levels = self.tokenizer.vocabulary, self.view.index.scheme.levels
        view, want, place = self.view, None, 0
        items: list[int] = []
        while place < len(ids):
            token = ids[place]
            if token < vocabulary.first_id:
                place += 1
            elif token < vocabulary.first_code:
                codes = ids[place + 1 : place + 1 + levels]
                span = self._span(token - vocabulary.first_id, codes)
                if len(codes) < levels:
                    return ReplyState(view, tuple(items), want, span=span, started=True)
                items.append(self._item(view, span))
                place += 1 + levels
            elif token == vocabulary.want_open and place == 0:
                body = list(ids[1:])
                if vocabulary.want_close not in body:
                    return ReplyState(view, want_ids=tuple(body), started=True)
                length = body.index(vocabulary.want_close)
                want, view = self._close_want(body[:length])
                place = length + 2
            else:
                raise GrammarError(f"token {token} cannot stand at place {place} of a reply")
        return ReplyState(view, tuple(items), want, started=bool(len(ids)))

    def allowed(self, ids: Sequence[int]) -> Allowed:
        """What may follow the reply tokens ``ids``. There is always something.

        Raises:
            GrammarError: if ``ids`` are not the beginning of a reply that this plan allows.
        """
        state = self.read(ids)
        if state.span is not None:
            return Allowed(self._codes_after(state))
        if state.want_ids is not None:
            return Allowed(self._want_after(state.want_ids))
        if self.want is not None and not state.started:
            return Allowed(np.array([self.tokenizer.vocabulary.want_open]))
        return self._outside(state)

    def blocked(self, state: ReplyState) -> np.ndarray:
        """Sorted positions that may not be named any more."""
        return np.union1d(self.taken, np.array(state.items, dtype=np.int64)) if state.items else self.taken

    def _outside(self, state: ReplyState) -> Allowed:
        end = np.array([self.tokenizer.end_of_reply])
        words = self.format is not Format.IDS
        if self.format is Format.TEXT or len(state.items) >= self.at_most:
            return Allowed(end, words)
        open_types = state.view.open_types(self.blocked(state))
        openers = self.tokenizer.vocabulary.openers[open_types]
        if len(openers) and len(state.items) < self.at_least:
            return Allowed(openers, words)
        return Allowed(np.concatenate([openers, end]), words)

    def _codes_after(self, state: ReplyState) -> np.ndarray:
        assert state.span is not None
        number, codes = state.span
        lo, hi = state.view.index.range_of(number, codes)
        children = state.view.children(lo, hi, len(codes), self.blocked(state))
        if not len(children.codes):
            raise GrammarError("a SID span was opened where no item can follow")
        return self.tokenizer.vocabulary.code_bases[number, len(codes)] + children.codes.astype(np.int64)

    def _want_after(self, ids: Sequence[int]) -> np.ndarray:
        if self.want is None:
            raise GrammarError("a want span stands in a reply that has none")
        read = self.want.grammar.read(ids, self.want.context)
        if read is None:
            return self.want.grammar.allowed(ids, self.want.context)
        words, length = read
        forced = self._found(self.want.narrow(words))
        rest = list(ids[length:])
        if forced[: len(rest)] != rest:
            raise GrammarError("a want span ends otherwise than the shop said")
        return np.array([forced[len(rest)]])

    def _found(self, view: View) -> list[int]:
        """The tokens that tell the model how many items are left, after `` found``, and close the span."""
        left = int(view.remaining(self.taken))
        spelled = self.tokenizer.encode(found_words(left))
        return [
            *spelled[len(self.tokenizer.encode(found_words(0).rsplit(" ", 1)[0])) :],
            self.tokenizer.vocabulary.want_close,
        ]

    def _close_want(self, body: list[int]) -> tuple[str, View]:
        if self.want is None:
            raise GrammarError("a want span stands in a reply that has none")
        read = self.want.grammar.read(body, self.want.context)
        if read is None:
            raise GrammarError("a want span was closed before it was complete")
        words, length = read
        view = self.want.narrow(words)
        if [*body[length:], self.tokenizer.vocabulary.want_close] != self._found(view):
            raise GrammarError("a want span ends otherwise than the shop said")
        return words, view

    def _span(self, number: int, tokens: Sequence[int]) -> tuple[int, tuple[int, ...]]:
        bases = self.tokenizer.vocabulary.code_bases[number]
        sizes = self.view.index.scheme.sizes
        codes = tuple(int(token - base) for token, base in zip(tokens, bases, strict=False))
        if any(not 0 <= code < size for code, size in zip(codes, sizes, strict=False)):
            raise GrammarError("a SID span holds a token that is no code of its type and level")
        return number, codes

    @staticmethod
    def _item(view: View, span: tuple[int, tuple[int, ...]]) -> int:
        lo, hi = view.index.range_of(*span)
        if hi != lo + 1:
            raise GrammarError("a SID names no item of the catalog")
        return lo
