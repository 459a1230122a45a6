"""Conditions as the exam writes them: compared with what a reply read, and with the row of an item.

A condition is written as in a want span: ``colour: blue``, ``price < 20``, ``rating > 4``, ``in stock``, ``not shown``,
``price < shown``. ``kinds`` stands for "a kind that the entry accepts", and ``NAME: *``, ``price < *`` or ``*`` for any
value, any limit, any condition.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog_db.facets import BRAND
from catalog_db.money import minor_per_major
from catalog_db.products import ProductRecord
from neo_assistant.want import FIRST_FACETS, SHOWN

KIND = FIRST_FACETS[0]
KINDS, ANY = "kinds", "*"
IN_STOCK, NOT_SHOWN = "in stock", "not shown"

_LIMIT = re.compile(r"(?P<what>price|rating) (?P<sign>[<>]) (?P<limit>[0-9.]+|shown|\*)")
_FACET = re.compile(r"(?P<name>[a-z][a-z0-9_ ]*): (?P<value>.+)")


@dataclass(frozen=True)
class Expected:
    """What a reply should read out of the words.

    Args:
        required: each must be read; of a tuple with several, one must.
        allowed: may be read as well.
        kinds: that ``kinds`` stands for.
        types: item types of these kinds; to state one of them besides adds nothing and is always allowed.
    """

    required: tuple[tuple[str, ...], ...]
    allowed: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Read:
    """The conditions of one reply against those expected.

    Args:
        right: names of the required conditions that were read.
        missed: of those that were not.
        invented: conditions read that nobody stated, as written.
    """

    right: tuple[str, ...]
    missed: tuple[str, ...]
    invented: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether all that was stated was read, and nothing else."""
        return not self.missed and not self.invented


def compare(written: Sequence[str], expected: Expected) -> Read:
    """Compare the conditions that a reply wrote with those expected."""
    right: list[str] = []
    missed: list[str] = []
    used: set[str] = set()
    for options in expected.required:
        met = {word for word in written if any(_agrees(word, option, expected.kinds) for option in options)}
        (right if met else missed).append(condition_name(options[0]))
        used |= met
    allowed = (*expected.allowed, *(f"type: {name}" for name in sorted(expected.types)))
    invented = [
        word for word in written if word not in used and not any(_agrees(word, one, expected.kinds) for one in allowed)
    ]
    return Read(tuple(right), tuple(missed), tuple(invented))


def written_conditions(span: str) -> tuple[str, ...]:
    """The conditions of a want span as words, without ``found``."""
    return tuple(word for word in (part.strip() for part in span.split(";")) if word and not word.startswith("found "))


def condition_name(condition: str) -> str:
    """``colour`` of ``colour: blue``, ``price <`` of ``price < 20``, ``kind`` of ``kinds``; else all of it."""
    if condition == KINDS:
        return KIND
    if limit := _LIMIT.fullmatch(condition):
        return f"{limit['what']} {limit['sign']}"
    facet = _FACET.fullmatch(condition)
    return facet["name"] if facet else condition


def is_condition(condition: str, facets: Mapping[str, Collection[str]], types: Collection[str]) -> bool:
    """Whether a condition can be stated to a shop of these facets and item types."""
    if condition in (KINDS, ANY, IN_STOCK, NOT_SHOWN) or _LIMIT.fullmatch(condition):
        return True
    facet = _FACET.fullmatch(condition)
    if facet is None:
        return False
    values = types if facet["name"] == "type" else facets.get(facet["name"], ())
    return facet["value"] in values or (facet["value"] == ANY and bool(values))


def meets(
    row: ProductRecord, expected: Expected, shown: Sequence[ProductRecord] = (), seen: Collection[str] = ()
) -> bool:
    """Whether an item meets everything that was stated, its kind included where kinds are given.

    Args:
        row: the item.
        expected: what was stated.
        shown: the items last shown, for ``price < shown``; without any nothing is cheaper or dearer than they.
        seen: SKUs shown earlier in the conversation, for ``not shown``.
    """
    kinds = row.attributes.get(KIND, ())
    if expected.kinds and expected.kinds.isdisjoint(kinds):
        return False
    if expected.types and row.item_type not in expected.types:
        return False
    return all(any(_holds(row, option, shown, seen) for option in options) for options in expected.required)


def holds(row: ProductRecord, condition: str) -> bool:
    """Whether a single condition holds of an item; one that refers to what was shown never does."""
    return _holds(row, condition, (), ())


def _holds(row: ProductRecord, condition: str, shown: Sequence[ProductRecord], seen: Collection[str]) -> bool:
    if condition == KINDS:
        return True
    if condition == IN_STOCK:
        return row.in_stock
    if condition == NOT_SHOWN:
        return row.sku not in seen
    if limit := _LIMIT.fullmatch(condition):
        return _within(row, limit["what"], limit["sign"], limit["limit"], shown)
    facet = _FACET.fullmatch(condition)
    if facet is None:
        raise ValueError(f"{condition!r} is not a condition")
    name, value = facet["name"], facet["value"]
    if name == "type":
        return row.item_type == value
    return row.brand == value if name == BRAND else value in row.attributes.get(name, ())


def _within(row: ProductRecord, what: str, sign: str, limit: str, shown: Sequence[ProductRecord]) -> bool:
    if what == "rating":
        return row.rating is not None and row.rating >= float(limit)
    if row.price_minor is None:
        return False
    if limit == SHOWN:
        prices = [product.price_minor for product in shown if product.price_minor is not None]
        if not prices:
            return False
        return row.price_minor < min(prices) if sign == "<" else row.price_minor > max(prices)
    amount = Decimal(limit) * minor_per_major(row.currency)
    return row.price_minor <= amount if sign == "<" else row.price_minor >= amount


def _agrees(written: str, option: str, kinds: frozenset[str]) -> bool:
    """Whether a condition as written is the one meant."""
    if option == ANY or written == option:
        return True
    if option == KINDS:
        return any(written == f"{KIND}: {kind}" for kind in kinds)
    if option.endswith(ANY):
        return condition_name(written) == condition_name(option)
    mine, other = _LIMIT.fullmatch(written), _LIMIT.fullmatch(option)
    if mine is None or other is None or SHOWN in (mine["limit"], other["limit"]):
        return False
    same = (mine["what"], mine["sign"]) == (other["what"], other["sign"])
    return same and Decimal(mine["limit"]) == Decimal(other["limit"])
