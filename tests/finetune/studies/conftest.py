"""What a study works with, tiny: the small shop, a random model of two layers, seconds of training."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from finetune.config import EvaluateConfig, Recipe, StageConfig, TrainConfig
from finetune.examples.benchmark import BENCHMARK
from finetune.studies.setting import Setting
from finetune.training import plots
from tests.finetune.evaluation.tiny_shop import save_tiny_shop, save_tiny_sids
from tests.neo_assistant.tiny_model import save_base

EVALUATE = EvaluateConfig(
    loss_examples=4, reply_examples=1, max_new_tokens=24, shoppers=3, queries=2, beams=10, search_beams=10
)
SIZES = {"batch_tokens": 1024, "micro_tokens": 512, "lora_rank": 4, "epochs": 3}
STAGES = (
    StageConfig("grounding", trains="rows", tasks=("title to item",), learning_rate=1e-2, share=0.3, **SIZES),
    StageConfig("induction", trains="lora", learning_rate=1e-2, share=0.7, **SIZES),
)


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study-inputs")
    save_base(folder / "base")
    save_tiny_sids(folder / "codebooks")
    save_tiny_shop(folder / "examples")
    return folder


@pytest.fixture
def setting(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setting:
    # A picture for each of two dozen tasks takes longer than an arm's training, and no study looks at it;
    # tests/finetune/training/test_plots.py does.
    monkeypatch.setattr(plots, "draw", lambda *_: [])
    train = TrainConfig(base_model=str(inputs / "base"), row_tokens=256, stages=STAGES, validation_examples=2)
    recipe = Recipe("tiny", database="sqlite:///nowhere.db", train=train, evaluate=EVALUATE)
    recipe = replace(recipe, examples={"scale": 0.05}, mixture={"heldout_per_task": 12, "validation_per_task": 2})
    examples = tmp_path / "examples"
    shutil.copytree(inputs / "examples", examples)
    return Setting(
        recipe=recipe,
        codebooks=inputs / "codebooks",
        examples=examples,
        benchmark=examples / BENCHMARK,
        minutes=0.008,
        out=tmp_path / "study",
        say=lambda _: None,
    )
