"""Words that no reply may say: values and prices that nothing in question has.

A small model describes the red kettle as blue and gives it the price of another. What stands in the rows it speaks of,
what the shopper wrote and what the reply read out of it are known when the words are written. So a value of the catalog
("ceramic", "Saltgarth", "dishwasher safe") may be said only if it stands there too, and an amount of money only if it
is one of those. Everything else may be said freely: which of several items a value is said of, "not", reasons and
opinions are the model's, and so are the names of kinds.

Values are looked for by their tokens. What decides is the last word of a value: "recycled polyester" is stopped before
"polyester", and may go on as anything else that stands there, such as "recycled nylon". A value that is spelled in
other tokens than the tokenizer would choose is not seen, nor is an amount without a sign of its currency before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Protocol

import numpy as np

from catalog_db.money import SYMBOLS, format_price
from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.reply_state import Allowed
from neo_assistant.grammar.said_values import BRAND, KIND
from neo_assistant.grammar.spelling import token_bytes
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.prompts.tokenizer import ShopTokenizer

Path = tuple[int, ...]
_START = -1
"""Stands before the first token of a run of words, where a value has no space before it."""
_NAME, _LATER = 2, 3
"""Letters that tell a word before it is complete: of a name in its first token, of others in more tokens than one. What
tells nothing is not stopped: "back" may become "backpack", and is a word. But whoever stops a name late has another one
made up."""
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
_NUMERIC = b"0123456789,."
_FAR_ENOUGH = 16
"""Tokens back, more than any amount has."""


class CatalogWords:
    """The values of a catalog as tokens; made once, used by every reply.

    Args:
        facets: facet name → values that stand in a row or not.
        free: names that a reply may always say, such as those of kinds: "rain jackets" do not say "rain" of an item.
        tokenizer: of the checkpoint.
    """

    def __init__(self, facets: Mapping[str, Sequence[str]], free: Iterable[str], tokenizer: ShopTokenizer) -> None:
        self.tokenizer = tokenizer
        self.spelled = token_bytes(tokenizer)
        self.numeric = {
            token: text.decode() for token, text in self.spelled.items() if text and not text.strip(_NUMERIC)
        }
        self.digits = frozenset(token for token, text in self.numeric.items() if text[0].isdigit())
        self.signs = tuple(sign.encode() for sign in SYMBOLS.values())
        marks = {token for token, text in self.spelled.items() if text[-1:] < b"\x80" and not text[-1:].isalnum()}
        self.opening = frozenset(token for token in marks if not self.spelled[token].endswith(b" "))
        """Tokens after which a word needs no space: brackets, quotation marks, hyphens, ends of lines."""
        following: dict[Path, set[int]] = {}
        for name, values in facets.items():
            for value in values:
                if not any(map(str.isalpha, value)):
                    continue  # "4" is a size, and a count, and the beginning of a price
                for form in {value, value[0].upper() + value[1:]}:
                    self._add(following, form, (_START,), is_name=name == BRAND)
                    self._add(following, f" {form}", (), is_name=name == BRAND)
        self.following = {path: frozenset(tokens) for path, tokens in following.items()}
        """By the tokens before it: the tokens that begin or continue the last word of a value."""
        self.longest = max((len(path) for path in self.following), default=0) + 1
        self.free = frozenset(self.paths(free))

    def paths(self, texts: Iterable[str]) -> Iterator[Path]:
        """Every run of tokens in some texts, in any case, up to the length of the longest value."""
        for text in texts:
            for form in {text, text.lower(), text.title(), text[:1].upper() + text[1:]}:
                words = form.split()
                whole = " ".join(words)
                for run in map(self.tokenizer.encode, (f" {whole}", whole, *words)):
                    for begin in range(len(run)):
                        for end in range(begin + 1, min(begin + self.longest, len(run)) + 1):
                            yield tuple(run[begin:end])

    def _add(self, following: dict[Path, set[int]], text: str, before: Path, *, is_name: bool) -> None:
        tokens, end, whole = self.tokenizer.encode(text), 0, len(text.encode())
        last_word = len(text[: text.rindex(" ") + 1].encode()) if " " in text else 0
        for place, token in enumerate(tokens):
            begin, end = end, end + len(self.spelled.get(token, b""))
            telling = _LATER if begin > last_word else _NAME if is_name else whole
            if end == whole or end - last_word >= telling:
                following.setdefault((*before, *tokens[:place]), set()).add(token)


class GroundedWords:
    """What one reply may say, as far as values and amounts go.

    Args:
        catalog: the values.
        said: what was said so far; its values and its numbers may be said again.
        facts: the words of the rows in question.
        prices: their prices, as people write them.
    """

    def __init__(
        self, catalog: CatalogWords, said: Sequence[str], facts: Sequence[str] = (), prices: Sequence[str] = ()
    ) -> None:
        self._catalog, self._texts, self._priced = catalog, (*said, *facts), (*said, *prices)
        self._by_want: dict[str, tuple[frozenset[Path], np.ndarray, frozenset[str]]] = {}

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
        said, at_once, amounts = self._known(want)
        begun, unsaid = self._amount_at(run), [at_once]
        if begun is not None:
            goes_on = self._going_on(begun, amounts)
            if goes_on and begun.rstrip(",.") not in amounts:
                return Allowed(_ids(goes_on))
            unsaid.append(_ids(self._catalog.digits - goes_on))
        for before, bare in self._begun(run):
            following = self._catalog.following.get(before, frozenset())
            unsaid.append(_ids(each for each in following if (*bare, each) not in said))
        return replace(allowed, unsaid=np.unique(np.concatenate(unsaid)))

    def _begun(self, run: Sequence[int]) -> Iterator[tuple[Path, Path]]:
        """The values that the end of the words may be within: as they are looked up, and as they would be said."""
        for begin in range(max(0, len(run) - self._catalog.longest), len(run) + 1):
            bare = tuple(run[begin:])
            if bare:
                yield bare, bare
            if not begin or run[begin - 1] in self._catalog.opening:
                yield (_START, *bare), bare

    def _known(self, want: str) -> tuple[frozenset[Path], np.ndarray, frozenset[str]]:
        if want not in self._by_want:
            catalog = self._catalog
            said = catalog.free.union(catalog.paths((*self._texts, want)))
            at_once = _ids(token for token in catalog.following.get((), ()) if (token,) not in said)
            numbers = (number for text in (*self._priced, want) for number in _AMOUNT.findall(in_digits(text)))
            amounts = frozenset(form for number in numbers for form in _written(number))
            if not amounts:
                spelled = catalog.spelled.items()
                signs = (token for token, text in spelled if any(sign in text for sign in catalog.signs))
                at_once = np.union1d(at_once, _ids(signs))
            self._by_want[want] = said, at_once, amounts
        return self._by_want[want]

    def _amount_at(self, run: Sequence[int]) -> str | None:
        """How much of an amount of money stands at the end of the words; None where none has been begun."""
        text = b"".join(self._catalog.spelled.get(token, b" ") for token in run[-_FAR_ENOUGH:])
        before = text.rstrip(_NUMERIC)
        return text[len(before) :].decode() if before.endswith(self._catalog.signs) else None

    def _going_on(self, begun: str, amounts: frozenset[str]) -> frozenset[int]:
        """What brings an amount nearer to one that may be said."""
        numeric = self._catalog.numeric.items()
        return frozenset(token for token, more in numeric if any(amount.startswith(begun + more) for amount in amounts))


def _ids(tokens: Iterable[int]) -> np.ndarray:
    return np.array(sorted(tokens), dtype=np.int64)


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
    grammar: WantGrammar, tokenizer: ShopTokenizer, said: Sequence[str], rows: Iterable[Row], currency: str
) -> GroundedWords:
    """What a reply may say of a shop's items.

    Args:
        grammar: of want spans over the catalog.
        tokenizer: of the checkpoint.
        said: what was said so far.
        rows: of the items in question.
        currency: of their prices.
    """
    rows = list(rows)
    facts = [text for row in rows for text in (row.title, row.brand or "", *chain(*row.attributes.values()))]
    prices = [format_price(row.price_minor, currency) for row in rows if row.price_minor is not None]
    meant = [value for _, value in sorted(grammar.said.written("\n".join(said)))]
    return GroundedWords(_catalog_words(grammar, tokenizer), [*said, *meant], facts, prices)


@lru_cache(maxsize=2)
def _catalog_words(grammar: WantGrammar, tokenizer: ShopTokenizer) -> CatalogWords:
    """The values of a catalog but for its kinds, of which a reply may always speak."""
    kinds = grammar.facets.get(KIND, ())
    stand_in_rows = {name: known for name, known in grammar.facets.items() if name != KIND}
    return CatalogWords(stand_in_rows, (*kinds, *_ORDINARY.split()), tokenizer)
