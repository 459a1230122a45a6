"""Answers, right and wrong, and what the grader makes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from catalog_db.products import ProductRecord
from finetune.evaluation.reading import Reading
from finetune.exam.asking import Answer
from finetune.exam.figures import Result, figures
from finetune.exam.free import FreeGrade, grade_freely
from finetune.exam.grading import Grader
from finetune.exam.report import markdown, record
from finetune.exam.requests import ExamRequest, Expectation
from finetune.exam.shop import ExamShop
from neo_assistant.steering import Format
from tests.finetune.exam.rows import KETTLE, MUG, RED_MUG

ROWS = (MUG, RED_MUG, KETTLE)
FACETS = {
    "kind": ("kettle", "mug"),
    "brand": ("Saltgarth",),
    "colour": ("blue", "red"),
    "material": ("ceramic", "glass", "steel"),
    "feature": ("dishwasher safe",),
}
SHOP = ExamShop({row.sku: row for row in ROWS}, FACETS, frozenset({"MUG"}))


@pytest.fixture(scope="module")
def grader() -> Grader:
    return Grader(SHOP)


def answer(*parts: str | ProductRecord, want: str | None = None, shown: tuple[ProductRecord, ...] = ()) -> Answer:
    return Answer(parts, want, (), shown, frozenset(row.sku for row in shown), ())


def request(behaviour: str = "items", **expect: Any) -> ExamRequest:
    return ExamRequest("one", "group", ("a blue mug",), Expectation((behaviour,), **expect))


BLUE_MUG = request(want=(("kinds",), ("colour: blue",)), kinds=("mug",))


def test_a_good_search(grader: Grader) -> None:
    grade = grader.grade(BLUE_MUG, answer("One blue mug:\n", MUG, want=" kind: mug; colour: blue; found 1"))
    assert (grade.behaviour, grade.relevant, list(grade.faults())) == (True, True, [])
    assert grade.read is not None
    assert grade.read.exact
    assert [claim.true for claim in grade.facts] == [True, True]
    assert [claim.true for claim in grade.counts] == [True]


def test_a_bad_search(grader: Grader) -> None:
    grade = grader.grade(BLUE_MUG, answer("Two blue mugs:\n", RED_MUG, want=" kind: mug; found 2"))
    assert list(grade.faults()) == [
        "no relevant item",
        "conditions: colour missed",
        "untrue: 'Two blue mugs'",
        "untrue: 'blue'",
    ]


def test_only_the_first_three_count(grader: Grader) -> None:
    others = tuple(replace(RED_MUG, sku=f"RED-{number}") for number in range(3))
    assert grader.grade(BLUE_MUG, answer(*others[:2], MUG)).relevant
    assert not grader.grade(BLUE_MUG, answer(*others, MUG)).relevant


def test_what_the_shopper_has_is_no_recommendation(grader: Grader) -> None:
    had = replace(request(kinds=("mug",)), history=("MUG",))
    assert not grader.grade(had, answer(MUG)).relevant
    assert grader.grade(had, answer(MUG, RED_MUG)).relevant
    assert not grader.grade(replace(had, history=(), about=("MUG",)), answer(MUG)).relevant


def test_what_is_popular(grader: Grader) -> None:
    popular = request(popular=True)
    assert grader.grade(popular, answer(KETTLE, MUG)).relevant
    assert not grader.grade(popular, answer(KETTLE)).relevant


@pytest.mark.parametrize(
    ("behaviour", "parts", "right"),
    [
        ("items", (MUG,), True),
        ("items", ("Sorry.",), False),
        ("question", ("What for?",), True),
        ("question", ("What for? ", MUG), False),
        ("question", ("Gladly.",), False),
        ("no items", ("I only know this shop.",), True),
        ("no items", ("Here: ", MUG), False),
        ("no items", (), False),
        ("words", ("It is a mug.",), True),
        ("words", (MUG, " is a mug."), True),
        ("words", (KETTLE, " is a kettle."), False),
        ("words", (), False),
    ],
)
def test_behaviour(grader: Grader, behaviour: str, parts: tuple[Any, ...], right: bool) -> None:
    assert grader.grade(request(behaviour), answer(*parts, shown=(MUG,))).behaviour == right


def test_the_shop_may_say_that_nothing_matches(grader: Grader) -> None:
    silent = replace(answer(), notices=("Nothing matches all of that.",))
    assert grader.grade(request("no items"), silent).behaviour


def test_facts_and_names(grader: Grader) -> None:
    facts = request("words", facts=1)
    assert grader.grade(facts, answer("It is blue.", shown=(MUG,))).behaviour
    assert not grader.grade(facts, answer("It is lovely.", shown=(MUG,))).behaviour
    two = request("words", facts=2)
    assert grader.grade(two, answer("The first is blue, the second red.", shown=(MUG, RED_MUG))).behaviour
    assert not grader.grade(two, answer("The first is blue.", shown=(MUG, RED_MUG))).behaviour
    names = request("words", names=("mug", "tea"))
    assert grader.grade(names, answer("You like MUGS.")).behaviour
    assert not grader.grade(names, answer("You like tents.")).behaviour


@pytest.mark.parametrize(
    ("words", "row", "right"),
    [
        ("Yes, it is dishwasher safe.", MUG, True),
        ("Yes.", MUG, True),
        ("No.", MUG, False),
        ("No, it is not.", RED_MUG, True),
        ("It isn't, sorry.", RED_MUG, True),
        ("I have no red mugs that are.", RED_MUG, False),
        ("Nope, this one is not.", RED_MUG, True),
        ("Yes, certainly.", RED_MUG, False),
        ("This mug is dishwasher safe.", MUG, True),
        ("This is a mug.", MUG, False),
    ],
)
def test_yes_or_no(grader: Grader, words: str, row: ProductRecord, right: bool) -> None:
    asked = request("words", asks="feature: dishwasher safe")
    assert grader.grade(asked, answer(words, shown=(row,))).answered == right


def test_no_item_no_answer(grader: Grader) -> None:
    assert grader.grade(request("words", asks="feature: dishwasher safe"), answer("Yes.")).answered is False


def test_as_many_as_asked_for(grader: Grader) -> None:
    two = request(kinds=("mug",), count=2)
    assert grader.grade(two, answer(MUG, RED_MUG)).counted
    assert not grader.grade(two, answer(MUG)).counted
    assert grader.grade(request(kinds=("mug",), count=5), answer(MUG, RED_MUG)).counted  # all there are
    each = request(kinds=("mug", "kettle"), each={"kettle": 1, "mug": 2})
    assert grader.grade(each, answer(KETTLE, MUG, RED_MUG)).counted
    assert not grader.grade(each, answer(KETTLE, KETTLE, MUG)).counted
    assert grader.grade(BLUE_MUG, answer(MUG)).counted is None


BY_SID = {"kitchen:0-0": MUG, "kitchen:0-1": RED_MUG}


def free(asked: ExamRequest, grader: Grader, *sids: str | None, words: str = "Here:") -> FreeGrade:
    return grade_freely(asked, Reading((), sids, True, words), answer(), grader.expected(asked.expect), BY_SID)


def test_the_plain_model(grader: Grader) -> None:
    grade = free(BLUE_MUG, grader, "kitchen:0-0", "kitchen:0-1", "kitchen:9-9", None)
    assert grade == FreeGrade((True, True, False, False), (), (True, False), True)
    steered = replace(BLUE_MUG, types=("kitchen",))
    assert free(steered, grader, "kitchen:0-0", "toys:0-0", None).of_type == (True, False, False)


def test_the_plain_models_format(grader: Grader) -> None:
    ids, text = (replace(BLUE_MUG, format=one) for one in (Format.IDS, Format.TEXT))
    assert free(ids, grader, "kitchen:0-0", words="").format
    assert not free(ids, grader, "kitchen:0-0").format
    assert not free(ids, grader, words="").format
    assert free(text, grader).format
    assert not free(text, grader, "kitchen:0-0").format
    assert free(BLUE_MUG, grader, "kitchen:0-0").format
    assert not free(BLUE_MUG, grader).format
    assert not free(BLUE_MUG, grader, "kitchen:0-0", words="").format


def test_figures_and_report(grader: Grader) -> None:
    good = answer("One blue mug:\n", MUG, want=" kind: mug; colour: blue; found 1")
    bad = answer("One blue mug:\n", RED_MUG, want=" kind: mug; brand: Saltgarth; found 1")
    graded = FreeGrade((True, False), (), (True,), True)
    results = [Result(BLUE_MUG, one, grader.grade(BLUE_MUG, one), graded, "One blue mug:") for one in (good, bad)]
    found = figures(results)
    assert found["relevant"]["mean"] == 0.5
    assert found["relevant"]["goal"] == 0.9
    assert found["relevant"]["of"] == 2
    assert found["conditions_read"]["mean"] == 0.75
    assert found["read_exactly"]["mean"] == 0.5
    assert found["facts"]["mean"] == 0.75
    assert found["free_sids"]["mean"] == 0.5
    assert found["yes_no"] is None
    assert found["by_condition"]["brand"] == {"stated": 0, "read": 0, "invented": 1}
    assert found["groups"]["group"]["faultless"] == 1
    page = markdown(found, results)
    assert "| a relevant item among the first 3 | 50.0 %" in page
    assert "## Failures: 1" in page
    assert "brand: Saltgarth invented" in page
    assert record(results[1])["items"] == ["RED-MUG"]
    assert "free_sids" not in figures([replace(one, free=None) for one in results])
