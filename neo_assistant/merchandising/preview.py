"""What rules would do, before they are saved: to the catalog, to one request, item by item. No model is asked.

For the reply itself, hand the same rules to :meth:`neo_assistant.assistant.Assistant.reply`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catalog_db.conditions import Conditions
from catalog_db.models import RuleAction
from catalog_db.products import ProductRecord, get_products
from catalog_db.rules import StoredRule
from neo_assistant.catalog import Snapshot
from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import View
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.effects import Effects, effects_of
from neo_assistant.request import Request

EXAMPLES = 20
"""Items that are listed of each kind."""


@dataclass(frozen=True)
class RulePreview:
    """What one rule selects.

    Attributes:
        stored: the rule; of one that is not saved the id is below 0.
        items: on sale.
        of_request: of these, the items that meet the request's conditions.
    """

    stored: StoredRule
    items: int
    of_request: int


@dataclass(frozen=True)
class ItemPreview:
    """What rules do to one item.

    Attributes:
        product: as it is now.
        rules: ids of the rules that act on it, the one that decides first. Behind an exclusion nothing else counts.
        weight: what its probability is multiplied by, before all weights are brought to a mean of 1.
    """

    product: ProductRecord
    rules: tuple[int, ...]
    weight: float


@dataclass(frozen=True)
class Preview:
    """What rules do to what one request may be answered with.

    Attributes:
        items: that meet the request's conditions and were not dismissed; what its words ask for is not read here.
        left: of these, the ones that are not excluded.
        rules: those in force, by precedence.
        excluded, pinned, weighted: the first items of each, at most ``EXAMPLES``. Pinned ones in the order of their
            rules, the others by SKU; one that is pinned may have a weight, too.
        excluded_count, pinned_count, weighted_count: how many there are of each.
    """

    items: int
    left: int
    rules: tuple[RulePreview, ...]
    excluded: tuple[ItemPreview, ...]
    pinned: tuple[ItemPreview, ...]
    weighted: tuple[ItemPreview, ...]
    excluded_count: int
    pinned_count: int
    weighted_count: int


def preview(snapshot: Snapshot, rules: Sequence[StoredRule], request: Request, at: dt.datetime) -> Preview:
    """What rules do to the items that may answer a request.

    Args:
        snapshot: the catalog.
        rules: saved ones, and what :func:`neo_assistant.merchandising.effects.drafts` makes of others.
        request: its types, conditions and dismissed items count; its words do not.
        at: the time for which to look.

    Raises:
        ConditionError: if the database cannot evaluate the conditions of a rule or of the request.
        RequestError: if the request names an unknown type.
        UnknownProductError: if it names an unknown SKU.
    """
    effects = effects_of(snapshot, rules, at)
    view = _of_request(snapshot, request)
    nothing = view.bitmap & ~view.bitmap
    excluded = nothing if effects.excluded is None else view.bitmap & effects.excluded
    left = effects.permitted(view)
    pins = [left.bitmap & pin for pin in effects.pins]
    pinned = nothing
    for pin in pins:
        pinned = pinned | pin
    weighted = nothing
    if effects.weights is not None:
        weighted = left.bitmap & Bitmap.from_positions(len(snapshot.index), effects.weights.positions)
    in_order = list(dict.fromkeys(place for pin in pins for place in _by_sku(snapshot, pin)))
    return Preview(
        items=len(view),
        left=len(left),
        rules=tuple(RulePreview(each.stored, each.items.count, view.count(each.items)) for each in effects.rules),
        excluded=_examples(snapshot, effects, _by_sku(snapshot, excluded)),
        pinned=_examples(snapshot, effects, in_order),
        weighted=_examples(snapshot, effects, _by_sku(snapshot, weighted)),
        excluded_count=excluded.count,
        pinned_count=pinned.count,
        weighted_count=weighted.count,
    )


def _of_request(snapshot: Snapshot, request: Request) -> View:
    unknown = sorted(set(request.types) - set(snapshot.index.scheme.types))
    if unknown:
        raise RequestError(
            f"the shop has no item type {unknown[0]!r}", f"it has {', '.join(snapshot.index.scheme.types)}"
        )
    conditions = request.conditions
    if request.types:
        conditions = conditions.both(Conditions(item_types=frozenset(request.types)))
    view = snapshot.view(conditions)
    dismissed = Bitmap.from_positions(len(snapshot.index), snapshot.positions(request.dismissed))
    return View(snapshot.index, view.bitmap & ~dismissed)


def _by_sku(snapshot: Snapshot, items: Bitmap) -> list[int]:
    """The first ``EXAMPLES`` positions, which are those of no particular items where there are more, by SKU."""
    positions = items.positions()[:EXAMPLES]
    with snapshot.database.reading() as session:
        found = get_products(session, snapshot.index.product_id_at(positions).tolist())
    return [place for _, place in sorted(zip((product.sku for product in found), positions.tolist(), strict=True))]


def _examples(snapshot: Snapshot, effects: Effects, positions: Sequence[int]) -> tuple[ItemPreview, ...]:
    places = np.array(positions[:EXAMPLES], dtype=np.int64)
    with snapshot.database.reading() as session:
        found = get_products(session, snapshot.index.product_id_at(places).tolist())
    weights = np.ones(len(places)) if effects.weights is None else effects.weights.at(places)
    return tuple(
        ItemPreview(product, _acting(effects, place), float(weight))
        for product, place, weight in zip(found, places.tolist(), weights, strict=True)
    )


def _acting(effects: Effects, position: int) -> tuple[int, ...]:
    acting = [each for each in effects.rules if each.items.contains(np.array(position))]
    excluding = [each for each in acting if each.action is RuleAction.EXCLUDE]
    return tuple(each.stored.id for each in excluding or acting)
