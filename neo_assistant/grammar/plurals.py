"""English plurals of the names of goods: enough to know that "two shelves" are of the kind ``shelf``.

Where a spelling rule leaves a choice (scarfs or scarves), every form counts: the forms are compared with what a shopper
typed, never shown.
"""

from __future__ import annotations

_IRREGULAR = {
    "child": "children",
    "foot": "feet",
    "goose": "geese",
    "mouse": "mice",
    "person": "people",
    "tooth": "teeth",
}
_VOWELS = "aeiou"


def plurals(word: str) -> frozenset[str]:
    """The plural forms of a singular word in lower case."""
    if word in _IRREGULAR:
        return frozenset({_IRREGULAR[word]})
    if word.endswith("man"):
        return frozenset({word[:-2] + "en"})
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return frozenset({word + "es"})
    before = word[-2:-1]
    if word.endswith("y") and before and before not in _VOWELS:
        return frozenset({word[:-1] + "ies"})
    forms = {word + "s"}
    if word.endswith("f"):
        forms.add(word[:-1] + "ves")
    elif word.endswith("fe"):
        forms.add(word[:-2] + "ves")
    elif word.endswith("o") and before and before not in _VOWELS:
        forms.add(word + "es")
    return frozenset(forms)


def singulars(word: str) -> frozenset[str]:
    """The singular words of which a word in lower case may be the plural; empty if it cannot be one."""
    if word.endswith(("ss", "us", "is")):
        return frozenset()
    backwards = {plural: singular for singular, plural in _IRREGULAR.items()}
    candidates = {word[:-1], word[:-2], word[:-3] + "y", word[:-3] + "f", word[:-3] + "fe", word[:-2] + "an"}
    candidates.add(backwards.get(word, ""))
    return frozenset(candidate for candidate in candidates if len(candidate) > 1 and word in plurals(candidate))
