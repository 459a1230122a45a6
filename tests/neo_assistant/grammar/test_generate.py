"""transformers' own ``generate`` with the settings that could cut what may follow, and a model that knows nothing."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neo_assistant.decoding.view import View
from neo_assistant.errors import GrammarError
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.processor import ReplyGrammar
from neo_assistant.sids import Sid, SidScheme
from neo_assistant.steering import Format
from tests.neo_assistant.grammar.test_plan import free_items
from tests.neo_assistant.grammar.test_processor import BEYOND, check_reply
from tests.neo_assistant.strategies import build_index, tiny_base, tiny_tokenizer

SCHEME = SidScheme(("bags", "kitchen"), (3, 2), per_type=True)
SIDS = [Sid("bags", (0, 0)), Sid("bags", (0, 1)), Sid("kitchen", (0, 0)), Sid("kitchen", (2, 1))]
INDEX = build_index(SCHEME, SIDS[:3]).with_added(np.array([1]), np.array([[2, 1]]), np.array([9]))
TOKENIZER = tiny_tokenizer(SCHEME)
VOCABULARY = TOKENIZER.vocabulary
PROMPTS = torch.tensor([[5, VOCABULARY.first_code, 7], [TOKENIZER.end_of_reply, VOCABULARY.want_open, 10]])
"""What a shopper's words can never become; the grammar must not mind."""
FEW = View(INDEX, np.array([True, True, False, False]))
MORE = View(INDEX, np.array([False, True, True, True]))
NONE = View(INDEX, np.zeros(4, dtype=bool))

CODES = [[int(token)] for sid in SIDS for token in VOCABULARY.encode(sid)[1:]]
OPENERS = [[int(token)] for token in VOCABULARY.openers]
STRICT: dict[str, dict[str, Any]] = {
    "top-k 1": {"do_sample": True, "top_k": 1},
    "top-p 0.01": {"do_sample": True, "top_p": 0.01},
    "min-p 0.99": {"do_sample": True, "min_p": 0.99},
    "typical-p 0.01": {"do_sample": True, "typical_p": 0.01},
    "epsilon and eta": {"do_sample": True, "epsilon_cutoff": 0.9, "eta_cutoff": 0.9},
    "temperature 0.001": {"do_sample": True, "temperature": 1e-3},
    "repetition penalty 10": {"repetition_penalty": 10.0},
    "repetition penalty 0.1": {"repetition_penalty": 0.1},
    "no repeated token": {"no_repeat_ngram_size": 1},
    "no token of the prompt": {"encoder_no_repeat_ngram_size": 1},
    "legal codes are bad words": {"bad_words_ids": CODES},
    "legal spans are bad words": {"bad_words_ids": [VOCABULARY.encode(sid) for sid in SIDS]},
    "openers are suppressed": {"suppress_tokens": [token for [token] in OPENERS]},
    "the end is a bad word": {"bad_words_ids": [[TOKENIZER.end_of_reply, TOKENIZER.end_of_reply]]},
    "no end for 15 tokens": {"min_new_tokens": 15},
    "codes may not begin": {"begin_suppress_tokens": [int(VOCABULARY.openers[0])]},
    "a biased code": {"sequence_bias": {(int(VOCABULARY.code_bases[0, 0]) + 2,): 100.0}},
    "logits made anew": {"renormalize_logits": True, "do_sample": True, "top_k": 1, "temperature": 100.0},
    "all at once": {
        "do_sample": True,
        "temperature": 1e-3,
        "top_k": 1,
        "top_p": 0.01,
        "min_p": 0.99,
        "typical_p": 0.01,
        "repetition_penalty": 10.0,
        "no_repeat_ngram_size": 1,
        "bad_words_ids": CODES,
    },
}
BEAMS: dict[str, dict[str, Any]] = {f"{count} beams": {"num_beams": count} for count in range(2, 9)}
BEAMS["8 beams, 4 replies"] = {"num_beams": 8, "num_return_sequences": 4}


@cache
def model(seed: int = 0) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=VOCABULARY.size + BEYOND,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        eos_token_id=TOKENIZER.end_of_reply,
        pad_token_id=tiny_base().pad_token_id,
        initializer_range=0.5,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LlamaForCausalLM(config).eval()


def plans(form: Format = Format.IDS) -> list[ReplyPlan]:
    return [
        ReplyPlan(TOKENIZER, FEW, form, 0, 2, taken=np.array([0])),
        ReplyPlan(TOKENIZER, MORE, form, 2, 3),
    ]


def written(wishes: list[ReplyPlan], knows: Any, **arguments: Any) -> list[tuple[ReplyPlan, list[int]]]:
    """Plans, and the replies that ``generate`` wrote for them, up to and with their end."""
    end = TOKENIZER.end_of_reply
    return [(plan, reply[: reply.index(end) + 1]) for plan, reply in generated(wishes, knows, **arguments)]


