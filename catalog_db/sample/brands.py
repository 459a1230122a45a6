"""The invented brands of the sample store, read from YAML and checked."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from catalog_db.sample.kinds import load_kinds, slugify
from catalog_db.sample.reading import Reader, SampleDataError, read_yaml
from catalog_db.sample.vocabulary import load_vocabulary


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
    audience: str
    """Whom it makes things for, where a kind knows the difference; empty: for everybody."""
    lines: tuple[str, ...]
    """The names it gives its models."""

    @property
    def slug(self) -> str:
        """The brand's name for file names."""
        return slugify(self.name)


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
        reader = Reader(f"brands.yaml, {name}", entry)
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
            audience=reader.take("audience", str, ""),
            lines=reader.words("lines", 5),
        )
        reader.done()
        if brands[name].level not in range(1, 6) or not -1 <= brands[name].quality <= 1:
            raise reader.fail("level must be 1 to 5 and quality -1 to 1")
        if brands[name].audience not in ("", *load_vocabulary().audiences):
            raise reader.fail(f"audience: not in the vocabulary: {brands[name].audience}")
    return brands
