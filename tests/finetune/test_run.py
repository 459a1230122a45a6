"""All stages of a recipe, and which of them are skipped."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog_db.database import open_database
from catalog_db.events import record_events
from catalog_db.models import EventKind
from catalog_db.products import by_sku, save_products
from catalog_db.rows import EventRow, ProductRow
from catalog_db.sids import save_codebook_version, save_sids
from finetune import run as run_module
from finetune.config import Recipe, TrainConfig
from finetune.errors import ConfigError
from finetune.run import DONE, Folders, run_recipe
from finetune.stage_options import call_stage, to_arguments
from neo_assistant.checkpoint import AdapterWeights, add_metrics, write_checkpoint
from neo_assistant.codebooks import Codebooks
from tests.finetune import tiny
from tests.neo_assistant.test_checkpoint import make_manifest, make_weights
from tests.neo_assistant.tiny_model import make_codebooks, save_base

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Stages:
    """Stands in for the stages: makes what they make, and notes that it did."""

    def __init__(self, base: Path) -> None:
        self.base, self.done = base, []
        self.weights: AdapterWeights = make_weights()

    def call(self, module: str, options: dict[str, Any], **fixed: Any) -> None:
        self.done.append(module.split(".")[1])
        if module == "finetune.sids.stage":
            tiny.save_sids(fixed["out"])
            codebooks = Codebooks.load(fixed["out"])
            with open_database(fixed["database"]) as database, database.session() as session:
                save_codebook_version(session, codebooks.fingerprint, codebooks.scheme.to_dict(), NOW)
                product = by_sku(session, ["cup"])[0]
                save_sids(session, codebooks.fingerprint, [product.id], ["cups"], [[0, 0, 0]])
        else:
            tiny.save_examples(fixed["out"])

    def train(self, config: TrainConfig, recipe: str, sids: Path, data: Path, out: Path, *rest: Any) -> None:
        if not (out / "checkpoint").is_dir():
            self.done.append("train")
            write_checkpoint(out / "checkpoint", make_manifest(self.base), make_codebooks(), self.weights, {})

    def evaluate(self, checkpoint: Path, *rest: Any, **more: Any) -> None:
        self.done.append("evaluate")
        add_metrics(checkpoint, {"heldout": {}})

    def fresh(self) -> list[str]:
        """What was done since the last time this was asked."""
        done, self.done = self.done, []
        return done


@pytest.fixture
def stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stages:
    save_base(tmp_path / "base")
    stages = Stages(tmp_path / "base")
    monkeypatch.setattr(run_module, "call_stage", stages.call)
    monkeypatch.setattr("finetune.training.stages.train", stages.train)
    monkeypatch.setattr("finetune.evaluation.command.evaluate_checkpoint", stages.evaluate)
    return stages


@pytest.fixture
def recipe(database_url: str, tmp_path: Path) -> Recipe:
    sell(database_url, "cup")
    return Recipe("test", database_url, str(tmp_path / "run"))


def sell(url: str, sku: str) -> None:
    with open_database(url) as database, database.session() as session:
        save_products(session, [ProductRow(sku=sku, title="A cup", item_type="cups", price_minor=100)], NOW)


def test_only_what_has_changed_is_done_again(stages: Stages, recipe: Recipe) -> None:
    assert run_recipe(recipe) == Folders(Path(recipe.out)).checkpoint
    assert stages.fresh() == ["sids", "examples", "train", "evaluate"]
    run_recipe(recipe)
    assert stages.fresh() == []

    with open_database(recipe.database) as database, database.session() as session:
        record_events(session, [EventRow(shopper="ann", sku="cup", kind=EventKind.VIEWED, at=NOW)])
    run_recipe(recipe)
    assert stages.fresh() == ["examples"]

    run_recipe(replace(recipe, sids={"layout": "shared"}))
    assert stages.fresh() == ["sids"]

    sell(recipe.database, "mug")
    run_recipe(replace(recipe, sids={"layout": "shared"}))
    assert stages.fresh() == ["sids", "examples"]

    run_recipe(replace(recipe, sids={"layout": "shared"}, evaluate=replace(recipe.evaluate, batch=2)))
    assert stages.fresh() == ["evaluate"]


def test_a_new_log_makes_semantic_ids_anew_that_know_behaviour(stages: Stages, recipe: Recipe) -> None:
    recipe = replace(recipe, sids={"behaviour": 1.0})
    run_recipe(recipe)
    stages.fresh()
    with open_database(recipe.database) as database, database.session() as session:
        record_events(session, [EventRow(shopper="ann", sku="cup", kind=EventKind.VIEWED, at=NOW)])
    run_recipe(recipe)
    assert stages.fresh() == ["sids", "examples"]
    run_recipe(recipe)
    assert stages.fresh() == []


def test_what_was_deleted_is_made_again(stages: Stages, recipe: Recipe) -> None:
    run_recipe(recipe)
    folders = Folders(Path(recipe.out))
    (folders.examples / "meta.json").unlink()
    (folders.codebooks / "codebooks.json").unlink()
    stages.fresh()
    run_recipe(recipe)
    assert stages.fresh() == ["sids", "examples"]


def test_semantic_ids_of_a_rebuilt_database_are_made_again(stages: Stages, recipe: Recipe, tmp_path: Path) -> None:
    run_recipe(recipe)
    stages.fresh()
    with open_database(recipe.database) as database, database.session() as session:
        from sqlalchemy import text

        session.execute(text("DELETE FROM product_sids"))
    run_recipe(recipe)
    assert "sids" in stages.fresh()


def test_a_stage_that_failed_is_done_again(stages: Stages, recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(module: str, options: dict[str, Any], **fixed: Any) -> None:
        stages.call(module, options, **fixed)
        raise ConfigError("out of paper")

    monkeypatch.setattr(run_module, "call_stage", fails)
    with pytest.raises(ConfigError, match="out of paper"):
        run_recipe(recipe)
    monkeypatch.setattr(run_module, "call_stage", stages.call)
    stages.fresh()
    run_recipe(recipe)
    assert stages.fresh()[0] == "sids"


def test_a_recipe_must_say_where(recipe: Recipe) -> None:
    with pytest.raises(ConfigError, match="--database URL"):
        run_recipe(replace(recipe, database=""))


def test_a_damaged_note_is_said(stages: Stages, recipe: Recipe) -> None:
    Path(recipe.out).mkdir()
    (Path(recipe.out) / DONE).write_text("[", encoding="utf-8")
    with pytest.raises(ConfigError, match="delete it"):
        run_recipe(recipe)


def test_options_of_a_recipe_are_those_of_the_command_line() -> None:
    options = {"layout": "auto", "sizes": ["8,8", "16,16"], "force": True, "quiet": False, "scale": 2.0}
    assert to_arguments(options) == ["--layout", "auto", "--sizes", "8,8", "16,16", "--force", "--scale", "2.0"]


def test_an_option_that_is_not_known_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        call_stage("finetune.sids.stage", {"colour": "blue"}, database="sqlite:///x", out=tmp_path)
    assert caught.value.code == 2
    assert "--colour" in capsys.readouterr().err


def test_the_sample_recipe_s_tables_are_options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A misspelt option in a shipped recipe would otherwise show only after the stages before it."""
    import importlib

    from finetune.config import RECIPES, load_recipe

    asked = []
    for module in ("finetune.sids.stage", "finetune.examples.stage"):
        monkeypatch.setattr(importlib.import_module(module), "run", lambda args: asked.append(args))
    for path in sorted(RECIPES.glob("*.toml")):
        recipe = load_recipe(path.stem)
        call_stage("finetune.sids.stage", recipe.sids, database="sqlite:///x", out=tmp_path)
        call_stage("finetune.examples.stage", recipe.examples, database="x", codebooks=tmp_path, out=tmp_path)
        assert json.dumps(recipe.sids)
    assert len(asked) == 2 * len(list(RECIPES.glob("*.toml")))
