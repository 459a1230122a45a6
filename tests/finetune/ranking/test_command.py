"""``python -m finetune baselines``: from a folder to tables."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from finetune import cli
from finetune.ranking import command, sasrec_seeds
from finetune.ranking.bootstrap import paired
from finetune.ranking.results import benchmark_fingerprint, read_results
from finetune.ranking.sasrec import SasrecConfig
from tests.finetune.conftest import WordEncoder


@pytest.fixture(autouse=True)
def small_models(monkeypatch: pytest.MonkeyPatch, encoder: WordEncoder) -> None:
    tiny = SasrecConfig(width=8, layers=1, heads=1, max_epochs=2)
    monkeypatch.setattr(sasrec_seeds, "SasrecConfig", lambda: tiny)
    monkeypatch.setattr(sasrec_seeds, "GRID", (tiny, replace(tiny, dropout=0.0)))
    monkeypatch.setattr(command, "SentenceEncoder", lambda name: encoder)


def baselines(folder: Path, *options: str) -> int:
    out, cache = folder.parent / "out", folder.parent / "cache"
    return cli.main(["baselines", "--data", str(folder), "--out", str(out), "--cache", str(cache), *options])


def test_all_of_them_end_in_one_table(benchmark_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert baselines(benchmark_folder, "--seeds", "0,1", "--grid") == 0
    out = benchmark_folder.parent / "out"
    report = json.loads((out / "baselines.json").read_text(encoding="utf-8"))
    names = [[ranker["ranker"] for ranker in task["rankers"]] for task in report["tasks"]]
    assert sorted(map(sorted, names)) == [
        ["BM25", "BM25 + dense, by ranks", "BM25 + dense, by scores", "dense"],
        ["SASRec", "co-occurrence", "popularity", "popularity by type"],
    ]
    counts = {len(task["metrics"]): task["count"] for task in report["tasks"]}
    assert counts == {4: 3, 3: 2}
    for task in report["tasks"]:
        best = [ranker["metrics"]["ndcg@10"]["mean"] for ranker in task["rankers"]]
        assert best == sorted(best, reverse=True)
        assert len(task["differences"]) == 6
        for ranker in task["rankers"]:
            for figure in ranker["metrics"].values():
                assert 0 <= figure["low"] <= figure["mean"] <= figure["high"] <= 1
    sasrec = next(ranker for task in report["tasks"] for ranker in task["rankers"] if ranker["ranker"] == "SASRec")
    assert sorted(sasrec["seeds"]) == ["0", "1"]
    assert sasrec["metrics"]["recall@10"]["mean"] == pytest.approx(
        np.mean([seed["recall@10"] for seed in sasrec["seeds"].values()])
    )
    assert len(sasrec["tried"]) == 3
    tables = (out / "baselines.md").read_text(encoding="utf-8")
    assert "small, 3 users" in tables
    assert "SASRec (2 seeds)" in tables
    assert (out / "sasrec.png").read_bytes().startswith(b"\x89PNG")
    assert "BM25: ndcg@10" in capsys.readouterr().out


def test_one_at_a_time_adds_to_what_is_there(benchmark_folder: Path) -> None:
    for name in ("bm25", "popularity", "dense"):
        assert baselines(benchmark_folder, "--only", name) == 0
    results = read_results(benchmark_folder.parent / "out" / "rankers", benchmark_fingerprint(benchmark_folder))
    assert [result.name for result in results] == ["BM25", "dense", "popularity"]
    report = json.loads((benchmark_folder.parent / "out" / "baselines.json").read_text(encoding="utf-8"))
    difference = next(task["differences"][0] for task in report["tasks"] if len(task["rankers"]) == 2)
    values = {result.name: result.measured.values["ndcg@10"] for result in results}
    expected = paired(values[difference["first"]], values[difference["second"]])
    assert difference["ndcg@10"] == pytest.approx(expected.to_dict())


def test_results_of_another_benchmark_are_not_mixed_in(
    benchmark_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert baselines(benchmark_folder, "--only", "popularity") == 0
    users = benchmark_folder / "users.jsonl"
    users.write_text("".join(users.read_text(encoding="utf-8").splitlines(keepends=True)[:2]), encoding="utf-8")
    assert baselines(benchmark_folder, "--only", "popularity") == 2
    assert "another benchmark" in capsys.readouterr().err


def test_a_baseline_that_lacks_its_data_is_refused(benchmark_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (benchmark_folder / "queries.jsonl").unlink()
    assert baselines(benchmark_folder, "--only", "bm25") == 2
    error = capsys.readouterr().err
    assert "bm25 cannot be measured" in error
    assert error.count("\n") == 1


def test_a_damaged_result_is_named(benchmark_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert baselines(benchmark_folder, "--only", "popularity") == 0
    (benchmark_folder.parent / "out" / "rankers" / "popularity.npz").write_bytes(b"cut short")
    assert baselines(benchmark_folder, "--only", "bm25") == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("seeds", ["", "0,0", "-1", "a"])
def test_seeds_that_are_none_are_refused(benchmark_folder: Path, seeds: str) -> None:
    with pytest.raises(SystemExit):
        baselines(benchmark_folder, f"--seeds={seeds}")
