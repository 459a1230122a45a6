"""Say which column of a file is which field: ``FIELD=COLUMN`` or ``FIELD=COLUMN:CONVERSION``.

On the command line (``--map``, ``--set``) or in a TOML file (``--mapping``)::

    [fields]                                # field = column, as in --map
    sku = "id"
    price = "price_cents:minor"             # the column holds minor units
    item_type = "categories:first"          # first part of "Shoes > Boots", or of a list; also ":last"
    description = "body:html"               # strip HTML
    "attributes.colour" = "Colours:split"   # one attribute; several values parted by "|", or ":commas"
    attributes = "details"                  # a column that holds an object of attributes
    rating = ""                             # do not read this field, though the file has a column of its name

    [set]                                   # for records that say nothing, as in --set
    currency = "EUR"

    [values.item_type]                      # what the file says = what is stored
    "Schuhe" = "footwear"

A column that is called like a field is read without being mapped; ``price_minor`` is such a name for a price in minor
units, and ``attributes.NAME`` for an attribute. In JSON Lines a column may be a path into objects: ``price.amount``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog_db.errors import CatalogError, ImportFileError
from catalog_db.importers.values import html_to_text, is_missing, to_path, to_text

PRODUCT_FIELDS = (
    *("sku", "title", "item_type", "brand", "category_path", "description", "price", "price_minor", "currency"),
    *("stock", "rating", "rating_count", "image", "link", "active", "created_at", "attributes"),
)
EVENT_FIELDS = ("shopper", "sku", "kind", "at")
ATTRIBUTE = "attributes."
CONVERSIONS = ("minor", "first", "last", "html", "split", "commas")
SPLIT_AT = {"split": "|", "commas": ","}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field comes from."""

    column: str
    conversion: str = ""


@dataclass(frozen=True)
class ColumnMapping:
    """Which column is which field, and what to do about missing and foreign values.

    Args:
        fields: field → its source; an empty column means that the field is not read.
        constants: field → the value for records that say nothing.
        values: field → what the file says → what is stored.
    """

    fields: Mapping[str, Source] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def sources(self, columns: Iterable[str], known: tuple[str, ...]) -> dict[str, Source]:
        """Every field that can be read from a file with these columns, with its source."""
        found = {
            name: Source(name)
            for name in columns
            if name in known or (name.startswith(ATTRIBUTE) and "attributes" in known)
        }
        found |= self.fields
        if "price" in self.fields and "price_minor" not in self.fields:
            found.pop("price_minor", None)
        return {name: source for name, source in found.items() if source.column}

    def raw(self, record: Mapping[str, Any], sources: Mapping[str, Source]) -> dict[str, Any]:
        """Field → value as read and converted, of one record; missing fields are left out, constants filled in.

        Raises:
            ValueError: a conversion is impossible.
        """
        raw: dict[str, Any] = {}
        for name, source in sources.items():
            value = _look_up(record, source.column)
            if is_missing(value):
                continue
            value = _convert(value, source.conversion)
            target = "price_minor" if source.conversion == "minor" else name
            raw[target] = self.translate(name, value)
        return self.with_constants(raw)

    def translate(self, name: str, value: Any) -> Any:
        """What is stored for what the file says; of a list, for each of its values."""
        known = self.values.get(name)
        if not known or isinstance(value, dict):
            return value
        if isinstance(value, list):
            return [self.translate(name, one) for one in value]
        return known.get(to_text(value), value)

    def with_constants(self, raw: dict[str, Any]) -> dict[str, Any]:
        """The same with the constants for what is missing."""
        missing = {name: value for name, value in self.constants.items() if is_missing(raw.get(name))}
        return raw | missing


def parse_mapping(
    maps: Iterable[str] = (),
    constants: Iterable[str] = (),
    file: Path | None = None,
    *,
    known: tuple[str, ...] = PRODUCT_FIELDS,
) -> ColumnMapping:
    """A mapping from the command line's words, on top of a TOML file's.

    Raises:
        CatalogError: a word that is not understood, an unknown field.
        ImportFileError: the file cannot be read.
    """
    tables = _read_toml(file) if file is not None else {}
    fields = {name: _parse_source(name, text, known) for name, text in tables.get("fields", {}).items()}
    fixed = {_check_field(name, known): text for name, text in tables.get("set", {}).items()}
    for word in maps:
        name, text = _split_word(word, "--map FIELD=COLUMN, for example --map sku=id")
        fields[name] = _parse_source(name, text, known)
    for word in constants:
        name, text = _split_word(word, "--set FIELD=VALUE, for example --set currency=EUR")
        fixed[_check_field(name, known)] = text
    values = {_check_field(name, known): table for name, table in tables.get("values", {}).items()}
    return ColumnMapping(fields, fixed, values)


def _read_toml(path: Path) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportFileError(f"the mapping {path} is not TOML: {error}") from error
    except OSError as error:
        raise ImportFileError(f"cannot read {path}: {error.strerror or error}") from error
    for name, table in tables.items():
        if name not in ("fields", "set", "values") or not isinstance(table, dict):
            raise CatalogError(f"the mapping {path} has no place for {name!r}", "its tables are fields, set and values")
        inner = table.values() if name == "values" else [table]
        if any(not isinstance(one, dict) or not all(isinstance(v, str) for v in one.values()) for one in inner):
            raise CatalogError(f"in the mapping {path}, the table {name!r} holds something else than text")
    return tables


def _split_word(word: str, usage: str) -> tuple[str, str]:
    name, equals, text = word.partition("=")
    if not equals or not name.strip():
        raise CatalogError(f"{word!r} is not a mapping", f"write {usage}")
    return name.strip(), text.strip()


def _check_field(name: str, known: tuple[str, ...]) -> str:
    if name in known or (name.startswith(ATTRIBUTE) and len(name) > len(ATTRIBUTE) and "attributes" in known):
        return name
    raise CatalogError(f"there is no field {name!r}", f"fields are {', '.join(known)}, attributes.NAME")


def _parse_source(name: str, text: str, known: tuple[str, ...]) -> Source:
    _check_field(name, known)
    # A column's own name may hold a colon, as g:id does.
    column, colon, conversion = text.rpartition(":")
    if not colon or conversion not in CONVERSIONS:
        return Source(text)
    if conversion == "minor" and name != "price":
        raise CatalogError(f"only a price can be in minor units, not {name!r}")
    return Source(column, conversion)


def _look_up(record: Mapping[str, Any], column: str) -> Any:
    if column in record:
        return record[column]
    value: Any = record
    for step in column.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def _convert(value: Any, conversion: str) -> Any:
    if conversion in ("first", "last"):
        segments = to_path(value)
        return segments[0 if conversion == "first" else -1] if segments else None
    if conversion == "html":
        return html_to_text(value)
    if conversion in SPLIT_AT and isinstance(value, str):
        return value.split(SPLIT_AT[conversion])
    return value
