"""The step loop, against the same loop written without a cache, without beams and without forced tokens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import torch

from catalog_db.products import ProductRecord
from neo_assistant.decoding.view import View
from neo_assistant.engine.engine import NO_REPEAT, SEARCHES, Engine, Sampling
from neo_assistant.errors import RequestError
from neo_assistant.events import Done, Event, ItemFound, Notice, TextDelta, WantFound
from neo_assistant.grammar.plan import ReplyPlan, WantPlan
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.sids import Sid
from neo_assistant.steering import Format
from neo_assistant.want import Want
from tests.neo_assistant.serving import (
    SCHEME,
    SKUS,
    ScriptedModel,
    Watched,
    items_of,
    only,
    random_model,
    scripted,
    sid_of,
    text_of,
    tokenizer,
    until,
)
from tests.neo_assistant.strategies import build_index
from tests.neo_assistant.ui_products import make_product

SIDS = [sid_of(number) for number in range(len(SKUS))]
INDEX = build_index(SCHEME, SIDS)
FACETS = {"kind": ("lamp", "mug"), "colour": ("blue", "white")}
GRAMMAR = WantGrammar(SCHEME.types, FACETS, tokenizer())
CONTEXT = WantContext(frozenset({"20", "4"}), shown=False)
PROMPT = [7, 300, 21, 5, 150, 44]
WIDE = 64


def narrow(words: str) -> View:
    """Of a want only the type and the price limit count here: a limit leaves every second item."""
    want = Want.parse(words)
    eligible = np.array([want.item_type in (None, sid.item_type) for sid in sorted(SIDS)])
    if want.max_price == Decimal(20):
        eligible[::2] = False
    return View(INDEX, eligible)


def make_plan(format: Format = Format.MIXED, count: int = 3) -> ReplyPlan:
    if format is Format.TEXT:
        return ReplyPlan(tokenizer(), View(INDEX), Format.TEXT, at_most=0)
    want = WantPlan(GRAMMAR, CONTEXT, narrow)
    return ReplyPlan(tokenizer(), View(INDEX), format, count if format is Format.IDS else 0, count, want=want)


def product_at(position: int) -> ProductRecord | None:
    return make_product(position, sku=str(INDEX.sid(position)))


def describe(words: str) -> tuple[str, ...]:
    return tuple(Want.parse(words).words())


def write(
    model: Any,
    plan: ReplyPlan,
    stop: threading.Event | None = None,
    at: Callable[[int], ProductRecord | None] = product_at,
    **sampling: Any,
) -> Iterator[Event]:
    return Engine(model).write(PROMPT, plan, at, describe, Sampling(**sampling), stop or threading.Event())


@torch.inference_mode()
def naive(model: Any, plan: ReplyPlan, max_tokens: int) -> list[int]:
    """The reply's tokens by the definition: every token a pass over everything, every item the best of all items."""
    shop, vocabulary = tokenizer(), tokenizer().vocabulary
    words = np.zeros(vocabulary.size, dtype=bool)
    words[: vocabulary.first_id] = True
    words[sorted(shop.control_ids)] = False
    reply: list[int] = []

    while len(reply) < max_tokens and shop.end_of_reply not in reply:
        allowed = plan.allowed(reply)
        legal = words.copy() if allowed.words else np.zeros(vocabulary.size, dtype=bool)
        if allowed.words:
            said = reply[reply.index(vocabulary.want_close) + 1 :] if vocabulary.want_close in reply else reply
            runs = [said[place : place + NO_REPEAT] for place in range(len(said) - NO_REPEAT + 1)]
            legal[[run[-1] for run in runs if run[:-1] == said[1 - NO_REPEAT :] and run[-1] < vocabulary.first_id]] = (
                False
            )
        legal[allowed.tokens] = True
        logits = model(input_ids=torch.tensor([[*PROMPT, *reply]])).logits[0, -1]
        reply.append(int(logits.masked_fill(~torch.from_numpy(legal), -torch.inf).argmax()))
        if vocabulary.first_id <= reply[-1] < vocabulary.first_code:
            number, state = reply[-1] - vocabulary.first_id, plan.read(reply[:-1])
            sids = [INDEX.sid(int(p)) for p in state.view.bitmap.positions() if p not in state.items]
            spans = [vocabulary.encode(sid)[1:] for sid in sids if sid.item_type == SCHEME.types[number]]
            whole = torch.tensor([[*PROMPT, *reply, *span] for span in spans])
            chances = torch.log_softmax(model(input_ids=whole).logits.double(), -1)[:, -SCHEME.levels - 1 : -1]
            scores = chances.gather(2, torch.tensor(spans)[:, :, None]).sum(dim=(1, 2))
            reply += spans[int(scores.argmax())]
    return reply


