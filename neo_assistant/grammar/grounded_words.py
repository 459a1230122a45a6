"""Words that no reply may say: values and prices that nothing in question has.

A small model describes the red kettle as blue and gives it the price of another. What stands in the rows it speaks of,
what the shopper wrote and what the reply read out of it are known when the words are written. So a value of the catalog
("ceramic", "Saltgarth", "dishwasher safe") may be said only if it stands there too, and an amount of money only if it
is one of those. Everything else may be said freely: "not", reasons and opinions are the model's, and so are the names
of kinds. Of which of several items a value may be said is held to their rows where the words have named them
(:mod:`neo_assistant.grammar.item_words`).

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
from neo_assistant.grammar.item_words import ComparisonTokens, ItemWords, texts_of
from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.plurals import plurals
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
        values: for each catalog of values the runs of tokens that may be said, and the tokens that say a value which
            may not.
        amounts: of money, as people write them.
    """

    values: tuple[tuple[CatalogWords, frozenset[Path], np.ndarray], ...]
    amounts: frozenset[str]


@dataclass(frozen=True)
class Beside:
    """What says of which item something may be said.

    Args:
        words: who is spoken of, and how the items compare.
        kinds: the names of kinds; held to the rows only where it is known of whom they are said.
        currency: of the prices.
    """

    words: ItemWords
    kinds: CatalogWords
    currency: str


class GroundedWords:
    """What one reply may say, as far as values and amounts go.

    Args:
        catalog: the values.
        said: what was said so far; its values and its numbers may be said again.
        facts: the words of the rows in question.
        prices: their prices, as people write them.
        beside: what may be said of which item, where the words speak of items that the shopper has before their eyes.
    """

    def __init__(
        self,
        catalog: CatalogWords,
        said: Sequence[str],
        facts: Sequence[str] = (),
        prices: Sequence[str] = (),
        beside: Beside | None = None,
    ) -> None:
        self._catalog, self._said, self._facts, self._prices = catalog, said, facts, prices
        self._beside = beside
        self._by_want: dict[str, Known] = {}
        self._by_items: dict[tuple[str, tuple[str, ...]], Known] = {}

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
        text = "" if self._beside is None else self._text(run)
        begun, known = self._amount_at(run), self._known(want, text)
        unsaid = [] if self._beside is None else list(self._beside.words.untrue(text))
        if begun is not None:
            amounts = self._known(want, text[: len(text) - len(begun)]).amounts
            goes_on = self._going_on(begun, amounts)
            if goes_on and begun.rstrip(",.") not in amounts:
                return Allowed(token_ids(goes_on))
            unsaid.append(token_ids(self._catalog.digits - goes_on))
        for catalog, said, at_once in (known if not self._picks_out(run) else self._any(want)).values:
            unsaid.append(at_once)
            for before, bare in catalog.begun(run):
                following = catalog.following.get(before, frozenset())
                unsaid.append(token_ids(each for each in following if (*bare, each) not in said))
        return replace(allowed, unsaid=np.unique(np.concatenate(unsaid)))

    def _picks_out(self, run: Sequence[int]) -> bool:
        """Whether the value that the end of the words may be within says which item is meant."""
        if self._beside is None:
            return False
        begun = [bare for before, bare in self._catalog.begun(run) if before in self._catalog.following]
        return any(self._beside.words.picks_out(self._text(run[: len(run) - len(bare)])) for bare in ((), *begun))

    def _known(self, want: str, text: str) -> Known:
        """What may be said after a text."""
        items = () if self._beside is None else self._beside.words.spoken_of(text)
        return self._of(want, items) if items else self._any(want)

    def _any(self, want: str) -> Known:
        """What may be said of whatever is in question."""
        if want not in self._by_want:
            catalog = self._catalog
            said = catalog.free.union(catalog.paths((*self._said, *self._facts, want)))
            amounts = _amounts((*self._said, *self._prices, want))
            self._by_want[want] = Known(((catalog, said, self._at_once(catalog, said, amounts)),), amounts)
        return self._by_want[want]

    def _of(self, want: str, items: Sequence[ProductRecord]) -> Known:
        """What may be said of each of these items."""
        assert self._beside is not None
        key = want, tuple(row.sku for row in items)
        if key not in self._by_items:
            catalog, kinds = self._catalog, self._beside.kinds
            shared = {row.price_minor for row in items}
            price = shared.pop() if len(shared) == 1 else None
            prices = [] if price is None else [format_price(price, self._beside.currency)]
            amounts = _amounts((*self._said, *prices, want))
            said, of_kinds = self._shared(catalog, items), self._shared(kinds, items)
            values = (catalog, said, self._at_once(catalog, said, amounts))
            self._by_items[key] = Known((values, (kinds, of_kinds, kinds.at_once(of_kinds))), amounts)
        return self._by_items[key]

    def _shared(self, catalog: CatalogWords, items: Sequence[ProductRecord]) -> frozenset[Path]:
        """What stands in the rows of all of these."""
        assert self._beside is not None
        own = (frozenset(catalog.paths(texts_of(row))) for row in items)
        return self._beside.kinds.free.union(frozenset.intersection(*own))

    def _at_once(self, catalog: CatalogWords, said: frozenset[Path], amounts: frozenset[str]) -> np.ndarray:
        at_once = catalog.at_once(said)
        return at_once if amounts else np.union1d(at_once, catalog.with_signs)

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
    values, kinds, comparisons = _catalog_words(grammar, tokenizer)
    beside = Beside(ItemWords(shown, comparisons, words_only=words_only), kinds, currency) if shown else None
    return GroundedWords(values, [*said, *meant], facts, prices, beside)


@lru_cache(maxsize=2)
def _catalog_words(
    grammar: WantGrammar, tokenizer: ShopTokenizer
) -> tuple[CatalogWords, CatalogWords, ComparisonTokens]:
    """The values of a catalog but for its kinds, of which a reply may always speak; these; and what compares."""
    kinds, ordinary = grammar.facets.get(KIND, ()), _ORDINARY.split()
    stand_in_rows = {name: known for name, known in grammar.facets.items() if name != KIND}
    values = CatalogWords(stand_in_rows, (*kinds, *ordinary), tokenizer)
    named = {KIND: [form for kind in kinds for form in (kind, *sorted(plurals(kind)))]}
    return values, CatalogWords(named, ordinary, tokenizer), ComparisonTokens(values.spelled)
