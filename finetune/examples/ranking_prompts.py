"""The two prompts of rankings, the same in training and when a model is ranked: from a history, and from a query.

They are what serving renders for a request for semantic ids only. Their reply begins with an empty want span: what
meets no conditions is ranked among the whole catalog.
"""

from __future__ import annotations

from collections.abc import Sequence

from neo_assistant.earlier_turns import NO_WORDS
from neo_assistant.messages import Message, WantPart
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.sids import Sid
from neo_assistant.steering import Format, Steering, Task
from neo_assistant.want import Want, found_words

NEXT_COUNT = 1
"""Items that the prompt asks for when the next item of a sequence is ranked."""
SEARCH_COUNT = 5
"""Items that the prompt asks for when a search is ranked; so many judged products are relevant, in the middle."""


def history_prompt(history: Sequence[Sid], count: int) -> tuple[Steering, Message]:
    """What somebody gets who has a past and says nothing: what might come next."""
    return Steering(Task.RECOMMEND, (), Format.IDS, count, tuple(history)), Message.shopper(NO_WORDS)


def query_prompt(text: str, count: int) -> tuple[Steering, Message]:
    """A search in words."""
    return Steering(Task.SEARCH, (), Format.IDS, count), Message.shopper(text)


def rendered(renderer: PromptRenderer, steering: Steering, message: Message, items: int) -> list[int]:
    """Token ids up to where the first item of the reply begins.

    Args:
        renderer: of the model.
        steering: of the prompt.
        message: the shopper's.
        items: of the catalog, which the want span counts.
    """
    opening = renderer.parts([WantPart(Want().text() + found_words(items))])
    return [*renderer.prompt([message], steering), *opening]
