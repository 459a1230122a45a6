from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.importers.values import (
    html_to_text,
    shorten,
    to_attributes,
    to_bool,
    to_float,
    to_int,
    to_item_type,
    to_price,
    to_text,
    to_time,
)
from catalog_db.validation import ITEM_TYPE


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One &amp; two</p><p>three</p>", "One & two\nthree"),
        ("a<br/>b<ul><li>c</li><li>d</li></ul>", "a\nb\nc\nd"),
        ("<b>bold</b>ly   go\n on", "boldly go on"),
        ("a<script>alert('<p>x</p>')</script><style>p{}</style>b", "ab"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("&lt;script&gt;", "<script>"),
        (["<p>a</p>", "", "b"], "a\nb"),
        ("", ""),
        (None, ""),
    ],
)
def test_html(html: object, text: str) -> None:
    assert html_to_text(html) == text


@given(st.text("<>/!?[]-&;#x ap\"'=\n"))
def test_html_never_fails(html: str) -> None:
    assert "\n\n" not in html_to_text(html)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Home & Décor", "home_decor"),
        ("  TV/Audio ", "tv_audio"),
        ("footwear", "footwear"),
        (5, "5"),
        ("Ø-Ring", "ring"),
    ],
)
def test_item_types(value: object, name: str) -> None:
    assert to_item_type(value) == name


def test_item_type_of_other_letters() -> None:
    with pytest.raises(ValueError, match="no letter"):
        to_item_type("鞋")


@given(st.text())
def test_item_types_are_storable_or_refused(value: str) -> None:
    try:
        name = to_item_type(value)
    except ValueError:
        return
    assert ITEM_TYPE.fullmatch(name[:64])


@pytest.mark.parametrize(
    ("value", "price"),
    [(12.99, (1299, "EUR")), (13, (1300, "EUR")), (0.1 + 0.2, (30, "EUR")), ("$5", (500, "USD")), ("5", (500, "EUR"))],
)
def test_prices(value: object, price: tuple[int, str]) -> None:
    assert to_price(value, "EUR") == price


@pytest.mark.parametrize("value", [-1, "-5.00", True, "free", 1e300, float("inf")])
def test_prices_that_are_none(value: object) -> None:
    with pytest.raises(ValueError, match=r"price|negative"):
        to_price(value, "EUR")


def test_numbers() -> None:
    assert [to_int("n", value) for value in (3, 3.0, "3", " 1,200 ", "1,234,567.0")] == [3, 3, 3, 1200, 1234567]
    assert to_float("n", "4.5") == 4.5
    for value in (3.5, "3.5", "", "three", "1_000", True, "1,2", "nan", "1e999", []):
        with pytest.raises(ValueError):  # noqa: PT011
            to_int("n", value)


def test_booleans() -> None:
    assert [to_bool("b", value) for value in (True, "TRUE", "yes", 1, "Active")] == [True] * 5
    assert [to_bool("b", value) for value in (False, "no", 0, "draft")] == [False] * 4
    with pytest.raises(ValueError, match="neither"):
        to_bool("b", "maybe")


@pytest.mark.parametrize(
    "value",
    ["2026-03-01T12:00:00Z", "2026-03-01 13:00+01:00", "2026-03-01T12:00", 1772366400, "1772366400", 1772366400000],
)
def test_times(value: object) -> None:
    assert to_time("at", value) == dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize("value", ["yesterday", "2026-02-30", "12", "0001-01-01T00:00+14:00", "9" * 13 + ".5e"])
def test_times_that_are_none(value: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        to_time("at", value)


def test_attributes() -> None:
    assert to_attributes('{"colour": ["navy", " light  blue ", ""], "size": 6.0, "on": true, "no": null}') == {
        "colour": ["navy", "light blue"],
        "size": ["6"],
        "on": ["true"],
        "no": [],
    }
    for value in ("[1]", "{", {"a": {"b": "c"}}, {"a": [["b"]]}):
        with pytest.raises(ValueError):  # noqa: PT011
            to_attributes(value)


@given(st.text(min_size=1), st.integers(10, 50))
def test_shortened_texts_fit(text: str, limit: int) -> None:
    assert len(shorten(text * 60, limit)) <= limit


@given(st.text())
def test_text_has_one_form(text: str) -> None:
    assert to_text(to_text(text)) == to_text(text)
