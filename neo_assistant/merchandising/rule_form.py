"""A merchandising rule as a form holds it, and back: what was typed, not yet compared with the catalog."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

from catalog_db.conditions import Conditions
from catalog_db.errors import CatalogError
from catalog_db.models import RuleAction
from catalog_db.money import minor_per_major, parse_price
from catalog_db.rules import Rule
from catalog_db.validation import clean_line
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.effects import items_condition
from neo_assistant.merchandising.wall_time import UTC, read_time, show_time

STRONGEST = 1000.0
"""What a rule can multiply or divide a probability by; the product of all rules on an item stays within it, too."""
WEIGHING = (RuleAction.BOOST, RuleAction.BURY)

_ITEMS = re.compile(r"sku IN \(('(?:[^']|'')*'(?:, '(?:[^']|'')*')*)\)")
_ITEM = re.compile(r"'((?:[^']|'')*)'")


@dataclass(frozen=True)
class RuleForm:
    """What stands in the form.

    Attributes:
        action: a :class:`RuleAction` value.
        skus, types, brands: any of these; empty for all.
        attributes: ``colour: blue`` each. Of several values of one attribute any will do.
        min_price, max_price: as prices are written: ``59.90``; empty for none.
        min_rating: 1 to 5; empty for none.
        in_stock: only what can be bought now.
        sql: a further predicate over the products table.
        everything: that no condition at all is what is meant.
        strength: for boost and bury, above 1.
        starts, ends: on the clocks of ``zone``; empty for at once, and for ever.
        zone: a time zone's name.
        note: why, for colleagues.
    """

    action: str = RuleAction.BOOST.value
    skus: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    min_price: str = ""
    max_price: str = ""
    min_rating: str = ""
    in_stock: bool = False
    sql: str = ""
    everything: bool = False
    strength: float | None = 2.0
    starts: str = ""
    ends: str = ""
    zone: str = UTC
    note: str = ""

    @property
    def is_weighing(self) -> bool:
        """Whether the strength counts."""
        return self.action in WEIGHING

    def rule(self, created_by: str, currency: str) -> Rule:
        """The rule.

        Raises:
            RequestError: no action of rules, a strength that does nothing, a time that is none, or no condition.
            ConditionError, CatalogError: values that make no sense.
        """
        if self.action not in list(RuleAction):
            raise RequestError(f"{self.action!r} is nothing that a rule does", f"rules {', '.join(RuleAction)}")
        conditions = self._conditions(currency)
        if conditions.is_empty and not self.everything:
            raise RequestError(
                "the rule names no items",
                "choose items, brands, types or another condition, or say that it is about every item on sale",
            )
        if self.everything and not conditions.is_empty:
            raise RequestError(
                "the rule is about every item on sale and has conditions, too", "take back one or the other"
            )
        return Rule(
            RuleAction(self.action),
            conditions,
            self._strength(),
            self.note.strip(),
            created_by,
            read_time("the start", self.starts, self.zone),
            read_time("the end", self.ends, self.zone),
        )

    @classmethod
    def of(cls, rule: Rule, currency: str, zone: str) -> RuleForm:
        """The form that makes this rule.

        Raises:
            CatalogError: the rule was made elsewhere and has conditions that the form has no fields for.
        """
        conditions = rule.conditions
        skus, others = named_items(conditions)
        form = cls(
            action=rule.action.value,
            skus=skus,
            types=tuple(sorted(conditions.item_types)),
            brands=tuple(sorted(conditions.brands)),
            attributes=tuple(f"{name}: {value}" for name, values in conditions.attributes for value in values),
            min_price=_amount(conditions.min_price, currency),
            max_price=_amount(conditions.max_price, currency),
            min_rating="" if conditions.min_rating is None else str(conditions.min_rating),
            in_stock=conditions.in_stock,
            sql=others.sql or "",
            everything=conditions.is_empty,
            strength=rule.strength,
            starts=show_time(rule.starts_at, zone),
            ends=show_time(rule.ends_at, zone),
            zone=zone,
            note=rule.note,
        )
        if form._conditions(currency) != conditions:
            raise CatalogError(
                "this rule has conditions that the form has no fields for", "delete it, and make a new one in its place"
            )
        return form

    def _conditions(self, currency: str) -> Conditions:
        conditions = Conditions(
            item_types=frozenset(self.types),
            brands=frozenset(self.brands),
            attributes=[_attribute(line) for line in self.attributes],  # type: ignore[arg-type]  # pairs are taken too
            min_price=_minor("the lowest price", self.min_price, currency),
            max_price=_minor("the highest price", self.max_price, currency),
            min_rating=_rating(self.min_rating),
            in_stock=self.in_stock,
        )
        if self.sql.strip():
            conditions = conditions.both(Conditions(sql=self.sql.strip()))
        return conditions.both(items_condition(self.skus)) if self.skus else conditions

    def _strength(self) -> float:
        if not self.is_weighing:
            return 1.0
        if self.strength is None or not 1 < self.strength <= STRONGEST:
            raise RequestError(
                f"the strength of a rule that would {self.action} is above 1 and at most {STRONGEST:g}",
                "at 1 nothing changes; 5 makes an item five times as probable, or five times less",
            )
        return float(self.strength)


def named_items(conditions: Conditions) -> tuple[tuple[str, ...], Conditions]:
    """The SKUs that conditions of a rule name one by one, and the conditions without them."""
    for part in conditions.parts():
        if part.sql is not None and _ITEMS.fullmatch(part.sql):
            return tuple(sku.replace("''", "'") for sku in _ITEM.findall(part.sql)), conditions.without(part)
    return (), conditions


def in_force_from(rule: Rule, now: dt.datetime) -> dt.datetime | None:
    """The first moment from now on at which the rule is in force; None if there is none."""
    start = now if rule.starts_at is None else max(now, rule.starts_at)
    return start if rule.ends_at is None or start < rule.ends_at else None


def always(rule: Rule) -> Rule:
    """The same without start and end, to try out."""
    return dataclasses.replace(rule, starts_at=None, ends_at=None)


def _attribute(line: str) -> tuple[str, tuple[str, ...]]:
    name, colon, value = (clean_line(part) for part in line.partition(":"))
    if not (name and colon and value):
        raise RequestError(f"{line!r} is no attribute with a value", "write it like colour: blue")
    return name, (value,)


def _minor(name: str, text: str, currency: str) -> int | None:
    if not text.strip():
        return None
    try:
        minor, stated = parse_price(text, currency)
    except ValueError as error:
        raise RequestError(f"{name}: {error}", "write it like 59.90") from error
    if stated != currency:
        raise RequestError(f"{name} is in {stated}, and the shop's prices are in {currency}")
    return minor


def _amount(minor: int | None, currency: str) -> str:
    """The inverse of :func:`_minor`."""
    return "" if minor is None else f"{Decimal(minor) / minor_per_major(currency):f}"


def _rating(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError as error:
        raise RequestError(f"{text!r} is no rating", "write it like 4.5") from error
