"""``python -m neo_assistant preview``: a file of requests in, a file of what would be shown out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from catalog_db.database import open_database
from catalog_db.rules import StoredRule
from neo_assistant.ask_options import AskOptions
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.answers import Answer, answers
from neo_assistant.merchandising.batch_preview import check_requests, read_requests, result_csv
from neo_assistant.services import Services
from neo_assistant.settings import Settings


def preview_file(
    settings: Settings,
    source: Path,
    target: Path,
    said: TextIO,
    open_services: Callable[[Settings], Services],
    rules: Sequence[StoredRule] | None = None,
) -> int:
    """Answer the requests of a file; every row is written as soon as its reply is there.

    Args:
        settings: of the app.
        source: CSV, see :mod:`neo_assistant.merchandising.batch_preview`.
        target: CSV; one that is there is written over.
        said: takes a line of progress after every reply.
        open_services: loads the model.
        rules: in place of those that are saved.

    Returns:
        How many requests there were.

    Raises:
        RequestError: a file cannot be read or written, or a request makes no sense.
    """
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{source} cannot be read: {error}", "it has to be CSV in UTF-8") from error
    asked = read_requests(text, AskOptions(count=settings.items_per_reply))
    # Everything is compared with the catalog before the model is loaded, which takes much longer.
    with open_database(settings.database_url) as database:
        requests = check_requests(database, asked)

    def told(found: Iterator[Answer]) -> Iterator[Answer]:
        for number, answer in enumerate(found, 1):
            said.write(f"{number} of {len(requests)}\n")
            said.flush()
            yield answer

    try:
        with target.open("w", encoding="utf-8", newline="") as file:
            services = open_services(settings)
            for line in result_csv(told(answers(services.assistant, requests, threading.Event(), rules))):
                file.write(line)
                file.flush()
    except OSError as error:
        raise RequestError(f"{target} cannot be written: {error}") from error
    return len(requests)
