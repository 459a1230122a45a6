"""What the sample store sells: the kinds of product and the brands, read from YAML and checked.

A kind's file entry holds what a shopper says about it (plural, synonyms, needs, goes_with) and what its products are
made of (materials, colours, sizes, features, prices and sentences for descriptions). A sentence may start with a
condition on the product, ``<audience=kids>`` or ``<material!=leather|suede; size=king>``, and may use the
placeholders in :data:`PLACEHOLDERS`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog_db.sample.vocabulary import SampleDataError, Vocabulary, load_vocabulary, read_yaml

ITEM_TYPES = (
    "footwear",
    "clothing",
    "bags",
    "kitchen",
    "bed_bath",
    "furniture",
    "lighting",
    "electronics",
    "outdoor",
    "fitness",
    "garden",
    "toys",
)
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


@dataclass(frozen=True, slots=True)
class MaterialSpec:
    """A material of one kind: what it does to the price, which colours it comes in, what to say about it."""

    factor: float
    share: float
    colours: tuple[str, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """A feature of one kind: which materials can have it, which features rule it out, what to say about it."""

    share: float
    materials: frozenset[str]
    excludes: frozenset[str]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A kind of product: what shoppers say about it, and all the generator needs to make its products."""

    name: str
    item_type: str
    plural: str
    synonyms: tuple[str, ...]
    """Words that people type for it."""
    needs: tuple[str, ...]
    """Wishes that it answers, said without its name."""
    goes_with: tuple[str, ...]
    """Other kinds that are bought together with it."""
    category_path: str
    count: int
    price: float
    """What a plain one of a middling brand costs, in US dollars."""
    nouns: tuple[Sentence, ...]
    """How titles name it, the most usual first."""
    colours: tuple[str, ...]
    uses: tuple[str, ...]
    audience: Mapping[str, float]
    """Audience → its share of the products; the rest have none."""
    sizes: Mapping[str, float]
    """Size → what it does to the price."""
    capacities: Mapping[str, float]
    """Capacity → what it does to the price."""
    materials: Mapping[str, MaterialSpec]
    always: tuple[str, ...]
    """Features that every product of the kind has."""
    features: Mapping[str, FeatureSpec]
    openings: tuple[Sentence, ...]
    closings: tuple[Sentence, ...]

    @property
    def slug(self) -> str:
        """The kind's name for file names, such as ``chef-s-knife``."""
        return slugify(self.name)


@dataclass(frozen=True, slots=True)
class BrandSpec:
    """An invented brand."""

    name: str
    level: int
    """Price level, 1 (thrifty) to 5 (dear)."""
    quality: float
    """What reviewers make of it, -1 to 1."""
    about: str
    kinds: frozenset[str]
    vegan: bool
    favours: frozenset[str]
    """The materials it works in; of a kind that comes in none of them, it uses the others."""
    lines: tuple[str, ...]
    """The names it gives its models."""

    @property
    def slug(self) -> str:
        """The brand's name for file names."""
        return slugify(self.name)


