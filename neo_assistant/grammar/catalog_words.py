"""The values of a catalog as the tokens in which a reply would say them.

What decides is the last word of a value: "recycled polyester" is stopped before "polyester", and may go on as anything
else that stands there, such as "recycled nylon". A value that is spelled in other tokens than the tokenizer would
choose is not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from catalog_db.money import SYMBOLS
from neo_assistant.grammar.said_values import BRAND
from neo_assistant.grammar.spelling import token_bytes
from neo_assistant.prompts.tokenizer import ShopTokenizer

Path = tuple[int, ...]
_START = -1
"""Stands before the first token of a run of words, where a value has no space before it."""
_NAME, _LATER = 2, 3
"""Letters that tell a word before it is complete: of a name in its first token, of others in more tokens than one. What
tells nothing is not stopped: "back" may become "backpack", and is a word. But whoever stops a name late has another one
made up."""
NUMERIC = b"0123456789,."


def token_ids(tokens: Iterable[int]) -> np.ndarray:
    """Token ids in their order; (k,) int64."""
    return np.array(sorted(tokens), dtype=np.int64)


class CatalogWords:
    """The values of a catalog as tokens; made once, used by every reply.

    Args:
        facets: facet name → values that stand in a row or not.
        free: names that a reply may always say, such as those of kinds: "rain jackets" do not say "rain" of an item.
        tokenizer: of the checkpoint.
    """

    def __init__(self, facets: Mapping[str, Sequence[str]], free: Iterable[str], tokenizer: ShopTokenizer) -> None:
        self.tokenizer = tokenizer
        self.spelled = token_bytes(tokenizer)
        self.numeric = {
            token: text.decode() for token, text in self.spelled.items() if text and not text.strip(NUMERIC)
        }
        self.digits = frozenset(token for token, text in self.numeric.items() if text[0].isdigit())
        self.signs = tuple(sign.encode() for sign in SYMBOLS.values())
        self.with_signs = token_ids(
            token for token, text in self.spelled.items() if any(sign in text for sign in self.signs)
        )
        marks = {token for token, text in self.spelled.items() if text[-1:] < b"\x80" and not text[-1:].isalnum()}
        self.opening = frozenset(token for token in marks if not self.spelled[token].endswith(b" "))
        """Tokens after which a word needs no space: brackets, quotation marks, hyphens, ends of lines."""
        following: dict[Path, set[int]] = {}
        for name, values in facets.items():
            for value in values:
                if not any(map(str.isalpha, value)):
                    continue  # "4" is a size, and a count, and the beginning of a price
                for form in {value, value[0].upper() + value[1:]}:
                    self._add(following, form, (_START,), is_name=name == BRAND)
                    self._add(following, f" {form}", (), is_name=name == BRAND)
        self.following = {path: frozenset(tokens) for path, tokens in following.items()}
        """By the tokens before it: the tokens that begin or continue the last word of a value."""
        self.longest = max((len(path) for path in self.following), default=0) + 1
        self.free = frozenset(self.paths(free))

    def paths(self, texts: Iterable[str]) -> Iterator[Path]:
        """Every run of tokens in some texts, in any case, up to the length of the longest value."""
        for text in texts:
            for form in {text, text.lower(), text.title(), text[:1].upper() + text[1:]}:
                words = form.split()
                whole = " ".join(words)
                for run in map(self.tokenizer.encode, (f" {whole}", whole, *words)):
                    for begin in range(len(run)):
                        for end in range(begin + 1, min(begin + self.longest, len(run)) + 1):
                            yield tuple(run[begin:end])

    def begun(self, run: Sequence[int]) -> Iterator[tuple[Path, Path]]:
        """The values that the end of some words may be within: as they are looked up, and as they would be said."""
        for begin in range(max(0, len(run) - self.longest), len(run) + 1):
            bare = tuple(run[begin:])
            if bare:
                yield bare, bare
            if not begin or run[begin - 1] in self.opening:
                yield (_START, *bare), bare

    def at_once(self, said: frozenset[Path]) -> np.ndarray:
        """The tokens that say a value by themselves, but for what may be said."""
        return token_ids(token for token in self.following.get((), ()) if (token,) not in said)

    def _add(self, following: dict[Path, set[int]], text: str, before: Path, *, is_name: bool) -> None:
        tokens, end, whole = self.tokenizer.encode(text), 0, len(text.encode())
        last_word = len(text[: text.rindex(" ") + 1].encode()) if " " in text else 0
        for place, token in enumerate(tokens):
            begin, end = end, end + len(self.spelled.get(token, b""))
            telling = _LATER if begin > last_word else _NAME if is_name else whole
            if end == whole or end - last_word >= telling:
                following.setdefault((*before, *tokens[:place]), set()).add(token)
