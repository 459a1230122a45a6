from __future__ import annotations

import threading

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from neo_assistant.events import Done, Event, ItemFound, Notice, TextDelta, WantFound
from neo_assistant.messages import Message
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
    assert isinstance(events[0], WantFound)
    assert events[0].phrases == ("under $15",)
    assert skus(events) == ["MUG-2"]
    assert isinstance(events[-1], Done)


def test_what_was_named_before_comes_last(replier: ScriptedReplier) -> None:
    first = reply(replier, Request("mug", count=1))
    named = next(event for event in first if isinstance(event, ItemFound))
    from neo_assistant.messages import ItemPart

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
