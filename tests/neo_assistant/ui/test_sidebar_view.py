from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given

from catalog_db.models import EventKind
from catalog_db.shopper_lists import MAX_QUANTITY, ListEntry, ShopperList, cart_totals
from neo_assistant.shopper_account import Cart
from neo_assistant.ui.reasons import PastItem
from neo_assistant.ui.sidebar_view import MOST_OF_HISTORY, cart_html, history_html, list_html, taste_html
from tests.neo_assistant.ui.pages import TEXTS, Page, assert_harmless
from tests.neo_assistant.ui_products import NOW, make_product


def entry(number: int = 1, quantity: int = 1, **changes: Any) -> ListEntry:
    return ListEntry(make_product(number, **changes), quantity, NOW)


def cart(*entries: ListEntry) -> Page:
    return Page(cart_html(Cart(entries, cart_totals(entries))))


def test_an_empty_cart_says_how_to_fill_it() -> None:
    page = cart()
    assert "Your cart is empty" in page.text
    assert page.buttons == []


def test_quantities_prices_and_the_total() -> None:
    page = cart(entry(1, 3), entry(2, price_minor=400))
    assert "$12.50 each" in page.text
    assert "3 in the cart" in page.text
    for amount in ("$37.50", "$4", "Total$41.50"):
        assert amount in page.text
    assert page.text.count("each") == 1, "one of a kind has one price"
    assert page.words_of("cart-more") == ["One more: Mug number 1", "One more: Mug number 2"]
    assert page.words_of("cart-remove") == ["Remove Mug number 1", "Remove Mug number 2"]
    assert page.words_of("cart-clear") == ["Empty the cart"]


def test_totals_are_kept_apart_by_currency() -> None:
    page = cart(entry(1), entry(2, currency="EUR"))
    assert "Total in EUR€12.50" in page.text
    assert "Total in USD$12.50" in page.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"active": False}, "No longer sold"),
        ({"stock": 0}, "Out of stock"),
        ({"stock": 1}, "Only 1 left"),
        ({"price_minor": None}, "Price not stated"),
    ],
)
def test_what_cannot_be_bought_any_more_stays_is_marked_and_costs_nothing(changes: dict[str, Any], words: str) -> None:
    page = cart(entry(1, 2, **changes), entry(2))
    assert words in page.text
    assert "Total$12.50" in page.text
    assert "Without 1 product that cannot be bought now." in page.text
    assert ("class", "neo-entry neo-entry-off") in page.values
    assert len(page.words_of("cart-remove")) == 2


@pytest.mark.parametrize(
    ("given", "action"),
    [
        (entry(1, 1), "cart-less"),
        (entry(1, MAX_QUANTITY), "cart-more"),
        (entry(1, 2, active=False), "cart-more"),
    ],
)
def test_a_step_that_cannot_be_taken_is_disabled(given: ListEntry, action: str) -> None:
    disabled = [button["name"] for button in cart(given).buttons if "disabled" in button]
    assert disabled == [action]


def test_a_wish_can_go_into_the_cart_if_it_can_be_bought() -> None:
    page = Page(list_html(ShopperList.WISHLIST, [entry(1), entry(2, active=False)]))
    assert page.words_of("cart") == ["Add to cart: Mug number 1"]
    assert page.words_of("unwish") == ["Remove: Mug number 1", "Remove: Mug number 2"]
    assert page.words_of("wish-clear") == ["Clear the wishlist"]
    assert "$12.50 · No longer sold" in page.text


def test_what_was_dismissed_can_be_allowed_again() -> None:
    page = Page(list_html(ShopperList.DISMISSED, [entry(1)]))
    assert [button["words"] for button in page.buttons] == ["Allow again: Mug number 1"]


@pytest.mark.parametrize("kind", [ShopperList.WISHLIST, ShopperList.DISMISSED])
def test_an_empty_list_says_what_it_is_for(kind: ShopperList) -> None:
    page = Page(list_html(kind, []))
    assert "Nothing" in page.text
    assert page.buttons == []


def test_the_history_names_each_product_once_the_latest_first() -> None:
    events = [
        PastItem(make_product(1), EventKind.VIEWED),
        PastItem(make_product(2), EventKind.BOUGHT),
        PastItem(make_product(1), EventKind.CARTED),
    ]
    text = Page(history_html(events)).text
    assert text.index("Mug number 1Put into the cart") < text.index("Mug number 2Bought")
    assert "Looked at" not in text
    assert Page(history_html(events)).words_of("history-clear") == ["Delete the history"]
    assert "Nothing is recorded" in history_html([])


def test_a_long_history_is_counted() -> None:
    events = [PastItem(make_product(number), EventKind.VIEWED) for number in range(MOST_OF_HISTORY + 3)]
    page = Page(history_html(events))
    assert page.tags.count("li") == MOST_OF_HISTORY
    assert "and 3 more" in page.text
    assert "more" not in history_html(events[:MOST_OF_HISTORY])


def test_taste_can_be_asked_for_where_it_may_be_and_there_is_any() -> None:
    assert Page(taste_html("", on=True, has_history=True)).words_of("taste") == ["Describe my taste"]
    page = Page(taste_html("You like mugs.", on=True, has_history=True))
    assert "You like mugs." in page.text
    assert page.words_of("taste") == ["Describe it again"]
    for off in (taste_html("You like mugs.", on=False, has_history=True), taste_html("", on=True, has_history=False)):
        assert Page(off).buttons == []
        assert "You like mugs." not in off


@given(TEXTS, TEXTS, TEXTS)
def test_text_from_the_catalog_never_becomes_markup(title: str, brand: str, link: str) -> None:
    hostile = {"title": title or "x", "brand": brand, "link": link, "image": link}
    plain = {"link": "https://example.org/x"}
    given, like = (ListEntry(make_product(1, **some), 2, NOW + dt.timedelta(1)) for some in (hostile, plain))
    assert_harmless(cart_html(Cart((given,), {"USD": 1})), cart_html(Cart((like,), {"USD": 1})))
    for kind in (ShopperList.WISHLIST, ShopperList.DISMISSED):
        assert_harmless(list_html(kind, [given]), list_html(kind, [like]))
    viewed = [PastItem(each.product, EventKind.VIEWED) for each in (given, like)]
    assert_harmless(history_html(viewed[:1]), history_html(viewed[1:]))
    profile = taste_html("x\ny", on=True, has_history=True)
    assert_harmless(taste_html(title or "x", on=True, has_history=True), profile)
