from __future__ import annotations

import threading

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, ItemFound, Notice, TextDelta, WantFound
from neo_assistant.messages import ItemPart, Message
from neo_assistant.request import Format, Request
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.services import open_services
from neo_assistant.settings import load_settings
from tests.neo_assistant.ui_products import DONE


def reply(replier: ScriptedReplier, request: Request, *earlier: Message) -> list[Event]:
    return list(replier.reply(earlier, request, threading.Event()))


def skus(events: list[Event]) -> list[str]:
    return [event.product.sku for event in events if isinstance(event, ItemFound)]


def test_scripts_are_played_in_order_and_then_canned_replies(replier: ScriptedReplier) -> None:
    replier.enqueue(TextDelta("one"), DONE)
    replier.enqueue(TextDelta("two"), DONE)
    assert [reply(replier, Request("x"))[0] for _ in range(2)] == [TextDelta("one"), TextDelta("two")]
    assert skus(reply(replier, Request("a hiking boot", count=2))) == ["BOOT-6", "BOOT-7"]


def test_a_canned_reply_names_what_meets_the_conditions(replier: ScriptedReplier) -> None:
    request = Request("a mug", conditions=Conditions(max_price=1500), dismissed=("MUG-1",))
    events = reply(replier, request)
    assert skus(events) == ["MUG-2"]
    assert isinstance(events[-1], Done)


def test_a_limit_in_so_many_words_is_read(replier: ScriptedReplier) -> None:
    events = reply(replier, Request("a mug under $15", dismissed=("MUG-1",)))
    assert events[0] == WantFound(" price < 15; found 1", ("under $15",), 1)
    assert skus(events) == ["MUG-2"]


def test_a_want_that_was_set_takes_the_place_of_the_words(replier: ScriptedReplier) -> None:
    everything = reply(replier, Request("a mug under $15", want="", count=20))
    assert everything[0] == WantFound(" found 7", (), 7)
    assert len(skus(everything)) == 7
    mugs = reply(replier, Request("a boot under $15", want=" kind: mug; price < 20;", count=20))
    assert isinstance(mugs[0], WantFound)
    assert mugs[0].phrases == ("kind: mug", "under $20")
    assert {sku.partition("-")[0] for sku in skus(mugs)} == {"MUG"}
    shown = Message.assistant(*(ItemPart(e.sid, e.product.sku) for e in mugs if isinstance(e, ItemFound)))
    assert skus(reply(replier, Request("others", want=" kind: mug; not shown;", count=20), shown)) != skus(mugs)
    with pytest.raises(RequestError, match="no product on sale has the kind 'yacht'"):
        reply(replier, Request("a mug", want=" kind: yacht;"))


def test_what_was_named_before_comes_last(replier: ScriptedReplier) -> None:
    first = reply(replier, Request("mug", count=1))
    named = next(event for event in first if isinstance(event, ItemFound))
    earlier = Message.assistant(ItemPart(named.sid, named.product.sku))
    assert skus(reply(replier, Request("mug", count=1), earlier)) != skus(first)


def test_nothing_that_matches_is_said_by_the_shop(replier: ScriptedReplier) -> None:
    events = reply(replier, Request("a mug", conditions=Conditions(max_price=1)))
    assert any(isinstance(event, Notice) and event.code == "nothing-matches" for event in events)
    assert skus(events) == []


@pytest.mark.parametrize(("form", "kinds"), [(Format.IDS, {ItemFound}), (Format.TEXT, {TextDelta})])
def test_the_format_is_kept(replier: ScriptedReplier, form: Format, kinds: set[type]) -> None:
    events = reply(replier, Request("a mug", format=form))
    assert {type(event) for event in events[:-1]} == kinds


def test_the_app_can_run_on_it(shop: Database) -> None:
    with open_services(load_settings(database_url=shop.url, engine="scripted")).database as database:
        assert database.url == shop.url
