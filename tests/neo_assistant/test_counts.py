"""Replies that count: "two mugs and a lamp"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, Notice, WantFound
from neo_assistant.request import Request
from neo_assistant.shortfalls import FEWER, NOTHING_MATCHES
from neo_assistant.steering import Format, Task
from neo_assistant.want import Want
from tests.neo_assistant.asking import ask, prompt_of
from tests.neo_assistant.serving import items_of, meets, only, products, random_model, scripted, sid_of


@pytest.fixture
def shop(serving_shop: Database) -> Database:
    return serving_shop


def kinds_of(events: Sequence[Event], shop: Database) -> dict[str, int]:
    known = products(shop)
    return dict(Counter(known[sku].attributes["kind"][0] for sku in items_of(events)))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request("two mugs and a lamp"), {"mug": 2, "lamp": 1}),
        (Request("a boot, two sandals and three lamps please", count=1), {"boot": 1, "sandal": 2, "lamp": 3}),
        (Request("anything", counts=(("lamp", 2), ("sandal", 2))), {"lamp": 2, "sandal": 2}),
        (Request("two mugs", counts=(("boot", 1),)), {"boot": 1}),
    ],
)
def test_counts_are_kept_by_a_model_that_counts_nothing(
    shop: Database, request_: Request, expected: dict[str, int]
) -> None:
    events = ask(shop, scripted(" kind: mug;"), replace(request_, format=Format.IDS), max_tokens=200)
    assert kinds_of(events, shop) == expected
    assert only(events, Done).made_by["counts"] == dict(expected)
    assert not [event for event in events if isinstance(event, Notice)]


@pytest.mark.parametrize("format", [Format.IDS, Format.MIXED])
@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_model_reads_counts_hold_within_its_conditions(shop: Database, format: Format, seed: int) -> None:
    request = Request("two mugs and a lamp, 20, 4", format=format)
    events = ask(shop, random_model(seed), request, max_tokens=80)
    found, named = only(events, WantFound), kinds_of(events, shop)
    want, known = Want.parse(found.want), products(shop)
    assert want.item_type is None
    assert not want.facets
    wanted = [product for product in known.values() if product.active and meets(product, want.conditions())]
    left = Counter(product.attributes["kind"][0] for product in wanted)
    assert found.items_left == left["mug"] + left["lamp"]
    assert set(named) <= {"mug", "lamp"}
    most = {"mug": min(2, left["mug"]), "lamp": min(1, left["lamp"])}
    assert all(number <= most[kind] for kind, number in named.items())
    if format is Format.IDS:
        assert named == {kind: number for kind, number in most.items() if number}
        assert len([event for event in events if isinstance(event, Notice)]) == (most["mug"] < 2) + (most["lamp"] < 1)


def test_counts_with_words_between_the_items(shop: Database) -> None:
    one_too_many = [sid_of(number) for number in (0, 2, 4, 8)]
    model = scripted(
        " colour: blue; brand: Acme;", "A mug: ", one_too_many[0], " a lamp: ", one_too_many[1], "!", *one_too_many[2:]
    )
    events = ask(shop, model, Request("two mugs and a lamp in blue"), max_tokens=60)
    assert only(events, WantFound).phrases == ("colour: blue",)
    assert items_of(events)[:1] == ["P-00"]
    assert set(items_of(events)) <= {"P-00", "P-06", "P-12", "P-18", "P-24"}
    assert all(number <= {"mug": 2, "lamp": 1}[kind] for kind, number in kinds_of(events, shop).items())


def test_a_count_of_one_kind_leaves_it_to_the_want_to_name_it(shop: Database) -> None:
    mugs = [sid_of(number) for number in (0, 4, 8)]
    events = ask(shop, scripted(" kind: mug;", "Here: ", *mugs), Request("two mugs", count=3))
    assert items_of(events) == ["P-00", "P-04"]
    stubborn = ask(shop, scripted(" kind: mug;", "None."), Request("two mugs", format=Format.IDS))
    assert kinds_of(stubborn, shop) == {"mug": 2}
    free = ask(shop, scripted(" kind: mug;", "Here: ", *mugs), Request("a mug for two", count=3))
    assert len(items_of(free)) == 3


def test_a_count_by_item_type(shop: Database) -> None:
    request = Request("x", counts=(("shoes", 2), ("lamp", 1)), format=Format.IDS)
    events = ask(shop, random_model(1), request, max_tokens=200)
    types = Counter(products(shop)[sku].item_type for sku in items_of(events))
    assert types == {"shoes": 2, "kitchen": 1}
    assert kinds_of(events, shop)["lamp"] == 1


def test_the_prompt_states_the_counts(shop: Database) -> None:
    assert prompt_of(shop, Request("two mugs and a lamp", count=5)) == prompt_of(shop, Request("two mugs and a lamp"))


def test_what_nothing_fills_is_said_and_the_others_are_served(shop: Database) -> None:
    request = Request("two mugs and a lamp", conditions=Conditions(max_price=700), format=Format.IDS)
    events = ask(shop, scripted(""), request)
    assert kinds_of(events, shop) == {"mug": 1}
    notices = [event for event in events if isinstance(event, Notice)]
    assert [notice.code for notice in notices] == [FEWER, FEWER]
    assert [notice.text for notice in notices] == [
        "Of “mug”, only 1 matches all of that, but without the filter “under $7” there would be 7 items.",
        "Of “lamp”, nothing matches all of that, but without the filter “under $7” there would be 6 items.",
    ]


def test_counts_of_what_nothing_matches_at_all(shop: Database) -> None:
    events = ask(shop, scripted(" price < 4;", "No."), Request("two mugs and a lamp under 4 each"))
    notices = [event for event in events if isinstance(event, Notice)]
    assert {notice.code for notice in notices} == {NOTHING_MATCHES}
    assert only(events, WantFound).items_left == 0
    assert [notice.text.split(",")[0] for notice in notices] == ["Of “mug”", "Of “lamp”"]


def test_fewer_of_one_kind_than_the_shopper_counted(shop: Database) -> None:
    events = ask(shop, scripted(" kind: mug; price < 14;", "Here: "), Request("three mugs under 14", format=Format.IDS))
    assert len(items_of(events)) == 2
    notice = only(events, Notice)
    assert notice.code == FEWER
    assert notice.text == "Only 2 items match all of that, but without “under $14” there would be 7 items."


def test_counts_of_what_the_shop_does_not_have_are_refused(shop: Database) -> None:
    with pytest.raises(RequestError, match="neither an item type nor a kind 'hat'"):
        ask(shop, random_model(), Request("x", counts=(("hat", 1),)))


@pytest.mark.parametrize("task", [Task.DESCRIBE, Task.PROFILE])
def test_a_description_counts_nothing(shop: Database, task: Task) -> None:
    events = ask(shop, random_model(5), Request("two mugs and a lamp", task=task), max_tokens=20)
    assert not items_of(events)
    assert "counts" not in only(events, Done).made_by
