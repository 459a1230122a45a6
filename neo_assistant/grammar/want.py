"""What the model may write inside a want span: an Outlines grammar made from the catalog's facets.

The grammar is a regular expression over the conditions of :class:`neo_assistant.want.Want`, in their fixed order,
compiled once per catalog to an automaton over token ids (outlines-core). The automaton is only ever asked "which
tokens from this state", so nothing is kept between steps and beams may be reordered.

Two rules go beyond what was compiled, because they depend on the conversation: a number must be one that somebody
wrote in it (a limit of 60 cannot be misread as 80), and ``shown`` needs something that was shown.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from outlines.types.dsl import Regex, String, either, optional, to_regex
from outlines_core import Index, Vocabulary

from neo_assistant.errors import GrammarError
from neo_assistant.grammar.spelling import token_bytes, usable
from neo_assistant.grammar.stated import NOTHING_STATED, Stated
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.want import MANY, SHOWN, found_words, is_facet_name, is_facet_value

Variant = tuple[bool, bool, bool, Stated]
_KEPT = 64
"""Automata kept; one is compiled in milliseconds for a hundred facet values."""
_END = " found"
_PRICE_DIGITS = r"[0-9]{1,7}(?:\.[0-9]{1,2})?"
_RATING_DIGITS = r"[1-4](?:\.[0-9])?"
_NUMBER = re.compile(rf"(?<![\d.]){_PRICE_DIGITS}(?!\d)")
_PRICE = re.compile(_PRICE_DIGITS)
_RATING = re.compile(_RATING_DIGITS)
_GROUPED = re.compile(r"(?<=[0-9]),(?=[0-9]{3}\b)")
_LIMIT = re.compile(r"(?:^|;) (price [<>]|rating >) ?([^;]*)(?=(;?))")
_OPEN_LIMIT = re.compile(r"(?:^|;) (?:price [<>]|rating >) ?[^;]*\Z")
_DIGIT = re.compile(rb"[0-9]")


def numbers_in(text: str) -> frozenset[str]:
    """Numbers somebody wrote, as a want span may copy them; ``1,299`` is ``1299``, and ``$5.00`` is also ``5``."""
    found = set(_NUMBER.findall(_GROUPED.sub("", text)))
    return frozenset(found | {number.split(".")[0] for number in found if number.endswith((".0", ".00"))})


@dataclass(frozen=True)
class WantContext:
    """What the conversation allows and asks for.

    Args:
        numbers: those somebody wrote; no other may stand in a span.
        shown: whether items were shown before.
        stated: conditions in so many words, which a span must hold; their numbers are among ``numbers``.
    """

    numbers: frozenset[str]
    shown: bool
    stated: Stated = NOTHING_STATED

    @cached_property
    def prices(self) -> frozenset[str]:
        """What may stand as a price limit."""
        numbers = {number for number in self.numbers if _PRICE.fullmatch(number)}
        return frozenset(numbers | ({SHOWN} if self.shown else set()))

    @cached_property
    def ratings(self) -> frozenset[str]:
        """What may stand as a rating."""
        return frozenset(number for number in self.numbers if _RATING.fullmatch(number))

    @property
    def variant(self) -> Variant:
        """What can be finished (a number as price limit, a rating, a reference to what was shown), and what must be."""
        return bool(self.prices - {SHOWN}), bool(self.ratings), self.shown, self.stated

    def copies(self, text: str) -> bool:
        """Whether every finished limit in a span's text may stand there, and an unfinished one may become such."""
        for limit, number, ended in _LIMIT.findall(text):
            known = self.ratings if limit.startswith("rating") else self.prices
            if number not in known if ended else not any(may.startswith(number) for may in known):
                return False
        return True


