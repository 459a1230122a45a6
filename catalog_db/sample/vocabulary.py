"""The words that products of the sample store may use, and how to find them in a text.

Descriptions are chosen from sentences written by hand. A sentence that says "waterproof" may only describe a product
that is waterproof: :meth:`Vocabulary.claims` finds what a text says about a product, so that the generator can leave
out what is not true and the tests can check what was written.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from catalog_db.sample.reading import SampleDataError, read_yaml


@dataclass(frozen=True, slots=True)
class Material:
    """A material."""

    name: str
    in_title: bool
    """Whether a title may name it."""
    animal: bool
    """Whether it comes from an animal, so that nothing vegan is made of it."""
    levels: tuple[int, int]
    """The price levels of the brands that use it, from and to."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature."""

    name: str
    factor: float
    """What it does to the price."""
    title: str
    """How a title says it; empty when a title never does."""
    levels: tuple[int, int]
    """The price levels of the brands that offer it, from and to."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every value that the attributes of the sample store may have."""

    colours: tuple[str, ...]
    materials: Mapping[str, Material]
    features: Mapping[str, Feature]
    uses: tuple[str, ...]
    audiences: Mapping[str, str]
    """Audience → how a title says it."""
    sizes: tuple[str, ...]
    capacities: tuple[str, ...]
    patterns: Mapping[str, re.Pattern[str]]
    """Attribute name → one pattern for all its values; a group per value, in vocabulary order."""

    def claims(self, name: str, text: str) -> set[str]:
        """The values of attribute ``name`` (colour, material, feature or use) that ``text`` mentions."""
        values = tuple(
            {"colour": self.colours, "material": self.materials, "feature": self.features}.get(name, self.uses)
        )
        return {values[found.lastindex - 1] for found in self.patterns[name].finditer(text) if found.lastindex}


def _either(patterns: list[str]) -> re.Pattern[str]:
    """One pattern with a numbered group for each of ``patterns``; of two that match at a place, the first wins."""
    return re.compile("|".join(rf"\b({pattern})\b" for pattern in patterns), re.IGNORECASE)


def _plain(value: str) -> str:
    """A pattern for ``value``, written with hyphens or with spaces."""
    return r"[- ]".join(re.escape(word) for word in re.split(r"[- ]", value))


@functools.cache
def load_vocabulary() -> Vocabulary:
    """The vocabulary in ``data/vocabulary.yaml``.

    Raises:
        SampleDataError: the file is not as it should be.
    """
    raw = read_yaml("vocabulary.yaml")
    try:
        # Compound names come first, so that "stainless steel" is not read as "steel".
        materials_raw = dict(sorted(raw["materials"].items(), key=lambda item: -len(item[0])))
        materials = {
            name: Material(name, spec.get("title", True), spec.get("animal", False), tuple(spec.get("levels", (1, 5))))
            for name, spec in materials_raw.items()
        }
        features = {
            name: Feature(name, float(spec["factor"]), spec.get("title", ""), tuple(spec.get("levels", (1, 5))))
            for name, spec in raw["features"].items()
        }
        return Vocabulary(
            colours=tuple(raw["colours"]),
            materials=materials,
            features=features,
            uses=tuple(raw["uses"]),
            audiences=dict(raw["audiences"]),
            sizes=tuple(raw["sizes"]),
            capacities=tuple(raw["capacities"]),
            patterns={
                "colour": _either([_plain(name) for name in raw["colours"]]),
                "material": _either([spec.get("says", _plain(name)) for name, spec in materials_raw.items()]),
                "feature": _either([_plain(name) for name in features]),
                "use": _either([_plain(name) for name in raw["uses"]]),
            },
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SampleDataError("vocabulary.yaml", f"{type(error).__name__}: {error}") from error
