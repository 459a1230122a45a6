from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.money import format_price, parse_price, to_minor


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("12.99", (1299, "USD")),
        ("12.99 USD", (1299, "USD")),
        ("USD 12.99", (1299, "USD")),
        ("$12.99", (1299, "USD")),
        (" € 12,99 ", (1299, "EUR")),
        ("1,299.00", (129900, "USD")),
        ("1.299,00 €", (129900, "EUR")),
        ("1,299", (129900, "USD")),
        ("1,299,000", (129900000, "USD")),
        ("1 299,50 EUR", (129950, "EUR")),
        ("1'299.90 CHF", (129990, "CHF")),
        ("1200 JPY", (1200, "JPY")),
        ("1.250 KWD", (1250, "KWD")),
        ("12.5000", (1250, "USD")),
        ("0", (0, "USD")),
    ],
)
def test_prices_as_shops_write_them(text: str, price: tuple[int, str]) -> None:
    assert parse_price(text) == price


@pytest.mark.parametrize(
    "text",
    ["", "free", "-5", "$-5", "1,2,3", "1.2.3", "12,99.00", "1.299", "12.5 JPY", "$12 EUR", "1e3", "12.99 usd", "NaN"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"price|decimals|currencies"):
        parse_price(text)


@given(st.integers(0, 2_000_000_000), st.sampled_from(["USD", "EUR", "JPY", "KWD", "CHF"]))
def test_formatted_prices_are_read_back(minor: int, currency: str) -> None:
    assert parse_price(format_price(minor, currency)) == (minor, currency)


def test_format() -> None:
    assert [format_price(minor) for minor in (5, 6000, 5999, 1234567)] == ["$0.05", "$60", "$59.99", "$12,345.67"]


def test_to_minor_refuses_what_is_no_number() -> None:
    for amount in ("NaN", "Infinity", "1e30"):
        with pytest.raises(ValueError, match="no price"):
            to_minor(Decimal(amount), "USD")
