"""The ranking of what may be named next, against an enumeration of all items."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import View
from neo_assistant.decoding.weights import Weights
from neo_assistant.engine.exploration import explore
from neo_assistant.engine.model import Session
from neo_assistant.engine.ranking import Candidate, rank_next
from neo_assistant.grammar.plan import ReplyPlan
from neo_assistant.grammar.preferences import Preferences
from neo_assistant.steering import Format
from tests.neo_assistant.serving import SCHEME, SKUS, random_model, sid_of, tokenizer
from tests.neo_assistant.strategies import build_index

SIDS = sorted(sid_of(number) for number in range(len(SKUS)))
INDEX = build_index(SCHEME, SIDS)
PROMPT = [7, 300, 21, 5, 150, 44]
ITEMS = [place for place in range(len(SIDS)) if place % 5 != 4]
"""What the plans of these tests allow."""


@pytest.fixture(scope="module")
def model() -> Any:
    return random_model(3)


def make_plan(preferences: Preferences | None = None) -> ReplyPlan:
    eligible = np.arange(len(INDEX)) % 5 != 4
    preferences = preferences or Preferences()
    return ReplyPlan(tokenizer(), View(INDEX, eligible), format=Format.IDS, at_most=3, preferences=preferences)


def rank(model: Any, plan: ReplyPlan, count: int, width: int = 64) -> list[Candidate]:
    return list(explore(model, PROMPT, plan, width=width, count=count).ranking)


@torch.inference_mode()
def chances(model: Any, among: list[int], weight: Any = lambda place: 1.0) -> dict[int, float]:
    """The probability of each item by a pass over its whole sequence."""
    vocabulary = tokenizer().vocabulary
    logits = model(input_ids=torch.tensor([PROMPT])).logits[0, -1].double()
    here = {
        number: [place for place in among if SIDS[place].item_type == name] for number, name in enumerate(SCHEME.types)
    }
    mean = {number: sum(map(weight, places)) / len(places) for number, places in here.items() if places}
    opener = {number: math.exp(logits[vocabulary.openers[number]]) * mean[number] for number in mean}
    found = {}
    for number in mean:
        for place in here[number]:
            ids = [*PROMPT, *vocabulary.encode(SIDS[place])]
            after = torch.log_softmax(model(input_ids=torch.tensor([ids])).logits[0].double(), dim=-1)
            codes = sum(
                float(after[len(PROMPT) + level, ids[len(PROMPT) + level + 1]]) for level in range(SCHEME.levels)
            )
            found[place] = opener[number] / sum(opener.values()) * math.exp(codes) * weight(place) / mean[number]
    return found


def test_items_of_all_types_are_ranked_by_their_probability(model: Any) -> None:
    expected = chances(model, ITEMS)
    found = rank(model, make_plan(), count=len(ITEMS))
    assert [one.position for one in found] == sorted(expected, key=lambda place: -expected[place])
    assert [math.exp(one.score) for one in found] == pytest.approx([expected[one.position] for one in found], rel=1e-3)
    assert not any(one.pinned for one in found)
    assert [one.position for one in rank(model, make_plan(), count=4, width=1)] != []


def test_weights_move_items_and_what_is_pinned_stands_first(model: Any) -> None:
    heavy, pinned = [0, 11, 17], [ITEMS[2], ITEMS[-1]]
    weights = Weights.of_sets(len(INDEX), [(Bitmap.from_positions(len(INDEX), np.array(heavy)), 8.0)])
    pin = Bitmap.from_positions(len(INDEX), np.array(pinned))
    found = rank(model, make_plan(Preferences((pin,), weights)), count=len(ITEMS))

    def weight(place: int) -> float:
        return 8.0 if place in heavy else 1.0

    first, rest = chances(model, pinned, weight), chances(model, sorted(set(ITEMS) - set(pinned)), weight)
    assert [one.position for one in found] == [
        *sorted(first, key=lambda place: -first[place]),
        *sorted(rest, key=lambda place: -rest[place]),
    ]
    assert [one.pinned for one in found] == [True] * 2 + [False] * (len(ITEMS) - 2)
    expected = [{**rest, **first}[one.position] for one in found]
    assert [math.exp(one.score) for one in found] == pytest.approx(expected, rel=1e-2)


def test_the_session_is_left_as_it_was(model: Any) -> None:
    session, plan = Session(model), make_plan()
    logits = session.forward([PROMPT])
    once = rank_next(session, logits, PROMPT, [], plan, 5, 8)
    assert rank_next(session, logits, PROMPT, [], plan, 5, 8) == once
    assert rank_next(session, logits, PROMPT, [], plan, 0, 8) == []
    torch.testing.assert_close(session.forward([[30]]), Session(model).forward([[*PROMPT, 30]]))
