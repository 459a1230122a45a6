"""The constraint on the reply to a held-out example, as serving would set it up for the same turn.

It is :class:`neo_assistant.turn.Turn`'s, made from the examples folder instead of the database: the conditions that
the request carries beside the words (``hidden``), the types asked for, the format, the counts and the total that the
words state, and the want span with what the conversation allows in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from catalog_db.money import to_minor
from finetune.evaluation.shelf import Shelf, as_record
from finetune.examples.example import Example
from finetune.examples.shop import ShopItem
from neo_assistant.counts import Ordered, OrderReader, kinds_called
from neo_assistant.decoding.view import View
from neo_assistant.errors import RequestError
from neo_assistant.grammar.budget import Budget
from neo_assistant.grammar.counted import Counts
from neo_assistant.grammar.grounded_words import GroundedWords, grounded_words
from neo_assistant.grammar.plan import ReplyPlan, WantPlan
from neo_assistant.grammar.quotas import Quota
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.request import MAX_BUDGET
from neo_assistant.steering import Format, Task
from neo_assistant.terms import NO_TERMS, Terms
from neo_assistant.want import Want
from neo_assistant.what_was_said import want_context

_WORDS_ONLY = (Task.DESCRIBE, Task.PROFILE)


class Planner:
    """Makes the plans of one folder's examples; compiles the catalog's want grammar once."""

    def __init__(self, shelf: Shelf, tokenizer: ShopTokenizer, terms: Terms = NO_TERMS) -> None:
        self._shelf, self._tokenizer, shop = shelf, tokenizer, shelf.shop
        facets = {facet: sorted(shop.facet_values[facet]) for facet in shop.facets}
        self._grammar = WantGrammar(shop.scheme.types, facets, tokenizer, terms=terms)
        self._orders = OrderReader(self._grammar.facets, shop.scheme.types)

    def plan(self, example: Example) -> ReplyPlan:
        """The constraint on the reply to an example."""
        steering, shelf = example.steering, self._shelf
        words_only = steering.format is Format.TEXT or steering.task in _WORDS_ONLY
        order = self._orders.read(example.messages[-1].text)
        counts = () if words_only else order.counts
        quotas = self._quotas(counts) if len(counts) > 1 else ()
        count = sum(number for _, number in counts) or steering.count
        budget = None if words_only or order.total is None else self._budget(order.total)
        at_least = 0
        if not words_only and not quotas:
            ids_only = (count if budget is None else 1) if steering.format is Format.IDS else 0
            at_least = count if counts else ids_only
        return ReplyPlan(
            tokenizer=self._tokenizer,
            view=shelf.view(shelf.shop.matching(example.hidden, types=steering.types)),
            format=Format.TEXT if words_only else steering.format,
            at_least=at_least,
            at_most=0 if words_only else count,
            want=None if words_only else self._want(example, order, several=bool(quotas)),
            quotas=quotas,
            budget=budget,
            words=self._words(example, words_only=words_only),
        )

    def _words(self, example: Example, *, words_only: bool) -> GroundedWords | None:
        shown, named = shown_in(example, self._shelf)
        if words_only and not named and example.steering.task is not Task.PROFILE:
            return None
        history = [self._shelf.by_sid[str(sid)] for sid in example.steering.history if str(sid) in self._shelf.by_sid]
        said = [message.text for message in example.messages]
        return grounded_words(
            self._grammar,
            self._tokenizer,
            said,
            [*named, *history],
            self._shelf.shop.currency,
            shown=[as_record(item, self._shelf) for item in shown],
            words_only=words_only,
        )

    def _quotas(self, counts: Counts) -> tuple[Quota, ...]:
        return tuple(Quota(name, self._shelf.view(self._called(name)), number, number) for name, number in counts)

    def _called(self, name: str) -> Sequence[ShopItem]:
        """The items of the kinds of a name, or else of the type."""
        shop = self._shelf.shop
        kinds = kinds_called(name, shop.by_kind)
        return [item for kind in kinds for item in shop.by_kind[kind]] if kinds else shop.by_type[name]

    def _budget(self, total: str) -> Budget:
        return Budget(min(to_minor(Decimal(total), self._shelf.shop.currency), MAX_BUDGET), self._shelf.prices)

    def _want(self, example: Example, order: Ordered, *, several: bool) -> WantPlan:
        shown, named = shown_in(example, self._shelf)
        earlier, text = example.messages[:-1], example.messages[-1].text
        context = want_context(
            self._grammar,
            self._orders,
            earlier,
            text,
            order,
            shown=bool(shown),
            several=several,
            values_of=self._values_of,
        )
        return WantPlan(self._grammar, context, Narrow(self._shelf, shown, named))

    def _values_of(self, kind: str, facet: str) -> frozenset[str]:
        return frozenset(value for item in self._shelf.shop.by_kind.get(kind, ()) for value in item.values(facet))


class Narrow:
    """From a want's words to the view it leaves, with the items of the conversation that it may refer to."""

    def __init__(self, shelf: Shelf, shown: Sequence[ShopItem], named: Sequence[ShopItem]) -> None:
        self._shelf, self._shown, self._named = shelf, shown, named

    def __call__(self, words: str) -> View:
        found = self._shelf.shop.matching(Want.parse(words), shown=self._shown, named=self._named)
        return self._shelf.view(found)


def shown_in(example: Example, shelf: Shelf) -> tuple[list[ShopItem], list[ShopItem]]:
    """Items of the latest message that names any, and of all messages."""
    groups = [[shelf.shop.by_sku[part.sku] for part in message.items] for message in example.messages]
    groups = [group for group in groups if group]
    return (groups[-1] if groups else []), [item for group in groups for item in group]


def meeting(example: Example, conditions: Sequence[str], shelf: Shelf) -> frozenset[str]:
    """SKUs that meet some conditions as a want span states them, and those that the request carries beside the words.

    Raises:
        RequestError: if a condition is not one; a free model may write such.
    """
    shown, named = shown_in(example, shelf)
    want = Want.parse("; ".join(conditions))
    found = {item.sku for item in shelf.shop.matching(want, types=example.steering.types, shown=shown, named=named)}
    return frozenset(found & {item.sku for item in shelf.shop.matching(example.hidden)})


def readable(conditions: Sequence[str]) -> bool:
    """Whether conditions, as a free model may write them, can be read at all."""
    try:
        Want.parse("; ".join(conditions))
    except RequestError:
        return False
    return True
