"""Which brands somebody named, and which values somebody described."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.grammar.names import Hints, Names, thing_words

NAMES = Names(["Potluck & Co", "HP", "Brackenhow", "Ravel & Rook", "Case Logic", "Tarnwick", "3M", "Ōkami"])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a mug by potluck and co", ["Potluck & Co"]),
        ("Potluck&Co bath mat, please", ["Potluck & Co"]),
        ("potlock & co", ["Potluck & Co"]),
        ("from bracckenhow in orange", ["Brackenhow"]),
        ("Brackenhow's tents", ["Brackenhow"]),
        ("barckenhow or ravel & rook?", ["Brackenhow", "Ravel & Rook"]),
        ("Ternwick", ["Tarnwick"]),
        ("tarnwic", ["Tarnwick"]),
        ("a caselogic bag", ["Case Logic"]),
        ("hp toner", ["HP"]),
        ("h toner, hq toner, php book", []),
        ("3m tape & glue", ["3M"]),
        ("okami", ["Ōkami"]),
        ("a case for my camera", []),
        ("bracken and how", []),
        ("", []),
    ],
)
def test_who_is_named(text: str, named: list[str]) -> None:
    assert sorted(NAMES.within(text)) == sorted(named)


@given(st.lists(st.text("abcde &-", min_size=1, max_size=9), max_size=8), st.data())
def test_a_name_is_found_wherever_it_stands(names: list[str], data: st.DataObject) -> None:
    known = [name for name in names if any(map(str.isalnum, name.replace("&", "and")))]
    if known:
        name = data.draw(st.sampled_from(known))
        assert name in Names(names).within(f"something by {name}, under 20")


@given(st.text("abcdefgh", min_size=5, max_size=12), st.integers(0, 11), st.sampled_from("abcdefgh"))
def test_one_slip_is_forgiven(name: str, place: int, letter: str) -> None:
    place = min(place, len(name) - 1)
    swapped = name[:place] + name[place + 1 : place + 2] + name[place] + name[place + 2 :]
    slips = [name[:place] + letter + name[place:], name[:place] + letter + name[place + 1 :], swapped]
    slips += [name[:place] + name[place + 1 :]] if len(name) > 5 else []
    for slip in slips:
        assert Names([name]).within(slip) == {name}


@given(st.text("abcdefgh", min_size=5, max_size=9), st.text("abcdefgh", min_size=5, max_size=9))
def test_nothing_further_away_is_taken(name: str, word: str) -> None:
    within_one = {name} | {name[:i] + c + name[i:] for i in range(len(name) + 1) for c in "abcdefgh"}
    within_one |= {name[:i] + c + name[i + 1 :] for i in range(len(name)) for c in ("", *"abcdefgh")}
    within_one |= {name[:i] + name[i + 1] + name[i] + name[i + 2 :] for i in range(len(name) - 1)}
    assert (Names([name]).within(word) == {name}) == (word in within_one)


VALUES = Hints(
    [
        "foldable",
        "built-in storage",
        "non-slip",
        "machine washable",
        "vegan",
        "40 cm",
        "12 l",
        "set of 4",
        "soy wax",
        "XL",
    ]
)


@pytest.mark.parametrize(
    ("text", "hinted"),
    [
        ("a folding table", ["foldable"]),
        ("lamp table with storage", ["built-in storage"]),
        ("put it in the hall", []),
        ("anti-slip shoes", ["non-slip"]),
        ("non gmo snacks", []),
        ("that can be washed", ["machine washable"]),
        ("40 cm wide", ["40 cm"]),
        ("40 of them", ["40 cm"]),
        ("42 wide by 63 long, 12ml", ["12 l"]),
        ("4 cm or 400", ["set of 4"]),
        ("soy candle", ["soy wax"]),
        ("size xl", ["XL"]),
        ("fodlable", ["foldable"]),
        ("vegn", []),
        ("", []),
    ],
)
def test_what_is_hinted_at(text: str, hinted: list[str]) -> None:
    assert sorted(VALUES.within(text)) == sorted(hinted)


def test_an_ordinary_word_is_no_slip_for_another() -> None:
    assert Hints(["cooking", "hiking"]).within("looking for something, biking perhaps") == frozenset()
    assert Hints(["cooking"]).within("for coooking") == {"cooking"}


def test_a_last_word_that_several_values_share_says_nothing_alone() -> None:
    hints = Hints(["oven safe", "dishwasher safe", "cotton", "organic cotton", "quick drying", "quick setup"])
    assert hints.within("safe for people with allergies") == frozenset()
    assert hints.within("safe in the oven") == {"oven safe"}
    assert hints.within("a cotton shirt") == {"cotton"}
    assert hints.within("organic cotton") == {"cotton", "organic cotton"}
    assert hints.within("quick to set up") == {"quick drying", "quick setup"}


def test_words_of_grammar_hint_at_nothing() -> None:
    assert Hints(["everyday"]).within("away nearly every week") == frozenset()
    assert Hints(["everyday"]).within("for everyday use") == {"everyday"}


def test_a_kind_hints_only_at_what_goes_on_where_its_words_end() -> None:
    hints = Hints(
        ["non-slip", "lightweight", "built-in storage"], thing_words(["slipper", "night light", "storage bench"])
    )
    assert hints.within("a pair of slippers") == frozenset()
    assert hints.within("slippers that never slip") == {"non-slip"}
    assert hints.within("slipping") == {"non-slip"}
    assert hints.within("a light rucksack") == {"lightweight"}
    assert hints.within("a storage bench") == {"built-in storage"}
