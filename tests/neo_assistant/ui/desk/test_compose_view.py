from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.merchandising.compose import Entry, Message
from neo_assistant.ui.desk import compose_view as view
from tests.neo_assistant.ui_products import NOW, make_product

HOSTILE = "<script>alert(1)</script> & \"'`${1+1}{{value}} **bold** [x](javascript:y)"


class _Read(HTMLParser):
    """What a mail program makes of it: tags with their attributes, and words."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def _message(line: str = "A line", greeting: str = "Hello,", **changes: object) -> Message:
    product = make_product(**{"link": "https://shop.example/mug?a=1&b=2", **changes})  # type: ignore[arg-type]
    return Message(greeting, (Entry(product.sku, product, line),), "Bye\nThe shop", NOW)


def test_plain_text_says_everything() -> None:
    assert view.message_text(_message()) == (
        "Hello,\n\n1. Mug number 1 (Claywork)\n   $12.50, in stock\n   A line\n   https://shop.example/mug?a=1&b=2\n\n"
        "Bye\nThe shop\n"
    )


def test_html_says_the_same_with_a_link() -> None:
    read = _Read(view.message_html(_message()))
    assert "Mug number 1 (Claywork)" in read.words
    assert "$12.50, in stock" in read.words
    assert [attrs["href"] for tag, attrs in read.tags if tag == "a"] == ["https://shop.example/mug?a=1&b=2"]


@given(text=st.one_of(st.just(HOSTILE), st.text(max_size=40)))
def test_texts_are_shown_and_never_run(text: str) -> None:
    message = _message(text, text.replace("\n", ""), title=text or "x", brand=None)
    for read in (_Read(view.message_html(message)), _Read(view.preview_html(message))):
        assert {tag for tag, _ in read.tags} <= {"p", "ol", "li", "strong", "br", "a", "div"}
        assert not [name for _, attrs in read.tags for name in attrs if name.startswith("on")]


def test_what_is_shown_on_the_page_holds_nothing_that_its_templates_read() -> None:
    shown = view.preview_html(_message(HOSTILE, HOSTILE, title=HOSTILE))
    assert not re.search(r"[$`{}]", shown)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//shop.example/x",
        "ftp://x/y",
        "https://",
        "https://x/a b",
        "mug",
    ],
)
def test_a_product_without_a_proper_link_is_named_without_one(link: str) -> None:
    message = _message(link=link)
    assert "<a" not in view.message_html(message)
    assert view.message_text(message).count("\n   ") == 2
    assert "1 item has no link" in view.preview_html(message)


def test_a_link_cannot_leave_its_attribute() -> None:
    read = _Read(view.message_html(_message(link='https://x.example/"onclick="alert(1)')))
    [link] = [attrs for tag, attrs in read.tags if tag == "a"]
    assert set(link) == {"href", "target", "rel"}


def test_what_is_not_on_sale_is_in_no_message_and_is_marked() -> None:
    message = _message(active=False)
    assert "Mug" not in view.message_text(message) + view.message_html(message)
    assert "No longer on sale" in _Read(view.pick_html(message.entries[0], 1)).words
    assert "not in the catalog" in _Read(view.pick_html(Entry("GONE", None, ""), 2)).words


def test_doubts_are_told() -> None:
    entry = Entry("MUG-1", make_product(), "A brown one", ("brown",))
    assert "does not bear out “brown”" in _Read(view.pick_html(entry, 1)).words
