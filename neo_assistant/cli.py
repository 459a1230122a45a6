"""The assistant on the command line.

python -m neo_assistant ask "a waterproof jacket" --max-price 100 --in-stock
python -m neo_assistant ask "something for hiking" --json --type footwear --count 5
python -m neo_assistant ask --requests requests.jsonl > replies.jsonl
python -m neo_assistant preview --requests requests.csv --csv shown.csv
python -m neo_assistant adopt
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from catalog_db.database import open_database
from catalog_db.errors import NeoError
from neo_assistant.adopt import adopt
from neo_assistant.ask_options import (
    AskOptions,
    parse_count,
    parse_format,
    parse_list,
    parse_price,
    parse_rating,
    parse_task,
    read_requests,
)
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.preview_command import preview_file
from neo_assistant.render import reply_object, write_reply
from neo_assistant.request import MAX_ITEMS, Format, Task
from neo_assistant.services import Services, open_services
from neo_assistant.settings import Settings, load_settings

BAD_INPUT = 2
INTERRUPTED = 130


def main(
    arguments: Sequence[str] | None = None,
    *,
    out: TextIO | None = None,
    problems: TextIO | None = None,
    open_services: Callable[[Settings], Services] = open_services,
) -> int:
    """Run one command.

    Returns:
        The exit code: 0, or 2 after one line to ``problems`` that says what is wrong and how to mend it.
    """
    out, problems = out or sys.stdout, problems or sys.stderr
    try:
        options = _parser().parse_args(arguments)
        if options.command == "adopt":
            _adopt(options, out)
        elif options.command == "preview":
            _preview(options, out, problems, open_services)
        else:
            _ask(options, out, problems, open_services)
    except NeoError as error:
        problems.write(f"error: {error}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _ask(
    options: argparse.Namespace, out: TextIO, problems: TextIO, open_services: Callable[[Settings], Services]
) -> None:
    settings = load_settings(**({} if options.seed is None else {"seed": options.seed}))
    asked = _asked(options, settings)
    # Everything is compared with the catalog before the model is loaded, which takes much longer.
    with open_database(settings.database_url) as database, database.reading() as session:
        requests = [one.to_request(session) for one in asked]
    assistant = open_services(settings).assistant
    for request in requests:
        events = assistant.reply([], request, threading.Event())
        if options.json or options.requests:
            out.write(json.dumps(reply_object(events, request, problems), ensure_ascii=False) + "\n")
            out.flush()
        else:
            write_reply(events, out, problems)


def _preview(
    options: argparse.Namespace, out: TextIO, problems: TextIO, open_services: Callable[[Settings], Services]
) -> None:
    """What a file of histories and requests would be answered with, as a file for a spreadsheet."""
    settings = load_settings(**({} if options.checkpoint is None else {"checkpoint": options.checkpoint}))
    rules = () if options.without_rules else None
    count = preview_file(settings, options.requests, options.csv, problems, open_services, rules)
    out.write(f"{count} requests were answered; what they would be shown stands in {options.csv}.\n")


def _adopt(options: argparse.Namespace, out: TextIO) -> None:
    """Give the products of the database the semantic ids that the checkpoint knows them by."""
    settings = load_settings(**({} if options.checkpoint is None else {"checkpoint": options.checkpoint}))
    with open_database(settings.database_url) as database:
        report = adopt(database, settings.checkpoint, dt.datetime.now(dt.UTC))
    out.write(
        f"{report.adopted} products got their semantic id from {settings.checkpoint.name}, {report.already} had it.\n"
    )
    if report.left:
        out.write(f"{report.left} products are unknown to it: python -m finetune sids --extend gives them one.\n")


def _asked(options: argparse.Namespace, settings: Settings) -> list[AskOptions]:
    """The requests of the command line, or of the file it names."""
    given = {
        name: getattr(options, name)
        for name in (
            "history",
            "about",
            "task",
            "type",
            "format",
            "count",
            "max_price",
            "min_price",
            "in_stock",
            "brand",
            "attribute",
            "min_rating",
            "sql",
            "each",
            "budget",
            "want",
        )
        if getattr(options, name) is not None
    }
    defaults = AskOptions(count=settings.items_per_reply).merged(given)
    if options.requests is None:
        return [defaults.merged({"text": options.text or ""})]
    if options.text is not None:
        raise RequestError("both a text and --requests are given", "leave one of them out")
    try:
        lines = options.requests.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{options.requests} cannot be read: {error}") from error
    return read_requests(lines, defaults, as_json=options.requests.suffix == ".jsonl")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every command of this project does."""

    def error(self, message: str) -> NoReturn:
        raise RequestError(message, f"see {self.prog} --help")


