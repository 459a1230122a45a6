"""Words that no reply may say: values and prices that nothing in question has.

A small model describes the red kettle as blue and gives it the price of another. What stands in the rows it speaks of,
what the shopper wrote and what the reply read out of it are known when the words are written. So a value of the catalog
("ceramic", "Saltgarth", "dishwasher safe") may be said only if it stands there too, and an amount of money only if it
is one of those. How items compare is held to their rows as well (:mod:`neo_assistant.grammar.comparing_words`).
Everything else may be said freely: "not", reasons and opinions are the model's, and so are the names of kinds. Of which
of several items a value is said is not looked at: where that was forbidden too, the model wrote words that do not exist
(docs/lab-notes.md).

How values are found: :mod:`neo_assistant.grammar.catalog_words`. An amount without a sign of its currency before it is
not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Protocol

import numpy as np

from catalog_db.money import format_price
from catalog_db.products import ProductRecord
from neo_assistant.grammar.catalog_words import NUMERIC, CatalogWords, Path, token_ids
from neo_assistant.grammar.comparing_words import ComparingWords, ComparisonTokens
from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.reply_state import Allowed
from neo_assistant.grammar.said_values import KIND
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.prompts.tokenizer import ShopTokenizer

_ORDINARY = (
    "a about after all also an and any are as at back be been best both but by can clear come could do down "
    "each either every few fine first for from get good great have he hello help her here home how i if in is "
    "it its just keep last less let like look made make many may me more most much my need new next no none "
    "not nothing of on one only or other our out over please same see she single so some sorry such tell thank "
    "that the their them then there these they thing this those three to too two under up us very want we well "
    "what when where which who why will with would yes you your"
)
"""English words that are always free: names begin with them ("Italica"), and some are values and more ("clear")."""
_AMOUNT = re.compile(r"[0-9][0-9,]{0,14}(?:\.[0-9]{1,4})?")
_FAR_ENOUGH = 16
"""Tokens back, more than any amount has."""


@dataclass(frozen=True)
class Known:
    """What may be said.

    Attributes:
        values: the runs of tokens that may be said.
        at_once: the tokens that say what may not.
        amounts: of money, as people write them.
    """

    values: frozenset[Path]
    at_once: np.ndarray
    amounts: frozenset[str]


class GroundedWords:
    """What one reply may say, as far as values and amounts go.

    Args:
        catalog: the values.
        said: what was said so far; its values and its numbers may be said again.
        facts: the words of the rows in question.
        prices: their prices, as people write them.
        comparing: how the items that the shopper has before their eyes may be compared.
    """

    def __init__(
        self,
        catalog: CatalogWords,
        said: Sequence[str],
        facts: Sequence[str] = (),
        prices: Sequence[str] = (),
        comparing: ComparingWords | None = None,
    ) -> None:
        self._catalog, self._texts, self._priced = catalog, (*said, *facts), (*said, *prices)
        self._comparing = comparing
        self._by_want: dict[str, Known] = {}

    def leave(self, allowed: Allowed, want: str, ids: Sequence[int]) -> Allowed:
        """What is left of what may come next outside of spans.

        Args:
            allowed: by the plan.
            want: the conditions read for this reply; empty if it has none.
            ids: the reply so far.
        """
        if not allowed.words:
            return allowed
        first_id = self._catalog.tokenizer.vocabulary.first_id
        run = ids[max((place + 1 for place, token in enumerate(ids) if token >= first_id), default=0) :]
        known, begun = self._known(want), self._amount_at(run)
        unsaid = [known.at_once]
        if self._comparing is not None:
            unsaid += self._comparing.untrue(self._text(run))
        if begun is not None:
            goes_on = self._going_on(begun, known.amounts)
            if goes_on and begun.rstrip(",.") not in known.amounts:
                return Allowed(token_ids(goes_on))
            unsaid.append(token_ids(self._catalog.digits - goes_on))
        for before, bare in self._catalog.begun(run):
            following = self._catalog.following.get(before, frozenset())
            unsaid.append(token_ids(each for each in following if (*bare, each) not in known.values))
        return replace(allowed, unsaid=np.unique(np.concatenate(unsaid)))

    def _known(self, want: str) -> Known:
        if want not in self._by_want:
            said = self._catalog.free.union(self._catalog.paths((*self._texts, want)))
            amounts, at_once = _amounts((*self._priced, want)), self._catalog.at_once(said)
            if not amounts:
                at_once = np.union1d(at_once, self._catalog.with_signs)
            self._by_want[want] = Known(said, at_once, amounts)
        return self._by_want[want]

    def _text(self, run: Sequence[int]) -> str:
        return b"".join(self._catalog.spelled.get(token, b" ") for token in run).decode(errors="ignore")

    def _amount_at(self, run: Sequence[int]) -> str | None:
        """How much of an amount of money stands at the end of the words; None where none has been begun."""
        text = b"".join(self._catalog.spelled.get(token, b" ") for token in run[-_FAR_ENOUGH:])
        before = text.rstrip(NUMERIC)
        return text[len(before) :].decode() if before.endswith(self._catalog.signs) else None

    def _going_on(self, begun: str, amounts: frozenset[str]) -> frozenset[int]:
        """What brings an amount nearer to one that may be said."""
        numeric = self._catalog.numeric.items()
        return frozenset(token for token, more in numeric if any(amount.startswith(begun + more) for amount in amounts))


def _amounts(texts: Iterable[str]) -> frozenset[str]:
    numbers = (number for text in texts for number in _AMOUNT.findall(in_digits(text)))
    return frozenset(form for number in numbers for form in _written(number))


def _written(amount: str) -> set[str]:
    """An amount as people write it: 1299.00 is also 1,299."""
    whole, _, rest = amount.replace(",", "").partition(".")
    wholes = {whole, f"{int(whole):,}"}
    if rest.strip("0"):
        return {amount, *(f"{each}.{rest}" for each in wholes)}
    return {amount.rstrip(","), *wholes, *(f"{each}.00" for each in wholes)}


class Row(Protocol):
    """What counts of an item."""

    @property
    def title(self) -> str: ...
    @property
    def brand(self) -> str | None: ...
    @property
    def attributes(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def price_minor(self) -> int | None: ...


def grounded_words(
    grammar: WantGrammar,
    tokenizer: ShopTokenizer,
    said: Sequence[str],
    rows: Iterable[Row],
    currency: str,
    *,
    shown: Sequence[ProductRecord] = (),
    words_only: bool = False,
) -> GroundedWords:
    """What a reply may say of a shop's items.

    Args:
        grammar: of want spans over the catalog.
        tokenizer: of the checkpoint.
        said: what was said so far.
        rows: of the items in question.
        currency: of their prices.
        shown: those that the shopper has before their eyes, in their order: of the turn itself, or last shown.
        words_only: the reply names no items itself.
    """
    rows = list(rows)
    facts = [text for row in rows for text in (row.title, row.brand or "", *chain(*row.attributes.values()))]
    prices = [format_price(row.price_minor, currency) for row in rows if row.price_minor is not None]
    meant = [value for _, value in sorted(grammar.said.written("\n".join(said)))]
    values, comparisons = _catalog_words(grammar, tokenizer)
    comparing = ComparingWords(shown, comparisons, words_only=words_only) if shown else None
    return GroundedWords(values, [*said, *meant], facts, prices, comparing)


@lru_cache(maxsize=2)
def _catalog_words(grammar: WantGrammar, tokenizer: ShopTokenizer) -> tuple[CatalogWords, ComparisonTokens]:
    """The values of a catalog but for its kinds, of which a reply may always speak, and what compares."""
    stand_in_rows = {name: known for name, known in grammar.facets.items() if name != KIND}
    values = CatalogWords(stand_in_rows, (*grammar.facets.get(KIND, ()), *_ORDINARY.split()), tokenizer)
    return values, ComparisonTokens(values.spelled)
