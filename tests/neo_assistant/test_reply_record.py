"""What a reply leaves behind for the shop's records."""

from __future__ import annotations

from neo_assistant.events import Done, Notice, TextDelta, Timings, Total, WantFound
from neo_assistant.messages import Message, WantPart
from neo_assistant.reply_record import ReplyRecord
from neo_assistant.waking import WAKING_UP
from tests.neo_assistant.ui_products import found


def test_what_was_to_blame_is_recorded_for_programs_and_for_people() -> None:
    record = ReplyRecord()
    for event in (
        Notice(WAKING_UP, "Waking up"),
        WantFound(" price < 4; found 0", ("under $4",), 0),
        Notice("nothing-matches", "Nothing matches.", "max_price", "under $4"),
        Notice("nothing-matches", "Nothing matches that.", ""),
        Notice("too-long", "The reply was cut short here."),
        Done(Timings(), made_by={"checkpoint": "tiny"}, total=Total(500, "USD")),
    ):
        record.add(event)
    made_by = record.made_by()
    assert made_by["notices"] == [
        {"code": "nothing-matches", "text": "Nothing matches.", "condition": "max_price", "phrase": "under $4"},
        {"code": "nothing-matches", "text": "Nothing matches that.", "condition": "", "phrase": ""},
        {"code": "too-long", "text": "The reply was cut short here."},
    ]
    assert made_by["understood"] == {"phrases": ["under $4"], "items_left": 0}
    assert (made_by["complete"], made_by["checkpoint"]) == (True, "tiny")
    assert made_by["total"] == {"minor": 500, "currency": "USD"}


def test_the_message_is_what_was_shown_in_its_order() -> None:
    record = ReplyRecord()
    assert record.is_empty
    item = found(1)
    for event in (WantFound(" found 7", (), 7), TextDelta("A "), TextDelta("mug: "), item, TextDelta(".")):
        record.add(event)
    message = record.message()
    assert message.parts[:1] == (WantPart(" found 7"),)
    assert message.text == "A mug: ."
    assert [part.sku for part in message.items] == ["MUG-1"]
    assert message == Message.from_dict(message.to_dict())
    assert record.made_by()["complete"] is False
