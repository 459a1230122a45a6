from __future__ import annotations

import html
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.ui.escape import as_html, picture_source, web_link

REFERENCE = re.compile(r"&#\d+;")


@given(st.text())
def test_nothing_a_parser_could_act_on_is_left(text: str) -> None:
    escaped = as_html(text)
    rest = REFERENCE.sub("", escaped)
    assert not set(rest) & set(string.punctuation)
    assert not re.search(r"[\x00-\x1f\x7f]", rest)


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"])))
def test_what_is_shown_is_what_was_given(text: str) -> None:
    assert html.unescape(as_html(text)) == text


@pytest.mark.parametrize("text", ["<b>bold</b>", "**bold**", "[a](javascript:alert(1))", "$$x$$", "<!--", "# a", "`x`"])
def test_markup_shows_as_text(text: str) -> None:
    assert html.unescape(as_html(text)) == text
    assert not set("<>*[]$#`!") & set(REFERENCE.sub("", as_html(text)))


def test_line_breaks_are_the_callers_choice() -> None:
    assert as_html("a\r\nb\nc\u2028d") == "a b c d"
    assert as_html("a\n\nb", "<br>") == "a<br><br>b"


def test_control_characters_are_replaced() -> None:
    assert as_html("a\x1b\x00b\ud800") == "a\ufffd\ufffdb\ufffd"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//example.org", "https://", "x", "", "http://[", "\x01javascript:x"],
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert web_link(url) == ""


def test_a_link_cannot_leave_its_attribute() -> None:
    link = web_link(' https://example.org/?a=1&b="><script> ')
    assert not set("\"<>' ") & set(link)
    assert html.unescape(link) == 'https://example.org/?a=1&b="><script>'


@pytest.mark.parametrize(
    ("image", "source"),
    [
        ("mug-blue.svg", "pictures/mug-blue.svg"),
        ("pictures/mug-blue.svg", "pictures/mug-blue.svg"),
        ("kitchen/mug blue.svg", "pictures/kitchen/mug%20blue.svg"),
        ("https://example.org/a.jpg", "https://example.org/a.jpg"),
    ],
)
def test_pictures_come_from_the_picture_folder_or_the_web(image: str, source: str) -> None:
    assert html.unescape(picture_source(image)) == source


@pytest.mark.parametrize(
    "image", ["", "../shop.db", "a/../../shop.db", "/etc/passwd", "a//b", "file:///etc/passwd", "data:x", "a\\b", "./a"]
)
def test_other_pictures_are_left_out(image: str) -> None:
    assert picture_source(image) == ""


@given(st.text())
def test_a_picture_never_leaves_the_picture_folder_or_its_attribute(image: str) -> None:
    source = picture_source(image)
    assert not set("\"<>' \n") & set(source)
    plain = html.unescape(source)
    assert not plain or plain.startswith(("pictures/", "http:", "https:", "HTTP"))
    assert plain.startswith("http") or ".." not in plain.split("/")
