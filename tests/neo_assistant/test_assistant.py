"""Whole replies over a small shop: by random models, what must hold for any; by scripted ones, what they were asked."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.errors import ConditionError, UnknownProductError
from catalog_db.products import ProductRecord, save_products
from catalog_db.rows import ProductRow
from neo_assistant.assistant import Assistant
from neo_assistant.conversation import ConversationService
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, ItemFound, Notice, WantFound
from neo_assistant.messages import ItemPart, Message, Role, WantPart
from neo_assistant.request import Request
from neo_assistant.sids import Sid
from neo_assistant.steering import Format, Task
from neo_assistant.turn import MAX_TURNS, NO_SID, NO_WORDS, NOTHING_MATCHES
from neo_assistant.want import Want, found_words
from tests.neo_assistant.asking import MUGS, ask, codes, item, prompt_of, showed, unplaced
from tests.neo_assistant.serving import (
    RETIRED,
    SKUS,
    Watched,
    fill,
    items_of,
    make_assistant,
    make_rows,
    meets,
    only,
    products,
    random_model,
    reply,
    retire,
    scripted,
    sid_of,
    text_of,
    until,
)
from tests.neo_assistant.ui_products import NOW


@pytest.fixture
def shop(serving_shop: Database) -> Database:
    return serving_shop


@pytest.fixture
def own_shop(own_serving_shop: Database) -> Database:
    return own_serving_shop


# -- what holds for any model ------------------------------------------------------------------------------------------

REQUESTS = {
    "plain": Request("a blue mug for less than 20 or 45.50, rated 4"),
    "types": Request("something under 30", types=("shoes",), count=5),
    "conditions": Request("rated 3", conditions=Conditions(max_price=3000, in_stock=True), count=20),
    "dismissed": Request("anything", conditions=Conditions(attributes={"kind": ("mug",)}), dismissed=MUGS[:4]),
    "colours": Request("9", types=("kitchen",), conditions=Conditions(attributes={"colour": ("blue", "red")}), count=1),
}


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize(
    ("format", "seed", "temperature", "beams"),
    [
        (Format.IDS, 0, 0.0, 1),
        (Format.IDS, 3, 1.0, 2),
        (Format.MIXED, 1, 0.0, 8),
        (Format.MIXED, 4, 1.0, 8),
    ],
)
def test_whatever_the_model_every_item_is_on_sale_and_meets_all_conditions(
    shop: Database, name: str, format: Format, seed: int, temperature: float, beams: int
) -> None:
    request, known = replace(REQUESTS[name], format=format), products(shop)
    said = showed(1, 5, 6)
    sampling = {"temperature": temperature, "seed": seed, "beams": beams}
    events = ask(shop, random_model(seed), request, said, max_tokens=150 if format is Format.IDS else 80, **sampling)
    named, found = items_of(events), only(events, WantFound)
    assert isinstance(events[-1], Done)
    want = Want.parse(found.want)
    shown = {"P-01", "P-05", "P-06"}
    prices = [known[sku].price_minor for sku in sorted(shown)]
    conditions = want.conditions([price for price in prices if price is not None])

    def may_be_named(product: ProductRecord) -> bool:
        return (
            product.active
            and (not request.types or product.item_type in request.types)
            and meets(product, request.conditions)
            and meets(product, conditions)
            and product.sku not in request.dismissed
            and not (want.not_shown and product.sku in shown)
        )

    eligible = {sku for sku, product in known.items() if may_be_named(product)}
    assert set(named) <= eligible
    assert len(set(named)) == len(named) <= request.count
    assert found.items_left == len(eligible)
    assert found.want.endswith(found_words(len(eligible)))
    if format is Format.IDS:
        assert len(named) == min(request.count, len(eligible))
        assert not text_of(events)
    assert (NOTHING_MATCHES in codes(events)) == (not eligible)
    for event in events:
        if isinstance(event, ItemFound):
            assert event.sid == sid_of(SKUS.index(event.product.sku))
            assert event.product == known[event.product.sku]


@pytest.mark.parametrize(
    ("task", "format"),
    [(Task.CHAT, Format.TEXT), (Task.DESCRIBE, Format.MIXED), (Task.COMPARE, Format.MIXED), (Task.PROFILE, Format.IDS)],
)
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_text_and_descriptions_name_no_items(shop: Database, task: Task, format: Format, temperature: float) -> None:
    request = Request("tell me", task=task, format=format, history=("P-01",))
    events = ask(shop, random_model(5), request, temperature=temperature, max_tokens=20)
    assert text_of(events)
    assert not items_of(events)
    assert not [event for event in events if isinstance(event, WantFound)]


# -- what a want leaves ------------------------------------------------------------------------------------------------


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


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "error", "match"),
    [
        (Request("x", types=("hats", "shoes")), RequestError, "no item type 'hats'"),
        (Request("x", history=("P-01", "nope")), UnknownProductError, "'nope'"),
        (Request("x", dismissed=("nope",)), UnknownProductError, "'nope'"),
        (Request("x", conditions=Conditions(sql="lower(sku, title) = 'a'")), ConditionError, "cannot run"),
        (Request("the same again " * 60), RequestError, "too long"),
    ],
)
def test_what_cannot_be_answered_is_refused_before_the_first_event(
    shop: Database, request_: Request, error: type[Exception], match: str
) -> None:
    model = Watched(random_model(positions=500))
    events = make_assistant(shop, model, max_tokens=50).reply([], request_, threading.Event())
    with pytest.raises(error, match=match):
        next(events)
    assert model.calls == 0


def test_turns_that_do_not_alternate_are_refused(shop: Database) -> None:
    with pytest.raises(RequestError, match="alternate"):
        ask(shop, random_model(), Request("x"), [Message.shopper("one"), Message.shopper("two")])


# -- the prompt --------------------------------------------------------------------------------------------------------


def test_the_prompt_begins_with_a_shoppers_turn_and_holds_the_latest_ones(shop: Database) -> None:
    said = [message for number in range(8) for message in showed(number)]
    one_too_many = [Message.assistant("Welcome!"), *said]
    latest = prompt_of(shop, Request("more"), said)
    assert prompt_of(shop, Request("more"), one_too_many) == latest
    assert prompt_of(shop, Request("more"), said[-MAX_TURNS:]) == latest
    assert prompt_of(shop, Request("more"), said[1 - MAX_TURNS :]) == prompt_of(
        shop, Request("more"), said[2 - MAX_TURNS :]
    )
    assert prompt_of(shop, Request("more"), said[-2:]) != latest


def test_a_history_without_words_is_a_question_then_and_later(shop: Database) -> None:
    history = ("P-01", "P-02")
    silent = prompt_of(shop, Request("", history=history))
    assert silent == prompt_of(shop, Request("  \n", history=history))
    assert silent == prompt_of(shop, Request(NO_WORDS, history=history))
    assert silent != prompt_of(shop, Request(NO_WORDS, history=history[::-1]))
    earlier = [Message.shopper(""), Message.assistant("These.")]
    spoken = [Message.shopper(NO_WORDS), Message.assistant("These.")]
    assert prompt_of(shop, Request("more"), earlier) == prompt_of(shop, Request("more"), spoken)
    events = ask(shop, random_model(), Request("", history=history, format=Format.IDS, count=1), max_tokens=60)
    assert len(items_of(events)) == 1


def test_a_history_without_semantic_ids_is_left_out_and_said(own_shop: Database) -> None:
    unplaced(own_shop, "P-NEW", "P-NEWER")
    one = Request("a mug", history=("P-01", "P-NEW", "P-02"))
    assert prompt_of(own_shop, one) == prompt_of(own_shop, Request("a mug", history=("P-01", "P-02")))
    events = ask(own_shop, scripted(" kind: mug;", "Fine."), one)
    assert events[0] == Notice(NO_SID, "P-NEW has no semantic id yet and was left out.")
    assert isinstance(events[-1], Done)
    two = ask(own_shop, scripted("", "Fine."), Request("", history=("P-NEW", "P-NEWER")))
    assert two[0] == Notice(NO_SID, "P-NEW, P-NEWER have no semantic id yet and were left out.")
    with pytest.raises(UnknownProductError, match="nope"):
        ask(own_shop, scripted(""), Request("a mug", history=("P-NEW", "nope")))


def test_items_that_the_catalog_lost_are_left_out(shop: Database) -> None:
    def said(*parts: Any) -> list[Message]:
        return [Message.shopper("mugs"), Message.assistant(WantPart(" kind: mug; found 2"), "Two:\n", *parts)]

    lost = ItemPart(Sid("hats", (9, 9)), "HAT-1")
    expected = prompt_of(shop, Request("more"), said(item(0)))
    assert prompt_of(shop, Request("more"), said(lost, item(0))) == expected
    request = Request("others", format=Format.IDS, count=20)
    events = ask(shop, scripted(" kind: mug; not shown;"), request, said(lost, item(0)), max_tokens=150)
    assert sorted(items_of(events)) == sorted(MUGS[1:])
    alone = ask(shop, scripted(" kind: mug; not shown;", "Fine."), Request("others"), said(lost))
    assert "shown" not in only(alone, WantFound).want  # nothing that was shown is known any more


def test_an_item_stands_in_the_prompt_under_the_sid_it_has_now(shop: Database) -> None:
    """A conversation may be older than the codebooks, whose semantic ids meant other products."""
    old = ItemPart(sid_of(9), "P-03")
    said = [Message.shopper("shoes"), Message.assistant(old)]
    now = [Message.shopper("shoes"), Message.assistant(item(3))]
    assert prompt_of(shop, Request("more"), said) == prompt_of(shop, Request("more"), now)
    request = Request("others", format=Format.IDS, count=20, types=("shoes",))
    events = ask(shop, scripted(" not shown;"), request, said, max_tokens=150)
    assert "P-03" not in items_of(events)
    assert "P-09" in items_of(events)


# -- while the reply is written ----------------------------------------------------------------------------------------


def test_a_product_taken_off_sale_meanwhile_is_not_shown(own_shop: Database) -> None:
    model = scripted(" kind: mug;", "One: ", sid_of(0))
    watched = Watched(model, at=4, then=lambda: retire(own_shop, "P-00"))
    events = ask(own_shop, watched, Request("a mug", count=1), beams=8)
    assert watched.calls >= 4
    [named] = items_of(events)
    assert named in MUGS[1:]


def test_a_stopped_reply_says_so(shop: Database) -> None:
    stop = threading.Event()
    stop.set()
    [done] = reply(make_assistant(shop, random_model()), Request("a mug"), stop=stop)
    assert isinstance(done, Done)
    assert done.stopped
    assert done.made_by["want"] == ""


def test_replies_side_by_side_do_not_disturb_each_other(shop: Database) -> None:
    assistant = make_assistant(shop, random_model(1), max_tokens=30)
    requests = [Request("a blue mug under 20"), Request("shoes, 4", types=("shoes",)), Request("45.50")]
    alone = [plain(reply(assistant, request)) for request in requests]
    together: list[list[Event]] = [[] for _ in requests]

    def write(number: int) -> None:
        together[number] = plain(reply(assistant, requests[number]))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def plain(events: Sequence[Event]) -> list[Event]:
    """Without what takes time."""
    return [event for event in events if not isinstance(event, Done)]


# -- as part of a conversation -----------------------------------------------------------------------------------------


class _GoneError(Exception):
    """What a broken accelerator raises."""


def stored_reply(service: ConversationService, conversation: str) -> Message | None:
    turns = service.turns(conversation)
    return turns[-1].message if turns and turns[-1].message.role is Role.ASSISTANT else None


def record_of(events: Sequence[Event]) -> tuple[list[str], list[str], str]:
    wants = [event.want for event in events if isinstance(event, WantFound)]
    return wants, items_of(events), text_of(events)


def parts_of(message: Message | None) -> tuple[list[str], list[str], str]:
    if message is None:
        return [], [], ""
    return [message.want] if message.want is not None else [], [part.sku for part in message.items], message.text


def test_wherever_the_model_fails_what_was_shown_is_stored_whole(own_shop: Database) -> None:
    def fail() -> None:
        raise _GoneError

    total = Watched(random_model(1))
    ask(own_shop, total, Request("a mug"), max_tokens=24)
    assistant = make_assistant(own_shop, random_model(1), max_tokens=24)
    service = ConversationService(own_shop, assistant, lambda: NOW)
    for call in range(1, total.calls + 1, 2):
        assistant._engine._model = Watched(random_model(1), call, fail)
        conversation = service.start()
        seen: list[Event] = []
        with pytest.raises(_GoneError):
            seen.extend(service.say(conversation, Request("a mug")))
        stored = stored_reply(service, conversation)
        assert parts_of(stored) == record_of(seen)
        if stored:
            assert all(part.sid == sid_of(SKUS.index(part.sku)) for part in stored.items)
    # The conversation goes on.
    assistant._engine._model = random_model(1)
    assert isinstance(list(service.say(conversation, Request("go on")))[-1], Done)


@pytest.mark.parametrize("count", [1, 3, 6])
def test_a_reader_who_goes_away_leaves_what_was_shown(own_shop: Database, count: int) -> None:
    service = ConversationService(own_shop, make_assistant(own_shop, random_model(1), max_tokens=24), lambda: NOW)
    conversation = service.start()
    events = service.say(conversation, Request("a mug"))
    seen = until(events, count)
    events.close()
    assert parts_of(stored_reply(service, conversation)) == record_of(seen)
    assert service.turns(conversation)[-1].made_by["complete"] is False
    assert isinstance(list(service.say(conversation, Request("go on")))[-1], Done)


def test_a_conversation_refers_to_what_was_shown_in_it(own_shop: Database) -> None:
    class Changing:
        """An assistant whose model the test changes between turns."""

        assistant: Assistant

        def reply(self, *given: Any) -> Iterator[Event]:
            return self.assistant.reply(*given)

    replier = Changing()
    service = ConversationService(own_shop, replier, lambda: NOW)
    conversation = service.start()

    def say(text: str, want: str, *parts: str | Sid, **changes: Any) -> list[Event]:
        replier.assistant = make_assistant(own_shop, scripted(want, *parts))
        return list(service.say(conversation, Request(text, **changes)))

    assert items_of(say("a mug", " kind: mug;", "Two: ", sid_of(8), sid_of(12))) == ["P-08", "P-12"]
    cheaper = say("cheaper ones", " kind: mug; price < shown;", sid_of(8), sid_of(4), count=1)
    assert only(cheaper, WantFound).items_left == 2
    assert items_of(cheaper)
    assert set(items_of(cheaper)) <= {"P-00", "P-04"}
    others = say("something else", " kind: mug; not shown;", format=Format.IDS, count=20, dismissed=("P-24",))
    assert set(items_of(others)) == set(MUGS) - {"P-08", "P-12", "P-24", *items_of(cheaper)}
    wants = [turn.message.want for turn in service.turns(conversation) if turn.message.want]
    assert wants[0] == " kind: mug; found 7"  # as the model wrote and the shop ended it, and as examples show it


def test_an_import_between_two_turns_does_not_disturb_a_conversation(own_shop: Database) -> None:
    service = ConversationService(own_shop, make_assistant(own_shop, scripted("", sid_of(0))), lambda: NOW)
    conversation = service.start()
    assert items_of(list(service.say(conversation, Request("this", count=1)))) == ["P-00"]
    with own_shop.session() as session:
        save_products(session, [ProductRow(sku="P-00", title="A shoe now", item_type="shoes")], NOW)
    retire(own_shop, "P-02")
    events = list(service.say(conversation, Request("that", count=1)))
    assert isinstance(events[-1], Done)
    assert RETIRED not in items_of(events)
    assert "P-02" not in items_of(events)


# -- what a turn is about ----------------------------------------------------------------------------------------------


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
