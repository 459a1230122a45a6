"""The model as a ranker, against the probability of every item, and resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from finetune.errors import BenchmarkError
from finetune.examples.ranking_prompts import NEXT_COUNT, SEARCH_COUNT, history_prompt, query_prompt, rendered
from finetune.ranking.base import Recommender, Searcher
from finetune.ranking.kept import SHARD, KeptRankings
from finetune.ranking.model import ModelRanker, checkpoint_ranker, sids_of
from neo_assistant.prompts.renderer import PromptRenderer
from tests.neo_assistant.serving import SKUS, random_model, sid_of, tokenizer

SIDS = [sid_of(number) for number in range(len(SKUS))]
HISTORIES = [[3, 1], [], [4, 5, 6, 7, 8], [3, 1], list(range(20))]


@pytest.fixture(scope="module")
def model() -> Any:
    return random_model(5)


def make_ranker(model: Any, width: int = len(SKUS), kept: KeptRankings | None = None) -> ModelRanker:
    return ModelRanker(model, tokenizer(), SIDS, "tiny", width=width, batch=2, kept=kept)


@torch.inference_mode()
def by_probability(model: Any, prompt: list[int]) -> list[int]:
    """Item numbers, the likeliest first, from one pass over each item's whole sequence."""
    scores = []
    for sid in SIDS:
        span = tokenizer().vocabulary.encode(sid)
        chances = torch.log_softmax(model(input_ids=torch.tensor([[*prompt, *span]])).logits[0].double(), dim=-1)
        scores.append(sum(float(chances[len(prompt) + place - 1, token]) for place, token in enumerate(span)))
    return np.argsort(-np.array(scores)).tolist()


def test_histories_and_queries_are_ranked_by_what_the_model_would_name_next(model: Any) -> None:
    ranker, renderer = make_ranker(model), PromptRenderer(tokenizer())
    assert isinstance(ranker, Recommender)
    assert isinstance(ranker, Searcher)
    ranking = ranker.recommend(HISTORIES, 10)
    for row, history in zip(ranking, HISTORIES, strict=True):
        prompt = rendered(renderer, *history_prompt([SIDS[item] for item in history], NEXT_COUNT), len(SIDS))
        assert row.tolist() == by_probability(model, prompt)[:10]
    found = ranker.search(["blue mug", "BOOT"], 7)
    for row, text in zip(found, ["blue mug", "BOOT"], strict=True):
        assert (
            row.tolist() == by_probability(model, rendered(renderer, *query_prompt(text, SEARCH_COUNT), len(SIDS)))[:7]
        )


def test_what_is_beyond_the_beams_is_nothing(model: Any) -> None:
    ranking = make_ranker(model, width=4).recommend(HISTORIES, 9)
    assert (ranking[:, :4] >= 0).all()
    assert (ranking[:, 4:] == -1).all()


def test_a_run_goes_on_where_it_was_stopped_and_comes_to_the_same(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = make_ranker(model).recommend(HISTORIES, 10)
    monkeypatch.setattr("finetune.ranking.kept.SHARD", 1)
    stopped = make_ranker(model, kept=KeptRankings(tmp_path, "a model"))
    rank, calls = stopped._beams.rank, []

    def interrupted(prompts: Any) -> Any:
        calls.append(len(prompts))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return rank(prompts)

    monkeypatch.setattr(stopped._beams, "rank", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stopped.recommend(HISTORIES, 10)
    kept = KeptRankings(tmp_path, "a model")
    assert len(kept) == 2
    assert make_ranker(model, kept=kept).recommend(HISTORIES, 10).tolist() == whole.tolist()
    again = make_ranker(model, kept=KeptRankings(tmp_path, "a model"))
    monkeypatch.setattr(again._beams, "rank", None)
    assert again.recommend(HISTORIES, 10).tolist() == whole.tolist()
    assert len(KeptRankings(tmp_path, "another model")) == 0


def test_shards_are_written_when_full_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    kept = KeptRankings(tmp_path, "f")
    kept.add([[number] for number in range(SHARD)], np.arange(SHARD * 3).reshape(SHARD, 3))
    again = KeptRankings(tmp_path, "f")
    row = again.get([7])
    assert row is not None
    assert row.tolist() == [21, 22, 23]
    assert again.get([SHARD]) is None
    next((tmp_path / "f").glob("*.npz")).write_bytes(b"half")
    with pytest.raises(BenchmarkError, match="cannot be read"):
        KeptRankings(tmp_path, "f")


def test_an_item_without_a_semantic_id_is_refused() -> None:
    with pytest.raises(BenchmarkError, match=r"1 items .* P-99"):
        sids_of(["P-00", "P-99"], {"P-00": SIDS[0]})


def test_a_checkpoint_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    from neo_assistant.errors import CheckpointError

    with pytest.raises(CheckpointError):
        checkpoint_ranker(tmp_path, list(SKUS), width=10, batch=4)
