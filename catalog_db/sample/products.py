"""The products of the sample store: about 1,500 of them, the same byte for byte every time.

Every kind has a random generator of its own, seeded with its name, so that adding a kind or a sentence to one kind
leaves the others as they are. Nothing depends on hashes, on the clock or on the order of a set.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from base64 import b32encode
from collections import Counter

from catalog_db.rows import ProductRow
from catalog_db.sample.brands import BrandSpec, load_brands
from catalog_db.sample.copywriting import MAX_TITLE, Copywriter, Draft
from catalog_db.sample.kinds import ITEM_TYPES, KindSpec, MaterialSpec, load_kinds
from catalog_db.sample.reading import SampleDataError
from catalog_db.sample.vocabulary import Vocabulary, load_vocabulary

FIRST_DAY = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
LAST_DAY = dt.datetime(2026, 6, 30, tzinfo=dt.UTC)
OUT_OF_STOCK_SHARE = 0.08
KIDS_FACTOR = 0.65
"""What a children's version costs beside an adult's."""

_SKU_LETTERS = dict(
    zip(ITEM_TYPES, ("FW", "CL", "BG", "KT", "BB", "FN", "LT", "EL", "OD", "FT", "GD", "TY"), strict=True)
)
_LEVEL_FACTOR = {1: 0.66, 2: 0.82, 3: 1.0, 4: 1.3, 5: 1.7}


def build_products() -> list[ProductRow]:
    """Every product of the sample store, by item type, kind and number.

    Raises:
        SampleDataError: the data files do not make a valid shop.
    """
    vocabulary = load_vocabulary()
    brands = load_brands()
    rows: list[ProductRow] = []
    for kind in load_kinds().values():
        makers = [brand for brand in brands.values() if kind.name in brand.kinds]
        rows.extend(_products_of(kind, makers, vocabulary))
    for name, values in (("SKU", [row.sku for row in rows]), ("title", [row.title for row in rows])):
        repeated = [value for value, count in Counter(values).items() if count > 1]
        if repeated:
            raise SampleDataError("products", f"two products with the same {name}: {', '.join(repeated)}")
    return rows


def _products_of(kind: KindSpec, makers: list[BrandSpec], vocabulary: Vocabulary) -> list[ProductRow]:
    if len(makers) < 4:
        raise SampleDataError("brands.yaml", f"{kind.name} needs 4 or more brands, has {len(makers)}")
    rng = random.Random(f"neo sample store/{kind.name}")
    writer = Copywriter(kind, vocabulary, rng)
    maker_deck = _deck(makers, kind.count, rng)
    used: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, ...]] = set()
    titles: set[str] = set()
    rows: list[ProductRow] = []
    while len(rows) < kind.count:
        brand = maker_deck[len(rows)]
        for _ in range(200):
            draft = _draft(kind, brand, vocabulary, used, rng)
            key = (draft.brand, draft.material, draft.colour, draft.size, draft.capacity)
            title, draft = writer.title(draft)
            if key not in seen and title not in titles and len(title) <= MAX_TITLE:
                break
        else:
            raise SampleDataError(f"{kind.item_type}.yaml, {kind.name}", "too few combinations for its count")
        seen.add(key)
        titles.add(title)
        for value in (draft.material, draft.colour, draft.size, draft.capacity):
            used[draft.brand, value] += 1
            used["", value] += 1
        rows.append(_row(kind, brand, draft, title, writer, rng, number=len(rows)))
    return rows


def _deck(makers: list[BrandSpec], count: int, rng: random.Random) -> list[BrandSpec]:
    """``count`` brands in random order, every maker at least once if they fit."""
    deck = rng.sample(makers, min(count, len(makers)))
    deck += rng.choices(makers, k=count - len(deck))
    rng.shuffle(deck)
    return deck


def _draft(
    kind: KindSpec, brand: BrandSpec, vocabulary: Vocabulary, used: Counter[tuple[str, str]], rng: random.Random
) -> Draft:
    """A random product of the kind by the brand; values used less so far are preferred."""

    def least_used(values: tuple[str, ...]) -> str:
        """One of ``values``, or an empty string when there are none."""
        return min(
            values, key=lambda value: used["", value] + 2 * used[brand.name, value] + 1.5 * rng.random(), default=""
        )

    materials = _materials(kind, brand, vocabulary)
    material = rng.choices(list(materials), [spec.share for spec in materials.values()])[0]
    return Draft(
        brand=brand.name,
        line=rng.choice(brand.lines),
        colour=least_used(materials[material].colours),
        material=material,
        size=least_used(tuple(kind.sizes)),
        capacity=least_used(tuple(kind.capacities)),
        audience=_audience(kind, brand, rng),
        features=_features(kind, brand, material, vocabulary, rng),
    )


def _audience(kind: KindSpec, brand: BrandSpec, rng: random.Random) -> str:
    """Whom the product is for; empty when it is for everybody."""
    if brand.audience in kind.audience:
        return brand.audience
    names = [*kind.audience, ""]
    return rng.choices(names, [*kind.audience.values(), max(0.0, 1 - sum(kind.audience.values()))])[0]


def _materials(kind: KindSpec, brand: BrandSpec, vocabulary: Vocabulary) -> dict[str, MaterialSpec]:
    """The materials that the brand makes the kind in.

    Raises:
        SampleDataError: there are none.
    """
    possible = {}
    for name, spec in kind.materials.items():
        material = vocabulary.materials[name]
        if material.levels[0] <= brand.level <= material.levels[1] and not (brand.vegan and material.animal):
            possible[name] = spec
    if not possible:
        raise SampleDataError("brands.yaml", f"{brand.name} can make no {kind.name}: none of its materials suits")
    favoured = {name: spec for name, spec in possible.items() if name in brand.favours}
    return favoured or possible


def _features(
    kind: KindSpec, brand: BrandSpec, material: str, vocabulary: Vocabulary, rng: random.Random
) -> tuple[str, ...]:
    """Up to four features that go together, in the order of the kind's file."""
    animal = vocabulary.materials[material].animal
    chosen = list(kind.always)
    possible = [
        name
        for name, spec in kind.features.items()
        if name not in chosen
        and material in spec.materials
        and vocabulary.features[name].levels[0] <= brand.level <= vocabulary.features[name].levels[1]
        and not (animal and name == "vegan")
    ]
    if brand.vegan and "vegan" in possible:
        chosen.append("vegan")
        possible.remove("vegan")
    # Dearer brands put more into a product.
    wanted = rng.choices((0, 1, 2, 3, 4), (6 - brand.level, 6, 8, 3 + brand.level, brand.level - 1))[0]
    while possible and len(chosen) < wanted:
        name = rng.choices(possible, [kind.features[option].share for option in possible])[0]
        possible.remove(name)
        spec = kind.features[name]
        if spec.needs <= set(chosen) and not any(
            name in kind.features[other].excludes or other in spec.excludes for other in chosen
        ):
            chosen.append(name)
    return tuple(name for name in kind.features if name in chosen)


