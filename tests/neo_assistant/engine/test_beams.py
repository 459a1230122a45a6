"""The beam search inside a SID span, against an enumeration of all items."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from neo_assistant.decoding import torch_view
from neo_assistant.decoding.torch_view import TorchIndex, TorchViews
from neo_assistant.decoding.view import View
from neo_assistant.engine import beams as beams_module
from neo_assistant.engine.beams import Beam, best, search_span
from neo_assistant.engine.model import Session
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.processor import ReplyGrammar
from neo_assistant.sids import Sid, SidScheme
from tests.neo_assistant.serving import SCHEME, SKUS, random_model, sid_of, tokenizer
from tests.neo_assistant.strategies import build_index, rows_of, tiny_tokenizer
from tests.neo_assistant.without_host import NoCopyToHost

SIDS = [sid_of(number) for number in range(len(SKUS))]
INDEX = build_index(SCHEME, SIDS)
PROMPT = [7, 300, 21, 5, 150, 44]
LEVELS = SCHEME.levels


@pytest.fixture(scope="module")
def model() -> Any:
    return random_model(3)


def make_plan(blocked: int = 0) -> ReplyPlan:
    """Any item but the first ``blocked`` and every fifth."""
    eligible = np.arange(len(INDEX)) % 5 != 4
    return ReplyPlan(tokenizer(), View(INDEX, eligible), taken=np.arange(blocked))


def search(model: Any, plan: ReplyPlan, reply: list[int], width: int, cached: int = 0) -> tuple[Session, list[Beam]]:
    """Search the item after ``reply``, whose first ``cached`` tokens, and the prompt, are in the cache already."""
    session, written = Session(model), [*PROMPT, *reply]
    if cached:
        session.forward([written[:cached]])
    grammar = ReplyGrammar([plan], [len(PROMPT)])
    return session, search_span(session, written, written[cached:], plan.view.index.scheme.levels, grammar, width)


@torch.inference_mode()
def probability(model: Any, reply: list[int], codes: list[int]) -> float:
    """log p of the codes after prompt and reply, by one pass over the whole sequence."""
    ids = [*PROMPT, *reply, *codes]
    chances = torch.log_softmax(model(input_ids=torch.tensor([ids])).logits[0].double(), dim=-1)
    return sum(float(chances[len(ids) - len(codes) + place - 1, token]) for place, token in enumerate(codes))


@pytest.mark.parametrize("number", range(2))
@pytest.mark.parametrize("blocked", [0, 3])
def test_a_wide_search_ranks_all_eligible_items_by_their_probability(model: Any, number: int, blocked: int) -> None:
    plan, vocabulary = make_plan(blocked), tokenizer().vocabulary
    reply = [30, int(vocabulary.openers[number])]
    may = [
        vocabulary.encode(sid)[1:]
        for place, sid in enumerate(sorted(SIDS))
        if sid.item_type == SCHEME.types[number] and plan.view.has(place) and place >= blocked
    ]
    expected = sorted(((probability(model, reply, codes), codes) for codes in may), reverse=True)
    _, beams = search(model, plan, reply, width=64)
    assert [list(beam.tokens) for beam in beams] == [codes for _, codes in expected]
    assert [beam.score for beam in beams] == pytest.approx([score for score, _ in expected], abs=1e-3)


@pytest.mark.parametrize("width", [1, 2, 8])
def test_the_cache_of_every_beam_is_that_of_its_tokens(model: Any, width: int) -> None:
    reply = [30, 31, int(tokenizer().vocabulary.openers[0])]
    for number in sorted({0, width // 2, width - 1}):
        session, beams = search(model, make_plan(), reply, width)
        beam = beams[number]
        session.select([beam.row])
        following = session.forward([[beam.tokens[-1], 77]])[0]
        whole = [*PROMPT, *reply, *beam.tokens, 77]
        with torch.inference_mode():
            expected = model(input_ids=torch.tensor([whole])).logits[0, -1]
        torch.testing.assert_close(following, expected, atol=1e-4, rtol=1e-4)


def test_tokens_that_wait_for_a_pass_change_nothing(model: Any) -> None:
    reply = [30, 31, 32, int(tokenizer().vocabulary.openers[1])]
    whole = len(PROMPT) + len(reply)
    _, together = search(model, make_plan(), reply, 4)
    for cached in (len(PROMPT), whole - 2, whole - 1):
        _, apart = search(model, make_plan(), reply, 4, cached)
        assert [beam.tokens for beam in apart] == [beam.tokens for beam in together]
        assert [beam.score for beam in apart] == pytest.approx([beam.score for beam in together], abs=1e-4)


def test_a_narrow_search_gives_items_best_first_and_no_more_than_its_width(model: Any) -> None:
    reply = [int(tokenizer().vocabulary.openers[0])]
    for width in (1, 2, 3):
        _, beams = search(model, make_plan(), reply, width)
        assert len(beams) == width
        scores = [beam.score for beam in beams]
        assert scores == sorted(scores, reverse=True)
        for beam in beams:
            assert tokenizer().vocabulary.decode([*reply, *beam.tokens]) in SIDS
            assert beam.score == pytest.approx(probability(model, reply, list(beam.tokens)), abs=1e-3)


def test_sids_of_one_level_need_one_pass(model: Any) -> None:
    scheme = SidScheme(SCHEME.types, (5,), per_type=False)
    shop, sids = tiny_tokenizer(scheme), [Sid("kitchen", (0,)), Sid("kitchen", (3,)), Sid("shoes", (1,))]
    plan = ReplyPlan(shop, View(build_index(scheme, sids)))
    small = random_model(1, size=shop.vocabulary.size)
    reply = [int(shop.vocabulary.openers[0])]
    session, beams = search(small, plan, reply, 8)
    assert {shop.vocabulary.decode([*reply, *beam.tokens]) for beam in beams} == set(sids[:2])
    session.select([beams[1].row])
    with torch.inference_mode():
        expected = small(input_ids=torch.tensor([[*PROMPT, *reply, *beams[1].tokens]])).logits[0, -1]
    torch.testing.assert_close(session.forward([list(beams[1].tokens)])[0], expected, atol=1e-4, rtol=1e-4)


def test_a_model_that_gives_no_numbers_still_names_items(model: Any) -> None:
    class Broken:
        config, device = model.config, model.device

        def __call__(self, input_ids: torch.Tensor, **_: Any) -> Any:
            shape = (len(input_ids), 1, tokenizer().vocabulary.size)
            return type("Output", (), {"logits": torch.full(shape, torch.nan)})()

    plan, reply = make_plan(), [int(tokenizer().vocabulary.openers[0])]
    session, grammar = Session(Broken()), ReplyGrammar([plan], [len(PROMPT)])  # type: ignore[arg-type]
    session.select = lambda rows: None  # type: ignore[method-assign] # there is nothing in the cache
    beams = search_span(session, [*PROMPT, *reply], reply, LEVELS, grammar, 4)
    assert beams
    assert all(np.isfinite(beam.score) for beam in beams)
    assert all(tokenizer().vocabulary.decode([*reply, *beam.tokens]) in SIDS for beam in beams)


def test_a_span_without_an_eligible_item_is_an_error(model: Any) -> None:
    plan = ReplyPlan(tokenizer(), View(INDEX, np.zeros(len(INDEX), dtype=bool)))
    with pytest.raises(GrammarError):
        search(model, plan, [int(tokenizer().vocabulary.openers[0])], 4)


def same_beams(one: list[Beam], other: list[Beam]) -> None:
    assert [beam.tokens for beam in one] == [beam.tokens for beam in other]
    assert [beam.score for beam in one] == pytest.approx([beam.score for beam in other], abs=1e-4)


@pytest.mark.parametrize("width", [1, 3, 8, 64])
def test_shapes_that_do_not_depend_on_data_give_the_same_beams(
    model: Any, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On an accelerator beams that are no more stay in the batch; nobody may notice."""
    for reply in ([int(opener)] for opener in tokenizer().vocabulary.openers):
        _, tight = search(model, make_plan(), reply, width)
        with monkeypatch.context() as patch:
            patch.setattr(beams_module, "TorchIndex", partial(TorchIndex, static=True))
            _, static = search(model, make_plan(), reply, width)
        same_beams(static, tight)


