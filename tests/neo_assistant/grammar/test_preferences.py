"""Pins and weights in the grammar: what they move, and that they move no mask but by narrowing it."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import View
from neo_assistant.decoding.weights import Weights
from neo_assistant.engine.beams import search_span
from neo_assistant.engine.model import Session
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.preferences import Preferences
from neo_assistant.grammar.processor import ReplyGrammar
from neo_assistant.steering import Format
from tests.neo_assistant.serving import SCHEME, SKUS, random_model, sid_of, tokenizer
from tests.neo_assistant.strategies import TinyCatalog, bitmaps, build_index, seeds, tiny_tokenizer, views

INDEX = build_index(SCHEME, [sid_of(number) for number in range(len(SKUS))])
PROMPT = [7, 300, 21, 5]


@st.composite
def preferred(draw: st.DrawFn) -> tuple[TinyCatalog, ReplyPlan, ReplyPlan]:
    """A plan of items alone with pins and weights, and the same one without."""
    catalog, view, taken = draw(views(min_items=1))
    some = bitmaps(len(catalog.sids)).map(Bitmap.from_bools)
    sets = draw(st.lists(st.tuples(some, st.sampled_from((0.001, 0.5, 3.0, 1000.0))), max_size=2))
    preferences = Preferences(tuple(draw(st.lists(some, max_size=2))), Weights.of_sets(len(catalog.sids), sets))
    values = {
        "tokenizer": tiny_tokenizer(catalog.scheme),
        "view": view,
        "format": draw(st.sampled_from((Format.IDS, Format.MIXED))),
        "at_most": draw(st.integers(1, 4)),
        "taken": taken,
    }
    return catalog, ReplyPlan(**values, preferences=preferences), ReplyPlan(**values)


@given(preferred(), seeds())
def test_what_pins_leave_can_be_named_and_comes_first(
    drawn: tuple[TinyCatalog, ReplyPlan, ReplyPlan], random: Random
) -> None:
    _, plan, plain = drawn
    vocabulary, ids = plan.tokenizer.vocabulary, []
    while True:
        allowed, before = plan.allowed(ids), plain.allowed(ids)
        assert set(allowed.tokens.tolist()) <= set(before.tokens.tolist())
        assert allowed.words == before.words
        assert len(allowed.tokens) or allowed.words
        assert allowed.bias is None or np.isfinite(allowed.bias).all()
        if not plan.preferences.pins:
            assert allowed.tokens.tolist() == before.tokens.tolist()
        items = [token for token in allowed.tokens.tolist() if token >= vocabulary.first_id]
        if not items:
            break
        ids.append(random.choice(items))
    gone = set(plan.taken.tolist())
    free = [place for place in range(len(plan.view.index)) if plan.view.has(place) and place not in gone]
    named = list(plan.read(ids).items)
    assert len(named) == min(plan.at_most, len(free)) == len(plain.read(ids).items)
    rest = set(free)
    for position in named:
        pinned = next((left for pin in plan.preferences.pins if (left := rest & set(pin.positions().tolist()))), rest)
        assert position in pinned
        rest.discard(position)


@given(preferred(), seeds(), st.sampled_from(("plain", "nan", "inf")))
def test_a_bias_neither_forbids_nor_allows_anything(
    drawn: tuple[TinyCatalog, ReplyPlan, ReplyPlan], random: Random, kind: str
) -> None:
    _, plan, _ = drawn
    size, ids = plan.tokenizer.vocabulary.size, []
    logits = torch.randn((1, size), generator=torch.Generator().manual_seed(1))
    logits = {"plain": logits, "nan": logits * torch.nan, "inf": torch.full_like(logits, -torch.inf)}[kind]
    grammar = ReplyGrammar([plan], [1])
    for _ in range(8):
        allowed = plan.allowed(ids)
        scores = grammar.process_logits(torch.tensor([[5, *ids]]), logits)[0]
        assert scores[allowed.tokens].isfinite().all()
        legal = scores.isfinite()
        legal[allowed.tokens] = False
        if allowed.words:
            legal[: plan.tokenizer.vocabulary.first_id] = False
        assert not legal.any()
        if not len(allowed.tokens):
            break
        ids.append(random.choice(allowed.tokens.tolist()))


def plan_of(weights: Weights | None, **changes: object) -> ReplyPlan:
    values = {"tokenizer": tokenizer(), "view": View(INDEX), "preferences": Preferences((), weights), **changes}
    return ReplyPlan(**values)  # type: ignore[arg-type]


def some_weights(seed: int = 0) -> Weights:
    random = np.random.default_rng(seed)
    sets = [(Bitmap.from_bools(random.random(len(INDEX)) < 0.4), factor) for factor in (5.0, 0.1, 3.0)]
    weights = Weights.of_sets(len(INDEX), sets)
    assert weights is not None
    return weights


@pytest.mark.parametrize("number", range(2))
@pytest.mark.parametrize("blocked", [0, 4])
def test_a_wide_search_ranks_items_by_probability_times_weight(number: int, blocked: int) -> None:
    model, weights, taken = random_model(3), some_weights(number), np.arange(blocked)
    reply = [int(tokenizer().vocabulary.openers[number])]

    def search(plan: ReplyPlan) -> dict[int, float]:
        written = [*PROMPT, *reply]
        grammar = ReplyGrammar([plan], [len(PROMPT)])
        beams = search_span(Session(model), written, written, SCHEME.levels, grammar, 64)
        assert [beam.score for beam in beams] == sorted((beam.score for beam in beams), reverse=True)
        return {plan.read([*reply, *beam.tokens]).items[-1]: beam.score for beam in beams}

    plain, biased = search(plan_of(None, taken=taken)), search(plan_of(weights, taken=taken))
    assert set(plain) == set(biased)
    mean = np.log(np.mean(weights.at(np.array(sorted(plain)))))
    for position, score in plain.items():
        expected = score + float(np.log(weights.at(np.array(position)))) - mean
        assert biased[position] == pytest.approx(expected, abs=1e-3)


def test_weights_decide_between_openers_and_not_whether_there_is_one() -> None:
    weights = some_weights()
    logits = torch.randn((1, tokenizer().vocabulary.size), generator=torch.Generator().manual_seed(2))
    ids = torch.tensor([PROMPT])
    plain = ReplyGrammar([plan_of(None)], [len(PROMPT)]).process_logits(ids, logits)[0].softmax(-1)
    biased = ReplyGrammar([plan_of(weights)], [len(PROMPT)]).process_logits(ids, logits)[0].softmax(-1)
    openers = torch.from_numpy(tokenizer().vocabulary.openers)
    others = torch.ones(len(plain), dtype=torch.bool)
    others[openers] = False
    torch.testing.assert_close(biased[others], plain[others])
    means = torch.from_numpy(np.exp(weights.under(View(INDEX)).type_means(np.empty(0, np.int64))))
    assert abs(means[0] - means[1]) > 0.1
    shares = biased[openers] / plain[openers] / means.float()
    torch.testing.assert_close(shares[0], shares[1])


def test_a_pin_of_an_improbable_type_does_not_keep_the_model_from_naming_an_item() -> None:
    vocabulary, logits = tokenizer().vocabulary, torch.zeros((1, tokenizer().vocabulary.size))
    [kitchen, shoes] = vocabulary.openers.tolist()
    logits[0, kitchen], logits[0, shoes] = 12.0, -12.0
    pin = Bitmap.from_positions(len(INDEX), np.array([len(INDEX) - 1]))
    assert INDEX.sid(len(INDEX) - 1).item_type == "shoes"
    plain, pinned = (
        ReplyGrammar([plan_of(None, preferences=Preferences(pins))], [len(PROMPT)])
        .process_logits(torch.tensor([PROMPT]), logits)[0]
        .softmax(-1)
        for pins in ((), (pin,))
    )
    assert int(plain.argmax()) == kitchen
    assert int(pinned.argmax()) == shoes
    assert pinned[kitchen] == 0
    torch.testing.assert_close(pinned[shoes], plain[kitchen] + plain[shoes])


def test_transformers_beams_see_the_same_weights() -> None:
    """The sum of what the processor adds on the way to an item is its weight over the mean, as in our own search."""
    weights, vocabulary = some_weights(), tokenizer().vocabulary
    logits = torch.zeros((1, vocabulary.size))
    plan = plan_of(weights, format=Format.IDS, at_least=1)
    for number in (0, 5, 11):
        tokens, total = vocabulary.encode(INDEX.sid(number)), 0.0
        grammar = ReplyGrammar([plan], [0])
        for level in range(1, len(tokens)):
            scores = grammar.process_logits(torch.tensor([tokens[:level]]), logits)[0]
            total += float(scores[tokens[level]])
        of_type = [place for place in range(len(INDEX)) if INDEX.sid(place).item_type == INDEX.sid(number).item_type]
        mean = np.log(np.mean(weights.at(np.array(of_type))))
        assert total == pytest.approx(float(np.log(weights.at(np.array(number)))) - mean, abs=1e-5)


def test_nothing_counts_that_a_view_leaves_out() -> None:
    weights = Weights.of_sets(len(INDEX), [(Bitmap.from_positions(len(INDEX), np.array([3])), 5.0)])
    preferences = Preferences((), weights)
    without = View(INDEX, ~Bitmap.from_positions(len(INDEX), np.array([3])))
    assert preferences.weighted(without) is None
    assert preferences.weighted(View(INDEX)) is not None
    assert Preferences().weighted(View(INDEX)) is None
