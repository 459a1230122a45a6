"""Benchmark folders: what is read, and that what is wrong is refused with the line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finetune.errors import BenchmarkError
from finetune.ranking.data import Benchmark, read_benchmark
from tests.finetune.ranking.bench import QUERIES, TITLES, USERS, write_lines


def test_a_folder_is_read_in_its_order(small: Benchmark) -> None:
    assert small.name == "small"
    assert [item.sku for item in small.items] == list(TITLES)
    assert small.items[3].item_type == "furniture"
    assert [[small.items[number].sku for number in user.items] for user in small.users] == list(USERS.values())


def test_the_last_item_is_the_test_and_the_one_before_it_validation(small: Benchmark) -> None:
    ada = small.users[0]
    assert ada.train == (0, 1)
    assert (ada.history("validation"), ada.target("validation")) == ((0, 1), 2)
    assert (ada.history("test"), ada.target("test")) == ((0, 1, 2), 3)


def test_queries_without_a_relevant_item_are_left_out(small: Benchmark) -> None:
    assert [query.text for query in small.answerable("test")] == ["ceramic mug", "lamp for a table"]
    assert small.answerable("test")[0].relevant(small.relevant_from) == {0}
    assert len(small.answerable("train")) == 2


def test_users_or_queries_may_be_absent(benchmark_folder: Path) -> None:
    (benchmark_folder / "users.jsonl").unlink()
    assert read_benchmark(benchmark_folder).users == ()
    (benchmark_folder / "queries.jsonl").unlink()
    with pytest.raises(BenchmarkError, match="neither users nor queries"):
        read_benchmark(benchmark_folder)


@pytest.mark.parametrize(
    ("file", "lines", "says"),
    [
        ("users.jsonl", [{"user": "a", "items": ["m1", "m2", "zz"]}], r"users.jsonl:1: items.jsonl holds no item 'zz'"),
        ("users.jsonl", [{"user": "a", "items": ["m1", "m2"]}], "2 items cannot be split"),
        ("users.jsonl", [{"user": "a"}], "has user and items"),
        ("queries.jsonl", [QUERIES[0], {**QUERIES[0], "judgments": {"zz": 1.0}}], r"queries.jsonl:2: .*'zz'"),
        ("queries.jsonl", [{**QUERIES[0], "split": "dev"}], "train or test"),
        ("queries.jsonl", [{**QUERIES[0], "judgments": {"m1": True}}], "a number from 0 up"),
        ("queries.jsonl", [{**QUERIES[0], "judgments": {"m1": float("nan")}}], "a number from 0 up"),
        ("items.jsonl", [{"sku": "m1", "title": "x", "text": "x", "item_type": "y"}] * 2, "there twice"),
        ("items.jsonl", [{"sku": "m1", "title": "x", "text": 3, "item_type": "y"}], "all of them text"),
        ("items.jsonl", [], "holds no items"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(
    benchmark_folder: Path, file: str, lines: list[dict[str, object]], says: str
) -> None:
    write_lines(benchmark_folder / file, lines)
    with pytest.raises(BenchmarkError, match=says):
        read_benchmark(benchmark_folder)


def test_a_line_cut_short_is_refused(benchmark_folder: Path) -> None:
    path = benchmark_folder / "items.jsonl"
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    with pytest.raises(BenchmarkError, match="cannot be read"):
        read_benchmark(benchmark_folder)


@pytest.mark.parametrize("meta", [[], {"relevant_from": 1.0}, {"name": "x"}, {"name": "x", "relevant_from": "high"}])
def test_meta_must_say_name_and_relevance(benchmark_folder: Path, meta: object) -> None:
    (benchmark_folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    with pytest.raises(BenchmarkError):
        read_benchmark(benchmark_folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"meta\.json is missing"):
        read_benchmark(tmp_path / "nowhere")
