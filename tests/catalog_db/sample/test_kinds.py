"""The sample store's data files: what they hold is checked, and a mistake is named by file, kind and field."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from catalog_db.errors import CatalogError
from catalog_db.sample import brands, kinds
from catalog_db.sample.brands import load_brands
from catalog_db.sample.kinds import ITEM_TYPES, KindSpec, load_kinds, slugify
from catalog_db.sample.reading import SampleDataError, read_yaml
from catalog_db.sample.vocabulary import load_vocabulary

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, Change], None]]:
    """Changes what one data file holds, for one test."""

    def change(file: str, how: Change) -> None:
        def read(name: str) -> Any:
            raw = copy.deepcopy(read_yaml(name))
            if name == file:
                how(raw)
            return raw

        for module in (kinds, brands):
            monkeypatch.setattr(module, "read_yaml", read)
        load_kinds.cache_clear()
        load_brands.cache_clear()

    yield change
    load_kinds.cache_clear()
    load_brands.cache_clear()


def test_every_kind_says_what_shoppers_say() -> None:
    loaded = load_kinds()
    assert len(loaded) == 96
    for kind in loaded.values():
        assert kind.item_type in ITEM_TYPES
        assert 3 <= len(kind.needs) <= 6
        assert 2 <= len(kind.goes_with) <= 5
        assert set(kind.goes_with) <= set(loaded) - {kind.name}
        assert kind.plural != kind.name or kind.name.endswith("s")
        for word in (*kind.synonyms, *kind.needs):
            assert "  " not in word
        assert kind.name not in kind.synonyms


def test_every_sentence_says_only_what_its_place_allows() -> None:
    """An opening names no colour, material or feature of its own; a material's sentence only its material."""
    vocabulary = load_vocabulary()

    def claims(text: str, name: str) -> set[str]:
        return vocabulary.claims(name, text)

    for kind in load_kinds().values():
        for sentence in (*kind.openings, *kind.closings):
            for name in ("colour", "material", "feature"):
                assert not claims(sentence.text, name), (kind.name, sentence.text)
        for material, of_material in kind.materials.items():
            for sentence in of_material.sentences:
                assert not claims(sentence.text, "colour") | claims(sentence.text, "feature"), sentence.text
                assert claims(sentence.text, "material") <= {material, *material.split()}, sentence.text
        for feature, of_feature in kind.features.items():
            for sentence in of_feature.sentences:
                assert claims(sentence.text, "feature") <= {feature}, sentence.text
                assert not claims(sentence.text, "colour") | claims(sentence.text, "material"), sentence.text


def test_brands_are_many_and_each_makes_something() -> None:
    loaded = load_brands()
    assert 38 <= len(loaded) <= 45
    assert {brand.level for brand in loaded.values()} == {1, 2, 3, 4, 5}
    for brand in loaded.values():
        assert len(brand.kinds) >= 3
        assert brand.about.endswith(".")
    makers = [sum(kind in brand.kinds for brand in loaded.values()) for kind in load_kinds()]
    assert min(makers) >= 4


def test_names_are_not_words_of_the_vocabulary() -> None:
    """Otherwise a brand or a model name would claim a colour or a material."""
    vocabulary = load_vocabulary()
    for brand in load_brands().values():
        for name in (brand.name, *brand.lines):
            for attribute in ("colour", "material", "feature"):
                assert not vocabulary.claims(attribute, name), name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a dark navy coat", {"navy"}),
        ("Oranges and clearings", set()),
        ("olive or GREEN", {"olive", "green"}),
    ],
)
def test_claims_about_colour(text: str, found: set[str]) -> None:
    assert load_vocabulary().claims("colour", text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("stainless steel lid", {"stainless steel"}),
        ("a steel lid", {"steel"}),
        ("It folds down flat", set()),
        ("filled with duck down", {"down"}),
        ("recycled-polyester fleece", {"recycled polyester", "fleece"}),
    ],
)
def test_claims_about_material(text: str, found: set[str]) -> None:
    assert load_vocabulary().claims("material", text) == found