def _parser() -> _Parser:
    parser = _Parser(prog="python -m neo_assistant", description="The shop assistant on the command line.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    ask = commands.add_parser("ask", help="one reply without a browser", description="Ask the assistant.")
    add: Any = ask.add_argument
    add("text", nargs="?", help="what the shopper says")
    add("--json", action="store_true", help="print one JSON object instead of text")
    add("--requests", type=Path, metavar="FILE", help="a request per line, or a JSON object per line in a .jsonl file")
    add("--history", type=parse_list, metavar="SKU,…", help="what the shopper has viewed or bought, oldest first")
    add("--about", type=parse_list, metavar="SKU,…", help="what the words are about, e.g. two items to be compared")
    add("--type", type=parse_list, metavar="TYPE,…", help="item types that may be named")
    add("--format", type=parse_format, metavar="FORMAT", help=_names(Format) + "; mixed unless given")
    add("--task", type=parse_task, metavar="TASK", help=_names(Task) + "; chat unless given")
    add("--max-price", type=parse_price, metavar="N", help="at most this, in the shop's currency")
    add("--min-price", type=parse_price, metavar="N", help="at least this, in the shop's currency")
    add("--in-stock", action="store_const", const=True, help="only what can be sent now")
    add(
        "--count",
        type=parse_count,
        metavar="K",
        help=f"most items in the reply, 1 to {MAX_ITEMS}, unless the words count",
    )
    add("--brand", type=parse_list, metavar="BRAND,…", help="only these brands")
    add(
        "--attribute",
        action="append",
        metavar="NAME=VALUE",
        help="only with this value of an attribute; given several times, a name accepts any of its values",
    )
    add("--min-rating", type=parse_rating, metavar="R", help="rated at least this, 1 to 5")
    add("--sql", metavar="PREDICATE", help="only where this SQL holds, e.g. \"stock > 3 AND title LIKE '%%wool%%'\"")
    add(
        "--each",
        action="append",
        metavar="KIND=N",
        help="exactly so many of a kind or type; may be given several times",
    )
    add("--budget", type=parse_price, metavar="N", help="what all items may cost together, in the shop's currency")
    add("--want", metavar="TEXT", help="exactly these conditions instead of those read, e.g. 'kind: mug; price < 20;'")
    add("--seed", type=int, metavar="N", help="seed of the randomness, where NEO_TEMPERATURE is above 0")
    trying = commands.add_parser(
        "preview",
        help="what many requests would be shown, as CSV",
        description="Answer a CSV file of histories and requests, and write what would be shown as CSV.",
    )
    trying.add_argument("--requests", type=Path, required=True, metavar="FILE", help="CSV; line 1 names the columns")
    trying.add_argument("--csv", type=Path, required=True, metavar="OUT", help="where the result goes")
    trying.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="instead of NEO_CHECKPOINT")
    trying.add_argument("--without-rules", action="store_true", help="as if the merchandiser had no rules")
    taking_over = commands.add_parser(
        "adopt",
        help="take over a checkpoint's semantic ids",
        description="Give the products of the database the semantic ids that the checkpoint knows them by.",
    )
    taking_over.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="instead of NEO_CHECKPOINT")
    return parser


def _names(choices: type[Task] | type[Format]) -> str:
    return ", ".join(choice.value.replace(" ", "-") for choice in choices)
