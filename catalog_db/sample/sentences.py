"""Sentences for descriptions, and nouns for titles, each perhaps with a condition on the product.

``<audience=kids> A hood with ears.`` is for children's products only; ``<material!=leather|suede; size=king>`` asks for
two things at once. The placeholders in :data:`PLACEHOLDERS` are filled with the product's own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from catalog_db.sample.reading import Reader, SampleDataError

PLACEHOLDERS = frozenset({"brand", "line", "colour", "a_colour", "A_colour", "material", "size", "capacity"})
_CONDITION = re.compile(r"<([^>]*)>\s*")
_CONDITION_NAMES = frozenset({"colour", "material", "feature", "use", "size", "capacity", "audience", "noun"})


@dataclass(frozen=True, slots=True)
class Condition:
    """One part of a sentence's condition: attribute ``name`` has (or, if ``negated``, lacks) one of ``values``."""

    name: str
    values: frozenset[str]
    negated: bool

    def holds(self, attributes: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether a product with these attributes meets it."""
        return self.negated == self.values.isdisjoint(attributes.get(self.name, ()))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence for a description, or a noun for a title, with what a product must be for it to be true."""

    text: str
    conditions: tuple[Condition, ...]
    placeholders: frozenset[str]


def read_sentences(reader: Reader, key: str, least: int) -> tuple[Sentence, ...]:
    """The field ``key``: ``least`` or more sentences, each perhaps with a condition.

    Raises:
        SampleDataError: there are too few, or one is not a sentence.
    """
    sentences = tuple(_parse(f"{reader.where}, {key}", text) for text in reader.words(key, least))
    for sentence in sentences:
        text = sentence.text
        # Values are in lower case, so that no other placeholder may open a sentence.
        begins = re.match(r"[A-Z]|\{A_colour\}", text)
        if not begins or not text.endswith((".", "?", "!")) or "  " in text:
            raise reader.fail(f"{key}: not a sentence: {text}")
    return sentences


def read_nouns(reader: Reader, key: str) -> tuple[Sentence, ...]:
    """The field ``key``: nouns, each perhaps with a condition; the first fits every product.

    Raises:
        SampleDataError: there is none, the first has a condition, or one has a placeholder.
    """
    nouns = tuple(_parse(f"{reader.where}, {key}", text) for text in reader.words(key, 1))
    if nouns[0].conditions or any(noun.placeholders for noun in nouns):
        raise reader.fail(f"{key}: the first must have no condition, and none a placeholder")
    return nouns


def _parse(where: str, text: str) -> Sentence:
    found = _CONDITION.match(text)
    conditions: list[Condition] = []
    if found:
        for part in found[1].split(";"):
            name, equals, values = part.partition("=")
            negated = name.endswith("!")
            name = name.strip().rstrip("!")
            if not equals or name not in _CONDITION_NAMES:
                raise SampleDataError(where, f"cannot read the condition <{found[1]}>")
            conditions.append(Condition(name, frozenset(value.strip() for value in values.split("|")), negated))
        text = text[found.end() :]
    placeholders = frozenset(re.findall(r"\{(\w*)\}", text))
    if placeholders - PLACEHOLDERS or text.count("{") != len(re.findall(r"\{\w+\}", text)):
        raise SampleDataError(where, f"unknown placeholder in: {text}")
    return Sentence(text, tuple(conditions), placeholders)
