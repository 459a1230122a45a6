from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.events import Event, Notice, TextDelta, WantFound
from neo_assistant.render import item_line, reply_object, write_reply
from neo_assistant.request import Format, Request, Task
from neo_assistant.waking import WAKING_UP
from tests.neo_assistant.ui_products import DONE, found, make_product

WANT = WantFound(" kind: mug;", ("kind: mug", "under $20"), 4)


def written(*events: Event) -> tuple[str, str]:
    out, notices = io.StringIO(), io.StringIO()
    write_reply(events, out, notices)
    return out.getvalue(), notices.getvalue()


def test_the_object_is_exactly_the_documented_one() -> None:
    request = Request("a mug", task=Task.GOES_WITH, format=Format.MIXED)
    notices = io.StringIO()
    events = [WANT, TextDelta("Take "), TextDelta("this: "), found(1), TextDelta(" Enjoy."), DONE]
    assert reply_object(events, request, notices) == {
        "reply": [
            {"type": "text", "text": "Take this: "},
            {
                "type": "item",
                "sku": "MUG-1",
                "title": "Mug number 1",
                "price": 12.5,
                "item_type": "kitchen",
                "sid": "kitchen:1",
            },
            {"type": "text", "text": " Enjoy."},
        ],
        "want": {"span": " kind: mug;", "phrases": ["kind: mug", "under $20"], "items_left": 4},
        "notices": [],
        "total": None,
        "task": "goes with",
        "format": "mixed",
        "timings": {"first_token_ms": 12.346, "total_ms": 99.0, "tokens": 7, "constraint_ms": 0.5},
    }
    assert notices.getvalue() == ""


@pytest.mark.parametrize(
    ("minor", "currency", "price"), [(None, "USD", None), (1999, "EUR", 19.99), (1500, "JPY", 1500), (1500, "KWD", 1.5)]
)
def test_prices_are_in_major_units(minor: int | None, currency: str, price: float | None) -> None:
    [part] = reply_object([found(1, price_minor=minor, currency=currency)], Request("a"), io.StringIO())["reply"]
    assert part["price"] == price


def test_what_the_shop_says_goes_beside_the_object() -> None:
    notices = io.StringIO()
    events = [Notice(WAKING_UP, "Waking up"), Notice("nothing-matches", "Nothing matches."), DONE]
    made = reply_object(events, Request("a mug"), notices)
    assert made["reply"] == []
    assert notices.getvalue() == "notice: Nothing matches.\n"
    assert [said["text"] for said in made["notices"]] == ["Waking up", "Nothing matches."]


def test_items_stand_on_lines_of_their_own() -> None:
    out, notices = written(WANT, TextDelta("Take this: "), found(1), TextDelta(" or"), found(2), DONE)
    assert out.splitlines() == [
        "[kind: mug, under $20: 4 items]",
        "Take this: ",
        "  • Mug number 1 · Claywork · $12.50 · 4.5★ (1,234) · In stock · MUG-1",
        "or",
        "  • Mug number 2 · Claywork · $12.50 · 4.5★ (1,234) · In stock · MUG-2",
    ]
    assert out.endswith("\n")
    assert notices == ""


def test_words_are_written_as_they_come() -> None:
    out = io.StringIO()
    seen: list[str] = []

    def events() -> object:
        for word in ("One ", "two."):
            yield TextDelta(word)
            seen.append(out.getvalue())

    write_reply(events(), out, io.StringIO())  # type: ignore[arg-type]
    assert seen == ["One ", "One two."]
    assert out.getvalue() == "One two.\n"


def test_notices_are_no_words_of_the_reply() -> None:
    out, notices = written(TextDelta("Sorry."), Notice(WAKING_UP, "x"), Notice("too-long", "Cut short."), DONE)
    assert out == "Sorry.\n"
    assert notices == "notice: Cut short.\n"


@given(st.text())
def test_no_text_reaches_the_terminal_as_a_command(text: str) -> None:
    line = item_line(make_product(title=text))
    out, notices = written(TextDelta(text), found(1, title=text), Notice("x", text))
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line)
    assert not any(
        (ord(character) < 32 and character not in "\n\t") or 127 <= ord(character) < 160 for character in out + notices
    )
