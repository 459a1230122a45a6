"""The shop's log as a benchmark, and what is ranked on it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from finetune.config import EvaluateConfig
from finetune.errors import BenchmarkError
from finetune.evaluation.rankings import (
    MODEL,
    NARROWED,
    filled,
    item_counts,
    read_log,
    recommenders,
    sample_of,
    search,
    searchers_beside,
)
from finetune.evaluation.shelf import load_shelf
from finetune.examples.benchmark import BENCHMARK, LEARNING_FILE
from finetune.examples.phrases import held_out
from finetune.ranking.measure import measure_recommender
from tests.finetune.conftest import WordEncoder
from tests.finetune.evaluation.tiny_shop import TinyShop


def test_held_out_shoppers_are_in_the_test_and_nowhere_else(tiny_shop: TinyShop) -> None:
    log = read_log(tiny_shop.folder / BENCHMARK)
    assert log.test.users
    assert log.others.users
    assert all(held_out(f"shopper {user.name}") for user in log.test.users)
    assert not any(held_out(f"shopper {user.name}") for user in log.others.users)
    assert item_counts(log).sum() == sum(len(user.items) for user in log.others.users)
    words = {split: {query.text for query in log.test.answerable(split)} for split in ("train", "test")}
    assert words["train"]
    assert words["test"]
    assert not words["train"] & words["test"]


def test_what_meets_the_words_is_relevant(tiny_shop: TinyShop) -> None:
    log = read_log(tiny_shop.folder / BENCHMARK)
    shop = load_shelf(tiny_shop.folder, tiny_shop.data.meta).shop
    for query in log.test.answerable("test"):
        kinds = {shop.by_sku[log.test.items[number].sku].kind for number in query.judgments}
        assert len(kinds) == 1
        assert str(kinds.pop()) in query.text


def test_recommenders_learn_from_whole_journeys(tiny_shop: TinyShop) -> None:
    log = read_log(tiny_shop.folder / BENCHMARK)
    popularity, by_type, together = recommenders(log)
    assert popularity.recommend([[]], 3)[0].tolist() == np.argsort(-item_counts(log), kind="stable")[:3].tolist()
    for ranker in (by_type, together):
        assert measure_recommender(log.test, ranker).rankings.shape == (len(log.test.users), 10)


def test_searchers_stand_beside_the_model(tiny_shop: TinyShop, tmp_path: Path) -> None:
    log = read_log(tiny_shop.folder / BENCHMARK)
    log = replace(log, test=sample_of(log.test, 0, 2))
    shelf = load_shelf(tiny_shop.folder, tiny_shop.data.meta)
    config = EvaluateConfig(batch=2, max_new_tokens=32, search_beams=100)
    beside = searchers_beside(log, tmp_path, WordEncoder())
    found = search(tiny_shop.loaded, log, shelf, config, beside)
    names = [MODEL, NARROWED, "BM25", "dense", "BM25 + dense, by ranks", "BM25 + dense, by scores"]
    assert list(found["rankers"]) == names
    assert found["of"] == 2
    # Words that stand in the item's own text: BM25 knows them, a model that has learned nothing does not.
    assert found["rankers"]["BM25"]["ndcg@10"]["mean"] > found["rankers"][MODEL]["ndcg@10"]["mean"]


def test_a_damaged_log_is_told(tiny_shop: TinyShop, tmp_path: Path) -> None:
    shutil.copytree(tiny_shop.folder / BENCHMARK, tmp_path / BENCHMARK)
    (tmp_path / BENCHMARK / LEARNING_FILE).write_text(json.dumps({"user": "a", "items": ["none"]}), encoding="utf-8")
    with pytest.raises(BenchmarkError, match=LEARNING_FILE):
        read_log(tmp_path / BENCHMARK)


def test_short_rankings_are_filled_up() -> None:
    assert filled([[3, 1, 2], []], 2).tolist() == [[3, 1], [-1, -1]]
