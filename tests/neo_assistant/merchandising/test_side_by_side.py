"""Two settings on the same requests, with tiny models."""

from __future__ import annotations

import gc
import threading
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from neo_assistant.errors import CheckpointError, RequestError
from neo_assistant.events import Done, ItemFound, Notice, TextDelta, Timings, WantFound
from neo_assistant.merchandising.answers import Answer, ShownItem, answer_of, answers, model_of
from neo_assistant.merchandising.draft_rules import read_drafts
from neo_assistant.merchandising.effects import drafts
from neo_assistant.merchandising.side_by_side import Comparison, Progress, Side, Where, compare, summary_of
from neo_assistant.merchandising.spare_checkpoint import SpareCheckpoint
from neo_assistant.request import Request
from neo_assistant.scripted import ScriptedReplier, sid_of
from neo_assistant.settings import Settings
from neo_assistant.steering import Format, Task
from neo_assistant.waking import WAKING_UP, WakingReplier
from tests.neo_assistant.merchandising.ruling import NOW, Moody
from tests.neo_assistant.serving import make_assistant, products

ASKED = [Request(text, format=Format.IDS, count=4) for text in ("a present", "something")]


@pytest.fixture
def shop(serving_shop: Database) -> Database:
    return serving_shop


def answer(shop: Database, *skus: str, words: str = "", phrases: tuple[str, ...] = (), ms: float = 0.0) -> Answer:
    known = products(shop)
    parts = [words, *(ShownItem(known[sku], 0.5) for sku in skus)]
    return Answer(ASKED[0], tuple(parts), phrases=phrases, timings=Timings(total_ms=ms))


def spare(shop: Database, load: Any = None) -> SpareCheckpoint:
    return SpareCheckpoint(Settings(), shop, load or (lambda settings, database: pytest.fail("not to be loaded")))


def test_items_words_and_conditions_of_two_answers_are_compared(shop: Database) -> None:
    left = answer(shop, "P-01", "P-02", "P-03", words="A blue mug, for tea.", phrases=("blue",), ms=10)
    right = answer(shop, "P-03", "P-04", "P-01", words="A red mug, for tea.", phrases=("red",), ms=30)
    one = Comparison(ASKED[0], left, right)
    assert [(item.product.sku, item.left, item.right, item.where, item.moved) for item in one.items] == [
        ("P-01", 1, 3, Where.BOTH, -2),
        ("P-02", 2, None, Where.LEFT, 0),
        ("P-03", 3, 1, Where.BOTH, 2),
        ("P-04", None, 2, Where.RIGHT, 0),
    ]
    assert one.words == ((Where.BOTH, "A"), (Where.LEFT, "blue"), (Where.RIGHT, "red"), (Where.BOTH, "mug, for tea."))
    assert (one.overlap, one.rank_change) == (pytest.approx(2 / 3), 2.0)
    same = Comparison(ASKED[0], left, left)
    assert (same.overlap, same.rank_change, same.same_conditions) == (1.0, 0.0, True)
    nothing = Comparison(ASKED[0], answer(shop), answer(shop))
    assert (nothing.overlap, nothing.rank_change, nothing.items) == (None, None, ())
    summary = summary_of([one, same, nothing])
    assert summary.overlap == pytest.approx((2 / 3 + 1) / 2)
    assert (summary.requests, summary.same_first, summary.same_items) == (3, 2, 2)
    assert (summary.same_conditions, summary.same_words) == (2, 2)
    assert summary.rank_change == 1.0
    assert (summary.left_ms, summary.right_ms) == (pytest.approx(20 / 3), pytest.approx(40 / 3))


def test_sides_are_asked_one_after_the_other_each_in_its_way(shop: Database) -> None:
    assistant = make_assistant(shop, Moody(2))
    only_boots = Conditions(attributes=(("kind", ("boot",)),))
    with shop.reading() as session:
        tried = tuple(drafts(read_drafts(session, "exclude type kitchen\n\npin sku P-11"), NOW))
    sides = (Side("as it is", rules=()), Side("boots", conditions=only_boots, rules=tried, beams=2))
    *progress, found = compare(assistant, spare(shop), sides, ASKED, threading.Event())
    assert [(one.side.name, one.done, one.of) for one in progress if isinstance(one, Progress)] == [
        *((sides[0].name, done, 2) for done in range(3)),
        *((sides[1].name, done, 2) for done in range(3)),
    ]
    assert isinstance(found, list)
    assert [one.request for one in found] == ASKED
    for one in found:
        assert len(one.left.items) == 4
        assert {item.product.item_type for item in one.right.items} == {"shoes"}
        assert {item.product.attributes["kind"] for item in one.right.items} == {("boot",)}
        assert one.right.request.conditions == only_boots
        assert (one.left.made_by or {}).get("rules", []) == []
    asked = Side("x", task=Task.RECOMMEND, format=Format.MIXED).request(ASKED[0])
    assert (asked.task, asked.format, asked.text) == (Task.RECOMMEND, Format.MIXED, "a present")


