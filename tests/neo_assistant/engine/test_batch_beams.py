"""Rankings of many prompts at once, against an enumeration of all items and against the search inside a span."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.torch_view import TorchIndex
from neo_assistant.decoding.view import View
from neo_assistant.engine import batch_beams
from neo_assistant.engine.batch_beams import BatchBeams
from neo_assistant.errors import DecodingIndexError
from tests.neo_assistant.serving import SCHEME, SKUS, random_model, sid_of, tokenizer
from tests.neo_assistant.strategies import build_index

SIDS = sorted(sid_of(number) for number in range(len(SKUS)))
INDEX = build_index(SCHEME, SIDS)
PROMPTS = [[7, 300, 21, 5, 150, 44], [9, 8, 7], [12, 150, 5, 5, 5, 31, 90, 2, 77], [3]]


@pytest.fixture(scope="module")
def model() -> Any:
    return random_model(3)


@torch.inference_mode()
def log_probability(model: Any, prompt: list[int], span: list[int]) -> float:
    """log p of a span after a prompt, by one pass over the whole sequence."""
    ids = [*prompt, *span]
    chances = torch.log_softmax(model(input_ids=torch.tensor([ids])).logits[0].double(), dim=-1)
    return sum(float(chances[len(prompt) + place - 1, token]) for place, token in enumerate(span))


def enumerated(model: Any, prompt: list[int], eligible: np.ndarray) -> list[tuple[float, int]]:
    vocabulary = tokenizer().vocabulary
    scored = [
        (log_probability(model, prompt, vocabulary.encode(sid)), place)
        for place, sid in enumerate(SIDS)
        if eligible[place]
    ]
    return sorted(scored, reverse=True)


def test_a_wide_search_ranks_every_eligible_item_by_its_probability(model: Any) -> None:
    eligible = np.arange(len(INDEX)) % 5 != 4
    width = len(SIDS) + 3
    ranking = BatchBeams(model, tokenizer().vocabulary, View(INDEX, eligible), width).rank(PROMPTS)
    for row, prompt in enumerate(PROMPTS):
        expected = enumerated(model, prompt, eligible)
        found = len(expected)
        assert ranking.positions[row, :found].tolist() == [place for _, place in expected]
        assert ranking.scores[row, :found] == pytest.approx([score for score, _ in expected], abs=1e-3)
        assert (ranking.positions[row, found:] == -1).all()
        assert np.isneginf(ranking.scores[row, found:]).all()


@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_narrow_search_gives_true_probabilities_and_does_not_depend_on_the_batch(model: Any, width: int) -> None:
    beams = BatchBeams(model, tokenizer().vocabulary, View(INDEX), width)
    together = beams.rank(PROMPTS)
    for row, prompt in enumerate(PROMPTS):
        alone = beams.rank([prompt])
        assert together.positions[row].tolist() == alone.positions[0].tolist()
        for place, score in zip(together.positions[row], together.scores[row], strict=True):
            span = tokenizer().vocabulary.encode(SIDS[place])
            assert score == pytest.approx(log_probability(model, prompt, span), abs=1e-3)
        assert len(set(together.positions[row].tolist())) == width


def test_items_of_the_side_segment_are_ranked_with_the_others(model: Any) -> None:
    whole = INDEX.main
    half = len(whole) // 2
    parts = [
        type(whole).build(
            SCHEME, whole.codebook_version, whole.type_number_at(rows), whole.codes[rows], whole.product_ids[rows]
        )
        for rows in (np.arange(half), np.arange(half, len(whole)))
    ]
    split = SegmentedIndex(parts[0], parts[1])
    width = len(SIDS)
    apart = BatchBeams(model, tokenizer().vocabulary, View(split), width).rank(PROMPTS)
    together = BatchBeams(model, tokenizer().vocabulary, View(INDEX), width).rank(PROMPTS)
    assert apart.positions.tolist() == together.positions.tolist()


def test_fixed_shapes_as_on_an_accelerator_give_the_same_rankings(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    eligible = np.arange(len(INDEX)) % 3 != 1
    view, vocabulary = View(INDEX, eligible), tokenizer().vocabulary
    rankings = []
    for static in (False, True):
        monkeypatch.setattr(batch_beams, "TorchIndex", partial(TorchIndex, static=static))
        rankings.append(BatchBeams(model, vocabulary, view, 12).rank(PROMPTS))
    found = int(eligible.sum())
    assert rankings[0].positions.tolist() == rankings[1].positions.tolist()
    assert (rankings[1].positions[:, : min(found, 12)] >= 0).all()


def test_nothing_to_rank_is_refused(model: Any) -> None:
    with pytest.raises(DecodingIndexError, match="no item to rank"):
        BatchBeams(model, tokenizer().vocabulary, View(INDEX, np.zeros(len(INDEX), dtype=bool)), 3)
