"""The items of an examples folder in memory: what meets a want, the decoding index over them, and views of it.

Figures that need the catalog are taken from ``items.jsonl``, so that evaluation needs the folder and no database.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from catalog_db.money import minor_per_major
from catalog_db.products import ProductRecord
from finetune.errors import ExamplesError
from finetune.examples.shop import KIND, KindWords, Shop, ShopItem, simple_plural
from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.view import View
from neo_assistant.errors import SidError
from neo_assistant.grammar.budget import UNKNOWN
from neo_assistant.sids import Sid, SidScheme
from neo_assistant.want import want_facets

ITEMS = "items.jsonl"
_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_HINT = "make the examples again with `python -m finetune examples`"


@dataclass(frozen=True)
class Shelf:
    """A folder's items.

    Args:
        shop: the items and what may be asked of them; no log.
        index: of their semantic ids; an item's product id is its place in ``shop.items``.
    """

    shop: Shop
    index: SegmentedIndex

    @cached_property
    def by_sid(self) -> dict[str, ShopItem]:
        """Semantic id as text → item."""
        return {str(item.sid): item for item in self.shop.items}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {item.sku: place for place, item in enumerate(self.shop.items)}

    @cached_property
    def prices(self) -> np.ndarray:
        """Prices in minor units by position in the index; ``UNKNOWN`` where there is none. (positions,) int64."""
        known = [UNKNOWN if item.price_minor is None else item.price_minor for item in self.shop.items]
        return np.array(known, dtype=np.int64)[self.index.product_id_at(np.arange(len(self.index)))]

    def place(self, item: ShopItem) -> int:
        """The item's place in ``shop.items``."""
        return self._places[item.sku]

    def view(self, items: Iterable[ShopItem]) -> View:
        """The index with these items eligible and no others."""
        numbers = np.array([self._places[item.sku] for item in items], dtype=np.int64)
        return View(self.index, Bitmap.from_positions(len(self.index), self.index.positions_of(numbers)))

    def items_at(self, positions: np.ndarray) -> list[ShopItem]:
        """The items at positions of the index."""
        return [self.shop.items[int(place)] for place in self.index.product_id_at(positions)]


def load_shelf(data_folder: Path, meta: Mapping[str, Any]) -> Shelf:
    """Read a folder's items.

    Args:
        data_folder: what ``python -m finetune examples`` wrote.
        meta: of the folder.

    Raises:
        ExamplesError: if the list of items is missing or damaged, or the folder does not say what may be asked.
    """
    try:
        scheme = SidScheme.from_dict(meta["scheme"])
        with (data_folder / ITEMS).open(encoding="utf-8") as stream:
            items = tuple(_item(json.loads(line)) for line in stream)
        facets = tuple(meta["facets"])
        version = str(meta["codebook_version"])
    except (OSError, ValueError, KeyError, TypeError, SidError) as error:
        raise ExamplesError(f"{data_folder} holds no usable list of items: {error!r}", _HINT) from error
    currency = str(meta.get("currency", "USD"))
    return make_shelf(items, scheme, facets, version, currency)


def make_shelf(
    items: tuple[ShopItem, ...], scheme: SidScheme, facets: tuple[str, ...], codebook_version: str, currency: str
) -> Shelf:
    """Items under a scheme; ``facets`` may be asked for, in this order, with whatever values the items have."""
    offered = {facet: sorted({value for item in items for value in item.values(facet)}) for facet in facets}
    values = {name: frozenset(known) for name, known in want_facets(offered).items()}
    shop = Shop(
        scheme=scheme,
        items=tuple(sorted(items, key=lambda item: item.sku)),
        facets=tuple(facet for facet in facets if facet in values),
        facet_values=values,
        kinds=_kind_words(values.get(KIND, frozenset())),
        currency=currency,
        minor_per_major=minor_per_major(currency),
    )
    numbers = np.array([scheme.type_numbers[item.item_type] for item in shop.items], dtype=np.int64)
    codes = np.array([item.sid.codes for item in shop.items], dtype=np.int64).reshape(len(shop.items), scheme.levels)
    index = DecodingIndex.build(scheme, codebook_version, numbers, codes, np.arange(len(shop.items)))
    return Shelf(shop, SegmentedIndex(index))


def _kind_words(kinds: Iterable[str]) -> dict[str, KindWords]:
    from catalog_db.sample.kinds import load_kinds

    known = load_kinds()
    return {
        name: KindWords(name, known[name].plural, known[name].synonyms)
        if name in known
        else KindWords(name, simple_plural(name))
        for name in sorted(kinds)
    }


def _item(values: Mapping[str, Any]) -> ShopItem:
    return ShopItem(
        sku=str(values["sku"]),
        sid=Sid.parse(values["sid"]),
        title=str(values["title"]),
        brand=values["brand"],
        attributes={name: tuple(known) for name, known in values["attributes"].items()},
        price_minor=values["price_minor"],
        in_stock=bool(values["in_stock"]),
        rating=values["rating"],
        popularity=float(values["popularity"]),
    )


def as_record(item: ShopItem, shelf: Shelf) -> ProductRecord:
    """The row of an item, as far as the examples' folder tells it."""
    return ProductRecord(
        id=shelf.place(item),
        sku=item.sku,
        title=item.title,
        brand=item.brand,
        item_type=item.item_type,
        category_path="",
        description="",
        price_minor=item.price_minor,
        currency=shelf.shop.currency,
        stock=None if item.in_stock else 0,
        rating=item.rating,
        rating_count=0,
        image="",
        link="",
        active=True,
        created_at=_LONG_AGO,
        updated_at=_LONG_AGO,
        attributes=item.attributes,
    )