def slugify(name: str) -> str:
    """``name`` in lower case with ``-`` for every run of characters that are neither letters nor digits."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


class _Reader:
    """Reads the fields of one mapping, and says where it is when something is wrong."""

    def __init__(self, where: str, raw: object) -> None:
        self.where = where
        if not isinstance(raw, dict):
            raise SampleDataError(where, f"expected a mapping, found {type(raw).__name__}")
        self.raw: dict[str, Any] = dict(raw)

    def fail(self, problem: str) -> SampleDataError:
        return SampleDataError(self.where, problem)

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        value = self.raw.pop(key, default)
        if value is None:
            raise self.fail(f"{key} is missing")
        if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
            raise self.fail(f"{key} has the wrong type ({type(value).__name__})")
        return value

    def words(
        self, key: str, least: int, allowed: Mapping[str, Any] | tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """A list of distinct strings, at least ``least`` of them, all ``allowed``."""
        values = self.take(key, list, [])
        if not all(isinstance(value, str) and value == value.strip() and value for value in values):
            raise self.fail(f"{key} must be a list of words")
        if len(values) < least or len(set(values)) < len(values):
            raise self.fail(f"{key} needs {least} or more different values")
        self._known(key, values, allowed)
        return tuple(values)

    def numbers(self, key: str, allowed: Mapping[str, Any] | tuple[str, ...]) -> dict[str, float]:
        """A mapping from allowed words to positive numbers; empty when absent."""
        values = self.take(key, dict, {})
        self._known(key, list(values), allowed)
        for word, value in values.items():
            if not isinstance(value, (int, float)) or value <= 0:
                raise self.fail(f"{key}, {word}: expected a number above 0")
        return {word: float(value) for word, value in values.items()}

    def sentences(self, key: str, least: int) -> tuple[Sentence, ...]:
        """A list of sentences, each perhaps with a condition."""
        return tuple(_sentence(f"{self.where}, {key}", text) for text in self.words(key, least))

    def nouns(self, key: str) -> tuple[Sentence, ...]:
        """A list of nouns, each perhaps with a condition; the first has none."""
        nouns = tuple(_conditional(f"{self.where}, {key}", text) for text in self.words(key, 1))
        if nouns[0].conditions or any(noun.placeholders for noun in nouns):
            raise self.fail(f"{key}: the first must have no condition, and none a placeholder")
        return nouns

    def done(self) -> None:
        if self.raw:
            raise self.fail(f"unknown fields: {', '.join(sorted(self.raw))}")

    def _known(self, key: str, values: list[str], allowed: Mapping[str, Any] | tuple[str, ...] | None) -> None:
        unknown = [value for value in values if allowed is not None and value not in allowed]
        if unknown:
            raise self.fail(f"{key}: not in the vocabulary: {', '.join(map(str, unknown))}")


def _conditional(where: str, text: str) -> Sentence:
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


def _sentence(where: str, text: str) -> Sentence:
    sentence = _conditional(where, text)
    # Values are in lower case, so that no other placeholder may open a sentence.
    if (
        not re.match(r"[A-Z]|\{A_colour\}", sentence.text)
        or not sentence.text.endswith((".", "?", "!"))
        or "  " in sentence.text
    ):
        raise SampleDataError(where, f"not a sentence: {text}")
    return sentence


def _material(where: str, raw: object, kind_colours: tuple[str, ...], vocabulary: Vocabulary) -> MaterialSpec:
    reader = _Reader(where, raw)
    spec = MaterialSpec(
        factor=float(reader.take("factor", (int, float), 1.0)),
        share=float(reader.take("share", (int, float), 1.0)),
        colours=reader.words("colours", 0, vocabulary.colours) or kind_colours,
        sentences=reader.sentences("text", 1),
    )
    reader.done()
    return spec


def _feature(where: str, raw: object, materials: Mapping[str, Any], vocabulary: Vocabulary) -> FeatureSpec:
    reader = _Reader(where, {"text": raw} if isinstance(raw, list) else raw)
    spec = FeatureSpec(
        share=float(reader.take("share", (int, float), 1.0)),
        materials=frozenset(reader.words("only", 0, tuple(materials)) or materials),
        excludes=frozenset(reader.words("excludes", 0, vocabulary.features)),
        sentences=reader.sentences("text", 1),
    )
    reader.done()
    return spec


def _kind(name: str, item_type: str, raw: object, vocabulary: Vocabulary) -> KindSpec:
    where = f"{item_type}.yaml, {name}"
    reader = _Reader(where, raw)
    colours = reader.words("colours", 4, vocabulary.colours)
    materials_raw = reader.take("materials", dict)
    features_raw = reader.take("features", dict)
    for key, values, allowed in (
        ("materials", materials_raw, vocabulary.materials),
        ("features", features_raw, vocabulary.features),
    ):
        unknown = [value for value in values if value not in allowed]
        if unknown:
            raise reader.fail(f"{key}: not in the vocabulary: {', '.join(map(str, unknown))}")
    spec = KindSpec(
        name=name,
        item_type=item_type,
        plural=reader.take("plural", str),
        synonyms=reader.words("synonyms", 1),
        needs=reader.words("needs", 3),
        goes_with=reader.words("goes_with", 2),
        category_path=reader.take("category", str),
        count=reader.take("count", int),
        price=float(reader.take("price", (int, float))),
        nouns=reader.nouns("nouns"),
        colours=colours,
        uses=reader.words("uses", 1, vocabulary.uses),
        audience=reader.numbers("audience", vocabulary.audiences),
        sizes=reader.numbers("sizes", vocabulary.sizes),
        capacities=reader.numbers("capacities", vocabulary.capacities),
        materials={
            key: _material(f"{where}, {key}", value, colours, vocabulary) for key, value in materials_raw.items()
        },
        always=reader.words("always", 0, tuple(features_raw)),
        features={
            key: _feature(f"{where}, {key}", value, materials_raw, vocabulary) for key, value in features_raw.items()
        },
        openings=reader.sentences("openings", 6),
        closings=reader.sentences("closings", 5),
    )
    reader.done()
    if not 10 <= spec.count <= 24:
        raise reader.fail("count must be between 10 and 24")
    heads = {word.split()[-1].lower() for word in (spec.name, spec.plural)}
    for noun in spec.nouns:
        if not any(head in noun.text.lower() for head in heads):
            raise reader.fail(f"the noun {noun.text!r} does not name the kind")
    for need in spec.needs:
        if spec.name in need or spec.plural in need:
            raise reader.fail(f"the need {need!r} names the kind")
    return spec


@functools.cache
def load_kinds() -> dict[str, KindSpec]:
    """Every kind by name, in the order of the shop's navigation.

    Raises:
        SampleDataError: a file is not as it should be; the message names the file, the kind and the field.
    """
    vocabulary = load_vocabulary()
    kinds: dict[str, KindSpec] = {}
    for item_type in ITEM_TYPES:
        raw = read_yaml(f"{item_type}.yaml")
        if not isinstance(raw, dict):
            raise SampleDataError(f"{item_type}.yaml", "expected a mapping from kinds to their data")
        for name, entry in raw.items():
            if name in kinds:
                raise SampleDataError(f"{item_type}.yaml", f"{name} is in two files")
            kinds[name] = _kind(name, item_type, entry, vocabulary)
    for kind in kinds.values():
        unknown = [other for other in kind.goes_with if other not in kinds or other == kind.name]
        if unknown:
            raise SampleDataError(
                f"{kind.item_type}.yaml, {kind.name}", f"goes_with: no such kind: {', '.join(unknown)}"
            )
    return kinds


@functools.cache
def load_brands() -> dict[str, BrandSpec]:
    """Every brand by name.

    Raises:
        SampleDataError: ``brands.yaml`` is not as it should be, or a brand makes a kind that does not exist.
    """
    kinds = load_kinds()
    brands: dict[str, BrandSpec] = {}
    raw = read_yaml("brands.yaml")
    if not isinstance(raw, dict):
        raise SampleDataError("brands.yaml", "expected a mapping from brands to their data")
    for name, entry in raw.items():
        reader = _Reader(f"brands.yaml, {name}", entry)
        made: set[str] = set()
        for item_type, names in reader.take("makes", dict).items():
            of_type = [kind.name for kind in kinds.values() if kind.item_type == item_type]
            if not of_type:
                raise reader.fail(f"makes: no such item type: {item_type}")
            unknown = [] if names == "all" else [kind for kind in names if kind not in of_type]
            if unknown:
                raise reader.fail(f"makes: no such kind of {item_type}: {', '.join(unknown)}")
            made.update(of_type if names == "all" else names)
        brands[name] = BrandSpec(
            name=name,
            level=reader.take("level", int),
            quality=float(reader.take("quality", (int, float))),
            about=reader.take("about", str),
            kinds=frozenset(made),
            vegan=reader.take("vegan", bool, False),
            favours=frozenset(reader.words("favours", 0, load_vocabulary().materials)),
            lines=reader.words("lines", 5),
        )
        reader.done()
        if brands[name].level not in range(1, 6) or not -1 <= brands[name].quality <= 1:
            raise reader.fail("level must be 1 to 5 and quality -1 to 1")
    return brands
