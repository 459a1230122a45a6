"""What the model may write inside a want span: an Outlines grammar made from the catalog's facets.

The grammar is a regular expression over the conditions of :class:`neo_assistant.want.Want`, in their fixed order,
compiled once per catalog to an automaton over token ids (outlines-core). The automaton is only ever asked "which
tokens from this state", so nothing is kept between steps and beams may be reordered.

Facets of many values would make it slow to compile. In their place the automaton has one token that no model can write,
and there the walk goes on in an index of the values' own tokens (``neo_assistant.grammar.value_index``), from after the
facet's colon to the semicolon: places at which byte-level tokenizers always split.

Six rules go beyond what was compiled, because they depend on the conversation: a number must be one that somebody
wrote in it (a limit of 60 cannot be misread as 80); what people do not put in words of their own, such as brands,
sizes and materials, must be something that they wrote; what a message states beyond doubt must stand in the span, and
what it takes back may not; limits of earlier turns must, where the span is of the same kind as the last one; and
``shown`` needs something that was shown.
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from outlines_core import Index, Vocabulary

from neo_assistant.errors import GrammarError, RequestError
from neo_assistant.grammar.facet_values import check_facets, compiled_facets, spelled
from neo_assistant.grammar.given_want import GivenWant
from neo_assistant.grammar.held import TYPE
from neo_assistant.grammar.said_values import KIND, SaidValues
from neo_assistant.grammar.spelling import token_bytes, usable
from neo_assistant.grammar.value_index import ROOT, ValueIndex
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.grammar.want_pattern import END, MOST_STATED, SAME, span_pattern, stands_for
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.terms import NO_TERMS, Terms
from neo_assistant.want import MANY, SEVERAL, SHOWN, Want, found_words

_log = logging.getLogger(__name__)

_KEPT = 64
"""Automata kept; one is compiled in milliseconds."""
_OPEN_LIMIT = re.compile(r"(?:^|;) (?:price [<>]|rating >) ?[^;]*\Z")
_DIGIT = re.compile(rb"[0-9]")


@dataclass(frozen=True)
class _Automaton:
    """What was compiled for one form of want, and the indexes of values that its stand-ins stand for."""

    index: Index
    values: Mapping[int, ValueIndex]


@dataclass(frozen=True)
class _Place:
    """Where a walk over a span's tokens has come to.

    Attributes:
        state: the automaton's.
        length: how many tokens the model's conditions take.
        ended: whether they are ended.
        values: the index of the value that is being written, if it is of a large facet.
        value: the place in it.
    """

    state: int
    length: int
    ended: bool
    values: ValueIndex | None = None
    value: int = ROOT


class WantGrammar:
    """Compiled grammar of want spans for one catalog and one tokenizer.

    Args:
        types: item types.
        facets: facet name → values, in the order in which want spans state them.
        tokenizer: whose tokens it speaks.
        earlier: a grammar of the same tokenizer, whose values need not be taken apart again.
        terms: other words by which people mean the facets' values.

    Attributes:
        facets: those of ``facets`` that spans can state; values that this tokenizer cannot write are left out.
        said: finds in a text what it names of these.

    Raises:
        GrammarError: if a facet's name or value could not be told apart in a span.
    """

    def __init__(
        self,
        types: Sequence[str],
        facets: Mapping[str, Sequence[str]],
        tokenizer: ShopTokenizer,
        earlier: WantGrammar | None = None,
        terms: Terms = NO_TERMS,
    ) -> None:
        check_facets(facets)
        self._tokenizer = tokenizer
        known = earlier._tokens if earlier is not None and earlier._tokenizer is tokenizer else {}
        tokens = {
            name: spelled(tokenizer, name, values, END, known.get(name, {}))
            for name, values in {TYPE: types, **facets}.items()
        }
        self._tokens: dict[str, dict[str, list[int]]] = tokens
        self.facets = {name: tuple(tokens[name]) for name in facets if tokens[name]}
        left_out = sum(map(len, facets.values())) - sum(map(len, self.facets.values()))
        if left_out:
            _log.warning("%d facet values cannot be written in this vocabulary; no want can state them", left_out)
        small = compiled_facets({name: len(values) for name, values in tokens.items()})
        self._types = tuple(tokens[TYPE])
        self._large = {name: ValueIndex([*tokens[name].values()]) for name in tokens if name not in small}
        # Behind the vocabulary, so that no model can write them; see ``stands_for``.
        self._stand_ins = {name: tokenizer.vocabulary.size + place for place, name in enumerate(self._large)}
        self._bytes = usable(token_bytes(tokenizer), self._terms(), END)
        self._digits = frozenset(token for token, text in self._bytes.items() if _DIGIT.search(text))
        by_bytes: dict[bytes, list[int]] = {}
        for token, text in self._bytes.items():
            by_bytes.setdefault(text, []).append(token)
        for name, token in self._stand_ins.items():
            by_bytes[stands_for(name).encode()] = [token]
        self._same = tokenizer.vocabulary.size + len(self._large)
        by_bytes[SAME.encode()] = [self._same]
        several = [(name, place) for name in self._large if name in SEVERAL for place in range(MOST_STATED)]
        self._each_of = {key: self._same + 1 + number for number, key in enumerate(several)}
        for key, token in self._each_of.items():
            by_bytes[stands_for(*key).encode()] = [token]
        self.said = SaidValues(self.facets, terms)
        self._found = [self._after_end(found_words(left)) for left in range(MANY + 2)]
        self._vocabulary = Vocabulary(tokenizer.end_of_reply, by_bytes)
        self._compiled: OrderedDict[Hashable, _Automaton] = OrderedDict()

    def read(self, ids: Sequence[int], context: WantContext) -> tuple[str, int] | None:
        """The conditions of a span once the model has ended them, and how many of ``ids`` they take; None before that.

        Raises:
            GrammarError: if the ids are not what this grammar allows.
        """
        if context.given is not None:
            return context.given.read(ids)
        place = self._walk(ids, context)
        if not place.ended:
            return None
        return self._tokenizer.decode(ids[: place.length]).removesuffix(END), place.length

    def allowed(self, ids: Sequence[int], context: WantContext) -> np.ndarray:
        """Token ids that may follow inside an unfinished span; (k,) int64, sorted, never empty.

        Raises:
            GrammarError: if the ids are not what this grammar allows, or the model has ended the conditions.
        """
        if context.given is not None:
            return context.given.allowed(ids)
        place = self._walk(ids, context)
        if place.ended:
            raise GrammarError("the conditions of a want span were ended; what follows is the shop's to say")
        if place.values is not None:
            return place.values.tokens_after(place.value).astype(np.int64)
        automaton = self._automaton(context)
        allowed = automaton.index.get_allowed_tokens(place.state)
        values = next((automaton.values[token] for token in allowed if token in automaton.values), None)
        if values is not None:
            return values.tokens_after(ROOT).astype(np.int64)
        text = self._tokenizer.decode(ids)
        in_limit = _OPEN_LIMIT.search(text) is not None
        allowed = [
            token
            for token in allowed
            if not (in_limit or token in self._digits)
            or context.copies(text + self._bytes[token].decode(errors="replace"))
        ]
        if not allowed:
            raise GrammarError(f"a want span cannot go on after {text!r}")
        return np.array(sorted(allowed), dtype=np.int64)

    def given(self, want: Want) -> GivenWant:
        """The one span that states this want.

        Raises:
            RequestError: if it names a type, a facet or a value that no span over this catalog can state.
        """
        stated = ((TYPE, want.item_type), *want.facets) if want.item_type else want.facets
        for name, value in stated:
            if value not in self._tokens.get(name, {}):
                raise RequestError(f"the shop has nothing with {name}: {value}", "leave it out of the want")
        in_order = tuple((name, value) for name in self.facets for known, value in sorted(want.facets) if known == name)
        words = replace(want, facets=in_order).text()
        return GivenWant(words, tuple(self._tokenizer.encode(words + END)))

    def found(self, items_left: int) -> list[int]:
        """The tokens by which the shop says, after `` found``, how many items a want leaves."""
        return self._found[min(items_left, MANY + 1)]

    def _after_end(self, words: str) -> list[int]:
        """The tokens after those of `` found`` in a text that begins with it."""
        whole, head = self._tokenizer.encode(words), self._tokenizer.encode(END)
        if whole[: len(head)] != head:
            raise GrammarError(f"the base tokenizer does not keep {words!r} apart", "use another base model")
        return whole[len(head) :]

    def _walk(self, ids: Sequence[int], context: WantContext) -> _Place:
        """Where a span's tokens lead to, or as many of them as the model's conditions take."""
        automaton = self._automaton(context)
        index = automaton.index
        state, length = index.get_initial_state(), 0
        values, value = None, ROOT
        held, before, began = self._held_tokens(context), state, 0
        while length < len(ids) and (values is not None or not index.is_final_state(state)):
            token, after = ids[length], None
            if values is None:
                after = index.get_next_state(state, token) if token not in automaton.values else None
                if after is None:
                    before, began = state, length
                    values, value, state = self._enter(automaton, state, token)
            if values is not None:
                step = values.next(value, token)
                if step is None:
                    raise GrammarError(f"a want span holds a token that no value of its facet has there: {token}")
                values, value = (None, ROOT) if values.is_end(step) else (values, step)
                if values is None and list(ids[began : length + 1]) == held:
                    same = index.get_next_state(before, self._same)
                    state = state if same is None else same
            elif after is not None:
                state = after
            length += 1
        if not context.copies(self._tokenizer.decode(ids[:length])):
            raise GrammarError("a want span limits something by what nobody in the conversation said")
        return _Place(state, length, values is None and index.is_final_state(state), values, value)

    def _enter(self, automaton: _Automaton, state: int, token: int) -> tuple[ValueIndex, int, int]:
        """The large facet whose value begins at a state: its index, its root, and the state after the value."""
        for stand_in, values in automaton.values.items():
            after = automaton.index.get_next_state(state, stand_in)
            if after is not None:
                return values, ROOT, after
        raise GrammarError(f"a want span holds a token that its grammar does not allow: {token}")

    def _held_tokens(self, context: WantContext) -> list[int] | None:
        """The tokens of the value with which a span holds the limits of earlier turns."""
        held = context.held
        return None if held is None else self._tokens.get(held.facet, {}).get(held.value)

    def _automaton(self, context: WantContext) -> _Automaton:
        """The automaton without the conditions that this conversation could not finish."""
        if context.variant not in self._compiled:
            index = Index(span_pattern(self._named(context), self._large, context), self._vocabulary)
            self._compiled[context.variant] = _Automaton(index, self._values(context))
            while len(self._compiled) > _KEPT:
                self._compiled.popitem(last=False)
        return self._compiled[context.variant]

    def _values(self, context: WantContext) -> dict[int, ValueIndex]:
        """What each stand-in stands for."""
        found = {}
        for name, values in self._named(context):
            if name in self._large:
                all_of_them = len(values) == len(self._tokens[name])
                chosen = self._large[name] if all_of_them else ValueIndex([self._tokens[name][v] for v in values])
                found[self._stand_ins[name]] = chosen
                if 1 < sum(known == name for known, _ in context.plain) <= MOST_STATED:
                    tokens = self._tokens[name]
                    found |= {self._each_of[name, place]: ValueIndex([tokens[v]]) for place, v in enumerate(values)}
        return found

    def _terms(self) -> list[str]:
        """Every condition there may be; of those with a number, one for each number of digits."""
        numbers = ["0" * digits + decimals for digits in range(1, 8) for decimals in ("", ".0", ".00")]
        return [
            *(f" {name}:" for name in self._large),
            *(f" {name}: {value};" for name, values in self._named() for value in values if name not in self._large),
            *(f" price {sign} {limit};" for sign in "<>" for limit in (*numbers, SHOWN)),
            *(f" rating > {number};" for number in ("0", "0.0")),
            " in stock;",
            " not shown;",
        ]

    def _named(self, context: WantContext | None = None) -> list[tuple[str, Sequence[str]]]:
        """The conditions that have a name and values: all of them, or those that a conversation leaves."""
        named: list[tuple[str, Sequence[str]]] = [(TYPE, self._types), *self.facets.items()]
        if context is not None and context.written is not None:
            chosen: dict[str, list[str]] = {}
            for name, value in sorted(context.written):
                if value in self._tokens.get(name, {}):
                    chosen.setdefault(name, []).append(value)
            named = [(name, chosen.get(name, []) if self.said.is_written(name) else values) for name, values in named]
        if context is not None and context.only is not None:
            pairs = set(context.only)
            named = [(name, [value for value in values if (name, value) in pairs]) for name, values in named]
        if context is not None:
            named = context.taken_back.left(named)
        if context is not None and context.plain:
            # A value that this vocabulary cannot write is not among those of ``facets``, and is not asked for.
            plain: dict[str, list[str]] = {}
            for name, value in context.plain:
                if value in self._tokens.get(name, {}):
                    plain.setdefault(name, []).append(value)
            # A kind says of what type a thing is; a small model that may name one beside it names another's.
            named = [(name, values) for name, values in named if name != TYPE or KIND not in plain]
            named = [(name, plain.get(name, values)) for name, values in named]
        return [(name, values) for name, values in named if values]
