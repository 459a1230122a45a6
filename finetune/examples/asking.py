"""What a shopper asks for, as a want and as words that say exactly that."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from finetune.examples.amounts import spelled_out
from finetune.examples.desk import Desk, Draft
from finetune.examples.shop import BRAND, KIND, ShopItem
from finetune.examples.slips import garbled
from neo_assistant.grammar.counted import CountReader, Counts
from neo_assistant.grammar.stated import stated_in
from neo_assistant.grammar.want_context import numbers_in
from neo_assistant.request import MAX_ITEMS
from neo_assistant.want import FIRST_FACETS, Want

_SMALL_MARKS = (5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90)
_MARKS = (
    *_SMALL_MARKS,
    *(mark * 10**power for power in range(1, 5) for mark in (10, 12, 15, 20, 25, 30, 40, 50, 60, 80)),
)
_RATINGS = ("3", "3.5", "4", "4.2", "4.5", "4.7")
_NEEDS_SHARE = 0.1
"""How often a wish that is none of the task `need` states a need all the same."""
_ELSEWHERE_SHARE, _FOR_OTHERS_SHARE = 0.3, 0.2
"""How often a purpose is said with where or when, and how often as somebody else's."""
_AS_IT_STANDS_SHARE = 0.5
"""How often a need that is neither purpose nor thing stands alone; a whole sentence always does."""
_PLACED = frozenset(
    ("after", "at", "before", "by", "for", "from", "in", "on", "over", "through", "under", "when", "while")
)
_ONES_OWN = frozenset(("my", "me", "i", "our", "myself", "us", "we"))
"""Words of a need that says where or when already, and of one that only its owner says so."""
_IN_WORDS_SHARE, GARBLED_SHARE, _GARBLED_TRIES = 0.2, 0.2, 4
"""How often a number is spelled out, and how often a wish is typed badly."""
_WELL_RATED_SHARE = 0.025
_CHANCES = {"feature": 1.8, "size": 2.0, "capacity": 1.5, "use": 0.35, BRAND: 0.5}
"""How often facets are asked for beside others: what is read worst most, and what is made up most least."""
_COUNTED_SHARE, _SPREAD_SHARE, _LISTED_SHARE = 0.14, 0.26, 0.06
"""How often a wish counts its items, is a long sentence with its conditions one by one, or a mere list of words."""
_BESIDE_NEEDS = ("colour", "color", "material", "brand")
_SECOND_FACETS = (0, 1, 1, 1, 2, 2, 3)


@dataclass(frozen=True)
class Ask:
    """A shopper's wish.

    Args:
        want: what it comes to.
        text: the words, as composed; typing slips come later.
        wanted: how many items the words ask for, if they do.
        cheap: whether they want it cheap without saying how cheap.
        well_rated: likewise, rated well.
        family: the name of several kinds by which they call it.
    """

    want: Want
    text: str
    wanted: int | None = None
    cheap: bool = False
    well_rated: bool = False
    family: str | None = None