def told(reply: list[int]) -> tuple[list[Sid], str, list[str]]:
    """Items, words and want of a reply's tokens."""
    vocabulary = tokenizer().vocabulary
    items, text, wants, run, place = [], "", [], [], 0
    while place < len(reply):
        token, step = reply[place], 1
        if token == vocabulary.want_open:
            step = reply.index(vocabulary.want_close) + 1 - place
            wants.append(tokenizer().decode(reply[place + 1 : place + step - 1]))
        elif token >= vocabulary.first_id:
            step = SCHEME.span_length
            items.append(vocabulary.decode(reply[place : place + step]))
            text, run = text + tokenizer().decode(run).rstrip("�"), []
        elif token != tokenizer().end_of_reply:
            run.append(token)
        place += step
    return items, text + tokenizer().decode(run).rstrip("�"), wants


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("seed", range(3))
def test_a_reply_is_what_the_definition_says(format: Format, seed: int) -> None:
    model = random_model(seed)
    expected = naive(model, make_plan(format), 40)
    events = list(write(model, make_plan(format), beams=WIDE, max_tokens=40))
    items, text, wants = told(expected)
    assert [event.sid for event in events if isinstance(event, ItemFound)] == items
    assert text_of(events) == text
    assert [event.want for event in events if isinstance(event, WantFound)] == wants
    done = only(events, Done)
    assert (done.timings.tokens, done.timings.prompt_tokens) == (len(expected), len(PROMPT))
    ended = tokenizer().end_of_reply in expected
    assert [event.code for event in events if isinstance(event, Notice)] == ([] if ended else ["too-long"])
    assert bool(items) == (format is not Format.TEXT)


def test_forced_tokens_cost_no_pass() -> None:
    model = Watched(random_model())
    events = list(write(model, make_plan(Format.IDS, count=3), beams=2, max_tokens=60))
    assert len(items_of(events)) == 3
    conditions = tokenizer().encode(only(events, WantFound).want.partition(" found")[0] + " found")
    # A pass for every token of the conditions at most, for every opener, and for every code; none for the want's
    # opening, for what the shop forces after "found", and for the end.
    assert model.calls <= len(conditions) + 3 + 3 * SCHEME.levels


def test_events_come_in_the_order_of_the_reply() -> None:
    model = scripted(" kind: mug;", "One: ", SIDS[0], " and ", SIDS[4], ".")
    events = list(write(model, make_plan()))
    assert isinstance(events[0], WantFound)
    assert (events[0].want, events[0].phrases, events[0].items_left) == (" kind: mug; found many", ("kind: mug",), 26)
    shown = ["".join(event.text) if isinstance(event, TextDelta) else str(event.sid) for event in events[1:-1]]
    assert "".join(shown) == f"One: {SIDS[0]} and {SIDS[4]}."
    done = events[-1]
    assert isinstance(done, Done)
    assert not done.stopped
    assert 0 < done.timings.first_token_ms <= done.timings.total_ms
    assert 0 < done.timings.constraint_ms < done.timings.total_ms


@pytest.mark.parametrize("after", range(0, 12, 2))
def test_a_stop_ends_the_reply_with_whole_parts(after: int) -> None:
    stop = threading.Event()
    whole = list(write(random_model(1), make_plan(), max_tokens=40))
    events: list[Event] = []
    if not after:
        stop.set()
    for event in write(random_model(1), make_plan(), stop, max_tokens=40):
        events.append(event)
        if len(events) == after:
            stop.set()
    assert only(events, Done).stopped
    assert events[-1] == only(events, Done)
    assert not [event for event in events if isinstance(event, Notice)]
    assert len(events) <= after + 2  # what was held back, and Done
    assert items_of(whole)[: len(items_of(events))] == items_of(events)
    assert text_of(whole).startswith(text_of(events))


def test_a_reply_that_nobody_reads_to_its_end_leaves_nothing_behind() -> None:
    engine = Engine(random_model(1))

    def begin() -> Iterator[Event]:
        return engine.write(PROMPT, make_plan(), product_at, describe, Sampling(max_tokens=30), threading.Event())

    def plain(events: list[Event]) -> list[Event]:
        return [event for event in events if not isinstance(event, Done)]

    whole = plain(list(begin()))
    for count in (1, 2, 4):
        unread = begin()
        assert until(unread, count) == whole[:count]
        unread.close()  # type: ignore[attr-defined]
    first, second = begin(), begin()  # side by side
    alternating = [event for pair in zip(first, second, strict=True) for event in pair]
    assert plain(alternating[::2]) == plain(alternating[1::2]) == whole


