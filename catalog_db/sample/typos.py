"""Typing slips as people make them in a search box.

The mix follows what spelling studies report for typed text: most misspelt words are one edit away from the right one
(Damerau, 1964, found about 80 %), the slip is rarely in the first letter (Yannakoudakis and Fawthrop, 1983), and on a
keyboard the wrong letter is most often a neighbour of the right one.
"""

from __future__ import annotations

import random

SHORTEST = 4
"""Shorter words are left alone, as are words with anything but letters in them."""

_NEIGHBOURS = {
    **{"q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl"},
    **{"p": "ol", "a": "qsz", "s": "adw", "d": "sfe", "f": "dgr", "g": "fht", "h": "gjy", "j": "hku", "k": "jli"},
    **{"l": "kop", "z": "xa", "x": "zc", "c": "xv", "v": "cb", "b": "vn", "n": "bm", "m": "nj"},
}
_VOWEL_MIX_UPS = {"a": "e", "e": "ai", "i": "e", "o": "u", "u": "o"}


def misspell(text: str, dice: random.Random) -> str:
    """The text with one slip in one word; unchanged if no word is long enough.

    Deterministic for a given state of ``dice``. Numbers are never touched: a mistyped price would change what is asked.
    """
    words = text.split(" ")
    places = [place for place, word in enumerate(words) if len(word) >= SHORTEST and word.isascii() and word.isalpha()]
    if not places:
        return text
    # Long words go wrong more often than short ones.
    place = dice.choices(places, [len(words[place]) for place in places])[0]
    words[place] = _slip(words[place], dice)
    return " ".join(words)


def _slip(word: str, dice: random.Random) -> str:
    """One edit in a word, never of its first letter. Always changes the word."""
    at = dice.randrange(1, len(word))
    letter = word[at]
    doubled = [place for place in range(1, len(word)) if word[place] == word[place - 1]]
    vowels = [place for place in range(1, len(word)) if word[place].lower() in _VOWEL_MIX_UPS]
    swaps = [place for place in range(1, len(word) - 1) if word[place] != word[place + 1]]
    slips = ["drop", "double", "neighbour", *["swap"] * bool(swaps), *["undouble"] * (2 * bool(doubled))]
    match dice.choice([*slips, *["vowel"] * bool(vowels)]):
        case "drop":
            return word[:at] + word[at + 1 :]
        case "double":
            return word[:at] + letter + word[at:]
        case "neighbour":
            return word[:at] + dice.choice(_NEIGHBOURS[letter.lower()]) + word[at + 1 :]
        case "swap":
            at = dice.choice(swaps)
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case "undouble":
            at = dice.choice(doubled)
            return word[:at] + word[at + 1 :]
        case _:
            at = dice.choice(vowels)
            return word[:at] + dice.choice(_VOWEL_MIX_UPS[word[at].lower()]) + word[at + 1 :]
