"""How facet values, prices and kinds are put into words: a shopper's many ways, and the shop's one.

Everything language-specific comes from ``phrasings/<language>/words.yaml``.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finetune.examples.amounts import in_words
from finetune.examples.phrases import PhraseBook
from finetune.examples.shop import BRAND, KIND, Shop, ShopItem, simple_plural
from neo_assistant.want import SHOWN, Want

_VAGUE_SHARE = 0.08
"""How often a thing gets a word that is no condition."""
_MEASURED_SHARE = 0.5
"""How often a size of a number and a unit is said in other words."""
_OTHER_NAME_SHARE, _PAIR_SHARE, _BEFORE_SHARE = 0.45, 0.3, 0.45
"""How often a kind is called by another name, what is sold in pairs "a pair of" them, and how often a value that may
stand before or after the thing stands before it."""


@dataclass(frozen=True)
class Noun:
    """A thing as a shopper names it: bare, with article, in the plural."""

    bare: str
    one: str
    many: str


class Lexicon:
    """The words of one language for one catalog."""

    def __init__(self, book: PhraseBook, shop: Shop) -> None:
        self.words = book.words
        self._names = book.names
        self.shop = shop
        spoken = {word for values in shop.facet_values.values() for value in values for word in value.lower().split()}
        self._vague = [text for text in self.words["vague"] if not set(text.split()) & spoken]
        """What people put before a thing and no facet of the shop states."""

    # -- small words -------------------------------------------------------------------------------------------------

    def number(self, count: int) -> str:
        numbers = self.words["numbers"]
        return numbers[count] if count < len(numbers) else str(count)

    def joined(self, words: Sequence[str], last: str = "and") -> str:
        """``a, b and c``"""
        if len(words) < 2:
            return "".join(words)
        return self.words["comma"].join(words[:-1]) + self.words[last] + words[-1]

    def with_article(self, thing: str) -> str:
        key = "an" if thing[:1].lower() in "aeio8" else "a"
        return self.words["article"][key].format(thing=thing)

    def price(self, limit: Decimal) -> str:
        currencies = self.words["currencies"]
        template = currencies.get(self.shop.currency, self.words["currency"])
        return template.format(n=f"{limit:f}", code=self.shop.currency)

    def type_name(self, item_type: str) -> str:
        """An item type as a reply says it."""
        return self._type(item_type).get("say", item_type.replace("_", " "))

    def type_items(self, item_type: str) -> str:
        """What a reply calls the items of a type: ``kitchen things``."""
        plain = self.words["type_items"].format(type=item_type.replace("_", " "))
        return self._type(item_type).get("many", plain)

    def type_asked(self, item_type: str, rng: random.Random) -> tuple[str, str]:
        """An item type as a shopper says it: on its own, and after "something for"."""
        spec, plain = self._type(item_type), item_type.replace("_", " ")
        return rng.choice([plain, self.type_name(item_type), *spec.get("also", ())]), rng.choice(
            spec.get("place", [plain])
        )

    def _type(self, item_type: str) -> Mapping[str, Any]:
        return self.words["types"].get(item_type, {})

    def _facet(self, facet: str, value: str) -> dict[str, Any]:
        base = self.words["facets"].get(facet, self.words["any_facet"])
        return {**base, **self.words["values"].get(facet, {}).get(value, {})}

    # -- the shop's words --------------------------------------------------------------------------------------------

    def things(self, want: Want, many: bool = True) -> str:
        """What the want asks for as the shop says it: ``blue mugs by Mosswell up to $20``."""
        facets = dict(want.facets)
        kind = facets.pop(KIND, None)
        if kind is not None:
            noun = self.shop.plural(kind) if many else kind
            # A down jacket of down is a down jacket.
            facets = {name: value for name, value in facets.items() if not set(value.split()) <= set(kind.split())}
        else:
            noun = self.type_items(want.item_type) if want.item_type else self.words["items"]
        before, after = self._around(facets)
        text = " ".join([*before, noun])
        if want.max_price == SHOWN:
            text = self.words["cheaper"].format(things=text)
        if want.min_price == SHOWN:
            text = self.words["dearer"].format(things=text)
        if want.not_shown:
            text = self.words["other"].format(things=text)
        text = " ".join([text, *after])
        if want.in_stock:
            text = self.words["in_stock"].format(things=text)
        return " ".join([text, *self.limits(want)])

    def one(self, item: ShopItem, facets: Iterable[tuple[str, str]]) -> str:
        """An item in the shop's words, with article: ``a blue ceramic mug by Mosswell``."""
        said = dict(facets)
        kind = said.pop(KIND, None)
        noun = kind or self.words["items"]
        before, after = self._around(said)
        if kind is None:
            thing = " ".join([self.words["something"], *before])
        else:
            thing = " ".join([*before, noun])
            thing = thing if self.shop.plural(kind) == kind else self.with_article(thing)
        return " ".join([thing, *after])

    def said(self, facet: str, value: str) -> tuple[str, bool]:
        """A facet value in the shop's words, and whether they stand before the noun."""
        spec = self._facet(facet, value)
        return spec["reply"].format(name=facet.replace("_", " "), value=value), bool(spec["reply_before"])

    def other_names(self, kind: str) -> list[str]:
        """What people call a kind beside its name: the catalog's synonyms, and those of the language."""
        words, known = self.shop.kinds.get(kind), self._names.get(kind, ())
        names = dict.fromkeys([*(words.synonyms if words else ()), *known])
        return [name for name in names if name not in (kind, self.shop.plural(kind))]

    def synonyms(self, facet: str, value: str) -> Sequence[str]:
        """Other words for a facet value."""
        return self._facet(facet, value).get("also", ())

    def relaxed(self, want: Want, types: Sequence[str] = ()) -> str:
        """What could be given up so that more is found, at most two things; empty if there is nothing."""
        return self.joined([words for _, words in self.relaxable(want, types)], "or")

    def relaxable(self, want: Want, types: Sequence[str] = ()) -> list[tuple[str, str]]:
        """The conditions that a reply offers to give up, at most two: facet or field of the want, and words."""
        offers = [
            (facet, self._facet(facet, value)["other"].format(name=facet, value=value))
            for facet, value in want.facets
            if facet != KIND
        ]
        relax = self.words["relax"]
        offers += [("max_price", relax["max_price"])] if isinstance(want.max_price, Decimal) else []
        offers += [("min_price", relax["min_price"])] if isinstance(want.min_price, Decimal) else []
        offers += [("min_rating", relax["rating"])] if want.min_rating is not None else []
        offers += [("in_stock", relax["in_stock"])] if want.in_stock else []
        offers += [("types", relax["types"])] if types and not offers else []
        return offers[-2:]

    def _around(self, facets: Mapping[str, str]) -> tuple[list[str], list[str]]:
        """Reply words before and after the noun."""
        order = {name: place for place, name in enumerate(self.words["order"])}
        before: list[str] = []
        after: list[str] = []
        for facet in sorted(facets, key=lambda name: (order.get(name, len(order)), name)):
            spec = self._facet(facet, facets[facet])
            word = spec["reply"].format(name=facet.replace("_", " "), value=facets[facet])
            (before if spec["reply_before"] else after).append(word)
        return before, after

    def limits(self, want: Want) -> list[str]:
        """Its prices and rating as the shop says them."""
        highest = want.max_price if isinstance(want.max_price, Decimal) else None
        lowest = want.min_price if isinstance(want.min_price, Decimal) else None
        texts = []
        if highest is not None and lowest is not None:
            texts.append(self.words["between"].format(min=self.price(lowest), max=self.price(highest)))
        elif highest is not None:
            texts.append(self.words["up_to"].format(max=self.price(highest)))
        elif lowest is not None:
            texts.append(self.words["from"].format(min=self.price(lowest)))
        if want.min_rating is not None:
            texts.append(self.words["rated"].format(rating=f"{want.min_rating:g}"))
        return texts

    # -- a shopper's words -------------------------------------------------------------------------------------------

    def asked(self, facets: Mapping[str, str], rng: random.Random, tail: Sequence[str] = ()) -> Noun:
        """Facets in the words of a shopper.

        Args:
            facets: what they want, ``kind`` among it if they name one.
            rng: makes the choices.
            tail: what follows: price, stock, rating.
        """
        before: list[str] = []
        after: list[str] = []
        order = {name: place for place, name in enumerate(self.words["order"])}
        named = [name for name in facets if name != KIND]
        for facet in sorted(named, key=lambda name: (name != BRAND, order.get(name, -1), name)):
            if measured := self._measured(facets[facet], rng):
                after.append(measured)
                continue
            spec = self._facet(facet, facets[facet])
            shown = rng.choice([facets[facet], *spec.get("also", ())]) if rng.random() < 0.3 else facets[facet]
            # "A hiking hiking boot" is nobody's way to say it.
            fronts = [text for text in spec["before"] if not set(text.split()) & set(facets.get(KIND, "").split())]
            first = bool(fronts) and (not spec["after"] or rng.random() < _BEFORE_SHARE)
            text = rng.choice(fronts if first else spec["after"])
            (before if first else after).append(text.format(name=facet.replace("_", " "), value=shown))
        ending = "".join(text if text.startswith(",") else f" {text}" for text in [*after, *tail])
        kind = facets.get(KIND)
        if kind is None:
            thing = " ".join([*before, rng.choice(self.words["things"])])
            one = " ".join([self.words["something"], *before])
            return Noun(thing + ending, one + ending, thing + ending)
        plural, others = self.shop.plural(kind), self.other_names(kind)
        bare = single = kind
        if others and rng.random() < _OTHER_NAME_SHARE:
            single = rng.choice(others)
            plural = single if single in self.words["mass"] else simple_plural(single)
        bare = rng.choice([single, plural])
        if self._vague and rng.random() < _VAGUE_SHARE:
            before.insert(0, rng.choice(self._vague))
        one = " ".join([*before, single])
        if kind in self.words["pairs"] and rng.random() < _PAIR_SHARE:
            one = self.words["pair"].format(things=" ".join([*before, plural]))
        elif single != plural:
            one = self.with_article(one)
        return Noun(" ".join([*before, bare]) + ending, one + ending, " ".join([*before, plural]) + ending)

    def _measured(self, value: str, rng: random.Random) -> str | None:
        """A size in other words, the number now and then spelled out: ``for two people``; None for most."""
        number, _, unit = value.partition(" ")
        forms = self.words["units"].get(unit, ())
        if not forms or number == "1" or rng.random() >= _MEASURED_SHARE:
            return None
        words = in_words(int(number)) if number.isdigit() and rng.random() < 0.5 else None
        form: str = rng.choice([form for form in forms if "{n} " in form or "{n}-" in form] if words else forms)
        return form.format(n=words or number)

    def where(self, item_type: str, rng: random.Random) -> str | None:
        """Where or when things of a type are needed; None if nothing is known of it."""
        wheres = self.words["wheres"].get(item_type)
        return rng.choice(wheres) if wheres else None

    def need_form(self, need: str) -> tuple[bool, bool]:
        """Whether a need is said as a purpose ("to sit while I work"), and whether as a thing ("a place to sit")."""
        begins = self.words["needs"]
        return need.startswith(tuple(begins["purpose"])), need.startswith(tuple(begins["thing"]))

    def clause(self, facet: str, value: str, rng: random.Random) -> str:
        """A facet value as it follows a thing in a long sentence: ``that is blue``."""
        return rng.choice(self._spread(facet, value)[0])

    def sentence(self, facet: str, value: str, rng: random.Random) -> str:
        """A facet value in words of its own after the thing: ``it should be blue``."""
        return rng.choice(self._spread(facet, value)[1])

    def _spread(self, facet: str, value: str) -> tuple[list[str], list[str]]:
        """Clauses and sentences for a facet value."""
        spec, special = self._facet(facet, value), self.words["values"].get(facet, {}).get(value, {})
        named = {"name": facet.replace("_", " "), "value": value}
        after = [text.format(**named) for text in spec["after"] if not text.startswith(",")] or [value]
        # A value with words of its own is said in them: "with storage", and not "that is built-in storage".
        own = "after" in special and "clauses" in spec
        clauses = after if own or "clauses" not in spec else [text.format(**named) for text in spec["clauses"]]
        sentences = self.words["sentences"] if own else spec.get("sentences", self.words["sentences"])
        return clauses, [text.format(after=words, **named) for text in sentences for words in after]

    def forms(self, facet: str, value: str) -> list[str]:
        """Every way in which the words of a search may name a facet value: the value, other words, and phrases."""
        spec = self._facet(facet, value)
        special = self.words["values"].get(facet, {}).get(value, {})
        phrases = [text for key in ("before", "after") for text in special.get(key, ()) if "{" not in text]
        return [value, *spec.get("also", ()), *phrases]

    def refined(self, facet: str, value: str, rng: random.Random) -> tuple[str, str]:
        """A facet value asked for afterwards: as words that stand alone (``in blue``), and as the bare value if
        that can stand before a noun."""
        spec = self._facet(facet, value)
        after = [text for text in spec["after"] if not text.startswith(",")] or ["{value}"]
        words = rng.choice(after).format(name=facet.replace("_", " "), value=value)
        return words, value if spec["reply_before"] else words
