"""What a turn makes of a want, and what it is about; replies by scripted models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.errors import UnknownProductError
from catalog_db.products import save_products
from neo_assistant.earlier_turns import MAX_TURNS
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Notice, WantFound
from neo_assistant.messages import Message, WantPart
from neo_assistant.request import Request
from neo_assistant.shortfalls import NOTHING_MATCHES
from neo_assistant.steering import Format
from tests.neo_assistant.asking import ask, prompt_of, showed
from tests.neo_assistant.serving import (
    COLOURS,
    SKUS,
    fill,
    items_of,
    make_assistant,
    make_rows,
    only,
    random_model,
    scripted,
    sid_of,
    text_of,
)
from tests.neo_assistant.ui_products import NOW


@pytest.fixture
def shop(serving_shop: Database) -> Database:
    return serving_shop


@pytest.fixture
def own_shop(own_serving_shop: Database) -> Database:
    return own_serving_shop


def test_a_want_narrows_what_the_request_allows(shop: Database) -> None:
    model = scripted(" kind: mug; price < 20;", sid_of(0), sid_of(4), sid_of(8))
    events = ask(shop, model, Request("a mug under 20", conditions=Conditions(min_price=1000), format=Format.IDS))
    assert items_of(events) == ["P-04"]
    found = only(events, WantFound)
    assert (found.want, found.phrases) == (" kind: mug; price < 20; found 1", ("kind: mug", "under $20"))
    made_by = only(events, Done).made_by
    assert made_by == {"checkpoint": "tiny", "want": " kind: mug; price < 20;", "conditions": {"min_price": 1000}}


def test_cheaper_is_cheaper_than_the_cheapest_shown_last(shop: Database) -> None:
    said = [*showed(2), *showed(12, 8)]
    events = ask(shop, scripted(" price < shown;", *map(sid_of, range(0, 26, 2))), Request("cheaper", count=20), said)
    assert set(items_of(events)) <= set(SKUS[:8])
    assert only(events, WantFound).items_left == 8
    assert only(events, WantFound).phrases == ("cheaper than those shown",)


def test_dearer_is_dearer_than_the_dearest_shown_last(shop: Database) -> None:
    said = [*showed(24), *showed(19, 17, 20)]
    request = Request("something better", format=Format.IDS, count=20)
    events = ask(shop, scripted(" price > shown;"), request, said, max_tokens=150)
    assert sorted(items_of(events)) == ["P-21", "P-22", "P-23", "P-24"]


def test_something_else_is_nothing_of_what_was_shown_however_long_ago(shop: Database) -> None:
    said = [*showed(0), *showed(4), *showed(8), *showed(12), *showed(16)]
    assert len(said) > MAX_TURNS
    request = Request("something else", format=Format.IDS, count=5)
    events = ask(shop, scripted(" kind: mug; not shown;"), request, said)
    assert sorted(items_of(events)) == ["P-20", "P-24"]
    assert only(events, WantFound).phrases == ("kind: mug", "not shown before")


def test_nothing_is_cheaper_than_what_has_no_price(shop: Database) -> None:
    events = ask(shop, scripted(" price < shown;", "Sorry."), Request("cheaper"), showed(20))
    assert only(events, WantFound).items_left == 0
    assert not items_of(events)
    notice = only(events, Notice)
    assert (notice.code, "no price" in notice.text) == (NOTHING_MATCHES, True)


def test_a_limit_said_earlier_holds_on_when_its_words_are_cut_off(shop: Database) -> None:
    said = [message for _ in range(4) for message in showed(0, want=" kind: lamp; price < 20;")]
    events = ask(shop, scripted(" price < 20;", "Fine."), Request("and that one?"), said)
    assert only(events, WantFound).want == " price < 20; found 8"


@pytest.mark.parametrize(
    ("text", "said", "read"),
    [
        ("that one", (), ""),
        ("one by ACME", (), " brand: Acme;"),
        ("and that one?", showed(0, want=" kind: mug; brand: Acme;"), " brand: Acme;"),
        ("and that one?", [Message.shopper("who makes mugs?"), Message.assistant("Acme does.")], ""),
    ],
)
def test_a_brand_is_read_only_if_the_shopper_named_it(
    shop: Database, text: str, said: Sequence[Message], read: str
) -> None:
    events = ask(shop, scripted(" brand: Acme;", "Fine."), Request(text), said)
    assert ("brand" in only(events, WantFound).want) == bool(read)
    assert only(events, WantFound).want.startswith(read)


def test_what_the_shop_counted_is_no_number_that_somebody_said(shop: Database) -> None:
    """An earlier reply's "found 7" does not allow a price limit of 7."""
    with_seven = [Message.shopper("mugs"), Message.assistant(WantPart(" kind: mug; found 7"))]
    events = ask(shop, scripted(" price < 7;", "Fine."), Request("and a lamp?"), with_seven)
    assert "price" not in only(events, WantFound).want