@pytest.mark.parametrize("static", [False, True])
def test_beams_that_are_looked_at_in_parts_are_the_same(
    model: Any, static: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = [int(tokenizer().vocabulary.openers[0])]
    _, together = search(model, make_plan(), reply, 5)
    monkeypatch.setattr(torch_view, "MOST_LANES", 6)
    monkeypatch.setattr(beams_module, "TorchIndex", partial(TorchIndex, static=static))
    _, in_parts = search(model, make_plan(), reply, 5)
    same_beams(in_parts, together)


@pytest.mark.parametrize("width", [2, 64])
def test_items_of_two_segments_are_ranked_as_those_of_one(model: Any, width: int) -> None:
    """Half of the items beside the main segment, and two that were there before and are no more."""
    gone = Sid(SCHEME.types[0], (2, 2, 3))
    assert gone not in SIDS
    parts = build_index(SCHEME, [*SIDS[::2], gone]).with_removed(np.array([len(SIDS[::2])]))
    beside = range(1, len(SIDS), 2)
    rows = rows_of(SCHEME, [SIDS[number] for number in beside], [100 + number for number in beside])
    index = parts.with_added(*rows)
    assert len(index.segments) == 2
    for number in range(2):
        reply = [30, int(tokenizer().vocabulary.openers[number])]
        _, one = search(model, ReplyPlan(tokenizer(), View(INDEX)), reply, width)
        _, two = search(model, ReplyPlan(tokenizer(), View(index)), reply, width)
        same_beams(two, one)


def test_a_step_of_the_search_copies_nothing_to_the_host() -> None:
    plan, number = make_plan(), 1
    span = ReplyGrammar([plan], [0]).open_span([int(tokenizer().vocabulary.openers[number])])
    views = TorchViews(TorchIndex(span.view.index, "cpu", static=True), [span.view], [span.taken])
    slot, scores = torch.zeros(1, dtype=torch.long), torch.zeros(1)
    logits = torch.randn((64, tokenizer().vocabulary.size))
    with NoCopyToHost():
        prefixes = views.begin(slot, slot + number)
        for level in range(LEVELS):
            step = best(views, prefixes, level, span, logits[: len(prefixes)], scores, 8)
            prefixes, scores = step.prefixes, step.scores
    bases = torch.tensor(span.code_bases)
    assert len(prefixes) == 8
    assert (step.tokens >= bases[-1]).all()


@pytest.mark.parametrize("ids", [[], [30], "whole item", "half an item"])
def test_no_span_is_searched_that_was_not_opened(ids: Any) -> None:
    whole = tokenizer().vocabulary.encode(SIDS[0])
    reply = {"whole item": whole, "half an item": whole[:2]}.get(str(ids), ids)
    with pytest.raises(GrammarError, match="opened"):
        ReplyGrammar([make_plan()], [len(PROMPT)]).open_span([*PROMPT, *reply])
