"""Read text files, gzipped or not, as records with line numbers.

Anything wrong with the file as a whole raises :class:`catalog_db.errors.ImportFileError`; anything wrong with one
record becomes a :class:`Refusal`, and reading goes on.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from catalog_db.errors import ImportFileError
from catalog_db.importers.records import Record, Refusal

MAX_LINE = 16 * 1024 * 1024
"""Longest line in characters; a longer one means that the file is something else."""

_GZIP_MAGIC = b"\x1f\x8b"
_DELIMITERS = (",", "\t", ";", "|")


@contextlib.contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a UTF-8 file, gunzipped if it is gzipped whatever its name; line ends are left as they are.

    Raises:
        ImportFileError: here or while it is read: no such file, broken gzip, not UTF-8.
    """
    try:
        with contextlib.ExitStack() as stack:
            raw = stack.enter_context(path.open("rb"))
            binary: Any = raw
            if raw.peek(2)[:2] == _GZIP_MAGIC:
                binary = stack.enter_context(gzip.GzipFile(fileobj=raw))
            yield stack.enter_context(io.TextIOWrapper(binary, encoding="utf-8-sig", newline=""))
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path} is not UTF-8 text: {error.reason}", "save it as UTF-8") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ImportFileError(f"{path} is not a whole gzip file: {error}") from error
    except OSError as error:
        raise ImportFileError(f"cannot read {path}: {error.strerror or error}") from error


def head(path: Path, characters: int = 65_536) -> str:
    """The beginning of a text file."""
    with open_text(path) as file:
        return file.read(characters)


def csv_header(path: Path) -> tuple[list[str], str]:
    """Column names and delimiter of a CSV file; the delimiter is what the header line holds most of ``, TAB ; |``.

    Raises:
        ImportFileError: the file is empty, or its header names a column twice or not at all.
    """
    with open_text(path) as file:
        line = _read_line(file, path)
        if not line.strip():
            raise ImportFileError(f"{path} has no header line")
        delimiter = max(_DELIMITERS, key=line.count)
        file.seek(0)
        try:
            header = [name.strip() for name in next(csv.reader(file, delimiter=delimiter, strict=True))]
        except csv.Error as error:
            raise ImportFileError(f"the header of {path} is not CSV: {error}") from error
    if len(header) > 1 and not header[-1]:
        header.pop()  # a delimiter at the end of the line
    for name in header:
        if not name:
            raise ImportFileError(f"the header of {path} has a column without a name")
        if header.count(name) > 1:
            raise ImportFileError(f"the header of {path} names the column {name!r} twice")
    return header, delimiter


def read_csv(path: Path) -> Iterator[Record | Refusal]:
    """The records of a CSV file with a header line; every value is text, blank lines are skipped.

    Raises:
        ImportFileError: see :func:`csv_header`; or a quote that is opened and never closed.
    """
    header, delimiter = csv_header(path)
    with open_text(path) as file:
        reader = csv.reader(_lines(file, path), delimiter=delimiter, strict=True)
        next(reader)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                if "unexpected end of data" in str(error):
                    raise ImportFileError(f"{path}: a quote opened after line {line - 1} is never closed") from error
                yield Refusal(line, f"not CSV: {error}")
                continue
            if cells is None:
                return
            if not any(cells):
                continue
            if len(cells) > len(header) and any(cells[len(header) :]):
                yield Refusal(line, f"{len(cells)} cells under a header of {len(header)}")
            elif len(cells) < len(header):
                yield Refusal(line, f"only {len(cells)} cells under a header of {len(header)}")
            else:
                yield Record(line, dict(zip(header, cells, strict=False)))


def read_jsonl(path: Path) -> Iterator[Record | Refusal]:
    """The objects of a JSON Lines file; blank lines are skipped.

    Raises:
        ImportFileError: the file is empty, or its first line is not a JSON object.
    """
    empty = True
    with open_text(path) as file:
        for line, text in enumerate(_lines(file, path), start=1):
            if not text.strip():
                continue
            try:
                values = json.loads(text, parse_constant=_refuse_constant)
                problem = "" if isinstance(values, dict) else "not a JSON object"
            except (ValueError, RecursionError) as error:
                problem = f"not JSON: {error}"
            if problem and empty:
                raise ImportFileError(
                    f"{path} is not JSON Lines: line {line} is {problem}", "every line has to be one JSON object"
                )
            empty = False
            yield Refusal(line, problem) if problem else Record(line, values)
    if empty:
        raise ImportFileError(f"{path} is empty")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _lines(file: TextIO, path: Path) -> Iterator[str]:
    while line := _read_line(file, path):
        yield line


def _read_line(file: TextIO, path: Path) -> str:
    line = file.readline(MAX_LINE)
    if len(line) == MAX_LINE:
        raise ImportFileError(f"{path} has a line of more than {MAX_LINE:,} characters")
    return line
