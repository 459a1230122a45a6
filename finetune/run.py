"""Every stage of a recipe, from a database to an evaluated checkpoint; what has not changed is not done again.

    python -m finetune run --recipe sample [--database URL] [--out FOLDER] [--max-minutes N]
    python -m finetune run --recipe beauty [--source FOLDER] [--out FOLDER]

The folder gets codebooks/, examples/ and train/ (in it checkpoint/ and the figures), and done.json, which says what
each stage was made from. A recipe of a public data set makes its database and benchmark there first, and ranks the
model on the benchmark at the end; one with a student puts it into student/. A stage is skipped when what it was made
from is still the same and what it made is still there; training goes on where it was stopped. docs/training.md tells
the stages one by one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from finetune.config import DatasetConfig, Recipe, StudentConfig, load_recipe
from finetune.errors import ConfigError
from finetune.stage_options import call_stage
from finetune.training.command import wait_passively

DONE = "done.json"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Folders:
    """Where a run keeps what its stages make."""

    out: Path

    @property
    def codebooks(self) -> Path:
        return self.out / "codebooks"

    @property
    def benchmark(self) -> Path:
        return self.out / "benchmark"

    @property
    def examples(self) -> Path:
        return self.out / "examples"

    @property
    def student(self) -> Path:
        return self.out / "student"

    @property
    def train(self) -> Path:
        return self.out / "train"

    @property
    def checkpoint(self) -> Path:
        return self.train / "checkpoint"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune run``."""
    parser.add_argument("--recipe", required=True, metavar="NAME|FILE", help="one of finetune/recipes, or a TOML file")
    parser.add_argument("--database", metavar="URL", help="in place of the recipe's, e.g. sqlite:///var/shop.db")
    parser.add_argument("--source", type=Path, metavar="FOLDER", help="the public data set, in place of the recipe's")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="in place of the recipe's")
    parser.add_argument("--max-minutes", type=float, metavar="N", help="training time in place of the recipe's")
    parser.add_argument("--restart", action="store_true", help="forget a training run of other settings in the folder")


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    wait_passively()
    recipe = load_recipe(args.recipe)
    recipe = replace(recipe, database=args.database or recipe.database, out=str(args.out or recipe.out))
    if args.source is not None:
        if recipe.dataset is None:
            raise ConfigError(f"the recipe {recipe.name} is of no public data set", "leave out --source")
        recipe = replace(recipe, dataset=replace(recipe.dataset, source=str(args.source)))
    if args.max_minutes is not None:
        recipe = replace(recipe, train=replace(recipe.train, max_minutes=args.max_minutes))
    run_recipe(recipe, args.restart)