class Asker:
    """Composes wishes around an item, so that at least that item meets them."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop, self.lexicon = desk, desk.shop, desk.lexicon
        values, qualities = self.shop.facet_values, [name for name in FIRST_FACETS if name not in (KIND, BRAND)]
        self._reader = CountReader(
            sorted(values.get(KIND, ())),
            list(self.shop.by_type),
            [value for name in qualities for value in sorted(values.get(name, ()))],
            MAX_ITEMS,
        )
        self.families = {
            name: there
            for name, kinds in desk.book.families.items()
            if len(there := tuple(kind for kind in kinds if kind in self.shop.by_kind)) > 1
            and len({self.shop.by_kind[kind][0].item_type for kind in there}) == 1
        }
        """Names of several kinds of one type → those kinds."""

    def counts_in(self, text: str) -> Counts:
        """The counts that serving reads in a message, and holds the reply to."""
        return self._reader.counts_in(text)

    def needs(self, kind: str) -> tuple[str, ...]:
        """What people say when they need something of a kind and do not name it."""
        words = self.shop.kinds.get(kind)
        return (*(words.needs if words else ()), *self.desk.book.needs.get(kind, ()))

    # -- wants -------------------------------------------------------------------------------------------------------

    def facets(self, draft: Draft, item: ShopItem, extra: int | None = None) -> dict[str, str]:
        """The item's kind, most of the time, and up to three more of its facet values."""
        rng = draft.rng
        spoken = self.shop.facets_of(item)
        chosen: dict[str, str] = {}
        if item.kind in self.shop.facet_values.get(KIND, frozenset()) and rng.random() < 0.95:
            chosen[KIND] = str(item.kind)
        names = sorted({name for name, _ in spoken} - {KIND}, key=self.shop.facets.index)
        names.sort(key=lambda name: -(rng.random() ** (1 / _CHANCES.get(name, 1.0))))
        count = rng.choice(_SECOND_FACETS) if extra is None else extra
        for name in names[: max(count, 0 if chosen else 2)]:
            chosen[name] = rng.choice([value for other, value in spoken if other == name])
        if not chosen and spoken:
            name, value = rng.choice(spoken)
            chosen[name] = value
        return chosen

    def limits(self, draft: Draft, item: ShopItem, want: Want) -> tuple[Want, list[str]]:
        """The want with limits that the item keeps, and the words for them."""
        rng, tail = draft.rng, []
        if rng.random() < 0.36:
            want, words = self._price(draft, item, want)
            tail += words
        if rng.random() < 0.08 and item.in_stock:
            want = replace(want, in_stock=True)
            tail.append(self.desk.draw(draft, "stock"))
        if rng.random() < 0.07 and item.rating is not None:
            possible = [text for text in _RATINGS if float(text) <= item.rating]
            if possible:
                rating = rng.choice(possible)
                want = replace(want, min_rating=float(rating))
                tail.append(self._said(draft, self.desk.draw(draft, "rating", rating=rating)))
        return want, tail

    @staticmethod
    def _said(draft: Draft, text: str) -> str:
        """A limit, now and then with its numbers in words."""
        return spelled_out(text, draft.rng) if draft.rng.random() < _IN_WORDS_SHARE else text

    def _price(self, draft: Draft, item: ShopItem, want: Want) -> tuple[Want, list[str]]:
        if item.price_minor is None:
            return want, []
        rng, price = draft.rng, Decimal(item.price_minor) / self.shop.minor_per_major
        shape = rng.choices(("max", "min", "between"), (7, 1.5, 1.5))[0]
        highest, lowest = above(price, rng), below(price, rng)
        if shape == "max" or lowest is None or lowest >= highest:
            text = self.desk.draw(draft, "max_price", max=spelled(highest, rng))
            return replace(want, max_price=highest), [self._said(draft, text)]
        if shape == "min":
            text = self.desk.draw(draft, "min_price", min=spelled(lowest, rng))
            return replace(want, min_price=lowest), [self._said(draft, text)]
        text = self.desk.draw(draft, "price_between", min=spelled(lowest, rng), max=spelled(highest, rng))
        return replace(want, min_price=lowest, max_price=highest), [self._said(draft, text)]

    # -- words -------------------------------------------------------------------------------------------------------

    def ask(self, draft: Draft, item: ShopItem, *, extra: int | None = None, limits: bool = True) -> Ask:
        """A wish that the item meets."""
        needs = self.needs(str(item.kind)) if item.kind in self.shop.by_kind else ()
        if extra is None and needs and draft.rng.random() < _NEEDS_SHARE:
            return self.by_need(draft, item, draft.rng.choice(needs), limits)
        facets = self.facets(draft, item, extra)
        want, tail = Want(facets=self.shop.ordered(facets)), list[str]()
        if limits:
            want, tail = self.limits(draft, item, want)
        if limits and item.rating is not None and draft.rng.random() < _WELL_RATED_SHARE:
            return replace(self.worded(draft, want, [*tail, self.desk.draw(draft, "well_rated")]), well_rated=True)
        return self.worded(draft, want, tail)

    def by_family(self, draft: Draft, item: ShopItem) -> Ask | None:
        """A wish for a thing by a name that several kinds have; None if the item's kind has no such name.

        The want names their type, as no one kind was named.
        """
        names = [name for name, kinds in self.families.items() if item.kind in kinds]
        if not names:
            return None
        rng, name = draft.rng, draft.rng.choice(names)
        facets = self.facets(draft, item, rng.choice((0, 0, 1, 1, 2)))
        facets.pop(KIND, None)
        want, tail = self.limits(draft, item, Want(facets=self.shop.ordered(facets), item_type=item.item_type))
        noun = self.lexicon.asked({**facets, KIND: name}, rng, tail)
        group = rng.choice(("box", "frames", "spread", ""))
        text = self.desk.draw(draft, group, bare=noun.bare, one=noun.one, many=noun.many) if group else noun.bare
        return Ask(want, text, family=name)

    def worded(self, draft: Draft, want: Want, tail: Sequence[str] = ()) -> Ask:
        """Words for a want whose limits are already said in ``tail``."""
        rng, facets = draft.rng, dict(want.facets)
        self.desk.note_combination(draft, want)
        chance, conditions = rng.random(), len(facets.keys() - {KIND}) + len(tail)
        wanted: int | None = None
        if chance < _COUNTED_SHARE:
            wanted = rng.choices((2, 3, 4, 5), (4, 4, 2, 3))[0]
            noun = self.lexicon.asked(facets, rng, tail)
            number = {"n": self.lexicon.number(wanted), "digit": wanted}
            text = self.desk.draw(draft, "counted", bare=noun.bare, one=noun.one, many=noun.many, **number)
            return Ask(want, text, wanted)
        chance -= _COUNTED_SHARE
        if chance < _SPREAD_SHARE and conditions and KIND in facets:
            return Ask(want, self._spread(draft, facets, tail))
        if chance > 1 - _COUNTED_SHARE - _LISTED_SHARE and conditions and KIND in facets:
            return Ask(want, self._listed(draft, facets, tail))
        noun = self.lexicon.asked(facets, rng, tail)
        group = "box" if rng.random() < 0.5 else "frames"
        plain = rng.random() >= 0.75
        text = noun.bare if plain else self.desk.draw(draft, group, bare=noun.bare, one=noun.one, many=noun.many)
        if rng.random() < 0.03:
            text, wanted = f"{text.rstrip('.?!')}, {self.desk.draw(draft, 'just_one')}", 1
        return Ask(want, text, wanted, cheap="cheap " in text)

    def _spread(self, draft: Draft, facets: Mapping[str, str], tail: Sequence[str]) -> str:
        """A long sentence: the thing, then its conditions one by one in any order, as clauses and as sentences."""
        rng = draft.rng
        names = [name for name in facets if name != KIND]
        rng.shuffle(names)
        at_noun = {name: facets[name] for name in names[: rng.choice((0, 0, 1))]}
        limits = [text if text.startswith(",") else f" {text}" for text in tail]
        first, last = (limits, []) if rng.random() < 0.25 else ([], limits)
        text = self.lexicon.asked({KIND: facets[KIND], **at_noun}, rng).one + "".join(first)
        text = self.desk.draw(draft, "spread", one=text)
        for place, name in enumerate(name for name in names if name not in at_noun):
            if rng.random() < (0.3, 0.5, 0.7)[min(place, 2)]:
                joint = rng.choice((". ", ", ", ", and ", ". also, ", " and ", ". "))
                text += joint + self.lexicon.sentence(name, facets[name], rng)
            else:
                joint = " " if place == 0 else rng.choice((" ", " and ", ", "))
                text += joint + self.lexicon.clause(name, facets[name], rng)
        return text + "".join(last)

    def _listed(self, draft: Draft, facets: Mapping[str, str], tail: Sequence[str]) -> str:
        """Words in any order, as in a search box: ``ceramic, mug, blue, under 20``."""
        rng = draft.rng
        words = [self.lexicon.asked({KIND: facets[KIND]}, rng).bare]
        words += [facets[name] for name in facets if name != KIND]
        words += [text.lstrip(", ") for text in tail]
        rng.shuffle(words)
        return rng.choice((", ", " ", " - ", ", ")).join(words)

    def by_price(self, draft: Draft, item: ShopItem) -> Ask:
        """Anything within a price that the item keeps."""
        want, tail = self._price(draft, item, Want())
        return self.worded(draft, want, tail)

    def by_need(self, draft: Draft, item: ShopItem, need: str, limits: bool) -> Ask:
        """A wish that says what the item is needed for and does not name it."""
        want, tail = Want(facets=((KIND, str(item.kind)),)), list[str]()
        others = self.desk.spoken_facets(item, _BESIDE_NEEDS)
        if limits and others and draft.rng.random() < 0.15:
            facet, value = draft.rng.choice(others)
            want = replace(want, facets=self.shop.ordered({KIND: str(item.kind), facet: value}))
            self.desk.note_combination(draft, want)
            tail.append(self.lexicon.refined(facet, value, draft.rng)[0])
        if limits and draft.rng.random() < 0.25:
            want, words = self._price(draft, item, want)
            tail += words
        self.desk.note(draft, f"need {need}")
        text = self._need_said(draft, item, need)
        return Ask(want, " ".join([text.rstrip(".?!") if tail else text, *tail]))

    def _need_said(self, draft: Draft, item: ShopItem, need: str) -> str:
        """A need in a frame: a purpose now and then with where or when, or as somebody else's."""
        rng, (purpose, thing) = draft.rng, self.lexicon.need_form(need)
        if thing:
            return self.desk.draw(draft, "by_need_thing", need=need)
        if not purpose:
            whole = need.endswith((".", "?", "!")) or rng.random() < _AS_IT_STANDS_SHARE
            return need if whole else self.desk.draw(draft, "by_need", need=need)
        chance, where = rng.random(), self.lexicon.where(item.item_type, rng)
        words = set(need.lower().split())
        if chance < _ELSEWHERE_SHARE and where is not None and not words & _PLACED:
            return self.desk.draw(draft, "by_need_where", need=need, where=where)
        if chance > 1 - _FOR_OTHERS_SHARE and not words & _ONES_OWN:
            return self.desk.draw(draft, "by_need_other", need=need)
        return self.desk.draw(draft, "by_need_to", need=need)

    def typed(self, draft: Draft, text: str, want: Want) -> str:
        """The words as people type them, now and then badly, but so that serving reads in them what it would."""
        slipped = typed(self.desk, draft, text, want)
        text = slipped if self._read(slipped, want) == self._read(text, want) else text
        if draft.rng.random() >= GARBLED_SHARE:
            return text
        read = self._read(text, want), self.counts_in(text), numbers_in(text)
        for _ in range(_GARBLED_TRIES):
            slipped = garbled(text, draft.rng)
            if agrees(slipped, want) and (
                (self._read(slipped, want), self.counts_in(slipped), numbers_in(slipped)) == read
            ):
                return slipped
        return text

    def _read(self, text: str, want: Want) -> list[tuple[str, str]]:
        """Those of the want's values that serving finds written."""
        written = self.desk.said.written(text)
        return [entry for entry in want.facets if entry in written]

    def unmet(self, draft: Draft, item: ShopItem) -> Ask | None:
        """A wish that nothing in the shop meets, one step away from one that the item meets; None if none is found."""
        rng = draft.rng
        for _ in range(12):
            facets = self.facets(draft, item, extra=rng.choice((0, 1, 2)))
            if KIND not in facets:
                continue
            want, tail = Want(facets=self.shop.ordered(facets)), list[str]()
            if rng.random() < 0.4:
                prices = [found.price_minor for found in self.shop.matching(want) if found.price_minor is not None]
                if not prices:
                    continue
                limit = below(Decimal(min(prices)) / self.shop.minor_per_major * Decimal("0.85"), rng)
                if limit is None:
                    continue
                want = replace(want, max_price=limit)
                tail = [self.desk.draw(draft, "max_price", max=spelled(limit, rng))]
            else:
                name = rng.choice([facet for facet in self.shop.facets if facet != KIND])
                other = rng.choice(self.shop.by_type[item.item_type])
                values = [value for facet, value in self.shop.facets_of(other) if facet == name]
                if not values:
                    continue
                want = replace(want, facets=self.shop.ordered({**facets, name: rng.choice(values)}))
            if not self.shop.matching(want):
                return self.worded(draft, want, tail)
        return None


