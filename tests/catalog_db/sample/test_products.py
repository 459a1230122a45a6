"""The sample store's products: the same every time, believable, and true to their own attributes."""

from __future__ import annotations

import hashlib
import os
import random
import re
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import pytest

from catalog_db.rows import ProductRow
from catalog_db.sample import products
from catalog_db.sample.brands import load_brands
from catalog_db.sample.copywriting import MAX_SENTENCES, MAX_TITLE, MIN_WORDS, title_case, unit, with_article
from catalog_db.sample.kinds import ITEM_TYPES, load_kinds
from catalog_db.sample.products import FIRST_DAY, LAST_DAY, build_products, shop_price
from catalog_db.sample.vocabulary import load_vocabulary

PRINT_DIGEST = """
import hashlib
from catalog_db.sample.products import build_products
print(hashlib.sha256(repr(build_products()).encode()).hexdigest())
"""
VOWEL_SOUND = re.compile(r"(?!uni|use|usu|eu|one\b|once)[aeiou]|hour|heir|honest|LED|E\d|SD|HD|8", re.IGNORECASE)


@pytest.fixture(scope="module")
def rows() -> list[ProductRow]:
    return build_products()


@pytest.fixture(scope="module")
def by_kind(rows: list[ProductRow]) -> Mapping[str, list[ProductRow]]:
    grouped: dict[str, list[ProductRow]] = defaultdict(list)
    for row in rows:
        grouped[row.attributes["kind"][0]].append(row)
    return grouped


def sentences(row: ProductRow) -> list[str]:
    return re.split(r"(?<=[.!?]) ", row.description)


def text(row: ProductRow) -> str:
    """Title and description, without the names that say nothing about the product."""
    brand = row.brand or ""
    names = sorted((brand, *load_brands()[brand].lines), key=len, reverse=True)
    found = f"{row.title}. {row.description}"
    for name in names:
        found = found.replace(name, "Name")
    return found


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_the_store_is_the_same_in_every_process(rows: list[ProductRow], hash_seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    printed = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST], env=environment, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert printed.strip() == hashlib.sha256(repr(rows).encode()).hexdigest()


