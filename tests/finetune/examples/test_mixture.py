"""Every example of the mixture, checked against the shop by brute force."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter

import pytest

from catalog_db.conditions import Conditions
from finetune.errors import ExamplesError
from finetune.examples.example import HELDOUT, TRAIN, VALIDATION, Example
from finetune.examples.mixture import TASKS, Mixture, MixtureConfig
from finetune.examples.phrases import held_out, load_phrases
from finetune.examples.shop import KIND, Shop, ShopItem
from neo_assistant.grammar.counted import CountReader, Counts
from neo_assistant.grammar.stated import stated_in
from neo_assistant.grammar.want_context import numbers_in
from neo_assistant.messages import ItemPart, Role, TextPart, WantPart
from neo_assistant.request import MAX_ITEMS
from neo_assistant.steering import Format
from neo_assistant.want import FIRST_FACETS, SHOWN, Want
from tests.finetune.examples.small_shop import make_bare_shop, make_shop

CONFIG = MixtureConfig(others_per_item=16.0, heldout_per_task=12, validation_per_task=4, most_per_item=120)
LISTING = ("search", "search log", "refine", "similar")
"""Tasks whose replies name as many items as were asked for, as far as there are any."""


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make_shop()


@pytest.fixture(scope="module")
def examples(shop: Shop) -> list[Example]:
    return Mixture(shop, load_phrases(), CONFIG).make()


def meets(item: ShopItem, conditions: Conditions) -> bool:
    """Whether an item meets typed conditions, one by one and without any index."""
    price = item.price_minor
    return (
        (not conditions.item_types or item.item_type in conditions.item_types)
        and (not conditions.brands or item.brand in conditions.brands)
        and all(set(item.attributes.get(name, ())) & set(values) for name, values in conditions.attributes)
        and (conditions.max_price is None or (price is not None and price <= conditions.max_price))
        and (conditions.min_price is None or (price is not None and price >= conditions.min_price))
        and (conditions.min_rating is None or (item.rating is not None and item.rating >= conditions.min_rating))
        and (not conditions.in_stock or item.in_stock)
    )


def eligible(shop: Shop, example: Example) -> list[ShopItem]:
    """What the reply's want, the asked types and the hidden conditions leave."""
    assert example.reply.want is not None
    want = Want.parse(example.reply.want)
    replies = [message for message in example.messages if message.role is Role.ASSISTANT]
    turns = [*replies, example.messages[-1]]
    last = next((message.items for message in reversed(turns) if message.items), ())
    prices = [shop.by_sku[part.sku].price_minor for part in last]
    typed = want.conditions([price for price in prices if price is not None])
    named = {part.sku for message in replies for part in message.items} if want.not_shown else set()
    counts = dict(counts_in(shop, example)) if example.task == "several kinds" else {}
    return [
        item
        for item in shop.items
        if meets(item, typed)
        and (not counts or item.kind in counts)
        and meets(item, example.hidden.conditions())
        and (not example.steering.types or item.item_type in example.steering.types)
        and item.sku not in named
    ]


def counts_in(shop: Shop, example: Example) -> Counts:
    """The counts that serving reads in the shopper's last words."""
    qualities = [value for name in FIRST_FACETS[1:] if name != "brand" for value in shop.facet_values.get(name, ())]
    kinds = shop.facet_values.get("kind", frozenset())
    return CountReader(kinds, shop.scheme.types, qualities, MAX_ITEMS).counts_in(example.messages[-1].text)


def words_of(example: Example) -> str:
    return " ".join(message.text for message in example.messages if message.role is Role.SHOPPER)


def test_items_meet_the_want_and_the_count_is_true(shop: Shop, examples: list[Example]) -> None:
    for example in examples:
        if example.reply.want is None:
            continue
        if example.task == "bundle":
            continue  # What is left depends on the total as well.
        left = eligible(shop, example)
        found = re.search(r"found (\w+)$", example.reply.want)
        assert found is not None
        assert found[1] == (str(len(left)) if len(left) <= 9 else "many"), example
        assert {part.sku for part in example.reply.items} <= {item.sku for item in left}, example
        assert all(shop.by_sku[part.sku].sid == part.sid for part in example.reply.items)


def test_numbers_of_a_want_stand_in_the_words_of_the_conversation(examples: list[Example]) -> None:
    limited = 0
    for example in examples:
        want = Want.parse(example.reply.want or "")
        for limit in (want.max_price, want.min_price):
            if limit is not None and limit != SHOWN:
                limited += 1
                assert f"{limit:f}" in numbers_in(words_of(example)), example
        if want.min_rating is not None:
            assert f"{want.min_rating:g}" in numbers_in(words_of(example)), example
    assert limited > 50


