from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.conditions import Conditions
from catalog_db.models import EventKind
from catalog_db.products import ProductRecord
from neo_assistant.ui.reasons import Asked, PastItem, likenesses, reasons
from neo_assistant.want import Want
from tests.neo_assistant.ui_products import make_product


def mug(number: int = 1, **changes: Any) -> ProductRecord:
    """A mug of no brand, with values that differ from its title."""
    attributes = {"kind": ("mug",), "colour": ("blue",), "material": ("ceramic",), "use": ("office",)}
    return make_product(number, **{"brand": None, "attributes": attributes, **changes})


def asked(want: Want | None = None, filters: Conditions | None = None) -> Asked:
    return Asked.of(want or Want(), filters or Conditions(), "USD")


def one(product: ProductRecord, *given: Any) -> str:
    """The line on a product that stands alone."""
    return reasons([product], *given).get(product.sku, "")


def test_what_was_asked_comes_first() -> None:
    want = Want(facets=(("kind", "mug"), ("colour", "blue"), ("material", "ceramic")), max_price=Decimal(20))
    assert one(mug(), asked(want)) == "Blue and ceramic, as you asked"


def test_the_kind_alone_is_no_reason() -> None:
    assert one(mug(), asked(Want(facets=(("kind", "mug"),)))) == "Blue, ceramic"


def test_filters_count_like_words() -> None:
    filters = Conditions(attributes=(("colour", ("red", "blue")),), min_rating=4, max_price=5000)
    assert one(mug(), asked(filters=filters)) == "Blue, as you asked"
    assert asked(Want(max_price=Decimal(20), min_rating=3), filters) == Asked(
        {"colour": ("blue", "red")}, max_price=2000, min_rating=4
    )


@pytest.mark.parametrize(
    ("price", "limit", "words"),
    [
        (1250, 20, "$7.50 below your limit"),
        (1901, 20, ""),  # less than a twentieth of the limit
        (1900, 20, "$1 below your limit"),
        (2500, 20, ""),  # dearer by now
        (None, 20, ""),
        (1250, 0, ""),
    ],
)
def test_a_price_is_a_reason_only_where_it_is_well_below_the_limit(price: int | None, limit: int, words: str) -> None:
    bare = mug(price_minor=price, attributes={})
    assert one(bare, asked(Want(max_price=Decimal(limit)))) == words


def test_a_rating_is_a_reason_only_where_one_was_asked_for_and_holds() -> None:
    bare = mug(attributes={})
    assert one(bare, asked(Want(min_rating=4))) == "Rated 4.5, where you asked for 4"
    assert one(bare, asked(Want(min_rating=4.8))) == ""
    assert one(mug(attributes={}, rating=None, rating_count=0), asked(Want(min_rating=4))) == ""


def test_cheaper_than_before_is_not_claimed_without_the_prices_of_before() -> None:
    assert one(mug(attributes={}), asked(Want(max_price="shown"))) == ""


def test_the_cheapest_and_the_best_rated_of_a_reply_are_told_from_the_others() -> None:
    products = [
        mug(1, price_minor=900, attributes={}),
        mug(2, rating=4.9, attributes={}),
        mug(3, attributes={}),
    ]
    assert reasons(products) == {"MUG-1": "Cheapest of these", "MUG-2": "Best rated of these"}
    assert reasons(products, complete=False) == {}


@pytest.mark.parametrize(
    "changes",
    [{"price_minor": None}, {"currency": "EUR"}, {"price_minor": 900}],
    ids=["unknown", "other currency", "a tie"],
)
def test_nothing_is_the_cheapest_where_prices_cannot_be_compared(changes: dict[str, Any]) -> None:
    products = [mug(1, price_minor=900, attributes={}), mug(2, attributes={}, **changes)]
    assert "MUG-1" not in reasons(products)


def test_few_ratings_make_nothing_the_best_rated() -> None:
    products = [mug(1, rating=5.0, rating_count=2, attributes={}), mug(2, attributes={})]
    assert reasons(products) == {}


def test_a_likeness_to_what_was_bought_names_it() -> None:
    bought = PastItem(mug(7, title="Quay Mug in Blue, 300 ml"), EventKind.BOUGHT)
    assert likenesses(mug(), [bought]) == ["blue, ceramic, like the Quay Mug in Blue you bought"]
    products = [mug(1, price_minor=1250), mug(2)]
    assert reasons(products, history=[bought])["MUG-2"] == "Blue, ceramic, like the Quay Mug in Blue you bought"


