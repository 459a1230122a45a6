from __future__ import annotations

import datetime as dt
import re
import time
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from catalog_db.errors import CatalogError
from catalog_db.models import EventKind
from catalog_db.rows import EventRow, ProductRow
from catalog_db.sample.kinds import load_kinds
from catalog_db.sample.products import build_products
from catalog_db.sample.queries import QueryWriter
from catalog_db.sample.shelf import FIRST_DAY, LAST_DAY, Shelf, make_shelf
from catalog_db.sample.shoppers import FEWEST_EVENTS, MOST_EVENTS, SHOPPERS, SampleLog, simulate
from catalog_db.sample.situations import SITUATIONS, season_weight


@pytest.fixture(scope="module")
def products() -> dict[str, ProductRow]:
    return {row.sku: row for row in build_products()}


@pytest.fixture(scope="module")
def log(products: dict[str, ProductRow]) -> SampleLog:
    return simulate(list(products.values()))


@pytest.fixture(scope="module")
def shelf(products: dict[str, ProductRow]) -> Shelf:
    return make_shelf(list(products.values()))


@pytest.fixture(scope="module")
def by_shopper(log: SampleLog) -> dict[str, list[EventRow]]:
    events: dict[str, list[EventRow]] = defaultdict(list)
    for event in log.events:
        events[event.shopper].append(event)
    return events


def test_shoppers_are_plainly_simulated_and_each_does_a_moderate_amount(by_shopper: dict[str, list[EventRow]]) -> None:
    assert len(by_shopper) == SHOPPERS
    assert all(re.fullmatch(r"sim-\d{5}", key) for key in by_shopper)
    counts = [len(events) for events in by_shopper.values()]
    assert min(counts) >= FEWEST_EVENTS
    assert max(counts) <= MOST_EVENTS
    assert 14 < sum(counts) / len(counts) < 24


def test_the_log_is_in_order_and_within_the_two_years(log: SampleLog) -> None:
    assert all(a.at <= b.at for a, b in pairwise(log.events))
    assert all(a.at <= b.at for a, b in pairwise(log.queries))
    assert log.events[0].at >= FIRST_DAY
    assert log.events[-1].at < LAST_DAY
    assert all(event.at.tzinfo is dt.UTC and event.at.microsecond == 0 for event in log.events)
    assert {event.kind for event in log.events} == {kind.value for kind in EventKind}


def test_nobody_does_two_things_at_once(by_shopper: dict[str, list[EventRow]]) -> None:
    for events in by_shopper.values():
        assert all(a.at < b.at for a, b in pairwise(events))


def test_products_are_touched_only_while_on_sale(log: SampleLog, shelf: Shelf) -> None:
    items = {item.row.sku: item for shelved in shelf.values() for item in shelved}
    gone = {sku for sku, item in items.items() if item.row.stock == 0}
    assert gone, "the store should have something that is out of stock"
    for event in log.events:
        assert items[event.sku].is_on_sale(event.at)
        created = items[event.sku].row.created_at
        assert created is None or created <= event.at
    bought = {event.sku for event in log.events if event.kind == EventKind.BOUGHT}
    assert len(gone & bought) > len(gone) / 2, "what is out of stock was mostly bought before"
    assert all(items[sku].on_sale_until < LAST_DAY for sku in gone)


def test_purchases_follow_a_view_and_a_cart(by_shopper: dict[str, list[EventRow]]) -> None:
    for events in by_shopper.values():
        done: dict[str, list[str]] = defaultdict(list)
        for event in events:
            if event.kind == EventKind.BOUGHT:
                assert EventKind.VIEWED in done[event.sku]
                assert EventKind.CARTED in done[event.sku]
            assert EventKind.BOUGHT not in done[event.sku], "bought things are not looked at again"
            assert EventKind.DISMISSED not in done[event.sku], "dismissed things are not looked at again"
            done[event.sku].append(event.kind)


