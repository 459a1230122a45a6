"""Turns that are no search: small talk, wishes too broad to answer, things not sold, and ordinary language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from finetune.examples.asking import GARBLED_SHARE, agrees, spelled, typed
from finetune.examples.chat import Chat
from finetune.examples.desk import Desk, Draft
from finetune.examples.example import Example
from finetune.examples.lexicon import Noun
from finetune.examples.phrases import UnsoldThings
from finetune.examples.shop import KIND, ShopItem, simple_plural
from finetune.examples.slips import garbled
from finetune.examples.tasks.dialogue import Dialogue
from neo_assistant.grammar.want_context import numbers_in
from neo_assistant.messages import Message, TextPart, WantPart
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import Want, found_words

_LATER_SHARE = 0.4
_UNSOLD_QUALITY_SHARE, _UNSOLD_COLOUR_SHARE, _UNSOLD_LIMIT_SHARE = 0.35, 0.15, 0.25
_LIMITS = (5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500)
_TASTE = 12
"""Items of a journey from which it is seen what somebody looks at."""


class _Talk:
    """A reply of words with an empty want, because nothing was asked of the catalog."""

    name = ""
    garbled = False
    """Whether the words are now and then typed as badly as those of searches are."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop, self.chat = desk, desk.shop, Chat(desk)

    @property
    def possible(self) -> bool:
        return True

    def said(self, draft: Draft, text: str, answer: str, want: Want | None = None) -> Example:
        """The answer, in the mixed format after a want of no facets, in the text format by itself.

        Args:
            draft: of the example.
            text: the shopper's words.
            answer: the reply's.
            want: limits that the words state; serving asks for them whatever is wanted.
        """
        desk, want = self.desk, want or Want()
        format = Format.TEXT if draft.rng.random() < 0.15 else Format.MIXED
        steering = Steering(Task.CHAT, (), format, desk.count(draft), desk.some_history(draft, 0.15))
        span = WantPart(want.text() + found_words(len(self.shop.matching(want))))
        reply = Message.assistant(*([span] if format is Format.MIXED else []), TextPart(answer))
        words = typed(desk, draft, text, want)
        if self.garbled and draft.rng.random() < GARBLED_SHARE:
            slipped = garbled(words, draft.rng)
            words = slipped if agrees(slipped, want) and numbers_in(slipped) == numbers_in(words) else words
        return desk.example(draft, self.name, steering, [Message.shopper(words)], reply)


class SmallTalk(_Talk):
    """Thanks, who are you, orders and returns, off-topic and harmful requests: at first or after a search."""

    name = "small talk"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._dialogue = Dialogue(desk)

    def make(self, draft: Draft) -> Example | None:
        if self._dialogue.possible and draft.rng.random() < _LATER_SHARE:
            return self._later(draft)
        return self.said(draft, *self.chat.small_talk(draft))

    def _later(self, draft: Draft) -> Example | None:
        """After a search: nothing of what was wanted is kept, and nothing is shown again."""
        opening = self._dialogue.opening(draft, 1)
        if opening is None:
            return None
        text, answer = self.chat.small_talk(draft, later=True)
        messages = [*opening.messages, Message.shopper(self.desk.typed(draft, text))]
        reply = Message.assistant(self.chat.empty_want(), TextPart(answer))
        return self.desk.example(draft, self.name, opening.steering, messages, reply)


class Broad(_Talk):
    """A wish too broad to answer: one question back that names departments, and no items."""

    name = "clarify"

    def make(self, draft: Draft) -> Example | None:
        desk, looked = self.desk, tuple[ShopItem, ...]()
        if draft.rng.random() < 0.25 and (journey := desk.journey(draft)) is not None:
            looked = tuple(self.shop.by_sku[sku] for sku in journey.skus[: draft.rng.randrange(1, _TASTE)])
        example = self.said(draft, *self.chat.broad(draft, looked))
        return replace(example, steering=replace(example.steering, history=tuple(item.sid for item in looked)))


