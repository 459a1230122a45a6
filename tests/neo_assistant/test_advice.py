"""When nothing matches, or too little: what the shop says, and that it is true."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, reduce

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from neo_assistant.advice import Causes, explain
from neo_assistant.catalog import Catalog, Snapshot
from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import View
from neo_assistant.events import Done, Notice, WantFound
from neo_assistant.request import Request
from neo_assistant.shortfalls import NOTHING_MATCHES
from neo_assistant.steering import Format
from tests.neo_assistant.asking import MUGS, ask, showed, unplaced
from tests.neo_assistant.serving import (
    CODEBOOKS,
    SKUS,
    items_of,
    make_assistant,
    meets,
    only,
    products,
    reply,
    retire,
    scripted,
    sid_of,
    tokenizer,
)


@pytest.fixture
def shop(serving_shop: Database) -> Database:
    return serving_shop


@pytest.fixture
def own_shop(own_serving_shop: Database) -> Database:
    return own_serving_shop


EMPTY: dict[str, tuple[Request, str, str, tuple[str, str]]] = {
    "a limit that was read": (
        Request("a mug under 4"),
        " kind: mug; price < 4;",
        "without “under $4” there would be 7 items.",
        ("max_price", "under $4"),
    ),
    "what was dismissed does not come back": (
        Request("mug, 9, 12", dismissed=("P-00",)),
        " kind: mug; price < 9;",
        "without “under $9” there would be 6 items.",
        ("max_price", "under $9"),
    ),
    "the one that helps most": (
        Request("a mug under 20 or over 45", count=1),
        " kind: mug; price < 20; price > 45;",
        "without “from $45” there would be 2 items.",
        ("min_price", "from $45"),
    ),
    "a filter on the type rather than the kind asked for": (
        Request("mug", types=("shoes",)),
        " kind: mug;",
        "without the filter “type: shoes” there would be 7 items.",
        ("type", "type: shoes"),
    ),
    "a type that was read against a filter": (
        Request("x", types=("shoes",)),
        " type: kitchen;",
        "without the filter “type: shoes” there would be 13 items.",
        ("type", "type: shoes"),
    ),
    "a filter, said to be one": (
        Request("x", conditions=Conditions(max_price=1)),
        " kind: mug;",
        "without the filter “under $0.01” there would be 7 items.",
        ("max_price", "under $0.01"),
    ),
    "a filter that was also read": (
        Request("under 4", conditions=Conditions(max_price=400)),
        " kind: mug; price < 4;",
        "without the filter “under $4” there would be 7 items.",
        ("max_price", "under $4"),
    ),
    "an engineer's own filter": (
        Request("x", conditions=Conditions(sql="price_minor < 0")),
        "",
        "without the filter “the shop's own” there would be 25 items.",
        ("sql", "the shop's own"),
    ),
    "two that would have to go together": (
        Request("mug, 4", conditions=Conditions(max_price=300)),
        " kind: mug; price < 4;",
        "and leaving out any one condition would not help.",
        ("", ""),
    ),
    "all that match were dismissed": (
        Request("mugs", dismissed=MUGS),
        " kind: mug;",
        "but with those you dismissed there would be 7 items.",
        ("dismissed", "not dismissed before"),
    ),
    "a brand": (
        Request("a mug by price co. under 20"),
        " kind: mug; brand: Price Co.; price < 20;",
        "without “brand: Price Co.” there would be 2 items.",
        ("brand", "brand: Price Co."),
    ),
    "a rating": (
        Request("blue, rated 4, under 30"),
        " type: kitchen; colour: blue; price < 30; rating > 4;",
        "without “rated 4 or better” there would be 3 items.",
        ("min_rating", "rated 4 or better"),
    ),
    "a kind, where nothing else is to be dropped": (
        Request("boots", conditions=Conditions(item_types=frozenset({"kitchen"}), max_price=400)),
        " kind: boot;",
        "and leaving out any one condition would not help.",
        ("", ""),
    ),
}


@pytest.mark.parametrize("format", [Format.MIXED, Format.IDS])
@pytest.mark.parametrize("name", EMPTY)
def test_when_nothing_matches_the_shop_names_the_condition_to_drop(shop: Database, format: Format, name: str) -> None:
    request, want, advice, blamed = EMPTY[name]
    events = ask(shop, scripted(want, "Sorry, ", sid_of(0), "."), replace(request, format=format), max_tokens=80)
    assert not items_of(events)
    assert only(events, WantFound).items_left == 0
    assert only(events, WantFound).want == f"{want} found 0"
    notice = only(events, Notice) if format is Format.IDS else [e for e in events if isinstance(e, Notice)][-1]
    assert notice.code == NOTHING_MATCHES
    assert notice.text.startswith("Nothing matches all of that, ")
    assert notice.text.endswith(advice)
    assert (notice.condition, notice.phrase) == blamed
    assert isinstance(events[-1], Done)


def notice_of(database: Database, request: Request) -> str:
    return str(only(ask(database, scripted("", "No."), request), Notice).text)


def test_when_hardly_anything_is_on_sale(own_shop: Database) -> None:
    unplaced(own_shop, "P-NEW")
    retire(own_shop, *SKUS[1:])
    all_of_that, shoes = "Nothing matches all of that, but ", Request("x", types=("shoes",))
    dismissed = Request("x", dismissed=("P-00",))
    assert notice_of(own_shop, dismissed) == f"{all_of_that}with those you dismissed there would be 1 item."
    assert notice_of(own_shop, shoes) == f"{all_of_that}without the filter “type: shoes” there would be 1 item."
    two = Request("x", counts=(("shoes", 1), ("kitchen", 2)), format=Format.IDS)
    events = ask(own_shop, scripted(""), two)
    assert [event.text for event in events if isinstance(event, Notice)] == [
        "Of “shoes”, nothing is on sale at the moment.",
        "Of “kitchen”, only 1 is on sale at the moment.",
    ]
    retire(own_shop, "P-00")
    assert notice_of(own_shop, shoes) == "Nothing matches that."
    assert notice_of(own_shop, Request("x")) == "Nothing is on sale at the moment."


def test_the_advice_costs_no_more_than_one_view_per_condition(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Conditions] = []
    view = Snapshot.view

    def watched(snapshot: Snapshot, conditions: Conditions) -> View:
        asked.append(conditions)
        return view(snapshot, conditions)

    conditions = Conditions(max_price=900, in_stock=True, brands=frozenset({"Acme"}))
    said, model = showed(0, 4), scripted(" kind: mug; colour: red; price < 4; not shown;", "No.")
    assistant = make_assistant(shop, model)
    monkeypatch.setattr(Snapshot, "view", watched)
    events = reply(assistant, Request("under 4", conditions=conditions, dismissed=("P-08",)), said)
    assert "condition would not help" in only(events, Notice).text
    parts = 6  # brand, price, stock; kind, colour: the price read is below the filter's and another condition
    assert len(set(asked)) <= 2 + parts


def test_what_was_shown_can_be_the_condition_to_drop(shop: Database) -> None:
    said = showed(*(SKUS.index(sku) for sku in MUGS))
    events = ask(shop, scripted(" kind: mug; price < 20; not shown;", "No."), Request("others under 20"), said)
    # Seven mugs were shown: without the price there is none either. Without the kind there would be six lamps and
    # shoes, but what was asked for is given up last.
    assert only(events, Notice).text.endswith("without “not shown before” there would be 2 items.")
    fewer = ask(shop, scripted(" kind: mug; not shown;", "No."), Request("others", types=("kitchen",)), showed(2, 6))
    assert only(fewer, WantFound).items_left == 7
    assert (only(events, Notice).condition, only(events, Notice).phrase) == ("not_shown", "not shown before")
    all_mugs = Request("others", conditions=Conditions(attributes={"kind": ("mug",)}))
    events = ask(shop, scripted(" not shown;", "No."), all_mugs, said)
    assert only(events, Notice).text.endswith("without “not shown before” there would be 7 items.")


SINGLE = (
    Conditions(item_types=frozenset({"shoes"})),
    Conditions(item_types=frozenset({"kitchen"})),
    Conditions(brands=frozenset({"Acme"})),
    Conditions(attributes=(("colour", ("blue",)),)),
    Conditions(attributes=(("colour", ("red", "white")),)),
    Conditions(attributes=(("kind", ("mug",)),)),
    Conditions(max_price=1200),
    Conditions(max_price=700),
    Conditions(min_price=4000),
    Conditions(min_rating=4.0),
    Conditions(in_stock=True),
)
SOME = st.lists(st.sampled_from(SINGLE), max_size=3, unique=True)
PLACES = st.sets(st.integers(0, 24), max_size=12)


@given(options=SOME, read=SOME, shown=PLACES, dismissed=PLACES, within=st.none() | PLACES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_blamed_there_would_be_as_many_without_it(
    shop: Database,
    options: list[Conditions],
    read: list[Conditions],
    shown: set[int],
    dismissed: set[int],
    within: set[int] | None,
) -> None:
    """Against a count by hand over all products."""
    snapshot = snapshot_of(shop)
    known = {place: record for place, record in enumerate(products(shop).values()) if record.active}
    part = View(snapshot.index, Bitmap.from_positions(len(snapshot.index), places_of(snapshot, within or set())))
    causes = Causes(
        reduce(Conditions.both, options, Conditions()),
        reduce(Conditions.both, read, Conditions()),
        places_of(snapshot, shown),
        places_of(snapshot, dismissed),
    )

    def count(conditions: list[Conditions], blocked: set[int]) -> int:
        return sum(
            place not in blocked and (within is None or place in within) and all(meets(record, c) for c in conditions)
            for place, record in known.items()
        )

    filters = causes.options.parts()
    parts = filters + [one for one in causes.read.parts() if one not in filters]
    have, gains = count(parts, shown | dismissed), []
    for place, one in enumerate(parts):
        is_thing = bool(one.item_types) or one.attributes[:1] == (("kind", ("mug",)),)
        gains.append(
            (
                2 if not is_thing else int(place < len(filters)),
                count(parts[:place] + parts[place + 1 :], shown | dismissed),
            )
        )
    gains += [(2, count(parts, dismissed))] if shown else []
    gains += [(2, count(parts, shown))] if dismissed else []
    advice = explain(snapshot, causes, "So much", have, None if within is None else part)
    said = advice.text
    helpful = [gain for gain in gains if gain[1] > have]
    if helpful:
        _, most = max(helpful)
        assert said.endswith(f"there would be {most} item{'s' if most != 1 else ''}.")
        assert advice.condition
        assert advice.phrase in said or advice.condition == "dismissed"
        return
    assert (advice.condition, advice.phrase) == ("", "")
    if gains:
        assert said.endswith("matches that." if len(gains) == 1 else "would not help.") or have > 1
    else:
        assert said.endswith("on sale at the moment.")


@cache
def snapshot_of(shop: Database) -> Snapshot:
    return Catalog(shop, CODEBOOKS, tokenizer()).snapshot()


def places_of(snapshot: Snapshot, numbers: set[int]) -> np.ndarray:
    return snapshot.positions([SKUS[number] for number in sorted(numbers)])
