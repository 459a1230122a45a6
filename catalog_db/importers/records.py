"""What flows through an import: records as read, rows made of them, and what had to be refused, each with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog_db.rows import EventRow, ProductRow


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file before anything is made of it, and the line (from 1) on which it begins."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that was not taken, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedProduct:
    """A product row, and what of its record was cut or left out."""

    line: int
    row: ProductRow
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """An event row."""

    line: int
    row: EventRow
