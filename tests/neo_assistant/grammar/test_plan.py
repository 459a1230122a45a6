"""What may come next in a reply, against counting by hand; and what no reply may be."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.view import View
from neo_assistant.errors import DecodingIndexError, GrammarError
from neo_assistant.grammar.plan import ReplyPlan, WantPlan
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.grammar.want_context import WantContext
from neo_assistant.messages import ItemPart, Part, TextPart, WantPart
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.sids import Sid, SidScheme
from neo_assistant.steering import Format
from neo_assistant.want import Want, found_words
from tests.neo_assistant.strategies import (
    FACETS,
    TYPES,
    TinyCatalog,
    build_index,
    outside_text,
    seeds,
    tiny_tokenizer,
    views,
    wants,
)

CONTEXT = WantContext(frozenset({"7", "20", "59.99", "1299", "4", "4.5"}), shown=True)


@cache
def want_grammar(scheme: SidScheme) -> WantGrammar:
    return WantGrammar(TYPES, FACETS, tiny_tokenizer(scheme))


def narrowed(view: View, words: str) -> View:
    """Some items, always the same for the same words."""
    return view & View(view.index, np.random.default_rng(len(words)).random(len(view.index)) < 0.7)


def free_items(plan: ReplyPlan, view: View, named: set[Sid]) -> set[Sid]:
    """What may still be named, by going through all items."""
    taken = set(plan.taken.tolist())
    everything = [view.index.sid(place) for place in range(len(view.index))]
    return {sid for place, sid in enumerate(everything) if view.has(place) and place not in taken and sid not in named}


def expected(plan: ReplyPlan, free: set[Sid], named: int, span: tuple[str, tuple[int, ...]] | None) -> set[int]:
    """The token ids besides words that may follow, by going through all items."""
    vocabulary = plan.tokenizer.vocabulary
    if span is not None:
        item_type, codes = span
        alive = [sid for sid in free if sid.item_type == item_type and sid.codes[: len(codes)] == codes]
        return {vocabulary.encode(sid)[1 + len(codes)] for sid in alive}
    allowed = {vocabulary.encode(sid)[0] for sid in free} if plan.format is not Format.TEXT else set()
    if named >= plan.at_most:
        allowed = set()
    return allowed | ({plan.tokenizer.end_of_reply} if named >= plan.at_least or not free else set())


@st.composite
def plans(draw: st.DrawFn, want: bool | None = None) -> tuple[TinyCatalog, ReplyPlan]:
    catalog, view, taken = draw(views())
    form = draw(st.sampled_from(Format))
    least = 0 if form is Format.TEXT else draw(st.integers(0, 3))
    with_want = draw(st.booleans()) if want is None else want
    return catalog, ReplyPlan(
        tokenizer=tiny_tokenizer(catalog.scheme),
        view=view,
        format=form,
        at_least=least,
        at_most=least + draw(st.integers(0, 3)),
        taken=taken,
        want=WantPlan(want_grammar(catalog.scheme), CONTEXT, lambda words: narrowed(view, words))
        if with_want and form is not Format.TEXT
        else None,
    )


@given(plans(), seeds(), st.integers(0, 12))
def test_what_may_follow_is_what_counting_says(
    drawn: tuple[TinyCatalog, ReplyPlan], choice: random.Random, words: int
) -> None:
    _, plan = drawn
    vocabulary = plan.tokenizer.vocabulary
    ids: list[int] = []
    view = plan.view
    if plan.want is not None:
        assert plan.allowed([]).tokens.tolist() == [vocabulary.want_open]
        ids.append(vocabulary.want_open)
        while vocabulary.want_close not in ids:
            allowed = plan.allowed(ids)
            assert not allowed.words
            ids.append(choice.choice(allowed.tokens.tolist()))
        state = plan.read(ids)
        assert state.want is not None
        view = narrowed(plan.view, state.want)
        left = len(free_items(plan, view, set()))
        assert plan.tokenizer.decode(ids[1:-1]) == state.want + found_words(left)
    named: list[Sid] = []
    span: tuple[str, tuple[int, ...]] | None = None
    while True:
        free = free_items(plan, view, set(named))
        allowed = plan.allowed(ids)
        assert set(allowed.tokens.tolist()) == expected(plan, free, len(named), span)
        assert len(allowed.tokens) == len(set(allowed.tokens.tolist())) > 0
        assert allowed.words == (span is None and plan.format is not Format.IDS)
        if allowed.words and words and choice.random() < 0.5:
            words -= 1
            ids += plan.tokenizer.encode(choice.choice([" mug", "<|sid:bags|>", "é", "\n"]))
            continue
        token = choice.choice(allowed.tokens.tolist())
        ids.append(token)
        if token == plan.tokenizer.end_of_reply:
            break
        if span is None:
            span = (vocabulary.scheme.types[token - vocabulary.first_id], ())
        else:
            number = vocabulary.scheme.type_numbers[span[0]]
            code = token - int(vocabulary.code_bases[number, len(span[1])])
            span = (span[0], (*span[1], code))
            if len(span[1]) == vocabulary.scheme.levels:
                named.append(Sid(*span))
                span = None
    state = plan.read(ids)
    assert state.ended
    assert [plan.view.index.sid(place) for place in state.items] == named
    assert plan.allowed([*ids, 0, 0]).tokens.tolist() == [plan.tokenizer.end_of_reply]


@given(st.data(), plans(), wants(), st.lists(outside_text(), min_size=4, max_size=4))
def test_a_reply_rendered_for_training_may_be_written(
    data: st.DataObject, drawn: tuple[TinyCatalog, ReplyPlan], want: Want, texts: list[str]
) -> None:
    _, plan = drawn
    renderer = PromptRenderer(plan.tokenizer)
    view = plan.view if plan.want is None else narrowed(plan.view, want.text())
    free = sorted(free_items(plan, view, set()))
    most = 0 if plan.format is Format.TEXT else min(plan.at_most, len(free))
    least = min(plan.at_least, len(free))
    items = data.draw(st.lists(st.sampled_from(free), min_size=least, max_size=most, unique=True)) if most else []
    parts: list[Part] = [WantPart(want.text() + found_words(len(free)))] if plan.want is not None else []
    for place in range(4):
        if plan.format is not Format.IDS:
            parts.append(TextPart(texts[place]))
        if place < len(items):
            parts.append(ItemPart(items[place]))
    parts += [ItemPart(sid) for sid in items[4:]]
    ids = [*renderer.parts(parts), plan.tokenizer.end_of_reply]
    for place, token in enumerate(ids):
        allowed = plan.allowed(ids[:place])
        is_word = token < plan.tokenizer.vocabulary.first_id and token not in plan.tokenizer.control_ids
        assert token in allowed.tokens or (allowed.words and is_word), plan.tokenizer.decode(ids[:place])
    assert [view.index.sid(place) for place in plan.read(ids).items] == items


SCHEME = SidScheme(("bags", "kitchen"), (3, 2), per_type=True)
TOKENIZER = tiny_tokenizer(SCHEME)
VOCABULARY = TOKENIZER.vocabulary
BAG, MUG, POT, PAN = Sid("bags", (0, 0)), Sid("kitchen", (0, 0)), Sid("kitchen", (0, 1)), Sid("kitchen", (2, 0))
INDEX = build_index(SCHEME, [BAG, MUG, POT, PAN])
SPAN = {sid: VOCABULARY.encode(sid) for sid in (BAG, MUG, POT, PAN)}
WORD = TOKENIZER.encode(" mug")[:1]
END = [TOKENIZER.end_of_reply]


def make_plan(**changes: object) -> ReplyPlan:
    """Mixed, one or two of bag, mug and pot: the pan is not eligible."""
    eligible = np.array([True, True, True, False])
    values = {"tokenizer": TOKENIZER, "view": View(INDEX, eligible), "at_least": 1, "at_most": 2, **changes}
    return ReplyPlan(**values)  # type: ignore[arg-type]


def with_want(**changes: object) -> ReplyPlan:
    """The same with a want span, which leaves the mug and the pot."""
    kitchen = View(INDEX, np.array([False, True, True, False]))
    return make_plan(want=WantPlan(want_grammar(SCHEME), CONTEXT, lambda words: kitchen), **changes)


def span(words: str) -> list[int]:
    return [VOCABULARY.want_open, *TOKENIZER.encode(words), VOCABULARY.want_close]


WANTED = span(" kind: mug; found 2")


def test_a_reply_that_keeps_to_its_plan() -> None:
    state = make_plan().read([*WORD, *SPAN[BAG], *WORD, *SPAN[MUG], *WORD, *END])
    assert state.items == (INDEX.position(BAG), INDEX.position(MUG))
    state = with_want().read([*WANTED, *WORD, *SPAN[POT], *END])
    assert (state.want, state.items) == (" kind: mug;", (INDEX.position(POT),))


TAMPERED: dict[str, tuple[Callable[[], ReplyPlan], list[int]]] = {
    "a code with no opener": (make_plan, SPAN[BAG][1:]),
    "a code after a word": (make_plan, [*WORD, SPAN[BAG][1]]),
    "text inside a span": (make_plan, [SPAN[BAG][0], *WORD]),
    "an opener inside a span": (make_plan, [SPAN[BAG][0], SPAN[MUG][0]]),
    "an end inside a span": (make_plan, [*SPAN[BAG][:2], *END]),
    "a code of another type": (make_plan, [SPAN[BAG][0], SPAN[MUG][1]]),
    "a code of another level": (make_plan, [SPAN[MUG][0], SPAN[MUG][2]]),
    "a beginning that no item has": (make_plan, [SPAN[MUG][0], SPAN[MUG][1] + 1]),
    "an item that is not in the catalog": (make_plan, VOCABULARY.encode(Sid("bags", (2, 1)))),
    "an item that is not eligible": (make_plan, SPAN[PAN]),
    "a beginning that only such an item has": (make_plan, SPAN[PAN][:2]),
    "an item that is taken": (lambda: make_plan(taken=np.array([INDEX.position(MUG)])), SPAN[MUG]),
    "an item twice": (make_plan, [*SPAN[MUG], *SPAN[MUG]]),
    "more items than there may be": (make_plan, [*SPAN[BAG], *SPAN[MUG], *SPAN[POT]]),
    "an opener beyond them": (make_plan, [*SPAN[BAG], *SPAN[MUG], SPAN[POT][0]]),
    "an end before enough items": (make_plan, [*WORD, *END]),
    "an item in a reply of text": (lambda: make_plan(format=Format.TEXT, at_least=0), SPAN[BAG]),
    "words in a reply of ids": (lambda: make_plan(format=Format.IDS), WORD),
    "chat markup": (make_plan, [*WORD, TOKENIZER.system_open[0], *WORD]),
    "chat markup alone": (make_plan, [min(TOKENIZER.control_ids)]),
    "a token beyond the vocabulary": (make_plan, [VOCABULARY.size]),
    "a want where there is none": (make_plan, WANTED),
    "a want later": (with_want, [*WANTED, *WORD, *WANTED]),
    "a want's end alone": (with_want, [VOCABULARY.want_close]),
    "no want": (with_want, WORD),
    "an item before the want": (with_want, [*SPAN[MUG], *WANTED]),
    "an end before the want": (with_want, END),
    "a want closed at once": (with_want, span("")),
    "a want closed inside a condition": (with_want, span(" kind: mug")),
    "a want closed before found": (with_want, span(" kind: mug;")),
    "a want closed before the count": (with_want, span(" kind: mug; found")),
    "a forged count": (with_want, span(" kind: mug; found 3")),
    "a forged count, unclosed": (with_want, span(" kind: mug; found 3")[:-1]),
    "more after the count": (with_want, span(" kind: mug; found 2 more")),
    "a number that nobody said": (with_want, span(" price < 8; found 2")),
    "a number that nobody said, unclosed": (with_want, span(" price < 8;")[:-1]),
    "an item inside a want": (with_want, [VOCABULARY.want_open, *SPAN[MUG], VOCABULARY.want_close]),
    "an item inside an open want": (with_want, [VOCABULARY.want_open, *SPAN[MUG]]),
    "a want inside a want": (with_want, [VOCABULARY.want_open, VOCABULARY.want_open]),
    "an end inside a want": (with_want, [VOCABULARY.want_open, *END]),
    "an item that the want leaves out": (with_want, [*WANTED, *SPAN[BAG]]),
    "an opener of a type that the want leaves out": (with_want, [*WANTED, SPAN[BAG][0]]),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_tampered_prefix_stops_everything(name: str) -> None:
    plan, ids = TAMPERED[name]
    with pytest.raises(GrammarError):
        plan().allowed(ids)
    with pytest.raises(GrammarError):
        plan().allowed([*ids, *WORD])


def test_nothing_eligible_means_no_opener() -> None:
    nothing = View(INDEX, np.zeros(4, dtype=bool))
    for form in (Format.IDS, Format.MIXED):
        allowed = make_plan(view=nothing, format=form).allowed([])
        assert allowed.tokens.tolist() == END
        assert allowed.words == (form is Format.MIXED)


def test_a_want_that_leaves_nothing_means_no_opener() -> None:
    nothing = View(INDEX, np.zeros(4, dtype=bool))
    plan = make_plan(want=WantPlan(want_grammar(SCHEME), CONTEXT, lambda words: nothing))
    assert plan.allowed(span(" colour: blue; found 0")).tokens.tolist() == END


def test_a_want_never_widens_the_view() -> None:
    plan = make_plan(want=WantPlan(want_grammar(SCHEME), CONTEXT, lambda words: View(INDEX)))
    assert plan.tokenizer.decode(WANTED[1:-1]).endswith("found 2")
    written = span(" kind: mug; found 3")
    opened = plan.allowed([*written, SPAN[PAN][0]])
    assert opened.tokens.tolist() == [SPAN[MUG][1]]


def test_a_want_speaks_of_one_catalog_only() -> None:
    other = build_index(SCHEME, [BAG, MUG, POT, PAN])
    plan = make_plan(want=WantPlan(want_grammar(SCHEME), CONTEXT, lambda words: View(other)))
    with pytest.raises(DecodingIndexError):
        plan.allowed(WANTED)


def test_a_reply_goes_by_one_answer() -> None:
    """The catalog may change while a reply is written; its count and its items still agree."""
    asked: list[str] = []

    def narrow(words: str) -> View:
        asked.append(words)
        return View(INDEX, np.arange(4) < 5 - len(asked))

    plan = make_plan(want=WantPlan(want_grammar(SCHEME), CONTEXT, narrow))
    ids = span(" kind: mug; found 3")
    for place in range(1, len(ids) + 1):
        plan.allowed(ids[:place])
    assert asked == [" kind: mug;"]


@pytest.mark.parametrize(
    "changes",
    [
        {"at_least": 3},
        {"at_least": -1},
        {"format": Format.TEXT},
        {"taken": np.array([1, 0])},
        {"taken": np.array([1, 1])},
        {"taken": np.array([-1, 2])},
        {"taken": np.array([4])},
    ],
)
def test_plans_that_cannot_be(changes: dict[str, object]) -> None:
    with pytest.raises(GrammarError):
        make_plan(**changes)


def test_text_alone_states_no_want() -> None:
    with pytest.raises(GrammarError):
        with_want(format=Format.TEXT, at_least=0)
