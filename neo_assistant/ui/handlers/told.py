"""What the fields of filters and steering say at an event, and what of it is news.

A page sends its events at the same time, and the one that asks may be handled before the one that says what was chosen.
Every event that depends on the fields therefore brings what they say, with how often the shopper has changed them: the
page counts (``window.neoChanges``). A count that is higher than what the session has heard is news. Any other is not,
and what the server knows holds: the fields of a page that is still loading are empty, and after "Clear filters" they
say for a moment what they said before. What clears them brings the counts too, and with it every change made until then
is heard, even one whose own event is still under way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError
from neo_assistant.ui.handlers.choices import make_filters, make_steered
from neo_assistant.ui.session import ChatSession, Steered

FILTERS, STEERING = "filters", "steering"


@dataclass(frozen=True)
class Offer:
    """What the fields offer. Gradio's own check is not used: what it refuses ends in a status 500 and a dead button.

    Args:
        types: item types to choose from.
        brands: to choose from.
        currency: of prices.
    """

    types: frozenset[str]
    brands: frozenset[str]
    currency: str

    def filters(self, values: Sequence[Any]) -> Conditions:
        """Conditions from what the fields say.

        Raises:
            ConditionError: they make no sense, or say something that no field offers.
        """
        types, brands, lowest, highest, rating, in_stock = values
        for chosen, offered in ((types, self.types), (brands, self.brands)):
            _require(isinstance(chosen, list | None) and all(_is_one_of(one, offered) for one in chosen or ()))
        _require(isinstance(rating, str))
        return make_filters(types, brands, lowest, highest, rating, in_stock, currency=self.currency)

    def steering(self, values: Sequence[Any]) -> Steered:
        """Steering from what the fields say.

        Raises:
            ConditionError: they say something that no field offers.
        """
        task, item_type, form, count = values
        _require(isinstance(item_type, str | None) and isinstance(count, int | float | None))
        return make_steered(task, item_type, form, count or 0, self.types)

    def trim(self, session: ChatSession) -> None:
        """Take out of what a session holds what no field offers (any more): such a choice could not be taken back."""
        filters, steered = session.filters, session.steered
        types, brands = filters.item_types & self.types, filters.brands & self.brands
        session.filters = replace(filters, item_types=types, brands=brands)
        session.steered = replace(steered, types=tuple(name for name in steered.types if name in self.types))


@dataclass(frozen=True)
class Told:
    """The fields as an event found them; whatever it holds comes from a browser.

    Args:
        filters: in the order of ``make_filters``.
        steering: in the order of ``make_steered``.
        changes: how often the shopper has changed any of the one and of the other.
    """

    filters: Sequence[Any]
    steering: Sequence[Any]
    changes: object

    def take(self, session: ChatSession, offer: Offer) -> None:
        """Let what is news hold from now on.

        Raises:
            ConditionError: it makes no sense; it stays news, so that no reply disregards it in silence.
        """
        if (count := self._count(FILTERS)) > session.heard.get(FILTERS, 0):
            session.filters = offer.filters(self.filters)
            session.heard[FILTERS] = count
        if (count := self._count(STEERING)) > session.heard.get(STEERING, 0):
            session.steered = offer.steering(self.steering)
            session.heard[STEERING] = count

    def pass_over(self, session: ChatSession, group: str) -> None:
        """Count every change of a group made until now as heard, whatever its fields say."""
        if (count := self._count(group)) > session.heard.get(group, 0):
            session.heard[group] = count

    def _count(self, group: str) -> int:
        count = self.changes.get(group) if isinstance(self.changes, Mapping) else None
        return count if isinstance(count, int) else 0


NOTHING_TOLD = Told((), (), None)


def _is_one_of(value: object, offered: frozenset[str]) -> bool:
    return isinstance(value, str) and value in offered


def _require(is_offered: bool) -> None:
    if not is_offered:
        raise ConditionError("this is no choice of the page", "load it again")
