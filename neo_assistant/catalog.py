"""The catalog as the assistant uses it: a decoding index over what is in the database, views under conditions,
products.

A :class:`Snapshot` never changes: a reply keeps the one it started with. :meth:`Catalog.snapshot` makes a new one when
the database's revision has moved, so that a new product can be named as soon as it has a semantic id.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from catalog_db import products as product_table
from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.eligibility import ON_SALE, eligible_product_ids
from catalog_db.errors import EmptyCatalogError
from catalog_db.facets import facet_pairs
from catalog_db.products import ProductRecord
from catalog_db.revisions import revision as catalog_revision
from neo_assistant.catalog_index import CatalogIndex
from neo_assistant.codebooks import Codebooks
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.view import View
from neo_assistant.grammar.want import WantGrammar
from neo_assistant.prices import PriceList
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.shop_facts import ShopFacts
from neo_assistant.sids import Sid
from neo_assistant.spelling import Speller
from neo_assistant.terms import NO_TERMS, Terms
from neo_assistant.view_cache import ViewCache

_KEPT_VIEWS = 64
"""What replies under way may ask again; a view that is made anew from the cache of bitmaps costs next to nothing."""
_KEPT_FACETS = 8


@dataclass(frozen=True)
class _Carriers:
    """Who carries the values of a facet: an item's position and the number of a value, by position."""

    positions: np.ndarray
    numbers: np.ndarray
    values: list[str]