@pytest.mark.parametrize(
    ("title", "called"),
    [
        ("Tall Mug, 300 ml", "Tall Mug"),
        ("Drift Men's Cushioned Road Running Shoes in Grey", "Drift Men's Cushioned Road Running…"),
        ("x" * 60, "x" * 40 + "…"),
        (", a mug", ", a mug"),
    ],
)
def test_a_long_title_is_cut_between_words(title: str, called: str) -> None:
    assert PastItem(mug(title=title), EventKind.BOUGHT).words == f"the {called} you bought"


def test_a_brand_in_common_is_a_likeness() -> None:
    past = PastItem(make_product(7, title="Claywork Vase", attributes={}), EventKind.VIEWED)
    assert likenesses(make_product(1), [past]) == ["by Claywork, like the Vase you looked at"]


@pytest.mark.parametrize(
    "past",
    [
        PastItem(mug(7), EventKind.DISMISSED),
        PastItem(mug(1), EventKind.BOUGHT),  # the product itself
        PastItem(
            mug(7, attributes={"kind": ("mug",), "colour": ("blue",)}), EventKind.BOUGHT
        ),  # one value is too little
        PastItem(mug(7, attributes={"colour": ("blue",), "material": ("ceramic",)}), EventKind.BOUGHT),  # another kind
    ],
)
def test_what_is_no_likeness(past: PastItem) -> None:
    assert likenesses(mug(), [past]) == []


def test_the_closest_come_first_and_each_product_once() -> None:
    closer = make_product(8, title="Claywork Jug", attributes={"kind": ("jug",), "colour": ("blue",)})
    history = [
        PastItem(make_product(7, title="Claywork Vase", attributes={}), EventKind.VIEWED),
        PastItem(closer, EventKind.VIEWED),
        PastItem(closer, EventKind.BOUGHT),
    ]
    assert likenesses(make_product(1), history) == [
        "by Claywork, like the Jug you bought",
        "by Claywork, like the Vase you looked at",
    ]


def test_what_the_title_says_already_is_not_said_again() -> None:
    assert one(mug(title="Blue mug")) == "Ceramic, for office"
    assert one(mug(attributes={})) == ""


VALUES = st.lists(st.sampled_from(["blue", "red", "oak", "steel"]), unique=True, max_size=3).map(tuple)
PRODUCTS = st.builds(
    lambda number, colours, materials, price, rating, count: mug(
        number,
        attributes={
            name: tuple(sorted(values)) for name, values in (("colour", colours), ("material", materials)) if values
        },
        price_minor=price,
        rating=rating,
        rating_count=count,
    ),
    st.integers(1, 9),
    VALUES,
    VALUES,
    st.one_of(st.none(), st.integers(0, 5000)),
    st.one_of(st.none(), st.floats(1, 5)),
    st.integers(0, 20),
)


@given(
    st.lists(PRODUCTS, max_size=4, unique_by=lambda product: product.sku),
    st.sampled_from([None, "blue", "red"]),
    st.one_of(st.none(), st.integers(1, 60)),
    st.booleans(),
)
def test_no_reason_says_what_the_row_does_not(
    products: list[ProductRecord], colour: str | None, limit: int | None, complete: bool
) -> None:
    facets = (("colour", colour),) if colour else ()
    want = Want(facets=facets, max_price=None if limit is None else Decimal(limit))
    lines = reasons(products, asked(want), complete=complete)
    for product in products:
        line = lines.get(product.sku, "")
        assert line or product.sku not in lines
        for value in ("blue", "red", "oak", "steel"):
            if value in line.lower():
                assert any(value in own for own in product.attributes.values())
        if "as you asked" in line:
            assert colour in product.attributes["colour"]
        if "below your limit" in line:
            assert limit is not None
            assert product.price_minor is not None
            assert product.price_minor < limit * 100
        if "heapest" in line:
            assert complete
            assert all(product is other or (product.price_minor or 0) < (other.price_minor or 0) for other in products)
        if "est rated" in line:
            assert all(product is other or (product.rating or 0) > (other.rating or 0) for other in products)
