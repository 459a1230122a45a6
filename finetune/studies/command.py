"""A study: trainings at equal budgets that answer one question, with a page of figures.

    python -m finetune study shuffled   --recipe sample --minutes 20 --out var/studies/shuffled
    python -m finetune study weights    --runs lora=FOLDER full=FOLDER --out FOLDER

It starts from the codebooks and examples of the recipe's run (`python -m finetune run`), trains every arm for --minutes
on the processor's clock and with the same seed, and writes study.json and study.md. Started again it goes on where it
was stopped. docs/results.md tells what each study asks.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from finetune.errors import StudyError
from finetune.training.command import wait_passively

if TYPE_CHECKING:
    from finetune.studies.setting import Setting, Study

STUDIES = {
    "shuffled": "semantic ids exchanged among items: does the model use what they mean?",
    "transfer": "each family of tasks alone against all together",
    "cold-items": "items that training never saw",
    "cold-users": "shoppers without a history",
    "refresh": "a short run after the catalog and the log have changed",
    "weights": "all weights against LoRA with trainable rows",
}
DEFAULT_SEED = 20_260_319


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune study``."""
    told = "; ".join(f"{name}: {text}" for name, text in STUDIES.items())
    parser.add_argument("name", choices=list(STUDIES), metavar="NAME", help=told)
    parser.add_argument("--recipe", default="sample", metavar="NAME|FILE", help="default: sample")
    add = parser.add_argument
    add("--run", type=Path, metavar="FOLDER", help="with codebooks/ and examples/; default: the recipe's")
    add("--minutes", type=float, default=20.0, metavar="N", help="processor minutes an arm (default: 20)")
    add("--out", type=Path, metavar="FOLDER", help="default: var/studies/RECIPE/NAME")
    add("--checkpoint", type=Path, metavar="FOLDER", help="cold-users: rank with it, train nothing")
    add("--runs", nargs="+", default=[], metavar="NAME=FOLDER", help="weights: runs to compare")
    add("--seed", type=int, default=DEFAULT_SEED, metavar="N", help=f"default: {DEFAULT_SEED}")


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    wait_passively()
    from finetune.studies.report import write

    setting = setting_of(args)
    page = write(study_of(args.name)(setting), setting)
    setting.say(page)


def study_of(name: str) -> Callable[[Setting], Study]:
    """The function that makes a study."""
    module = name.replace("-", "_")
    found: Callable[[Setting], Study] = getattr(importlib.import_module(f"finetune.studies.{module}"), module)
    return found


def setting_of(args: argparse.Namespace) -> Setting:
    """What the options say.

    Raises:
        StudyError: if they contradict themselves, or the run's folder lacks what a study starts from.
        ConfigError: if there is no such recipe.
    """
    from finetune.config import load_recipe
    from finetune.run import Folders
    from finetune.student.stage import EXAMPLES
    from finetune.studies.measure import benchmark_of
    from finetune.studies.setting import Setting

    recipe = load_recipe(args.recipe)
    folders = Folders(args.run or Path(recipe.out))
    examples = folders.examples
    if recipe.student:
        # The student's examples are in the student's token ids.
        examples = folders.student / EXAMPLES
        recipe = replace(recipe, train=replace(recipe.train, base_model=str(folders.student)))
    runs = dict(_run(text) for text in args.runs)
    if not args.minutes > 0:
        raise StudyError("an arm needs more than 0 minutes")
    for path in () if runs else (folders.codebooks, examples):
        if not path.is_dir():
            raise StudyError(f"{path} is missing", f"make it with `python -m finetune run --recipe {args.recipe}`")
    return Setting(
        recipe=replace(recipe, out=str(folders.out)),
        codebooks=folders.codebooks,
        examples=examples,
        benchmark=benchmark_of(folders.examples, folders.out),
        minutes=args.minutes,
        out=args.out or Path("var/studies") / recipe.name / args.name,
        checkpoint=args.checkpoint,
        runs=runs,
        seed=args.seed,
    )


def _run(text: str) -> tuple[str, Path]:
    name, is_one, folder = text.partition("=")
    if not name or not is_one or not folder:
        raise StudyError(f"{text!r} is not a run", "write NAME=FOLDER")
    return name, Path(folder)