class WantGrammar:
    """Compiled grammar of want spans for one catalog and one tokenizer.

    Args:
        types: item types.
        facets: facet name → values, in the order in which want spans state them.
        tokenizer: whose tokens it speaks.

    Raises:
        GrammarError: if a facet's name or value could not be told apart in a span.
    """

    def __init__(self, types: Sequence[str], facets: Mapping[str, Sequence[str]], tokenizer: ShopTokenizer) -> None:
        for name, values in facets.items():
            if not is_facet_name(name) or not values:
                raise GrammarError(
                    f"{name!r} cannot be a facet of want spans",
                    "names are of lower-case letters, digits and spaces, and none of the words that spans use",
                )
            for value in values:
                if not is_facet_value(value) or tokenizer.decode(tokenizer.encode(value)) != value:
                    raise GrammarError(
                        f"{value!r} cannot be a value of the facet {name!r} in want spans",
                        "values must not begin or end with a space, or hold semicolons or control characters",
                    )
        self._tokenizer = tokenizer
        self._types, self._facets = tuple(types), {name: tuple(values) for name, values in facets.items()}
        self._bytes = usable(token_bytes(tokenizer), _terms(self._types, self._facets), _END)
        self._digits = frozenset(token for token, spelled in self._bytes.items() if _DIGIT.search(spelled))
        by_bytes: dict[bytes, list[int]] = {}
        for token, spelled in self._bytes.items():
            by_bytes.setdefault(spelled, []).append(token)
        self._found = [self._after_end(found_words(left)) for left in range(MANY + 2)]
        self._vocabulary = Vocabulary(tokenizer.end_of_reply, by_bytes)
        self._compiled: OrderedDict[Variant, Index] = OrderedDict()

    def read(self, ids: Sequence[int], context: WantContext) -> tuple[str, int] | None:
        """The conditions of a span once the model has ended them, and how many of ``ids`` they take; None before that.

        Raises:
            GrammarError: if the ids are not what this grammar allows.
        """
        _, length, ended = self._walk(ids, context)
        return (self._tokenizer.decode(ids[:length]).removesuffix(_END), length) if ended else None

    def allowed(self, ids: Sequence[int], context: WantContext) -> np.ndarray:
        """Token ids that may follow inside an unfinished span; (k,) int64, sorted, never empty.

        Raises:
            GrammarError: if the ids are not what this grammar allows, or the model has ended the conditions.
        """
        state, _, ended = self._walk(ids, context)
        if ended:
            raise GrammarError("the conditions of a want span were ended; what follows is the shop's to say")
        allowed = self._index(context).get_allowed_tokens(state)
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

    def found(self, items_left: int) -> list[int]:
        """The tokens by which the shop says, after `` found``, how many items a want leaves."""
        return self._found[min(items_left, MANY + 1)]

    def _after_end(self, words: str) -> list[int]:
        """The tokens after those of `` found`` in a text that begins with it."""
        whole, head = self._tokenizer.encode(words), self._tokenizer.encode(_END)
        if whole[: len(head)] != head:
            raise GrammarError(f"the base tokenizer does not keep {words!r} apart", "use another base model")
        return whole[len(head) :]

    def _walk(self, ids: Sequence[int], context: WantContext) -> tuple[int, int, bool]:
        """The automaton's state, how many of ``ids`` the model's conditions take, and whether they are ended."""
        index = self._index(context)
        state, length = index.get_initial_state(), 0
        while length < len(ids) and not index.is_final_state(state):
            state = index.get_next_state(state, ids[length])
            if state is None:
                raise GrammarError(f"a want span holds a token that its grammar does not allow: {ids[length]}")
            length += 1
        if not context.copies(self._tokenizer.decode(ids[:length])):
            raise GrammarError("a want span limits something by what nobody in the conversation said")
        return state, length, index.is_final_state(state)

    def _index(self, context: WantContext) -> Index:
        """The automaton without the conditions that this conversation could not finish."""
        if context.variant not in self._compiled:
            pattern = _pattern(self._types, self._facets, *context.variant)
            self._compiled[context.variant] = Index(pattern, self._vocabulary)
            while len(self._compiled) > _KEPT:
                self._compiled.popitem(last=False)
        return self._compiled[context.variant]


def _terms(types: Sequence[str], facets: Mapping[str, Sequence[str]]) -> list[str]:
    """Every condition there may be; of those with a number, one for each number of digits."""
    numbers = ["0" * digits + decimals for digits in range(1, 8) for decimals in ("", ".0", ".00")]
    return [
        *(f" type: {name};" for name in types),
        *(f" {name}: {value};" for name, values in facets.items() for value in values),
        *(f" price {sign} {limit};" for sign in "<>" for limit in (*numbers, SHOWN)),
        *(f" rating > {number};" for number in ("0", "0.0")),
        " in stock;",
        " not shown;",
    ]


def _pattern(
    types: Sequence[str], facets: Mapping[str, Sequence[str]], prices: bool, ratings: bool, shown: bool, stated: Stated
) -> str:
    """The regular expression of a whole want up to `` found``."""
    said = stated.at_most is not None or stated.at_least is not None
    # Where a limit was stated, the numbers are spoken for; the other direction must not take one of them.
    limits = ([Regex(_PRICE_DIGITS)] if prices and not said else []) + ([SHOWN] if shown else [])
    terms = [optional(" type: " + either(*types) + ";")]
    terms += [optional(f" {name}: " + either(*values) + ";") for name, values in facets.items()]
    for sign, number in (("<", stated.at_most), (">", stated.at_least)):
        if number is not None:
            terms.append(String(f" price {sign} {number};"))
        elif limits:
            terms.append(optional(f" price {sign} " + either(*limits) + ";"))
    if ratings:
        terms.append(optional(" rating > " + Regex(_RATING_DIGITS) + ";"))
    terms.append(String(" in stock;") if stated.in_stock else optional(" in stock;"))
    if shown:
        terms.append(optional(" not shown;"))
    whole = terms[0]
    for term in terms[1:]:
        whole = whole + term
    return to_regex(whole + _END)
