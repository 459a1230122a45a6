"""Titles and descriptions of the sample store, chosen from sentences written by hand.

A description is an opening, what the material or a feature means, and a closing line on care, fit or size. Only
sentences that are true of the product are candidates; among them the one used least so far is taken, so that the
products of a kind differ.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog_db.sample.kinds import KindSpec, Sentence
from catalog_db.sample.vocabulary import Vocabulary

MIN_WORDS, MAX_WORDS = 35, 90
MAX_TITLE = 90
MAX_USES = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """What is decided about a product before anything is written about it."""

    brand: str
    line: str
    colour: str
    material: str
    size: str
    capacity: str
    audience: str
    features: tuple[str, ...]
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


def with_article(word: str) -> str:
    """``word`` with the indefinite article that its sound asks for."""
    return f"an {word}" if word[0] in "aeio" else f"a {word}"


def unit(value: str) -> str:
    """A size or capacity as a shop prints it: ``10000 mah`` becomes ``10,000 mAh``."""
    number, _, rest = value.partition(" ")
    if not number[0].isdigit():
        return value
    shown = f"{int(number):,}" if number.isdigit() and len(number) > 4 else number
    return f"{shown} {({'mah': 'mAh', 'w': 'W'}).get(rest, rest)}"


class Copywriter:
    """Writes about the products of one kind."""

    def __init__(self, kind: KindSpec, vocabulary: Vocabulary, rng: random.Random) -> None:
        self.kind = kind
        self.vocabulary = vocabulary
        self.rng = rng
        self.used: Counter[str] = Counter()

    def fill(self, sentence: Sentence, draft: Draft) -> str:
        """The sentence with its placeholders filled."""
        text = sentence.text.format(
            brand=draft.brand,
            line=draft.line,
            colour=draft.colour,
            Colour=draft.colour.capitalize(),
            a_colour=with_article(draft.colour),
            material=draft.material,
            size=unit(draft.size) if draft.size else "",
            capacity=unit(draft.capacity) if draft.capacity else "",
        )
        return text

    def choose(self, sentences: Iterable[Sentence], draft: Draft, ignore_use: bool = False) -> Sentence | None:
        """The true sentence used least so far; None when none is true of the product."""
        attributes = draft.attributes(self.kind.name)
        candidates = [
            sentence
            for sentence in sentences
            if all(part.holds(attributes) for part in sentence.conditions if not (ignore_use and part.name == "use"))
            and not ("size" in sentence.placeholders and not draft.size)
            and not ("capacity" in sentence.placeholders and not draft.capacity)
            and self.vocabulary.truthful(sentence.text, draft.colour, draft.material, draft.features)
        ]
        if not candidates:
            return None
        fewest = min(self.used[sentence.text] for sentence in candidates)
        chosen = self.rng.choice([sentence for sentence in candidates if self.used[sentence.text] == fewest])
        self.used[chosen.text] += 1
        return chosen

    def opening(self, draft: Draft) -> tuple[str, tuple[str, ...]]:
        """An opening sentence, and the uses of the product, among them those that the sentence speaks of."""
        sentence = self.choose(self.kind.openings, draft, ignore_use=True)
        if sentence is None:
            raise ValueError(f"no opening is true of a {self.kind.name} like {draft}")
        spoken = [value for part in sentence.conditions if part.name == "use" for value in sorted(part.values)]
        spoken += [use for use in self.kind.uses if use in self.vocabulary.claims("use", sentence.text)]
        uses = list(dict.fromkeys(use for use in spoken if use in self.kind.uses))[:MAX_USES]
        others = [use for use in self.kind.uses if use not in uses]
        wanted = self.rng.choice((1, 2, 2, 3))
        while others and len(uses) < wanted:
            # Uses are listed from the most to the least typical.
            weights = [1 / (position + 1) for position in range(len(others))]
            uses.append(others.pop(self.rng.choices(range(len(others)), weights)[0]))
        return self.fill(sentence, draft), tuple(use for use in self.kind.uses if use in uses)

    def description(self, opening: str, draft: Draft) -> str:
        """Two to four sentences, between :data:`MIN_WORDS` and :data:`MAX_WORDS` words."""
        features = [name for name in draft.features if self.kind.features[name].sentences]
        self.rng.shuffle(features)
        body: list[Sequence[Sentence]] = [self.kind.features[name].sentences for name in features[:2]]
        material = self.kind.materials[draft.material].sentences
        if len(body) < 2 or self.rng.random() < 0.5:
            body = [material, *body[:1]] if self.rng.random() < 0.7 else [*body[:1], material]
        texts = [opening]
        for sentences in body:
            chosen = self.choose(sentences, draft)
            if chosen is not None:
                texts.append(self.fill(chosen, draft))
        if len(texts) < 3 or word_count(texts) < MIN_WORDS or self.rng.random() < 0.6:
            closing = self.choose(self.kind.closings, draft)
            if closing is not None:
                texts.append(self.fill(closing, draft))
        if word_count(texts) < MIN_WORDS:
            extra = self.choose([s for s in self.kind.closings if self.fill(s, draft) not in texts], draft)
            if extra is not None:
                texts.append(self.fill(extra, draft))
        return " ".join(texts)

    def title(self, draft: Draft) -> str:
        """A title such as ``Tarnwick Cragside Waterproof Hiking Boots, Brown``, at most :data:`MAX_TITLE` long."""
        noun = self.rng.choice((self.kind.nouns[0], *self.kind.nouns))
        lowered = noun.lower()
        named = [self.vocabulary.features[name].title for name in draft.features]
        adjectives = [title for title in named if title and title.lower() not in lowered]
        feature = self.rng.choice(adjectives) if adjectives and self.rng.random() < 0.6 else ""
        material = ""
        if self.vocabulary.materials[draft.material].in_title and not set(draft.material.split()) & set(
            lowered.split()
        ):
            material = draft.material.title() if self.rng.random() < 0.55 else ""
        if feature and material and self.rng.random() < 0.6:
            feature, material = (feature, "") if self.rng.random() < 0.5 else ("", material)
        audience = self.vocabulary.audiences[draft.audience] if self.kind.audience.get(draft.audience, 1) < 1 else ""
        line = draft.line if not (feature and material) else ""
        head = " ".join(part for part in (draft.brand, line, audience, feature, material, noun) if part)
        extent = ", ".join(title_case(unit(value)) for value in (draft.size, draft.capacity) if value)
        colour = draft.colour.capitalize()
        if extent:
            return self.rng.choice((f"{head}, {extent}, {colour}", f"{head} in {colour}, {extent}"))
        return self.rng.choice((f"{head}, {colour}", f"{head}, {colour}", f"{head} in {colour}"))


def title_case(value: str) -> str:
    """A size as a title has it: ``King``, ``2 Person``, but ``1.7 l`` and ``20 cm`` as they are."""
    return re.sub(r"\b(?!cm\b|ml\b|l\b|m\b|kg\b)([a-z])", lambda found: found[1].upper(), value)


def word_count(texts: Iterable[str]) -> int:
    """How many words the texts have together."""
    return sum(len(text.split()) for text in texts)
