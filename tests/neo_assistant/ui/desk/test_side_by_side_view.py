"""The Side by side tab's HTML: differences are said in words, and text from outside shows as text."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from neo_assistant.events import Notice, Timings
from neo_assistant.merchandising.answers import Answer, ShownItem
from neo_assistant.merchandising.side_by_side import Comparison, Progress, Side, summary_of
from neo_assistant.request import Request
from neo_assistant.ui.desk import side_by_side_view as view
from tests.neo_assistant.ui.desk.test_preview_view import EVIL, PRODUCT, Reader

NAMES = ("Left", "Right")


def shown(*titles: str) -> tuple[ShownItem, ...]:
    return tuple(ShownItem(dataclasses.replace(PRODUCT, sku=title, title=title), 0.25) for title in titles)


def compared(left: tuple[object, ...], right: tuple[object, ...], text: str = "a mug") -> Comparison:
    request = Request(text)
    made_by = {"checkpoint": EVIL, "rules": [{"id": 2, "action": "boost", "items": 3}]}
    return Comparison(
        request,
        Answer(request, left, phrases=("blue",), made_by=made_by, timings=Timings(total_ms=500)),  # type: ignore[arg-type]
        Answer(request, right, notices=(Notice("x", EVIL),)),  # type: ignore[arg-type]
    )


def test_items_and_words_that_differ_are_marked() -> None:
    one = compared(("A blue mug. ", *shown("A", EVIL, "C")), ("A red mug. ", *shown("C", "A", "D")), EVIL)
    html = view.comparison_html(one, NAMES)
    read = Reader(html)
    assert "script" not in read.tags
    for words in ("1 only left, 1 only right, 2 moved, other conditions read", "2 places up", "1 place down", "25%"):
        assert words in read.text
    assert read.text.count("only here") == 2
    assert read.text.count("1 place down") == 1, "each mark stands on the side where it is so"
    assert read.text.count("2 places down") == 1
    assert "only Left: blue" in read.text
    assert "only Right: red" in read.text
    assert "boost, rule 2 (3 items)" in read.text
    same = compared((*shown("A"),), (*shown("A"),))
    assert "same" not in Reader(view.comparison_html(same, NAMES)).text.split("other conditions")[0]


def test_many_requests_fold_and_one_is_open() -> None:
    one = compared(("yes",), ("yes",))
    assert view.comparisons_html([one], NAMES).count("<details") == 1
    assert "details open" in view.comparisons_html([one], NAMES).replace('class="neo-sides" ', "")
    many = view.comparisons_html([one] * (view.SHOWN + 5), NAMES)
    assert many.count("<details") == view.SHOWN
    assert " open>" not in many
    assert "Both say: yes" in Reader(many).text
    assert view.comparisons_html([], NAMES) == ""


def test_the_summary_says_its_figures_in_words() -> None:
    read = Reader(view.summary_html(summary_of([compared(shown("A", "B"), shown("B", "C"))]), NAMES))
    for words in ("50%", "1.00", "0 of 1", "0.50 s"):
        assert words in read.text
    nothing = Reader(view.summary_html(summary_of([compared((), ())]), NAMES))
    assert "no items" in nothing.text
    assert "none in common" in nothing.text


def test_progress_tells_of_loading() -> None:
    assert "loading" in view.progress_html(Progress(Side("Left", Path("x")), 0, 3))
    assert "1 of 3" in view.progress_html(Progress(Side("Left", Path("x")), 1, 3))
    assert "0 of 3" in view.progress_html(Progress(Side("Left"), 0, 3))
