"""The command line: ``python -m finetune COMMAND …``.

Each command is a module, imported only when the command is asked for, with two functions:

* ``add_arguments(parser)`` declares the command's options;
* ``run(args)`` does the work and raises :class:`~catalog_db.errors.NeoError` for what the reader can mend.

To add a command, write such a module and add it to :data:`COMMANDS`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from catalog_db.errors import NeoError
from finetune.training.writing import clear_disk_errors

PROGRAM = "python -m finetune"


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name, one line of help, and the module that does it."""

    name: str
    help: str
    module: str


COMMANDS: tuple[Command, ...] = (
    Command("types", "item types and kinds for a catalog file that states none", "finetune.item_types.stage"),
    Command(
        "dataset", "a public data set with known answers, as a database and a benchmark", "finetune.datasets.stage"
    ),
    Command("sids", "item texts to embeddings, codebooks and semantic ids", "finetune.sids.stage"),
    Command("examples", "the training mixture: conversations with replies, as token ids", "finetune.examples.stage"),
    Command("teacher", "richer texts for the examples, written by a large model and checked", "finetune.teacher.stage"),
    Command("student", "a smaller base model: fewer layers, the vocabulary the domain needs", "finetune.student.stage"),
    Command(
        "train", "grounding, then induction, to a checkpoint; resumes where it was stopped", "finetune.training.command"
    ),
    Command("average", "two checkpoints to one, or fewer rows of the base in one", "finetune.training.average"),
    Command("evaluate", "figures of a checkpoint on held-out examples", "finetune.evaluation.command"),
    Command(
        "rank", "a model on a benchmark: the next item and searches, the whole catalog ranked", "finetune.ranking.rank"
    ),
    Command("exam", "150 hand-written requests to the sample store, asked and graded", "finetune.exam.stage"),
    Command("study", "trainings at equal budgets that answer one question", "finetune.studies.command"),
    Command(
        "baselines",
        "popularity, co-occurrence, SASRec, BM25, dense and fused on a benchmark",
        "finetune.ranking.command",
    ),
    Command("run", "all stages of a recipe, from a database to an evaluated checkpoint", "finetune.run"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 2 with one clear line on bad input."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    commands = {command.name: command for command in COMMANDS}
    if not arguments or arguments[0] not in commands:
        _overview().parse_args(arguments)  # exits: prints help, or says which command is unknown
    command = commands[arguments[0]]
    module = importlib.import_module(command.module)
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} {command.name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    options = parser.parse_args(arguments[1:])
    try:
        with clear_disk_errors():
            module.run(options)
    except NeoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _overview() -> argparse.ArgumentParser:
    lines = [f"  {command.name:<10} {command.help}" for command in COMMANDS]
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Codebooks, training and evaluation.",
        epilog="commands:\n" + "\n".join(lines) + f"\n\n{PROGRAM} COMMAND --help tells a command's options.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=[command.name for command in COMMANDS], metavar="COMMAND")
    return parser
