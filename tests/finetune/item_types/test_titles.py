from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.item_types.titles import KindFinder, phrases_in, segments

FINDER = KindFinder(
    {
        "adapter": "adapter",
        "power adapter": "power adapter",
        "AC adapter": "power adapter",
        "keyboard": "keyboard",
        "mouse": "mouse",
        "PS/2 cable": "PS/2 cable",
        "cable": "cable",
        "notebook": "notebook",
        "notebook case": "notebook case",
        "battery": "battery",
        "brush": "brush",
    }
)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("StarTech.com USB to PS/2 Adapter - Keyboard and Mouse", "adapter"),
        ("HP RR314AA notebook case 39.1 cm", "notebook case"),
        ('HP Pavilion Notebook Silver 43.2 cm (17")', "notebook"),
        ("Targus notebook power adapter 90 W", "power adapter"),
        ("Keyboard/Mouse Cable PS/2 cable", "PS/2 cable"),
        ("AC Adapter (90W) for Dell notebook", "power adapter"),
        ("AA Batteries with brushes", "battery"),
        ("Two Brushes", "brush"),
        ("For notebook", "notebook"),
        ("Canon BCI-6Y Original", None),
        ("", None),
    ],
)
def test_the_phrase_that_says_what_it_is(title: str, kind: str | None) -> None:
    assert FINDER.find(title) == kind


def test_what_is_written_down_goes_before_a_plural_that_was_made_up() -> None:
    assert KindFinder({"glass": "drinking glass", "glasses": "spectacles"}).find("Reading glasses") == "spectacles"


def test_segments_end_where_the_name_does() -> None:
    assert segments("Sleeve for Notebook 15.4, black") == [["sleeve"], ["notebook", "15.4"], ["black"]]


def test_phrases_end_at_numbers_and_segments() -> None:
    assert set(phrases_in("red mug 2 cups", 2)) == {("red",), ("red", "mug"), ("mug",), ("cups",)}


@given(st.text())
def test_any_title_is_read_and_nothing_is_left_of_what_it_names(title: str) -> None:
    FINDER.find(title)
    assert FINDER.find(FINDER.without("cable " + title.replace("\n", " ")).split("cable")[0]) != "cable"
