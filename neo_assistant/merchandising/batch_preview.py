"""A preview of many requests at once: a CSV file of histories and requests in, a CSV file of what would be shown out.

The first line of the file names its columns, in any order; every further line is a request. There are

    request          what the shopper says; may be empty where there is a history
    history          SKUs that the shopper has viewed or bought, oldest first
    about            SKUs that the words are about
    task, format     as in the form, e.g. ``recommend`` and ``ids``
    type, brand      any of these
    attribute        ``colour=blue``; of several values of one name any will do
    count            most items in the reply
    max_price, min_price, budget   in the shop's currency, e.g. 59.90
    min_rating       1 to 5
    in_stock         TRUE or FALSE
    each             ``mug=2``: exactly so many of a kind or type
    sql              a predicate over the products table
    want             conditions in place of those that the model would read

``request`` or ``history`` has to be there. Semicolons separate several values in one cell. An empty cell leaves it to
the shop. The whole file is compared with the catalog before the first reply is written.

The result has a row for each item shown, and one without an item for a reply that shows none.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from catalog_db.csv_export import Column, Kind, csv_lines, unguard
from catalog_db.database import Database
from catalog_db.errors import NeoError
from catalog_db.money import minor_per_major
from neo_assistant.ask_options import AskOptions
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.answers import Answer
from neo_assistant.request import Request

MOST_REQUESTS = 2_000
"""Requests of one file: a few hours' work for a small machine."""
_PROBLEMS = 5
"""So many lines that cannot be read are named."""
_LISTS = frozenset({"history", "about", "type", "brand", "attribute", "each"})
_NAMES = {"request": "text"}
"""What a column is called where :class:`AskOptions` calls it otherwise."""
_OPTIONS = (
    *("task", "format", "count", "max_price", "min_price", "budget", "min_rating", "in_stock", "sql", "want"),
    *sorted(_LISTS),
)
IN_COLUMNS = ("request", *_OPTIONS)

OUT_COLUMNS = (
    *(Column("request", Kind.INTEGER), Column("request_text"), Column("rank", Kind.INTEGER), Column("sku")),
    *(Column("title"), Column("price", Kind.NUMBER), Column("currency"), Column("probability", Kind.NUMBER)),
    *(Column("conditions_read"), Column("items_left", Kind.INTEGER), Column("notices"), Column("checkpoint")),
    *(Column("codebook"), Column("rules"), Column("ms", Kind.NUMBER)),
)

EXAMPLE = (
    'request,history,count,max_price,type\n"a blue mug under $20",,3,,\n"something new for me",SKU-1;SKU-2,5,60,\n'
)
"""A file to begin with."""


def read_requests(text: str, defaults: AskOptions) -> list[AskOptions]:
    """The requests of a file.

    Args:
        text: the file; a byte order mark at its beginning is passed over.
        defaults: for what a line does not say.

    Raises:
        RequestError: it is no such file, has no request or more than ``MOST_REQUESTS``, or lines of it cannot be read;
            the first few of them are named.
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    requests: list[AskOptions] = []
    problems: list[tuple[int, NeoError]] = []
    try:
        names = _header(next(rows, []))
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if len(requests) + len(problems) == MOST_REQUESTS:
                raise RequestError(f"the file has more than {MOST_REQUESTS:,} requests", "take a part of it")
            try:
                requests.append(_request(names, row, defaults))
            except NeoError as error:
                problems.append((rows.line_num, error))
    except csv.Error as error:
        raise RequestError(f"line {rows.line_num}: not CSV ({error})") from error
    _refuse(problems)
    if not requests:
        raise RequestError("the file has no requests", "it needs a line of column names, and one for each request")
    return requests


def check_requests(database: Database, asked: Sequence[AskOptions]) -> list[Request]:
    """The requests, once everything they name has been found in the catalog.

    Raises:
        RequestError: naming the first few that name something unknown.
    """
    requests, problems = [], []
    with database.reading() as session:
        for number, one in enumerate(asked, 1):
            try:
                requests.append(one.to_request(session))
            except NeoError as error:
                problems.append((number, error))
    _refuse(problems, "request")
    return requests


def result_rows(number: int, answer: Answer) -> Iterator[tuple[object, ...]]:
    """The rows of one request.

    Args:
        number: of the request, from 1.
        answer: the reply.
    """
    made_by = answer.made_by or {}
    rules = "; ".join(f"{rule['action']} {rule['id']} ({rule['items']} items)" for rule in made_by.get("rules", ()))
    shown: list[tuple[object, ...]] = [
        (
            *(rank, item.product.sku, item.product.title, _price(item.product.price_minor, item.product.currency)),
            *(item.product.currency, item.probability),
        )
        for rank, item in enumerate(answer.items, 1)
    ]
    for item in shown or [(None,) * 6]:
        yield (
            *(number, answer.request.text, *item, "; ".join(answer.phrases), answer.items_left),
            *(" ".join(notice.text for notice in answer.notices), made_by.get("checkpoint")),
            *(made_by.get("codebook_version"), rules, round(answer.timings.total_ms, 1)),
        )


def result_csv(answers: Iterable[Answer]) -> Iterator[str]:
    """The result as CSV that a spreadsheet opens with the right types, a line at a time, as replies are written."""
    rows = (row for number, answer in enumerate(answers, 1) for row in result_rows(number, answer))
    return csv_lines(OUT_COLUMNS, rows, byte_order_mark=True)


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().casefold().replace(" ", "_") for cell in cells]
    if unknown := [name for name in names if name not in IN_COLUMNS]:
        raise RequestError(f"{unknown[0]!r} is not a column of requests", f"columns are {', '.join(IN_COLUMNS)}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RequestError(f"the column {twice[0]!r} comes twice")
    if not {"request", "history"} & set(names):
        raise RequestError(
            "the file has neither a column of requests nor one of histories", "its first line names them"
        )
    return names


def _request(names: Sequence[str], row: Sequence[str], defaults: AskOptions) -> AskOptions:
    if len(row) > len(names):
        raise RequestError(f"{len(row)} cells in a file of {len(names)} columns", "quote what has a comma in it")
    cells = {name: unguard(cell).strip() for name, cell in zip(names, row, strict=False)}
    return defaults.merged({_NAMES.get(name, name): _value(name, cell) for name, cell in cells.items() if cell})


def _value(name: str, cell: str) -> object:
    if name in _LISTS:
        return [value.strip() for value in cell.split(";") if value.strip()]
    if name == "in_stock":
        truth = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        return truth.get(cell.casefold(), cell)
    return cell


def _refuse(problems: Sequence[tuple[int, NeoError]], what: str = "line") -> None:
    if not problems:
        return
    named = "; ".join(f"{what} {number}: {error.message}" for number, error in problems[:_PROBLEMS])
    more = f"; and {len(problems) - _PROBLEMS} more" if len(problems) > _PROBLEMS else ""
    raise RequestError(named + more, problems[0][1].hint)


def _price(minor: int | None, currency: str) -> Decimal | None:
    return None if minor is None else Decimal(minor) / minor_per_major(currency)
