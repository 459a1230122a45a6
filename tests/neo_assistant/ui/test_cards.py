from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.ui.cards import MAIN_ACTIONS, OTHER_ACTIONS, card_row, product_card, short_title
from tests.neo_assistant.ui.pages import TEXTS, Page, assert_harmless, shown
from tests.neo_assistant.ui_products import make_product

PLAIN = product_card(make_product(link="https://example.org/mug"), "Blue, as you asked")
ALL_ACTIONS = [*MAIN_ACTIONS, *OTHER_ACTIONS]


def test_a_card_says_what_a_shopper_looks_for() -> None:
    text = Page(product_card(make_product(stock=3), "Blue, as you asked")).text
    for expected in (
        *("Mug number 1", "Claywork", "$12.50", "4.5 of 5 stars", "(1,234 ratings)", "Only 3 left"),
        "Blue, as you asked",
    ):
        assert expected in text


def test_what_is_unknown_is_left_out() -> None:
    card = Page(
        product_card(make_product(brand=None, rating=None, rating_count=0, price_minor=None, image="", stock=None))
    )
    assert "★" not in card.text
    assert "None" not in card.text
    assert "img" not in card.tags
    assert "Price not stated" in card.text
    assert "In stock" in card.text
    assert "neo-reason" not in {value for _, value in card.values}


def test_every_button_says_what_it_does_and_to_which_product() -> None:
    card = Page(product_card(make_product(title="Claywork Tall Mug")))
    assert [button["name"] for button in card.buttons] == ALL_ACTIONS
    assert {button["value"] for button in card.buttons} == {"MUG-1"}
    assert [button["words"] for button in card.buttons] == [
        f"{words}: Tall Mug" for words in (MAIN_ACTIONS | OTHER_ACTIONS).values()
    ]
    assert {button["type"] for button in card.buttons} == {"button"}


def test_a_card_to_be_looked_at_has_no_buttons() -> None:
    assert Page(card_row([make_product()], actions=False)).buttons == []


@pytest.mark.parametrize(
    ("changes", "words", "missing"),
    [({"stock": 0}, "Out of stock", {"cart"}), ({"active": False}, "No longer sold", {"cart", "wish"})],
)
def test_what_cannot_be_bought_looks_like_it(changes: dict[str, object], words: str, missing: set[str]) -> None:
    card = product_card(make_product(**changes))
    assert words in html.unescape(card)
    assert "neo-card-off" in card
    assert {button["name"] for button in Page(card).buttons} == set(ALL_ACTIONS) - missing


@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_text_from_the_catalog_never_becomes_markup(
    title: str, brand: str, image: str, link: str, sku: str, reason: str
) -> None:
    product = make_product(title=title or "x", brand=brand, image=image, link=link, sku=sku)
    card = product_card(product, reason)
    assert_harmless(card, PLAIN)
    page = Page(card)
    assert {button["value"] for button in page.buttons} == {shown(sku)}
    assert shown(reason) in page.text
    assert page.words_of("why") == [f"Why this: {shown(short_title(product))}"]


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1))
def test_the_title_is_shown_as_it_is(title: str) -> None:
    assert title.strip() in Page(product_card(make_product(title=title, image=""))).text


def test_a_brand_is_said_once() -> None:
    card = Page(product_card(make_product(title="Claywork Tall Mug"), actions=False))
    assert card.text.count("Claywork") == 1
    assert ("title", "Claywork Tall Mug") in card.values
    assert "Claywork" in Page(product_card(make_product(title="Claywork "))).text


def test_a_row_holds_a_card_for_each_product_in_order_with_its_reason() -> None:
    row = card_row([make_product(2), make_product(1)], reasons={"MUG-1": "Because"})
    assert row.count("<article") == 2
    assert row.count("neo-reason") == 1
    assert row.index("Mug number 2") < row.index("Mug number 1") < row.index("Because")


def test_a_card_is_small_enough_to_be_sent_often() -> None:
    card = product_card(make_product(title="A title of sixty characters, as long as most titles are. "))
    assert len(card) < 2000
    assert not re.search(r"aria-|data-|style=|onclick", card), "the chat would drop these"