def test_a_kind_does_not_depend_on_the_others(rows: list[ProductRow], monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {name: kind for name, kind in load_kinds().items() if kind.item_type in ("kitchen", "toys")}
    monkeypatch.setattr(products, "load_kinds", lambda: kept)
    assert build_products() == [row for row in rows if row.item_type in ("kitchen", "toys")]


def test_sizes_of_the_shop(rows: list[ProductRow], by_kind: Mapping[str, Sequence[ProductRow]]) -> None:
    assert 1480 <= len(rows) <= 1540
    assert list(dict.fromkeys(row.item_type for row in rows)) == list(ITEM_TYPES)
    assert list(by_kind) == list(load_kinds())
    assert len(by_kind) == 96
    assert set(Counter(kind.item_type for kind in load_kinds().values()).values()) == {8}
    assert {name: len(found) for name, found in by_kind.items()} == {
        name: kind.count for name, kind in load_kinds().items()
    }


def test_names_are_unique(rows: list[ProductRow]) -> None:
    for values in ([row.sku for row in rows], [row.title for row in rows], [row.description for row in rows]):
        assert len(set(values)) == len(values)
    assert all(re.fullmatch(r"[A-Z]{2}[A-Z2-7]{5}", row.sku) for row in rows)


def test_a_sku_tells_neither_age_nor_rank(by_kind: Mapping[str, Sequence[ProductRow]]) -> None:
    """Within a kind, the order of the SKUs has nothing to do with the order of the products."""
    ordered = sum([row.sku for row in found] == sorted(row.sku for row in found) for found in by_kind.values())
    assert ordered == 0


def test_fields_are_in_range(rows: list[ProductRow]) -> None:
    for row in rows:
        assert row.price_minor is not None
        assert row.price_minor > 300
        assert row.currency == "USD"
        assert row.stock is not None
        assert 0 <= row.stock <= 120
        assert (row.rating is None) == (row.rating_count == 0)
        assert row.rating is None or (3.2 <= row.rating <= 4.9 and row.rating == round(row.rating, 1))
        assert row.created_at is not None
        assert FIRST_DAY <= row.created_at <= LAST_DAY
        assert row.category_path.count(" > ") == 1
        assert len(row.title) < MAX_TITLE
        assert row.active
        assert row.link == ""


def test_a_picture_is_named_by_kind_and_colour(rows: list[ProductRow]) -> None:
    for row in rows:
        kind, colour = row.attributes["kind"][0], row.attributes["colour"][0]
        assert row.image == f"pictures/{re.sub('[^a-z0-9]+', '-', kind)}-{colour}.svg"


def test_stock_and_novelty(rows: list[ProductRow]) -> None:
    assert 0.06 < sum(row.stock == 0 for row in rows) / len(rows) < 0.10
    in_stock = [row.stock for row in rows if row.stock]
    assert statistics.median(in_stock) < statistics.mean(in_stock), "many have few, few have many"
    assert 20 < sum(row.rating is None for row in rows) < 150
    counts = [row.rating_count for row in rows]
    assert statistics.mean(counts) > 1.5 * statistics.median(counts)


def test_attributes_use_the_vocabulary(rows: list[ProductRow]) -> None:
    vocabulary = load_vocabulary()
    allowed = {
        "kind": set(load_kinds()),
        "colour": set(vocabulary.colours),
        "material": set(vocabulary.materials),
        "feature": set(vocabulary.features),
        "use": set(vocabulary.uses),
        "size": set(vocabulary.sizes),
        "capacity": set(vocabulary.capacities),
        "audience": set(vocabulary.audiences),
    }
    used: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for name, values in row.attributes.items():
            assert values
            assert len(set(values)) == len(values)
            used[name].update(values)
        for name in ("kind", "colour", "material"):
            assert len(row.attributes[name]) == 1
        assert 1 <= len(row.attributes["use"]) <= 3
        assert len(row.attributes.get("feature", ())) <= 4
    assert used == allowed, "every word of the vocabulary is used, and no other"
    assert all(len(values) <= 40 for name, values in used.items() if name != "kind")


def test_text_agrees_with_attributes(rows: list[ProductRow]) -> None:
    vocabulary = load_vocabulary()
    for row in rows:
        claimed = text(row)
        (colour,), (material,) = row.attributes["colour"], row.attributes["material"]
        assert vocabulary.claims("colour", claimed) == {colour}, row
        for claim in vocabulary.claims("material", claimed):
            # "Foam Roller" and "Down Jacket" name the kind, not the material.
            assert claim == material or claim in material.split() or claim in row.attributes["kind"][0], row
        assert vocabulary.claims("feature", claimed) <= set(row.attributes.get("feature", ())), row
        for audience in ("women", "men"):
            assert not re.search(rf"\b{audience}\b", claimed, re.IGNORECASE) or (
                audience in row.attributes.get("audience", ())
            ), row


def test_no_other_size_is_claimed(rows: list[ProductRow]) -> None:
    for row in rows:
        for name in ("size", "capacity"):
            for value in row.attributes.get(name, ()):
                assert title_case(unit(value)) in row.title
        title = row.title.lower()
        for other in {"single", "double", "king"} - set(row.attributes.get("size", ())):
            assert f", {other}" not in title


def test_vegan_things_are_of_nothing_animal(rows: list[ProductRow]) -> None:
    vocabulary, brands = load_vocabulary(), load_brands()
    for row in rows:
        brand = brands[row.brand or ""]
        material = vocabulary.materials[row.attributes["material"][0]]
        if brand.vegan or "vegan" in row.attributes.get("feature", ()):
            assert not material.animal, row
        assert material.levels[0] <= brand.level <= material.levels[1], row


def test_a_brand_for_children_makes_children_s_things(rows: list[ProductRow]) -> None:
    for_kids = [row for row in rows if load_brands()[row.brand or ""].audience == "kids"]
    assert for_kids
    for row in for_kids:
        if "kids" in load_kinds()[row.attributes["kind"][0]].audience:
            assert row.attributes["audience"] == ("kids",)


def test_titles_do_not_stammer(rows: list[ProductRow]) -> None:
    for row in rows:
        stems = [word[:5].lower() for word in re.findall(r"[A-Za-z]{5,}", row.title.removeprefix(row.brand or ""))]
        assert len(set(stems)) == len(stems), row.title


def test_text_is_well_formed(rows: list[ProductRow]) -> None:
    for row in rows:
        for part in (row.title, row.description):
            assert part == part.strip()
            assert not re.search(r"[{}<>|]|  | [,.;]|\.\.|None", part), part
        said = sentences(row)
        assert 3 <= len(said) <= MAX_SENTENCES, row
        assert MIN_WORDS <= len(row.description.split()) <= 90, row
        assert len(set(said)) == len(said), row
        assert all(re.match(r"[A-Z]", sentence) and sentence.endswith((".", "?", "!")) for sentence in said), row


def test_articles_suit_what_follows(rows: list[ProductRow]) -> None:
    for row in rows:
        for article, word in re.findall(r"\b(an?) ([\w-]+)", row.description, re.IGNORECASE):
            assert (article.lower() == "an") == bool(VOWEL_SOUND.match(word)), (article, word, row.description)


def test_a_title_names_kind_brand_and_colour(rows: list[ProductRow]) -> None:
    kinds = load_kinds()
    for row in rows:
        kind = kinds[row.attributes["kind"][0]]
        heads = {kind.name.split()[-1], kind.plural.split()[-1]}
        assert any(head in row.title.lower() for head in heads), row
        assert row.title.startswith(f"{row.brand} ")
        assert row.attributes["colour"][0].capitalize() in row.title


def test_every_kind_gives_a_choice(by_kind: Mapping[str, Sequence[ProductRow]]) -> None:
    for name, found in by_kind.items():
        prices = [row.price_minor or 0 for row in found]
        assert len({row.brand for row in found}) >= 4, name
        assert len({row.attributes["colour"] for row in found}) >= 4, name
        assert max(prices) >= 2 * min(prices), name
        assert len({row.description for row in found}) == len(found), name
        openings = Counter(sentences(row)[0] for row in found)
        assert max(openings.values()) <= len(found) / 2, name


def test_dearer_brands_and_bigger_things_cost_more(by_kind: Mapping[str, Sequence[ProductRow]]) -> None:
    brands = load_brands()
    of_level: dict[int, list[float]] = defaultdict(list)
    small_and_large: list[bool] = []
    for name, found in by_kind.items():
        kind = load_kinds()[name]
        middle = statistics.median(row.price_minor or 0 for row in found)
        for row in found:
            of_level[brands[row.brand or ""].level].append((row.price_minor or 0) / middle)
        factors = {**kind.sizes, **kind.capacities}
        relative = [
            (factors[value], (row.price_minor or 0) / middle)
            for row in found
            for value in (*row.attributes.get("size", ()), *row.attributes.get("capacity", ()))
        ]
        if relative and max(factors.values()) > 1.5 * min(factors.values()):
            low = [price for factor, price in relative if factor == min(factors.values())]
            high = [price for factor, price in relative if factor == max(factors.values())]
            small_and_large.append(statistics.mean(low) < statistics.mean(high))
    levels = [statistics.median(of_level[level]) for level in range(1, 6)]
    assert levels == sorted(levels)
    assert statistics.mean(small_and_large) > 0.85


def test_better_brands_are_rated_better(rows: list[ProductRow]) -> None:
    brands = load_brands()
    rated = [(brands[row.brand or ""].quality, row.rating) for row in rows if row.rating is not None]
    correlation = statistics.correlation([quality for quality, _ in rated], [rating for _, rating in rated])
    assert 0.1 < correlation < 0.6


@pytest.mark.parametrize("price", [3.2, 8.6, 24.3, 99.6, 100.0, 131.0, 640.0])
def test_shop_prices_end_as_in_shops(price: float) -> None:
    rng = random.Random(0)
    for _ in range(50):
        minor = shop_price(price, rng)
        assert abs(minor / 100 - price) <= max(1.1, 0.05 * price)
        assert minor % 100 in ({0} if price >= 100 else {0, 50, 95, 99})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("10000 mah", "10,000 mAh"),
        ("1.7 l", "1.7 l"),
        ("65 w", "65 W"),
        ("king", "king"),
        ("1000 pieces", "1000 pieces"),
    ],
)
def test_units_are_printed_as_in_shops(value: str, shown: str) -> None:
    assert unit(value) == shown


def test_title_case_leaves_units_alone() -> None:
    assert title_case("2 person") == "2 Person"
    assert title_case("20 cm") == "20 cm"
    assert title_case("10,000 mAh") == "10,000 mAh"


def test_articles() -> None:
    assert [with_article(word) for word in ("orange", "olive", "red")] == ["an orange", "an olive", "a red"]
