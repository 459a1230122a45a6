"""Who a page belongs to, and what belongs to its shopper."""

from __future__ import annotations

import json

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from neo_assistant.errors import RequestError
from neo_assistant.events import TextDelta
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.steering import Format, Task
from neo_assistant.ui.handlers import account, draw
from neo_assistant.ui.handlers.actions import act
from neo_assistant.ui.handlers.chat import ChatHandlers
from neo_assistant.ui.handlers.choices import filter_values, steered_values
from neo_assistant.ui.handlers.told import Told
from neo_assistant.ui.session import ChatSession, Steered
from neo_assistant.ui.shared_page import shared_messages
from tests.neo_assistant.ui.handlers.conftest import new_page
from tests.neo_assistant.ui.shopping import ask, make_shop, seen
from tests.neo_assistant.ui_products import DONE


def kept_by(chat: ChatHandlers, session: ChatSession) -> dict[str, object]:
    """What the browser has after the page's last event, having been through JSON."""
    kept: dict[str, object] = json.loads(json.dumps(session.kept(chat.shop.identities.signed(session.shopper))))
    return kept


def test_a_reload_and_a_restart_find_everything_again(chat: ChatHandlers, session: ChatSession, shop: Database) -> None:
    ask(chat, session, "a mug")
    act(chat, session, "cart", "MUG-1")
    act(chat, session, "compare", "MUG-2")
    session.filters = Conditions(max_price=2000, in_stock=True)
    session.steered = Steered(task=Task.SEARCH, count=2)
    kept = kept_by(chat, session)
    for again in (chat, ChatHandlers(make_shop(shop, ScriptedReplier(shop)))):
        page = new_page(again, kept)
        assert page.shopper == session.shopper
        assert again.current(page) == chat.current(session)
        assert "Mug number 1" in draw.lists(again, page)[0]
        assert (page.filters, page.steered, page.compared) == (session.filters, session.steered, ["MUG-2"])


@pytest.mark.parametrize(
    "kept",
    [
        *(
            None,
            "",
            [],
            {},
            7,
            {"shopper": None},
            {"shopper": {"a": 1}},
            {"shopper": "web-a.0"},
            {"shopper": "shopper-1"},
        ),
        {"conversation": "x", "filters": 3, "steered": [], "compared": {"a": 1}},
    ],
)
def test_what_makes_no_sense_is_a_fresh_start(chat: ChatHandlers, kept: object) -> None:
    page = new_page(chat, kept)
    assert page.shopper.startswith("web-")
    assert page == ChatSession(shopper=page.shopper)
    assert chat.current(page) == []


@pytest.mark.parametrize(
    "forged",
    [
        {"conversation": "00000000-0000-0000-0000-000000000000"},
        {"conversation": ["x"]},
        {"conversation": "\x00"},
        {"conversation": "\ud800"},
        {"filters": {"sql": "1=1"}, "steered": {"task": "profile", "types": [], "format": "ids", "count": 1}},
        {"filters": {"min_price": -1}, "compared": [1, None]},
    ],
)
def test_of_a_genuine_shopper_only_what_holds_is_taken(
    chat: ChatHandlers, session: ChatSession, forged: dict[str, object]
) -> None:
    page = new_page(chat, {**kept_by(chat, session), **forged})
    assert page == ChatSession(shopper=session.shopper)


def test_what_is_no_longer_offered_is_not_brought_back(chat: ChatHandlers, session: ChatSession) -> None:
    session.filters = Conditions(
        item_types=frozenset({"kitchen", "gone"}), brands=frozenset({"Claywork", "Gone"}), in_stock=True
    )
    session.steered = Steered(types=("gone",), count=4)
    page = new_page(chat, kept_by(chat, session))
    assert page.steered == Steered(count=4)
    kept = Conditions(item_types=frozenset({"kitchen"}), brands=frozenset({"Claywork"}), in_stock=True)
    assert page.filters == kept
    fields = filter_values(page.filters, "USD"), steered_values(page.steered)
    Told(*fields, {"filters": 1, "steering": 1}).take(page, chat.shop.offer)
    assert page.filters == kept, "what the fields show can be sent back with the next change"


def test_two_shoppers_see_nothing_of_each_other(chat: ChatHandlers, session: ChatSession) -> None:
    other = new_page(chat)
    ask(chat, session, "a mug for me")
    act(chat, session, "cart", "MUG-1")
    act(chat, session, "dismiss", "MUG-2")
    ask(chat, other, "mug number")
    assert session.shopper != other.shopper
    assert "a mug for me" not in str(chat.current(other))
    assert "Mug number 1" not in "".join(draw.lists(chat, other))
    assert "Mug number 2" in str(chat.current(other)), "only the one who dismissed it is spared"
    assert [one.title for one in account.earlier(chat, other)] == ["mug number"]

    # Not even with the other's conversation in a browser of one's own.
    stolen = new_page(chat, {**kept_by(chat, other), "conversation": session.conversation_id})
    assert stolen.conversation_id is None
    assert act(chat, other, "reopen", str(session.conversation_id)).refused
    assert "a mug for me" not in str(chat.current(other))


