"""What programs ask and get, without a server."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog_db.database import Database
from catalog_db.errors import CatalogError
from neo_assistant.api_types import Answer, ChatAnswer, Failure, Options, RecommendRequest
from neo_assistant.conversation import ConversationService
from neo_assistant.events import TextDelta
from neo_assistant.programs import Programs
from neo_assistant.request import MAX_WORDS, Format, Task
from neo_assistant.scripted import ScriptedReplier
from tests.neo_assistant.ui_products import DONE, found

SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


@pytest.fixture
def conversations(shop: Database, replier: ScriptedReplier) -> ConversationService:
    return ConversationService(shop, replier)


@pytest.fixture
def programs(shop: Database, replier: ScriptedReplier, conversations: ConversationService) -> Programs:
    return Programs(shop, replier, conversations, 3)


def problem(answer: dict[str, Any]) -> dict[str, Any]:
    """The error of a failure, which any program can read."""
    Failure.model_validate(answer)
    json.dumps(answer, allow_nan=False).encode()
    return answer["error"]


def test_a_request_is_answered_with_products(programs: Programs) -> None:
    answer = programs.recommend({"text": "a mug under $20", "count": 2})
    Answer.model_validate(answer)
    assert [product["sku"] for product in answer["products"]] == ["MUG-1", "MUG-2"]
    assert answer["want"]["conditions"] == [{"name": "max_price", "value": 20.0}]
    assert answer["want"]["phrases"] == ["under $20"]
    assert answer["want"]["items_left"] == 4
    assert answer["status"] == "complete"
    assert answer["made_by"] == {"engine": "scripted"}


def test_every_part_of_a_request_reaches_the_assistant(programs: Programs, replier: ScriptedReplier) -> None:
    sent = {
        "text": "something like these",
        "history": ["MUG-1", "MUG-2"],
        "about": ["MUG-2"],
        "task": "goes with",
        "types": ["kitchen"],
        "format": "ids",
        "count": 4,
        "max_price": 19.99,
        "min_price": 5,
        "brands": ["Claywork"],
        "attributes": {"colour": ["blue", "brown"]},
        "min_rating": 4,
        "in_stock": True,
        "conditions": {"max_price": 1800, "also": [{"attributes": {"colour": ["blue"]}}]},
        "dismissed": ["MUG-3", "GONE"],
        "counts": {"mug": 2},
        "budget": 50.5,
        "want": " kind: mug;",
    }
    assert set(sent) == set(RecommendRequest.model_fields)
    Answer.model_validate(programs.recommend(sent))
    [(earlier, request)] = replier.requests
    assert earlier == ()
    assert request.history == ("MUG-1", "MUG-2")
    assert request.about == ("MUG-2",)
    assert (request.task, request.types, request.format) == (Task.GOES_WITH, ("kitchen",), Format.IDS)
    assert (request.count, request.budget, request.want) == (4, 5050, " kind: mug;")
    assert request.counts == (("mug", 2),)
    assert request.dismissed == ("MUG-3", "GONE")
    assert request.conditions.to_dict() == {
        "brands": ["Claywork"],
        "attributes": {"colour": ["blue"]},
        "min_price": 500,
        "max_price": 1800,
        "min_rating": 4.0,
        "in_stock": True,
    }


def test_what_is_left_out_is_the_shops(programs: Programs, replier: ScriptedReplier) -> None:
    programs.recommend({"history": ["MUG-1"]})
    [(_, request)] = replier.requests
    assert request.to_dict() == {"text": "", "history": ["MUG-1"]}


@pytest.mark.parametrize(
    ("sent", "field", "match"),
    [
        (None, None, "not an object"),
        ([], None, "not an object"),
        ("a mug", None, "not an object"),
        ({}, None, "empty"),
        ({"text": "  "}, None, "empty"),
        ({"text": 5}, "text", "string"),
        ({"text": "x" * (MAX_WORDS + 1)}, "text", "2000"),
        ({"text": "a\x00"}, "text", "U\\+0000"),
        ({"text": "a\ud800"}, "text", "surrogate"),
        ({"text": "a", "colour": "blue"}, "colour", "'colour' is not part"),
        ({"text": "a", "\ud800": 1}, None, "surrogate"),
        ({"text": "a", "\x1b": 1}, "\ufffd", "not part"),
        ({"text": "a", "history": "MUG-1"}, "history", "list"),
        ({"text": "a", "history": ["MUG-1", 2]}, "history.1", "string"),
        ({"text": "a", "history": ["NONE"]}, "history", "no product with SKU"),
        ({"text": "a", "about": ["MUG-1"] * 6}, "about", "at most 5"),
        ({"text": "a", "about": ["NONE"]}, "about", "no product with SKU"),
        ({"text": "a", "about": ["\x00"]}, "about.0", "U\\+0000"),
        ({"text": "a", "task": "dance"}, "task", "should be"),
        ({"text": "a", "format": 1}, "format", "should be"),
        ({"text": "a", "count": "3"}, "count", "integer"),
        ({"text": "a", "count": True}, "count", "integer"),
        ({"text": "a", "count": 0}, "count", "greater"),
        ({"text": "a", "count": 21}, "count", "less"),
        ({"text": "a", "types": ["cars"]}, "types", "no product on sale"),
        ({"text": "a", "brands": ["Nobody"]}, "brands", "no product on sale"),
        ({"text": "a", "attributes": {"colour": ["plaid"]}}, "attributes", "no product on sale"),
        ({"text": "a", "attributes": {"colour": []}}, "attributes.colour", "at least 1"),
        ({"text": "a", "attributes": {"colour\x00": ["x"]}}, "attributes.colour\ufffd", "U\\+0000"),
        ({"text": "a", "max_price": "5"}, "max_price", "number"),
        ({"text": "a", "max_price": float("nan")}, "max_price", ""),
        ({"text": "a", "max_price": float("inf")}, "max_price", ""),
        ({"text": "a", "max_price": -1}, "max_price", "greater"),
        ({"text": "a", "max_price": 999_999_999}, "max_price", "more than any price"),
        ({"text": "a", "min_price": 30, "max_price": 20}, "max_price", "nothing can be both"),
        ({"text": "a", "min_rating": 6}, "min_rating", "less"),
        ({"text": "a", "in_stock": 1}, "in_stock", "boolean"),
        ({"text": "a", "conditions": {"sql": "stock > 3"}}, "conditions.sql", "the shop's own"),
        ({"text": "a", "conditions": {"also": [{"sql": "1 = 1"}]}}, "conditions.also.0.sql", "the shop's own"),
        ({"text": "a", "sql": "1 = 1"}, "sql", "the shop's own"),
        ({"text": "a", "conditions": {"max_price": 5.5}}, "conditions.max_price", "integer"),
        ({"text": "a", "conditions": {"also": [{"also": []}]}}, "conditions.also.0.also", "not part"),
        ({"text": "a", "conditions": {"brands": ["Nobody"]}}, "conditions", "no product on sale"),
        ({"text": "a", "conditions": {"min_price": 5, "max_price": 3}}, "conditions", "above"),
        ({"text": "a", "brands": ["Claywork"], "conditions": {"brands": ["Fellstep"]}}, "conditions", "both"),
        ({"text": "a", "counts": {"mug": 0}}, "counts.mug", "greater"),
        ({"text": "a", "counts": {"car": 1}}, "counts", "type or kind"),
        ({"text": "a", "counts": {"mug": 12, "footwear": 12}}, None, "at most 20"),
        ({"text": "a", "budget": 0}, "budget", "greater"),
        ({"text": "a", "budget": 5, "format": "text"}, None, "text alone"),
        ({"text": "a", "want": "cheap;"}, "want", "not a condition"),
        ({"text": "a", "want": "kind: car;"}, "want", "no product on sale"),
        ({"text": "a", "want": "in stock; in stock;"}, None, "twice"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    programs: Programs, replier: ScriptedReplier, sent: Any, field: str | None, match: str
) -> None:
    error = problem(programs.recommend(sent))
    assert error["field"] == field
    assert re.search(match, error["message"])
    assert replier.requests == []


def test_a_fault_of_the_shop_is_told_without_its_inside(programs: Programs, replier: ScriptedReplier) -> None:
    replier.enqueue(TextDelta("Take "), ValueError("secret"))
    assert problem(programs.recommend({"text": "a"}))["message"] == "something went wrong on the shop's side"
    replier.enqueue(CatalogError("the database is locked", "wait"))
    assert problem(programs.recommend({"text": "a"})) == {
        "message": "the database is locked",
        "hint": "wait",
        "field": None,
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
NEARLY = st.fixed_dictionaries({"text": st.just("a mug")}, optional=dict.fromkeys(Options.model_fields, JSON))


@SHARED
@given(sent=JSON | NEARLY)
def test_whatever_is_sent_is_answered_in_json(programs: Programs, sent: Any) -> None:
    for answer in (
        programs.recommend(sent),
        programs.chat(sent),
        programs.chat("a", sent),
        programs.chat("a", None, sent),
    ):
        json.dumps(answer, allow_nan=False).encode()
        if "error" in answer:
            Failure.model_validate(answer)
        else:
            Answer.model_validate({name: value for name, value in answer.items() if name != "conversation_id"})


def test_a_conversation_goes_on_under_the_id_that_was_told(programs: Programs, replier: ScriptedReplier) -> None:
    first = programs.chat("a mug")
    ChatAnswer.model_validate(first)
    second = programs.chat("a cheaper one", first["conversation_id"], {"count": 1})
    assert second["conversation_id"] == first["conversation_id"]
    assert len(second["products"]) == 1
    (earlier, request) = replier.requests[-1]
    assert [message.role for message in earlier] == ["shopper", "assistant"]
    assert [item.sku for item in earlier[1].items] == [product["sku"] for product in first["products"]]
    assert request.text == "a cheaper one"
    assert programs.chat("a mug")["conversation_id"] != first["conversation_id"]


def test_a_shoppers_conversation_is_no_programs(
    programs: Programs, conversations: ConversationService, replier: ScriptedReplier
) -> None:
    theirs = conversations.start("web-somebody")
    refused = [problem(programs.chat("a mug", known)) for known in (theirs, "made-up", "", "\u2603")]
    assert {error["message"] for error in refused} == {"there is no such conversation"}
    assert {error["field"] for error in refused} == {"conversation_id"}
    assert conversations.turns(theirs) == []
    assert replier.requests == []


def test_a_turn_that_is_refused_begins_no_conversation(
    programs: Programs, conversations: ConversationService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "start", lambda *_: pytest.fail("a conversation was begun"))
    assert problem(programs.chat(""))["message"] == "the request is empty"
    assert problem(programs.chat("a", None, {"brands": ["Nobody"]}))["field"] == "options.brands"
    assert problem(programs.chat("a", None, {"text": "b"}))["field"] == "options.text"
    assert problem(programs.chat("a", None, {"conditions": {"sql": "1"}}))["field"] == "options.conditions.sql"
    assert problem(programs.chat(5))["field"] == "message"


def test_a_turn_that_fails_leaves_its_conversation_open(programs: Programs, replier: ScriptedReplier) -> None:
    replier.enqueue(CatalogError("not now"))
    failed = programs.chat("a mug")
    assert problem(failed)["message"] == "not now"
    assert programs.chat("a mug", failed["conversation_id"])["conversation_id"] == failed["conversation_id"]


def test_a_stream_grows_up_to_the_whole_reply(programs: Programs, replier: ScriptedReplier) -> None:
    replier.enqueue(TextDelta("Take "), TextDelta("this: "), found(1), DONE)
    seconds = iter(range(100))
    sent = list(programs.chat_stream("a mug", clock=lambda: float(next(seconds))))
    for answer in sent:
        ChatAnswer.model_validate(answer)
    assert [(answer["status"], answer["text"], len(answer["products"])) for answer in sent] == [
        ("waiting", "", 0),
        ("writing", "Take ", 0),
        ("writing", "Take this: ", 0),
        ("writing", "Take this: ", 1),
        ("complete", "Take this: ", 1),
    ]
    replier.enqueue(TextDelta("Take "), TextDelta("this: "), found(1), DONE)
    assert [answer["status"] for answer in programs.chat_stream("a", clock=lambda: 0.0)] == ["waiting", "complete"]


def test_who_stops_listening_stops_the_reply(
    programs: Programs, replier: ScriptedReplier, conversations: ConversationService
) -> None:
    replier.enqueue(TextDelta("Take "), TextDelta("this: "), found(1), DONE)
    seconds = iter(range(100))
    stream = programs.chat_stream("a mug", clock=lambda: float(next(seconds)))
    conversation_id = next(stream)["conversation_id"]
    assert next(stream)["text"] == "Take "
    stream.close()
    assert [turn.message.text for turn in conversations.turns(conversation_id)] == ["a mug", "Take "]
    assert programs.chat("again", conversation_id)["status"] == "complete"


def test_options_of_a_turn_are_those_of_a_request_without_its_words() -> None:
    assert set(RecommendRequest.model_fields) - set(Options.model_fields) == {"text"}
