"""Times as merchandisers write and read them: a date and a time on the clocks of a time zone."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from neo_assistant.errors import RequestError

UTC = "UTC"
_FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
_SHOWN = "%Y-%m-%d %H:%M"


def time_zones() -> list[str]:
    """Names of time zones, UTC first; nothing else where the machine has no list of them."""
    return [UTC, *sorted(zoneinfo.available_timezones() - {UTC})]


def check_zone(name: str) -> str:
    """The name, if there is such a time zone.

    Raises:
        ValueError: there is none.
    """
    try:
        _zone(name)
    except RequestError as error:
        raise ValueError(str(error)) from error
    return name


def read_time(name: str, text: str, zone: str) -> dt.datetime | None:
    """A time as it was typed, in UTC; None for nothing typed. A date alone is its midnight.

    When clocks are put back an hour comes twice; the first is meant.

    Args:
        name: of the time, for messages: ``the start``.
        text: ``2026-12-24 18:00``.
        zone: on whose clocks, by name.

    Raises:
        RequestError: it is no time, there is no such zone, or the clocks of the zone never show it.
    """
    if not (typed := text.strip()):
        return None
    clock = _zone(zone)
    for form in (*_FORMS, "%Y-%m-%d"):
        try:
            local = dt.datetime.strptime(typed, form)
        except ValueError:
            continue
        try:
            at = local.replace(tzinfo=clock).astimezone(dt.UTC)
            shown = at.astimezone(clock).replace(tzinfo=None)
        except OverflowError:
            break
        if shown != local:
            raise RequestError(
                f"{name}, {typed}, does not exist in {zone}: clocks are put forward then", "take a later time"
            )
        return at
    raise RequestError(f"{name}, {typed!r}, is no time", "write it like 2026-12-24 18:00")


def show_time(at: dt.datetime | None, zone: str) -> str:
    """What :func:`read_time` reads, seconds only where there are any; nothing for None."""
    if at is None:
        return ""
    local = at.astimezone(_zone(zone))
    return local.strftime(_FORMS[1] if local.second else _SHOWN)


def _zone(name: str) -> dt.tzinfo:
    if name == UTC:
        return dt.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RequestError(f"there is no time zone {name!r}", "time zones are named like Europe/Berlin") from error
