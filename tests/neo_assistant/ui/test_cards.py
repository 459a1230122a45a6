from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.ui.cards import card_row, product_card
from tests.neo_assistant.ui_products import make_product


class Page(HTMLParser):
    """The tags, attribute values and visible text of some HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.values: list[tuple[str, str]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


PLAIN = Page(product_card(make_product(link="https://example.org/mug")))


def test_a_card_says_what_a_shopper_looks_for() -> None:
    text = Page(product_card(make_product(stock=3))).text
    for expected in ("Mug number 1", "Claywork", "$12.50", "4.5", "(1,234 ratings)", "Only 3 left"):
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


@pytest.mark.parametrize(("changes", "words"), [({"stock": 0}, "Out of stock"), ({"active": False}, "No longer sold")])
def test_what_cannot_be_bought_looks_like_it(changes: dict[str, object], words: str) -> None:
    card = product_card(make_product(**changes))
    assert words in html.unescape(card)
    assert "neo-card-off" in card


@given(st.text(min_size=1), st.text(), st.text(), st.text())
def test_text_from_the_catalog_never_becomes_markup(title: str, brand: str, image: str, link: str) -> None:
    card = product_card(make_product(title=title, brand=brand, image=image, link=link))
    page = Page(card)
    assert set(page.tags) <= set(PLAIN.tags)
    assert {name for name, _ in page.values} <= {name for name, _ in PLAIN.values}
    assert all(value.startswith(("http://", "https://")) for name, value in page.values if name == "href")
    # One line, so that Markdown takes it as one block of HTML and looks no further.
    assert not re.search(r"[\n\r\x00-\x08]", card)


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1))
def test_the_title_is_shown_as_it_is(title: str) -> None:
    assert title.strip() in Page(product_card(make_product(title=title, image=""))).text


def test_a_brand_is_said_once() -> None:
    card = Page(product_card(make_product(title="Claywork Tall Mug")))
    assert card.text.count("Claywork") == 1
    assert ("title", "Claywork Tall Mug") in card.values
    assert "Claywork" in Page(product_card(make_product(title="Claywork "))).text


def test_a_row_holds_a_card_for_each_product_in_order() -> None:
    row = card_row([make_product(2), make_product(1)])
    assert row.count("<article") == 2
    assert row.index("Mug number 2") < row.index("Mug number 1")


def test_a_card_is_small_enough_to_be_sent_often() -> None:
    assert len(product_card(make_product(title="A title of sixty characters, as long as most titles are. "))) < 2000
