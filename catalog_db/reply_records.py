"""What made which reply, for whoever has to account for one; what shoppers wrote is not read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, true

from catalog_db.conversations import REPLY_ROLE
from catalog_db.database import Session
from catalog_db.models import Message
from catalog_db.shown_items import shown_in
from catalog_db.validation import may_be_id


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A reply without its words: when it was given, what made it (plain JSON values), the SKUs it showed."""

    id: int
    at: dt.datetime
    made_by: Mapping[str, Any]
    skus: tuple[str, ...]


def find_reply(session: Session, message_id: int) -> StoredReply | None:
    """The reply of an id, which may come from anywhere; None if there is no such reply (any more)."""
    found = _replies(session, Message.id == message_id, limit=1) if may_be_id(message_id) else []
    return found[0] if found else None


def latest_replies(session: Session, *, before_id: int | None = None, limit: int = 20) -> list[StoredReply]:
    """Replies, the newest first; ``before_id`` is the last ``id`` of the page before."""
    return _replies(session, true() if before_id is None else Message.id < before_id, limit=limit)


def _replies(session: Session, which: ColumnElement[bool], limit: int) -> list[StoredReply]:
    query = select(Message.id, Message.created_at, Message.made_by).where(Message.role == REPLY_ROLE, which)
    rows = session.execute(query.order_by(Message.id.desc()).limit(limit)).all()
    return [StoredReply(number, at, made_by, tuple(shown_in(session, number))) for number, at, made_by in rows]