class Unsold(_Talk):
    """Something the shop does not sell, in the words in which people ask for what it sells."""

    name = "not sold"
    garbled = True

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        sold = {name.lower() for kind in self.shop.by_kind for name in self._names(kind)}
        for family in desk.book.families:
            sold |= {family, simple_plural(family)}
        titles = f" {' '.join(item.title.lower() for item in self.shop.items)} "
        self.things = [
            (group, thing)
            for group in desk.book.unsold
            for thing in group.things
            if not {thing.lstrip("~").lower(), _many(thing).lower()} & sold
            and f" {thing.lstrip('~').lower()} " not in titles
            and f" {_many(thing).lower()} " not in titles
        ]

    @property
    def possible(self) -> bool:
        return bool(self.things)

    def _names(self, kind: str) -> Sequence[str]:
        names = [kind, self.shop.plural(kind), *self.desk.lexicon.other_names(kind)]
        return [*names, *(simple_plural(name) for name in names)]

    def make(self, draft: Draft) -> Example | None:
        rng, desk = draft.rng, self.desk
        group, thing = rng.choice(self.things)
        desk.note(draft, f"unsold {thing}")
        want, tail = Want(), ""
        if rng.random() < _UNSOLD_LIMIT_SHARE:
            limit = Decimal(rng.choice(_LIMITS))
            want, tail = Want(max_price=limit), " " + desk.draw(draft, "max_price", max=spelled(limit, rng))
        noun = self._noun(draft, group, thing, tail.replace(" ,", ","))
        frame = rng.choice(("box", "frames", "frames", "spread", ""))
        text = desk.draw(draft, frame, bare=noun.bare, one=noun.one, many=noun.many) if frame else noun.bare
        answer = desk.say(draft, "reply_unsold", things=_many(thing))
        near = self._near(group)
        if near:
            answer += desk.say(draft, "reply_unsold_near", near=desk.lexicon.joined(near))
        else:
            answer += desk.say(draft, "reply_unsold_else")
        return self.said(draft, text, answer, want)

    def _noun(self, draft: Draft, group: UnsoldThings, thing: str, tail: str) -> Noun:
        """The thing as a shopper names it, now and then with a quality or a colour."""
        rng, before = draft.rng, list[str]()
        if group.qualities and rng.random() < _UNSOLD_QUALITY_SHARE:
            before.append(rng.choice(group.qualities))
        colours = sorted(value for name in ("colour", "color") for value in self.shop.facet_values.get(name, ()))
        if colours and rng.random() < _UNSOLD_COLOUR_SHARE:
            before.append(rng.choice(colours))
        one = " ".join([*before, thing.lstrip("~")])
        many = " ".join([*before, _many(thing)])
        single = many if thing.startswith("~") else self.desk.lexicon.with_article(one)
        return Noun(rng.choice((one, many)) + tail, single + tail, many + tail)

    def _near(self, group: UnsoldThings) -> list[str]:
        """At most two kinds or departments to point to instead."""
        shop = self.shop
        kinds = [shop.plural(name) for name in group.near if name in shop.by_kind]
        return (kinds or [self.desk.lexicon.type_items(name) for name in group.near if name in shop.by_type])[:2]


def _many(thing: str) -> str:
    """Things of the list in the plural; those with a ``~`` are as they are."""
    return thing[1:] if thing.startswith("~") else simple_plural(thing)


class WordsOnly(_Talk):
    """A question about a kind in the text format: no want and no items, so the reply says only that it is sold."""

    name = "words only"

    @property
    def possible(self) -> bool:
        return bool(self.shop.by_kind)

    def make(self, draft: Draft) -> Example | None:
        kind, rng, desk = draft.rng.choice(list(self.shop.by_kind)), draft.rng, self.desk
        noun = desk.lexicon.asked({KIND: kind}, rng)
        text = desk.draw(draft, "frames", bare=noun.bare, one=noun.one, many=noun.many)
        steering = Steering(desk.task(draft, Task.SEARCH), (), Format.TEXT, desk.count(draft))
        reply = Message.assistant(desk.say(draft, "reply_words_only", things=self.shop.plural(kind)))
        return desk.example(draft, self.name, steering, [Message.shopper(desk.typed(draft, text))], reply)


class Language(_Talk):
    """Ordinary questions and answers, so that the language is not unlearnt."""

    name = "language"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        # By length, because what keeps language alive is the number of its tokens, and not of its examples.
        self._weights = [sum(len(answer.split()) for answer in entry.answer) for entry in desk.book.general]

    def make(self, draft: Draft) -> Example | None:
        entry = draft.rng.choices(self.desk.book.general, self._weights)[0]
        text = draft.rng.choice(entry.ask)
        self.desk.note(draft, f"general {text}")
        if draft.rng.random() < 0.4:
            text = self.desk.typed(draft, text)
        steering = Steering(Task.CHAT, (), Format.TEXT, self.desk.count(draft), self.desk.some_history(draft, 0.1))
        answer = Message.assistant(draft.rng.choice(entry.answer))
        return self.desk.example(draft, self.name, steering, [Message.shopper(text)], answer)


TALK = (SmallTalk, Broad, Unsold, WordsOnly, Language)
