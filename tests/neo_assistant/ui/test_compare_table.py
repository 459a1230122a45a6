from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.products import ProductRecord
from neo_assistant.ui.compare_table import MOST, compare_rows, compare_table, compare_tray
from tests.neo_assistant.ui.pages import TEXTS, Page, assert_harmless, shown
from tests.neo_assistant.ui_products import make_product

A = make_product(1)
B = make_product(2, price_minor=2000, rating=4.8, attributes={"colour": ("blue", "white"), "use": ("office",)})


def rows(*products: ProductRecord) -> dict[str, tuple[tuple[str, ...], ...]]:
    return {row.name: row.cells for row in compare_rows(products)}


def test_a_row_for_everything_that_one_of_them_states() -> None:
    assert rows(A, B) == {
        "Price": (("$12.50",), ("$20",)),
        "Rating": (("4.5 of 5 from 1,234",), ("4.8 of 5 from 1,234",)),
        "Stock": (("In stock",), ("In stock",)),
        "Brand": (("Claywork",), ("Claywork",)),
        "Kind": (("mug",), ()),
        "Colour": (("blue",), ("blue", "white")),
        "Use": ((), ("office",)),
    }


def test_a_row_that_nobody_fills_is_left_out() -> None:
    bare = {"brand": None, "rating": None, "attributes": {}}
    assert list(rows(make_product(1, **bare), make_product(2, **bare))) == ["Price", "Stock"]


def test_types_stand_there_only_if_they_differ() -> None:
    other = make_product(2, item_type="home_garden")
    assert rows(A, other)["Type"] == (("kitchen",), ("home garden",))
    assert "Type" not in rows(A, B)


def test_differences_come_first_and_are_said_to_be_such() -> None:
    text = Page(compare_table([A, B])).text
    differ, share = text.index("Where they differ"), text.index("What they share")
    for name in ("Price", "Rating", "Kind", "Colour", "Use"):
        assert differ < text.index(name, differ) < share
    assert text.index("Brand", differ) > share


def test_a_value_that_one_alone_has_is_marked_where_others_agree() -> None:
    table = compare_table([A, B, make_product(3, price_minor=1, attributes={"colour": ("red",)})])
    assert "<b>white</b>" in table
    assert "<b>red</b>" in table
    assert "<b>blue</b>" not in table
    assert "<b>&#36;20" not in table, "prices that all differ need no mark"


def test_the_lowest_price_and_the_highest_rating_are_named_in_words() -> None:
    text = Page(compare_table([A, B])).text
    assert "$12.50 lowest" in text
    assert "4.8 of 5 from 1,234 highest" in text
    for changes in ({"price_minor": 1250}, {"price_minor": 100, "currency": "EUR"}, {"price_minor": None}):
        assert "lowest" not in Page(compare_table([A, make_product(2, **changes)])).text


def test_what_is_not_stated_says_so_to_who_hears_it() -> None:
    assert Page(compare_table([A, B])).text.count("–not stated") == 2


def test_columns_rows_and_cells_are_named_for_assistive_technology() -> None:
    page = Page(compare_table([A, B]))
    roles = [value for name, value in page.values if name == "role"]
    assert roles.count("table") == 1
    assert roles.count("columnheader") == 2
    assert roles.count("row") == page.tags.count("tr")
    assert page.tags.count("th") == roles.count("columnheader") + roles.count("rowheader")
    assert "Comparison of Mug number 1, Mug number 2" in page.text


def test_each_can_be_bought_or_taken_out() -> None:
    page = Page(compare_table([A, make_product(2, stock=0)]))
    assert page.words_of("cart") == ["Add to cart: Mug number 1"]
    assert page.words_of("compare-remove") == ["Remove: Mug number 1", "Remove: Mug number 2"]
    assert Page(compare_table([A, B], actions=False)).buttons == []


@pytest.mark.parametrize("count", [0, 1, MOST + 1])
def test_one_or_many_are_not_compared(count: int) -> None:
    with pytest.raises(ValueError, match="2 to 4"):
        compare_table([make_product(number) for number in range(count)])


def test_the_tray_offers_a_comparison_once_there_are_two() -> None:
    assert compare_tray([]) == ""
    one, two = Page(compare_tray([A])), Page(compare_tray([A, B]))
    assert "Pick one more" in one.text
    assert one.words_of("compare-show") == []
    assert two.words_of("compare-show") == ["Compare 2"]
    assert two.words_of("compare-remove")[0] == "Remove Mug number 1 from the comparison"
    assert two.words_of("compare-clear") == ["Clear: the comparison"]


@given(TEXTS, TEXTS, st.dictionaries(TEXTS, st.lists(TEXTS, min_size=1, max_size=2).map(tuple), max_size=2))
def test_text_from_the_catalog_never_becomes_markup(
    title: str, brand: str, attributes: dict[str, tuple[str, ...]]
) -> None:
    product = make_product(2, title=title or "x", brand=brand, attributes=attributes, link="https://example.org")
    table = compare_table(
        [make_product(3, link="https://example.org", attributes={"a": ("b",), "c": ("b", "d")}), product]
    )
    like = compare_table(
        [A, make_product(2, link="https://example.org", rating=4.6, attributes={"colour": ("blue", "x")})]
    )
    assert_harmless(table, like)
    assert_harmless(compare_tray([product]), compare_tray([A, B]))
    text = Page(table).text
    for value in (value for values in attributes.values() for value in values):
        assert shown(value) in text
