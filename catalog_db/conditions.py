"""What products must meet to be shown, as a plain value.

A :class:`Conditions` is a conjunction; within one list of values any of them will do. Two of them are joined with
:meth:`Conditions.both` and taken apart with :meth:`Conditions.parts`. Which products meet them is asked in
:mod:`catalog_db.eligibility`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from catalog_db.errors import ConditionError
from catalog_db.money import format_price
from catalog_db.sql_predicate import check_predicate
from catalog_db.validation import MAX_PRICE_MINOR, check_text

MAX_VALUES = 1_000
"""Values in one list; a query may not hold more than 32,766 on SQLite."""
MAX_WORD = 512
"""Characters of a value; no column that is compared holds longer ones."""

Attributes = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Conditions:
    """Conditions on products, all of which must hold. ``Conditions()`` holds for every product on sale.

    Sets and lists are sorted and freed of duplicates, so that equal conditions are equal values.

    Args:
        item_types: any of these types.
        brands: any of these brands.
        attributes: pairs of a name and its accepted values; every name must match, with any of its values. A name
            given twice accepts the values of both. A mapping is taken too.
        min_price: at least this, in minor units. A product without a price meets no price condition.
        max_price: at most this, in minor units.
        min_rating: mean rating of at least this; a product without ratings does not meet it.
        in_stock: True asks for stock above zero or uncounted; False asks for nothing.
        sql: an engineer's SQL predicate over the products table (see :mod:`catalog_db.sql_predicate`).
        also: further conditions that could not be merged into the fields above, such as a second, contradicting price
            limit; made by :meth:`both`, each with a single part.

    Raises:
        ConditionError: a value that makes no sense, with one line for the person who reads it.
    """

    item_types: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    attributes: Attributes = ()
    min_price: int | None = None
    max_price: int | None = None
    min_rating: float | None = None
    in_stock: bool = False
    sql: str | None = None
    also: tuple[Conditions, ...] = ()

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "item_types", frozenset(_words("item_types", self.item_types)))
        set_field(self, "brands", frozenset(_words("brands", self.brands)))
        set_field(self, "attributes", _attributes(self.attributes))
        for name in ("min_price", "max_price"):
            _check_price(name, getattr(self, name))
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            raise ConditionError(f"the lowest price ({self.min_price}) is above the highest ({self.max_price})")
        if self.min_rating is not None:
            if (
                isinstance(self.min_rating, bool)
                or not isinstance(self.min_rating, int | float)
                or not 1 <= self.min_rating <= 5
            ):
                raise ConditionError(f"a rating is between 1 and 5, not {self.min_rating!r}")
            set_field(self, "min_rating", float(self.min_rating))
        if not isinstance(self.in_stock, bool):
            raise ConditionError(f"in_stock is true or false, not {self.in_stock!r}")
        if self.sql is not None:
            if not isinstance(self.sql, str):
                raise ConditionError("the SQL condition is not text")
            check_predicate(self.sql)
        single = {part for further in self.also for part in further.parts()}
        set_field(self, "also", tuple(sorted(single, key=_sort_key)))

    @property
    def is_empty(self) -> bool:
        """Whether every product on sale meets them."""
        return not self.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; fields that ask for nothing are left out."""
        values: dict[str, Any] = {
            "item_types": sorted(self.item_types),
            "brands": sorted(self.brands),
            "attributes": {name: list(accepted) for name, accepted in self.attributes},
            "min_price": self.min_price,
            "max_price": self.max_price,
            "min_rating": self.min_rating,
            "in_stock": self.in_stock or None,
            "sql": self.sql,
            "also": [part.to_dict() for part in self.also],
        }
        return {name: value for name, value in values.items() if value not in (None, [], {})}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Conditions:
        """The inverse of :meth:`to_dict`; strict about names and types.

        Raises:
            ConditionError: an unknown key, or a value that is not what its key takes.
        """
        if not isinstance(values, Mapping):
            raise ConditionError(f"conditions are an object of names and values, not {type(values).__name__}")
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ConditionError(f"{unknown[0]!r} is not a condition", f"conditions are {', '.join(sorted(known))}")
        given = dict(values)
        for name in ("item_types", "brands", "attributes", "also"):
            if name in given and given[name] in ([], (), {}, None):
                raise ConditionError(f"{name} is empty", "leave it out to accept any")
        if not isinstance(given.get("attributes", {}), Mapping):
            raise ConditionError("attributes are an object of names and lists of values")
        if not isinstance(given.get("also", []), list | tuple):
            raise ConditionError("'also' is a list of conditions")
        for part in given.get("also", ()):
            if isinstance(part, Mapping) and "also" in part:
                raise ConditionError("what stands in 'also' may not hold a further 'also'", "put all into one list")
        given["also"] = tuple(cls.from_dict(part) for part in given.get("also", ()))
        return cls(**given)

    def parts(self) -> list[Conditions]:
        """The single conditions this is made of, in a fixed order; joined with :meth:`both` they give it back."""
        parts = [Conditions(item_types=self.item_types)] if self.item_types else []
        parts += [Conditions(brands=self.brands)] if self.brands else []
        parts += [Conditions(attributes=(pair,)) for pair in self.attributes]
        parts += [Conditions(min_price=self.min_price)] if self.min_price is not None else []
        parts += [Conditions(max_price=self.max_price)] if self.max_price is not None else []
        parts += [Conditions(min_rating=self.min_rating)] if self.min_rating is not None else []
        parts += [Conditions(in_stock=True)] if self.in_stock else []
        parts += [Conditions(sql=self.sql)] if self.sql is not None else []
        return parts + list(self.also)

    def both(self, other: Conditions) -> Conditions:
        """What both ask for. They may contradict each other: then simply nothing is eligible."""
        joined = self
        for part in other.parts():
            joined = joined._with(part)
        return joined

    def check_consistent(self, currency: str = "USD") -> None:
        """Refuse conditions that contradict each other, so that no product can meet them.

        Two sets of types or brands without a common one do, and a lowest price above the highest. What a product may
        meet both of (two colours, two SQL predicates) does not.

        Raises:
            ConditionError: naming them.
        """
        merged = Conditions().both(self)
        for part in merged.also:
            kind = part._kind()
            if kind in ("item_types", "brands", "price"):
                stated = [phrase for one in merged.parts() if one._kind() == kind for phrase in one._phrases(currency)]
                raise ConditionError(f"nothing can be both {' and '.join(stated)}", "leave one of them out")

    def _kind(self) -> str:
        """Of a single condition: its field, or that it is about the price."""
        [name] = self.to_dict()
        return "price" if name in ("min_price", "max_price") else name

    def without(self, part: Conditions) -> Conditions:
        """The same without one of :meth:`parts`; unchanged if it is none of them."""
        rest = Conditions()
        for kept in self.parts():
            if kept != part:
                rest = rest._with(kept)
        return rest

    def _with(self, part: Conditions) -> Conditions:
        merged = self._merged(part)
        return merged if merged is not None else replace(self, also=(*self.also, part))

    def _merged(self, part: Conditions) -> Conditions | None:
        """One value whose fields say both, or None where a field cannot; ``part`` is a single condition."""
        if part.item_types:
            types = self.item_types & part.item_types if self.item_types else part.item_types
            return replace(self, item_types=types) if types else None
        if part.brands:
            brands = self.brands & part.brands if self.brands else part.brands
            return replace(self, brands=brands) if brands else None
        if part.attributes:
            # Blue and red neither contradict each other nor have an intersection: a product may be of both colours.
            [(name, accepted)] = part.attributes
            here = dict(self.attributes)
            narrower, wider = sorted((here.get(name, accepted), accepted), key=len)
            possible = set(narrower) <= set(wider)
            return replace(self, attributes=tuple({**here, name: narrower}.items())) if possible else None
        if part.min_price is not None:
            lowest = max(part.min_price, self.min_price or 0)
            possible = self.max_price is None or lowest <= self.max_price
            return replace(self, min_price=lowest) if possible else None
        if part.max_price is not None:
            highest = part.max_price if self.max_price is None else min(part.max_price, self.max_price)
            possible = self.min_price is None or self.min_price <= highest
            return replace(self, max_price=highest) if possible else None
        if part.min_rating is not None:
            return replace(self, min_rating=max(part.min_rating, self.min_rating or 1.0))
        if part.in_stock:
            return replace(self, in_stock=True)
        return replace(self, sql=part.sql) if self.sql in (None, part.sql) else None

    def describe(self, currency: str = "USD") -> list[str]:
        """One phrase for each of :meth:`parts`, in their order: ``colour: blue or red``, ``under $60``."""
        return [phrase for part in self.parts() for phrase in part._phrases(currency)]

    def _phrases(self, currency: str) -> Iterator[str]:
        if self.item_types:
            yield f"type: {_any_of(name.replace('_', ' ') for name in sorted(self.item_types))}"
        if self.brands:
            yield f"brand: {_any_of(sorted(self.brands))}"
        for name, accepted in self.attributes:
            yield f"{name.replace('_', ' ')}: {_any_of(accepted)}"
        if self.min_price is not None:
            yield f"from {format_price(self.min_price, currency)}"
        if self.max_price is not None:
            yield f"under {format_price(self.max_price, currency)}"
        if self.min_rating is not None:
            yield f"rated {self.min_rating:g} or better"
        if self.in_stock:
            yield "in stock"
        if self.sql is not None:
            yield f"SQL: {self.sql}"