def _row(
    kind: KindSpec, brand: BrandSpec, draft: Draft, title: str, writer: Copywriter, rng: random.Random, number: int
) -> ProductRow:
    description, draft = writer.description(draft)
    price = _price_minor(kind, brand, draft, writer.vocabulary, rng)
    created_at = FIRST_DAY + dt.timedelta(seconds=rng.randrange(int((LAST_DAY - FIRST_DAY).total_seconds()) // 60) * 60)
    rating, rating_count = _rating(brand, created_at, rng)
    return ProductRow(
        sku=_sku(kind, number),
        title=title,
        item_type=kind.item_type,
        brand=brand.name,
        category_path=kind.category_path,
        description=description,
        price_minor=price,
        currency="USD",
        stock=0 if rng.random() < OUT_OF_STOCK_SHARE else 1 + int(119 * rng.random() ** 2.2),
        rating=rating,
        rating_count=rating_count,
        attributes=draft.attributes(kind.name),
        image=f"pictures/{kind.slug}-{draft.colour}.svg",
        created_at=created_at,
    )


def _sku(kind: KindSpec, number: int) -> str:
    """Two letters for the type and five that say nothing, so that a SKU tells neither age nor rank."""
    digest = hashlib.sha256(f"neo sample store/{kind.name}/{number}".encode()).digest()
    return _SKU_LETTERS[kind.item_type] + b32encode(digest).decode()[:5]


def _price_minor(kind: KindSpec, brand: BrandSpec, draft: Draft, vocabulary: Vocabulary, rng: random.Random) -> int:
    """The price in cents: the kind's typical price times what brand, material, size and features do to it."""
    price = kind.price * _LEVEL_FACTOR[brand.level] * kind.materials[draft.material].factor
    price *= kind.sizes.get(draft.size, 1.0) * kind.capacities.get(draft.capacity, 1.0)
    for name in draft.features:
        if name not in kind.always:
            price *= vocabulary.features[name].factor
    if draft.audience == "kids" and kind.audience["kids"] < 1:
        price *= KIDS_FACTOR
    price *= rng.uniform(0.92, 1.08)
    return shop_price(price, rng)


def shop_price(price: float, rng: random.Random) -> int:
    """``price`` in dollars as the cents a shop would print: 24.95 rather than 25.13."""
    if price >= 100:
        # From a hundred on, prices end in 0, 5 or 9 whole dollars.
        whole = max(100, round(price / 5) * 5 - rng.choice((0, 0, 1)))
        return whole * 100
    return max(1, round(price)) * 100 - rng.choice((0, 1, 5, 50))


def _rating(brand: BrandSpec, created_at: dt.datetime, rng: random.Random) -> tuple[float | None, int]:
    """Mean rating and how many gave one; what came in last may have none yet."""
    days = (LAST_DAY - created_at).days
    mean = round(min(4.9, max(3.2, rng.gauss(4.15 + 0.25 * brand.quality, 0.3))), 1)
    count = int(rng.lognormvariate(3.2, 1.2) * (0.15 + min(days, 540) / 540))
    if days < 60 and rng.random() < 0.5:
        count = 0
    return (mean, count) if count else (None, 0)
