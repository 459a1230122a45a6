"""Whatever the logits are, the reply is one of its plan."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.view import View
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.processor import ReplyGrammar
from neo_assistant.grammar.reply_state import Allowed
from neo_assistant.sids import Sid, SidScheme
from neo_assistant.steering import Format
from neo_assistant.want import Want, found_words
from tests.neo_assistant.grammar.test_plan import free_items, narrowed, plans
from tests.neo_assistant.strategies import FACETS, TYPES, TinyCatalog, build_index, tiny_base, tiny_tokenizer

PROMPT = [1, 5, 9]
BEYOND = 13
"""Columns after the vocabulary, as models have whose embedding is rounded up."""
INFINITY = float("inf")

Logits = Callable[[torch.Tensor, torch.Tensor, torch.Generator], torch.Tensor]
"""From noise (rows, vocabulary), the legal tokens of the first row as a mask, and a generator to logits."""


def _one_legal(noise: torch.Tensor, legal: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """−inf on all legal tokens but one, and much on all others."""
    noise = torch.where(legal, -INFINITY, noise + 1e4)
    spared = torch.nonzero(legal)[torch.randint(int(legal.sum()), (1,), generator=generator)]
    noise[:, spared] = -50.0
    return noise


LOGITS: dict[str, Logits] = {
    "random": lambda noise, legal, generator: noise * 10,
    "constant": lambda noise, legal, generator: torch.zeros_like(noise),
    "one legal token": _one_legal,
    "no legal token": lambda noise, legal, generator: torch.where(legal, -INFINITY, noise),
    "all -inf": lambda noise, legal, generator: torch.full_like(noise, -INFINITY),
    "all +inf": lambda noise, legal, generator: torch.full_like(noise, INFINITY),
    "+inf where forbidden": lambda noise, legal, generator: torch.where(legal, noise, INFINITY),
    "all NaN": lambda noise, legal, generator: torch.full_like(noise, torch.nan),
    "NaN where legal": lambda noise, legal, generator: torch.where(legal, torch.nan, noise),
    "half precision": lambda noise, legal, generator: (noise * 100).half(),
    "brain float": lambda noise, legal, generator: torch.where(noise > 1, -INFINITY, noise).bfloat16(),
}


@cache
def warpers() -> dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]]:
    """What transformers may run after us, as strict as it can be."""
    from transformers.generation.logits_process import (
        MinPLogitsWarper,
        RepetitionPenaltyLogitsProcessor,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
        TypicalLogitsWarper,
    )

    def all_of_them(ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        for warper in (penalty, cold, top_k, top_p):
            scores = warper(ids, scores)
        return scores

    penalty, cold = RepetitionPenaltyLogitsProcessor(10.0), TemperatureLogitsWarper(0.01)
    top_k, top_p = TopKLogitsWarper(1), TopPLogitsWarper(0.01)
    return {
        "none": lambda ids, scores: scores,
        "repetition penalty 10": penalty,
        "repetition penalty 0.1": RepetitionPenaltyLogitsProcessor(0.1),
        "temperature 0.01": cold,
        "temperature 100": TemperatureLogitsWarper(100.0),
        "top-k 1": top_k,
        "top-k 400": TopKLogitsWarper(400),
        "top-p 0.01": top_p,
        "min-p 0.9": MinPLogitsWarper(0.9),
        "typical 0.1": TypicalLogitsWarper(0.1),
        "penalty, temperature, top-k and top-p": all_of_them,
    }


def legal_mask(plan: ReplyPlan, allowed: Allowed, size: int) -> torch.Tensor:
    """The allowed tokens as a mask, made token by token."""
    tokenizer = plan.tokenizer
    mask = torch.zeros(size, dtype=torch.bool)
    if allowed.words:
        mask[[t for t in range(tokenizer.vocabulary.first_id) if t not in tokenizer.control_ids]] = True
    mask[torch.from_numpy(allowed.tokens)] = True
    return mask


def write(
    plan: ReplyPlan,
    logits: Logits,
    warper: str,
    generator: torch.Generator,
    sample: bool,
    words: int = 6,
    begin: Sequence[int] = (),
    prompt: Sequence[int] = PROMPT,
) -> list[int]:
    """A whole reply that begins with ``begin``, chosen from warped logits.

    After so many words, what else may follow is drawn instead.
    """
    grammar = ReplyGrammar([plan], [len(prompt)])
    size = plan.tokenizer.vocabulary.size + BEYOND
    ids = list(begin)
    end = plan.tokenizer.end_of_reply
    while end not in ids:
        assert len(ids) < 1000
        allowed = plan.allowed(ids)
        legal = legal_mask(plan, allowed, size)
        noise = torch.randn((1, size), generator=generator)
        masked = grammar(torch.tensor([[*prompt, *ids]]), logits(noise, legal, generator))
        assert torch.equal(torch.isfinite(masked[0]), legal)
        assert torch.isneginf(masked[0][~legal]).all()
        warped = warpers()[warper](torch.tensor([[*prompt, *ids]]), masked)
        chances = torch.softmax(warped, dim=-1)
        token = int(torch.multinomial(chances, 1, generator=generator)) if sample else int(warped.argmax())
        assert legal[token], f"{warper} chose a forbidden token"
        assert chances[0][~legal].sum() == 0
        if allowed.words and words <= 0:
            token = int(allowed.tokens[int(torch.randint(len(allowed.tokens), (1,), generator=generator))])
        words -= allowed.words
        ids.append(token)
    return ids


def check_reply(plan: ReplyPlan, ids: list[int]) -> None:
    """A finished reply against its plan, taken apart without the plan's own reader."""
    vocabulary, length = plan.tokenizer.vocabulary, plan.view.index.scheme.span_length
    assert ids.count(plan.tokenizer.end_of_reply) == 1
    assert ids[-1] == plan.tokenizer.end_of_reply
    rest, view = ids[:-1], plan.view
    if plan.want is not None:
        assert rest[0] == vocabulary.want_open
        close = rest.index(vocabulary.want_close)
        text = plan.tokenizer.decode(rest[1:close])
        words, _, count = text.rpartition(" found")
        view = narrowed(view, words)
        assert f" found{count}" == found_words(len(free_items(plan, view, set())))
        want = Want.parse(words)
        assert want.item_type in (None, *TYPES)
        assert all(value in FACETS[name] for name, value in want.facets)
        rest = rest[close + 1 :]
    named: list[Sid] = []
    while rest:
        if rest[0] < vocabulary.first_id:
            assert plan.format is not Format.IDS
            assert rest[0] not in plan.tokenizer.control_ids
            rest = rest[1:]
        else:
            named.append(vocabulary.decode(rest[:length]))
            rest = rest[length:]
    free = free_items(plan, view, set())
    assert len(set(named)) == len(named)
    assert set(named) <= free
    assert len(named) <= (0 if plan.format is Format.TEXT else plan.at_most)
    assert len(named) >= min(plan.at_least, len(free))


