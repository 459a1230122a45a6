"""What a shopper changes in a want that was read out of their words: the chip "under $60" is removed."""

from __future__ import annotations

from neo_assistant.errors import RequestError
from neo_assistant.want import Want
from neo_assistant.want_phrases import want_phrases


def without_phrase(want: str, phrase: str, currency: str) -> str:
    """A want without one of its conditions, for :attr:`neo_assistant.request.Request.want`.

    Args:
        want: conditions as a want span states them; a trailing ``found N`` does not count.
        phrase: what :func:`~neo_assistant.want_phrases.want_phrases` calls the condition that goes. If two have the
            same name, the first one goes.
        currency: in which shoppers name prices.

    Returns:
        The text of the other conditions, as :meth:`neo_assistant.want.Want.text` writes them; empty if none is left.

    Raises:
        RequestError: if no condition is so called, or the want is not one.
    """
    parsed = Want.parse(want)
    words, phrases = parsed.words(), want_phrases(parsed, currency)
    if phrase not in phrases:
        raise RequestError(f"no condition {phrase!r} was read", "choose one that is shown above the reply")
    gone = phrases.index(phrase)
    return "".join(f" {word};" for word in words[:gone] + words[gone + 1 :])
