"""What buttons on products do."""

from __future__ import annotations

import pytest

from catalog_db.models import EventKind
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.steering import Task
from neo_assistant.ui.handlers import draw
from neo_assistant.ui.handlers.actions import ACTIONS, act
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.session import ChatSession
from tests.neo_assistant.ui.shopping import ask, seen

ON_PRODUCTS = ("cart", "wish", "dismiss", "similar", "why", "viewed", "compare", "compare-remove", "cart-more")


def cart_of(chat: ChatHandlers, session: ChatSession) -> dict[str, int]:
    return {entry.product.sku: entry.quantity for entry in chat.shop.account.cart(session.shopper).entries}


def test_the_cart_fills_and_empties_without_the_model(
    chat: ChatHandlers, session: ChatSession, replier: ScriptedReplier
) -> None:
    first = act(chat, session, "cart", "MUG-1")
    assert first.said == "Mug number 1 is in your cart."
    assert first.parts == {"lists"}
    assert "2 of it" in act(chat, session, "cart", "MUG-1").said
    act(chat, session, "cart-more", "MUG-1")
    act(chat, session, "cart-less", "MUG-1")
    assert cart_of(chat, session) == {"MUG-1": 2}
    assert "&#36;25" in draw.lists(chat, session)[0]
    act(chat, session, "cart-less", "MUG-1")
    assert act(chat, session, "cart-less", "MUG-1").refused
    act(chat, session, "cart", "MUG-2")
    act(chat, session, "cart-remove", "MUG-1")
    assert cart_of(chat, session) == {"MUG-2": 1}
    act(chat, session, "cart-clear", "")
    assert cart_of(chat, session) == {}
    assert act(chat, session, "cart-more", "MUG-1").refused, "it is not in there any more"
    assert replier.requests == []


def test_what_is_out_of_stock_is_refused_in_words(chat: ChatHandlers, session: ChatSession) -> None:
    outcome = act(chat, session, "cart", "BOOT-6")
    assert outcome.refused
    assert "out of stock" in outcome.said
    assert outcome.parts == frozenset()


def test_wishes_and_what_is_not_for_me(chat: ChatHandlers, session: ChatSession) -> None:
    act(chat, session, "wish", "MUG-1")
    act(chat, session, "wish", "MUG-2")
    act(chat, session, "dismiss", "MUG-1")
    _, wishes, dismissed, _, _ = draw.lists(chat, session)
    assert "MUG&#45;1" in dismissed
    assert "MUG&#45;1" not in wishes
    act(chat, session, "unwish", "MUG-2")
    act(chat, session, "undismiss", "MUG-1")
    assert chat.shop.account.wishlist(session.shopper) == []
    assert chat.shop.account.dismissed(session.shopper) == []


def test_what_was_dismissed_is_not_named_later(chat: ChatHandlers, session: ChatSession) -> None:
    assert "Mug number 1" in seen(ask(chat, session, "mug number")[-1])[-1]
    act(chat, session, "dismiss", "MUG-1")
    assert "Mug number 1" not in seen(ask(chat, session, "mug number")[-1])[-1]


def test_more_like_this_asks_about_the_product(
    chat: ChatHandlers, session: ChatSession, replier: ScriptedReplier
) -> None:
    outcome = act(chat, session, "similar", "MUG-2")
    assert not outcome.refused
    list(chat.answer(session))
    [(_, request)] = replier.requests
    assert (request.task, request.about) == (Task.SIMILAR, ("MUG-2",))
    assert "Mug number 2" in seen(chat.current(session))[0]
    assert [past.kind for past in chat.shop.past(session.shopper)] == [EventKind.VIEWED]


def test_why_this_stands_under_the_reply_that_names_it(chat: ChatHandlers, session: ChatSession) -> None:
    assert act(chat, session, "why", "MUG-1").refused, "no reply names it yet"
    ask(chat, session, "mug under $13")
    act(chat, session, "why", "MUG-1")
    shown = "".join(chat.current(session)[-1]["content"])
    assert "Why Mug number 1" in shown
    assert "under &#36;13" in shown
    act(chat, session, "why", "MUG-1")
    assert "neo-why-title" not in "".join(chat.current(session)[-1]["content"])


def test_two_to_four_products_are_compared(chat: ChatHandlers, session: ChatSession, replier: ScriptedReplier) -> None:
    act(chat, session, "compare", "MUG-1")
    assert act(chat, session, "compare-show", "").refused
    for number in (2, 3, 4):
        act(chat, session, "compare", f"MUG-{number}")
    assert act(chat, session, "compare", "MUG-5").refused
    shown = act(chat, session, "compare-show", "")
    assert shown.focus == "#neo-compare"
    assert draw.comparison(chat, session).count('scope="col"') == 4
    act(chat, session, "compare", "MUG-4")
    assert session.compared == ["MUG-1", "MUG-2", "MUG-3"], "the same button takes it out again"
    act(chat, session, "compare-ask", "")
    list(chat.answer(session))
    assert replier.requests[-1][1].about == ("MUG-1", "MUG-2", "MUG-3")
    act(chat, session, "compare-clear", "")
    assert draw.comparison(chat, session) == ""


@pytest.mark.parametrize("action", ON_PRODUCTS)
@pytest.mark.parametrize(
    "sku", ["", "no such product", "MUG-1\x00", "\ud800", "x" * 900, "MUG-1'; DROP TABLE products"]
)
def test_an_unknown_product_is_refused(chat: ChatHandlers, session: ChatSession, action: str, sku: str) -> None:
    outcome = act(chat, session, action, sku)
    assert outcome.refused
    assert session.compared == []
    assert session.waiting is None


def test_a_forged_comparison_shows_nothing(chat: ChatHandlers, session: ChatSession) -> None:
    nothing = draw.comparison(chat, session)
    session.compared = ["MUG-1\x00", "\ud800"]
    assert draw.comparison(chat, session) == nothing


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("drop-table", ""),
        ("__class__", ""),
        (None, ""),
        (["cart"], "MUG-1"),
        ("cart", None),
        ("cart", {"a": 1}),
        ("cart", "x" * 5000),
    ],
)
def test_what_is_no_button_of_ours_is_refused(
    chat: ChatHandlers, session: ChatSession, name: object, value: object
) -> None:
    assert act(chat, session, name, value).refused


def test_while_a_reply_runs_lists_change_and_nothing_else_is_asked(
    chat: ChatHandlers, session: ChatSession, replier: ScriptedReplier
) -> None:
    chat.say(session, "a mug")
    updates = chat.answer(session)
    next(updates)
    assert not act(chat, session, "cart", "MUG-1").refused
    assert act(chat, session, "similar", "MUG-1").refused
    list(updates)
    assert len(replier.requests) == 1


def test_every_button_of_the_pages_html_is_in_the_table() -> None:
    from neo_assistant.ui.cards import MAIN_ACTIONS, OTHER_ACTIONS

    assert {*MAIN_ACTIONS, *OTHER_ACTIONS} <= set(ACTIONS)