def test_what_is_stopped_is_compared_as_far_as_both_sides_came(shop: Database) -> None:
    assistant, stop = make_assistant(shop, Moody()), threading.Event()
    steps = compare(assistant, spare(shop), (Side("a"), Side("b")), ASKED, stop)
    found: Any = None
    for step in steps:
        found = step
        if isinstance(step, Progress) and (step.side.name, step.done) == ("b", 1):
            stop.set()
    assert [one.request for one in found] == ASKED[:1]
    stop.set()
    assert list(compare(assistant, spare(shop), (Side("a"), Side("b")), ASKED, stop)) == [[]]


def test_another_checkpoint_is_loaded_for_its_side_and_gone_afterwards(shop: Database, tmp_path: Path) -> None:
    loaded: list[Any] = []

    def load(settings: Settings, database: Database) -> Any:
        assert settings.checkpoint == tmp_path
        assert not [one for one in loaded if one() is not None], "one at a time"
        other = make_assistant(database, Moody(5))
        loaded.append(weakref.ref(other))
        return other

    sides = (Side("other", checkpoint=tmp_path), Side("other again", checkpoint=tmp_path))
    *_, found = compare(make_assistant(shop, Moody()), spare(shop, load), sides, ASKED, threading.Event())
    assert isinstance(found, list)
    assert summary_of(found).overlap == 1.0
    gc.collect()
    assert [one() for one in loaded] == [None, None]


def test_a_checkpoint_that_cannot_be_loaded_leaves_the_place_free(shop: Database, tmp_path: Path) -> None:
    def load(settings: Settings, database: Database) -> Any:
        raise CheckpointError("no checkpoint")

    place = spare(shop, load)
    for _ in range(2):
        with pytest.raises(CheckpointError):
            list(
                compare(
                    make_assistant(shop, Moody()), place, (Side("a", tmp_path), Side("b")), ASKED, threading.Event()
                )
            )


def test_an_answer_is_what_its_events_say(shop: Database) -> None:
    product = products(shop)["P-01"]
    events = [
        Notice(WAKING_UP, "soon"),
        WantFound(" kind: mug; found 3", ("mug",), 3),
        TextDelta("Take "),
        TextDelta("this: "),
        ItemFound(sid_of(product), product, -1.0),
        TextDelta(" nice."),
        Notice("fewer-than-asked", "Only one."),
        Done(Timings(total_ms=5), made_by={"checkpoint": "x"}),
    ]
    found = answer_of(ASKED[0], events)
    assert found.parts[0] == "Take this: "
    assert found.items == (ShownItem(product, pytest.approx(0.3679, rel=1e-3)),)
    assert found.words == "Take this: nice."
    assert (found.phrases, found.items_left, found.made_by) == (("mug",), 3, {"checkpoint": "x"})
    assert [notice.text for notice in found.notices] == ["Only one."]
    assert answer_of(ASKED[0], []).items_left is None


def test_only_a_model_can_be_explored(shop: Database) -> None:
    assistant, scripted = make_assistant(shop, Moody()), ScriptedReplier(shop)
    assert model_of(assistant) is assistant
    assert model_of(WakingReplier(lambda: assistant)) is assistant
    with pytest.raises(RequestError, match="scripted"):
        model_of(scripted)
    with pytest.raises(RequestError):
        list(answers(scripted, ASKED, threading.Event(), beams=3))
    assert len(list(answers(scripted, ASKED, threading.Event()))) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("promote brand Acme", "promote"),
        ("boost brand Acme", "how much"),
        ("boost", "how much"),
        ("boost -1 brand Acme", "above 0"),
        ("pin", "what with"),
        ("pin sku", "what with"),
        ("pin sku P-01,", "what with"),
        ("pin sku NONE", "NONE"),
        ("exclude colour pink", "pink"),
        ("exclude type hats", "hats"),
    ],
)
def test_a_draft_that_is_no_rule_is_refused_by_its_line(shop: Database, line: str, said: str) -> None:
    with shop.reading() as session, pytest.raises(RequestError, match=said) as refused:
        read_drafts(session, f"bury 2 brand: Price Co.\n{line}")
    assert "line 2" in refused.value.message
    with shop.reading() as session:
        [bury] = read_drafts(session, "bury 2 brand: Price Co.\n")
    assert (bury.strength, bury.conditions) == (2.0, Conditions(brands=frozenset({"Price Co."})))
    assert replace(bury, note="") != bury
