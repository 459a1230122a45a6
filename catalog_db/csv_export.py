"""Tables as CSV that a spreadsheet opens with the right types, and in which no text can act as a formula.

The form is RFC 4180: commas, CRLF, a header line, quotation marks where they are needed. Numbers have a decimal point
and no thousands separators; times are ``2026-03-01 12:00:00`` in UTC, the ISO 8601 form with a space, which
spreadsheets take for a time (with ``T`` and ``Z`` some take it for text); truth values are ``TRUE`` and ``FALSE``; None
is an empty cell.

A spreadsheet runs text that begins with ``=``, ``+``, ``-`` or ``@`` as a formula, whatever wrote it there (OWASP, "CSV
Injection"). Such text gets an apostrophe in front; only text columns do, so negative numbers stay numbers.
:func:`unguard` takes it off again.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from catalog_db.errors import CatalogError

_QUOTES = "\"'`´‘’‚‛“”„‟«»‹›"
_STARTS_FORMULA = "=+-@"
_MINUS_SIGNS = "−‐‑‒–—―"
"""Dashes that compatibility normalization keeps, and that some programs read as a minus."""
_SURROGATES = re.compile("[\ud800-\udfff]")


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, which goes into the header, and what it holds."""

    name: str
    kind: Kind = Kind.TEXT


def csv_lines(
    columns: Sequence[Column], rows: Iterable[Sequence[object]], *, byte_order_mark: bool = False
) -> Iterator[str]:
    """The table as CSV, a record at a time, so that any number of rows needs little memory.

    Args:
        columns: in order; their kinds say which Python values a row may hold: ``str``, ``int``, ``int`` or ``float`` or
            ``Decimal``, ``bool``, ``datetime`` with a time zone, ``date``. None is allowed in each.
        rows: with a value for each column.
        byte_order_mark: begin with U+FEFF, by which Excel knows that the file is UTF-8. Write the text as UTF-8.

    Raises:
        CatalogError: a row has too many or too few values, or one that is not of its column's kind: infinite and NaN
            are no numbers, and a time has a zone.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_text(column.name) for column in columns])
    yield ("\ufeff" if byte_order_mark else "") + _take(buffer)
    for number, row in enumerate(rows, start=1):
        if len(row) != len(columns):
            raise CatalogError(f"row {number} has {len(row)} values for {len(columns)} columns")
        writer.writerow([_cell(value, column, number) for value, column in zip(row, columns, strict=True)])
        yield _take(buffer)


def guard(text: str) -> str:
    """The text, made harmless for a spreadsheet by a leading apostrophe if it could act as a formula.

    What counts is the first character after spaces, control and invisible characters and quotation marks, in any of its
    widths. Text that begins with a tab or a line break is guarded whatever follows.
    """
    if text[:1] in ("\t", "\r", "\n"):
        return f"'{text}"
    for character in text:
        if character in _QUOTES or unicodedata.category(character)[0] in "ZC":
            continue
        plain = unicodedata.normalize("NFKC", character)[0]
        return f"'{text}" if plain in _STARTS_FORMULA or character in _MINUS_SIGNS else text
    return text


def unguard(text: str) -> str:
    """The text that :func:`guard` was given."""
    return text[1:] if text[:1] == "'" and guard(text[1:]) == text else text


def _take(buffer: io.StringIO) -> str:
    record = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return record


def _text(text: str) -> str:
    # Half a surrogate pair cannot be written as UTF-8.
    return guard(_SURROGATES.sub("\ufffd", text))


def _cell(value: object, column: Column, number: int) -> str:
    if value is None:
        return ""
    written = _WRITERS[column.kind](value)
    if written is None:
        raise CatalogError(f"row {number}, column {column.name!r}: {value!r} is no {column.kind.value}")
    return written


def _write_text(value: object) -> str | None:
    return _text(value) if isinstance(value, str) else None


def _write_integer(value: object) -> str | None:
    return str(int(value)) if isinstance(value, int) and not isinstance(value, bool) else None


def _write_number(value: object) -> str | None:
    if isinstance(value, float):
        # repr gives the shortest digits that mean this float; as a Decimal they are written without an exponent.
        value = Decimal(repr(float(value))) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else None
    return _write_integer(value)


def _write_boolean(value: object) -> str | None:
    return str(value).upper() if isinstance(value, bool) else None


def _write_time(value: object) -> str | None:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        return None
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")


def _write_date(value: object) -> str | None:
    return value.isoformat() if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None


_WRITERS = {
    Kind.TEXT: _write_text,
    Kind.INTEGER: _write_integer,
    Kind.NUMBER: _write_number,
    Kind.BOOLEAN: _write_boolean,
    Kind.TIME: _write_time,
    Kind.DATE: _write_date,
}
