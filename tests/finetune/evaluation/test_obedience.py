"""What counts as keeping to what was asked, on replies made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from finetune.evaluation.obedience import keeps_format, obedience
from finetune.evaluation.reading import Reading
from finetune.evaluation.replies import Reply
from finetune.evaluation.shelf import Shelf, make_shelf
from finetune.examples.example import Example
from neo_assistant.messages import Message
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import Want
from tests.finetune.examples.small_shop import FACETS, SCHEME, make_shop


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return make_shelf(make_shop().items, SCHEME, FACETS, "", "USD")


def example(format: Format = Format.MIXED, types: tuple[str, ...] = (), hidden: str = "") -> Example:
    steering = Steering(Task.CHAT, types, format, 2)
    return Example("search", steering, (Message.shopper("x"),), Message.assistant("y"), hidden=Want.parse(hidden))


def reply(sids: tuple[str | None, ...], words: str = "Here:", want: tuple[str, ...] = (), meant: int = 1) -> Reply:
    return Reply(
        0, "search", Reading(("kind: mug",), ("kitchen:0-0-0",) * meant, True), Reading(want, sids, True, words)
    )


def sids_of(shelf: Shelf, kind: str, count: int) -> tuple[str, ...]:
    return tuple(str(item.sid) for item in shelf.shop.by_kind[kind][:count])


def test_mugs_where_mugs_were_asked_for(shelf: Shelf) -> None:
    mugs, boots = sids_of(shelf, "mug", 2), sids_of(shelf, "rain boot", 1)
    for sids, asked, read in ((mugs, 1.0, 0.0), (boots, 0.0, 1.0), ((*mugs, None), 0.0, 0.0)):
        found = obedience([reply(sids, want=("kind: rain boot",))], {0: example()}, shelf)
        assert found["conditions_asked"]["mean"] == asked, sids
        assert found["conditions_read"]["mean"] == read, sids
        assert found["type"] is None


def test_types_counts_and_repeats(shelf: Shelf) -> None:
    mugs, boots = sids_of(shelf, "mug", 3), sids_of(shelf, "rain boot", 1)
    kitchen = {0: example(types=("kitchen",))}
    assert obedience([reply(mugs[:1])], kitchen, shelf)["type"]["mean"] == 1
    assert obedience([reply((*mugs[:1], *boots))], kitchen, shelf)["type"]["mean"] == 0
    assert obedience([reply((None,))], kitchen, shelf)["type"]["mean"] == 0
    assert obedience([reply(mugs)], kitchen, shelf)["count"]["mean"] == 0
    assert obedience([reply(mugs, meant=3)], kitchen, shelf)["count"] is None, "words may ask for more than the option"
    assert obedience([reply((mugs[0], mugs[0]))], kitchen, shelf)["no_repeats"]["mean"] == 0
    assert obedience([reply(())], kitchen, shelf)["type"] is None, "who names nothing names nothing wrong"


def test_what_the_words_do_not_say_counts_too(shelf: Shelf) -> None:
    item = next(item for item in shelf.shop.by_kind["mug"] if not item.in_stock)
    asked = {0: example(hidden="in stock")}
    assert obedience([reply((str(item.sid),))], asked, shelf)["conditions_asked"]["mean"] == 0


def test_a_condition_that_is_none_is_not_met(shelf: Shelf) -> None:
    found = obedience([reply(sids_of(shelf, "mug", 1), want=("kind = mug",))], {0: example()}, shelf)
    assert found["conditions_read"]["mean"] == 0


@pytest.mark.parametrize(
    ("format", "sids", "words", "kept"),
    [
        (Format.IDS, ("kitchen:0-0-0",), "", True),
        (Format.IDS, ("kitchen:0-0-0",), "Here:", False),
        (Format.IDS, (), "", False),
        (Format.TEXT, (), "A mug.", True),
        (Format.TEXT, (), "", False),
        (Format.TEXT, ("kitchen:0-0-0",), "A mug.", False),
        (Format.MIXED, (), "Nothing.", True),
        (Format.MIXED, ("kitchen:0-0-0",), "", False),
    ],
)
def test_formats(format: Format, sids: tuple[str, ...], words: str, kept: bool) -> None:
    assert keeps_format(reply(sids, words), example(format)) is kept
    if format is Format.IDS and not sids:
        assert keeps_format(replace(reply(sids, words), meant=Reading((), (), True)), example(format))
