"""Thumbs on replies: up or down, with a reason if one was given. The last word counts, and it can be taken back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from catalog_db.conversations import REPLY_ROLE, require_conversation
from catalog_db.database import Session
from catalog_db.errors import CatalogError
from catalog_db.models import Feedback, Message
from catalog_db.validation import FEEDBACK_LIMIT, check_text, check_time, may_be_id


@dataclass(frozen=True, slots=True)
class StoredFeedback:
    """A thumb, up or down, and the reason given."""

    helpful: bool
    reason: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class RatedReply:
    """A thumb and the reply it is about."""

    message_id: int
    conversation_id: str
    position: int
    feedback: StoredFeedback


def save_feedback(
    session: Session, conversation_id: str, message_id: int, helpful: bool, now: dt.datetime, *, reason: str = ""
) -> None:
    """Keep what a shopper thinks of a reply, in the place of what they said of it before.

    Raises:
        UnknownConversationError: there is no such conversation.
        CatalogError: it has no such reply, the reason is too long, or the time has no zone.
    """
    problem = check_text("the reason", reason, FEEDBACK_LIMIT, one_line=False) or check_time("the time", now)
    if problem:
        raise CatalogError(problem)
    _require_reply(session, conversation_id, message_id)
    values = {"helpful": helpful, "reason": reason, "at": now}
    changed = session.execute(
        update(Feedback).where(Feedback.message_id == message_id).values(**values).returning(Feedback.id),
        execution_options={"synchronize_session": False},
    )
    if changed.first() is None:
        session.execute(insert(Feedback).values(message_id=message_id, **values))


def withdraw_feedback(session: Session, conversation_id: str, message_id: int) -> bool:
    """Take a thumb back; returns whether there was one.

    Raises:
        UnknownConversationError: there is no such conversation.
        CatalogError: it has no such reply.
    """
    _require_reply(session, conversation_id, message_id)
    gone = session.execute(
        delete(Feedback).where(Feedback.message_id == message_id).returning(Feedback.id),
        execution_options={"synchronize_session": False},
    )
    return gone.first() is not None


def get_feedback(session: Session, conversation_id: str) -> dict[int, StoredFeedback]:
    """Message id → the feedback on it, for the replies of a conversation that got any, in their order.

    Raises:
        UnknownConversationError: there is no such conversation.
    """
    require_conversation(session, conversation_id)
    rows = session.execute(
        select(Feedback.message_id, Feedback.helpful, Feedback.reason, Feedback.at)
        .join(Message)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.position)
    )
    return {message_id: StoredFeedback(helpful, reason, at) for message_id, helpful, reason, at in rows}


def list_feedback(
    session: Session, start: dt.datetime, end: dt.datetime, *, helpful: bool | None = None, limit: int = 100
) -> list[RatedReply]:
    """Thumbs given from ``start`` until before ``end``, the newest first; only those up or down, if asked."""
    query = (
        select(
            *(Feedback.message_id, Message.conversation_id, Message.position),
            *(Feedback.helpful, Feedback.reason, Feedback.at),
        )
        .join(Message)
        .where(Feedback.at >= start, Feedback.at < end)
        .order_by(Feedback.at.desc(), Feedback.id.desc())
        .limit(limit)
    )
    if helpful is not None:
        query = query.where(Feedback.helpful.is_(helpful))
    return [
        RatedReply(message_id, conversation_id, position, StoredFeedback(up, why, at))
        for message_id, conversation_id, position, up, why, at in session.execute(query)
    ]


def _require_reply(session: Session, conversation_id: str, message_id: int) -> None:
    require_conversation(session, conversation_id)
    query = select(Message.id).where(
        Message.id == message_id, Message.conversation_id == conversation_id, Message.role == REPLY_ROLE
    )
    # Two thumbs at once on one reply: the second waits here, and then finds the first.
    if not may_be_id(message_id) or session.execute(query.with_for_update()).first() is None:
        raise CatalogError("this conversation has no such reply", "it may have been taken back; load the page again")
