"""Bundle examples: what serving would read out of the words, allow and count is what they teach."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

import numpy as np
import pytest

from finetune.examples.desk import Desk, Draft
from finetune.examples.example import Example
from finetune.examples.phrases import load_phrases
from finetune.examples.shop import KIND, Shop, ShopItem
from finetune.examples.tasks.bundle import Bundle
from neo_assistant.counts import Ordered, OrderReader, kinds_called
from neo_assistant.decoding.view import View
from neo_assistant.grammar.budget import UNKNOWN, Budget
from neo_assistant.grammar.plan import ReplyPlan, WantPlan
from neo_assistant.grammar.quotas import Quota
from neo_assistant.grammar.totals import total_in
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.steering import Task
from neo_assistant.want import Want
from tests.finetune.examples.small_shop import SCHEME, make_bare_shop, make_shop
from tests.neo_assistant.strategies import build_index, tiny_tokenizer

SHOP = make_shop()
FACETS = {name: tuple(sorted(values)) for name, values in SHOP.facet_values.items()}
READER = OrderReader(FACETS, SCHEME.types)
INDEX = build_index(SCHEME, [item.sid for item in SHOP.items])
ITEMS = {item.sid: item for item in SHOP.items}
PLACED = [ITEMS[INDEX.sid(place)] for place in range(len(INDEX))]
TOKENIZER = tiny_tokenizer(SCHEME)
GRAMMAR = WantGrammar(SCHEME.types, FACETS, TOKENIZER)


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    task = Bundle(Desk(SHOP, load_phrases(), 40))
    made = [task.make(Draft(random.Random(number))) for number in range(400)]
    return [example for example in made if example is not None]


def order_of(example: Example) -> Ordered:
    return READER.read(example.messages[-1].text)


def budget_of(example: Example) -> int:
    total = order_of(example).total
    assert total is not None, example.messages[-1].text
    return int(Decimal(total) * 100)


def named(example: Example) -> list[ShopItem]:
    return [SHOP.by_sku[part.sku] for part in example.reply.items]


def price(item: ShopItem) -> int:
    assert item.price_minor is not None
    return item.price_minor


def view_of(kind: str | None = None) -> View:
    kinds = (None,) if kind is None else kinds_called(kind, SHOP.by_kind)
    return View(INDEX, np.array([kinds == (None,) or item.kind in kinds for item in PLACED]))


def plan_of(example: Example) -> ReplyPlan:
    """What serving would hold the reply to."""
    counts = order_of(example).counts
    prices = [UNKNOWN if item.price_minor is None else item.price_minor for item in PLACED]
    several = tuple(Quota(kind, view_of(kind), number, number) for kind, number in counts) if len(counts) > 1 else ()

    def narrow(words: str) -> View:
        return view_of(dict(Want.parse(words).facets).get(KIND))

    return ReplyPlan(
        TOKENIZER,
        view_of(),
        at_least=example.steering.count if len(counts) == 1 else 0,
        at_most=example.steering.count,
        want=WantPlan(GRAMMAR, WantContext(frozenset(), False), narrow),
        quotas=several,
        budget=Budget(budget_of(example), np.array(prices, dtype=np.int64)),
    )


def test_there_are_enough_of_every_shape(examples: list[Example]) -> None:
    assert len(examples) > 300
    shapes = Counter(len(order_of(example).counts) for example in examples)
    assert shapes[0] > 40
    assert shapes[1] > 20
    assert shapes[2] + shapes[3] > 100
    assert any(message.items for example in examples for message in example.messages)
    assert {example.steering.task for example in examples} == {Task.CHAT, Task.BUNDLE}


def test_every_reply_keeps_to_its_total_and_counts(examples: list[Example]) -> None:
    for example in examples:
        items, counts = named(example), dict(order_of(example).counts)
        assert sum(map(price, items)) <= budget_of(example)
        assert len({item.sku for item in items}) == len(items) <= example.steering.count
        if items and counts:
            named_as = {kind: name for name in counts for kind in kinds_called(name, SHOP.by_kind)}
            assert Counter(named_as[str(item.kind)] for item in items) == counts


def test_the_grammar_of_serving_allows_exactly_these_replies(examples: list[Example]) -> None:
    """The want span, the number found, the items and the end."""
    renderer = PromptRenderer(TOKENIZER)
    for example in examples:
        ids = [*renderer.parts(example.reply.parts), TOKENIZER.end_of_reply]
        assert plan_of(example).read(ids).ended, example.messages[-1].text


def test_where_nothing_is_named_the_cheapest_cost_too_much(examples: list[Example]) -> None:
    without = [example for example in examples if not named(example)]
    assert 5 < len(without) < len(examples) / 5
    for example in without:
        counts = order_of(example).counts
        called = {name: kinds_called(name, SHOP.by_kind) for name, _ in counts}
        pools = [sorted(price(i) for i in SHOP.items if i.kind in called[k] and i.price_minor)[:n] for k, n in counts]
        cheapest = sum(map(sum, pools)) or min(price(item) for item in SHOP.items if item.price_minor is not None)
        assert cheapest > budget_of(example)
        assert "found 0" in (example.reply.want or "")


def test_the_want_names_a_kind_only_where_one_is_counted(examples: list[Example]) -> None:
    for example in examples:
        counts, want = order_of(example).counts, Want.parse(example.reply.want or "")
        assert want.facets == (((KIND, counts[0][0]),) if len(counts) == 1 else ())
        assert want.max_price is None


def test_no_reply_states_a_total(examples: list[Example]) -> None:
    assert not any(character.isdigit() for example in examples for character in example.reply.text)


def test_a_shop_of_one_kind_or_none_has_no_bundles() -> None:
    bare: Shop = make_bare_shop()
    assert not Bundle(Desk(bare, load_phrases(), 40)).possible


@pytest.mark.parametrize("amount", ["300", "$300", "300 dollars", "1,200"])
def test_every_phrasing_states_a_total(amount: str) -> None:
    book = load_phrases()
    for phrase in book.groups["total"]:
        total = total_in("things for a picnic, " + phrase.format(max=amount))
        assert total is not None, phrase
        assert total.amount == amount.strip("$").removesuffix(" dollars").replace(",", "")
    for group, words in (("bundle_theme_limit", {"theme": "a picnic"}), ("bundle_around_limit", {})):
        for phrase in book.groups[group]:
            assert total_in(phrase.format(max=amount, **words)) is not None, phrase
    for phrase in book.groups["bundle_list_limit"]:
        order = READER.read(phrase.format(max=amount, list="a mug and two towels"))
        assert (len(order.counts), order.total is not None) == (2, True), phrase
