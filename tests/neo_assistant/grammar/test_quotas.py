"""Items shared out over quotas, against trying every way of doing it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.view import View
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.quotas import Quota, fill
from neo_assistant.sids import Sid, SidScheme
from neo_assistant.steering import Format
from tests.neo_assistant.strategies import build_index, tiny_tokenizer

SCHEME = SidScheme(("bags", "kitchen"), (4, 4), per_type=True)
SIDS = [Sid(name, (first, second)) for name in SCHEME.types for first in range(2) for second in range(4)]
INDEX = build_index(SCHEME, SIDS)
TOKENIZER = tiny_tokenizer(SCHEME)
VOCABULARY = TOKENIZER.vocabulary


def most_shared_out(belongs: Sequence[Sequence[int]], rooms: Sequence[int]) -> int:
    """How many items fit into the quotas, by trying everything."""
    if not belongs:
        return 0
    first, *rest = belongs
    best = most_shared_out(rest, rooms)
    for number in first:
        if rooms[number]:
            fewer = [room - (place == number) for place, room in enumerate(rooms)]
            best = max(best, 1 + most_shared_out(rest, fewer))
    return best


def quotas_of(counts: Sequence[tuple[int, int]]) -> list[Quota]:
    return [Quota(f"number {place}", View(INDEX), least, most) for place, (least, most) in enumerate(counts)]


COUNTS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2)).map(lambda pair: (pair[0], sum(pair))), min_size=1, max_size=4
)


@given(COUNTS, st.data())
def test_open_and_wanting_are_what_one_more_item_would_show(counts: list[tuple[int, int]], data: st.DataObject) -> None:
    numbers = range(len(counts))
    some = st.sets(st.sampled_from(numbers)).map(lambda chosen: tuple(sorted(chosen)))
    belongs = data.draw(st.lists(some, max_size=5))
    quotas, least, most = quotas_of(counts), [low for low, _ in counts], [high for _, high in counts]
    if most_shared_out(belongs, most) < len(belongs):
        with pytest.raises(GrammarError):
            fill(quotas, belongs)
        return
    filling = fill(quotas, belongs)
    reached = most_shared_out(belongs, least)
    assert list(filling.open) == [n for n in numbers if most_shared_out([*belongs, (n,)], most) > len(belongs)]
    assert list(filling.wanting) == [n for n in numbers if most_shared_out([*belongs, (n,)], least) > reached]
    assert sum(filling.missing) == sum(least) - reached
    assert all(0 <= lacking <= low for lacking, low in zip(filling.missing, least, strict=True))
    for both in data.draw(st.lists(some, max_size=3)):
        assert (most_shared_out([*belongs, both], most) > len(belongs)) == bool(set(both) & set(filling.open))
        assert (most_shared_out([*belongs, both], least) > reached) == bool(set(both) & set(filling.wanting))


def test_what_is_needed_does_not_follow_from_what_may_be_named() -> None:
    """The second item stands in the first quota as long as there is room; to fill the least counts it must not."""
    filling = fill(quotas_of([(1, 2), (1, 1), (1, 1)]), [(0,), (0, 1, 2)])
    assert filling.open == (0, 1, 2)
    assert filling.wanting == (1, 2)
    assert sum(filling.missing) == 1


def view_of(*places: int) -> View:
    return View(INDEX, np.isin(np.arange(len(INDEX)), places))


def plan_of(*quotas: Quota, **changes: object) -> ReplyPlan:
    values = {"tokenizer": TOKENIZER, "view": View(INDEX), "format": Format.IDS, "quotas": quotas, **changes}
    return ReplyPlan(**values)  # type: ignore[arg-type]


def named(*places: int) -> list[int]:
    return [token for place in places for token in VOCABULARY.encode(INDEX.sid(place))]


def follow(plan: ReplyPlan, ids: Sequence[int]) -> set[str]:
    """Types whose opener may follow, and ``end``."""
    names = {int(opener): name for opener, name in zip(VOCABULARY.openers, SCHEME.types, strict=True)}
    return {names.get(token, "end") for token in plan.allowed(ids).tokens.tolist()}


def test_two_of_one_and_one_of_another_in_any_order() -> None:
    bags, kitchen = Quota("bag", view_of(*range(8)), 2, 2), Quota("pot", view_of(*range(8, 16)), 1, 1)
    plan = plan_of(bags, kitchen)
    assert follow(plan, []) == {"bags", "kitchen"}
    assert follow(plan, named(0)) == {"bags", "kitchen"}
    assert follow(plan, named(0, 5)) == {"kitchen"}
    assert follow(plan, named(9)) == {"bags"}
    assert follow(plan, named(0, 9, 5)) == {"end"}


def test_inside_a_span_only_items_of_open_quotas_may_follow() -> None:
    plan = plan_of(Quota("first", view_of(0, 1), 1, 1), Quota("second", view_of(6, 7), 1, 1))
    opener, first, *_ = named(6)
    assert plan.allowed([*named(0), opener]).tokens.tolist() == [first]
    with pytest.raises(GrammarError):
        plan.read(named(0, 1))
    with pytest.raises(GrammarError):
        plan.read(named(0, 15))


def test_an_item_of_two_quotas_counts_for_whichever_helps() -> None:
    """A travel mug named first must not use up the only quota that the plain mug belongs to."""
    mugs, travel = Quota("mug", view_of(0, 1), 1, 1), Quota("travel", view_of(1, 2), 1, 1)
    plan = plan_of(mugs, travel)
    assert plan.read(named(1, 0)).items == (1, 0)
    assert plan.read(named(1, 2)).items == (1, 2)
    assert follow(plan, named(1)) == {"bags"}
    assert plan.read([*named(1, 0), TOKENIZER.end_of_reply]).ended
    with pytest.raises(GrammarError):
        plan.read(named(0, 1, 2))


def test_what_nothing_can_fill_does_not_keep_the_others_from_being_served() -> None:
    plan = plan_of(Quota("mug", view_of(0, 1), 2, 2), Quota("kettle", view_of(), 1, 1), taken=np.array([1]))
    assert follow(plan, []) == {"bags"}
    assert follow(plan, named(0)) == {"end"}
    assert plan.filling((0,)).missing == (1, 1)


def test_at_most_holds_where_less_is_enough() -> None:
    plan = plan_of(Quota("mug", view_of(0, 1, 2), 1, 2), format=Format.MIXED)
    assert follow(plan, []) == {"bags"}
    assert follow(plan, named(0)) == {"bags", "end"}
    assert follow(plan, named(0, 1)) == {"end"}


def test_the_plans_own_view_holds_for_quotas() -> None:
    plan = plan_of(Quota("mug", View(INDEX), 2, 2), view=view_of(3))
    assert follow(plan, []) == {"bags"}
    assert follow(plan, named(3)) == {"end"}


@pytest.mark.parametrize(("least", "most"), [(-1, 0), (2, 1)])
def test_counts_that_cannot_be(least: int, most: int) -> None:
    with pytest.raises(GrammarError):
        Quota("mug", View(INDEX), least, most)


@pytest.mark.parametrize(
    "changes", [{"format": Format.TEXT}, {"at_least": 1}, {"view": View(build_index(SCHEME, SIDS))}]
)
def test_plans_that_quotas_do_not_fit(changes: dict[str, object]) -> None:
    with pytest.raises(GrammarError):
        plan_of(Quota("mug", View(INDEX), 1, 1), **changes)
