"""Conversations as stored: their messages as plain values."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from catalog_db.database import Session
from catalog_db.errors import UnknownConversationError
from catalog_db.models import Conversation, Message, Shopper
from catalog_db.shoppers import find_shopper, lock_shopper

REPLY_ROLE = "assistant"
"""The role of a message that is a reply."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One turn as stored; ``parts`` and ``made_by`` are plain JSON values."""

    id: int
    position: int
    role: str
    parts: list[dict[str, Any]]
    made_by: dict[str, Any]
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation without what was said in it."""

    id: str
    created_at: dt.datetime


def start_conversation(session: Session, now: dt.datetime, *, shopper: str | None = None) -> str:
    """Begin a conversation, of a shopper or of nobody in particular; returns its id, a random UUID.

    Raises:
        CatalogError: nobody can be called like this shopper, or the time has no zone.
    """
    conversation_id = str(uuid.uuid4())
    owner = None if shopper is None else lock_shopper(session, shopper, now)
    session.execute(insert(Conversation).values(id=conversation_id, shopper_id=owner, created_at=now))
    return conversation_id


def conversation_exists(session: Session, conversation_id: str) -> bool:
    """Whether there is such a conversation; any text may be asked for."""
    query = select(Conversation.id).where(Conversation.id == conversation_id)
    return conversation_id.isascii() and "\x00" not in conversation_id and session.execute(query).first() is not None


def conversation_owner(session: Session, conversation_id: str) -> str | None:
    """The key of the shopper whose conversation it is, or None if it was begun under nobody's name.

    Raises:
        UnknownConversationError: there is no such conversation.
    """
    require_conversation(session, conversation_id)
    query = select(Shopper.key).join(Conversation, Conversation.shopper_id == Shopper.id)
    return session.execute(query.where(Conversation.id == conversation_id)).scalar_one_or_none()


def list_conversations(session: Session, shopper: str, *, limit: int = 50) -> list[StoredConversation]:
    """A shopper's conversations, the newest first.

    Raises:
        CatalogError: nobody can be called that.
    """
    owner = find_shopper(session, shopper)
    query = (
        select(Conversation.id, Conversation.created_at)
        .where(Conversation.shopper_id == (owner or 0))
        .order_by(Conversation.created_at.desc(), Conversation.id)
        .limit(limit)
    )
    return [StoredConversation(*row) for row in session.execute(query)]


def add_message(
    session: Session,
    conversation_id: str,
    role: str,
    parts: Sequence[Mapping[str, Any]],
    now: dt.datetime,
    made_by: Mapping[str, Any] | None = None,
) -> StoredMessage:
    """Append a turn.

    Args:
        session: a writing session.
        conversation_id: from :func:`start_conversation`.
        role: who speaks.
        parts: plain JSON values, in order.
        now: when it was said.
        made_by: what produced a reply (checkpoint, conditions, timings, …); of a shopper's turn, what was asked for
            beside the words.

    Raises:
        UnknownConversationError: there is no such conversation.
    """
    require_conversation(session, conversation_id, lock=True)
    last = session.execute(
        select(func.max(Message.position)).where(Message.conversation_id == conversation_id)
    ).scalar_one()
    values: dict[str, Any] = {
        "position": 0 if last is None else last + 1,
        "role": role,
        "parts": [dict(part) for part in parts],
        "made_by": dict(made_by or {}),
        "created_at": now,
    }
    message_id = session.execute(
        insert(Message).values(conversation_id=conversation_id, **values).returning(Message.id)
    ).scalar_one()
    return StoredMessage(id=message_id, **values)


def get_messages(session: Session, conversation_id: str) -> list[StoredMessage]:
    """Every turn, oldest first; positions count from 0 without gaps.

    Raises:
        UnknownConversationError: there is no such conversation.
    """
    require_conversation(session, conversation_id)
    columns = (Message.id, Message.position, Message.role, Message.parts, Message.made_by, Message.created_at)
    rows = session.execute(
        select(*columns).where(Message.conversation_id == conversation_id).order_by(Message.position)
    )
    return [StoredMessage(*row) for row in rows]


def replace_made_by(session: Session, message_id: int, made_by: Mapping[str, Any]) -> None:
    """Note other things beside a stored message than those that were noted; the message itself stays as it is."""
    session.execute(
        update(Message).where(Message.id == message_id).values(made_by=dict(made_by)),
        execution_options={"synchronize_session": False},
    )


def delete_messages(session: Session, conversation_id: str, *, from_position: int = 0) -> None:
    """Delete the turns from a position to the end, by default all; the conversation itself stays.

    Raises:
        UnknownConversationError: there is no such conversation.
    """
    require_conversation(session, conversation_id, lock=True)
    session.execute(
        delete(Message).where(Message.conversation_id == conversation_id, Message.position >= from_position),
        execution_options={"synchronize_session": False},
    )


def delete_conversation(session: Session, conversation_id: str) -> None:
    """Delete a conversation and everything said in it.

    Raises:
        UnknownConversationError: there is no such conversation.
    """
    require_conversation(session, conversation_id)
    session.execute(
        delete(Conversation).where(Conversation.id == conversation_id),
        execution_options={"synchronize_session": False},
    )


def require_conversation(session: Session, conversation_id: str, *, lock: bool = False) -> None:
    """Check an id that may come from anywhere.

    Args:
        session: any session; a writing one for ``lock``.
        conversation_id: the id.
        lock: others who add to the conversation, or delete it, wait until this one is done.

    Raises:
        UnknownConversationError: there is no such conversation.
    """
    query = select(Conversation.id).where(Conversation.id == conversation_id)
    if "\x00" in conversation_id or session.execute(query.with_for_update() if lock else query).first() is None:
        raise UnknownConversationError("there is no such conversation", "start a new one")
