"""Statements about items, true and false, and words that state nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from catalog_db.products import ProductRecord
from neo_assistant.claims.reader import Claim, ClaimReader

FACETS = {
    "kind": ("bookshelf", "down jacket", "headphones", "hiking boot", "jeans", "kettle", "mug", "tent", "towel"),
    "colour": ("beige", "blue", "brown", "clear", "grey", "red", "teal", "white"),
    "material": ("ceramic", "cotton", "down", "glass", "oak", "organic cotton", "stainless steel", "steel"),
    "brand": ("Kuro Vale", "Potluck & Co", "Saltgarth"),
    "size": ("2 person", "30 cm", "4 person", "large", "small"),
    "capacity": ("1 l", "1.7 l", "350 ml"),
    "use": ("gift", "hiking", "home", "hot drinks", "office", "party"),
    "feature": ("dishwasher safe", "handmade", "noise cancelling", "non-stick", "quiet", "waterproof"),
    "audience": ("kids", "men", "women"),
}
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def item(
    sku: str,
    kind: str,
    price: float,
    *,
    brand: str = "Saltgarth",
    stock: int | None = 20,
    rating: float | None = 4.3,
    **facets: str,
) -> ProductRecord:
    return ProductRecord(
        id=sum(map(ord, sku)),
        sku=sku,
        title=f"{brand} {kind}",
        brand=brand,
        item_type="kitchen",
        category_path="",
        description="",
        price_minor=round(price * 100),
        currency="USD",
        stock=stock,
        rating=rating,
        rating_count=3,
        image="",
        link="",
        active=True,
        created_at=NOW,
        updated_at=NOW,
        attributes={"kind": (kind,), **{name: tuple(value.split(", ")) for name, value in facets.items()}},
    )


BLUE = item("BLUE", "mug", 15.99, colour="blue", material="ceramic", use="gift, office", capacity="350 ml")
RED = item(
    "RED",
    "mug",
    27.0,
    brand="Kuro Vale",
    rating=4.9,
    colour="red",
    material="glass",
    feature="dishwasher safe",
    stock=2,
)
KETTLE = item("KETTLE", "kettle", 60.0, colour="white", material="stainless steel", feature="quiet", capacity="1.7 l")
TENT = item("TENT", "tent", 250, colour="beige", size="2 person", feature="waterproof", use="hiking", stock=0)
SHIRT = item("JEANS", "jeans", 80, colour="grey", material="organic cotton", audience="women")
JACKET = item("JACKET", "down jacket", 180, colour="red", material="down")


@pytest.fixture(scope="module")
def reader() -> ClaimReader:
    return ClaimReader(FACETS, "USD")


def verdicts(claims: Sequence[Claim]) -> list[tuple[str, bool]]:
    return [(claim.text, claim.true) for claim in claims]


@pytest.mark.parametrize(
    ("words", "row", "expected"),
    [
        ("It is a blue ceramic mug.", BLUE, [("blue", True), ("ceramic", True), ("mug", True)]),
        ("It is red.", BLUE, [("red", False)]),
        ("A mug by Saltgarth.", BLUE, [("mug", True), ("Saltgarth", True)]),
        ("Kuro Vale made it.", BLUE, [("Kuro Vale", False)]),
        ("It costs $15.99.", BLUE, [("$15.99", True)]),
        ("It costs 15 dollars.", BLUE, [("15 dollars", False)]),
        ("It stays under $16.", BLUE, [("under $16", True)]),
        ("It is below $15.99.", BLUE, [("below $15.99", False)]),
        ("It is up to $15.99.", BLUE, [("up to $15.99", True)]),
        ("It costs more than $20.", BLUE, [("more than $20", False)]),
        ("It is about $15.", BLUE, [("about $15", True)]),
        ("Priced between $10 and $20.", BLUE, [("between $10 and $20", True)]),
        ("Priced from $20 to $30.", BLUE, [("from $20 to $30", False)]),
        ("It has 4.3 stars.", BLUE, [("4.3 stars", True)]),
        ("Rated 4.5 out of 5.", BLUE, [("4.5 out of 5", False)]),
        ("It is rated 4.3.", BLUE, [("rated 4.3", True)]),
        ("Its rating is 4 or better.", BLUE, [("rating is 4 or better", True)]),
        ("It is rated at least 4.5.", BLUE, [("rated at least 4.5", False)]),
        ("It is in stock.", BLUE, [("in stock", True)]),
        ("It is out of stock.", BLUE, [("out of stock", False)]),
        ("It is not in stock.", TENT, [("not in stock", True)]),
        ("Only 2 left.", RED, [("Only 2 left", True)]),
        ("Only 3 left.", RED, [("Only 3 left", False)]),
        ("It holds 350 ml.", BLUE, [("350 ml", True)]),
        ("It holds 1 litre.", BLUE, [("1 litre", False)]),
        ("A 1.7-litre kettle.", KETTLE, [("1.7-litre", True), ("kettle", True)]),
        ("A two-person tent.", TENT, [("two-person", True), ("tent", True)]),
        ("It sleeps 4 people.", TENT, [("4 people", False)]),
        ("It is dishwasher-safe.", RED, [("dishwasher-safe", True)]),
        ("It is not dishwasher safe.", RED, [("dishwasher safe", False)]),
        ("No, it is not dishwasher safe.", BLUE, [("dishwasher safe", True)]),
        ("No, it isn't waterproof.", TENT, [("waterproof", False)]),
        ("Yes, it is waterproof.", TENT, [("waterproof", True)]),
        ("It is not only waterproof but beige.", TENT, [("waterproof", True), ("beige", True)]),
        ("It is tan.", TENT, [("tan", True)]),
        ("It is gray.", TENT, [("gray", False)]),
        ("Made of cotton.", SHIRT, [("cotton", True)]),
        ("Made of organic cotton, for women.", SHIRT, [("organic cotton", True), ("women", True)]),
        ("Women's jeans.", SHIRT, [("Women's", True), ("jeans", True)]),
        ("Men's jeans.", SHIRT, [("Men's", False), ("jeans", True)]),
        ("It is good for hiking.", TENT, [("hiking", True)]),
        ("It makes a good gift.", TENT, [("gift", False)]),
        ("A down jacket filled with down.", JACKET, [("down jacket", True), ("down", True)]),
    ],
)
def test_one_item(reader: ClaimReader, words: str, row: ProductRecord, expected: list[tuple[str, bool]]) -> None:
    assert verdicts(reader.read([words], shown=[row])) == expected


@pytest.mark.parametrize(
    "words",
    [
        "Shall I look for red ones?",
        "Sorry, we have no red mugs.",
        "I could not find a kettle up to $10.",
        "It goes well with a white kettle.",
        "The price came down to us from the makers.",
        "A small detail, and a large selection at home.",
        "You wanted something red, so have a look.",
        "That is a clear advantage.",
        "Nothing red is left.",
        "Sorry, we do not sell perfume. We do have towels and red mugs.",
        "I have three questions.",
    ],
)
def test_what_states_nothing(reader: ClaimReader, words: str) -> None:
    assert reader.read([words], shown=[BLUE]) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("The first is blue, the second red.", {"blue": ("BLUE", True), "red": ("RED", True)}),
        ("The first is red, the second blue.", {"red": ("BLUE", False), "blue": ("RED", False)}),
        ("The first one is cheaper.", {"cheaper": ("BLUE", True)}),
        ("The second one is cheaper than the first.", {"cheaper": ("RED", False)}),
        (
            "The second is more expensive and better rated.",
            {"more expensive": ("RED", True), "better rated": ("RED", True)},
        ),
        ("The Saltgarth mug is ceramic and the other is glass.", {"ceramic": ("BLUE", True), "glass": ("RED", True)}),
        ("The glass one costs $15.99.", {"$15.99": ("RED", False)}),
        ("Unlike the first, the second is dishwasher safe.", {"dishwasher safe": ("RED", True)}),
        ("The last is dishwasher safe. It costs $27.", {"dishwasher safe": ("RED", True), "$27": ("RED", True)}),
        ("The first is $11.01 cheaper.", {"$11.01": ("BLUE", True)}),
        ("The first is $5 cheaper.", {"$5": ("BLUE", False)}),
    ],
)
def test_the_item_that_is_pointed_at(reader: ClaimReader, words: str, expected: dict[str, tuple[str, bool]]) -> None:
    claims = reader.read([words], shown=[BLUE, RED])
    found = {claim.text: ("".join(claim.subject), claim.true) for claim in claims}
    assert {text: found.get(text) for text in expected} == expected
    assert len(claims) <= len(expected) + 1  # "cheaper" beside the amount it is cheaper by


def test_numbers_with_units_and_sizes_count_nothing(reader: ClaimReader) -> None:
    assert all(claim.name != "count" for claim in reader.read(["A 30 cm blue mug by Saltgarth."], shown=[BLUE]))
    assert all(claim.name != "count" for claim in reader.read(["A size 5 blue mug."], shown=[BLUE]))


def test_cheaper_above_items_is_cheaper_than_what_was_shown(reader: ClaimReader) -> None:
    assert verdicts(reader.read(["A cheaper mug:\n", BLUE], shown=[RED]))[0] == ("cheaper", True)
    assert verdicts(reader.read(["A cheaper mug:\n", RED], shown=[BLUE]))[0] == ("cheaper", False)


def test_what_the_shopper_asked_for_is_not_looked_up_in_the_history(reader: ClaimReader) -> None:
    claims = reader.read(["Because you asked for a blue mug: it is blue."], shown=[BLUE], history=[RED])
    assert all(claim.true for claim in claims)


def test_both_and_all_mean_each(reader: ClaimReader) -> None:
    assert verdicts(reader.read(["Both are mugs."], shown=[BLUE, RED])) == [("Both", True), ("mugs", True)]
    assert verdicts(reader.read(["Both are blue."], shown=[BLUE, RED])) == [("Both", True), ("blue", False)]
    assert verdicts(reader.read(["All three are mugs."], shown=[BLUE, RED])) == [("All three", False), ("mugs", True)]
    assert verdicts(reader.read(["They all cost up to $30."], shown=[BLUE, RED])) == [("up to $30", True)]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["Here are two mugs up to $30:\n", BLUE, RED], [("two mugs", True), ("up to $30", True), ("mugs", True)]),
        (["Here are two blue mugs:\n", BLUE, RED], [("two blue mugs", True), ("blue", False), ("mugs", True)]),
        (["Here are two mugs:\n", BLUE], [("two mugs", False), ("mugs", True)]),
        (["Here are three car tyres:\n", BLUE, RED], [("Here are three", False)]),
        (["Here are three mugs:\n"], [("three mugs", False)]),
        (["Only one item fits:\n", BLUE], [("one item", True)]),
        (["Only one item fits:\n", BLUE, RED], [("one item", False)]),
        (["You may like these blue mugs:\n", BLUE], [("blue", True), ("mugs", True)]),
        (
            [BLUE, " is blue and costs $15.99.\n", RED, " is blue too."],
            [("blue", True), ("$15.99", True), ("blue", False)],
        ),
        (["A red mug: ", RED], [("red", True), ("mug", True)]),
        (
            ["A white kettle and two mugs:\n", KETTLE, BLUE, RED],
            [("two mugs", True), ("white", True), ("kettle", True), ("mugs", True)],
        ),
        (
            ["A kettle:\n", KETTLE, "\nAnd a blue mug:\n", RED],
            [("kettle", True), ("blue", False), ("mug", True)],
        ),
        (["Together they come to $42.99:\n", BLUE, RED], [("$42.99", True)]),
        (["Together they come to $40:\n", BLUE, RED], [("$40", False)]),
        (
            ["Two mugs:\n", BLUE, RED, "\nBoth are dishwasher safe."],
            [("Two mugs", True), ("Both", True), ("mugs", True), ("dishwasher safe", False)],
        ),
    ],
)
def test_items_of_the_reply(
    reader: ClaimReader, parts: list[str | ProductRecord], expected: list[tuple[str, bool]]
) -> None:
    assert sorted(verdicts(reader.read(parts))) == sorted(expected)


def test_a_new_search_speaks_of_its_own_items(reader: ClaimReader) -> None:
    assert verdicts(reader.read(["One white kettle:\n", KETTLE], shown=[BLUE, RED])) == [
        ("One white kettle", True),
        ("white", True),
        ("kettle", True),
    ]
    assert reader.read(["I have no white kettle up to $20."], shown=[BLUE, RED]) == []


def test_a_profile_is_checked_against_the_history(reader: ClaimReader) -> None:
    claims = reader.read(["You like tents and red mugs. You often look at towels."], history=[TENT, RED])
    assert verdicts(claims) == [("tents", True), ("red", True), ("mugs", True), ("towels", False)]
    assert {claim.subject for claim in claims} == {("history",)}
    assert reader.read(["You like red mugs."]) == []
    assert reader.read(["We do have kettles and towels."], history=[TENT, RED]) == []


def test_another_currency() -> None:
    reader = ClaimReader(FACETS, "EUR")
    assert verdicts(reader.read(["It costs €15.99, or 16 euros."], shown=[BLUE])) == [
        ("€15.99", True),
        ("16 euros", False),
    ]


def test_a_shop_without_facets_still_has_prices() -> None:
    assert verdicts(ClaimReader({}, "USD").read(["It is blue and costs $15.99."], shown=[BLUE])) == [("$15.99", True)]


def test_a_name_with_a_sign(reader: ClaimReader) -> None:
    row = item("POT", "mug", 10, brand="Potluck & Co")
    assert verdicts(reader.read(["By Potluck and Co."], shown=[row])) == [("Potluck and Co", True)]
    assert verdicts(reader.read(["By Potluck & Co."], shown=[BLUE])) == [("Potluck & Co", False)]
