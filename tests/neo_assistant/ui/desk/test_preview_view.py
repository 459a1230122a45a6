"""The Preview tab's HTML: what is shown, and that text from outside shows as text."""

from __future__ import annotations

import dataclasses
import datetime as dt
from html.parser import HTMLParser
from typing import Any

import pytest

from catalog_db.products import ProductRecord
from neo_assistant.events import Notice, Timings, Total
from neo_assistant.merchandising.answers import Answer, ShownItem
from neo_assistant.merchandising.beam_tree import BeamTree, Node
from neo_assistant.merchandising.ranking import RankedItem
from neo_assistant.request import Request
from neo_assistant.ui.desk import preview_view as view

EVIL = '<script>alert(1)</script> **&amp; "x"'
NOW = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
PRODUCT = ProductRecord(
    1, "A-1", "Blue mug", "Acme", "kitchen", "", "", 1250, "USD", 4, 4.5, 3, "pictures/mug.svg", "", True, NOW, NOW, {}
)
BAD = dataclasses.replace(PRODUCT, sku=EVIL, title=EVIL, brand=EVIL, image='x" onerror="alert(1)')


class Reader(HTMLParser):
    """Refuses HTML whose elements are not closed in order; gathers tags and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag not in ("img", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def ranked(product: ProductRecord, chance: float, **rest: Any) -> RankedItem:
    return RankedItem(
        product, "<|sid:kitchen|><|a_1|>", chance, **{"weight": 1.0, "pinned": False, "rules": (), **rest}
    )


@pytest.mark.parametrize(
    ("chance", "words"),
    [(1.0, "100%"), (0.432, "43%"), (0.043, "4.3%"), (0.0043, "0.43%"), (0.00001, "<0.01%"), (0.0, "0%")],
)
def test_a_probability_has_as_many_digits_as_it_needs(chance: float, words: str) -> None:
    assert view.percent(chance) == words


def test_a_ranking_tells_rank_probability_and_rules() -> None:
    read = Reader(
        view.ranking_html(
            [ranked(BAD, 0.2, pinned=True, rules=(7, -1), weight=3.0), ranked(PRODUCT, 0.4), ranked(PRODUCT, 0.1)]
        )
    )
    assert read.tags.count("li") == 3
    for words in ("20%", "40%", "10%", "pinned", "weight 3", "rule 7", "draft"):
        assert words in read.text
    assert EVIL in read.text
    assert "script" not in read.tags
    assert "onerror" not in " ".join(read.tags)
    assert "Nothing may be named" in view.ranking_html([])


def test_the_tree_is_nested_lists_whose_best_branch_is_open() -> None:
    leaf = Node((1, 2), 0.3, 1, (), BAD)
    dropped = Node((4,), 0.01, 9, ("red",))
    root = Node((), 1.0, 40, (), None, (Node((1,), 0.5, 30, (EVIL, "tea"), None, (leaf,)), dropped))
    tree = BeamTree("prompt", "", (("coffee_and_tea", 0.9), ("kitchen", 0.1)), root, searched="coffee_and_tea")
    html = view.tree_html(tree)
    read = Reader(html)
    assert "script" not in read.tags
    assert html.count("<details open>") == 2
    assert [words in read.text for words in ("coffee and tea", "a_1", "b_2", EVIL, "30 items", "90%", "50%")] == [
        True
    ] * 7
    assert "not among the best any more" in read.text
    assert view.tree_html(BeamTree("", "", (), None)) == ""


def test_the_branch_towards_the_best_item_is_open() -> None:
    def under(code: int, chance: float, best: float) -> Node:
        item = Node((code, 0), best, 1, (), PRODUCT)
        return Node((code,), chance, 5, (f"words {code}",), None, (item,))

    root = Node((), 1.0, 10, (), None, (under(1, 0.6, 0.1), under(2, 0.4, 0.3), Node((3,), 0.2, 1, ())))
    html = view.tree_html(BeamTree("", "", (("kitchen", 1.0),), root, searched="kitchen"))
    opened = html.split("<details open>")[1:]
    assert len(opened) == 2
    assert "words 2" in opened[1].partition("</summary>")[0]


def test_the_prompt_keeps_its_lines_and_runs_nothing() -> None:
    read = Reader(view.prompt_html(f"<|im_start|>\n{EVIL}"))
    assert f"<|im_start|>\n{EVIL}" in read.text
    assert "script" not in read.tags
    assert view.prompt_html("") == ""


def test_a_reply_shows_conditions_words_items_and_how_it_was_made() -> None:
    made_by = {
        "checkpoint": EVIL,
        "codebook_version": "abcdef0123456789",
        "rules": [{"id": 3, "action": "pin", "items": 1}, {"id": -1, "action": "boost", "items": 2000}],
    }
    answer = Answer(
        Request(EVIL),
        (EVIL, ShownItem(BAD, 0.25), "\nbye"),
        phrases=("under $20", EVIL),
        items_left=1,
        notices=(Notice("fewer", EVIL),),
        timings=Timings(500, 1234, 20, 100, 30),
        made_by=made_by,
        total=Total(1250, "USD"),
    )
    read = Reader(view.answer_html(answer) + view.made_html(answer))
    assert "script" not in read.tags
    for words in (
        "under $20",
        "1 item is left",
        "25%",
        "Together $12.50",
        "1.23 s",
        "pin, rule 3 (1 item)",
        "a draft (2,000 items)",
    ):
        assert words in read.text
    assert read.text.count(EVIL) == 5
    empty = Reader(view.answer_html(Answer(Request("x"))) + view.made_html(Answer(Request("x"))))
    assert "No conditions were read" in empty.text
    assert "No words and no items" in empty.text
    assert view.note("") == ""
