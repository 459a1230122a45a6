from __future__ import annotations

import csv
import datetime as dt
import io
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_db.csv_export import Column, Kind, csv_lines, guard, unguard
from catalog_db.errors import CatalogError

COLUMNS = tuple(Column(kind.value, kind) for kind in Kind)
WORDS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)
RISKY = st.text(st.sampled_from("=+-@\t\r\n '\"＝＋－＠﹦⁼−–“\u200b\ufeff\xa0a1,;"), max_size=8)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TIMES = st.datetimes(
    timezones=st.just(dt.timezone(dt.timedelta(hours=5, minutes=30))), min_value=dt.datetime(1900, 1, 1)
)
ROWS = st.tuples(
    st.one_of(WORDS, RISKY),
    st.one_of(st.none(), st.integers()),
    st.one_of(st.none(), st.integers(), FINITE, st.decimals(allow_nan=False, allow_infinity=False, places=3)),
    st.one_of(st.none(), st.booleans()),
    st.one_of(st.none(), TIMES),
    st.one_of(st.none(), st.dates()),
)


def _read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def _one(value: object, kind: Kind) -> str:
    (_, (cell,)) = _read("".join(csv_lines([Column("c", kind)], [[value]])) or "c")
    return cell


@given(rows=st.lists(ROWS, max_size=5))
def test_what_is_written_is_read_back(rows: list[tuple]) -> None:
    header, *read = _read("".join(csv_lines(COLUMNS, rows)))
    assert header == [kind.value for kind in Kind]
    assert len(read) == len(rows)
    for (text, whole, number, truth, at, day), cells in zip(rows, read, strict=True):
        assert unguard(cells[0]) == text
        assert cells[1] == ("" if whole is None else str(whole))
        if isinstance(number, float):
            assert float(cells[2]) == number
        else:
            assert cells[2] == (
                "" if number is None else format(number, "f") if isinstance(number, Decimal) else str(number)
            )
        assert cells[3] == {None: "", True: "TRUE", False: "FALSE"}[truth]
        if at is None:
            assert cells[4] == ""
        else:
            assert dt.datetime.fromisoformat(cells[4]).replace(tzinfo=dt.UTC) == at.replace(microsecond=0)
        assert cells[5] == ("" if day is None else day.isoformat())


@given(text=st.one_of(WORDS, RISKY))
def test_guarding_can_be_undone_and_is_enough(text: str) -> None:
    guarded = guard(text)
    assert unguard(guarded) == text
    assert guarded[:1] not in [*"=+-@\t\r\n＝＋－＠"]
    # A program that trims cells, or takes their quotation marks off, still finds the apostrophe first.
    assert guarded == text or guarded.strip().startswith("'")
    if guarded == text:
        assert text.strip(' "\t\r\n')[:1] not in [*"=+-@"]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\rx",
        "\nx",
        "  =1",
        '"=1',
        "'=1",
        " \u200b\ufeff\xa0“=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        "﹦1",
        "−1",
        "\x00=1",
        "-",
        '=HYPERLINK("http://example.org","click")',
        "=cmd|' /C calc'!A0",
    ],
)
def test_formulas_are_guarded(text: str) -> None:
    assert _one(text, Kind.TEXT) == f"'{text}"
    assert _read("".join(csv_lines([Column(text)], [])))[0] == [f"'{text}"]


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "boot", "'quoted'", "  ", "雨", "a\n=1", "5 @ 3", "<b>"])
def test_other_text_is_left_alone(text: str) -> None:
    assert guard(text) == text


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        (-5, Kind.INTEGER, "-5"),
        (1234567, Kind.INTEGER, "1234567"),
        (-0.5, Kind.NUMBER, "-0.5"),
        (1e-7, Kind.NUMBER, "0.0000001"),
        (1e22, Kind.NUMBER, "10000000000000000000000"),
        (Decimal("1E+3"), Kind.NUMBER, "1000"),
        (Decimal("59.90"), Kind.NUMBER, "59.90"),
        (7, Kind.NUMBER, "7"),
        (True, Kind.BOOLEAN, "TRUE"),
        (dt.datetime(2026, 3, 1, 1, 30, tzinfo=dt.timezone(dt.timedelta(hours=2))), Kind.TIME, "2026-02-28 23:30:00"),
        (dt.date(2026, 3, 1), Kind.DATE, "2026-03-01"),
    ],
)
def test_types(value: object, kind: Kind, written: str) -> None:
    assert _one(value, kind) == written
    assert _read("".join(csv_lines([Column("c", kind), Column("d")], [[None, None]])))[1] == ["", ""]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("=1", Kind.INTEGER),
        ("5", Kind.NUMBER),
        (1.0, Kind.INTEGER),
        (True, Kind.INTEGER),
        (True, Kind.NUMBER),
        (math.nan, Kind.NUMBER),
        (-math.inf, Kind.NUMBER),
        (Decimal("NaN"), Kind.NUMBER),
        (1, Kind.BOOLEAN),
        (1, Kind.TEXT),
        (dt.datetime(2026, 3, 1), Kind.TIME),
        (dt.date(2026, 3, 1), Kind.TIME),
        (dt.datetime(2026, 3, 1, tzinfo=dt.UTC), Kind.DATE),
        ("2026-03-01", Kind.DATE),
    ],
)
def test_values_of_another_kind_are_refused(value: object, kind: Kind) -> None:
    with pytest.raises(CatalogError, match="row 1, column 'c'"):
        list(csv_lines([Column("c", kind)], [[value]]))


@pytest.mark.parametrize("row", [[], ["a", "b"]])
def test_rows_of_another_length_are_refused(row: list[str]) -> None:
    with pytest.raises(CatalogError, match="row 1 has"):
        list(csv_lines([Column("c")], [row]))


def test_bytes() -> None:
    lines = list(
        csv_lines([Column("a"), Column("b")], [["x, y", "line\r\nbreak"], ['"', "\ud800"]], byte_order_mark=True)
    )
    assert lines == ["\ufeffa,b\r\n", '"x, y","line\r\nbreak"\r\n', '"""",\ufffd\r\n']
    assert "".join(lines).encode()[:3] == b"\xef\xbb\xbf"


def test_rows_are_streamed() -> None:
    lines = csv_lines([Column("n", Kind.INTEGER)], ([number] for number in iter(int, 1)))
    assert [next(lines) for _ in range(3)] == ["n\r\n", "0\r\n", "0\r\n"]
