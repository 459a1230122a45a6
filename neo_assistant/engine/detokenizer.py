"""Token ids to text while they come: a character is given out only once all its bytes are there."""

from __future__ import annotations

from neo_assistant.prompts.tokenizer import ShopTokenizer

_UNFINISHED = "�"


class Detokenizer:
    """Collects the ids of one run of words and gives out the text that is certain."""

    def __init__(self, tokenizer: ShopTokenizer) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._given = 0

    def add(self, token: int) -> str:
        """The text that became certain with this token; may be empty."""
        self._ids.append(token)
        text = self._tokenizer.decode(self._ids)
        if text.endswith(_UNFINISHED):
            return ""
        fresh, self._given = text[self._given :], len(text)
        return fresh

    def close(self) -> str:
        """What was held back; the run of words is over. A character that lacks bytes will never be whole: it goes."""
        text = self._tokenizer.decode(self._ids).rstrip(_UNFINISHED)[self._given :]
        self._ids, self._given = [], 0
        return text
