"""Times on the clocks of a time zone."""

from __future__ import annotations

import datetime as dt

import pytest

from neo_assistant.errors import RequestError
from neo_assistant.merchandising.wall_time import UTC, read_time, show_time, time_zones

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-12-24 18:00", UTC, "2026-12-24 18:00:00"),
        (" 2026-12-24 18:00 ", BERLIN, "2026-12-24 17:00:00"),
        ("2026-07-01T18:00:05", BERLIN, "2026-07-01 16:00:05"),
        ("2026-12-24", "Asia/Tokyo", "2026-12-23 15:00:00"),
        ("2026-10-25 02:30", BERLIN, "2026-10-25 00:30:00"),
    ],
)
def test_a_time_is_read_on_the_clocks_of_its_zone(text: str, zone: str, utc: str) -> None:
    at = read_time("the start", text, zone)
    assert at == dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)
    assert at is not None
    assert at.tzinfo is dt.UTC
    assert read_time("the start", show_time(at, zone), zone) == at


def test_nothing_typed_is_no_time() -> None:
    assert read_time("the start", "  ", UTC) is None
    assert show_time(None, UTC) == ""


@pytest.mark.parametrize(
    ("text", "zone", "problem"),
    [
        ("tomorrow", UTC, "the start, 'tomorrow', is no time"),
        ("2026-13-01 10:00", UTC, "is no time"),
        ("2026-03-29 02:30", BERLIN, "does not exist in Europe/Berlin"),
        ("0001-01-01 00:00", "Asia/Tokyo", "is no time"),
        ("2026-12-24 18:00", "Europe/Atlantis", "no time zone"),
        ("2026-12-24 18:00", "../../etc/passwd", "no time zone"),
        ("2026-12-24 18:00", "", "no time zone"),
    ],
)
def test_refused(text: str, zone: str, problem: str) -> None:
    with pytest.raises(RequestError, match=problem):
        read_time("the start", text, zone)


def test_utc_comes_first() -> None:
    assert time_zones()[0] == UTC
    assert len(set(time_zones())) == len(time_zones())
