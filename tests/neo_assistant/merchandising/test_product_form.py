from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.validation import check_product_row, clean_line
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.product_form import ProductForm
from tests.neo_assistant.ui_products import make_product

_names = st.text("abc :_ü", min_size=1, max_size=6).map(clean_line).filter(lambda name: name and name[-1] != ":")
_values = st.text("xyz :ß-'", min_size=1, max_size=6).map(clean_line).filter(bool)


@given(
    attributes=st.dictionaries(_names, st.lists(_values, min_size=1, max_size=3, unique=True), max_size=3),
    price=st.none() | st.integers(0, 10**7),
    stock=st.none() | st.integers(0, 1000),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
    description=st.text(max_size=20).map(str.strip),
)
def test_a_form_that_nobody_touched_changes_nothing(
    attributes: dict[str, list[str]], price: int | None, stock: int | None, currency: str, description: str
) -> None:
    held = {name: tuple(sorted(values)) for name, values in sorted(attributes.items())}
    product = make_product(price_minor=price, stock=stock, currency=currency, description=description, attributes=held)
    row = product.to_row()
    if not check_product_row(row) and not any(f"{a}:".startswith(f"{b}:") for a in held for b in held if a != b):
        assert ProductForm.of(product).row(row) == row


def test_what_is_typed_is_read() -> None:
    opened = make_product().to_row()
    form = ProductForm(
        title="  A   mug ", price="$1,234.50", stock="1,000", active=False, link="https://shop.example/mug",
        description="One\r\ntwo ", attributes="colour: red\ncolour: blue\n\nkind: mug",
    )  # fmt: skip
    row = form.row(opened)
    assert (row.title, row.price_minor, row.stock, row.active) == ("A mug", 123450, 1000, False)
    assert row.description == "One\ntwo"
    assert row.attributes == {"colour": ("blue", "red"), "kind": ("mug",)}
    assert (row.sku, row.brand, row.rating) == (opened.sku, opened.brand, opened.rating)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"title": " "}, "title is empty"),
        ({"title": "x" * 600}, "title is 600"),
        ({"price": "cheap"}, "not a price"),
        ({"price": "-3"}, "not a price"),
        ({"price": "3 EUR"}, "in EUR"),
        ({"price": "30000000"}, "outside"),
        ({"stock": "-1"}, "whole number"),
        ({"stock": "1.5"}, "whole number"),
        ({"stock": "9" * 40}, "outside"),
        ({"stock": "²"}, "whole number"),
        ({"link": "javascript:alert(1)"}, "http"),
        ({"attributes": "blue"}, "no name and value"),
        ({"attributes": "colour:"}, "no name and value"),
        ({"attributes": f"colour: {'x' * 300}"}, "256"),
        ({"description": "a\x00b"}, "control character"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, str], why: str) -> None:
    product = make_product()
    with pytest.raises(RequestError, match=why):
        dataclasses.replace(ProductForm.of(product), **change).row(product.to_row())