def test_prices_are_read_in_the_shops_currency(database: Database) -> None:
    fill(database, make_rows(currency="JPY"))
    events = ask(database, scripted(" price < 1299;", sid_of(2)), Request("under 1299"))
    assert only(events, WantFound).phrases == ("under ¥1,299",)
    assert only(events, WantFound).items_left == 4
    assert items_of(events) == ["P-02"]


@pytest.mark.parametrize(
    ("request_", "has_kind"),
    [
        (Request("mugs"), True),
        (Request("something red"), False),
        (Request("a mug and a lamp, 20 in all"), False),  # several kinds are counted, and no want could name them all
        (Request("things for a mug, 90 in total"), False),
    ],
)
def test_who_names_a_kind_gets_it_read(shop: Database, request_: Request, has_kind: bool) -> None:
    events = ask(shop, scripted("", "Fine."), request_)
    assert ("kind: " in only(events, WantFound).want) == has_kind


def caption_in(database: Database, request: Request, said: Sequence[Message] = ()) -> list[str]:
    """What stands in brackets in the prompt."""
    assistant = make_assistant(database, random_model())
    prompt = prompt_of(database, request, said)
    return re.findall(r" \((.+?)\)", assistant._renderer.tokenizer.decode(prompt))


def test_what_the_words_are_about_stands_in_the_prompt_with_the_values_of_its_row(own_shop: Database) -> None:
    asked = Request("why this one?", about=("P-04",))
    assert caption_in(own_shop, asked) == ["mug, white, Acme, $13, 4.5 stars, out of stock"]
    with own_shop.session() as session:
        save_products(session, [replace(make_rows()[4], price_minor=99, stock=3)], NOW)
    assert caption_in(own_shop, asked) == ["mug, white, Acme, $0.99, 4.5 stars"]
    assert caption_in(own_shop, Request("and this?", about=("P-01",)), showed(0, 2)) == [
        "mug, blue, Acme, $5, 2.5 stars, out of stock",
        "lamp, red, Acme, $9, 3.5 stars",
        "boot, white, Acme, $7, 3.0 stars",
    ]


def test_what_a_turn_is_about_is_what_prices_and_others_are_compared_with(shop: Database) -> None:
    events = ask(
        shop, scripted(" kind: mug; price < shown; not shown;"), Request("cheaper", about=("P-08",)), showed(24)
    )
    assert set(items_of(events)) <= {"P-00", "P-04"}


def test_a_turn_about_too_much_or_about_what_is_not_sold_is_refused(shop: Database) -> None:
    with pytest.raises(RequestError, match="at most 5"):
        Request("compare", about=SKUS[:6])
    with pytest.raises(UnknownProductError, match="nope"):
        ask(shop, scripted(""), Request("why?", about=("nope",)))


def test_of_an_item_only_what_its_row_says_is_said(shop: Database) -> None:
    def words(wished: str, *about: str) -> str:
        return text_of(ask(shop, scripted("", wished), Request("what about it?", about=about), max_tokens=60))

    own, other = f"It is {COLOURS[0]}, for $5.", f"It is {COLOURS[1]}, for $5."
    assert own in words(own, SKUS[0])
    assert COLOURS[1] not in words(other, SKUS[0])
    assert COLOURS[1] in words(other, SKUS[0], SKUS[1])
    assert "$6" not in words("It costs $6.", SKUS[0])
