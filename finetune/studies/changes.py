"""A shop before and after: what 10 % of a catalog and a week of its log change.

The shop as it is counts as the one after. Before, half of the changed items are not there yet and the other half have
another title and another price; and of the log everything of the last week is missing. What is counted over the log
(popularity, what is bought together) is counted from it in both.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace

from finetune.errors import StudyError
from finetune.examples.phrases import held_out
from finetune.examples.shop import Journey, Shop, ShopItem, co_purchases

SHARE = 0.10
WEEK = 7 * 24 * 3600.0
PRICES = (0.7, 0.8, 0.9, 1.15, 1.3)
"""What an old price was times, of the price as it is."""


@dataclass(frozen=True)
class Change:
    """Two states of a shop and what differs.

    Args:
        before, after: the states; items keep their SKUs and semantic ids.
        new: SKUs that are only there after.
        changed: SKUs with another title and price before.
    """

    before: Shop
    after: Shop
    new: frozenset[str]
    changed: frozenset[str]


def make_change(shop: Shop, seed: int) -> Change:
    """Work out how the shop was.

    Raises:
        StudyError: if the shop has no log, or too few items.
    """
    rng = random.Random(f"change {seed}")
    skus = [item.sku for item in shop.items]
    chosen = rng.sample(skus, round(SHARE * len(skus)))
    new, changed = frozenset(chosen[::2]), frozenset(chosen[1::2])
    if not new or not changed:
        raise StudyError("the catalog is too small to change a tenth of it")
    times = [time for journey in shop.journeys for time in journey.times]
    if not times:
        raise StudyError("the shop has no log, so no week of it can be missing")
    cutoff = max(times) - WEEK
    items = tuple(
        _before(item, shop.minor_per_major, rng) if item.sku in changed else item
        for item in shop.items
        if item.sku not in new
    )
    left = {item.sku for item in items}
    journeys = tuple(one for journey in shop.journeys if (one := _until(journey, cutoff, left)).skus)
    queries = tuple(query for query in shop.queries if query.time < cutoff and query.sku in left)
    before = replace(shop, items=items, journeys=journeys, queries=queries)
    return Change(_counted(before), _counted(shop), new, changed)


def _before(item: ShopItem, minor_per_major: int, rng: random.Random) -> ShopItem:
    words = item.title.split()
    title = " ".join(words[:-1]) if len(words) > 2 else item.title
    price = item.price_minor
    if price is not None:
        price = max(minor_per_major, round(price * rng.choice(PRICES)))
    return ShopItem(
        item.sku, item.sid, title, item.brand, item.attributes, price, item.in_stock, item.rating, item.popularity
    )


def _until(journey: Journey, cutoff: float, known: set[str]) -> Journey:
    pairs = [
        (sku, time) for sku, time in zip(journey.skus, journey.times, strict=True) if time < cutoff and sku in known
    ]
    return Journey(journey.shopper, tuple(sku for sku, _ in pairs), tuple(time for _, time in pairs))


def _counted(shop: Shop) -> Shop:
    """The shop with popularity and partners counted from its journeys, held-out shoppers left out."""
    journeys = [journey for journey in shop.journeys if not held_out(f"shopper {journey.shopper}")]
    counts = Counter(sku for journey in journeys for sku in journey.skus)
    items = tuple(
        ShopItem(
            item.sku,
            item.sid,
            item.title,
            item.brand,
            item.attributes,
            item.price_minor,
            item.in_stock,
            item.rating,
            1.0 + counts[item.sku],
        )
        for item in shop.items
    )
    return replace(shop, items=items, partners=co_purchases([journey.skus for journey in journeys]))