@dataclass
class Snapshot:
    """The catalog at one revision.

    Attributes:
        revision: the database's revision it was read at.
        index: all items with a semantic id, on sale or not; what is on sale is a matter of views.
        grammar: of want spans over this catalog's facets.
        currency: in which shoppers name prices: that of most products on sale.
        cache: what conditions select, kept beyond this snapshot.
        price_list: what items cost, kept likewise.
    """

    database: Database
    revision: int
    index: SegmentedIndex
    grammar: WantGrammar
    currency: str
    cache: ViewCache
    price_list: PriceList
    _views: OrderedDict[Conditions, View] = field(default_factory=OrderedDict)
    _facets: OrderedDict[str, _Carriers] = field(default_factory=OrderedDict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def speller(self) -> Speller:
        """Knows what this shop calls things; made when the first words are read."""
        names = (name.replace("_", " ") for name in self.index.scheme.types)
        return Speller((*names, *(value for values in self.grammar.facets.values() for value in values)))

    def view(self, conditions: Conditions) -> View:
        """What may be named under some conditions; asked once per conditions, then remembered.

        Raises:
            ConditionError: if the database cannot evaluate them.
        """
        with self._guard:
            if conditions in self._views:
                self._views.move_to_end(conditions)
                return self._views[conditions]
        view = View(self.index, self.cache.eligible(conditions, self.index, self.revision))
        with self._guard:
            self._views[conditions] = view
            while len(self._views) > _KEPT_VIEWS:
                self._views.popitem(last=False)
        return view

    def product_at(self, position: int, conditions: Conditions = ON_SALE) -> ProductRecord | None:
        """The product at a position as it is now, or None if it is off sale or does not meet the conditions.

        Raises:
            ConditionError: if the database cannot evaluate them.
        """
        with self.database.reading() as session:
            ids = eligible_product_ids(session, conditions, among=self.index.product_id_at(np.array([position])))
            return product_table.get_products(session, ids.tolist())[0] if len(ids) else None

    def facet_counts(self, view: View, name: str) -> dict[str, int]:
        """How many items of a view of this index carry each value of a facet, the most frequent value first.

        An item with several values counts for each of them; values that no item of the view carries are left out. Who
        carries what is read once for a snapshot.

        Args:
            view: of this snapshot's index.
            name: an attribute, or ``brand``.
        """
        facet = self._facet(name)
        counts = np.bincount(facet.numbers[view.bitmap.contains(facet.positions)], minlength=len(facet.values))
        ranked = sorted((-int(counts[number]), facet.values[number]) for number in np.flatnonzero(counts))
        return {value: -count for count, value in ranked}

    def _facet(self, name: str) -> _Carriers:
        with self._guard:
            if name in self._facets:
                self._facets.move_to_end(name)
                return self._facets[name]
        with self.database.reading() as session:
            ids, numbers, values = facet_pairs(session, name)
        positions = self.index.positions_of(ids)
        order = np.argsort(positions, kind="stable")
        order = order[np.searchsorted(positions[order], 0) :]
        facet = _Carriers(positions[order].astype(np.int32), numbers[order], values)
        with self._guard:
            self._facets[name] = facet
            while len(self._facets) > _KEPT_FACETS:
                self._facets.popitem(last=False)
        return facet

    def products(self, skus: Sequence[str]) -> list[ProductRecord]:
        """Products by SKU, in the order given.

        Raises:
            UnknownProductError: if the catalog does not hold one.
        """
        with self.database.reading() as session:
            return product_table.by_sku(session, skus)

    def positions(self, skus: Sequence[str]) -> np.ndarray:
        """Sorted index positions of products, each once; products without a semantic id are left out. (k,) int64."""
        if not skus:
            return np.empty(0, dtype=np.int64)
        ids = np.array([product.id for product in self.products(skus)], dtype=np.int64)
        found = self.index.positions_of(ids)
        return np.unique(found[found >= 0])

    def places(self, skus: Iterable[str]) -> dict[str, int]:
        """SKU → position in the index, of those that the catalog still has under a semantic id."""
        with self.database.reading() as session:
            ids = product_table.ids_by_sku(session, skus)
        found = self.index.positions_of(np.array(list(ids.values()), dtype=np.int64))
        return {sku: int(place) for sku, place in zip(ids, found, strict=True) if place >= 0}

    def prices(self, positions: np.ndarray) -> list[int]:
        """Prices in minor units, as they are now, of those of the items that have one."""
        with self.database.reading() as session:
            found = product_table.get_products(session, self.index.product_id_at(positions).tolist())
        return [product.price_minor for product in found if product.price_minor is not None]

    def all_prices(self) -> np.ndarray:
        """The price of every item in the shop's currency by position; (positions,) int64, see :class:`PriceList`."""
        return self.price_list.at(self.index, self.revision, self.currency)

    def sids(self, skus: Sequence[str]) -> tuple[Sid | None, ...]:
        """Semantic ids of products, in the order given; None where one has none yet.

        Raises:
            UnknownProductError: if the catalog does not hold one.
        """
        known = self.products(skus)
        places = self.index.positions_of(np.array([product.id for product in known], dtype=np.int64))
        return tuple(self.index.sid(int(place)) if place >= 0 else None for place in places)


class Catalog:
    """Snapshots of a database's catalog under one codebook version. Safe to share between threads.

    Args:
        database: the shop's database.
        codebooks: those of the checkpoint.
        tokenizer: the checkpoint's tokenizer.
        terms: the checkpoint's, by which people mean what the catalog has.

    Raises:
        EmptyCatalogError: if there is nothing to sell.
        CheckpointError: if the database's semantic ids were made with other codebooks.
    """

    def __init__(
        self, database: Database, codebooks: Codebooks, tokenizer: ShopTokenizer, terms: Terms = NO_TERMS
    ) -> None:
        self._database = database
        self._terms = terms
        self._codebooks = codebooks
        self._tokenizer = tokenizer
        self._guard = threading.Lock()
        self._index = CatalogIndex(codebooks.scheme, codebooks.fingerprint)
        self._facts = ShopFacts(codebooks.fingerprint)
        self._cache = ViewCache(database)
        self._price_list = PriceList(database)
        self._grammar: WantGrammar | None = None
        self._facets: dict[str, tuple[str, ...]] = {}
        self._snapshot = self._read()

    def snapshot(self) -> Snapshot:
        """The catalog as it is now."""
        with self._database.reading() as session:
            revision = catalog_revision(session)
        with self._guard:
            if revision != self._snapshot.revision or self._index.merge_is_ready:
                self._snapshot = self._read()
            return self._snapshot

    def close(self) -> None:
        """Wait for what is still at work in the background."""
        self._index.close()

    def _read(self) -> Snapshot:
        with self._database.reading() as session:
            revision = catalog_revision(session)
            facts = self._facts.update(session, revision)
            index = self._index.update(session, revision)
        if not index.items:
            raise EmptyCatalogError("no product has a semantic id", "run: python -m finetune sids")
        if self._grammar is None or facts.facets != self._facets:
            # It takes the most time of all, and a new price or stock does not change it.
            self._grammar = WantGrammar(
                index.scheme.types, facts.facets, self._tokenizer, self._grammar, terms=self._terms
            )
            self._facets = facts.facets
        return Snapshot(self._database, revision, index, self._grammar, facts.currency, self._cache, self._price_list)
