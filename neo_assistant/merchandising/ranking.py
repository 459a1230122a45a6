"""The items that may be named first, with their probabilities and the rules that act on each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from catalog_db.products import ProductRecord, get_products
from neo_assistant.catalog import Snapshot
from neo_assistant.engine.exploration import Exploration
from neo_assistant.merchandising.effects import Effects


@dataclass(frozen=True)
class RankedItem:
    """An item at its place among those that may be named first.

    Attributes:
        product: as it is now.
        sid: its semantic id.
        probability: that it is named next, if an item is: its type's among all that may be named, times that of its
            codes over the whole vocabulary, with the shop's weights on it.
        weight: what a rule's factor makes of it, before all weights are brought to a mean of 1.
        pinned: whether it stands here because it is pinned; items behind are less probable only among themselves.
        rules: ids of the rules that act on it.
    """

    product: ProductRecord
    sid: str
    probability: float
    weight: float
    pinned: bool
    rules: tuple[int, ...]


def ranked_items(snapshot: Snapshot, effects: Effects, found: Exploration) -> tuple[RankedItem, ...]:
    """What an exploration ranked, with everything about each item.

    Args:
        snapshot: the catalog that was searched.
        effects: of the rules, on this snapshot.
        found: by the search.
    """
    places = np.array([candidate.position for candidate in found.ranking], dtype=np.int64)
    with snapshot.database.reading() as session:
        products = get_products(session, snapshot.index.product_id_at(places).tolist())
    weights = np.ones(len(places)) if effects.weights is None else effects.weights.at(places)
    return tuple(
        RankedItem(
            product,
            str(snapshot.index.sid(candidate.position)),
            math.exp(min(candidate.score, 0.0)),
            float(weight),
            candidate.pinned,
            tuple(each.stored.id for each in effects.rules if each.items.contains(np.array(candidate.position))),
        )
        for candidate, product, weight in zip(found.ranking, products, weights, strict=True)
    )
