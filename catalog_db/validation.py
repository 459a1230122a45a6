"""Limits that a row has to keep before it may enter the catalog.

SQLite does not enforce the lengths in the models and PostgreSQL does, so they are checked here, for both. Importers
report a broken limit as a refused line; :func:`catalog_db.products.save_products` raises.
"""

from __future__ import annotations

import datetime as dt
import math
import re

from sqlalchemy import String

from catalog_db.models import EventKind, Feedback, MerchandisingRule, Product, ProductAttribute, SearchQuery, Shopper
from catalog_db.rows import EventRow, ProductRow, QueryRow

MAX_PRICE_MINOR = 2_000_000_000
"""Twenty million dollars: above it a price is a mistake, and it would not fit PostgreSQL's integer."""

MAX_COUNT = 2_000_000_000
MAX_ID = 2**31 - 1
MAX_DESCRIPTION = 50_000
MAX_ATTRIBUTE_VALUES = 200
"""Values of all attributes of one product together."""

ITEM_TYPE = re.compile(r"[a-z0-9_]{1,64}")
_CURRENCY = re.compile(r"[A-Z]{3}")

# Control characters and lone surrogates; PostgreSQL cannot store some of them, and no screen can show any.
_FORBIDDEN_IN_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_FORBIDDEN_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

PATH_SEPARATOR = " > "

EVENT_KINDS = frozenset(kind.value for kind in EventKind)


def max_length(model: type, column: str) -> int:
    """The length limit of a text column, from the model."""
    column_type = model.__table__.c[column].type  # type: ignore[attr-defined]
    assert isinstance(column_type, String)
    assert column_type.length is not None
    return column_type.length


_PRODUCT_TEXTS = ("sku", "title", "brand", "item_type", "category_path", "image", "link")
PRODUCT_LIMITS = {name: max_length(Product, name) for name in _PRODUCT_TEXTS} | {"description": MAX_DESCRIPTION}
ATTRIBUTE_NAME_LIMIT = max_length(ProductAttribute, "name")
ATTRIBUTE_VALUE_LIMIT = max_length(ProductAttribute, "value")
SHOPPER_LIMIT = max_length(Shopper, "key")
QUERY_LIMIT = max_length(SearchQuery, "text")
FEEDBACK_LIMIT = max_length(Feedback, "reason")
RULE_NOTE_LIMIT = max_length(MerchandisingRule, "note")
RULE_AUTHOR_LIMIT = max_length(MerchandisingRule, "created_by")


def check_text(name: str, text: str, limit: int, *, required: bool = False, one_line: bool = True) -> str:
    """Why ``text`` cannot be stored, or an empty string.

    Stored text has one form only, so that equal values are equal and an export is read back as it was: no white space
    at either end, and in texts of one line single spaces only.
    """
    if required and not text.strip():
        return f"{name} is empty"
    if len(text) > limit:
        return f"{name} is {len(text)} characters long, at most {limit} are stored"
    if found := (_FORBIDDEN_IN_LINE if one_line else _FORBIDDEN_IN_TEXT).search(text):
        return f"{name} holds the control character U+{ord(found[0]):04X}"
    if text != (clean_line(text) if one_line else text.strip()):
        return f"{name} has white space at an end" + (" or other than single spaces" if one_line else "")
    return ""


def clean_line(text: str) -> str:
    """The form in which a text of one line is stored: single spaces, none at the ends."""
    return " ".join(text.split())


def may_be_id(number: int) -> bool:
    """Whether a number from outside can be a row's id; a driver would overflow on others."""
    return 0 < number <= MAX_ID


def path_segments(path: str) -> list[str]:
    """The parts of a category path, from broad to narrow."""
    return [segment for part in path.split(">") if (segment := clean_line(part))]


def check_product_row(row: ProductRow) -> str:
    """Why the row cannot be stored, in one line, or an empty string."""
    for name, limit in PRODUCT_LIMITS.items():
        text = getattr(row, name)
        if text is None:
            continue
        required = name in ("sku", "title", "brand")
        if reason := check_text(name, text, limit, required=required, one_line=name != "description"):
            return reason
    if row.category_path != PATH_SEPARATOR.join(path_segments(row.category_path)):
        return f"category_path {row.category_path!r} is not parted by {PATH_SEPARATOR!r}"
    if not ITEM_TYPE.fullmatch(row.item_type):
        return f"item_type {row.item_type!r} is not made of a-z, 0-9 and _"
    if not _CURRENCY.fullmatch(row.currency):
        return f"currency {row.currency!r} is not a three-letter code"
    if row.price_minor is not None and not 0 <= row.price_minor <= MAX_PRICE_MINOR:
        return f"price of {row.price_minor} minor units is outside 0 to {MAX_PRICE_MINOR}"
    if row.stock is not None and not 0 <= row.stock <= MAX_COUNT:
        return f"stock of {row.stock} is outside 0 to {MAX_COUNT}"
    if row.rating is not None and not (math.isfinite(row.rating) and 1.0 <= row.rating <= 5.0):
        return f"rating {row.rating} is outside 1 to 5"
    if not 0 <= row.rating_count <= MAX_COUNT:
        return f"rating_count of {row.rating_count} is outside 0 to {MAX_COUNT}"
    if row.created_at is not None and (reason := check_time("created_at", row.created_at)):
        return reason
    return _check_attributes(row)


def _check_attributes(row: ProductRow) -> str:
    if sum(len(values) for values in row.attributes.values()) > MAX_ATTRIBUTE_VALUES:
        return f"more than {MAX_ATTRIBUTE_VALUES} attribute values"
    for name, values in row.attributes.items():
        if reason := check_text("an attribute name", name, ATTRIBUTE_NAME_LIMIT, required=True):
            return reason
        for value in values:
            if reason := check_text(f"attribute {name!r}", value, ATTRIBUTE_VALUE_LIMIT, required=True):
                return reason
    return ""


def check_event_row(row: EventRow) -> str:
    """Why the event cannot be stored, in one line, or an empty string."""
    if reason := check_text("shopper", row.shopper, SHOPPER_LIMIT, required=True):
        return reason
    if row.kind not in EVENT_KINDS:
        return f"kind {row.kind!r} is none of {', '.join(sorted(EVENT_KINDS))}"
    return check_time("at", row.at)


def check_query_row(row: QueryRow) -> str:
    """Why the search cannot be stored, in one line, or an empty string."""
    return (
        check_text("shopper", row.shopper, SHOPPER_LIMIT, required=True)
        or check_text("text", row.text, QUERY_LIMIT, required=True)
        or check_time("at", row.at)
    )


def check_time(name: str, at: dt.datetime) -> str:
    """Why the time cannot be stored, or an empty string."""
    if at.tzinfo is None:
        return f"{name} has no time zone"
    return ""