def test_claims_about_features_and_uses() -> None:
    assert load_vocabulary().claims("feature", "A dishwasher-safe, Non-Slip mug") == {"dishwasher safe", "non-slip"}
    assert load_vocabulary().claims("use", "for hiking and the living room") == {"hiking", "living room"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw["mug"].pop("plural"), "mug: plural is missing"),
        (lambda raw: raw["mug"].update(plural=3), "mug: plural has the wrong type"),
        (lambda raw: raw["mug"].update(hue="red"), "mug: unknown fields: hue"),
        (lambda raw: raw["mug"]["colours"].append("mauve"), "mug: colours: not in the vocabulary: mauve"),
        (lambda raw: raw["mug"]["materials"].update(cheese={}), "mug: materials: not in the vocabulary: cheese"),
        (lambda raw: raw["mug"].update(colours=["red"]), "mug: colours needs 4 or more"),
        (lambda raw: raw["mug"].update(count=500), "mug: count must be between"),
        (lambda raw: raw["mug"].update(price=True), "mug: price has the wrong type"),
        (lambda raw: raw["mug"]["capacities"].update({"1 l": -1}), "mug: capacities, 1 l: expected a number above 0"),
        (lambda raw: raw["mug"]["goes_with"].append("unicorn"), "goes_with: no such kind: unicorn"),
        (lambda raw: raw["mug"]["needs"].append("a mug for tea"), "the need 'a mug for tea' names the kind"),
        (lambda raw: raw["mug"].update(nouns=["Bowl"]), "the noun 'Bowl' does not name the kind"),
        (lambda raw: raw["mug"].update(nouns=["<material=glass> Mug"]), "the first must have no condition"),
        (lambda raw: raw["mug"]["openings"].append("A {hue} mug."), "unknown placeholder"),
        (lambda raw: raw["mug"]["openings"].append("A mug"), "not a sentence"),
        (lambda raw: raw["mug"]["openings"].append("a mug."), "not a sentence"),
        (lambda raw: raw["mug"]["openings"].append("<weight=3> A mug."), "cannot read the condition"),
        (lambda raw: raw["mug"]["openings"].append("<material=chese> A mug."), "chese"),
        (lambda raw: raw["mug"].update(openings=["One mug."]), "openings needs 6 or more"),
        (lambda raw: raw.update(mug=[]), "expected a mapping"),
        (lambda raw: raw.update({"rain boot": raw["mug"]}), "rain boot is in two files"),
    ],
)
def test_a_mistake_in_a_kind_is_named(broken: Callable[[str, Change], None], change: Change, says: str) -> None:
    broken("kitchen.yaml", change)
    with pytest.raises(SampleDataError) as raised:
        load_kinds()
    assert "kitchen.yaml" in raised.value.message
    assert says in raised.value.message
    assert raised.value.hint
    assert isinstance(raised.value, CatalogError)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw["Tarnwick"].update(level=6), "Tarnwick: level must be 1 to 5"),
        (lambda raw: raw["Tarnwick"]["makes"].update(shoes="all"), "makes: no such item type: shoes"),
        (lambda raw: raw["Tarnwick"]["makes"].update(toys=["yo-yo"]), "makes: no such kind of toys: yo-yo"),
        (lambda raw: raw["Tarnwick"].update(favours=["jelly"]), "favours: not in the vocabulary: jelly"),
        (lambda raw: raw["Tarnwick"].update(motto="Up"), "unknown fields: motto"),
    ],
)
def test_a_mistake_in_a_brand_is_named(broken: Callable[[str, Change], None], change: Change, says: str) -> None:
    broken("brands.yaml", change)
    with pytest.raises(SampleDataError) as raised:
        load_brands()
    assert says in raised.value.message


def test_a_condition_is_read(broken: Callable[[str, Change], None]) -> None:
    broken(
        "kitchen.yaml", lambda raw: raw["mug"]["openings"].append("<material!=glass|ceramic; use=gift> For {brand}.")
    )
    kind: KindSpec = load_kinds()["mug"]
    first, second = kind.openings[-1].conditions
    assert (first.name, first.values, first.negated) == ("material", {"glass", "ceramic"}, True)
    assert (second.name, second.values, second.negated) == ("use", {"gift"}, False)
    assert kind.openings[-1].placeholders == {"brand"}
    assert first.holds({"material": ("porcelain",)})
    assert not first.holds({"material": ("glass",)})
    assert second.holds({"use": ("office", "gift")})
    assert not second.holds({})


@pytest.mark.parametrize(
    ("name", "slug"), [("chef's knife", "chef-s-knife"), ("Satchell & Dray", "satchell-dray"), ("t-shirt", "t-shirt")]
)
def test_slugs(name: str, slug: str) -> None:
    assert slugify(name) == slug
