"""What of the fields is news to the server, and what of it is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError
from neo_assistant.ui.handlers.told import Offer, Told
from neo_assistant.ui.session import ChatSession, Steered

OFFER = Offer(frozenset({"kitchen"}), frozenset({"Claywork"}), "USD")
NO_FILTER = ([], [], 0, None, "Any", False)
STOCKED = (["kitchen"], ["Claywork"], 0, 20, "Any", True)
UNSTEERED = ("chat", "", "mixed", 0)
TWO = ("chat", "kitchen", "mixed", 2)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)


def told(session: ChatSession, fields: Sequence[object] = TWO, **changes: object) -> ChatSession:
    Told(STOCKED, fields, changes).take(session, OFFER)
    return session


def test_what_was_changed_holds_though_no_event_of_it_came() -> None:
    assert told(ChatSession(), steering=1).steered == Steered(types=("kitchen",), count=2)
    assert told(ChatSession(), steering=1).filters == Conditions(), "nobody has changed these"
    wanted = Conditions(
        item_types=frozenset({"kitchen"}), brands=frozenset({"Claywork"}), max_price=2000, in_stock=True
    )
    assert told(ChatSession(), filters=1).filters == wanted


@pytest.mark.parametrize("changes", [{}, None, [], {"steering": 0}, {"steering": "3"}, {"steering": None}])
def test_a_page_that_is_still_loading_takes_nothing_back(changes: object) -> None:
    session = ChatSession(filters=Conditions(in_stock=True), steered=Steered(count=4))
    Told(NO_FILTER, UNSTEERED, changes).take(session, OFFER)
    assert (session.filters.in_stock, session.steered.count) == (True, 4)


def test_what_has_been_heard_is_no_news() -> None:
    session = told(ChatSession(), steering=2)
    session.steered = Steered()  # cleared, which the page does not show yet
    assert told(session, steering=2).steered == Steered()
    assert told(session, UNSTEERED, steering=1).heard == {"steering": 2}, "an older event that comes later"
    assert told(session, steering=3).steered.count == 2


def test_what_is_passed_over_is_heard_and_does_not_hold() -> None:
    session = told(ChatSession(), steering=2)
    Told(STOCKED, UNSTEERED, {"filters": 3, "steering": 1}).pass_over(session, "filters")
    assert session == ChatSession(steered=Steered(types=("kitchen",), count=2), heard={"filters": 3, "steering": 2})
    for changes in ({"filters": 2}, {"filters": "9"}, None):
        Told(STOCKED, TWO, changes).pass_over(session, "filters")
    assert told(session, filters=3).filters == Conditions()
    assert told(session, filters=4).filters.in_stock, "a change that was made after it"


@pytest.mark.parametrize(
    "fields",
    [("profile", "", "ids", 1), ("chat", "weapons", "ids", 1), ("chat", "", "pdf", 1), ("chat", "", "ids", 21)],
)
def test_what_no_field_offers_is_refused_until_it_is_put_right(fields: tuple[object, ...]) -> None:
    session = ChatSession()
    for _ in range(2):
        with pytest.raises(ConditionError):
            told(session, fields, steering=1)
        assert session == ChatSession()
    assert told(session, steering=2).steered.count == 2


@pytest.mark.parametrize("fields", [(["weapons"], []), ([], ["Nobody"]), ("kitchen", []), ([["kitchen"]], [])])
def test_filters_that_no_field_offers_are_refused(fields: tuple[object, object]) -> None:
    session = ChatSession()
    with pytest.raises(ConditionError):
        Told((*fields, 0, None, "Any", False), TWO, {"filters": 1}).take(session, OFFER)
    assert session == ChatSession()


@pytest.mark.parametrize(
    "price", ["1e5000", pytest.param(10**4299, id="long"), 1e308, float("nan"), [1], {"a": 1}, "dear"]
)
def test_a_price_that_is_none_is_refused(price: object) -> None:
    session = ChatSession()
    with pytest.raises(ConditionError):
        Told(([], [], 0, price, "Any", False), TWO, {"filters": 1}).take(session, OFFER)
    assert session == ChatSession()


@given(st.tuples(*[JUNK] * 6), st.tuples(*[JUNK] * 4))
def test_a_forged_page_is_refused_or_makes_sense(filters: tuple[object, ...], steering: tuple[object, ...]) -> None:
    session = ChatSession()
    for group in ("filters", "steering"):
        try:
            Told(filters, steering, {group: 1}).take(session, OFFER)
        except ConditionError:
            assert session.heard.get(group, 0) == 0
    assert session.filters.item_types <= OFFER.types
    assert session.steered == Steered.from_dict(session.steered.to_dict())
