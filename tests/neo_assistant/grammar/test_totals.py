"""What is a total and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.counts import OrderReader, kinds_called
from neo_assistant.grammar.stated import stated_in
from neo_assistant.grammar.totals import Total, total_in

TOTALS = {
    "everything for a camping weekend, 200 in all": "200",
    "gift set for a tea lover under 60 total": "60",
    "a desk setup for under $300: a desk, a chair and a lamp": "300",
    "a tent and a stove for under $150 together": "150",
    "in total under 200": "200",
    "my total budget is 250": "250",
    "total budget: $1,200": "1200",
    "Everything I need for a picnic under 80": "80",
    "everything for our first flat with 900 dollars": "900",
    "complete the set for under 100": "100",
    "the whole set under 100": "100",
    "something for tea, together no more than 60": "60",
    "a mug and a candle, 45 dollars for both": "45",
    "200 altogether": "200",
    "under 15 in all": "15",
    "max 80 in total please": "80",
    "£90 all in": "90",
    "$50 for the lot": "50",
    "kit me out for camping, 300 for everything": "300",
    "no more than 99.50 all together": "99.50",
    "for everything at most 200 euros": "200",
    "put together a gift basket under 60": "60",
    "build me an outfit for under $150": "150",
    "with a total of $75": "75",
    "combined price under 75": "75",
    "three mugs, 60 total": "60",
    "a starter kit for yoga below 90": "90",
    "for all three at most 200": "200",
    "a budget of 200 in total": "200",
    "200 or less in total": "200",
    "overall budget 400": "400",
    "mugs under 20 each, 50 in total": "50",
    "12 dollars in total": "12",
    "what can I get, 120 for the whole lot?": "120",
    "it should not cost more than 70 in all": "70",
}
NO_TOTALS = (
    "blue mug under $20",
    "all under 20",
    "4 in total",
    "show me 3 altogether",
    "under 20 each",
    "a mug and saucer that go together under $20",
    "over 200 in all",
    "at least 50 in total",
    "a rucksack, 25 litres in total",
    "a tent for 4 people, 2 rooms overall",
    "show me everything under $20",
    "everything for under 20",
    "everything for the garden under 20",
    "everything you have under 30",
    "a tea set under 60",
    "mugs between 10 and 20",
    "what do you have for 50 dollars",
    "a set of pans under 80",
    "500 piece puzzle",
    "up to 5 in total",
    "max 4 in total",
    "an all in one under 200",
    "overalls under 60",
    "total weight under 20 kg",
    "in total 30 mugs",
    "my budget is 50",
    "a lamp with 800 lumens total",
    "12 mugs, 12 in all",
    "knives sold together under 40",
    "the lamps all together cost too much",
    "less than 3 kg in all",
    "300 in all and 400 in total",
    "build a shelf under the stairs",
    "everything I need for my kids under 30 each",
    "0 in total under 0 dollars in all",
)
SEVERAL = {
    "a desk, an office chair and a desk lamp under 300": "300",
    "a desk and a lamp for 300": "300",
    "two mugs and a kettle, budget 60": "60",
    "two mugs and a kettle with a budget of $60": "60",
    "a mug and a kettle, I have 80 to spend": "80",
    "a mug and a kettle under 15": "15",
}
NOT_FOR_SEVERAL = (
    "a mug and a kettle for 2",
    "two mugs and a kettle under 20 each",
    "a desk under 200 and a lamp under 100",
    "a mug and a kettle between 20 and 80",
    "a tent and a mat for 4 people",
    "a mug and a kettle over 30",
)


@pytest.mark.parametrize(("text", "amount"), TOTALS.items())
def test_totals(text: str, amount: str) -> None:
    total = total_in(text)
    assert total is not None
    assert total.amount == amount
    assert amount not in total.rest.replace(",", "")


@pytest.mark.parametrize("text", NO_TOTALS)
def test_what_is_none(text: str) -> None:
    assert total_in(text) is None


@pytest.mark.parametrize(("text", "amount"), SEVERAL.items())
def test_one_amount_for_several_kinds_that_were_counted(text: str, amount: str) -> None:
    assert total_in(text) is None
    total = total_in(text, several=True)
    assert total is not None
    assert total.amount == amount


@pytest.mark.parametrize("text", NOT_FOR_SEVERAL)
def test_other_amounts_beside_several_kinds(text: str) -> None:
    assert total_in(text, several=True) is None


def test_what_is_left_of_a_message() -> None:
    assert total_in("mugs, 200 in all, in stock") == Total("200", "mugs, in stock")
    assert total_in("A Mug for under $1,200 in total!") == Total("1200", "A Mug!")
    assert total_in("200 in all: a mug") == Total("200", ": a mug")
    both = total_in("mugs under 20 each, 50 in total")
    assert both is not None
    assert stated_in(both.rest).at_most == "20"


def test_a_set_that_the_shop_sells_is_an_item() -> None:
    assert total_in("a gift set under 60") is not None
    assert total_in("a gift set under 60", kinds=["gift set"]) is None
    assert total_in("put together a kit for under 60", kinds=["craft kit"]) is None


KINDS = ("desk", "dining chair", "lamp", "office chair")
READER = OrderReader({"kind": KINDS, "colour": ("red",)}, ("kitchen",))


@pytest.mark.parametrize(
    ("text", "counts", "total"),
    [
        ("a desk and two lamps, 300 in all", {"desk": 1, "lamp": 2}, "300"),
        ("a desk and two lamps under 300", {"desk": 1, "lamp": 2}, "300"),
        (
            "a desk setup for under $300: a desk, an office chair and a lamp",
            {"desk": 1, "office chair": 1, "lamp": 1},
            "300",
        ),
        ("300 in all for a desk and a lamp", {"desk": 1, "lamp": 1}, "300"),
        ("For 300 in total I need a desk and a lamp", {"desk": 1, "lamp": 1}, "300"),
        ("a desk setup for under $300: a desk, a chair and a lamp", {"desk": 1, "chair": 1, "lamp": 1}, "300"),
        ("two chairs and a lamp", {"chair": 2, "lamp": 1}, None),
        ("two chairs", {}, None),
        ("two lamps under 300", {"lamp": 2}, None),
        ("two lamps, 300 together", {"lamp": 2}, "300"),
        ("a red desk under 300", {}, None),
        ("things for my desk, 90 in all", {}, "90"),
    ],
)
def test_counts_and_their_total(text: str, counts: dict[str, int], total: str | None) -> None:
    order = READER.read(text)
    assert (dict(order.counts), order.total) == (counts, total)
    assert total is not None or order.rest == text


def test_which_kinds_a_name_counts() -> None:
    assert kinds_called("chair", KINDS) == ("dining chair", "office chair")
    assert kinds_called("lamp", (*KINDS, "desk lamp")) == ("lamp",)
    assert kinds_called("hair", KINDS) == ()


def test_counts_that_are_given_beside_the_words() -> None:
    assert READER.read("under 300", (("desk", 1), ("lamp", 1))).total == "300"
    assert READER.read("under 300", (("desk", 2),)).total is None


@given(
    st.text(max_size=60) | st.lists(st.sampled_from(" ".join([*TOTALS, *SEVERAL]).split()), max_size=12).map(" ".join)
)
def test_any_text_can_be_read(text: str) -> None:
    for several in (False, True):
        total = total_in(text, several)
        assert total is None or (float(total.amount) > 0 and len(total.rest) < len(text))