def test_items_come_once_and_no_more_than_asked_for(shop: Shop, examples: list[Example]) -> None:
    for example in examples:
        items = example.reply.items
        assert len({part.sku for part in items}) == len(items) <= example.steering.count
        if example.steering.format is Format.IDS:
            expected = min(example.steering.count, len(eligible(shop, example)))
            assert len(items) == expected or example.task in ("similar", "recommend", "goes with"), example


def test_replies_say_how_many_they_name(examples: list[Example]) -> None:
    words = {"two": 2, "three": 3, "four": 4, "five": 5}
    said = 0
    for example in examples:
        counted = re.match(r"(?:Here are|I found|I have only) (\w+) ", example.reply.text)
        if counted and example.task in LISTING:
            said += 1
            assert words[counted[1]] == len(example.reply.items), example
    assert said > 100


def test_the_format_is_kept(examples: list[Example]) -> None:
    for example in examples:
        kinds = [type(part) for part in example.reply.parts]
        text_task = example.steering.task in ("describe", "profile", "compare")
        if example.steering.format is Format.TEXT or text_task:
            assert kinds == [TextPart], example
        else:
            assert kinds[0] is WantPart
            assert kinds.count(WantPart) == 1
            allowed = {ItemPart} if example.steering.format is Format.IDS else {ItemPart, TextPart}
            assert set(kinds[1:]) <= allowed


def test_facets_follow_the_order_of_the_catalog(shop: Shop, examples: list[Example]) -> None:
    for example in examples:
        names = [name for name, _ in Want.parse(example.reply.want or "").facets]
        assert names == [name for name in shop.facets if name in names]


def test_what_is_stated_plainly_stands_in_the_want(examples: list[Example]) -> None:
    """Serving does not let a reply's want end without it."""
    seen = 0
    for example in examples:
        if example.reply.want is None or example.task == "bundle":
            continue
        want, stated = Want.parse(example.reply.want), stated_in(example.messages[-1].text)
        for number, limit in ((stated.at_most, want.max_price), (stated.at_least, want.min_price)):
            seen += number is not None
            assert number is None or number == str(limit), example
        assert want.in_stock or not stated.in_stock, example
    assert seen > 50


def test_counts_that_serving_reads_are_kept(shop: Shop, examples: list[Example]) -> None:
    seen = 0
    for example in examples:
        counts = counts_in(shop, example)
        if example.task not in ("search", "search log", "several kinds") or not counts:
            continue
        seen += 1
        asked, left = sum(number for _, number in counts), len(eligible(shop, example))
        assert example.steering.count == asked, example
        if example.task == "several kinds":
            named = Counter(shop.by_sku[part.sku].kind for part in example.reply.items)
            full = "Here are" in example.reply.text
            assert all(named[kind] == number if full else named[kind] <= number for kind, number in counts), example
        else:
            assert len(example.reply.items) == min(asked, left), example
    assert seen > 50


def test_a_refinement_changes_the_want_and_keeps_the_rest(examples: list[Example]) -> None:
    kept, dropped, talked = 0, 0, 0
    for example in examples:
        if example.task != "refine":
            continue
        wants = [Want.parse(message.want) for message in example.messages if message.want]
        last = next(want for want in reversed(wants) if want != Want())
        talked += wants[-1] == Want()
        after = Want.parse(example.reply.want or "")
        # To ask for others twice is to ask for something new all the same.
        assert after != last or after.not_shown, example
        kept += set(last.facets) <= set(after.facets)
        dropped += after.facets != last.facets and set(after.facets) < set(last.facets)
        relative = SHOWN in (after.max_price, after.min_price)
        assert not relative or last.facets == after.facets, example
    assert kept > 50
    assert dropped > 5
    assert talked > 5


def test_a_need_after_a_search_is_a_new_subject(shop: Shop, examples: list[Example]) -> None:
    needs = [(need, kind) for kind in shop.by_kind for need in load_phrases().needs.get(kind, ())]
    seen = 0
    for example in examples:
        if example.task != "refine":
            continue
        meant = {kind for need, kind in needs if need in example.messages[-1].text}
        seen += bool(meant)
        assert not meant or dict(Want.parse(example.reply.want or "").facets)[KIND] in meant, example
    assert seen > 10


def test_no_placeholder_is_left(examples: list[Example]) -> None:
    for example in examples:
        text = "\n".join(message.text.strip() for message in (*example.messages, example.reply))
        assert "{" not in text
        assert not re.search(r"None(?! of them)", text)
        assert "  " not in text


