"""The exam: 150 hand-written requests to the sample store, put to a checkpoint and graded.

    python -m finetune exam --checkpoint FOLDER [--database URL] [--out FOLDER] [--without-constraint] [--limit N]

Writes exam.json (every reply, for reading aloud) and exam.md (figures with intervals, goals and the list of failures),
and the figures into the checkpoint's manifest. The settings of serving count (NEO_QUANTIZATION, NEO_BEAMS, …), except
that words are never drawn at random. docs/exam.md tells what is asked and how it is graded.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from finetune.errors import ExamError
from finetune.training.command import wait_passively

FIGURES, TABLES = "exam.json", "exam.md"
METRICS = "exam"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune exam``."""
    parser.add_argument("--checkpoint", type=Path, required=True, metavar="FOLDER", help="what `finetune train` wrote")
    parser.add_argument("--database", metavar="URL", help="the sample store; default: NEO_DATABASE_URL")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: the folder that the checkpoint is in")
    parser.add_argument(
        "--without-constraint", action="store_true", help="let the plain model answer too, and grade what it names"
    )
    parser.add_argument(
        "--requests", type=Path, metavar="FILE", help="an exam of your own; the manifest is left as it is"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N; the manifest is left as it is")
    parser.add_argument("--base-model", metavar="NAME", help="where the base model is, if not where the manifest says")


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    wait_passively()
    take_exam(
        args.checkpoint,
        args.out or args.checkpoint.parent,
        database_url=args.database,
        without_constraint=args.without_constraint,
        requests_file=args.requests,
        limit=args.limit,
        base_model=args.base_model,
    )


def take_exam(
    checkpoint: Path,
    out: Path,
    *,
    database_url: str | None = None,
    without_constraint: bool = False,
    requests_file: Path | None = None,
    limit: int | None = None,
    base_model: str | None = None,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Put the exam to a checkpoint, write what came of it, and return the figures.

    Args:
        checkpoint: the folder.
        out: where exam.json and exam.md go.
        database_url: the sample store; left out, that of the settings.
        without_constraint: whether the plain model answers too.
        requests_file: an exam for another shop; the manifest then stays as it is.
        limit: only so many requests; the manifest then stays as it is.
        base_model: where the base model is, if not where the manifest says.
        say: takes what is to be told while it runs.

    Raises:
        ExamError: if the requests do not fit the shop, or the limit is no number of requests.
        CheckpointError: if the checkpoint cannot be loaded or does not fit the database.
        CatalogError: if the database is missing, old or empty.
    """
    from catalog_db.database import open_database
    from finetune.exam.asking import ask_all, assemble
    from finetune.exam.figures import Result, figures
    from finetune.exam.free import grade_freely, rows_by_sid, write_freely
    from finetune.exam.grading import Grader
    from finetune.exam.report import markdown, record
    from finetune.exam.requests import REQUESTS, read_requests
    from finetune.exam.shop import check_requests, read_shop
    from neo_assistant.checkpoint import add_metrics
    from neo_assistant.settings import load_settings

    if limit is not None and limit < 1:
        raise ExamError(f"{limit} requests cannot be asked", "--limit takes a number from 1")
    requests = read_requests(requests_file or REQUESTS)[:limit]
    given = {} if database_url is None else {"database_url": database_url}
    settings = load_settings(checkpoint=checkpoint, temperature=0.0, **given)
    with open_database(settings.database_url) as database:
        with database.reading() as session:
            shop = read_shop(session)
        check_requests(requests, shop)
        assembled = assemble(settings, database, base_model)
        answers, prompts = ask_all(requests, assembled, shop.rows, say)
        grader = Grader(shop)
        results = [
            Result(request, answer, grader.grade(request, answer))
            for request, answer in zip(requests, answers, strict=True)
        ]
        if without_constraint:
            say("the plain model answers")
            by_sid = rows_by_sid(assembled, shop.rows)
            readings = write_freely(prompts, assembled)
            results = [
                Result(
                    one.request,
                    one.answer,
                    one.grade,
                    grade_freely(one.request, reading, one.answer, grader.expected(one.request.expect), by_sid),
                    reading.words,
                )
                for one, reading in zip(results, readings, strict=True)
            ]
        assembled.catalog.close()
    found = {**figures(results), "quantization": assembled.quantization}
    out.mkdir(parents=True, exist_ok=True)
    whole = {"checkpoint": checkpoint.name, "figures": found, "replies": [record(result) for result in results]}
    (out / FIGURES).write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    tables = markdown(found, results)
    (out / TABLES).write_text(tables, encoding="utf-8")
    if limit is None and requests_file is None:
        add_metrics(checkpoint, {METRICS: found})
    say(tables.partition("## Failures")[0])
    return found
