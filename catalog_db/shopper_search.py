"""Shoppers with a history, to look at what the shop would show them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from catalog_db.database import Session
from catalog_db.models import InteractionEvent, Shopper, ShopperSetting

_LOOKED_AT = 200
"""Shoppers whose events are counted, the earliest known of those that are asked for; the others cost nothing."""


@dataclass(frozen=True, slots=True)
class FoundShopper:
    """A shopper by key, and how many events of theirs there are."""

    key: str
    events: int


def find_with_history(session: Session, part: str = "", limit: int = 20) -> list[FoundShopper]:
    """Shoppers whose key holds some characters and who have done something, the busiest first.

    Who has switched their history off is not among them.

    Args:
        session: a reading session.
        part: of the key, in any case; empty for examples.
        limit: shoppers at most.
    """
    off = select(ShopperSetting.shopper_id).where(ShopperSetting.history.is_(False))
    with_events = select(InteractionEvent.id).where(InteractionEvent.shopper_id == Shopper.id).exists()
    wanted = select(Shopper.id).where(Shopper.key.icontains(part.strip(), autoescape=True), with_events)
    some = wanted.where(Shopper.id.not_in(off)).order_by(Shopper.id).limit(_LOOKED_AT).scalar_subquery()
    count = func.count()
    query = (
        select(Shopper.key, count)
        .join(InteractionEvent, InteractionEvent.shopper_id == Shopper.id)
        .where(Shopper.id.in_(some))
        .group_by(Shopper.key)
        .order_by(count.desc(), Shopper.key)
    )
    return [FoundShopper(*row) for row in session.execute(query.limit(limit))]
