"""What may be said of an item in words: the facts that its caption shows, and the sentences they make.

Where an item's caption stands in the prompt (see :mod:`neo_assistant.captions`), the model can copy its values. What a
reply states of such an item is made here, from the row and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from catalog_db.money import format_price
from finetune.examples.lexicon import Lexicon
from finetune.examples.phrases import PhraseBook
from finetune.examples.shop import Shop, ShopItem
from neo_assistant.captions import MAX_VALUE_LENGTH, MAX_VALUES

LISTED = ("use", "feature")
"""Facets of several values that a catalog hardly ever lists in full: what is not listed is not denied."""


class Statements:
    """Facts of one catalog in one language."""

    def __init__(self, book: PhraseBook, shop: Shop, lexicon: Lexicon) -> None:
        self.words, self.shop, self.lexicon = book.words["statements"], shop, lexicon

    # -- facts -------------------------------------------------------------------------------------------------------

    def facts(self, item: ShopItem) -> dict[str, tuple[str, ...]]:
        """Facet → the values of it that the item's caption shows."""
        shown: dict[str, list[str]] = {}
        pairs = [(name, value) for name in self.shop.facets for value in item.values(name)]
        first = {value: name for name, value in reversed(pairs)}
        for value in list(dict.fromkeys(value for _, value in pairs))[:MAX_VALUES]:
            if len(value) <= MAX_VALUE_LENGTH:
                shown.setdefault(first[value], []).append(value)
        return {name: tuple(values) for name, values in shown.items()}

    def price(self, item: ShopItem) -> str | None:
        """The price as the caption has it."""
        return None if item.price_minor is None else format_price(item.price_minor, self.shop.currency)

    def rating(self, item: ShopItem) -> str | None:
        """The mean rating as the caption has it."""
        return None if item.rating is None else self.words["stars"].format(value=f"{item.rating:.1f}")

    # -- words -------------------------------------------------------------------------------------------------------

    def one(self, item: ShopItem, facets: Mapping[str, str]) -> str:
        """The item with article: ``a blue ceramic mug by Mosswell``; by its title where nothing else is known."""
        return self.lexicon.one(item, facets.items()) if facets else item.title

    def predicate(self, facet: str, values: Sequence[str], many: bool = False) -> str:
        """A facet's values as a predicate: ``is made of oak``, ``is listed for the office and as a gift``."""
        if facet in LISTED:
            return self.listed({facet: values}, many)
        form = self.words["facets"].get(facet, self.words["any_facet"])["many" if many else "one"]
        return form.format(name=facet.replace("_", " "), value=self.lexicon.joined(list(values)))

    def listed(self, facts: Mapping[str, Sequence[str]], many: bool = False) -> str:
        """Values of the facets that are listed, as one predicate: ``is listed for the office and as waterproof``."""
        said = [self._listed(facet, value) for facet in LISTED for value in facts.get(facet, ())]
        return self.words["listed"]["many" if many else "one"].format(value=self.lexicon.joined(said))

    def predicates(self, facts: Mapping[str, Sequence[str]], many: bool = False) -> list[str]:
        """Facts as predicates, those that are listed in one."""
        said = [self.predicate(name, values, many) for name, values in facts.items() if name not in LISTED]
        return said + ([self.listed(facts, many)] if any(facts.get(name) for name in LISTED) else [])

    def _listed(self, facet: str, value: str) -> str:
        words, before = self.lexicon.said(facet, value)
        return f"{self.words['listed_as']} {words}" if before else words

    def numbers(self, item: ShopItem, *, rating: bool = True) -> list[str]:
        """Predicates for the price and the rating, as far as there are any."""
        return [
            self.words[name]["one"].format(value=value)
            for name, value in (("price", self.price(item)), ("rating", self.rating(item) if rating else None))
            if value is not None
        ]

    def stock(self, item: ShopItem) -> str:
        """A predicate that says whether it is in stock."""
        return self.words["in_stock" if item.in_stock else "out_of_stock"]["one"]

    def clause(self, predicates: Iterable[str], many: bool = False) -> str:
        """Predicates as one, a copula said once: ``is blue and made of oak, costs $14 and has 4.5 stars``."""
        copula = self.words["copula"]["many" if many else "one"]
        listed = list(dict.fromkeys(predicates))
        being = [predicate.removeprefix(copula) for predicate in listed if predicate.startswith(copula)]
        others = [predicate for predicate in listed if not predicate.startswith(copula)]
        return self.lexicon.joined([*([copula + self.lexicon.joined(being)] if being else []), *others])

    def ordinal(self, place: int) -> str:
        """What a reply calls an item shown: ``the second``."""
        return self.words["ordinals"][place]

    def who(self, places: Sequence[int], shown: int) -> str:
        """The items at these places, of so many shown: ``the first and the third``, ``both``, ``none of them``."""
        if not places:
            return self.words["neither"] if shown == 2 else self.words["none"]
        if len(places) == shown > 1:
            return self.words["both"] if shown == 2 else self.words["all"].format(n=self.lexicon.number(shown))
        return self.lexicon.joined([self.ordinal(place) for place in places])

    def are(self, kinds: str) -> str:
        """Several items as things of one kind: ``are mugs``."""
        return self.words["copula"]["many"] + kinds

    def is_one(self, item: ShopItem, facets: Mapping[str, str]) -> str:
        """An item as a thing with these values: ``is a blue mug``."""
        return self.words["copula"]["one"] + self.one(item, facets)

    def kinds(self, items: Sequence[ShopItem]) -> str | None:
        """The plural of the kind that all the items are of; None if they are of several."""
        kinds = {item.kind for item in items}
        return self.shop.plural(str(items[0].kind)) if len(kinds) == 1 and items[0].kind else None


def single_values(facts: Mapping[str, Sequence[str]], names: Iterable[str]) -> dict[str, str]:
    """The first value of each of the named facets."""
    return {name: facts[name][0] for name in names if name in facts}


def capital(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]
