"""Turns that are no search: small talk, wishes too broad to answer, things not sold, and ordinary language."""

from __future__ import annotations

from collections.abc import Sequence

from finetune.examples.desk import Desk, Draft
from finetune.examples.example import Example
from finetune.examples.shop import KIND, simple_plural
from neo_assistant.messages import Message, TextPart, WantPart
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import Want, found_words


class _Talk:
    """A reply of words with an empty want, because nothing was asked of the catalog."""

    name = ""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop

    @property
    def possible(self) -> bool:
        return True

    def said(self, draft: Draft, text: str, answer: str) -> Example:
        """The answer, in the mixed format after a want without conditions, in the text format by itself."""
        desk = self.desk
        format = Format.TEXT if draft.rng.random() < 0.2 else Format.MIXED
        steering = Steering(Task.CHAT, (), format, desk.count(draft), desk.some_history(draft, 0.15))
        want = WantPart(found_words(len(self.shop.matching(Want()))))
        reply = Message.assistant(*([want] if format is Format.MIXED else []), TextPart(answer))
        return desk.example(draft, self.name, steering, [Message.shopper(desk.typed(draft, text))], reply)


class SmallTalk(_Talk):
    """Thanks, who are you, orders and returns, off-topic and harmful requests."""

    name = "small talk"

    def make(self, draft: Draft) -> Example | None:
        topic = draft.rng.choice(self.desk.book.talk)
        text = draft.rng.choice(topic["ask"])
        self.desk.note(draft, f"talk {text}")
        return self.said(draft, text, draft.rng.choice(topic["answer"]))


class Broad(_Talk):
    """A wish too broad to answer: one question back, and no items."""

    name = "clarify"

    def make(self, draft: Draft) -> Example | None:
        return self.said(draft, self.desk.draw(draft, "broad"), self.desk.say(draft, "reply_broad"))


class Unsold(_Talk):
    """Something the shop does not sell."""

    name = "not sold"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        sold = {name for kind in self.shop.by_kind for name in self._names(kind)}
        titles = " ".join(item.title.lower() for item in self.shop.items)
        things = desk.book.groups["unsold_things"]
        self.things = [
            thing for thing in things if thing not in sold and thing.removeprefix("a ").lower() not in titles
        ]

    @property
    def possible(self) -> bool:
        return bool(self.things)

    def _names(self, kind: str) -> Sequence[str]:
        words = self.shop.kinds.get(kind)
        names = [kind, self.shop.plural(kind), *(words.synonyms if words else ())]
        return [*names, *(simple_plural(name) for name in names)]

    def make(self, draft: Draft) -> Example | None:
        thing = draft.rng.choice(self.things)
        self.desk.note(draft, f"unsold {thing}")
        text = self.desk.draw(draft, "unsold", thing=thing)
        return self.said(draft, text, self.desk.say(draft, "reply_unsold", thing=thing))


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

    def make(self, draft: Draft) -> Example | None:
        entry = draft.rng.choice(self.desk.book.general)
        text = draft.rng.choice(entry["ask"])
        self.desk.note(draft, f"general {text}")
        steering = Steering(Task.CHAT, (), Format.TEXT, self.desk.count(draft))
        answer = Message.assistant(draft.rng.choice(entry["answer"]))
        return self.desk.example(draft, self.name, steering, [Message.shopper(text)], answer)


TALK = (SmallTalk, Broad, Unsold, WordsOnly, Language)
