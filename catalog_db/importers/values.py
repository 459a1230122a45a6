"""Turn what files hold into what rows hold. Every function raises ``ValueError`` with the reason for a refusal."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from catalog_db.money import parse_price, to_minor
from catalog_db.validation import clean_line, path_segments

_TRUE = frozenset({"true", "yes", "y", "1", "active", "published"})
_FALSE = frozenset({"false", "no", "n", "0", "inactive", "draft", "archived"})
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})
_UNSEEN = frozenset({"script", "style", "template", "head", "noscript"})


def to_text(value: Any) -> str:
    """Text of one line: surrounding and repeated white space goes."""
    return clean_line(_plain(value))


def to_paragraphs(value: Any) -> str:
    """Text of several lines: white space at both ends goes, line ends become ``\\n``."""
    if isinstance(value, list):
        return "\n".join(filter(None, (to_paragraphs(part) for part in value)))
    return _plain(value).replace("\r\n", "\n").replace("\r", "\n").strip()


def html_to_text(html: Any) -> str:
    """The words of an HTML fragment, a line per block; scripts and styles are left out."""
    if isinstance(html, list):
        return "\n".join(filter(None, (html_to_text(part) for part in html)))
    parser = _TextOfHtml()
    parser.feed(_plain(html))
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.words).split("\n"))
    return "\n".join(line for line in lines if line)


class _TextOfHtml(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        if tag in _BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            # Line ends in the source are white space; lines come from blocks.
            self.words.append(re.sub(r"\s+", " ", data))


def to_item_type(value: Any) -> str:
    """A type name of a-z, 0-9 and ``_``: ``Home & Décor`` → ``home_decor``."""
    text = to_text(value)
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", folded).strip("_")
    if not name:
        raise ValueError(f"item type {text!r} has no letter from a to z")
    return name


def to_path(value: Any) -> list[str]:
    """The parts of a category path, of a list or of text parted by ``>``."""
    parts = value if isinstance(value, list) else [value]
    return [segment for part in parts for segment in path_segments(_plain(part))]


def to_price(value: Any, currency: str) -> tuple[int, str]:
    """A price in major units, number or text, as minor units and currency; text may name another currency."""
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is not a price")
    if isinstance(value, int | float):
        if value < 0:
            raise ValueError(f"the price {value!r} is negative")
        return to_minor(Decimal(repr(value)), currency), currency
    text = _plain(value)
    if text.strip().startswith("-"):
        raise ValueError(f"the price {text.strip()!r} is negative")
    return parse_price(text, currency)


def to_int(name: str, value: Any) -> int:
    """A whole number; ``3.0`` and ``"1,200"`` are taken, ``3.5`` is not."""
    number = to_float(name, value)
    if not number.is_integer():
        raise ValueError(f"{name} {value!r} is not a whole number")
    return int(number)


def to_float(name: str, value: Any) -> float:
    """A finite number; thousands in text may be parted by commas."""
    try:
        if isinstance(value, bool):
            raise ValueError
        # Without the underscores that Python takes, and with the commas that people write.
        text = _plain(value).strip().replace("_", " ")
        number = float(re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?:[,.]|$))", "", text))
    except (ValueError, OverflowError):
        raise ValueError(f"{name} {value!r} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{name} {value!r} is not a number")
    return number


def to_bool(name: str, value: Any) -> bool:
    """``true``, ``yes``, ``1``, ``active`` and their opposites."""
    word = _plain(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"{name} {value!r} is neither yes nor no")


def to_time(name: str, value: Any) -> dt.datetime:
    """ISO 8601 (UTC where no zone is given), or seconds or milliseconds since 1970."""
    text = _plain(value).strip()
    try:
        if re.fullmatch(r"[0-9]{9,13}(?:\.[0-9]+)?", text):
            seconds = float(text) / (1000 if float(text) >= 1e11 else 1)
            return dt.datetime.fromtimestamp(seconds, dt.UTC)
        at = dt.datetime.fromisoformat(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{name} {value!r} is not a time") from None


def to_attributes(value: Any) -> dict[str, list[str]]:
    """An object of names and values, or JSON text of one; empty values are left out."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError("attributes are not a JSON object") from None
    if not isinstance(value, Mapping):
        raise ValueError("attributes are not an object of names and values")
    return {to_text(name): to_values(f"attribute {name!r}", given) for name, given in value.items()}


def to_values(name: str, value: Any) -> list[str]:
    """The values of an attribute: of a list, or the one that is given."""
    if isinstance(value, Mapping):
        raise ValueError(f"{name} is an object")
    values = value if isinstance(value, list) else [value]
    return [text for one in values if one is not None and (text := to_text(one))]


def shorten(text: str, limit: int) -> str:
    """Cut at a space where that is possible without losing much; the cut shows."""
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit * 0.8 else cut).rstrip() + "…"


def is_missing(value: Any) -> bool:
    """Whether a file says nothing here: null, an empty list or object, or blank text."""
    return value is None or value == [] or value == {} or (isinstance(value, str) and not value.strip())


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    raise ValueError(f"{type(value).__name__} where a text or number was expected")
