"""Figures of a checkpoint on held-out data: losses, semantic ids, obedience, rankings, facts, language kept.

    python -m finetune evaluate --checkpoint FOLDER --data FOLDER [--out FOLDER] [--recipe sample]

Writes evaluation.json and evaluation.md, and the figures into the checkpoint's manifest. The recipe's [evaluate] table
says how much of everything is used; docs/training.md tells what each figure is.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from finetune.training.command import wait_passively

if TYPE_CHECKING:
    from finetune.config import EvaluateConfig

FIGURES, TABLES = "evaluation.json", "evaluation.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune evaluate``."""
    parser.add_argument("--checkpoint", type=Path, required=True, metavar="FOLDER", help="what `finetune train` wrote")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="from `finetune examples`")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: the folder that the checkpoint is in")
    parser.add_argument("--recipe", default="sample", metavar="NAME|FILE", help="its [evaluate] table is used")
    parser.add_argument("--base-model", metavar="NAME", help="where the base model is, if not where the manifest says")


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    wait_passively()
    from finetune.config import load_recipe

    out = args.out or args.checkpoint.parent
    evaluate_checkpoint(args.checkpoint, args.data, out, load_recipe(args.recipe).evaluate, args.base_model)


def evaluate_checkpoint(
    checkpoint: Path,
    data_folder: Path,
    out: Path,
    config: EvaluateConfig,
    base_model: str | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Take the figures of a checkpoint and write them into ``out`` and into its manifest.

    Raises:
        CheckpointError: if the checkpoint cannot be loaded.
        ExamplesError, TrainingError: if the examples cannot be read or are not of its codebooks.
    """
    from finetune.evaluation.figures import evaluate
    from finetune.evaluation.report import markdown
    from finetune.prepared import load_prepared
    from finetune.training.stages import check_data
    from neo_assistant.checkpoint import add_metrics, load_checkpoint

    loaded = load_checkpoint(checkpoint, base_model)
    data = load_prepared(data_folder)
    check_data(data, loaded.codebooks, loaded.manifest.vocabulary)
    evaluation = evaluate(loaded, data, data_folder, config, base_model, say)
    out.mkdir(parents=True, exist_ok=True)
    (out / FIGURES).write_text(json.dumps(evaluation.figures, indent=2) + "\n", encoding="utf-8")
    tables = markdown(evaluation.figures)
    (out / TABLES).write_text(tables, encoding="utf-8")
    add_metrics(checkpoint, {"heldout": evaluation.figures})
    say(tables)
