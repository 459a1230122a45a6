"""Small talk and wishes too broad to answer: what is said, and the words that answer it."""

from __future__ import annotations

from finetune.examples.desk import Desk, Draft
from finetune.examples.shop import KIND, ShopItem
from neo_assistant.messages import Message, TextPart, WantPart
from neo_assistant.want import Want, found_words

_BROAD_SHARE = 0.25
_RANGE_SHARE = 0.3
_CHOICES = 3


class Chat:
    """Turns that ask nothing of the catalog."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shop = desk, desk.shop

    def small_talk(self, draft: Draft, later: bool = False) -> tuple[str, str]:
        """Something said and the answer to it; with ``later``, of the sort said after a search and its reply."""
        topics = [topic for topic in self.desk.book.talk if topic.later or not later]
        topic = draft.rng.choices(topics, [len(topic.ask) ** 0.25 for topic in topics])[0]
        text = draft.rng.choice(topic.ask)
        self.desk.note(draft, f"talk {text}")
        return text, draft.rng.choice(topic.answer)

    def broad(self, draft: Draft, looked: tuple[ShopItem, ...] = ()) -> tuple[str, str]:
        """A wish too broad to search for, and a question back that names some of the shop's departments.

        Args:
            draft: of the example.
            looked: what the shopper looked at; its departments are among those named.
        """
        asks_range = draft.rng.random() < _RANGE_SHARE
        text = self.desk.draw(draft, "broad_range" if asks_range else "broad")
        choices = self.desk.lexicon.joined(self._choices(draft, looked), "and" if asks_range else "or")
        return text, self.desk.say(draft, "reply_broad_range" if asks_range else "reply_broad", choices=choices)

    def _choices(self, draft: Draft, looked: tuple[ShopItem, ...]) -> list[str]:
        """Departments, or in a shop of few departments kinds."""
        shop, lexicon = self.shop, self.desk.lexicon
        if len(shop.by_type) >= _CHOICES or not shop.facet_values.get(KIND):
            names = dict.fromkeys(item.item_type for item in reversed(looked))
            others = [name for name in shop.by_type if name not in names]
            names |= dict.fromkeys(draft.rng.sample(others, len(others)))
            return [lexicon.type_items(name) for name in list(names)[:_CHOICES]]
        kinds = list(shop.by_kind)
        return [shop.plural(kind) for kind in draft.rng.sample(kinds, min(_CHOICES, len(kinds)))]

    def empty_want(self) -> WantPart:
        """The span of a reply that asks nothing of the catalog."""
        return WantPart(found_words(len(self.shop.matching(Want()))))

    def exchange(self, draft: Draft, later: bool = False) -> tuple[Message, Message]:
        """A turn of talk and its reply, for a conversation that begins so or, with ``later``, in the middle of one."""
        if not later and draft.rng.random() < _BROAD_SHARE:
            return self.question(draft)
        text, answer = self.small_talk(draft, later)
        return self._turns(draft, text, answer)

    def question(self, draft: Draft, meant: ShopItem | None = None) -> tuple[Message, Message]:
        """A broad wish and the question back; of an item that is meant, the department is among those named."""
        return self._turns(draft, *self.broad(draft, (meant,) if meant else ()))

    def _turns(self, draft: Draft, text: str, answer: str) -> tuple[Message, Message]:
        return Message.shopper(self.desk.typed(draft, text)), Message.assistant(self.empty_want(), TextPart(answer))
