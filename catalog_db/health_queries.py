"""The queries behind :mod:`catalog_db.health`: replies as a stream, showings counted in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, String, Text, cast, func, literal_column, select

from catalog_db.conversations import REPLY_ROLE
from catalog_db.database import Session
from catalog_db.models import Message, Product, ShownItem

NOTHING_MATCHES = "nothing-matches"
"""Code of the notice by which a reply says that it found nothing."""

_BATCH = 5000


class Step(StrEnum):
    """How wide a point of a series is, in UTC."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"

    @property
    def width(self) -> dt.timedelta:
        """As a time difference."""
        return dt.timedelta(**{f"{self.value}s": 1})

    def floor(self, at: dt.datetime) -> dt.datetime:
        """The start of the step that holds a time."""
        at = at.astimezone(dt.UTC).replace(second=0, microsecond=0)
        if self is Step.MINUTE:
            return at
        return at.replace(minute=0) if self is Step.HOUR else at.replace(minute=0, hour=0)


_TEXT_LENGTH = {Step.MINUTE: 16, Step.HOUR: 13, Step.DAY: 10}
"""Characters of a stored time, ``2026-03-01 12:34:56``, that name its step."""


@dataclass(frozen=True, slots=True)
class Reply:
    """When a reply was given, whether it ended by itself, and its latency as far as it was recorded."""

    at: dt.datetime
    complete: bool
    first_token_ms: float | None
    total_ms: float | None


@dataclass(frozen=True, slots=True)
class EmptyReply:
    """A reply that found nothing, and the (condition, phrase) pairs to blame (see :mod:`catalog_db.health`)."""

    message_id: int
    at: dt.datetime
    causes: frozenset[tuple[str | None, str]]


def stream_replies(session: Session, start: dt.datetime, end: dt.datetime) -> Iterator[Reply]:
    """The replies of a span, in no order."""
    made_by = Message.made_by
    query = select(
        Message.created_at,
        made_by["complete"].as_boolean(),
        made_by["timings", "first_token_ms"].as_float(),
        made_by["timings", "total_ms"].as_float(),
    ).where(*_in_span(start, end))
    for at, complete, first, total in session.execute(query, execution_options={"yield_per": _BATCH}):
        yield Reply(at, bool(complete), first, total)


def stream_empty_replies(session: Session, start: dt.datetime, end: dt.datetime) -> Iterator[EmptyReply]:
    """The replies that found nothing, oldest first."""
    # A text search keeps out nearly every other reply before its JSON is parsed.
    query = (
        select(Message.id, Message.created_at, Message.made_by)
        .where(*_in_span(start, end), cast(Message.made_by, Text).contains(f'"{NOTHING_MATCHES}"'))
        .order_by(Message.created_at, Message.id)
    )
    for number, at, made_by in session.execute(query, execution_options={"yield_per": _BATCH}):
        notices = [notice for notice in made_by.get("notices", ()) if notice["code"] == NOTHING_MATCHES]
        if notices:
            causes = frozenset((notice.get("condition"), notice.get("phrase", "")) for notice in notices)
            yield EmptyReply(number, at, causes)


def _in_span(start: dt.datetime, end: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    return (Message.role == REPLY_ROLE, Message.created_at >= start, Message.created_at < end)


def counts_by_product(start: dt.datetime, end: dt.datetime) -> Any:
    """A subquery with a row for each product shown in the span: ``product_id``, ``shown`` how often."""
    return (
        select(ShownItem.product_id, func.count().label("shown"))
        .where(ShownItem.at >= start, ShownItem.at < end)
        .group_by(ShownItem.product_id)
        .subquery()
    )


def counts_on_sale(session: Session, start: dt.datetime, end: dt.datetime) -> tuple[int, npt.NDArray[np.int64]]:
    """How many items were shown, and how often each that is on sale was: (k,) counts above 0."""
    counts = counts_by_product(start, end)
    rows = session.execute(
        select(counts.c.shown, Product.active).join(Product, Product.id == counts.c.product_id),
        execution_options={"yield_per": _BATCH},
    )
    everything = 0
    on_sale: list[int] = []
    for shown, active in rows:
        everything += shown
        if active:
            on_sale.append(shown)
    return everything, np.array(on_sale, dtype=np.int64)


def by_step(
    session: Session,
    at: Any,
    step: Step,
    start: dt.datetime,
    end: dt.datetime,
    first: ColumnElement[int],
    second: ColumnElement[int],
) -> dict[dt.datetime, tuple[int, int]]:
    """Start of a step → two figures, of the steps that have any."""
    # "2026-03-01 12": SQLite stores times as such text. The formats are literals and not bound values, because
    # PostgreSQL takes two bound values for two different expressions, and refuses to group.
    if session.get_bind().dialect.name == "postgresql":
        text = func.to_char(
            func.timezone(literal_column("'UTC'"), at), literal_column("'YYYY-MM-DD HH24:MI'"), type_=String
        )
    else:
        text = at
    bucket = func.substr(text, literal_column("1"), literal_column(str(_TEXT_LENGTH[step])), type_=String)
    query = select(bucket, first, second).where(at >= start, at < end).group_by(bucket)
    return {
        dt.datetime.fromisoformat(name).replace(tzinfo=dt.UTC): (one, two) for name, one, two in session.execute(query)
    }