def typed(desk: Desk, draft: Draft, text: str, want: Want) -> str:
    """The words as people type them, but for slips that turn a limit into one that serving reads otherwise."""
    slipped = desk.typed(draft, text)
    return slipped if agrees(slipped, want) and numbers_in(slipped) == numbers_in(text) else text


def agrees(text: str, want: Want) -> bool:
    """Whether a want holds what serving reads in a message as stated plainly, and asks of every reply to it."""
    stated = stated_in(text)
    limits = ((stated.at_most, want.max_price), (stated.at_least, want.min_price))
    return all(number in (None, str(limit)) for number, limit in limits) and (want.in_stock or not stated.in_stock)


def above(price: Decimal, rng: random.Random) -> Decimal:
    """A round amount at or above the price and not far from it; now and then an odd one (49.99)."""
    marks = [mark for mark in _MARKS if mark >= price][:4]
    mark = Decimal(rng.choice(marks) if marks else math.ceil(price / 1000) * 1000)
    if rng.random() < 0.08:
        return mark.quantize(Decimal("0.01"))
    if rng.random() < 0.06 and mark - Decimal("0.01") >= price:
        return mark - Decimal("0.01")
    return mark


def below(price: Decimal, rng: random.Random) -> Decimal | None:
    """A round amount at or below the price and not far from it; None below the smallest one."""
    marks = [mark for mark in _MARKS if mark <= price]
    return Decimal(rng.choice(marks[-4:])) if marks else None


def spelled(limit: Decimal, rng: random.Random) -> str:
    """The amount as typed: now and then with a comma after the thousands."""
    return f"{limit:,}" if limit >= 1000 and rng.random() < 0.3 else f"{limit:f}"
