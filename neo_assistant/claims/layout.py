"""How a reply is laid out: sentences, and the items that each sentence speaks of by where it stands.

* A line that ends above items speaks of the items that follow it, up to the next line of words.
* Words behind an item, on its line, speak of that item; words before it too, if it is the only one of its line.
* Any other sentence of a reply that shows items speaks of all of them, and of a reply that shows none, of the items
  that the shopper had before their eyes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog_db.products import ProductRecord

Part = str | ProductRecord


@dataclass(frozen=True)
class Sentence:
    """A sentence and what it speaks of if its words do not say.

    Args:
        text: the sentence.
        about: the items.
        heading: whether it stands above items.
    """

    text: str
    about: tuple[ProductRecord, ...]
    heading: bool = False

    @property
    def asks(self) -> bool:
        """Whether it is a question, which states nothing."""
        return self.text.rstrip().endswith("?")


def sentences(parts: Sequence[Part], shown: Sequence[ProductRecord]) -> list[Sentence]:
    """The sentences of a reply in their order.

    Args:
        parts: words and items in the order in which they stand.
        shown: the items that the shopper had before their eyes: of the turn itself, or last shown.
    """
    lines = _lines(parts)
    own = [part for part in parts if not isinstance(part, str)]
    pool = tuple(own or shown)
    found: list[Sentence] = []
    for number, line in enumerate(lines):
        items = [part for part in line if not isinstance(part, str)]
        if not items:
            below = tuple(_run(lines[number + 1 :]))
            texts = [text for part in line if isinstance(part, str) for text in split(part)]
            # Only the sentence next to the items is their heading.
            found += [Sentence(text, pool) for text in texts[:-1]]
            found += [Sentence(text, below or pool, bool(below)) for text in texts[-1:]]
        else:
            found += _beside(line, items)
    return found


def split(text: str) -> list[str]:
    """The sentences of a text; a decimal point ends none."""
    return [one.strip() for one in re.split(r"(?<=[.!?])\s+|\n", text) if one.strip()]


def _beside(line: Sequence[Part], items: list[ProductRecord]) -> Iterator[Sentence]:
    """Sentences on a line with items."""
    last: ProductRecord | None = None
    for part in line:
        if not isinstance(part, str):
            last = part
            continue
        heading = last is None and (len(items) == 1 or part.rstrip().endswith(":"))
        about = (last,) if last is not None else tuple(items) if heading else (items[0],)
        yield from (Sentence(text, about, heading) for text in split(part))


def _lines(parts: Sequence[Part]) -> list[list[Part]]:
    lines: list[list[Part]] = [[]]
    for part in parts:
        if not isinstance(part, str):
            lines[-1].append(part)
            continue
        first, *rest = part.split("\n")
        if first.strip():
            lines[-1].append(first)
        for piece in rest:
            lines.append([piece] if piece.strip() else [])
    return [line for line in lines if line]


def _run(lines: Sequence[Sequence[Part]]) -> Iterator[ProductRecord]:
    """Items of the lines that follow, up to one of words alone."""
    for line in lines:
        items = [part for part in line if not isinstance(part, str)]
        if not items:
            return
        yield from items
