"""What may be named within a budget, against trying every way to go on."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.view import View
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.budget import UNKNOWN, Budget, Offer, complete
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.quotas import Quota
from neo_assistant.steering import Format
from tests.neo_assistant.grammar.test_quotas import INDEX, TOKENIZER, VOCABULARY, most_shared_out, named, view_of
from tests.neo_assistant.strategies import seeds

ITEMS = 6
"""On sale; the other places of the index are not in the view."""


def plan_of(
    prices: Sequence[int | None], most: int, quotas: Sequence[tuple[Sequence[int], int, int]], **changes: object
) -> ReplyPlan:
    """A plan over the first items of the index; ``quotas`` are places, least and most."""
    known = [UNKNOWN if price is None else price for price in prices]
    budget = Budget(most, np.array(known + [0] * (len(INDEX) - len(known)), dtype=np.int64))
    sorts = tuple(Quota(f"sort {n}", view_of(*places), low, high) for n, (places, low, high) in enumerate(quotas))
    values = {"view": view_of(*range(len(prices))), "format": Format.IDS, "quotas": sorts, "budget": budget, **changes}
    return ReplyPlan(tokenizer=TOKENIZER, **values)  # type: ignore[arg-type]


def open_items(plan: ReplyPlan, items: Sequence[int]) -> set[int]:
    """The items that may be named next, by the plan."""
    state = plan.read(named(*items))
    return {place for place in state.view.bitmap.positions().tolist() if place not in plan.blocked(state)}


def ways_on(plan: ReplyPlan, items: Sequence[int], left_out: Sequence[int] = ()) -> Iterator[tuple[int, ...]]:
    """Every set of items that a reply which begins with these may consist of, least counts and budget apart."""
    assert plan.budget is not None
    gone = {*plan.taken.tolist(), *left_out, *items}
    free = [n for n in plan.view.bitmap.positions().tolist() if n not in gone and plan.budget.prices[n] != UNKNOWN]
    sorts = plan.quotas or (Quota("all", plan.view, plan.at_least, plan.at_most),)
    for size in range(len(free) + 1):
        for more in combinations(free, size):
            belongs = [[n for n, quota in enumerate(sorts) if quota.view.has(item)] for item in (*items, *more)]
            if most_shared_out(belongs, [quota.at_most for quota in sorts]) == len(belongs):
                yield more


def reached(plan: ReplyPlan, items: Sequence[int]) -> int:
    """How far these items reach the least counts."""
    sorts = plan.quotas or (Quota("all", plan.view, plan.at_least, plan.at_most),)
    belongs = [[n for n, quota in enumerate(sorts) if quota.view.has(item)] for item in items]
    return most_shared_out(belongs, [quota.at_least for quota in sorts])


def open_by_trying(plan: ReplyPlan, items: Sequence[int], left_out: Sequence[int] = ()) -> set[int]:
    """The items after which the budget still holds once all is reached that conditions and quotas let one reach."""
    assert plan.budget is not None
    ways, prices = list(ways_on(plan, items, left_out)), plan.budget.prices
    most = max(reached(plan, [*items, *more]) for more in ways)
    return {
        item
        for more in ways
        if reached(plan, [*items, *more]) == most and prices[[*items, *more]].sum() <= plan.budget.most
        for item in more
    }


PRICES = st.lists(st.none() | st.integers(0, 6), min_size=1, max_size=ITEMS)


@st.composite
def plans(draw: st.DrawFn) -> ReplyPlan:
    prices = draw(PRICES)
    places = st.sets(st.integers(0, len(prices) - 1)).map(sorted)
    counts = st.tuples(st.integers(0, 2), st.integers(0, 1)).map(lambda pair: (pair[0], sum(pair)))
    quotas = draw(st.lists(st.tuples(places, counts).map(lambda pair: (pair[0], *pair[1])), max_size=3))
    low = 0 if quotas else draw(st.integers(0, 3))
    least = {} if quotas else {"at_least": low, "at_most": low + draw(st.integers(0, 2))}
    taken = np.array(sorted(draw(st.sets(st.integers(0, len(prices) - 1), max_size=2))), dtype=np.int64)
    form = draw(st.sampled_from((Format.IDS, Format.MIXED)))
    return plan_of(prices, draw(st.integers(0, 14)), quotas, taken=taken, format=form, **least)


def test_an_item_that_is_cheap_by_itself_but_not_with_what_is_still_lacking() -> None:
    plan = plan_of([5, 20, 3, 9], 28, [((0, 1), 1, 1), ((2, 3), 1, 1)])
    assert open_items(plan, []) == {0, 1, 2, 3}
    assert open_items(plan, [1]) == {2}
    assert open_items(plan, [3]) == {0}


def test_of_two_of_a_sort_the_cheapest_alone_is_not_enough() -> None:
    """5 is within 12, and so is 5 once more; but the second cheapest costs 20."""
    assert open_items(plan_of([5, 20], 12, [((0, 1), 2, 2)]), []) == set()
    assert open_items(plan_of([5, 20], 25, [((0, 1), 2, 2)]), []) == {0, 1}


def test_items_without_a_price_are_not_named() -> None:
    plan = plan_of([None, 5], 100, [], at_least=2, at_most=2)
    assert open_items(plan, []) == {1}
    assert open_items(plan, [1]) == set()
    with pytest.raises(GrammarError):
        plan.read(named(0))


def test_how_many_are_found_are_those_that_fit() -> None:
    plan = plan_of([4, 6, 8, 11], 10, [], at_most=3)
    assert open_items(plan, []) == {0, 1, 2}
    assert open_items(plan, [0]) == {1}
    assert plan.cheapest(None).cost == 0
    assert plan_of([4, 6, 8, 11], 10, [], at_least=2, at_most=2).cheapest(None).cost == 10


def test_a_span_leads_to_what_fits_only() -> None:
    plan = plan_of([5, 20, 3, 9], 10, [], at_most=3)
    opener = int(VOCABULARY.openers[0])
    codes = {INDEX.sid(place).codes for place in (0, 2, 3)}
    first = plan.allowed([opener]).tokens - VOCABULARY.code_bases[0, 0]
    assert set(first.tolist()) == {code for code, _ in codes}
    second = plan.allowed([opener, int(VOCABULARY.code_bases[0, 0])]).tokens - VOCABULARY.code_bases[0, 1]
    assert set(second.tolist()) == {0, 2, 3}


@pytest.mark.parametrize("most", [-1, UNKNOWN])
def test_budgets_that_cannot_be(most: int) -> None:
    with pytest.raises(GrammarError):
        Budget(most, np.zeros(len(INDEX), dtype=np.int64))


def test_prices_of_another_index() -> None:
    with pytest.raises(GrammarError):
        ReplyPlan(TOKENIZER, View(INDEX), budget=Budget(5, np.zeros(3, dtype=np.int64)))


@given(plans(), seeds())
def test_what_may_follow_is_what_trying_every_way_shows(plan: ReplyPlan, rng: random.Random) -> None:
    items: list[int] = []
    while True:
        may = open_items(plan, items)
        assert may == open_by_trying(plan, items)
        if not may:
            return
        items.append(rng.choice(sorted(may)))


@given(plans(), seeds())
def test_every_reply_that_is_written_token_by_token_keeps_to_the_budget(plan: ReplyPlan, rng: random.Random) -> None:
    assert plan.budget is not None
    ids: list[int] = []
    while not plan.read(ids).ended:
        allowed = plan.allowed(ids)
        ids.append(rng.choice(allowed.tokens.tolist()) if len(allowed.tokens) else ord("a"))
    items = plan.read(ids).items
    assert plan.budget.prices[list(items)].sum() <= plan.budget.most
    ways = list(ways_on(plan, ()))
    most = max(reached(plan, way) for way in ways)
    kept = [
        way for way in ways if reached(plan, way) == most and plan.budget.prices[list(way)].sum() <= plan.budget.most
    ]
    assert reached(plan, items) == most if kept else items == ()


@given(plans(), seeds())
def test_what_is_lost_in_mid_reply_counts_from_then_on(plan: ReplyPlan, rng: random.Random) -> None:
    items: list[int] = []
    lost: list[int] = []
    while may := open_items(plan, items):
        gone = sorted(item for item in may if rng.random() < 0.3)
        if gone:
            lost += gone
            plan = plan.without(gone, named=len(items))
            assert plan.read(named(*items)).items == tuple(items)
            assert open_items(plan, items) == open_by_trying(plan, items, lost)
        elif rng.random() < 0.9:
            items.append(rng.choice(sorted(may)))


@given(st.lists(st.integers(0, 2), min_size=1, max_size=3), st.data())
def test_the_cheapest_completion_and_what_another_item_saves(rooms: list[int], data: st.DataObject) -> None:
    numbers = st.sets(st.integers(0, len(rooms) - 1)).map(lambda chosen: tuple(sorted(chosen)))
    first = data.draw(st.lists(numbers, max_size=2))
    offers = data.draw(st.lists(st.builds(Offer, st.integers(0, 9), numbers), max_size=6))

    def least(belongs: Sequence[tuple[int, ...]], among: Sequence[Offer]) -> int:
        sets = [some for size in range(len(among) + 1) for some in combinations(among, size)]
        filled = [most_shared_out([*belongs, *(offer.belongs for offer in some)], rooms) for some in sets]
        return min(
            sum(offer.price for offer in some) for some, full in zip(sets, filled, strict=True) if full == max(filled)
        )

    completion = complete(rooms, first, offers)
    assert completion.cost == least(first, offers)
    for place, offer in enumerate(offers):
        others = offers[:place] + offers[place + 1 :]
        saved = max((completion.saved[number] for number in offer.belongs), default=0)
        with_it = offer.price + least([*first, offer.belongs], others)
        assert with_it == max(completion.cost, offer.price + completion.cost - saved)