def test_two_tabs_share_the_shopper_and_not_what_is_being_done(chat: ChatHandlers, session: ChatSession) -> None:
    ask(chat, session, "a mug")
    tab = new_page(chat, kept_by(chat, session))
    act(chat, tab, "cart", "MUG-1")
    assert "Mug number 1" in draw.lists(chat, session)[0]
    chat.start_again(tab)
    ask(chat, tab, "a boot")
    assert seen(chat.current(session))[0] == "a mug"
    assert [one.title for one in account.earlier(chat, session)] == ["a boot", "a mug"]


def test_earlier_conversations_are_reopened(chat: ChatHandlers, session: ChatSession) -> None:
    ask(chat, session, "a mug")
    first = session.conversation_id
    chat.start_again(session)
    ask(chat, session, "a boot")
    assert "a mug" in draw.earlier_html(account.earlier(chat, session))
    act(chat, session, "reopen", str(first))
    assert seen(chat.current(session))[0] == "a mug"


def test_history_is_shown_used_and_forgotten(
    chat: ChatHandlers, session: ChatSession, replier: ScriptedReplier
) -> None:
    act(chat, session, "wish", "MUG-1")
    ask(chat, session, "a boot")
    assert replier.requests[-1][1].history == ("MUG-1",)
    account.remember(chat, session, history=False, taste=True)
    ask(chat, session, "a boot")
    assert replier.requests[-1][1].history == ()
    assert chat.shop.usable_past(session.shopper) == []
    assert "Mug number 1" in draw.lists(chat, session)[3], "what is recorded stays in sight until it is deleted"
    outcome = act(chat, session, "history-clear", "")
    assert "1 entry" in outcome.said
    assert chat.shop.past(session.shopper) == []


def test_taste_is_described_from_the_history(
    chat: ChatHandlers, session: ChatSession, replier: ScriptedReplier
) -> None:
    assert act(chat, session, "taste", "").refused, "there is nothing to describe"
    act(chat, session, "wish", "MUG-1")
    replier.enqueue(TextDelta("You like mugs."), DONE)
    assert not act(chat, session, "taste", "").refused
    assert "reading your history" in draw.lists(chat, session)[4]
    assert list(account.describe_taste(chat, session)) == [None]
    request = replier.requests[-1][1]
    assert (request.task, request.format, request.history) == (Task.PROFILE, Format.TEXT, ("MUG-1",))
    taste = draw.lists(chat, session)[4]
    assert "You like mugs" in taste
    assert "Mug number 1" in taste
    assert account.earlier(chat, session) == [], "it is no conversation"
    account.remember(chat, session, history=True, taste=False)
    assert "You like mugs" not in draw.lists(chat, session)[4]
    assert act(chat, session, "taste", "").refused
    assert list(account.describe_taste(chat, session)) == []


def test_a_shared_link_is_read_only_and_can_be_taken_back(chat: ChatHandlers, session: ChatSession) -> None:
    with pytest.raises(RequestError, match="nothing has been said"):
        account.share(chat, session)
    ask(chat, session, "a mug")
    token = account.share(chat, session)
    ask(chat, session, "a secret wish")
    shown = shared_messages(chat.shop.conversations, token)
    assert shown is not None
    assert [message["role"] for message in shown] == ["user", "assistant"]
    assert "<button" not in str(shown)
    assert "secret wish" not in str(shown)
    assert "opens nothing" in account.revoke(chat, session).said
    assert shared_messages(chat.shop.conversations, token) is None
    assert shared_messages(chat.shop.conversations, "made up") is None


def test_a_conversation_is_exported_by_its_owner(chat: ChatHandlers, session: ChatSession) -> None:
    with pytest.raises(RequestError, match="nothing has been said"):
        account.export(chat, session, "json")
    ask(chat, session, "a mug")
    assert "a mug" in json.dumps(json.loads(account.export(chat, session, "json")))
    assert "a mug" in account.export(chat, session, "markdown")


def test_a_reply_can_be_had_without_words(chat: ChatHandlers, session: ChatSession, replier: ScriptedReplier) -> None:
    with pytest.raises(RequestError, match="nothing to go by"):
        chat.say_nothing(session)
    session.filters = Conditions(max_price=1300)
    assert chat.say_nothing(session)
    list(chat.answer(session))
    act(chat, session, "wish", "MUG-1")
    chat.say_nothing(session)
    list(chat.answer(session))
    assert replier.requests[-1][1].text == ""
    assert replier.requests[-1][1].history == ("MUG-1",)
    assert replier.requests[-1][1].conditions == Conditions(max_price=1300)
