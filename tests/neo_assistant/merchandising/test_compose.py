from __future__ import annotations

import threading

import pytest

from catalog_db.database import Database
from catalog_db.events import record_events
from catalog_db.models import EventKind
from catalog_db.products import by_sku, ids_by_sku, save_products, set_active
from catalog_db.rows import EventRow
from catalog_db.shopper_settings import Settings, save_settings
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, TextDelta, Timings, WantFound
from neo_assistant.merchandising.compose import LONGEST_LINE, MOST_PICKS, Composer, Letter, Pick, moved, put
from neo_assistant.request import Request
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.steering import Format, Task
from tests.neo_assistant.ui_products import DONE, NOW, found, make_product

STOP = threading.Event()


@pytest.fixture
def composer(shop: Database, replier: ScriptedReplier) -> Composer:
    return Composer(shop, replier, lambda: NOW)


def _retire(shop: Database, sku: str) -> None:
    with shop.session() as session:
        set_active(session, list(ids_by_sku(session, [sku]).values()), False, NOW)


def _looked_at(shop: Database, sku: str) -> None:
    with shop.session() as session:
        record_events(session, [EventRow("cora", sku, EventKind.BOUGHT, NOW)])


def test_the_models_items_are_the_picks(composer: Composer, replier: ScriptedReplier) -> None:
    replier.enqueue(TextDelta("Try "), found(2), found(1), found(2), DONE)
    _, picks = composer.pick(Request("a mug", format=Format.TEXT), None, False, STOP)
    assert [pick.sku for pick in picks] == ["MUG-2", "MUG-1"]
    assert replier.requests[-1][1].format is Format.MIXED


def test_lines_come_from_the_row_and_from_what_the_client_did(
    composer: Composer, replier: ScriptedReplier, shop: Database
) -> None:
    _looked_at(shop, "MUG-3")
    replier.enqueue(WantFound(" colour: blue; found 5", ("colour: blue",), 5), found(1), found(2), DONE)
    _, picks = composer.pick(Request("a blue mug"), "cora", True, STOP)
    assert picks[0].line == "Blue, as you asked; by Claywork, like the Mug number 3 you bought"
    replier.enqueue(WantFound(" colour: blue; found 5", ("colour: blue",), 5), found(1), DONE)
    _, picks = composer.pick(Request("a blue mug"), "cora", False, STOP)
    assert picks[0].line == "By Claywork, like the Mug number 3 you bought"


def test_a_history_that_is_switched_off_makes_no_line(composer: Composer, shop: Database) -> None:
    _looked_at(shop, "MUG-3")
    with shop.session() as session:
        save_settings(session, "cora", Settings(history=False, taste=False), NOW)
    lines = composer.lines(composer.products(["MUG-1"]), "cora")
    assert "bought" not in lines["MUG-1"]


def test_facts_are_those_of_the_moment(composer: Composer, shop: Database) -> None:
    letter = Letter("Hello,", (Pick("MUG-1"),), "Bye")
    assert composer.ready(letter).offered[0][0].price_minor == 1250
    with shop.session() as session:
        save_products(session, [make_product(1, price_minor=777, stock=0).to_row()], NOW)
    [(product, _)] = composer.ready(letter).offered
    assert (product.price_minor, product.in_stock) == (777, False)


def test_what_went_off_sale_is_marked_and_has_to_go(composer: Composer, shop: Database) -> None:
    letter = Letter("", (Pick("MUG-1"), Pick("MUG-2"), Pick("GONE")))
    _retire(shop, "MUG-2")
    message = composer.message(letter)
    assert message.retired == ("MUG-2", "GONE")
    assert [product.sku for product, _ in message.offered] == ["MUG-1"]
    with pytest.raises(RequestError, match="Mug number 2 is no longer on sale"):
        composer.ready(letter)
    with pytest.raises(RequestError, match="no items"):
        composer.ready(Letter("Hello"))


@pytest.fixture
def things(own_serving_shop: Database) -> Database:
    """A shop that is large enough for its colours to be facets; P-00 is a blue mug at $5, P-02 a red lamp."""
    return own_serving_shop


def test_statements_that_the_row_does_not_bear_out_are_pointed_out(things: Database) -> None:
    composer = Composer(things, ScriptedReplier(things))
    letter = Letter("", (Pick("P-00", "A red one, only $7."), Pick("P-02", "It is red.")))
    first, second = composer.message(letter).entries
    assert set(first.doubts) == {"red", "$7"}
    assert second.doubts == ()


def test_the_model_describes_an_item_and_is_held_to_the_row(things: Database) -> None:
    replier = ScriptedReplier(things)
    composer = Composer(things, replier)
    replier.enqueue(TextDelta("A blue mug\nfor the morning."), Done(Timings()))
    assert composer.describe("P-00", STOP) == "A blue mug for the morning."
    asked = replier.requests[-1][1]
    assert (asked.task, asked.format, asked.about) == (Task.DESCRIBE, Format.TEXT, ("P-00",))
    replier.enqueue(TextDelta("A red mug."), Done(Timings()))
    with pytest.raises(RequestError, match="'red'"):
        composer.describe("P-00", STOP)
    replier.enqueue(Done(Timings()))
    with pytest.raises(RequestError, match="says nothing"):
        composer.describe("P-00", STOP)
    with pytest.raises(RequestError, match="no item"):
        composer.describe("GONE", STOP)


def test_lines_are_held_to_the_catalog_as_it_is_now(composer: Composer, shop: Database) -> None:
    letter = Letter("", (Pick("MUG-1", "It costs $12.50."),))
    assert composer.message(letter).entries[0].doubts == ()
    with shop.session() as session:
        save_products(session, [make_product(1, price_minor=1300).to_row()], NOW)
    assert composer.message(letter).entries[0].doubts


def test_picks_move_and_change_places() -> None:
    one, two, three = Pick("1"), Pick("2"), Pick("3")
    assert moved((one, two, three), 1, -1) == (two, one, three)
    assert moved((one, two), 0, -1) == moved((one, two), 1, 1) == moved((one, two), 7, 1) == (one, two)
    assert put((one, two), three, None) == (one, two, three)
    assert put((one, two), three, 0) == (three, two)
    assert put((one, two), Pick("1", "other words"), 0) == (Pick("1", "other words"), two)
    with pytest.raises(RequestError, match="already"):
        put((one, two), two, 0)
    with pytest.raises(RequestError, match="at most"):
        put([Pick(str(number)) for number in range(MOST_PICKS)], Pick("x"), None)


def test_what_is_too_long_is_refused(composer: Composer) -> None:
    with pytest.raises(RequestError, match="a line has"):
        composer.message(Letter("", (Pick("MUG-1", "x" * (LONGEST_LINE + 1)),)))
    with pytest.raises(RequestError, match="greeting"):
        composer.message(Letter("x" * 5000))


def test_a_sku_can_be_looked_up(composer: Composer, shop: Database) -> None:
    assert [product.sku for product in composer.find("BOOT-7")] == ["BOOT-7"]
    assert composer.find("  ") == []
    with shop.reading() as session:
        assert composer.products(["MUG-2", "MUG-1"]) == by_sku(session, ["MUG-2", "MUG-1"])
