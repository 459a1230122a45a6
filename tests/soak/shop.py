"""The truth of the soak run: plain tables of products, conditions on their columns, and edits.

Nothing here asks an index what an item is. A table knows every semantic id with its product and the product's columns;
an index is only told of the same edits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.view import View
from neo_assistant.sids import SidScheme
from neo_assistant.want import Want
from tests.neo_assistant.strategies import FACETS

COLOURS, KINDS = FACETS["colour"], FACETS["kind"]
NO_TYPE = -1
"""A type that the scheme does not have; no product is of it."""
SCHEMES = (
    SidScheme(("bags", "kitchen", "lamps_2", "shoes"), (16, 16, 16, 8), per_type=True),
    SidScheme(("kitchen", "shoes"), (256, 256, 32), per_type=False),
    SidScheme(("bags", "kitchen", "shoes"), (4, 4, 4, 4, 4, 4, 4, 4), per_type=True),
    SidScheme(("kitchen",), (4096, 4), per_type=True),
    SidScheme(("bags", "kitchen"), (65_536,), per_type=False),
)
"""From one level to eight, from four codes to 65,536, codebooks per type and shared."""


@dataclass(frozen=True)
class Condition:
    """What a view asks of a product. None, or an empty tuple, asks nothing."""

    item_type: int | None = None
    colours: tuple[int, ...] = ()
    kind: int | None = None
    max_price: int | None = None
    min_price: int | None = None
    min_rating: float | None = None
    in_stock: bool = False

    @classmethod
    def of(cls, want: Want, scheme: SidScheme) -> Condition:
        """The condition that a want span states; brands and what was shown count for nothing here."""
        values = dict(want.facets)
        most, least = (
            None if isinstance(limit, str | None) else int(limit * 100) for limit in (want.max_price, want.min_price)
        )
        return cls(
            scheme.type_numbers.get(want.item_type, NO_TYPE) if want.item_type else None,
            (COLOURS.index(values["colour"]),) if "colour" in values else (),
            KINDS.index(values["kind"]) if "kind" in values else None,
            most,
            least,
            want.min_rating,
            want.in_stock,
        )

    @classmethod
    def drawn(cls, random: np.random.Generator, types: int) -> Condition:
        """Any; a quarter ask nothing, and some leave next to nothing."""
        if random.random() < 0.25:
            return cls()

        def maybe(value: object, chance: float = 0.4) -> object:
            return value if random.random() < chance else None

        colours = tuple(sorted(random.choice(len(COLOURS), int(random.integers(0, 3)), replace=False).tolist()))
        return cls(
            maybe(int(random.integers(types)), 0.15),  # type: ignore[arg-type]
            colours,
            maybe(int(random.integers(len(KINDS)))),  # type: ignore[arg-type]
            maybe(int(random.integers(0, 12_000))),  # type: ignore[arg-type]
            maybe(int(random.integers(0, 9_000)), 0.15),  # type: ignore[arg-type]
            maybe(round(float(random.uniform(1, 5)), 1)),  # type: ignore[arg-type]
            bool(random.random() < 0.4),
        )


@dataclass(frozen=True)
class Table:
    """Products at one moment; all arrays (products,), in order of the product id."""

    scheme: SidScheme
    products: np.ndarray
    types: np.ndarray
    codes: np.ndarray
    colour: np.ndarray
    kind: np.ndarray
    price: np.ndarray
    rating: np.ndarray
    stock: np.ndarray

    def __len__(self) -> int:
        return len(self.products)

    @cached_property
    def sids(self) -> Mapping[tuple[int, ...], int]:
        """Type number and codes → row."""
        rows = np.column_stack((self.types, self.codes)).tolist()
        return {tuple(row): number for number, row in enumerate(rows)}

    def meets(self, condition: Condition) -> np.ndarray:
        """Whether each product meets a condition, by its columns; (products,) bool."""
        met = np.ones(len(self), dtype=bool)
        if condition.item_type is not None:
            met &= self.types == condition.item_type
        if condition.colours:
            met &= np.isin(self.colour, condition.colours)
        if condition.kind is not None:
            met &= self.kind == condition.kind
        if condition.max_price is not None:
            met &= (self.price >= 0) & (self.price < condition.max_price)
        if condition.min_price is not None:
            met &= self.price > condition.min_price
        if condition.min_rating is not None:
            met &= self.rating > condition.min_rating
        return met & (self.stock > 0) if condition.in_stock else met

    def edited(self, keep: np.ndarray, more: Table | None = None) -> Table:
        """The products where ``keep``, and more of them, ordered again."""
        names = ("products", "types", "codes", "colour", "kind", "price", "rating", "stock")
        columns = {name: getattr(self, name)[keep] for name in names}
        if more is not None:
            columns = {name: np.concatenate([column, getattr(more, name)]) for name, column in columns.items()}
        order = np.argsort(columns["products"])
        return Table(self.scheme, **{name: column[order] for name, column in columns.items()})


def draw_products(
    random: np.random.Generator, scheme: SidScheme, products: np.ndarray, known: set[tuple[int, ...]]
) -> Table:
    """Products with SIDs that nobody has; popular codes are shared by many, as in catalogs. There may be fewer."""
    count = len(products)
    rows: dict[tuple[int, ...], None] = {}
    for _ in range(4):
        drawn = [random.integers(0, len(scheme.types), count)]
        drawn += [(size * random.random(count) ** 2).astype(np.int64) for size in scheme.sizes]
        rows |= {row: None for row in map(tuple, np.column_stack(drawn).tolist()) if row not in known}
    sids = np.array(list(rows)[:count], dtype=np.int64).reshape(-1, 1 + scheme.levels)
    count = len(sids)
    return Table(
        scheme,
        products[:count],
        sids[:, 0],
        sids[:, 1:],
        random.integers(0, len(COLOURS), count),
        random.integers(0, len(KINDS), count),
        np.where(random.random(count) < 0.05, -1, random.integers(100, 10_000, count)),
        np.where(random.random(count) < 0.1, np.nan, random.uniform(1, 5, count).round(1)),
        random.integers(0, 4, count),
    )


@dataclass(frozen=True)
class Shop:
    """A table and the index that was told the same. Never changes: an edit makes another one."""

    table: Table
    index: SegmentedIndex
    next_product: int

    @classmethod
    def open(cls, random: np.random.Generator, scheme: SidScheme, products: int) -> Shop:
        table = draw_products(random, scheme, random.permutation(products) * 2 + 1, set())
        index = DecodingIndex.build(scheme, "soak", table.types, table.codes, table.products)
        return cls(table.edited(np.ones(len(table), dtype=bool)), SegmentedIndex(index), 2 * products + 1)

    def view(self, condition: Condition) -> View:
        """The products that meet a condition, as positions of the index."""
        eligible = np.zeros(len(self.index), dtype=bool)
        eligible[self.index.positions_of(self.table.products[self.table.meets(condition)])] = True
        return View(self.index, eligible)

    def edited(self, random: np.random.Generator) -> Shop:
        """After one edit: products added, given other SIDs, removed, or given other prices; or the segments merged."""
        kind = random.choice(("add", "move", "remove", "reprice", "merge"), p=(0.3, 0.25, 0.2, 0.15, 0.1))
        table, index, next_product = self.table, self.index, self.next_product
        some = random.random(len(table)) < min(40 / max(len(table), 1), 0.5)
        if kind == "add":
            ids = np.arange(next_product, next_product + 60)
            new = draw_products(random, table.scheme, ids, set(table.sids))
            index = index.with_added(new.types, new.codes, new.products)
            table, next_product = table.edited(np.ones(len(table), dtype=bool), new), next_product + 60
        elif kind == "move":
            new = draw_products(random, table.scheme, table.products[some], set(table.sids))
            index = index.with_added(new.types, new.codes, new.products)
            table = table.edited(~np.isin(table.products, new.products), new)
        elif kind == "remove":
            index = index.with_removed(table.products[some])
            table = table.edited(~some)
        elif kind == "reprice":
            prices = np.where(some, random.integers(100, 10_000, len(table)), table.price)
            table = Table(**{**vars_of(table), "price": prices})
        else:
            index = index.merged()
        return Shop(table, index, next_product)


def vars_of(table: Table) -> dict[str, np.ndarray]:
    """A table's fields, without what it worked out from them."""
    return {name: getattr(table, name) for name in Table.__dataclass_fields__}
