"""Titles and descriptions of the sample store, chosen from sentences written by hand.

A description is an opening, what the material or a feature means, and a closing line on care, fit or size. Only
sentences that are true of the product are candidates; among them the one used least so far is taken, so that the
products of a kind differ.
"""

from __future__ import annotations

import random
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from catalog_db.sample.kinds import KindSpec
from catalog_db.sample.reading import SampleDataError
from catalog_db.sample.sentences import Sentence
from catalog_db.sample.vocabulary import Vocabulary

MIN_WORDS = 35
MAX_SENTENCES = 4
MAX_TITLE = 90
MAX_USES = 3
NOT_FOR_KIDS = frozenset({"office", "commuting", "video calls", "hot drinks"})
"""Uses that a product for children does not have."""
_UNITS = {"mah": "mAh", "w": "W"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is decided about a product so far; words are empty and tuples too where nothing is."""

    brand: str
    line: str
    colour: str
    material: str
    size: str
    capacity: str
    audience: str
    features: tuple[str, ...]
    noun: str = ""
    """What its title calls it."""
    headline: str = ""
    """The feature that its title names."""
    uses: tuple[str, ...] = ()

    def attributes(self, kind: str) -> dict[str, tuple[str, ...]]:
        """Attribute name → values, without the attributes it does not have."""
        values = {
            "kind": (kind,),
            "colour": (self.colour,),
            "material": (self.material,),
            "size": (self.size,) if self.size else (),
            "capacity": (self.capacity,) if self.capacity else (),
            "use": self.uses,
            "feature": self.features,
            "audience": (self.audience,) if self.audience else (),
        }
        return {name: value for name, value in values.items() if value}


class Copywriter:
    """Writes about the products of one kind."""

    def __init__(self, kind: KindSpec, vocabulary: Vocabulary, rng: random.Random) -> None:
        self.kind = kind
        self.vocabulary = vocabulary
        self.rng = rng
        self.used: Counter[str] = Counter()
        self.claims: dict[str, tuple[set[str], ...]] = {}
        """What a sentence says of a product: colours, features, materials."""
        self.written: set[str] = set()

    def title(self, draft: Draft) -> tuple[str, Draft]:
        """A title such as ``Tarnwick Cragside Waterproof Hiking Boots, Brown``, and the draft with what it settles.

        The first noun of the kind is the most usual; a noun that is for one use settles that use.
        """
        facts = self._facts(draft)
        nouns = [noun for noun in self.kind.nouns if _holds(noun, {**facts, "use": self.kind.uses})]
        noun = self.rng.choice((nouns[0], *nouns))
        lowered = set(noun.text.lower().split())
        # Only what is typical of the kind is worth a headline.
        typical = [name for name in draft.features if self.kind.features[name].share >= 1]
        adjectives = {name: self.vocabulary.features[name].title for name in typical}
        adjectives = {name: title for name, title in adjectives.items() if title and not _echoes(title, lowered)}
        headline = self.rng.choice(list(adjectives)) if adjectives and self.rng.random() < 0.6 else ""
        material = ""
        if self.vocabulary.materials[draft.material].in_title and not set(draft.material.split()) & lowered:
            material = draft.material.title() if self.rng.random() < 0.55 else ""
        if headline and material and self.rng.random() < 0.6:
            headline, material = (headline, "") if self.rng.random() < 0.5 else ("", material)
        # A brand has cheap and plain things that it gives no name.
        if (headline or material) and self.rng.random() < 0.25:
            draft = replace(draft, line="")
        draft = replace(draft, noun=noun.text, headline=headline, uses=tuple(_uses_spoken(noun)))
        audience = self.vocabulary.audiences[draft.audience] if self.kind.audience.get(draft.audience, 1) < 1 else ""
        parts = (draft.brand, draft.line, audience, adjectives.get(headline, ""), material, noun.text)
        head = " ".join(part for part in parts if part)
        extent = ", ".join(title_case(unit(value)) for value in (draft.size, draft.capacity) if value)
        colour = draft.colour.capitalize()
        if extent:
            return self.rng.choice((f"{head}, {extent}, {colour}", f"{head} in {colour}, {extent}")), draft
        return self.rng.choice((f"{head}, {colour}", f"{head}, {colour}", f"{head} in {colour}")), draft

    def description(self, draft: Draft) -> tuple[str, Draft]:
        """Three or four sentences of at least :data:`MIN_WORDS` words together, and the draft with its uses.

        No two products have the same. Where all that is true is short, it is a sentence more.
        """
        best: tuple[int, str, Draft] | None = None
        for _ in range(20):
            opening, described = self._opening(draft)
            sentences = self._sentences(opening, described)
            text = " ".join(sentences)
            if text not in self.written and (best is None or len(sentences) < best[0]):
                best = (len(sentences), text, described)
            if best is not None and best[0] <= MAX_SENTENCES:
                break
        if best is None:
            raise self._fail("nothing new can be said", draft)
        self.written.add(best[1])
        return best[1:]

    def _opening(self, draft: Draft) -> tuple[str, Draft]:
        """An opening sentence, and the draft with its uses, among them those that the sentence speaks of."""
        unfit = self.kind.materials[draft.material].unfit | (NOT_FOR_KIDS if draft.audience == "kids" else frozenset())
        possible = [use for use in self.kind.uses if use not in unfit]
        # An opening that is about a use settles that use, so the product may have any for now.
        sentence = self._choose(self.kind.openings, replace(draft, uses=tuple(possible)), [])
        if sentence is None:
            raise self._fail("no opening is true", draft)
        spoken = [*draft.uses]
        spoken += _uses_spoken(sentence)
        spoken += [use for use in self.kind.uses if use in self.vocabulary.claims("use", sentence.text)]
        uses = list(dict.fromkeys(use for use in spoken if use in possible))[:MAX_USES]
        others = [use for use in possible if use not in uses]
        wanted = self.rng.choice((1, 2, 2, 3))
        while others and len(uses) < wanted:
            # Uses are listed from the most to the least typical.
            weights = [1 / (position + 1) for position in range(len(others))]
            uses.append(others.pop(self.rng.choices(range(len(others)), weights)[0]))
        draft = replace(draft, uses=tuple(use for use in self.kind.uses if use in uses))
        return self._fill(sentence, draft), draft

    def _sentences(self, opening: str, draft: Draft) -> list[str]:
        features = [name for name in draft.features if name != draft.headline]
        self.rng.shuffle(features)
        if draft.headline:
            features.insert(0, draft.headline)
        material = self.kind.materials[draft.material].sentences
        body: list[Sequence[Sentence]] = [self.kind.features[name].sentences for name in features[:2]]
        if len(body) < 2 or self.rng.random() < 0.5:
            body = [material, *body[:1]] if self.rng.random() < 0.7 else [*body[:1], material]
        texts = [opening]
        for sentences in body:
            self._add(sentences, draft, texts)
        if len(texts) < 3 or word_count(texts) < MIN_WORDS or self.rng.random() < 0.6:
            self._add(self.kind.closings, draft, texts, least=MIN_WORDS - word_count(texts))
        while word_count(texts) < MIN_WORDS:
            self._add((*material, *self.kind.closings), draft, texts, least=MIN_WORDS - word_count(texts))
        return texts

    def _add(self, sentences: Iterable[Sentence], draft: Draft, texts: list[str], least: int = 0) -> None:
        """Append a sentence that is not yet among ``texts``; one of ``least`` words or more, or else a long one."""
        options = list(sentences)
        lengths = [len(sentence.text.split()) for sentence in options]
        long = [sentence for sentence, length in zip(options, lengths, strict=True) if length >= least]
        longish = [s for s, length in zip(options, lengths, strict=True) if length >= statistics.median(lengths)]
        chosen = (
            self._choose(long, draft, texts)
            or self._choose(longish, draft, texts)
            or self._choose(options, draft, texts)
        )
        if chosen is None:
            raise self._fail("no sentence is left that is true", draft)
        texts.append(self._fill(chosen, draft))

    def _choose(self, sentences: Iterable[Sentence], draft: Draft, texts: Sequence[str]) -> Sentence | None:
        """The true sentence used least so far, rather one that begins unlike ``texts``; None when there is none."""
        facts = self._facts(draft)
        missing = {name for name in ("line", "size", "capacity") if not getattr(draft, name)}
        candidates = [
            sentence
            for sentence in sentences
            if _holds(sentence, facts)
            and not sentence.placeholders & missing
            and self._true(sentence.text, draft)
            and self._fill(sentence, draft) not in texts
        ]
        if not candidates:
            return None
        begun = {text.split()[0] for text in texts}
        cost = {s.text: self.used[s.text] + (1.5 if s.text.split()[0] in begun else 0) for s in candidates}
        least = min(cost.values())
        chosen = self.rng.choice([sentence for sentence in candidates if cost[sentence.text] == least])
        self.used[chosen.text] += 1
        return chosen

    def _true(self, text: str, draft: Draft) -> bool:
        """Whether ``text`` names no colour, feature or material that the product has not."""
        if text not in self.claims:
            self.claims[text] = tuple(self.vocabulary.claims(name, text) for name in ("colour", "feature", "material"))
        colours, features, materials = self.claims[text]
        return (
            colours <= {draft.colour}
            and features <= set(draft.features)
            and materials <= {draft.material, *draft.material.split()}
        )

    def _fail(self, problem: str, draft: Draft) -> SampleDataError:
        return SampleDataError(f"{self.kind.item_type}.yaml, {self.kind.name}", f"{problem} of {draft}")

    def _facts(self, draft: Draft) -> dict[str, tuple[str, ...]]:
        return {**draft.attributes(self.kind.name), "noun": (draft.noun,)}

    def _fill(self, sentence: Sentence, draft: Draft) -> str:
        return sentence.text.format(
            brand=draft.brand,
            line=draft.line,
            colour=draft.colour,
            a_colour=with_article(draft.colour),
            A_colour=with_article(draft.colour).capitalize(),
            material=draft.material,
            size=unit(draft.size),
            capacity=unit(draft.capacity),
        )


def with_article(word: str) -> str:
    """``word`` with the indefinite article that its sound asks for."""
    return f"an {word}" if word[0] in "aeio" else f"a {word}"


def unit(value: str) -> str:
    """A size or capacity as a shop prints it: ``10000 mah`` becomes ``10,000 mAh``."""
    number, _, rest = value.partition(" ")
    if not number.isdigit():
        return value
    shown = f"{int(number):,}" if len(number) > 4 else number
    return f"{shown} {_UNITS.get(rest, rest)}"


def title_case(value: str) -> str:
    """A size as a title has it: ``King``, ``2 Person``, but ``1.7 l`` and ``20 cm`` as they are."""
    return re.sub(r"\b(?!(?:cm|ml|l|m|kg|mAh)\b)([a-z])", lambda found: found[1].upper(), value)


def word_count(texts: Iterable[str]) -> int:
    """How many words the texts have together."""
    return sum(len(text.split()) for text in texts)


def _echoes(title: str, words: set[str]) -> bool:
    """Whether one of ``words`` sounds like one in ``title``, as in ``Fast-Charging Charger``."""
    stems = tuple(word[:5] for word in re.split(r"[- ]", title.lower()) if len(word) > 3)
    return any(word.startswith(stems) for word in words)


def _holds(sentence: Sentence, facts: dict[str, tuple[str, ...]]) -> bool:
    return all(part.holds(facts) for part in sentence.conditions)


def _uses_spoken(sentence: Sentence) -> list[str]:
    """The uses that the sentence's condition asks for."""
    return [use for part in sentence.conditions if part.name == "use" for use in sorted(part.values)]
