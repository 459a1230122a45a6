"""Filters and steering: what the page's fields say, as plain values that are checked, and in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from catalog_db.conditions import Conditions
from catalog_db.errors import ConditionError
from catalog_db.money import minor_per_major
from neo_assistant.steering import Format, Task
from neo_assistant.ui.buttons import action_button
from neo_assistant.ui.escape import as_html
from neo_assistant.ui.session import ChatSession, Steered

TASKS = {
    Task.CHAT: "As my words say",
    Task.SEARCH: "Search",
    Task.RECOMMEND: "Recommend",
    Task.GOES_WITH: "What goes with it",
    Task.BUNDLE: "Put a set together",
    Task.DESCRIBE: "Describe",
}
FORMATS = {Format.MIXED: "Words and products", Format.IDS: "Products only", Format.TEXT: "Words only"}
RATINGS = {"Any": None, "3 or better": 3.0, "4 or better": 4.0, "4.5 or better": 4.5}


def make_filters(
    types: Sequence[str],
    brands: Sequence[str],
    lowest: float | None,
    highest: float | None,
    rating: str,
    in_stock: bool,
    *,
    currency: str,
) -> Conditions:
    """Conditions from what the fields say.

    Raises:
        ConditionError: they make no sense.
    """
    if rating not in RATINGS:
        raise ConditionError(f"{rating!r} is no choice of a rating")
    return Conditions(
        item_types=frozenset(types or ()),
        brands=frozenset(brands or ()),
        min_price=_minor(lowest, currency),
        max_price=_minor(highest, currency),
        min_rating=RATINGS[rating],
        in_stock=bool(in_stock),
    )


def filter_values(filters: Conditions, currency: str) -> tuple[Any, ...]:
    """The inverse of :func:`make_filters`, in the order of its arguments."""
    rating = next((words for words, stars in RATINGS.items() if stars == filters.min_rating), "Any")
    per_major = minor_per_major(currency)
    lowest, highest = (None if price is None else price / per_major for price in (filters.min_price, filters.max_price))
    return sorted(filters.item_types), sorted(filters.brands), lowest, highest, rating, filters.in_stock


def make_steered(task: str, item_type: str | None, form: str, count: float, known: Collection[str]) -> Steered:
    """Steering from what the fields say.

    Raises:
        ConditionError: they say something that no field offers.
    """
    if item_type and item_type not in known:
        raise ConditionError(f"the shop has no item type {item_type!r}")
    try:
        values = {"task": task, "types": [item_type] if item_type else [], "format": form, "count": int(count or 0)}
        return Steered.from_dict(values)
    except (TypeError, ValueError, OverflowError) as error:
        raise ConditionError("this is no choice of the page", "load it again") from error


def steered_values(steered: Steered) -> tuple[Any, ...]:
    """The inverse of :func:`make_steered`."""
    return steered.task.value, (steered.types[0] if steered.types else ""), steered.format.value, steered.count


def choices_html(session: ChatSession, currency: str) -> str:
    """What holds for the next reply beside its words, and what is being edited; empty for nothing."""
    parts = []
    if session.editing is not None:
        undo = action_button("undo", f"{session.editing}:", "Take the turn back", kind="neo-quiet")
        cancel = action_button("edit-cancel", "", "Cancel", "editing", "neo-quiet")
        parts.append(f'<span class="neo-label" id="neo-editing">Editing an earlier turn</span>{undo}{cancel}')
    phrases = session.filters.describe(currency)
    if phrases:
        chips = "".join(f'<span class="neo-chip">{as_html(phrase)}</span>' for phrase in phrases)
        clear = action_button("filters-clear", "", "Clear filters", kind="neo-quiet")
        parts.append(f'<span class="neo-label">Filters</span>{chips}{clear}')
    steered = session.steered
    if steered != Steered():
        words = [TASKS[steered.task]] if steered.task is not Task.CHAT else []
        words += [name.replace("_", " ") for name in steered.types]
        words += [FORMATS[steered.format]] if steered.format is not Format.MIXED else []
        words += [f"at most {steered.count}"] if steered.count else []
        chips = "".join(f'<span class="neo-chip">{as_html(word)}</span>' for word in words)
        clear = action_button("steering-clear", "", "Clear steering", kind="neo-quiet")
        parts.append(f'<span class="neo-label">Replies</span>{chips}{clear}')
    return "".join(f'<div class="neo-set-line">{part}</div>' for part in parts)


def _minor(price: float | None, currency: str) -> int | None:
    """A price as typed, in minor units; 0 is what the browser sends for a field that nobody filled."""
    if not price:
        return None
    try:
        # A float first: of what is forged, an integer of thousands of digits cannot even be named in a message.
        return round(Decimal(str(float(price))) * minor_per_major(currency))
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ConditionError("a price is a number") from error
