"""Turns that are no search: nothing is sold that the shop lacks, and nothing is shown where nothing was asked."""

from __future__ import annotations

import random

import pytest

from finetune.examples.desk import Desk, Draft
from finetune.examples.example import TRAIN, Example
from finetune.examples.mixture import Mixture, MixtureConfig
from finetune.examples.phrases import load_phrases
from finetune.examples.shop import Shop
from finetune.examples.tasks.talk import Unsold
from neo_assistant.messages import Role
from neo_assistant.want import Want
from tests.finetune.examples.small_shop import make_bare_shop, make_shop

TALK = ("small talk", "clarify", "not sold")
CONFIG = MixtureConfig(
    others_per_item=8.0,
    heldout_per_task=10,
    validation_per_task=2,
    weights={"search": 5, "small talk": 4, "clarify": 2, "not sold": 4, "language": 4},
    most_per_item=200,
)


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make_shop()


@pytest.fixture(scope="module")
def examples(shop: Shop) -> list[Example]:
    return Mixture(shop, load_phrases(), CONFIG).make()


def test_nothing_is_shown_and_no_facet_is_wanted_where_nothing_was_asked_of_the_catalog(
    examples: list[Example],
) -> None:
    for example in examples:
        if example.task in TALK:
            assert not example.reply.items
            want = Want.parse(example.reply.want or "")
            assert want.item_type is None
            assert not want.facets
            assert example.task == "not sold" or want == Want(), example


def test_small_talk_comes_first_and_after_a_search(examples: list[Example]) -> None:
    talk = [example for example in examples if example.task == "small talk"]
    later = [example for example in talk if len(example.messages) > 1]
    assert len(talk) / 5 < len(later) < len(talk) * 0.7
    assert all(any(message.items for message in example.messages) for example in later)
    searches = [example for example in examples if example.task == "search" and len(example.messages) > 1]
    assert searches
    assert all(message.text for example in searches for message in example.messages if message.role is Role.ASSISTANT)


def test_a_broad_wish_is_answered_with_departments_of_the_shop(shop: Shop, examples: list[Example]) -> None:
    lexicon = Desk(shop, load_phrases(), 40).lexicon
    departments = [lexicon.type_items(name) for name in shop.by_type]
    asked = [example.reply.text for example in examples if example.task == "clarify"]
    assert asked
    for text in asked:
        assert sum(name in text for name in departments) == 3
        assert text.count("?") == 1


def test_what_is_not_sold_is_nowhere_in_the_shop(shop: Shop, examples: list[Example]) -> None:
    words = {shop.plural(kind) for kind in shop.by_kind} | {
        name for kind in shop.kinds.values() for name in kind.synonyms
    }
    titles = " ".join(item.title.lower() for item in shop.items)
    refused = [example.reply.text for example in examples if example.task == "not sold"]
    for text in refused:
        thing = text.removeprefix("Sorry, we do not sell ").partition(".")[0]
        assert thing not in words
        assert f" {thing} " not in titles
    assert len({text.partition(".")[0] for text in refused}) > 50


def test_a_shop_that_sells_a_thing_does_not_refuse_it() -> None:
    book = load_phrases()
    everything = {thing for _, thing in Unsold(Desk(make_bare_shop(), book, 40)).things}
    shop = make_shop()
    assert "lipstick" in everything
    sold = Shop(shop.scheme, shop.items, shop.facets, {**shop.facet_values, "kind": frozenset({"lipstick"})})
    item = shop.items[0]
    object.__setattr__(item, "attributes", {**item.attributes, "kind": ("lipstick",)})
    assert "lipstick" not in {thing for _, thing in Unsold(Desk(sold, book, 40)).things}


def test_things_sold_and_not_sold_are_asked_for_in_the_same_words(shop: Shop) -> None:
    """Otherwise the frame and not the thing would tell them apart."""
    desk = Desk(shop, load_phrases(), 40)
    unsold = Unsold(desk)
    texts = []
    for number in range(300):
        example = unsold.make(Draft(random.Random(f"unsold/{number}")))
        assert example is not None
        texts.append(example.messages[-1].text.lower())
    for opening in ("do you have", "i need", "looking for", "show me"):
        assert any(text.startswith(opening) for text in texts)
    assert any("under" in text for text in texts)


def test_ordinary_language_is_a_fifth_of_the_words_trained(shop: Shop) -> None:
    made = Mixture(shop, load_phrases(), MixtureConfig(heldout_per_task=1, validation_per_task=0)).make()
    train = [example for example in made if example.split == TRAIN]
    spoken = {True: 0, False: 0}
    for example in train:
        # A semantic id is five tokens, a word about one and a third.
        size = len(f"{example.reply.want or ''} {example.reply.text}".split()) * 4 / 3 + 5 * len(example.reply.items)
        spoken[example.task == "language"] += round(size)
    assert 0.15 < spoken[True] / sum(spoken.values()) < 0.3