def test_nothing_held_out_reaches_training(shop: Shop, examples: list[Example]) -> None:
    assert all(not example.sources for example in examples if example.split == TRAIN)
    assert all(example.sources for example in examples if example.split != TRAIN)
    prompts = Counter(example.prompt_key for example in examples)
    assert prompts.most_common(1)[0][1] == 1
    held = {journey.shopper for journey in shop.journeys if held_out(f"shopper {journey.shopper}")}
    assert held
    histories = {
        tuple(str(shop.by_sku[sku].sid) for sku in journey.skus[:2])
        for journey in shop.journeys
        if journey.shopper in held
    }
    for example in examples:
        if example.split == TRAIN and example.task == "profile":
            assert tuple(map(str, example.steering.history[:2])) not in histories


def test_every_task_is_there_in_every_split(examples: list[Example]) -> None:
    seen = {(example.task, example.split) for example in examples}
    rare = {"language", "small talk", "clarify", "words only", "not sold", "popular"}
    for task in (*CONFIG.per_item, *CONFIG.weights):
        assert task in TASKS
        assert (task, TRAIN) in seen
        assert task in rare or {(task, VALIDATION), (task, HELDOUT)} <= seen


def test_every_item_is_learnt_both_ways(shop: Shop, examples: list[Example]) -> None:
    named = Counter(part.sku for example in examples if example.split == TRAIN for part in example.reply.items)
    assert set(named) == set(shop.by_sku)
    described = {e.messages[-1].items[0].sid if e.messages[-1].items else e.steering.history[-1]
                 for e in examples if e.task == "item to words"}  # fmt: skip
    assert described == {item.sid for item in shop.items}


def test_every_item_is_named_often_enough_and_none_too_often(shop: Shop) -> None:
    config = dataclasses.replace(
        CONFIG, others_per_item=3.0, least_named=4, most_per_item=9, heldout_per_task=1, validation_per_task=0
    )
    made = [e for e in Mixture(shop, load_phrases(), config).make() if e.split == TRAIN]
    named = Counter(
        part.sku for example in made if example.task not in ("popular", "first item") for part in example.reply.items
    )
    assert set(named) == set(shop.by_sku)
    assert min(named.values()) >= config.least_named
    assert max(named.values()) <= config.most_per_item


def test_the_same_seed_gives_the_same_examples_and_another_one_others(shop: Shop, examples: list[Example]) -> None:
    small = dataclasses.replace(CONFIG, scale=0.1, heldout_per_task=3, validation_per_task=1)
    one, two = (Mixture(make_shop(), load_phrases(), small).make() for _ in range(2))
    assert one == two
    assert Mixture(shop, load_phrases(), dataclasses.replace(small, seed=1)).make() != one


def test_any_beginning_of_training_is_a_fair_sample(examples: list[Example]) -> None:
    train = [example.task for example in examples if example.split == TRAIN]
    whole, start = Counter(train), Counter(train[: len(train) // 4])
    for task, count in whole.items():
        assert abs(start[task] - count / 4) <= 1 + 0.02 * count


def test_a_bought_item_comes_first(shop: Shop, examples: list[Example]) -> None:
    bought = {query.text.lower(): set() for query in shop.queries}
    for query in shop.queries:
        bought[query.text.lower()].add(query.sku)
    logged = [e for e in examples if e.task == "search log" and e.messages[0].text.lower() in bought]
    assert logged
    for example in logged:
        assert example.reply.items[0].sku in bought[example.messages[0].text.lower()]


def test_a_catalog_of_which_little_is_known_has_fewer_tasks() -> None:
    shop = make_bare_shop()
    made = Mixture(shop, load_phrases(), CONFIG).make()
    tasks = {example.task for example in made}
    assert {"title to item", "details to item", "item to words", "search", "popular", "small talk"} <= tasks
    assert not tasks & {"recommend", "profile", "search log", "goes with", "similar", "refine"}
    for example in made:
        if example.reply.items:
            assert {part.sku for part in example.reply.items} <= {item.sku for item in eligible(shop, example)}


def test_examples_survive_being_written(examples: list[Example]) -> None:
    for example in examples[:400]:
        read = Example.from_dict(example.to_dict())
        assert read == dataclasses.replace(example, sources=frozenset())
    with pytest.raises(ExamplesError):
        Example.from_dict({"task": "search"})


def test_a_mixture_that_cannot_be_is_refused() -> None:
    with pytest.raises(ExamplesError, match="no task 'cooking'"):
        MixtureConfig(weights={"cooking": 1.0})
    with pytest.raises(ExamplesError, match="scale"):
        MixtureConfig(scale=0.0)
