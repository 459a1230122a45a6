"""Harsher typing than ``catalog_db.sample.typos``: several slips in a message, words run together, or as they sound.

A search log has one slip in one word now and then. People who type fast on a telephone, or who have only heard a word,
write "ruber botes" and "blutooth speeker", and a model that has not seen such words takes them for things not sold.
"""

from __future__ import annotations

import random
import re

from catalog_db.sample.typos import SHORTEST, misspell

_MOST_SLIPS = (1, 2, 2, 3, 4)
_SOUNDS = (
    *(("ph", "f"), ("ck", "k"), ("tion", "shun"), ("ight", "ite"), ("ough", "off"), ("wh", "w"), ("kn", "n")),
    *(("ea", "ee"), ("ee", "ea"), ("oo", "u"), ("ou", "ow"), ("ai", "ay"), ("ie", "ei"), ("ei", "ie"), ("oa", "o")),
    *(("qu", "kw"), ("x", "ks"), ("ce", "se"), ("ch", "sh"), ("tch", "ch"), ("le", "el"), ("er", "ur"), ("ow", "ou")),
    *(("y", "ie"), ("c", "k"), ("z", "s"), ("s", "z"), ("ll", "l"), ("tt", "t"), ("pp", "p"), ("bb", "b"), ("v", "w")),
)
"""Spellings and what is written for them by ear."""
_SILENT_END = re.compile(r"(?<=[a-z]{3})e\Z")


def garbled(text: str, dice: random.Random) -> str:
    """The text with one to four slips; numbers are never touched.

    Deterministic for a given state of ``dice``.
    """
    for _ in range(dice.choice(_MOST_SLIPS)):
        how = dice.random()
        if how < 0.5:
            text = misspell(text, dice)
        elif how < 0.85:
            text = _by_ear(text, dice)
        else:
            text = _run_together(text, dice)
    return text


def _by_ear(text: str, dice: random.Random) -> str:
    """One word as it sounds."""
    words = text.split(" ")
    places = [place for place, word in enumerate(words) if len(word) >= SHORTEST and word.isascii() and word.isalpha()]
    if not places:
        return text
    place = dice.choices(places, [len(words[place]) for place in places])[0]
    word = words[place]
    # The first letter stays: it is seldom wrong, and readers go by it.
    forms = [word[0] + word[1:].replace(one, other, 1) for one, other in _SOUNDS if one in word[1:]]
    forms += [_SILENT_END.sub("", word)] if _SILENT_END.search(word) else []
    words[place] = dice.choice(forms) if forms else word
    return " ".join(words)


def _run_together(text: str, dice: random.Random) -> str:
    """Two words without the space between them."""
    words = text.split(" ")
    places = [place for place in range(len(words) - 1) if words[place].isalpha() and words[place + 1].isalpha()]
    if not places:
        return text
    place = dice.choice(places)
    return " ".join([*words[:place], words[place] + words[place + 1], *words[place + 2 :]])