def test_an_item_taken_off_sale_meanwhile_makes_way_for_the_next_best() -> None:
    model, asked = random_model(2), []

    def best_is_gone(position: int) -> ProductRecord | None:
        asked.append(position)
        return product_at(position) if len(asked) > 1 else None

    events = list(write(model, make_plan(Format.IDS, count=1), at=best_is_gone, beams=4))
    [found] = [event for event in events if isinstance(event, ItemFound)]
    assert len(asked) == 2
    assert INDEX.position(found.sid) == asked[1]
    whole = list(write(model, make_plan(Format.IDS, count=1), beams=4))
    assert INDEX.position(only(whole, ItemFound).sid) == asked[0]
    assert only(whole, ItemFound).score > found.score


def sold_out(positions: set[int]) -> Callable[[int], ProductRecord | None]:
    return lambda position: None if position in positions else product_at(position)


@pytest.mark.parametrize("format", [Format.IDS, Format.MIXED])
@pytest.mark.parametrize("seed", range(3))
def test_the_best_item_that_is_left_stands_in_the_place_of_those_taken_off_sale(format: Format, seed: int) -> None:
    model, gone = random_model(seed), set(range(0, len(INDEX), 4)) | set(range(1, len(INDEX), 4))
    events = list(write(model, make_plan(format), at=sold_out(gone), beams=WIDE, max_tokens=40))
    known = list(write(model, make_plan(format).without(sorted(gone)), beams=WIDE, max_tokens=40))
    assert items_of(events) == items_of(known) != []
    assert text_of(events) == text_of(known)
    assert only(events, WantFound) == only(known, WantFound)


@pytest.mark.parametrize("beams", [1, 2, 8])
def test_an_item_is_searched_again_until_one_is_found_that_is_on_sale(beams: int) -> None:
    """All but one of the kitchen things are off sale by now, and the model wants others."""
    gone = {place for place in range(len(INDEX)) if INDEX.sid(place).item_type == "kitchen"}
    left = INDEX.position(min(SIDS)) if beams > 1 else None
    gone -= {left} if left is not None else set(sorted(gone)[:7])
    model = scripted(" type: kitchen;", "Here ", max(SIDS[::2]), " and more")
    events = list(write(model, make_plan(count=1), at=sold_out(gone), beams=beams))  # type: ignore[arg-type]
    found = INDEX.position(only(events, ItemFound).sid)
    assert found not in gone
    assert left in (None, found)
    assert text_of(events).startswith("Here ")
    assert not [event for event in events if isinstance(event, Notice) and event.code != "too-long"]
    timings = only(events, Done).timings
    assert 0 < timings.constraint_ms < timings.total_ms


def test_when_a_type_is_sold_out_meanwhile_the_reply_says_so_and_goes_on() -> None:
    gone = {place for place in range(len(INDEX)) if INDEX.sid(place).item_type == "kitchen"}
    model = scripted("", "Here ", SIDS[0], SIDS[1])
    events = list(write(model, make_plan(Format.IDS, count=2), at=sold_out(gone), beams=4))
    assert only(events, Notice).code == "item-retired"
    named = [event.sid for event in events if isinstance(event, ItemFound)]
    assert [sid.item_type for sid in named] == ["shoes", "shoes"]


def test_a_reply_that_finds_nothing_but_items_off_sale_ends_after_some_searches() -> None:
    asked: list[int] = []
    events = list(write(scripted("", SIDS[0]), make_plan(), at=asked.append, beams=1))
    assert only(events, Notice).code == "item-retired"
    assert len(asked) == len(set(asked)) == SEARCHES


def test_a_stop_ends_the_search_for_another_item() -> None:
    stop, asked = threading.Event(), []

    def at(position: int) -> None:
        asked.append(position)
        stop.set()

    events = list(write(scripted("", SIDS[0]), make_plan(), stop, at=at, beams=1))
    assert len(asked) == 1
    assert only(events, Done).stopped
    assert not [event for event in events if isinstance(event, Notice)]


def test_when_all_that_can_be_found_are_off_sale_the_reply_says_so_and_ends() -> None:
    model = scripted(" type: kitchen;", "Here ", SIDS[0], " and more")
    asked: list[int] = []
    events = list(write(model, make_plan(), at=asked.append, beams=2))
    assert only(events, Notice).code == "item-retired"
    assert not items_of(events)
    assert text_of(events) == "Here "
    assert not only(events, Done).stopped
    assert len(asked) == len(set(asked)) == 13  # every item of the view, each once


