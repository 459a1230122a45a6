from __future__ import annotations

import dataclasses
import html
import re

import pytest
from hypothesis import given

from catalog_db.errors import NeoError
from catalog_db.feedback import StoredFeedback
from catalog_db.models import EventKind
from catalog_db.products import ProductRecord
from neo_assistant.conversation import Turn
from neo_assistant.events import Event, Notice, TextDelta, Total, WantFound
from neo_assistant.messages import ItemPart, Message, WantPart
from neo_assistant.scripted import sid_of
from neo_assistant.ui.reasons import PastItem
from neo_assistant.ui.reply_view import THUMB_REASONS, ReplyView, reply_foot, shopper_block, working_line
from neo_assistant.waking import WAKING_UP
from tests.neo_assistant.ui.pages import TEXTS, Page, assert_harmless
from tests.neo_assistant.ui.pages import shown as as_shown
from tests.neo_assistant.ui_products import DONE, NOW, found, make_product


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


def stored(**made_by: object) -> Turn:
    """A stored reply with two mugs."""
    products = [make_product(1), make_product(2, price_minor=900)]
    items = [ItemPart(sid_of(product), product.sku) for product in products]
    message = Message.assistant(WantPart(" kind: mug; price < 20; found 5"), "Two mugs:", *items)
    understood = {"phrases": ["kind: mug", "under $20"], "items_left": 5}
    return Turn(message, {product.sku: product for product in products}, {"understood": understood, **made_by}, id=7)


def names(blocks: list[str]) -> set[str]:
    return {button["name"] for button in Page("".join(blocks)).buttons}


def test_the_latest_reply_can_be_changed_and_followed_up() -> None:
    page = Page("".join(ReplyView.of(stored()).blocks(7, last=True)))
    assert page.words_of("drop") == ["kind: mug: leave out this condition", "under $20: leave out this condition"]
    assert [button["value"] for button in page.buttons if button["name"] == "drop"] == ["7:kind: mug", "7:under $20"]
    assert page.words_of("follow")[0] == "Something cheaper"
    assert [button["value"] for button in page.buttons if button["name"] == "follow"][:2] == ["7:0", "7:1"]
    assert page.words_of("retry") == ["Answer again"]
    assert page.words_of("up") == ["Helpful"]


def test_an_earlier_reply_can_be_rated_and_its_items_taken() -> None:
    found_names = names(ReplyView.of(stored()).blocks(7))
    assert {"up", "down", "cart", "why"} <= found_names
    assert not found_names & {"drop", "follow", "retry"}


def test_a_reply_to_be_looked_at_has_no_buttons() -> None:
    assert names(ReplyView.of(stored(notices=[])).blocks()) == set()


def test_a_growing_reply_has_the_buttons_of_its_cards_only() -> None:
    growing = view(WantFound(" kind: mug;", ("kind: mug",), 5), TextDelta("Here:"), found(1))
    assert names(growing.blocks(actions=True)) == {"cart", "wish", "dismiss", "similar", "why", "compare"}


def test_items_are_compared_with_each_other_only_once_all_are_there() -> None:
    growing = view(found(1), found(2, price_minor=100))
    assert "Cheapest of these" not in "".join(growing.blocks())
    growing.add(DONE)
    assert "Cheapest of these" in "".join(growing.blocks())


def test_reasons_come_from_the_conditions_and_the_history() -> None:
    history = [PastItem(make_product(9, title="Claywork Vase"), EventKind.BOUGHT)]
    text = Page("".join(ReplyView.of(stored(), history).blocks())).text
    assert "$7.50 below your limit; by Claywork, like the Vase you bought" in text
    assert "$11 below your limit; cheapest of these" in text


def test_a_notice_offers_to_drop_what_it_blames() -> None:
    notice = {"code": "nothing-matches", "text": "Nothing.", "condition": "max_price", "phrase": "under $20"}
    [*_, button] = [
        button
        for button in Page("".join(ReplyView.of(stored(notices=[notice])).blocks(7, last=True))).buttons
        if button["name"] == "drop"
    ]
    assert (button["value"], button["words"]) == ("7:under $20", "Try without “under $20”")
    other = {**notice, "phrase": "the filter brand"}
    assert "Try without" not in "".join(ReplyView.of(stored(notices=[other])).blocks(7, last=True))
    assert "Try without" not in "".join(ReplyView.of(stored(notices=[notice])).blocks(7))


def test_a_reply_that_was_cut_short_says_so() -> None:
    assert "This reply was not finished." in ReplyView.of(stored(complete=False)).blocks()[-1]
    stopped = view(TextDelta("Here"), dataclasses.replace(DONE, stopped=True))
    assert "This reply was not finished." in stopped.blocks()[-1]
    assert "not finished" not in "".join(ReplyView.of(stored(complete=True)).blocks())


def thumbs(helpful: bool, reason: str = "") -> Page:
    return Page(reply_foot(7, StoredFeedback(helpful, reason, NOW), last=False))


def test_a_thumb_up_is_thanked_for() -> None:
    page = thumbs(True)
    assert page.words_of("up") == ["Helpful, chosen"]
    assert page.words_of("down") == ["Not helpful"]
    assert "Thank you" in page.text


def test_a_thumb_down_asks_what_was_wrong_until_it_is_said() -> None:
    page = thumbs(False)
    assert page.words_of("down") == ["Not helpful, chosen", *THUMB_REASONS.values()]
    values = [button["value"] for button in page.buttons if button["name"] == "down"]
    assert values == ["7:", *(f"7:{key}" for key in THUMB_REASONS)]
    answered = thumbs(False, "Not true")
    assert "You said: not true" in answered.text
    assert answered.words_of("down") == ["Not helpful, chosen"]


def test_a_turn_can_be_edited_where_it_is_stored() -> None:
    page = Page(shopper_block("a mug\nfor tea", 6, [make_product(1)]))
    assert [(button["name"], button["value"]) for button in page.buttons] == [("edit", "6:")]
    assert page.words_of("edit") == ["Edit: a mug for tea"]
    assert "Mug number 1" in page.text
    assert Page(shopper_block("a mug")).buttons == []


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_text_from_outside_never_becomes_markup(title: str, words: str, phrase: str, reason: str) -> None:
    products = [make_product(1, title=title or "x"), make_product(2, price_minor=900)]
    items = [ItemPart(sid_of(product), product.sku) for product in products]
    notice = {"code": "nothing-matches", "text": words, "condition": "kind", "phrase": phrase}
    turn = Turn(
        Message.assistant(WantPart(" kind: mug;"), words, *items),
        {product.sku: product for product in products},
        {"understood": {"phrases": [phrase], "items_left": 5}, "notices": [notice], "complete": False},
        feedback=StoredFeedback(False, reason, NOW),
    )
    like = dataclasses.replace(
        stored(notices=[{**notice, "phrase": "kind: mug", "text": "a\nb"}]), feedback=StoredFeedback(False, "", NOW)
    )
    plain_blocks = ReplyView.of(like).blocks(7, last=True)
    source = "".join(ReplyView.of(turn).blocks(7, last=True))
    assert_harmless(source, "".join([*plain_blocks, "<p></p><b></b><br>", reply_foot(7, None, False)]))
    drops = [button["value"] for button in Page(source).buttons if button["name"] == "drop"]
    assert drops == [f"7:{as_shown(phrase)}"] * 2
    assert_harmless(shopper_block(words, 6, products), shopper_block("a\nb", 6, products))
