"""Examples made of known answers: what they list, what they never do, and that serving would render their prompts."""

from __future__ import annotations

import dataclasses
import random

import pytest

from finetune.examples.desk import Desk, Draft
from finetune.examples.example import TRAIN, Example
from finetune.examples.known import Known, KnownQuery, KnownSequence
from finetune.examples.mixture import Mixture, MixtureConfig
from finetune.examples.phrases import load_phrases
from finetune.examples.ranking_prompts import history_prompt
from finetune.examples.shop import Shop
from finetune.examples.tasks.ranking import MOST_LISTED, NextItems, RankedSearch, query_from_title
from neo_assistant.steering import MAX_HISTORY
from tests.finetune.examples.small_shop import make_shop

CONFIG = MixtureConfig(
    per_item={"title query": 2.0, "item to title": 1.0},
    least_per_item=0.0,
    others_per_item=12.0,
    weights={"next items": 2.0, "ranked search": 1.0},
    most_per_item=10_000,
)


def make_known_shop() -> Shop:
    """The small shop with 40 sequences of 1 to 30 items and 200 judged queries; items 100 and up are answers only."""
    shop, rng = make_shop(), random.Random("known")
    skus = [item.sku for item in shop.items]
    sequences = tuple(
        KnownSequence(f"u{number}", tuple(rng.sample(skus[:100], rng.randint(1, 30))), skus[100 + number % 20])
        for number in range(40)
    )
    queries = tuple(
        KnownQuery(f"query {n}", tuple((sku, 3.0 - place // 2) for place, sku in enumerate(rng.sample(skus[:100], 5))))
        for n in range(200)
    )
    return dataclasses.replace(shop, known=Known(sequences, queries))


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make_known_shop()


@pytest.fixture(scope="module")
def made(shop: Shop) -> list[Example]:
    return Mixture(shop, load_phrases("en"), CONFIG).make()


def of(made: list[Example], task: str, split: str = TRAIN) -> list[Example]:
    return [example for example in made if example.task == task and example.split == split]


def test_a_reply_lists_what_followed_the_history_in_order(shop: Shop, made: list[Example]) -> None:
    by_sid = {item.sid: item.sku for item in shop.items}
    ways = {sequence.skus for sequence in shop.known.sequences}
    for example in of(made, "next items"):
        listed = tuple(item.sku for item in example.reply.items)
        whole = tuple(by_sid[sid] for sid in example.steering.history) + listed
        assert any(whole == skus[at : at + len(whole)] for skus in ways for at in range(len(skus)))
        assert 1 <= len(listed) <= MOST_LISTED
        assert example.steering.count == len(listed)
        assert 1 <= len(example.steering.history) <= MAX_HISTORY
        assert example.reply.want == " found many"


def test_answers_are_for_validation_and_reach_no_training_example(shop: Shop, made: list[Example]) -> None:
    answers = {sequence.next_sku for sequence in shop.known.sequences}
    sids = {shop.by_sku[sku].sid for sku in answers}
    for example in of(made, "next items"):
        assert not answers & {item.sku for item in example.reply.items}
        assert not sids & set(example.steering.history)
    checked = [e for split in ("validation", "heldout") for e in of(made, "next items", split)]
    assert len(checked) == 40
    assert {item.sku for example in checked for item in example.reply.items} == answers


def test_every_later_item_of_a_sequence_is_learnt_and_cut_at_several_places(shop: Shop, made: list[Example]) -> None:
    cuts: dict[str, set[int]] = {}
    listed: dict[str, set[str]] = {}
    for example in of(made, "next items"):
        first = example.reply.items[0].sku
        for sequence in shop.known.sequences:
            if (
                first in sequence.skus
                and shop.by_sku[sequence.skus[sequence.skus.index(first) - 1]].sid == (example.steering.history[-1])
            ):
                cuts.setdefault(sequence.user, set()).add(sequence.skus.index(first))
                listed.setdefault(sequence.user, set()).update(item.sku for item in example.reply.items)
    for sequence in shop.known.sequences:
        if len(sequence.skus) > 3:
            assert listed[sequence.user] >= set(sequence.skus[2:])
            assert len(cuts[sequence.user]) > 1


def test_relevant_products_are_listed_best_first_and_equals_in_several_orders(shop: Shop) -> None:
    relevance = {query.text: dict(query.relevant) for query in shop.known.queries}
    task = RankedSearch(Desk(shop, load_phrases("en"), 100))
    orders: dict[str, set[tuple[str, ...]]] = {}
    for number in range(600):
        example = task.make(Draft(random.Random(number)))
        assert example is not None
        skus = [item.sku for item in example.reply.items]
        text = example.messages[-1].text
        if text in relevance:  # others have a slip
            values = [relevance[text][sku] for sku in skus]
            assert values == sorted(relevance[text].values(), reverse=True)[: len(values)]
            orders.setdefault(text, set()).add(tuple(skus[:2]))
        assert example.steering.count == len(skus)
    assert max(map(len, orders.values())) > 1


def test_some_queries_are_for_validation_alone(made: list[Example]) -> None:
    learnt = {example.messages[-1].text for example in of(made, "ranked search")}
    kept = {
        example.messages[-1].text for split in ("validation", "heldout") for example in of(made, "ranked search", split)
    }
    assert learnt
    assert kept
    assert not learnt & kept


def test_a_query_from_a_title_has_words_of_the_title_and_not_always_all() -> None:
    title = "Alder & Co Blue Ceramic Mug, No. 7"
    words = {"alder", "co", "blue", "ceramic", "mug", "no.", "7"}
    made = [query_from_title(title, random.Random(number)).split() for number in range(200)]
    assert sum(set(query) <= words for query in made) > 150  # the others have a slip
    assert {len(query) for query in made} >= {2, 3, 4, 5, 6, 7}
    assert query_from_title("!!!", random.Random(1)) == "!!!"


def test_the_order_of_passes_does_not_depend_on_what_was_drawn_before(shop: Shop) -> None:
    desk = Desk(shop, load_phrases("en"), 100)
    one, two = NextItems(desk), NextItems(desk)
    drawn = [[task.make(Draft(random.Random(0))) for _ in range(100)] for task in (one, two)]
    assert drawn[0] == drawn[1]


def test_a_prompt_is_what_serving_renders_for_ids_only(shop: Shop, made: list[Example]) -> None:
    example = of(made, "next items")[0]
    steering, message = history_prompt(example.steering.history, len(example.reply.items))
    assert (steering, (message,)) == (example.steering, example.messages)
