"""Ask a large language model for richer texts: reasons for recommendations, comparisons and taste profiles.

    python -m finetune teacher --database URL --show 3
    python -m finetune teacher --database URL --endpoint http://127.0.0.1:8000/v1 --model NAME --out FILE --limit 300

Any endpoint of OpenAI's form will do; its key is read from NEO_TEACHER_KEY. What is written is checked against the
rows and kept in FILE, which `python -m finetune examples --teacher FILE` reads. A run that was stopped goes on where it
was. With --show nothing is sent: it prints what would be.
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from pathlib import Path

from catalog_db.database import open_database
from finetune.errors import TeacherError
from finetune.teacher.check import Checker, RefusalError
from finetune.teacher.endpoint import Endpoint
from finetune.teacher.questions import Question, Rows, questions, read_rows
from finetune.teacher.store import Answer, Store
from neo_assistant.settings import load_settings

MOST_REFUSED = 20
"""So many refused texts, and none that could be used, end a run: this model cannot do it, and every request costs."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m finetune teacher``."""
    parser.add_argument("--database", required=True, metavar="URL", help="the shop's database")
    parser.add_argument("--endpoint", metavar="URL", help="address up to and with the version: http://HOST/v1")
    parser.add_argument("--model", metavar="NAME", help="the model, as the endpoint names it")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the texts are kept, one JSON object a line")
    parser.add_argument("--limit", type=int, default=300, metavar="N", help="texts to have in the end (default: 300)")
    parser.add_argument("--per-minute", type=float, default=60.0, metavar="N", help="most requests (default: 60)")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="seconds for a request (default: 60)")
    parser.add_argument("--seed", type=int, default=0, help="of which items are asked about (default: 0)")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N questions and send nothing")


def run(args: argparse.Namespace) -> None:
    """Do what the options ask for."""
    with open_database(args.database) as database:
        rows = read_rows(database)
    if args.show:
        for question in itertools.islice(questions(rows, args.seed), args.show):
            print(f"--- {question.task} ({rows.fingerprint(question)[:12]})")
            print("\n\n".join(message["content"] for message in rows.messages(question)))
        return
    if not (args.endpoint and args.model and args.out):
        raise TeacherError("--endpoint, --model and --out are needed", "or --show 3 to see what would be asked")
    key = load_settings().teacher_key
    endpoint = Endpoint(args.endpoint, args.model, key, args.per_minute, args.timeout)
    counts = ask(rows, endpoint, Store(args.out), args.limit, args.seed)
    print(", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing to ask")


def ask(rows: Rows, endpoint: Endpoint, store: Store, limit: int, seed: int = 0) -> Counter[str]:
    """Ask until the store has ``limit`` texts for this catalog; returns how many were kept, written and refused.

    Raises:
        TeacherError: if the endpoint cannot be used, or nothing it writes can be.
    """
    from tqdm import tqdm

    checker = Checker(rows)
    known = {answer.fingerprint: answer for answer in store.answers()}
    counts: Counter[str] = Counter()
    with tqdm(total=limit, desc="teacher", unit="text") as bar:
        for question in questions(rows, seed):
            if counts["kept"] + counts["written"] >= limit:
                break
            fingerprint = rows.fingerprint(question)
            if (before := known.get(fingerprint)) is not None:
                counts["refused" if before.refused else "kept"] += 1
                bar.update(not before.refused)
                continue
            answer = _answer(rows, checker, endpoint, question, fingerprint)
            store.add(answer)
            counts["refused" if answer.refused else "written"] += 1
            bar.update(not answer.refused)
            if counts["refused"] >= MOST_REFUSED and not counts["written"] + counts["kept"]:
                raise TeacherError(
                    f"none of {counts['refused']} texts could be used, the last one because: {answer.refused}",
                    "try another model; the texts are in the file with the reasons",
                )
    return counts


def _answer(rows: Rows, checker: Checker, endpoint: Endpoint, question: Question, fingerprint: str) -> Answer:
    text = endpoint.complete(rows.messages(question))
    try:
        checker.parts(question, text)
    except RefusalError as error:
        return Answer(question, fingerprint, endpoint.model, text, str(error))
    return Answer(question, fingerprint, endpoint.model, text)