@given(
    plans(),
    st.sampled_from(sorted(LOGITS)),
    st.sampled_from(sorted(warpers())),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_every_reply_keeps_to_its_plan(
    drawn: tuple[TinyCatalog, ReplyPlan], logits: str, warper: str, seed: int, sample: bool
) -> None:
    _, plan = drawn
    ids = write(plan, LOGITS[logits], warper, torch.Generator().manual_seed(seed), sample)
    check_reply(plan, ids)


SCHEME = SidScheme(("bags", "kitchen"), (3, 2), per_type=True)
SIDS = [Sid("bags", (0, 0)), Sid("bags", (0, 1)), Sid("kitchen", (0, 0)), Sid("kitchen", (2, 1))]
INDEX = build_index(SCHEME, SIDS)
TOKENIZER = tiny_tokenizer(SCHEME)
SIZE = TOKENIZER.vocabulary.size


def make_plan(**changes: object) -> ReplyPlan:
    return ReplyPlan(**{"tokenizer": TOKENIZER, "view": View(INDEX), "at_least": 1, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("logits", sorted(LOGITS))
@pytest.mark.parametrize("warper", sorted(warpers()))
def test_nothing_that_runs_afterwards_brings_back_a_forbidden_token(logits: str, warper: str) -> None:
    for form in (Format.IDS, Format.MIXED):
        plan = make_plan(format=form, at_least=2)
        check_reply(plan, write(plan, LOGITS[logits], warper, torch.Generator().manual_seed(0), sample=False))


@given(plans(), st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_rows_may_be_reordered_repeated_and_batched(
    drawn: tuple[TinyCatalog, ReplyPlan], seed: int, choice: random.Random
) -> None:
    """Beams: whatever stood in a row before, the mask is that of the row's own ids."""
    _, plan = drawn
    generator = torch.Generator().manual_seed(seed)
    replies = [write(plan, LOGITS["random"], "none", generator, sample=True) for _ in range(3)]
    length = choice.randint(0, min(map(len, replies)))
    rows = [reply[:length] for reply in replies]
    logits = torch.randn((len(rows), plan.tokenizer.vocabulary.size), generator=generator)
    grammar = ReplyGrammar([plan], [len(PROMPT)])
    alone = [grammar(torch.tensor([PROMPT + row]), logits[[place]])[0] for place, row in enumerate(rows)]
    order = [choice.randrange(len(rows)) for _ in range(5)]
    together = grammar(torch.tensor([PROMPT + rows[place] for place in order]), logits[order])
    again = grammar(torch.tensor([PROMPT + rows[place] for place in order]), logits[order])
    assert torch.equal(together, again)
    for place, masked in zip(order, together, strict=True):
        assert torch.equal(masked, alone[place])


def test_every_sequence_of_a_batch_has_its_own_plan() -> None:
    """Two plans, two beams each: the rows of a plan stand together, and its prompt may have its own length."""
    bags = make_plan(view=View(INDEX, np.array([True, True, False, False])), format=Format.IDS)
    kitchen = make_plan(view=View(INDEX, np.array([False, False, True, True])), format=Format.IDS)
    grammar = ReplyGrammar([bags, kitchen], [3, 2])
    opener = TOKENIZER.vocabulary.openers.tolist()
    ids = torch.tensor([[7, 7, 7], [8, 8, 8], [7, 7, opener[1]], [8, 8, opener[1]]])
    masked = grammar.process_logits(ids, torch.zeros((4, SIZE)))
    legal = [torch.nonzero(torch.isfinite(row)).flatten().tolist() for row in masked]
    first = int(TOKENIZER.vocabulary.code_bases[1, 0])
    assert legal == [[opener[0]], [opener[0]], [first, first + 2], [first, first + 2]]


def test_a_finished_row_stays_finished_whatever_pads_it() -> None:
    plan = make_plan(at_least=0)
    ids = torch.tensor([[TOKENIZER.end_of_reply, 0, 0]])
    masked = ReplyGrammar([plan], [0]).process_logits(ids, torch.zeros((1, SIZE)))
    assert torch.nonzero(torch.isfinite(masked[0])).flatten().tolist() == [TOKENIZER.end_of_reply]


def test_nothing_allowed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReplyPlan, "allowed", lambda plan, ids: Allowed(np.empty(0, dtype=np.int64)))
    with pytest.raises(GrammarError, match="nothing"):
        ReplyGrammar([make_plan()], [0]).process_logits(torch.tensor([[5]]), torch.zeros((1, SIZE)))


def test_a_row_that_breaks_its_plan_stops_the_batch() -> None:
    code = TOKENIZER.vocabulary.first_code
    with pytest.raises(GrammarError):
        ReplyGrammar([make_plan()], [0]).process_logits(torch.tensor([[5], [code]]), torch.zeros((2, SIZE)))


@pytest.mark.parametrize(("rows", "size"), [(2, SIZE - 1), (3, SIZE), (0, SIZE)])
def test_logits_that_do_not_fit_are_refused(rows: int, size: int) -> None:
    with pytest.raises(GrammarError, match="fit"):
        ReplyGrammar([make_plan()] * 2, [0, 0]).process_logits(
            torch.zeros((rows, 1), dtype=torch.long), torch.zeros((rows, size))
        )


@pytest.mark.parametrize(("plan_count", "lengths"), [(0, []), (1, []), (1, [1, 1])])
def test_every_plan_needs_a_prompt(plan_count: int, lengths: list[int]) -> None:
    with pytest.raises(GrammarError):
        ReplyGrammar([make_plan()] * plan_count, lengths)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"do_sample": True},
        {"do_sample": True, "temperature": 0.01, "top_p": 0.01, "repetition_penalty": 10.0},
        {"num_beams": 5},
    ],
    ids=["greedy", "sampled", "strict", "beams"],
)
def test_transformers_itself_keeps_to_the_plans(arguments: dict[str, object]) -> None:
    """A model that knows nothing, in batches, through ``generate``."""
    from transformers import LlamaConfig, LlamaForCausalLM, LogitsProcessorList

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=SIZE + BEYOND,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        eos_token_id=TOKENIZER.end_of_reply,
        pad_token_id=tiny_base().pad_token_id,
    )
    model = LlamaForCausalLM(config).eval()
    few, more = View(INDEX, np.array([True, True, False, False])), View(INDEX, np.array([False, True, True, True]))
    wishes = [make_plan(view=few, format=Format.IDS, at_least=0), make_plan(view=more, format=Format.IDS)]
    prompt = torch.tensor([[5, 6, 7], [8, 9, 10]])
    written = model.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        logits_processor=LogitsProcessorList([ReplyGrammar(wishes, [3, 3])]),
        max_new_tokens=20,
        **arguments,
    )
    for plan, row in zip(wishes, written[:, 3:].tolist(), strict=True):
        check_reply(plan, row[: row.index(TOKENIZER.end_of_reply) + 1])
