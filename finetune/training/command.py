"""Train a base model on prepared examples: grounding, then induction, then a checkpoint.

    python -m finetune train --sids FOLDER --data FOLDER --out FOLDER [--recipe sample] [--max-minutes 85]

Started again with the same options it goes on where it was stopped, at whatever moment that was; a finished stage is
not repeated. The folder gets the resolved configuration (run.json), a log of one JSON object a line (log.jsonl), plots,
the states to resume from, and the checkpoint. docs/training.md tells more, also of GPUs.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune train``."""
    parser.add_argument("--sids", type=Path, required=True, metavar="FOLDER", help="codebooks, from `finetune sids`")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="from `finetune examples`")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder of the run")
    parser.add_argument("--recipe", default="sample", metavar="NAME|FILE", help="its [train] table is used")
    parser.add_argument("--max-minutes", type=float, metavar="N", help="time budget in place of the recipe's")
    parser.add_argument("--base-model", metavar="NAME", help="base model in place of the recipe's")
    parser.add_argument("--restart", action="store_true", help="forget the run that is in the folder")


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    from finetune.config import load_recipe

    wait_passively()
    recipe = load_recipe(args.recipe)
    config = recipe.train
    if args.max_minutes is not None:
        config = replace(config, max_minutes=args.max_minutes)
    if args.base_model is not None:
        config = replace(config, base_model=args.base_model)
    from finetune.training.stages import train

    train(config, recipe.name, args.sids, args.data, args.out, args.restart)


def wait_passively() -> None:
    """Let idle compute threads sleep; must come before torch is imported.

    By default they spin. With one other busy process on two cores that made matrix products up to five times slower
    than sleeping does (docs/lab-notes.md).
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