def test_a_conversation_that_leaves_no_room_is_refused() -> None:
    small = random_model(positions=40)
    with pytest.raises(RequestError, match="too long") as caught:
        next(write(small, make_plan(), max_tokens=40 - len(PROMPT) - SCHEME.levels + 1))
    assert caught.value.hint
    events = list(write(small, make_plan(), max_tokens=40 - len(PROMPT) - SCHEME.levels))
    assert only(events, Done).timings.tokens + len(PROMPT) <= 40


def test_words_do_not_go_round_in_circles() -> None:
    shop = tokenizer()
    for circle in (shop.encode(" blue"), shop.encode(" A blue mug, please")):
        step = iter(range(10**6))
        begins = PROMPT[-1]
        model = ScriptedModel(lambda written, c=circle, s=step: c[next(s) % len(c)], begins)  # type: ignore[misc]
        [text] = [text_of(list(write(model, make_plan(Format.TEXT), max_tokens=60)))]
        ids = shop.encode(text)
        assert text.startswith(shop.decode(circle))
        runs = [tuple(circle[(place + k) % len(circle)] for k in range(2 * NO_REPEAT)) for place in range(len(circle))]
        assert not any(tuple(ids[place : place + 2 * NO_REPEAT]) in runs for place in range(len(ids)))


def test_items_and_conditions_may_repeat_tokens() -> None:
    """The guard against circles sees words only: here every span of the reply has the tokens of others."""
    alike = sorted(sid for sid in SIDS if sid.item_type == "shoes")
    model = scripted(" type: shoes; kind: mug; colour: blue; price < 20;", *alike)
    eligible = [sid for place, sid in enumerate(sorted(SIDS)) if place % 2 and sid.item_type == "shoes"]
    events = list(write(model, make_plan(Format.IDS, count=20), max_tokens=120))
    assert only(events, WantFound).want == f" type: shoes; kind: mug; colour: blue; price < 20; found {len(eligible)}"
    assert sorted(event.sid for event in events if isinstance(event, ItemFound)) == eligible


def test_temperature_is_of_words_alone_and_a_seed_gives_the_same_reply_again() -> None:
    model = random_model(4)

    def drawn(seed: int) -> list[Event]:
        return list(write(model, make_plan(), temperature=1.5, seed=seed, max_tokens=30))[:-1]

    first, again, other = drawn(1), drawn(1), drawn(2)
    assert first == again
    assert text_of(first) != text_of(other)
    greedy = list(write(model, make_plan(), max_tokens=30))
    assert only(first, WantFound) == only(other, WantFound) == only(greedy, WantFound)


def test_a_checkpoints_own_generation_settings_change_nothing() -> None:
    from transformers import GenerationConfig

    strict = GenerationConfig(
        do_sample=True,
        temperature=1e-3,
        top_k=1,
        top_p=0.01,
        min_p=0.99,
        typical_p=0.01,
        repetition_penalty=10.0,
        no_repeat_ngram_size=1,
        num_beams=3,
        bad_words_ids=[[token] for token in range(tokenizer().vocabulary.first_id, tokenizer().vocabulary.size)],
    )
    model = random_model(2)
    plain = list(write(model, make_plan(), max_tokens=40))[:-1]
    model.generation_config = strict
    assert list(write(model, make_plan(), max_tokens=40))[:-1] == plain
    assert items_of(plain)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_model_that_gives_no_numbers_still_writes_a_reply_of_the_plan(value: float, temperature: float) -> None:
    class Broken(ScriptedModel):
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            output = super().__call__(*args, **kwargs)
            output.logits[:] = value
            return output

    model = Broken(lambda written: None, tokenizer().vocabulary.want_open)
    events = list(write(model, make_plan(Format.IDS, 2), temperature=temperature, max_tokens=60))
    found = [event.sid for event in events if isinstance(event, ItemFound)]
    assert len(set(found)) == len(found) == 2
    assert set(found) <= set(SIDS)


def test_what_a_model_raises_comes_through_after_whole_parts() -> None:
    total = Watched(random_model(1))
    whole = list(write(total, make_plan(), max_tokens=30))[:-1]

    def fail() -> None:
        raise RuntimeError("the accelerator is gone")

    for call in range(1, total.calls + 1, 3):
        events: list[Event] = []
        with pytest.raises(RuntimeError, match="accelerator"):
            events.extend(write(Watched(random_model(1), call, fail), make_plan(), max_tokens=30))
        for event in write(Watched(random_model(1), total.calls + 1, fail), make_plan(), max_tokens=1):
            assert isinstance(event, WantFound | Notice | Done | TextDelta)
    assert items_of(whole)
