"""What ``ask`` can be asked, from the command line or from a file of requests, and the checks against the catalog."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from catalog_db.conditions import Conditions
from catalog_db.database import Session
from catalog_db.errors import ConditionError
from catalog_db.known_values import check_against
from catalog_db.money import format_price, minor_per_major, to_minor
from catalog_db.overview import shop_overview
from catalog_db.products import by_sku
from catalog_db.validation import MAX_PRICE_MINOR
from neo_assistant.errors import RequestError
from neo_assistant.request import MAX_BUDGET, Format, Request, Task
from neo_assistant.want import FIRST_FACETS, Want

_KIND = FIRST_FACETS[0]
"""The attribute that says what sort of thing a product is."""

_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True)
class AskOptions:
    """One request as it was typed, not yet compared with the catalog; prices are in major units.

    The fields are named as in a line of a request file, and mean what :class:`neo_assistant.request.Request` says.
    """

    text: str = ""
    history: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    task: Task = Task.CHAT
    type: tuple[str, ...] = ()
    format: Format = Format.MIXED
    count: int = 3
    max_price: Decimal | None = None
    min_price: Decimal | None = None
    in_stock: bool = False
    brand: tuple[str, ...] = ()
    attribute: tuple[tuple[str, str], ...] = ()
    min_rating: float | None = None
    sql: str | None = None
    each: tuple[tuple[str, int], ...] = ()
    budget: Decimal | None = None
    want: str | None = None

    def to_request(self, session: Session) -> Request:
        """The request, once everything it names has been found in the catalog.

        Raises:
            NeoError: nothing is on sale, an unknown type, brand, attribute or SKU, a value out of range, conditions
                that contradict each other, or an SQL predicate that the database cannot parse.
        """
        currency = shop_overview(session).currency
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            raise RequestError(
                f"the lowest price ({self.min_price:f}) is above the highest ({self.max_price:f})",
                "no product can meet both",
            )
        lowest, highest = (minor_price(price, currency) for price in (self.min_price, self.max_price))
        conditions = Conditions(
            brands=frozenset(self.brand),
            attributes=tuple((name, (value,)) for name, value in self.attribute),
            min_price=lowest,
            max_price=highest,
            min_rating=self.min_rating,
            in_stock=self.in_stock,
            sql=self.sql,
        )
        check_against(session, conditions.both(Conditions(item_types=frozenset(self.type))))
        if self.want is not None:
            check_against(session, Want.parse(self.want).conditions(minor_per_major=minor_per_major(currency)))
        for name, _ in self.each:
            check_sort(session, name)
        by_sku(session, (*self.history, *self.about))
        return Request(
            self.text,
            history=self.history,
            about=self.about,
            task=self.task,
            types=self.type,
            format=self.format,
            count=self.count,
            conditions=conditions,
            counts=self.each,
            budget=minor_total(self.budget, currency),
            want=self.want,
        )

    def merged(self, values: Mapping[str, Any]) -> AskOptions:
        """These options with those of ``values`` instead.

        Raises:
            RequestError: an unknown name, or a value that is not what its name takes.
        """
        readers: dict[str, Callable[[object], Any]] = {
            "text": _text,
            "history": parse_list,
            "about": parse_list,
            "task": parse_task,
            "type": parse_list,
            "format": parse_format,
            "count": parse_count,
            "max_price": parse_price,
            "min_price": parse_price,
            "in_stock": _truth,
            "brand": parse_list,
            "attribute": parse_attributes,
            "min_rating": parse_rating,
            "sql": _text,
            "each": parse_each,
            "budget": parse_price,
            "want": _text,
        }
        if unknown := sorted(set(values) - set(readers)):
            raise RequestError(f"{unknown[0]!r} is not an option of a request", f"options are {', '.join(readers)}")
        return dataclasses.replace(self, **{name: readers[name](value) for name, value in values.items()})


def minor_price(price: Decimal | None, currency: str) -> int | None:
    """A price limit in minor units.

    Raises:
        RequestError: no price is as high.
    """
    minor = None if price is None else to_minor(price, currency)
    if minor is not None and minor > MAX_PRICE_MINOR:
        raise RequestError(f"{price:f} is more than any price", f"at most {format_price(MAX_PRICE_MINOR, currency)}")
    return minor


def minor_total(total: Decimal | None, currency: str) -> int | None:
    """A budget in minor units.

    Raises:
        RequestError: no reply costs as much.
    """
    minor = None if total is None else to_minor(total, currency)
    if minor is not None and minor > MAX_BUDGET:
        raise RequestError(f"{total:f} is more than any reply", f"at most {format_price(MAX_BUDGET, currency)}")
    return minor


def read_requests(lines: Iterable[str], defaults: AskOptions, as_json: bool) -> list[AskOptions]:
    """Requests of a file: a text per line, or a JSON object per line. Empty lines are passed over.

    Raises:
        RequestError: naming the line.
    """
    requests: list[AskOptions] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            requests.append(defaults.merged(_json_object(line) if as_json else {"text": line.strip()}))
        except RequestError as error:
            raise RequestError(f"line {number}: {error.message}", error.hint) from error
    return requests


def parse_list(value: object) -> tuple[str, ...]:
    """``a,b`` or ``["a", "b"]``."""
    words = tuple(word.strip() for word in value.split(",")) if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise RequestError(f"{value!r} is not a list of words", "write a,b or, in JSON, a list")
    if not any(words):
        raise RequestError("the list is empty", "leave the option out to accept any")
    return tuple(word for word in words if word)


def parse_price(value: object) -> Decimal:
    """A price in major units."""
    try:
        price = Decimal(str(value).strip())
    except InvalidOperation:
        price = Decimal(-1)
    if isinstance(value, bool) or not price.is_finite() or not 0 <= price < 10**9:
        raise RequestError(f"{value!r} is not a price", "write a plain number such as 59.99")
    return price


def parse_rating(value: object) -> float:
    """A mean rating from 1 to 5."""
    try:
        rating = float(str(value))
    except ValueError:
        rating = 0.0
    if isinstance(value, bool) or not 1 <= rating <= 5:
        raise RequestError(f"{value!r} is not a rating", "write a number from 1 to 5")
    return rating


def parse_attributes(value: object) -> tuple[tuple[str, str], ...]:
    """``["colour=blue", "colour=red"]`` or ``{"colour": ["blue", "red"]}``: any of the values given for a name."""
    if isinstance(value, Mapping):
        pairs = [(name, word) for name, words in value.items() for word in parse_list(words)]
    elif isinstance(value, list | tuple) and value and all(isinstance(word, str) and "=" in word for word in value):
        pairs = [(name, word) for name, _, word in (word.partition("=") for word in value)]
    else:
        raise RequestError(f"{value!r} is not an attribute", 'write colour=blue or, in JSON, {"colour": ["blue"]}')
    return tuple((name.strip(), word.strip()) for name, word in pairs)


def parse_count(value: object) -> int:
    """A number of items; whether it is in range is for the request to say."""
    if isinstance(value, bool) or not str(value).strip().isdecimal():
        raise RequestError(f"{value!r} is not a number of items")
    return int(str(value))


def parse_each(value: object) -> tuple[tuple[str, int], ...]:
    """``["mug=2", "kettle=1"]`` or ``{"mug": 2, "kettle": 1}``."""
    if isinstance(value, Mapping):
        pairs = [(name, number) for name, number in value.items()]
    elif isinstance(value, list | tuple) and all(isinstance(word, str) and "=" in word for word in value):
        pairs = [word.rsplit("=", 1) for word in value]
    else:
        raise RequestError(f"{value!r} does not count kinds", 'write mug=2 or, in JSON, {"mug": 2}')
    return tuple((str(name).strip(), parse_count(number)) for name, number in pairs)


def parse_task(value: object) -> Task:
    """A task by its name; a hyphen may stand for the space."""
    return _choice(Task, str(value).replace("-", " "), "task")


def parse_format(value: object) -> Format:
    """A reply format by its name."""
    return _choice(Format, str(value), "format")


def check_sort(session: Session, name: str) -> None:
    """Refuse a name that is neither an item type nor a kind.

    Raises:
        ConditionError: with the closest known ones as a hint.
    """
    hint = ""
    for sort in (Conditions(item_types=frozenset({name})), Conditions(attributes=((_KIND, (name,)),))):
        try:
            return check_against(session, sort)
        except ConditionError as error:
            hint = error.hint
    raise ConditionError(f"no product on sale is of a type or kind {name!r}", hint)


def _choice(choices: type[_Choice], value: str, what: str) -> _Choice:
    try:
        return choices(value)
    except ValueError:
        known = ", ".join(choice.value.replace(" ", "-") for choice in choices)
        raise RequestError(f"{value!r} is not a {what}", f"one of {known}") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise RequestError(f"{value!r} is not words")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise RequestError(f"in_stock is {value!r}", "write true or false")
    return value


def _json_object(line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except ValueError as error:
        raise RequestError(f"not JSON: {error}") from None
    if not isinstance(values, dict):
        raise RequestError("not a JSON object")
    return values