def _words(name: str, values: Iterable[str]) -> list[str]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ConditionError(f"{name} is a list of words, not {values!r}")
    words = list(values)
    if len(words) > MAX_VALUES:
        raise ConditionError(f"{name} holds {len(words)} values", f"at most {MAX_VALUES} are compared")
    for word in words:
        if not isinstance(word, str) or not word.strip():
            raise ConditionError(f"{name} holds {word!r}, which is not a word")
        if reason := check_text(name, word, MAX_WORD):
            raise ConditionError(reason)
    return words


def _attributes(given: Mapping[str, Iterable[str]] | Iterable[tuple[str, Iterable[str]]]) -> Attributes:
    accepted: dict[str, set[str]] = {}
    for name, values in given.items() if isinstance(given, Mapping) else given:
        _words("the names of attributes", [name])
        words = _words(f"attribute {name!r}", values)
        if not words:
            raise ConditionError(f"attribute {name!r} accepts no value", "leave it out to accept any")
        accepted.setdefault(name, set()).update(words)
    return tuple((name, tuple(sorted(values))) for name, values in sorted(accepted.items()))


def _check_price(name: str, price: object) -> None:
    if price is None:
        return
    if not isinstance(price, int) or isinstance(price, bool):
        raise ConditionError(f"{name} is a whole number of minor units, not {price!r}")
    if price < 0:
        raise ConditionError(f"{name} is negative ({price})")
    if price > MAX_PRICE_MINOR:
        raise ConditionError(f"{name} is {price} minor units, which no price reaches", f"at most {MAX_PRICE_MINOR}")


def _any_of(words: Iterable[str]) -> str:
    return " or ".join(words)


def _sort_key(part: Conditions) -> str:
    return json.dumps(part.to_dict(), sort_keys=True)
