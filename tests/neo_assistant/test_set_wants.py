"""Conditions that the shopper set instead of leaving them to the model: the span is exactly these."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_db.database import Database
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Notice, WantFound
from neo_assistant.request import Request
from neo_assistant.shortfalls import NOTHING_MATCHES
from neo_assistant.steering import Format, Task
from neo_assistant.want import Want, found_words
from neo_assistant.want_edit import without_phrase
from tests.neo_assistant.asking import MUGS, ask, showed
from tests.neo_assistant.serving import (
    SKUS,
    ScriptedModel,
    Watched,
    items_of,
    meets,
    only,
    products,
    random_model,
    scripted,
    sid_of,
    tokenizer,
)
from tests.neo_assistant.strategies import wants

OFFERED = {"kind": ("mug", "lamp", "boot"), "colour": ("blue", "red"), "brand": ("Acme", "Price Co.")}


@pytest.fixture
def shop(serving_shop: Database) -> Database:
    return serving_shop


def wishing(seed: int) -> ScriptedModel:
    """A model that wants another token at every step, any of the vocabulary."""
    draw, vocabulary = random.Random(seed), tokenizer().vocabulary
    return ScriptedModel(lambda _: draw.randrange(vocabulary.size), vocabulary.want_open)


@given(
    want=wants(("kitchen", "shoes"), OFFERED, ("9", "20", "45.50"), ("3", "4.5")),
    seed=st.integers(0, 2**32 - 1),
    text=st.sampled_from(
        [
            "a blue mug under $9",
            "two lamps and a boot",
            "a mug and a boot, 40 in all",
            "something else, in stock",
            "4 mugs",
        ]
    ),
    form=st.sampled_from([Format.IDS, Format.MIXED]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
def test_whatever_the_model_wishes_and_the_words_say_the_span_is_the_one_that_was_set(
    shop: Database, want: Want, seed: int, text: str, form: Format
) -> None:
    known, said = products(shop), showed(1, 5, 6)
    events = ask(shop, wishing(seed), Request(text, format=form, want=want.text()), said, max_tokens=60)
    prices = [known[sku].price_minor or 0 for sku in ("P-01", "P-05", "P-06")]
    conditions = want.conditions(prices)
    eligible = {
        sku
        for sku, product in known.items()
        if product.active and meets(product, conditions) and not (want.not_shown and sku in {"P-01", "P-05", "P-06"})
    }
    found = only(events, WantFound)
    assert Want.parse(found.want) == want
    assert found.want.startswith(want.text() + " found ")
    assert len(found.phrases) == len(want.words())
    assert set(items_of(events)) <= eligible
    if "in all" not in text and "boot" not in text:  # of what is counted, only that is counted as left
        assert found.want == want.text() + found_words(len(eligible))
    assert isinstance(events[-1], Done)


def test_the_conditions_cost_the_model_nothing(shop: Database) -> None:
    """Forced tokens travel with the next one."""
    model = Watched(scripted("", "Fine."))
    ask(shop, model, Request("a mug under 20", want=" kind: mug; colour: blue; price < 20;"))
    said = len(tokenizer().encode("Fine.")) + 1
    assert model.calls == said


def test_a_chip_is_removed_and_the_same_words_are_answered_again(shop: Database) -> None:
    request, model = Request("mugs under 20, red", format=Format.IDS, count=20), random_model(2)
    want = only(list(ask(shop, scripted(" kind: mug; colour: red; price < 20;"), request)), WantFound).want
    for phrase, kept in (
        ("under $20", " kind: mug; colour: red;"),
        ("kind: mug", " colour: red;"),
        ("colour: red", ""),
    ):
        want = without_phrase(want, phrase, "USD")
        assert want == kept
        events = ask(shop, model, Request("mugs under 20, red", format=Format.IDS, count=20, want=want), max_tokens=150)
        conditions = Want.parse(kept).conditions()
        eligible = [sku for sku, product in products(shop).items() if product.active and meets(product, conditions)]
        assert only(events, WantFound).items_left == len(eligible)
        assert len(items_of(events)) == min(len(eligible), 20)
        assert only(events, Done).made_by["want"] == kept


def test_conditions_may_come_in_any_order_and_are_stated_in_the_trained_one(shop: Database) -> None:
    request = Request("x", want="price < 20; colour: blue; in stock; kind: mug; found 3")
    assert only(ask(shop, scripted("", "Fine."), request), WantFound).want.startswith(
        " kind: mug; colour: blue; price < 20; in stock; found "
    )


def test_what_the_words_count_and_may_cost_in_all_still_holds(shop: Database) -> None:
    two = ask(shop, random_model(), Request("two mugs", format=Format.IDS, want=" colour: blue;"), max_tokens=60)
    assert len(items_of(two)) == 2
    cost = {sku: product.price_minor for sku, product in products(shop).items()}
    request = Request("a mug and a boot, 30 in all", format=Format.IDS, want=" brand: Acme;")
    both = ask(shop, random_model(), request, max_tokens=60)
    assert len(items_of(both)) == 2
    assert sum(cost[sku] or 0 for sku in items_of(both)) <= 3000
    assert all(products(shop)[sku].brand == "Acme" for sku in items_of(both))


@pytest.mark.parametrize(
    ("want", "match"),
    [
        (" kind: yacht;", "kind: yacht"),
        (" type: hats;", "type: hats"),
        (" colour: mug;", "colour: mug"),
        (" size: 7;", "size: 7"),
        (" brand: acme;", "brand: acme"),
    ],
)
def test_a_want_of_what_the_shop_does_not_know_is_refused(shop: Database, want: str, match: str) -> None:
    for task in (Task.CHAT, Task.DESCRIBE):
        with pytest.raises(RequestError, match=f"nothing with {match}"):
            ask(shop, random_model(), Request("x", want=want, task=task))


def test_nothing_was_shown_that_it_could_be_compared_with(shop: Database) -> None:
    events = ask(shop, scripted("", "Sorry."), Request("cheaper", want=" price < shown;"))
    assert only(events, WantFound).items_left == 0
    assert only(events, Notice).code == NOTHING_MATCHES


def test_what_is_to_blame_has_the_phrase_of_the_chip(shop: Database) -> None:
    said = showed(*(SKUS.index(sku) for sku in MUGS[:1]))
    request = Request("cheaper", want=" kind: mug; price < shown;")
    events = ask(shop, scripted("", "Sorry."), request, said)
    notice = only(events, Notice)
    assert (notice.condition, notice.phrase) == ("max_price", "cheaper than those shown")
    assert "without “cheaper than those shown” there would be 7 items" in notice.text
    left = without_phrase(only(events, WantFound).want, notice.phrase, "USD")
    again = ask(shop, scripted("", "Here: ", sid_of(4)), Request("cheaper", want=left), said)
    assert items_of(again) == ["P-04"]


def test_a_limit_is_as_exact_as_it_was_set(shop: Database) -> None:
    events = ask(shop, scripted("", "Fine."), Request("x", want=" price < 45.50; price > 45.5;"))
    assert Want.parse(only(events, WantFound).want) == Want(max_price=Decimal("45.50"), min_price=Decimal("45.5"))
    assert only(events, WantFound).phrases == ("under $45.50", "from $45.50")
