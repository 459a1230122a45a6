"""The kinds of product that the sample store sells, read from YAML and checked.

A kind's entry holds what a shopper says about it (plural, synonyms, needs, goes_with) and what its products are made
of (materials, colours, sizes, features, prices and sentences for descriptions; see ``sentences``).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog_db.sample.reading import Reader, SampleDataError, read_yaml
from catalog_db.sample.sentences import Sentence, read_nouns, read_sentences
from catalog_db.sample.vocabulary import Vocabulary, load_vocabulary

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


@dataclass(frozen=True, slots=True)
class MaterialSpec:
    """A material of one kind: what it does to the price, which colours it comes in, what to say about it."""

    factor: float
    share: float
    colours: tuple[str, ...]
    unfit: frozenset[str]
    """The uses of the kind that it does not serve."""
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """A feature of one kind: which materials can have it, which features rule it out, what to say about it."""

    share: float
    materials: frozenset[str]
    excludes: frozenset[str]
    needs: frozenset[str]
    """The features without which it makes no sense."""
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


def slugify(name: str) -> str:
    """``name`` in lower case with ``-`` for every run of characters that are neither letters nor digits."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _material(where: str, raw: object, kind_colours: tuple[str, ...], vocabulary: Vocabulary) -> MaterialSpec:
    reader = Reader(where, raw)
    spec = MaterialSpec(
        factor=float(reader.take("factor", (int, float), 1.0)),
        share=float(reader.take("share", (int, float), 1.0)),
        colours=reader.words("colours", 0, vocabulary.colours) or kind_colours,
        unfit=frozenset(reader.words("unfit", 0, vocabulary.uses)),
        sentences=read_sentences(reader, "text", 1),
    )
    reader.done()
    return spec


def _feature(where: str, raw: object, materials: Mapping[str, Any], vocabulary: Vocabulary) -> FeatureSpec:
    reader = Reader(where, {"text": raw} if isinstance(raw, list) else raw)
    spec = FeatureSpec(
        share=float(reader.take("share", (int, float), 1.0)),
        materials=frozenset(reader.words("only", 0, tuple(materials)) or materials),
        excludes=frozenset(reader.words("excludes", 0, vocabulary.features)),
        needs=frozenset(reader.words("needs", 0, vocabulary.features)),
        sentences=read_sentences(reader, "text", 1),
    )
    reader.done()
    return spec


def _kind(name: str, item_type: str, raw: object, vocabulary: Vocabulary) -> KindSpec:
    where = f"{item_type}.yaml, {name}"
    reader = Reader(where, raw)
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
        nouns=read_nouns(reader, "nouns"),
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
        openings=read_sentences(reader, "openings", 6),
        closings=read_sentences(reader, "closings", 5),
    )
    reader.done()
    if not 10 <= spec.count <= 24:
        raise reader.fail("count must be between 10 and 24")
    heads = {word.split()[-1].lower() for word in (spec.name, spec.plural)}
    for noun in spec.nouns:
        if not any(head in noun.text.lower() for head in heads):
            raise reader.fail(f"the noun {noun.text!r} does not name the kind")
    _check_conditions(where, spec)
    for need in spec.needs:
        if spec.name in need or spec.plural in need:
            raise reader.fail(f"the need {need!r} names the kind")
    return spec


def _check_conditions(where: str, kind: KindSpec) -> None:
    """A condition that no product of the kind can meet, or miss, is a slip of the pen."""
    colours = {*kind.colours, *(colour for spec in kind.materials.values() for colour in spec.colours)}
    possible = {
        "colour": colours,
        "material": set(kind.materials),
        "feature": set(kind.features),
        "use": set(kind.uses),
        "size": set(kind.sizes),
        "capacity": set(kind.capacities),
        "audience": set(kind.audience),
        "noun": {noun.text for noun in kind.nouns},
    }
    sentences = [*kind.nouns, *kind.openings, *kind.closings]
    for groups in (kind.materials.values(), kind.features.values()):
        sentences += [sentence for group in groups for sentence in group.sentences]
    for sentence in sentences:
        for condition in sentence.conditions:
            unknown = sorted(condition.values - possible[condition.name])
            if unknown:
                raise SampleDataError(where, f"condition {condition.name}={'|'.join(unknown)} fits no product")


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