def test_popularity_is_skewed_but_no_item_rules(log: SampleLog, products: dict[str, ProductRow]) -> None:
    counts = sorted(Counter(event.sku for event in log.events).values(), reverse=True)
    assert sum(counts[: len(products) // 10]) > 0.25 * len(log.events)
    assert counts[0] < 0.02 * len(log.events)
    assert len(counts) > 0.9 * len(products)


def test_taste_shows_in_brand_colour_and_price(
    by_shopper: dict[str, list[EventRow]], products: dict[str, ProductRow], shelf: Shelf
) -> None:
    """The last purchase agrees with earlier events of the shopper more than with those of the next shopper."""
    level = {item.row.sku: item.price_level for shelved in shelf.values() for item in shelved}
    agreement: dict[tuple[str, str], list[float]] = defaultdict(list)
    shoppers = sorted(by_shopper)
    for own, other in pairwise(shoppers):
        bought = [event for event in by_shopper[own] if event.kind == EventKind.BOUGHT]
        if not bought:
            continue
        target = products[bought[-1].sku]
        kind = target.attributes["kind"]
        for whose, key in (("own", own), ("other", other)):
            seen = [products[e.sku] for e in by_shopper[key] if products[e.sku].attributes["kind"] != kind]
            if seen:
                agreement["brand", whose].append(sum(row.brand == target.brand for row in seen) / len(seen))
                colour = target.attributes["colour"]
                agreement["colour", whose].append(sum(row.attributes["colour"] == colour for row in seen) / len(seen))
                usual = sum(level[row.sku] for row in seen) / len(seen)
                agreement["price", whose].append(-abs(usual - level[target.sku]))
    mean = {key: sum(values) / len(values) for key, values in agreement.items()}
    assert mean["brand", "own"] > 1.8 * mean["brand", "other"]
    assert mean["colour", "own"] > 1.3 * mean["colour", "other"]
    assert mean["price", "own"] > mean["price", "other"] + 0.03


def test_complements_follow_purchases(by_shopper: dict[str, list[EventRow]], products: dict[str, ProductRow]) -> None:
    kinds = load_kinds()
    follows = chance = total = 0
    for events in by_shopper.values():
        bought = [products[e.sku].attributes["kind"][0] for e in events if e.kind == EventKind.BOUGHT]
        for before, after in pairwise(bought):
            total += 1
            follows += after in kinds[before].goes_with
            chance += after in kinds[bought[0]].goes_with and before != bought[0]
    assert follows / total > 0.3
    assert follows > 2 * chance


def test_queries_are_of_products_that_satisfy_them(log: SampleLog, products: dict[str, ProductRow]) -> None:
    assert 1.2 < len(log.queries) / SHOPPERS < 1.9
    bought = {(e.shopper, e.sku): e.at for e in log.events if e.kind == EventKind.BOUGHT}
    colours = {colour for row in products.values() for colour in row.attributes["colour"]}
    checked: Counter[str] = Counter()
    for query in log.queries:
        if query.bought_sku is None:
            continue
        row = products[query.bought_sku]
        assert query.at < bought[query.shopper, query.bought_sku]
        if limit := re.search(r"(?:under|below|than|to|max) \$?(\d+)$", query.text):
            assert row.price_minor is not None
            assert row.price_minor < 100 * int(limit[1])
            checked["price"] += 1
        words = set(query.text.lower().split())
        if asked := words & (colours - {"natural", "clear"}):
            needs = load_kinds()[row.attributes["kind"][0]].needs
            if query.text.lower() not in {need.lower() for need in needs}:
                assert asked & set(row.attributes["colour"]), (query.text, row.title)
                checked["colour"] += 1
    assert checked["price"] > 200
    assert checked["colour"] > 500


def test_some_searches_end_without_a_purchase_and_few_texts_repeat(log: SampleLog) -> None:
    vain = [query for query in log.queries if query.bought_sku is None]
    assert 0.03 < len(vain) / len(log.queries) < 0.3
    assert max(Counter(query.text for query in log.queries).values()) < 0.01 * len(log.queries)
    assert not [query.text for query in log.queries if re.search(r"\b(\w+) \1\b", query.text)]


def test_the_log_is_the_same_every_time_and_grows_at_the_end(products: dict[str, ProductRow], log: SampleLog) -> None:
    started = time.perf_counter()
    again = simulate(list(reversed(products.values())), shoppers=300)
    assert time.perf_counter() - started < 5
    first = {f"sim-{number:05d}" for number in range(300)}
    assert again.events == [event for event in log.events if event.shopper in first]
    assert again.queries == [query for query in log.queries if query.shopper in first]


def test_what_cannot_be_simulated_is_refused(products: dict[str, ProductRow], shelf: Shelf) -> None:
    with pytest.raises(CatalogError, match="no products"):
        simulate([])
    with pytest.raises(CatalogError, match="X-1 has 0 kinds"):
        simulate([ProductRow("X-1", "Thing", "things")])
    with pytest.raises(CatalogError, match="no kind is described"):
        QueryWriter({}, shelf)


def test_situations_speak_of_kinds_and_uses_that_the_store_has(products: dict[str, ProductRow]) -> None:
    kinds = set(load_kinds())
    uses = {use for row in products.values() for use in row.attributes.get("use", ())}
    assert len({situation.name for situation in SITUATIONS}) == len(SITUATIONS)
    for situation in SITUATIONS:
        assert set(situation.kinds) <= kinds, situation.name
        assert set(situation.uses) <= uses, situation.name
        assert len(set(situation.kinds)) == len(situation.kinds) >= 8
    assert {kind for situation in SITUATIONS for kind in situation.kinds} == kinds, "every kind is somebody's need"


def test_seasons() -> None:
    assert season_weight("hammock", 7) > 1 > season_weight("hammock", 12)
    assert season_weight("mug", 7) == season_weight("mug", 12) == 1.0