def run_recipe(recipe: Recipe, restart: bool = False, say: Say = print) -> Path:
    """Do every stage whose inputs have changed; returns the checkpoint's folder.

    Args:
        recipe: with database and folder.
        restart: forget a training run of other settings, in place of refusing.
        say: gets one line at a time.

    Raises:
        ConfigError: if the recipe names no folder, or neither a database nor a data set, or both.
        NeoError: whatever a stage raises.
    """
    if not (recipe.database or recipe.dataset) or not recipe.out:
        raise ConfigError(f"the recipe {recipe.name} names no database or no folder", "add --database URL --out FOLDER")
    if recipe.database and recipe.dataset:
        raise ConfigError(f"the recipe {recipe.name} makes its database of a data set", "leave out --database")
    from finetune.catalog_state import catalog_fingerprint, knows_codebooks, log_fingerprint
    from finetune.prepared import META, load_prepared
    from finetune.training import stages
    from neo_assistant.codebooks import Codebooks
    from neo_assistant.manifest import MANIFEST, read_manifest

    folders, stamps = Folders(Path(recipe.out)), _Stamps(Path(recipe.out) / DONE)
    folders.out.mkdir(parents=True, exist_ok=True)
    if recipe.dataset:
        recipe = replace(recipe, database=_make_dataset(recipe.dataset, folders, say))

    log = log_fingerprint(recipe.database)
    made_from = {"catalog": catalog_fingerprint(recipe.database), "options": recipe.sids}
    if recipe.ids_know_behaviour:
        made_from["log"] = log
    there = (folders.codebooks / "codebooks.json").is_file() and knows_codebooks(recipe.database, folders.codebooks)
    if stamps.changed("sids", made_from) or not there:
        say("sids …")
        # A public data set's log holds no answer of its test, so no shopper need be left out of it.
        more = {"whole-log": recipe.dataset is not None}
        call_stage("finetune.sids.stage", recipe.sids, database=recipe.database, out=folders.codebooks, **more)
        stamps.done("sids", made_from)
    else:
        say("sids: nothing has changed")

    made_from = {
        "catalog": made_from["catalog"],
        "log": log,
        "codebooks": Codebooks.load(folders.codebooks).fingerprint,
        "base_model": recipe.train.base_model,
        "options": recipe.examples,
        "mixture": recipe.mixture,
        "benchmark": recipe.dataset.name if recipe.dataset else "",
    }
    if stamps.changed("examples", made_from) or not (folders.examples / META).is_file():
        say("examples …")
        call_stage(
            "finetune.examples.stage",
            {"base-model": recipe.train.base_model, **recipe.examples, "mixture": json.dumps(recipe.mixture)},
            database=recipe.database,
            codebooks=folders.codebooks,
            out=folders.examples,
            benchmark=folders.benchmark if recipe.dataset else False,
        )
        stamps.done("examples", made_from)
    else:
        say("examples: nothing has changed")

    examples, train = folders.examples, recipe.train
    if recipe.student:
        examples = _make_student(recipe.student, train.base_model, folders, stamps, say)
        train = replace(train, base_model=str(folders.student))
    stages.train(train, recipe.name, folders.codebooks, examples, folders.train, restart, say)

    manifest = read_manifest(folders.checkpoint)
    made_from = {
        "checkpoint": dict(manifest.files),
        "examples": load_prepared(examples).fingerprint,
        "options": asdict(recipe.evaluate),
    }
    if stamps.changed("evaluate", made_from) or "heldout" not in manifest.metrics:
        say("evaluate …")
        from finetune.evaluation.command import evaluate_checkpoint

        evaluate_checkpoint(folders.checkpoint, examples, folders.train, recipe.evaluate, say=say)
        stamps.done("evaluate", made_from)
    else:
        say("evaluate: nothing has changed")
    if recipe.dataset:
        from finetune.ranking.rank import RankConfig, rank_checkpoint

        say("rank …")
        data = recipe.dataset
        ranking = RankConfig(data.beams, data.search_beams, data.limit, data.batch)
        rank_checkpoint(folders.checkpoint, folders.benchmark, folders.train, ranking, say)
    say(f"checkpoint: {folders.checkpoint} ({MANIFEST} tells all); to serve it: NEO_CHECKPOINT={folders.checkpoint}")
    return folders.checkpoint


def _make_dataset(dataset: DatasetConfig, folders: Folders, say: Say) -> str:
    """The database and the benchmark of a public data set; returns the database's URL."""
    from catalog_db.migrations import migrate
    from finetune.datasets.stage import make_dataset, needs_making
    from finetune.datasets.write import database_url

    if needs_making(dataset.name, Path(dataset.source), folders.out):
        say("dataset …")
        make_dataset(dataset.name, Path(dataset.source), folders.out, say)
    else:
        # The database is the run's own, so a release with newer tables need not ask anybody.
        migrate(database_url(folders.out))
        say("dataset: nothing has changed")
    return database_url(folders.out)


def _make_student(student: StudentConfig, base_model: str, folders: Folders, stamps: _Stamps, say: Say) -> Path:
    """The student and the examples in its token ids; returns the folder of these."""
    from finetune.prepared import META, load_prepared
    from finetune.student.stage import EXAMPLES, create
    from neo_assistant.base_model import find_base

    made_from = {
        "base_model": find_base(base_model).sha256,
        "examples": load_prepared(folders.examples).fingerprint,
        "options": asdict(student),
    }
    examples = folders.student / EXAMPLES
    if stamps.changed("student", made_from) or not (examples / META).is_file():
        say("student …")
        create(base_model, folders.examples, student, folders.student, say)
        stamps.done("student", made_from)
    else:
        say("student: nothing has changed")
    return examples


class _Stamps:
    """What each stage was made from when it was last done."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def changed(self, stage: str, made_from: dict[str, Any]) -> bool:
        """Whether the stage was last made from something else, or never."""
        return self._read().get(stage) != _digest(made_from)

    def done(self, stage: str, made_from: dict[str, Any]) -> None:
        """Note that the stage was made from this."""
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({**self._read(), stage: _digest(made_from)}, indent=2) + "\n", encoding="utf-8")
        new.replace(self._path)

    def _read(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{self._path} cannot be read: {error}", "delete it; every stage is then checked anew"
            ) from error


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
