"""A recipe of a public data set: what is made of it, from which base, and what is skipped the second time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog_db.database import open_database
from catalog_db.products import by_sku
from catalog_db.sids import save_codebook_version, save_sids
from finetune import run as run_module
from finetune.cli import main
from finetune.config import RECIPES, DatasetConfig, Recipe, StudentConfig, load_recipe
from finetune.errors import ConfigError
from finetune.run import Folders, run_recipe
from neo_assistant.codebooks import Codebooks
from tests.finetune import tiny
from tests.finetune.datasets.sources import save_beauty
from tests.finetune.test_run import NOW, Stages
from tests.neo_assistant.tiny_model import save_base


class DatasetStages(Stages):
    """The stages' stand-ins, for a shop that sells no cups; notes what they were given."""

    def __init__(self, base: Path) -> None:
        super().__init__(base)
        self.given: dict[str, Any] = {}

    def call(self, module: str, options: dict[str, Any], **fixed: Any) -> None:
        if module != "finetune.sids.stage":
            self.given["examples"] = {**options, **fixed}
            super().call(module, options, **fixed)
            return
        self.done.append("sids")
        tiny.save_sids(fixed["out"])
        codebooks = Codebooks.load(fixed["out"])
        with open_database(fixed["database"]) as database, database.session() as session:
            save_codebook_version(session, codebooks.fingerprint, codebooks.scheme.to_dict(), NOW)
            save_sids(session, codebooks.fingerprint, [by_sku(session, ["00001"])[0].id], ["cups"], [[0, 0, 0]])

    def train(self, config: Any, recipe: str, sids: Path, data: Path, out: Path, *rest: Any) -> None:
        self.given["train"] = (config.base_model, data)
        super().train(config, recipe, sids, data, out, *rest)

    def student(self, base: str, data: Path, layers: int, out: Path, *rest: Any) -> None:
        self.done.append("student")
        tiny.save_examples(out / "examples")

    def rank(self, checkpoint: Path, benchmark: Path, out: Path, config: Any, *rest: Any) -> None:
        self.given["rank"] = (benchmark, config)


@pytest.fixture
def stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DatasetStages:
    save_base(tmp_path / "base")
    save_beauty(tmp_path / "source")
    stages = DatasetStages(tmp_path / "base")
    monkeypatch.setattr(run_module, "call_stage", stages.call)
    monkeypatch.setattr("finetune.training.stages.train", stages.train)
    monkeypatch.setattr("finetune.evaluation.command.evaluate_checkpoint", stages.evaluate)
    monkeypatch.setattr("finetune.ranking.rank.rank_checkpoint", stages.rank)
    monkeypatch.setattr("finetune.student.stage.create", stages.student)
    return stages


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    plain = Recipe(
        "test", out=str(tmp_path / "run"), dataset=DatasetConfig("beauty", str(tmp_path / "source"), limit=5)
    )
    return replace(plain, train=replace(plain.train, base_model=str(tmp_path / "base")))


def test_a_data_set_becomes_a_shop_and_the_model_is_ranked_on_it(stages: DatasetStages, recipe: Recipe) -> None:
    said: list[str] = []
    run_recipe(replace(recipe, mixture={"weights": {"next items": 1.0}}), say=said.append)
    folders = Folders(Path(recipe.out))
    assert stages.fresh() == ["sids", "examples", "train", "evaluate"]
    assert stages.given["examples"]["benchmark"] == folders.benchmark
    assert stages.given["examples"]["mixture"] == '{"weights": {"next items": 1.0}}'
    benchmark, config = stages.given["rank"]
    assert (benchmark, config.limit) == (folders.benchmark, 5)
    assert stages.given["train"] == (recipe.train.base_model, folders.examples)
    made = (folders.out / "shop.db").stat().st_mtime_ns

    run_recipe(replace(recipe, mixture={"weights": {"next items": 1.0}}), say=said.append)
    assert "dataset: nothing has changed" in said
    assert stages.fresh() == []
    assert (folders.out / "shop.db").stat().st_mtime_ns == made

    run_recipe(recipe, say=said.append)
    assert stages.fresh() == ["examples"]


def test_a_student_is_trained_on_the_examples_in_its_ids(stages: DatasetStages, recipe: Recipe) -> None:
    recipe = replace(recipe, student=StudentConfig(layers=1))
    run_recipe(recipe)
    student = Folders(Path(recipe.out)).student
    assert stages.fresh() == ["sids", "examples", "student", "train", "evaluate"]
    assert stages.given["train"] == (str(student), student / "examples")
    run_recipe(recipe)
    assert stages.fresh() == []
    run_recipe(replace(recipe, student=StudentConfig(layers=2)))
    assert stages.fresh() == ["student"]


def test_a_source_that_has_changed_makes_the_shop_anew(stages: DatasetStages, recipe: Recipe, tmp_path: Path) -> None:
    run_recipe(recipe)
    save_beauty(tmp_path / "source", users=13)
    stages.fresh()
    run_recipe(recipe)
    assert stages.fresh() == ["sids", "examples"]


def test_a_database_beside_a_data_set_is_refused(recipe: Recipe) -> None:
    with pytest.raises(ConfigError, match="leave out --database"):
        run_recipe(replace(recipe, database="sqlite:///shop.db"))


def test_a_source_for_a_recipe_without_a_data_set_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--recipe", "sample", "--source", str(tmp_path)]) == 2
    assert "of no public data set" in capsys.readouterr().err


def test_files_that_are_not_there_end_with_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--recipe", "beauty", "--source", str(tmp_path / "nowhere"), "--out", str(tmp_path / "run")]
    assert main(["run", *options]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "--source" in error


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES.glob("*.toml")))
def test_every_recipe_can_be_read_and_its_mixture_too(name: str) -> None:
    from finetune.config import from_values
    from finetune.examples.mixture import MixtureConfig

    recipe = load_recipe(name)
    from_values(MixtureConfig, recipe.mixture, "mixture")
    assert recipe.out


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('{"weights": {"next items": "many"}}', "weights.next items must be float"),
        ('{"weights": {"mind reading": 1}}', "no task 'mind reading'"),
        ('{"weight": 1}', "unknown entry 'weight'"),
        ("{weights", "not JSON"),
        ("no-such-recipe", "no recipe 'no-such-recipe'"),
    ],
)
def test_a_mixture_that_is_none_is_refused_before_anything_is_read(
    table: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--database", "sqlite:///nowhere.db", "--codebooks", str(tmp_path), "--out", str(tmp_path)]
    assert main(["examples", *options, "--mixture", table]) == 2
    assert said in capsys.readouterr().err
