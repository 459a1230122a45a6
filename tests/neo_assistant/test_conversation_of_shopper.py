"""Conversations of shoppers: whose they are, and what of a shopper reaches a reply."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
import uuid

import pytest

from catalog_db import sids as sid_table
from catalog_db.database import Database
from catalog_db.errors import CatalogError
from catalog_db.products import ids_by_sku, save_products
from catalog_db.shopper_settings import Settings
from neo_assistant.conversation import ConversationService
from neo_assistant.errors import RequestError
from neo_assistant.events import TextDelta
from neo_assistant.messages import ItemPart
from neo_assistant.request import Request
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.shopper_account import ShopperAccount
from neo_assistant.sids import Sid
from neo_assistant.steering import MAX_HISTORY, Task
from tests.neo_assistant.ui_products import DONE, NOW, found, make_product, make_rows


class Shop:
    """A service and accounts over one database, by one clock that never stands still."""

    def __init__(self, database: Database) -> None:
        ticks = itertools.count()
        self.database = database
        self.replier = ScriptedReplier(database)
        self.service = ConversationService(database, self.replier, self._now)
        self.account = ShopperAccount(database, self._now)
        self._ticks = ticks

    def _now(self) -> dt.datetime:
        return NOW + dt.timedelta(seconds=next(self._ticks))

    def asked(self, shopper: str | None, request: Request | None = None) -> Request:
        """What reaches the replier of a turn in a new conversation."""
        list(self.service.say(self.service.start(shopper), request or Request("something nice")))
        return self.replier.requests[-1][1]


@pytest.fixture
def ours(any_database: Database) -> Shop:
    with any_database.session() as session:
        save_products(session, make_rows(), NOW)
    return Shop(any_database)


def test_only_its_shopper_resumes_a_conversation(ours: Shop) -> None:
    anns, nobodys = ours.service.start("ann"), ours.service.start()
    assert ours.service.resume(anns, "ann")
    for other in ("bob", "", "a\x00b", "x" * 500, None):
        assert not ours.service.resume(anns, other)
    for anybody in ("ann", "bob", None):
        assert ours.service.resume(nobodys, anybody)
        assert not ours.service.resume(str(uuid.uuid4()), anybody)


@pytest.mark.parametrize("shopper", ["", " ann", "a\x00b", "x" * 200])
def test_nobody_can_be_called_that(ours: Shop, shopper: str) -> None:
    with pytest.raises(CatalogError, match="shopper's key"):
        ours.service.start(shopper)


def test_a_shoppers_history_reaches_their_replies_and_nobody_elses(ours: Shop) -> None:
    for sku in ("MUG-1", "MUG-2", "MUG-1"):
        ours.account.viewed("ann", sku)
    ours.account.add_to_cart("ann", "BOOT-7")
    ours.account.viewed("bob", "MUG-4")
    assert ours.asked("ann").history == ("MUG-1", "MUG-2", "BOOT-7")
    assert ours.asked("bob").history == ("MUG-4",)
    assert ours.asked("carl").history == ()
    assert ours.asked(None).history == ()
    assert ours.asked("ann", Request("and this?", history=("MUG-5",))).history == ("MUG-5",)


def test_only_the_latest_of_a_long_history_is_used(ours: Shop) -> None:
    skus = [f"CUP-{number}" for number in range(MAX_HISTORY + 3)]
    with ours.database.session() as session:
        save_products(session, [make_product(sku=sku).to_row() for sku in skus], NOW)
    for sku in skus:
        ours.account.viewed("ann", sku)
    assert ours.asked("ann").history == tuple(skus[-MAX_HISTORY:])


def test_a_history_that_is_switched_off_or_forgotten_is_not_used(ours: Shop) -> None:
    ours.account.viewed("ann", "MUG-1")
    ours.account.save_settings("ann", Settings(history=False))
    assert not ours.account.viewed("ann", "MUG-2")
    assert ours.asked("ann").history == ()
    ours.account.save_settings("ann", Settings())
    assert ours.asked("ann").history == ("MUG-1",)
    ours.account.forget("ann")
    assert ours.asked("ann").history == ()


def test_a_history_that_a_request_names_is_not_used_either(ours: Shop) -> None:
    ours.account.save_settings("ann", Settings(history=False))
    assert ours.asked("ann", Request("a mug", history=("MUG-1",))).history == ()
    assert ours.asked("ann", Request("", history=("MUG-1",), about=("MUG-2",))).history == ()
    assert ours.asked(None, Request("", history=("MUG-1",))).history == ("MUG-1",), "nobody has switched anything off"
    conversation_id = ours.service.start("ann")
    with pytest.raises(RequestError, match="your history is switched off"):
        next(ours.service.say(conversation_id, Request("", history=("MUG-1",))))
    assert ours.service.turns(conversation_id) == []


def test_forgetting_takes_histories_out_of_the_open_conversation(ours: Shop, caplog: pytest.LogCaptureFixture) -> None:
    conversation_id, bobs = ours.service.start("ann"), ours.service.start("bob")
    for request in (Request("a mug", count=1, history=("MUG-1",)), Request("", count=1, history=("MUG-1",))):
        list(ours.service.say(conversation_id, request))
        list(ours.service.say(bobs, request))
    before, of_bob = ours.service.turns(conversation_id), ours.service.turns(bobs)
    ours.account.forget("ann", keep_conversation=conversation_id)
    turns = ours.service.turns(conversation_id)
    assert [turn.message for turn in turns] == [turn.message for turn in before]
    assert [turn.request for turn in turns] == [Request("a mug", count=1), None, None, None]
    assert [turn.made_by for turn in turns] == [turn.made_by for turn in before]
    assert not caplog.records
    with pytest.raises(RequestError, match="the request is empty"):
        ours.service.take_back(conversation_id)
    assert ours.service.turns(bobs) == of_bob


def test_what_has_no_semantic_id_is_no_part_of_a_history(ours: Shop) -> None:
    with ours.database.session() as session:
        sid_table.save_codebook_version(session, "a" * 64, {}, NOW)
        ids = ids_by_sku(session, ["MUG-1"])
        sid_table.save_sids(session, "a" * 64, list(ids.values()), ["kitchen"], [(3, 1, 0)])
    for sku in ("MUG-1", "MUG-2"):
        ours.account.viewed("ann", sku)
    assert ours.asked("ann", Request("like this", about=("MUG-1", "MUG-2"))).history == ("MUG-1",)
    conversation_id = ours.service.start()
    list(ours.service.say(conversation_id, Request("like these", about=("MUG-1", "MUG-2"))))
    asked = ours.service.turns(conversation_id)[0]
    assert asked.message.items == (ItemPart(Sid("kitchen", (3, 1, 0)), "MUG-1"),)
    assert sorted(asked.products) == ["MUG-1", "MUG-2"]


def test_what_was_dismissed_is_not_named_and_is_no_history(ours: Shop) -> None:
    ours.account.viewed("ann", "MUG-1")
    ours.account.viewed("ann", "MUG-2")
    ours.account.dismiss("ann", "MUG-2")
    asked = ours.asked("ann", Request("a mug", dismissed=("MUG-4",)))
    assert (asked.dismissed, asked.history) == (("MUG-4", "MUG-2"), ("MUG-1",))
    assert ours.asked("bob").dismissed == ()
    conversation_id = ours.service.start("ann")
    list(ours.service.say(conversation_id, Request("everything", count=20)))
    assert "MUG-2" not in ours.service.shown(conversation_id)


def test_what_the_shop_adds_is_not_stored_with_the_turn(ours: Shop) -> None:
    ours.account.viewed("ann", "MUG-1")
    ours.account.dismiss("ann", "MUG-2")
    conversation_id = ours.service.start("ann")
    list(ours.service.say(conversation_id, Request("a mug")))
    assert ours.service.take_back(conversation_id) == Request("a mug")


def test_no_taste_profile_without_leave_or_history(ours: Shop) -> None:
    profile = Request("what do I like?", task=Task.PROFILE)
    conversation_id = ours.service.start("ann")
    with pytest.raises(RequestError, match="no history"):
        next(ours.service.say(conversation_id, profile))
    ours.account.viewed("ann", "MUG-1")
    assert list(ours.service.say(conversation_id, profile))
    before = ours.service.turns(conversation_id)
    ours.account.save_settings("ann", Settings(taste=False))
    with pytest.raises(RequestError, match="switched off"):
        next(ours.service.say(conversation_id, profile))
    with pytest.raises(RequestError, match="switched off"):
        next(ours.service.say(conversation_id, Request("and now?", task=Task.PROFILE, history=("MUG-1",))))
    assert ours.service.turns(conversation_id) == before
    assert ours.asked("ann").history == ("MUG-1",), "without a profile the history still steers what is recommended"


def test_two_tabs_of_one_shopper(ours: Shop) -> None:
    conversation_id, second = ours.service.start("ann"), ours.service.start("ann")
    running = ours.service.say(conversation_id, Request("a mug"))
    next(running)
    assert list(ours.service.say(second, Request("a boot"))), "another conversation goes on"
    for refused in (
        lambda: next(ours.service.say(conversation_id, Request("a boot"))),
        lambda: ours.service.take_back(conversation_id),
        lambda: ours.service.take_back(conversation_id, ours.service.turns(conversation_id)[0].id),
    ):
        with pytest.raises(RequestError, match=r"already has a reply under way \(wait for it, or stop it\)"):
            refused()
    list(running)
    reply = ours.service.turns(conversation_id)[1].id
    ours.service.take_back(conversation_id)
    with pytest.raises(RequestError, match="no such turn"):
        ours.service.take_back(conversation_id, reply)
    with pytest.raises(CatalogError, match="no such reply"):
        ours.service.rate(conversation_id, reply, True)


@pytest.mark.parametrize("kept", [True, False])
def test_forgetting_in_mid_reply(ours: Shop, kept: bool) -> None:
    conversation_id = ours.service.start("ann")
    stop = threading.Event()
    running = ours.service.say(conversation_id, Request("a mug"), stop)
    next(running)
    ours.account.forget("ann", keep_conversation=conversation_id if kept else None)
    assert list(running), "the reply itself is not disturbed"
    assert ours.service.resume(conversation_id, "ann") is kept
    if kept:
        assert len(ours.service.turns(conversation_id)) == 2


def test_a_shared_conversation_shows_messages_and_products_and_nothing_else(ours: Shop) -> None:
    ours.account.viewed("ann", "MUG-1")
    conversation_id = ours.service.start("ann")
    ours.replier.enqueue(TextDelta("Take "), found(2), DONE)
    list(ours.service.say(conversation_id, Request("a mug", dismissed=("MUG-5",))))
    turns = ours.service.turns(conversation_id)
    ours.service.rate(conversation_id, turns[1].id, False, "too dear")
    token = ours.service.share(conversation_id)
    list(ours.service.say(conversation_id, Request("a secret")))

    seen = ours.service.shared(token)
    assert seen is not None
    assert [turn.message for turn in seen] == [turn.message for turn in turns], "what was said later is not shown"
    assert list(seen[1].products) == ["MUG-2"]
    for turn in seen:
        assert (turn.id, turn.request, turn.feedback) == (0, None, None)
        assert set(turn.made_by) <= {"understood", "notices", "total"}

    assert ours.service.revoke(conversation_id) == 1
    assert ours.service.shared(token) is None
    for nonsense in ("", "x", "a\x00b", conversation_id, "é" * 43):
        assert ours.service.shared(nonsense) is None
