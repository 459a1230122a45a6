"""Propose kinds and item types from the titles of a catalog, for a person to edit.

A phrase is proposed as a kind if enough titles of at least two brands hold it and its last word is a noun: a word of
which the catalog's titles and descriptions also use the plural. That test tells ``toner cartridge`` from
``original black`` without a dictionary. Kinds are then grouped by what the products called so have in common
(average-linkage clustering of their mean TF-IDF vectors), and a group is named after the word that ends the names of
most of its products.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from finetune.errors import ItemTypesError
from finetune.item_types.catalog_file import Listing
from finetune.item_types.neighbours import features, weigh
from finetune.item_types.titles import KindFinder, phrases_in, plurals, words

LONGEST_KIND = 3
_LEAST_PLURALS = 3


def propose(listings: Sequence[Listing], types: int, least: int) -> dict[str, dict[str, int]]:
    """Item type → kind → how many titles name it, the largest first.

    Args:
        listings: the catalog.
        types: how many item types at most.
        least: fewest products of a kind.

    Raises:
        ItemTypesError: no phrase is said of so many products.
    """
    counts = find_kinds(listings, least)
    if not counts:
        raise ItemTypesError(f"no kind of thing is named in {least} titles", "lower --least")
    finder = KindFinder({kind: kind for kind in counts})
    named = [finder.find(listing.name) for listing in listings]
    groups = _group(listings, named, sorted(counts), types)
    sized = sorted(groups, key=lambda kinds: (-sum(counts[kind] for kind in kinds), kinds))
    proposal: dict[str, dict[str, int]] = {}
    for kinds in sized:
        ordered = sorted(kinds, key=lambda kind: (-counts[kind], kind))
        proposal[_name(ordered, counts, set(proposal))] = {kind: counts[kind] for kind in ordered}
    return proposal


def find_kinds(listings: Sequence[Listing], least: int) -> dict[str, int]:
    """Kind → in how many titles it is the phrase that says what the product is."""
    in_texts: Counter[str] = Counter()
    in_titles: Counter[tuple[str, ...]] = Counter()
    brands: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for listing in listings:
        in_texts.update(set(words(f"{listing.title} {listing.description}")))
        for phrase in phrases_in(listing.name, LONGEST_KIND):
            in_titles[phrase] += 1
            brands[phrase].add(listing.brand.lower())
    least_brands = min(2, len({listing.brand.lower() for listing in listings}))

    def is_kind(phrase: tuple[str, ...]) -> bool:
        used = max(in_texts[form] for form in plurals(phrase[-1]))
        return len(phrase[-1]) > 2 and used >= _LEAST_PLURALS and len(brands[phrase]) >= least_brands

    kinds = {" ".join(phrase) for phrase, count in in_titles.items() if count >= least and is_kind(phrase)}
    while True:
        # A phrase may stand in many titles and yet seldom be what decides; what is dropped makes room for others.
        finder = KindFinder({kind: kind for kind in sorted(kinds)})
        counts = Counter(kind for listing in listings if (kind := finder.find(listing.name)) is not None)
        kept = {kind for kind in kinds if counts[kind] >= least}
        if kept == kinds:
            return {kind: counts[kind] for kind in sorted(kinds)}
        kinds = kept


def _group(
    listings: Sequence[Listing], named: Sequence[str | None], kinds: Sequence[str], types: int
) -> list[list[str]]:
    if len(kinds) <= types:
        return [[kind] for kind in kinds]
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.preprocessing import normalize

    known = [number for number, kind in enumerate(named) if kind is not None]
    _, matrix = weigh([features(listings[number]) for number in known])
    place = {kind: number for number, kind in enumerate(kinds)}
    rows = np.array([place[str(named[number])] for number in known])
    means = np.stack([np.asarray(matrix[rows == number].mean(axis=0)).ravel() for number in range(len(kinds))])
    labels = AgglomerativeClustering(types, metric="cosine", linkage="average").fit_predict(normalize(means))
    return [[kind for kind, label in zip(kinds, labels, strict=True) if label == group] for group in range(types)]


def _name(kinds: Sequence[str], counts: Mapping[str, int], taken: set[str]) -> str:
    """The word that ends the names of most products, else the largest kind's name; with a number if need be."""
    heads: Counter[str] = Counter()
    for kind in kinds:
        heads[words(kind)[-1]] += counts[kind]
    for phrase in (heads.most_common(1)[0][0], kinds[0]):
        name = _ascii(phrase)
        if name and name not in taken:
            return name
    return next(name for number in range(2, len(taken) + 3) if (name := f"{_ascii(kinds[0])}_{number}") not in taken)


def _ascii(phrase: str) -> str:
    from catalog_db.importers.values import to_item_type

    try:
        name = to_item_type(phrase)
    except ValueError:  # a script that has no letter from a to z
        return "type"
    return name if name[0].isalpha() else f"type_{name}"
