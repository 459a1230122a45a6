"""What a shopper lets the shop remember and use, what it has stored about them, and how all that can be forgotten.

Both settings are on until the shopper switches them off. With ``history`` off nothing new is recorded and what is
recorded is not used; with ``taste`` off no profile is derived from it. :func:`record_action` and :func:`usable_history`
hold to that, so whoever acts for a shopper uses them and not :mod:`catalog_db.events`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update

from catalog_db.database import Session
from catalog_db.events import HistoryEvent, clear_history, history, record_events
from catalog_db.models import (
    Conversation,
    EventKind,
    InteractionEvent,
    SearchQuery,
    ShopperList,
    ShopperListEntry,
    ShopperSetting,
)
from catalog_db.rows import EventRow
from catalog_db.shoppers import find_shopper, lock_shopper


@dataclass(frozen=True, slots=True)
class Settings:
    """What the shopper agrees to."""

    history: bool = True
    taste: bool = True


@dataclass(frozen=True, slots=True)
class StoredAboutShopper:
    """How much the shop has stored about a shopper; times are of the oldest and the newest event."""

    events: int
    searches: int
    conversations: int
    cart: int
    wishlist: int
    dismissed: int
    first_event_at: dt.datetime | None
    last_event_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was deleted: events and searches together, and conversations with everything said in them."""

    events: int
    conversations: int


def get_settings(session: Session, shopper: str) -> Settings:
    """A shopper's settings; everything is on for who has changed nothing.

    Raises:
        CatalogError: nobody can be called that.
    """
    query = select(ShopperSetting.history, ShopperSetting.taste).where(
        ShopperSetting.shopper_id == (find_shopper(session, shopper) or 0)
    )
    row = session.execute(query).first()
    return Settings() if row is None else Settings(*row)


def save_settings(session: Session, shopper: str, settings: Settings, now: dt.datetime) -> None:
    """Keep a shopper's settings. Switching the history off deletes nothing; :func:`forget_history` does.

    Raises:
        CatalogError: nobody can be called that, or the time has no zone.
    """
    owner = lock_shopper(session, shopper, now)
    values = {"history": settings.history, "taste": settings.taste, "changed_at": now}
    changed = session.execute(
        update(ShopperSetting)
        .where(ShopperSetting.shopper_id == owner)
        .values(**values)
        .returning(ShopperSetting.shopper_id),
        execution_options={"synchronize_session": False},
    )
    if changed.first() is None:
        session.execute(insert(ShopperSetting).values(shopper_id=owner, **values))


def record_action(session: Session, shopper: str, sku: str, kind: EventKind, now: dt.datetime) -> bool:
    """Record what a shopper did with a product, unless they do not want a history; returns whether it was recorded.

    Raises:
        UnknownProductError: the catalog holds no such product.
        CatalogError: nobody can be called that, or the time has no zone.
    """
    # Whoever has just switched the history off, or had it forgotten, finds nothing recorded after that.
    lock_shopper(session, shopper, now)
    if not get_settings(session, shopper).history:
        return False
    record_events(session, [EventRow(shopper, sku, kind, now)])
    return True


def usable_history(
    session: Session, shopper: str, *, limit: int = 200, kinds: Collection[EventKind] | None = None
) -> list[HistoryEvent]:
    """The newest events that may be used for this shopper, oldest first; none if they do not want a history.

    Args:
        session: any session.
        shopper: the key.
        limit: at most so many.
        kinds: only events of these kinds; all if left out.

    Raises:
        CatalogError: nobody can be called that.
    """
    return history(session, shopper, limit=limit, kinds=kinds) if get_settings(session, shopper).history else []


def stored_about(session: Session, shopper: str) -> StoredAboutShopper:
    """Count everything that is stored about a shopper.

    Raises:
        CatalogError: nobody can be called that.
    """
    owner = find_shopper(session, shopper) or 0
    at = InteractionEvent.at
    events, first, last = session.execute(
        select(func.count(), func.min(at), func.max(at)).where(InteractionEvent.shopper_id == owner)
    ).one()
    lists = select(ShopperListEntry.kind, func.count()).where(ShopperListEntry.shopper_id == owner)
    of_list = dict(session.execute(lists.group_by(ShopperListEntry.kind)).all())
    searches, conversations = (
        session.execute(select(func.count()).where(table.shopper_id == owner)).scalar_one()
        for table in (SearchQuery, Conversation)
    )
    cart, wishlist, dismissed = (of_list.get(kind.value, 0) for kind in ShopperList)
    return StoredAboutShopper(events, searches, conversations, cart, wishlist, dismissed, first, last)


def forget_history(session: Session, shopper: str, *, keep_conversation: str | None = None) -> Forgotten:
    """Delete what the shop has recorded of a shopper: events, searches, and conversations with all that hangs on them.

    Lists and settings stay, because the shopper made them and can see and clear each
    (:func:`catalog_db.shopper_lists.clear_list`). Conversations that were held under no shopper's name belong to
    nobody and stay, too.

    Args:
        session: a writing session.
        shopper: the key.
        keep_conversation: the one that is open right now.

    Raises:
        CatalogError: nobody can be called that.
    """
    owner = find_shopper(session, shopper, lock=True) or 0
    statement = delete(Conversation).where(Conversation.shopper_id == owner)
    if keep_conversation is not None:
        statement = statement.where(Conversation.id != keep_conversation)
    conversations = session.execute(
        statement.returning(Conversation.id), execution_options={"synchronize_session": False}
    ).all()
    return Forgotten(events=clear_history(session, shopper), conversations=len(conversations))
