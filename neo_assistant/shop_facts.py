"""What the want grammar and prices need to know of a shop as a whole, kept up to date from what changed.

Counting every facet reads an index of all attributes, 20 seconds for ten million products. A price that changed does
not call for that: the values of the products that changed are looked at, and new ones are added to the facets they
belong to. Everything is counted anew once so many products have changed that a further attribute may have become a
facet, or that one may have ceased to be.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog_db.database import Session
from catalog_db.facets import BRAND, MIN_PRODUCTS, facets
from catalog_db.products import count_products, get_products
from catalog_db.revisions import changed_product_ids
from neo_assistant.readiness import check_ready
from neo_assistant.want import MAX_FACET_VALUES, want_facets

RECOUNT_AT = 0.01
"""The share of the products that may have changed since everything was counted; never fewer than make a facet."""


@dataclass(frozen=True)
class Facts:
    """A shop's facets with their values, as want spans state them, and the currency of most of its prices."""

    facets: dict[str, tuple[str, ...]]
    currency: str


class ShopFacts:
    """Reads the facts once and then what changed. One thread at a time may call :meth:`update`.

    Args:
        codebook_version: that the shop's semantic ids have to be of.
    """

    def __init__(self, codebook_version: str) -> None:
        self._version = codebook_version
        self._facts: Facts | None = None
        self._revision = 0
        self._may_change = 0

    def update(self, session: Session, revision: int) -> Facts:
        """The facts at the revision that the session sees.

        Raises:
            EmptyCatalogError: if nothing is on sale.
            CheckpointError: if the database's semantic ids were made with other codebooks.
        """
        facts = None if self._facts is None else self._followed(session, self._facts)
        self._facts = self._count(session) if facts is None else facts
        self._revision = revision
        return self._facts

    def _count(self, session: Session) -> Facts:
        shop = check_ready(session, self._version)
        offered = facets(session, max_shared=MAX_FACET_VALUES)
        self._may_change = max(MIN_PRODUCTS, int(RECOUNT_AT * count_products(session, active_only=False)))
        values = want_facets({facet.name: [known.value for known in facet.values] for facet in offered})
        return Facts(values, shop.currency)

    def _followed(self, session: Session, facts: Facts) -> Facts | None:
        """The facts with what changed; None if that is too much, or cannot be told."""
        changed = changed_product_ids(session, self._revision)
        if changed is None or len(changed) >= self._may_change:
            return None
        self._may_change -= len(changed)
        added: dict[str, set[str]] = {}
        for product in get_products(session, changed.tolist()):
            stated = {**product.attributes, **({BRAND: (product.brand,)} if product.brand else {})}
            for name in stated.keys() & facts.facets.keys() if product.active else ():
                added.setdefault(name, set()).update(stated[name])
        if all(values <= set(facts.facets[name]) for name, values in added.items()):
            return facts
        joined = {name: {*values, *added.get(name, ())} for name, values in facts.facets.items()}
        return Facts(want_facets(joined), facts.currency)
