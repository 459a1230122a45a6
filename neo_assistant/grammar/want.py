"""What the model may write inside a want span: an Outlines grammar made from the catalog's facets.

The grammar is a regular expression over the conditions of :class:`neo_assistant.want.Want`, in their fixed order,
compiled once per catalog to an automaton over token ids (outlines-core). The automaton is only ever asked "which
tokens from this state", so nothing is kept between steps and beams may be reordered.

Two rules go beyond what was compiled, because they depend on the conversation: a number must be one that somebody
wrote in it (a limit of 60 cannot be misread as 80), and ``shown`` needs something that was shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from outlines.types.dsl import Regex, either, optional, to_regex
from outlines_core import Index, Vocabulary

from neo_assistant.errors import GrammarError
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.want import SHOWN

_END = " found"
_NUMBER = re.compile(r"(?<![\d.])\d{1,7}(?:\.\d{1,2})?(?!\d)")
_RATING = re.compile(r"[1-4](?:\.\d)?")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}\b)")
_WRITING_A_NUMBER = re.compile(r"(?:^|;) (?:price [<>]|rating >) ?([a-z0-9.]*)\Z")
_FACET_NAME = re.compile(r"[a-z][a-z0-9_ ]{0,63}\Z")


def numbers_in(text: str) -> frozenset[str]:
    """Numbers somebody wrote, as a want span may copy them; ``1,299`` is ``1299``, and ``$5.00`` is also ``5``."""
    found = set(_NUMBER.findall(_GROUPED.sub("", text)))
    return frozenset(found | {number.split(".")[0] for number in found if number.endswith((".0", ".00"))})


@dataclass(frozen=True)
class WantContext:
    """What the conversation allows: the numbers in it, and whether items were shown before."""

    numbers: frozenset[str]
    shown: bool

    @property
    def variant(self) -> tuple[bool, bool, bool]:
        """Which conditions can be finished at all: a price limit, a rating, a reference to what was shown."""
        return bool(self.numbers), any(_RATING.fullmatch(number) for number in self.numbers), self.shown


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
            if not _FACET_NAME.match(name) or name in ("type", "price", "rating") or not values:
                raise GrammarError(f"{name!r} cannot be a facet of want spans")
            if bad := next((v for v in values if v != v.strip() or not v or any(c in v for c in ";\n\r")), None):
                raise GrammarError(
                    f"facet {name!r} has the value {bad!r}", "values must not hold semicolons or line breaks"
                )
        self._tokenizer = tokenizer
        self._bytes = token_bytes(tokenizer)
        by_bytes: dict[bytes, list[int]] = {}
        for token, spelled in self._bytes.items():
            by_bytes.setdefault(spelled, []).append(token)
        self._types, self._facets = tuple(types), {name: tuple(values) for name, values in facets.items()}
        self._vocabulary = Vocabulary(tokenizer.end_of_reply, by_bytes)
        self._compiled: dict[tuple[bool, bool, bool], Index] = {}

    def read(self, ids: Sequence[int], context: WantContext) -> tuple[str, int] | None:
        """The conditions of a span once the model has ended them, and how many of ``ids`` they take; None before that.

        Raises:
            GrammarError: if the ids are not what this grammar allows.
        """
        index = self._index(context)
        state = index.get_initial_state()
        for count, token in enumerate(ids):
            if index.is_final_state(state):
                return self._tokenizer.decode(ids[:count]).removesuffix(_END), count
            state = index.get_next_state(state, token)
            if state is None:
                raise GrammarError(f"a want span holds a token that its grammar does not allow: {token}")
        if index.is_final_state(state):
            return self._tokenizer.decode(ids).removesuffix(_END), len(ids)
        return None

    def allowed(self, ids: Sequence[int], context: WantContext) -> np.ndarray:
        """Token ids that may follow inside an unfinished span; (k,) int64, never empty."""
        index = self._index(context)
        state = index.get_initial_state()
        for token in ids:
            state = index.get_next_state(state, token)
            if state is None:
                raise GrammarError(f"a want span holds a token that its grammar does not allow: {token}")
        allowed = index.get_allowed_tokens(state)
        written = self._tokenizer.decode(ids)
        if number := _WRITING_A_NUMBER.search(written):
            allowed = [token for token in allowed if self._copies(number[1], token, context)]
        if not allowed:
            raise GrammarError(f"a want span cannot go on after {written!r}")
        return np.array(sorted(allowed), dtype=np.int64)

    def _index(self, context: WantContext) -> Index:
        """The automaton without the conditions that this conversation could not finish."""
        if context.variant not in self._compiled:
            pattern = _pattern(self._types, self._facets, *context.variant)
            self._compiled[context.variant] = Index(pattern, self._vocabulary)
        return self._compiled[context.variant]

    def _copies(self, begun: str, token: int, context: WantContext) -> bool:
        """Whether a number begun so and going on with a token is still on the way to one that may be copied."""
        number, ended, _ = (begun + self._bytes[token].decode(errors="replace").lstrip()).partition(";")
        if SHOWN.startswith(number) and number:
            return True  # the automaton lets it finish only where something was shown
        return number in context.numbers if ended else any(known.startswith(number) for known in context.numbers)


def token_bytes(tokenizer: ShopTokenizer) -> dict[int, bytes]:
    """What each ordinary base token spells, for a byte-level BPE vocabulary.

    Raises:
        GrammarError: if the base tokenizer is not byte-level.
    """
    to_byte = _byte_alphabet()
    spelled = {}
    for text, token in tokenizer.base.get_vocab().items():
        if token in tokenizer.control_ids or token >= tokenizer.vocabulary.first_id:
            continue
        try:
            spelled[token] = bytes(to_byte[character] for character in text)
        except KeyError:
            continue  # an entry that byte-level text never produces
    if not spelled:
        raise GrammarError(
            "the base tokenizer is not a byte-level one", "use a base model with a byte-level BPE tokenizer"
        )
    return spelled


def _byte_alphabet() -> dict[str, int]:
    """The printable stand-ins of GPT-2's byte-level BPE (Radford et al. 2019), character → byte."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}


def _pattern(
    types: Sequence[str], facets: Mapping[str, Sequence[str]], prices: bool, ratings: bool, shown: bool
) -> str:
    """The regular expression of a whole want up to `` found``."""
    limits = ([Regex(r"[0-9]{1,7}(\.[0-9]{1,2})?")] if prices else []) + ([SHOWN] if shown else [])
    terms = [optional(" type: " + either(*types) + ";")]
    terms += [optional(f" {name}: " + either(*values) + ";") for name, values in facets.items()]
    if limits:
        terms += [optional(" price < " + either(*limits) + ";"), optional(" price > " + either(*limits) + ";")]
    if ratings:
        terms.append(optional(" rating > " + Regex(r"[1-4](\.[0-9])?") + ";"))
    terms.append(optional(" in stock;"))
    if shown:
        terms.append(optional(" not shown;"))
    whole = terms[0]
    for term in terms[1:]:
        whole = whole + term
    return to_regex(whole + _END)
