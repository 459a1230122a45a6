from __future__ import annotations

import dataclasses
import html
import re

import pytest

from catalog_db.errors import NeoError
from catalog_db.products import ProductRecord
from neo_assistant.conversation import Turn
from neo_assistant.events import Event, Notice, TextDelta, Total, WantFound
from neo_assistant.messages import ItemPart, Message, WantPart
from neo_assistant.scripted import sid_of
from neo_assistant.ui.reply_view import ReplyView, shopper_block, working_line
from neo_assistant.waking import WAKING_UP
from tests.neo_assistant.ui_products import DONE, found, make_product


def view(*events: Event) -> ReplyView:
    made = ReplyView()
    for event in events:
        made.add(event)
    return made


def plain(block: str) -> str:
    """What a reader sees; a card is just ``[title]``."""
    block = re.sub(r"<article.*?neo-title\"[^>]*>(.*?)</div>.*?</article>", r"[\1]", block)
    return html.unescape(re.sub(r"<[^>]+>", "", block.replace("<br>", "\n").replace("</p><p>", "\n")))


def shown(*events: Event) -> list[str]:
    return [plain(block) for block in view(*events).blocks()]


A, B, C = (f"Mug number {number}" for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["Here are two:", 1, 2], ["Here are two:", f"[{A}][{B}]"]),
        (["Here are two: ", 1, ", ", 2, "."], ["Here are two:", f"[{A}][{B}]"]),
        (["Good for the office. ", 1], ["Good for the office.", f"[{A}]"]),
        (["I would take ", 1, " because it is blue."], [f"I would take {A} because it is blue.", f"[{A}]"]),
        (["Take ", 1, " or ", 2], [f"Take {A} or {B}", f"[{A}][{B}]"]),
        (["1. ", 1, "\n2. ", 2], [f"[{A}][{B}]"]),
        ([1, 2], [f"[{A}][{B}]"]),
        (["First:\n", 1, "\nThen:\n", 2], ["First:", f"[{A}]", "Then:", f"[{B}]"]),
        (["One.\nTwo.\n", 1, "\n\nThree.\nFour."], ["One.\nTwo.", f"[{A}]", "Three.\nFour."]),
        (["Only words."], ["Only words."]),
        ([1, ": it is blue\n", 2, ": it is red"], [f"{A}: it is blue", f"[{A}]", f"{B}: it is red", f"[{B}]"]),
        (["Take", 1, "or", 2, ", soon."], [f"Take {A} or {B}, soon.", f"[{A}][{B}]"]),
        (["See ", 1, " at $12."], [f"See {A} at $12.", f"[{A}]"]),
    ],
)
def test_words_and_cards_stand_in_the_order_of_the_reply(pieces: list[str | int], expected: list[str]) -> None:
    events = [TextDelta(piece) if isinstance(piece, str) else found(piece) for piece in pieces]
    assert shown(*events) == expected


def test_every_item_gets_exactly_one_card() -> None:
    blocks = view(TextDelta("Take "), found(1), TextDelta(" or "), found(2), TextDelta(".\n"), found(3)).blocks()
    assert "".join(blocks).count("<article") == 3


def test_growing_words_leave_the_blocks_before_them_alone() -> None:
    growing = view(TextDelta("Here:\n"), found(1), TextDelta("\nIt "))
    before = growing.blocks()
    growing.add(TextDelta("is blue"))
    assert growing.blocks()[:-1] == before[:-1]
    assert growing.blocks()[-1] != before[-1]


def test_what_was_understood_stands_above_the_reply() -> None:
    blocks = view(WantFound(" price < 20;", ("under $20", "colour: <b>"), 1234), TextDelta("Here.")).blocks()
    assert plain(blocks[0]) == "Looking forunder $20colour: <b>1,234 matches"
    assert blocks[0].count("neo-chip") == 2
    assert plain(blocks[1]) == "Here."


def test_without_conditions_there_is_no_such_line() -> None:
    assert shown(WantFound("", (), 1500), TextDelta("Hello.")) == ["Hello."]


def test_the_shops_words_look_different_from_the_models() -> None:
    words, notice = view(TextDelta("Nothing matches."), Notice("nothing-matches", "Nothing matches.")).blocks()
    assert 'class="neo-words"' in words
    assert 'class="neo-notice"' in notice
    assert "From the shop" in notice


def test_waking_up_is_a_line_that_passes() -> None:
    waking = view(Notice(WAKING_UP, "Waking up"))
    assert "Waking up" in plain(waking.blocks()[-1])
    waking.add(TextDelta("Hello."))
    assert [plain(block) for block in waking.blocks()] == ["Hello."]
    assert waking.notices == []


def test_a_failure_keeps_what_was_said_and_says_how_to_go_on() -> None:
    failed = view(TextDelta("Here: "))
    failed.fail(NeoError("the index is old", "start the app again"))
    words, problem = failed.blocks()
    assert plain(words) == "Here:"
    assert "The index is old. Start the app again." in plain(problem)
    assert 'class="neo-problem"' in problem


def test_a_stored_reply_looks_as_it_did() -> None:
    want = WantFound(" kind: mug;", ("kind: mug",), 5)
    done = dataclasses.replace(DONE, total=Total(1250, "EUR"))
    events = [want, TextDelta("Here: "), found(1), TextDelta("\nEnjoy."), Notice("too-long", "Cut short."), done]
    product = make_product(1)
    turn = Turn(
        Message.assistant(WantPart(" kind: mug;"), "Here: ", ItemPart(sid_of(product), product.sku), "\nEnjoy."),
        {product.sku: product},
        {
            "understood": {"phrases": ["kind: mug"], "items_left": 5},
            "notices": [{"code": "too-long", "text": "Cut short."}],
            "total": {"minor": 1250, "currency": "EUR"},
        },
    )
    assert [plain(block) for block in ReplyView.of(turn).blocks()][-2:] == [
        "Together €12.50",
        "From the shop Cut short.",
    ]
    assert ReplyView.of(turn).blocks() == view(*events).blocks()


def test_a_stored_item_that_is_gone_leaves_a_word() -> None:
    product: ProductRecord = make_product(1)
    turn = Turn(Message.assistant("Take ", ItemPart(sid_of(product), product.sku), " soon."))
    assert [plain(block) for block in ReplyView.of(turn).blocks()] == ["Take (no longer in the catalog) soon."]


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "# big", "**b**\n- a\n\n    code", "a\n\n\n<b>"])
def test_what_people_and_models_write_is_text(text: str) -> None:
    for block in (shopper_block(text), *view(TextDelta(text)).blocks(), working_line(text)):
        assert "\n" not in block
        assert not re.search(r"<(?!/?(div|span|br|p)\b)", block)
    assert plain(shopper_block(text)) == text.strip()
