"""Figures of a model on a benchmark: what is written, on what sample, from a checkpoint and from a run that goes on."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from finetune.cli import main
from finetune.config import StageConfig, TrainConfig, to_values
from finetune.errors import TrainingError
from finetune.ranking.data import read_benchmark
from finetune.ranking.model import ModelRanker, checkpoint_ranker
from finetune.ranking.rank import FIGURES, TABLES, VALUES, RankConfig, rank, sample
from finetune.ranking.results import benchmark_fingerprint, read_results
from finetune.ranking.saved import last_saved, saved_ranker
from finetune.sids.code_words import load_code_words
from finetune.training.model_setup import checkpoint_weights, prepare_model, trainable_state
from finetune.training.stages import DONE, RUN
from finetune.training.token_rows import initial_rows
from finetune.training.trainer import COMPLETE, STATE
from finetune.training.writing import seal
from neo_assistant.base_model import find_base, load_base
from neo_assistant.checkpoint import read_manifest, write_checkpoint
from neo_assistant.manifest import Manifest
from neo_assistant.sid_file import SIDS_FILE, write_sids
from neo_assistant.sids import Sid
from tests.finetune import tiny
from tests.finetune.ranking.bench import write_lines
from tests.neo_assistant.serving import SKUS, random_model, sid_of, tokenizer
from tests.neo_assistant.strategies import tiny_tokenizer
from tests.neo_assistant.tiny_model import SCHEME, make_codebooks, save_base, vocabulary

SIDS = [sid_of(number) for number in range(len(SKUS))]


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    """26 items, 30 users and 12 test queries."""
    folder = tmp_path / "benchmark"
    folder.mkdir()
    items = [{"sku": sku, "title": f"Thing {sku}", "text": sku, "item_type": "kitchen"} for sku in SKUS]
    orders = [[SKUS[place] for place in np.random.default_rng(n).permutation(26)[: 3 + n % 9]] for n in range(30)]
    users = [{"user": f"u{n}", "items": order} for n, order in enumerate(orders)]
    queries = [
        {"query": f"thing {n}", "split": "test", "judgments": {SKUS[n]: 3.0, SKUS[(n + 7) % 26]: 1.0}}
        for n in range(12)
    ]
    write_lines(folder / "items.jsonl", items)
    write_lines(folder / "users.jsonl", users)
    write_lines(folder / "queries.jsonl", queries)
    (folder / "meta.json").write_text('{"name": "small", "relevant_from": 2.0}', encoding="utf-8")
    return folder


def tiny_ranker(width: int) -> ModelRanker:
    return ModelRanker(random_model(5), tokenizer(), SIDS, "tiny", width=width, batch=4)


def test_figures_are_the_means_of_the_values_written_beside_them(benchmark: Path, tmp_path: Path) -> None:
    figures = rank(benchmark, tiny_ranker, tmp_path, RankConfig(search_beams=26))
    written = json.loads((tmp_path / FIGURES).read_text(encoding="utf-8"))
    assert {name: one for name, one in written.items() if name != "report"} == figures
    with np.load(tmp_path / VALUES) as values:
        for task, count in (("recommendation", 30), ("search", 12)):
            assert figures[task]["count"] == count
            for name, one in figures[task]["figures"].items():
                assert one["mean"] == pytest.approx(values[f"{task} {name}"].mean())
                assert one["low"] <= one["mean"] <= one["high"]
        # Of 26 items all are among the first hundred.
        assert values["search recall@100"].tolist() == [1.0] * 12


def test_a_sample_is_fixed_and_a_smaller_one_is_part_of_a_larger() -> None:
    assert sample(100, 0).tolist() == list(range(100))
    assert set(sample(100, 10)) < set(sample(100, 30))
    assert sample(100, 10).tolist() == sorted(sample(100, 10).tolist())
    assert sample(100, 500).tolist() == list(range(100))


def test_values_of_a_sample_are_those_users_values_of_all(benchmark: Path, tmp_path: Path) -> None:
    config = RankConfig(holdout="validation")
    rank(benchmark, tiny_ranker, tmp_path / "all", config)
    rank(benchmark, tiny_ranker, tmp_path / "some", dataclasses.replace(config, limit=9))
    with np.load(tmp_path / "all" / VALUES) as whole, np.load(tmp_path / "some" / VALUES) as part:
        chosen = part["recommendation"]
        assert part["recommendation ndcg@10"].tolist() == whole["recommendation ndcg@10"][chosen].tolist()


def test_baselines_stand_beside_the_model_on_the_same_sample(benchmark: Path, tmp_path: Path) -> None:
    assert main(["baselines", "--data", str(benchmark), "--only", "popularity", "--out", str(tmp_path / "base")]) == 0
    config = RankConfig(limit=9, baselines=tmp_path / "base")
    rank(benchmark, tiny_ranker, tmp_path / "out", config)
    report = json.loads((tmp_path / "out" / FIGURES).read_text(encoding="utf-8"))["report"]
    users = next(part for part in report["tasks"] if "ndcg@5" in part["metrics"])
    assert users["count"] == 9
    assert {one["ranker"] for one in users["rankers"]} == {"tiny", "popularity"}
    assert len(users["differences"]) == 1
    whole = read_results(tmp_path / "base" / "rankers", benchmark_fingerprint(benchmark))[0].measured
    mean = float(whole.values["recall@10"][sample(30, 9)].mean())
    popular = next(one for one in users["rankers"] if one["ranker"] == "popularity")
    assert popular["metrics"]["recall@10"]["mean"] == pytest.approx(mean)
    # Baselines are measured on the test, so there is nothing to put beside a validation.
    rank(benchmark, tiny_ranker, tmp_path / "out", dataclasses.replace(config, holdout="validation"))
    assert "popularity" not in (tmp_path / "out" / TABLES).read_text(encoding="utf-8")


class Run:
    """A run in a folder that has saved a state, and a checkpoint of the same weights."""

    def __init__(self, folder: Path, trains: str) -> None:
        self.folder = folder
        save_base(folder / "base")
        tiny.save_sids(folder / "codebooks")
        self.sids = {f"S{a}{b}{c}": Sid("cups", (a, b, c)) for a in range(4) for b in range(3) for c in range(2)}
        write_sids(folder / "codebooks" / SIDS_FILE, self.sids)
        self.stage = StageConfig("induction", trains=trains)
        self.config = TrainConfig(base_model=str(folder / "base"), stages=(self.stage,))
        self.train = folder / "train"

    def save(self, step: int, seed: int) -> dict[str, torch.Tensor]:
        """Save the state of a step with weights of its own, as the trainer does."""
        state = trainable_state(self.model())
        random = torch.Generator().manual_seed(seed)
        state = {
            name: tensor + 0.3 * torch.randn(tensor.shape, generator=random) for name, tensor in sorted(state.items())
        }
        saved = self.train / "induction" / f"checkpoint-{step}"
        saved.mkdir(parents=True)
        save_file(state, saved / STATE)
        seal(saved, COMPLETE)
        (self.train / RUN).write_text(json.dumps({"config": to_values(self.config)}), encoding="utf-8")
        return state

    def model(self) -> Any:
        words = load_code_words(self.folder / "codebooks")
        base = load_base(self.config.base_model)
        table = base.get_input_embeddings().weight.detach().numpy()[: vocabulary().first_id]
        rows = initial_rows(make_codebooks(), words, table, tiny_tokenizer(SCHEME).encode)
        return prepare_model(base, vocabulary(), torch.from_numpy(rows), self.stage, self.config.seed)

    def checkpoint(self, state: Path) -> Path:
        """A checkpoint of a saved state."""
        from finetune.training.model_setup import load_trainable_state

        model, base = self.model(), find_base(self.config.base_model)
        load_trainable_state(model, load_file(state))
        manifest = Manifest(
            base_model=base.name,
            base_sha256=base.sha256,
            codebook_version=make_codebooks().fingerprint,
            scheme=SCHEME,
            first_id=vocabulary().first_id,
            weights="full" if self.stage.trains == "full" else "adapter",
            recipe="tiny",
            date="2026-01-01T00:00:00+00:00",
        )
        weights = checkpoint_weights(model, self.stage, base.name)
        write_checkpoint(self.folder / "checkpoint", manifest, make_codebooks(), weights, {}, self.sids)
        return self.folder / "checkpoint"


@pytest.mark.parametrize("trains", ["full", "lora"])
def test_a_run_that_goes_on_ranks_as_the_checkpoint_of_its_last_state_would(tmp_path: Path, trains: str) -> None:
    run = Run(tmp_path, trains)
    run.save(20, seed=2)
    run.save(9, seed=1)
    saved = last_saved(tmp_path)
    assert saved.step == 20
    skus = sorted(run.sids)
    histories = [[1, 2, 3], [], [20, 4]]
    going = saved_ranker(saved, skus, width=24, batch=2, keep=tmp_path / "kept").recommend(histories, 10)
    checkpoint = run.checkpoint(saved.state)
    # The checkpoint is in fp16, so items of nearly the same probability may have changed places.
    done = checkpoint_ranker(checkpoint, skus, width=24, batch=2).recommend(histories, 10)
    assert (going == done).mean() > 0.9


def test_a_run_that_has_saved_nothing_is_told_so(tmp_path: Path) -> None:
    run = Run(tmp_path, "full")
    with pytest.raises(TrainingError, match="no training run"):
        last_saved(tmp_path)
    run.save(3, seed=1)
    (run.train / "induction" / "checkpoint-3" / COMPLETE).unlink()
    with pytest.raises(TrainingError, match="saved nothing yet"):
        last_saved(tmp_path)
    (run.train / "induction" / DONE).write_text("{}", encoding="utf-8")
    assert last_saved(tmp_path).state == run.train / "induction" / STATE


def test_the_command_notes_the_figures_in_the_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(tmp_path, "full")
    run.save(1, seed=3)
    checkpoint = run.checkpoint(last_saved(tmp_path).state)
    folder = tmp_path / "benchmark"
    folder.mkdir()
    skus = sorted(run.sids)
    write_lines(folder / "items.jsonl", [{"sku": sku, "title": "T", "text": "T", "item_type": "cups"} for sku in skus])
    write_lines(folder / "users.jsonl", [{"user": f"u{n}", "items": skus[n : n + 5]} for n in range(6)])
    (folder / "meta.json").write_text('{"name": "six"}', encoding="utf-8")
    assert len(read_benchmark(folder).users) == 6
    options = ["--benchmark", str(folder), "--out", str(tmp_path / "out"), "--limit", "4"]
    assert main(["rank", "--checkpoint", str(checkpoint), *options]) == 0
    assert "six, 4 users" in capsys.readouterr().out
    assert read_manifest(checkpoint).metrics["ranking"]["recommendation"]["count"] == 4
    assert main(["rank", "--checkpoint", str(checkpoint)]) == 2
    assert "--benchmark" in capsys.readouterr().err
