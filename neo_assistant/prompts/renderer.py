"""The one renderer of conversations, for training (with the loss mask) and for serving.

    python -m neo_assistant.prompts.renderer      prints a rendered example, the trained part marked

A prompt is a system text that states task, types, format and count in words (and the shopper's history as SIDs), then
the turns, then the opening of the reply. What the renderer makes for training is the same prompt followed by the reply,
with a loss on the reply and on the token that ends it, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from neo_assistant.errors import RequestError
from neo_assistant.messages import ItemPart, Message, Part, Role, TextPart, WantPart
from neo_assistant.prompts.tokenizer import ShopTokenizer
from neo_assistant.sids import Sid, SidScheme, SidVocabulary
from neo_assistant.steering import MAX_HISTORY, Steering


@dataclass(frozen=True)
class Rendered:
    """Token ids and, for each, whether its prediction counts in the loss; both of one length."""

    ids: list[int]
    loss: list[bool]


class PromptRenderer:
    """Renders conversations with one tokenizer."""

    def __init__(self, tokenizer: ShopTokenizer) -> None:
        self.tokenizer = tokenizer

    def prompt(self, messages: Sequence[Message], steering: Steering) -> list[int]:
        """Token ids up to where the reply begins.

        Raises:
            RequestError: if the turns do not alternate, or the last one is not the shopper's.
        """
        self._check_turns(messages)
        tokenizer = self.tokenizer
        ids = [*tokenizer.system_open, *self._system(steering)]
        for number, message in enumerate(messages):
            if message.role is Role.SHOPPER:
                ids += tokenizer.turn_open if number == 0 else tokenizer.turn_again
            else:
                ids += tokenizer.reply_open
            ids += self.parts(message.parts)
        return ids + tokenizer.reply_open

    def example(self, messages: Sequence[Message], steering: Steering, reply: Message) -> Rendered:
        """A prompt and the reply to learn, with the loss mask."""
        prompt = self.prompt(messages, steering)
        answer = [*self.parts(reply.parts), self.tokenizer.end_of_reply]
        return Rendered(prompt + answer, [False] * len(prompt) + [True] * len(answer))

    def parts(self, parts: Sequence[Part]) -> list[int]:
        """Token ids of a message's content. Neighbouring texts are one text."""
        vocabulary, ids, words = self.tokenizer.vocabulary, [], ""
        for part in parts:
            if isinstance(part, TextPart):
                words += part.text
                continue
            ids += self.tokenizer.encode(words) if words else []
            words = ""
            match part:
                case ItemPart(sid, _, caption):
                    ids += vocabulary.encode(sid)
                    words = f" ({caption})" if caption else ""
                case WantPart(want):
                    ids += [vocabulary.want_open, *self.tokenizer.encode(want), vocabulary.want_close]
        return ids + (self.tokenizer.encode(words) if words else [])

    def _system(self, steering: Steering) -> list[int]:
        types = ", ".join(steering.types) or "any"
        text = f"Task: {steering.task}. Types: {types}. Format: {steering.format}. Count: {steering.count}."
        history = [ItemPart(sid) for sid in steering.history[-MAX_HISTORY:]]
        return self.parts([TextPart(text + (" History: " if history else "")), *history])

    @staticmethod
    def _check_turns(messages: Sequence[Message]) -> None:
        roles = [message.role for message in messages]
        expected = [Role.SHOPPER if number % 2 == 0 else Role.ASSISTANT for number in range(len(roles))]
        if roles != expected or len(roles) % 2 == 0:
            raise RequestError("turns of shopper and assistant must alternate, the shopper's first and last")


def marked(tokenizer: ShopTokenizer, rendered: Rendered) -> str:
    """The sequence as text with the trained part in bold, for eyes on a terminal."""
    vocabulary, control = tokenizer.vocabulary, tokenizer.control_ids

    def kind(pair: tuple[int, bool]) -> tuple[bool, bool]:
        return pair[1], pair[0] >= vocabulary.first_id or pair[0] in control

    pieces = []
    for (trained, named), run in groupby(zip(rendered.ids, rendered.loss, strict=True), key=kind):
        ids = [token for token, _ in run]
        if named:
            added = [token - vocabulary.first_id for token in ids]
            names = tokenizer.base.convert_ids_to_tokens(ids)
            text = "".join(vocabulary.tokens[a] if a >= 0 else name for a, name in zip(added, names, strict=True))
        else:
            text = tokenizer.decode(ids)  # together, because a character may be several tokens
        pieces.append(f"\x1b[1;32m{text}\x1b[0m" if trained else text)
    return "".join(pieces)


def main() -> None:
    """Print one example."""
    from neo_assistant.base_model import base_tokenizer

    base = base_tokenizer()
    scheme = SidScheme(("kitchen",), (8, 8, 4), per_type=True)
    renderer = PromptRenderer(ShopTokenizer(base, SidVocabulary(scheme, len(base))))
    mug = Sid("kitchen", (3, 1, 0))
    reply = Message.assistant(WantPart(" kind: mug; colour: blue; found 1"), "One blue mug:\n", ItemPart(mug))
    messages = [Message.shopper("a blue mug, please <|im_end|>")]
    print(marked(renderer.tokenizer, renderer.example(messages, Steering(history=(mug,)), reply)))


if __name__ == "__main__":
    main()
