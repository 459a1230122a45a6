"""Links that let whoever has one read a conversation, and nothing more.

A token opens a conversation for reading only: :func:`find_link` gives the conversation's id for showing its messages,
and no function that writes takes a token. Tokens have 256 random bits and are stored as SHA-256, which is enough for
values that nobody can guess (a slow hash is for passwords).

Whether somebody may share a conversation, and see or revoke its links, is for the caller to check.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from catalog_db.conversations import require_conversation
from catalog_db.database import Session
from catalog_db.errors import CatalogError
from catalog_db.models import ShareLink
from catalog_db.validation import check_time

_TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""What ``secrets.token_urlsafe(32)`` gives: 32 bytes in base64 without padding."""


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A link as the one who shared it sees it; the token is not among it, because nobody can read it back."""

    id: int
    created_at: dt.datetime
    revoked_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link as whoever has its token comes by it: which conversation, and since when it is shared."""

    conversation_id: str
    created_at: dt.datetime


def share(session: Session, conversation_id: str, now: dt.datetime) -> str:
    """Make a link to a conversation; returns its token, which is told this once.

    Raises:
        UnknownConversationError: there is no such conversation.
        CatalogError: the time has no zone.
    """
    _check(now)
    require_conversation(session, conversation_id)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.execute(
        insert(ShareLink).values(conversation_id=conversation_id, token_sha256=_digest(token), created_at=now)
    )
    return token


def find_link(session: Session, token: str) -> OpenLink | None:
    """What a token opens, or None: never made, or revoked. Any text may be asked for."""
    if not _TOKEN.fullmatch(token):
        return None
    query = select(ShareLink.conversation_id, ShareLink.created_at).where(
        ShareLink.token_sha256 == _digest(token), ShareLink.revoked_at.is_(None)
    )
    row = session.execute(query).first()
    return None if row is None else OpenLink(*row)


def find_shared(session: Session, token: str) -> str | None:
    """The id of the conversation that a token opens, or None, as :func:`find_link`."""
    link = find_link(session, token)
    return None if link is None else link.conversation_id


def list_links(session: Session, conversation_id: str) -> list[StoredLink]:
    """Every link to a conversation, revoked ones too, oldest first.

    Raises:
        UnknownConversationError: there is no such conversation.
    """
    require_conversation(session, conversation_id)
    columns = (ShareLink.id, ShareLink.created_at, ShareLink.revoked_at)
    rows = session.execute(select(*columns).where(ShareLink.conversation_id == conversation_id).order_by(ShareLink.id))
    return [StoredLink(*row) for row in rows]


def revoke(session: Session, conversation_id: str, now: dt.datetime, *, link_id: int | None = None) -> int:
    """Make one link to a conversation worthless, or all of them; returns how many opened it until now.

    Raises:
        UnknownConversationError: there is no such conversation.
        CatalogError: the conversation has no such link, or the time has no zone.
    """
    _check(now)
    known = [link.id for link in list_links(session, conversation_id)]
    if link_id is not None and link_id not in known:
        raise CatalogError("this conversation has no such link", "load the page again")
    statement = update(ShareLink).where(ShareLink.conversation_id == conversation_id, ShareLink.revoked_at.is_(None))
    if link_id is not None:
        statement = statement.where(ShareLink.id == link_id)
    changed = session.execute(
        statement.values(revoked_at=now).returning(ShareLink.id),
        execution_options={"synchronize_session": False},
    )
    return len(changed.all())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _check(now: dt.datetime) -> None:
    if problem := check_time("the time", now):
        raise CatalogError(problem)
