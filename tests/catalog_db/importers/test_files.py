from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from catalog_db.errors import ImportFileError
from catalog_db.importers.files import csv_header, head, read_csv, read_jsonl
from catalog_db.importers.records import Record, Refusal


def _write(tmp_path: Path, content: str | bytes, name: str = "file") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_csv_lines_are_those_of_the_file(tmp_path: Path) -> None:
    path = _write(tmp_path, '\ufeffsku,title\nA,"two\r\nlines, one cell"\n\nB,"say ""hi"""\nC\nD,4,5\nE,"x"y\nF,6\n')
    assert list(read_csv(path)) == [
        Record(2, {"sku": "A", "title": "two\r\nlines, one cell"}),
        Record(5, {"sku": "B", "title": 'say "hi"'}),
        Refusal(6, "only 1 cells under a header of 2"),
        Refusal(7, "3 cells under a header of 2"),
        Refusal(8, "not CSV: ',' expected after '\"'"),
        Record(9, {"sku": "F", "title": "6"}),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    path = _write(tmp_path, f"a{delimiter}b\n1{delimiter}2\n")
    assert csv_header(path) == (["a", "b"], delimiter)
    assert list(read_csv(path)) == [Record(2, {"a": "1", "b": "2"})]


def test_an_unclosed_quote_does_not_swallow_the_rest_silently(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="after line 2 is never closed"):
        list(read_csv(_write(tmp_path, 'a,b\n1,2\n3,"4\n5,6\n')))


@pytest.mark.parametrize("content", ["", "\n", "a,,b\n", "a,a\n", '"a\n'])
def test_headers_that_are_none(tmp_path: Path, content: str) -> None:
    with pytest.raises(ImportFileError):
        csv_header(_write(tmp_path, content))


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n1,2\n")
    assert list(read_csv(_write(tmp_path, packed, "misnamed.csv"))) == [Record(2, {"a": "1", "b": "2"})]
    assert head(_write(tmp_path, b"a,b\n", "misnamed.csv.gz")) == "a,b\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"a,b\n1,2\n" * 10_000)[:-10], "not a whole gzip file"),
        (gzip.compress(b"a,b\n1,2\n")[:5], "not a whole gzip file"),
        (b"\x1f\x8bnonsense", "not a whole gzip file"),
        (b"a,b\nM\xf6bel,2\n", "not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "not UTF-8"),
    ],
)
def test_broken_files(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(ImportFileError, match=message):
        list(read_csv(_write(tmp_path, content)))


def test_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "nope", tmp_path):
        with pytest.raises(ImportFileError, match="cannot read"):
            list(read_csv(path))


def test_jsonl(tmp_path: Path) -> None:
    path = _write(tmp_path, '{"a": 1}\n\n{"a": "\u2028"}\r\n[1]\n{"a": NaN}\n{"a"\n' + "[" * 100_000 + "\n{}\n")
    found = list(read_jsonl(path))
    assert found[:2] == [Record(1, {"a": 1}), Record(3, {"a": "\u2028"})]
    assert found[-1] == Record(8, {})
    assert [refusal.line for refusal in found[2:-1] if isinstance(refusal, Refusal)] == [4, 5, 6, 7]


@pytest.mark.parametrize("content", ["", "\n\n", "[\n", "sku,title\n", '"text"\n'])
def test_what_is_not_jsonl(tmp_path: Path, content: str) -> None:
    with pytest.raises(ImportFileError):
        list(read_jsonl(_write(tmp_path, content)))


def test_endless_lines_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog_db.importers.files.MAX_LINE", 1000)
    with pytest.raises(ImportFileError, match="more than 1,000 characters"):
        list(read_jsonl(_write(tmp_path, "{" + " " * 2000)))
