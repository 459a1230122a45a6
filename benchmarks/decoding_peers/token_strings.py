"""A vocabulary of made-up words, for peers whose index depends on how tokens are spelt.

SID tokens are single characters of the private use areas, which no word holds: a method that matches characters, not
tokens, would otherwise let a SID be spelt with ``<``, ``|`` and digits, and its masks would not be the same as others'.
"""

from __future__ import annotations

import numpy as np

from neo_assistant.sids import SidVocabulary

END = 0
"""The token that ends a reply."""
_LETTERS = "etaoinshrdlucmfwypvbgk"


def token_strings(vocabulary: SidVocabulary) -> list[str]:
    """A spelling for every token id, each another one."""
    words = ["<|end|>", *(chr(code) for code in range(32, 127))]
    known = set(words)
    random = np.random.default_rng(7)
    while len(words) < vocabulary.first_id:
        lengths = random.integers(2, 9, size=4096)
        for length, space in zip(lengths.tolist(), (random.random(4096) < 0.6).tolist(), strict=True):
            word = " " * space + "".join(_LETTERS[i] for i in random.integers(0, len(_LETTERS), size=length))
            if word not in known and len(words) < vocabulary.first_id:
                known.add(word)
                words.append(word)
    return words[: vocabulary.first_id] + [private_character(n) for n in range(len(vocabulary.tokens))]


def private_character(number: int) -> str:
    """The character that stands for the added token of a number; there are 131,068."""
    return chr(0xF0000 + number) if number < 0xFFFE else chr(0x100000 + number - 0xFFFE)