def generated(wishes: list[ReplyPlan], knows: Any, **arguments: Any) -> list[tuple[ReplyPlan, list[int]]]:
    """Plans, and whatever ``generate`` wrote for them, finished or not."""
    from transformers import LogitsProcessorList

    torch.manual_seed(0)
    processor = ReplyGrammar(wishes, [PROMPTS.shape[1]] * len(wishes))
    found = knows.generate(
        PROMPTS,
        attention_mask=torch.ones_like(PROMPTS),
        logits_processor=LogitsProcessorList([processor]),
        max_new_tokens=24,
        **arguments,
    )[:, PROMPTS.shape[1] :].tolist()
    each = len(found) // len(wishes)
    return [(wishes[number // each], reply) for number, reply in enumerate(found)]


def check_nothing_illegal(arguments: dict[str, Any], knows: Any) -> None:
    """Settings under which ``generate`` goes on with tokens of no probability, or gives up half-way.

    Drawn beams are filled up with what has probability 0 where less may follow than there are beams, and scores of
    −1e30 are below what it takes for the score of no beam at all. The grammar then stops it. It may come to no end;
    what it gives has no item that may not be named, and stands where an item can stand.
    """
    try:
        found = generated(plans(), knows, **arguments)
    except GrammarError:
        return
    padding = tiny_base().pad_token_id
    for plan, reply in found:
        while reply and reply[-1] == padding:
            reply.pop()
        plan.allowed(reply)
        named = [plan.view.index.sid(place) for place in plan.read(reply).items]
        assert set(named) <= free_items(plan, plan.view, set())


@pytest.mark.parametrize("arguments", [*STRICT.values(), *BEAMS.values()], ids=[*STRICT, *BEAMS])
def test_whatever_the_settings_the_reply_is_one_of_its_plan(arguments: dict[str, Any]) -> None:
    for plan, reply in written(plans(), model(), **arguments):
        check_reply(plan, reply)


@pytest.mark.parametrize("name", ["all at once", "no repeated token"])
def test_a_checkpoints_own_settings_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import GenerationConfig

    own = GenerationConfig(**STRICT[name], eos_token_id=TOKENIZER.end_of_reply, pad_token_id=tiny_base().pad_token_id)
    monkeypatch.setattr(model(), "generation_config", own)
    for plan, reply in written(plans(), model()):
        check_reply(plan, reply)


@pytest.mark.parametrize("arguments", [STRICT["all at once"], BEAMS["4 beams"]], ids=["all at once", "4 beams"])
def test_where_nothing_is_eligible_nothing_is_named(arguments: dict[str, Any]) -> None:
    empty = [ReplyPlan(TOKENIZER, NONE, Format.IDS, 1, 3)] * 2
    for _, reply in written(empty, model(), **arguments):
        assert reply == [TOKENIZER.end_of_reply]


@pytest.mark.parametrize("value", [torch.nan, -torch.inf, torch.inf, 0.0])
@pytest.mark.parametrize("name", ["all at once", "repetition penalty 10"])
def test_a_model_that_gives_no_numbers_still_keeps_to_the_plans(
    value: float, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = model().lm_head.forward
    monkeypatch.setattr(model().lm_head, "forward", lambda hidden: torch.full_like(real(hidden), value))
    for plan, reply in written(plans(), model(), **STRICT[name]):
        check_reply(plan, reply)
    check_nothing_illegal({"num_beams": 4}, model())


@pytest.mark.parametrize("count", range(2, 9))
@pytest.mark.parametrize("name", ["top-k 1", "all at once"])
def test_drawn_beams_name_nothing_illegal(name: str, count: int) -> None:
    check_nothing_illegal({**STRICT[name], "num_beams": count}, model())


@settings(max_examples=25)
@given(
    st.integers(0, 5),
    st.fixed_dictionaries(
        {},
        optional={
            "temperature": st.sampled_from([1e-3, 0.5, 50.0]),
            "top_k": st.integers(1, 3),
            "top_p": st.sampled_from([0.01, 0.5]),
            "min_p": st.sampled_from([0.1, 0.99]),
            "typical_p": st.sampled_from([0.01, 0.5]),
            "repetition_penalty": st.sampled_from([0.1, 10.0]),
            "no_repeat_ngram_size": st.integers(1, 3),
            "bad_words_ids": st.lists(st.sampled_from(CODES), min_size=1, unique_by=tuple),
        },
    ),
    st.integers(1, 5),
)
def test_any_mixture_of_settings(seed: int, arguments: dict[str, Any], beams: int) -> None:
    if beams > 1:
        check_nothing_illegal({**arguments, "do_sample": True, "num_beams": beams}, model(seed))
    for plan, reply in written(plans(), model(seed), do_sample=True, **arguments):
        check_reply(plan, reply)
