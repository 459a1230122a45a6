"""For how many people a thing shall be, where a turn only says so anew: "make that four people", after a tent for two.

Sizes are such as "2 person". A first message says it beside the thing, and whether a mug for four is of such a size is
for the model to tell. But where the last search was for a kind that has one, a number of people is one as well, as long
as the message says little else: it names no other thing, and holds but values and the words of such a turn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.plain_values import STOP, THING, VALUE, Entry, PlainValues
from neo_assistant.want import Want

_PERSONS = re.compile(r"[0-9]+ (persons?)")
_PEOPLE = r"(?:of us|people|persons?|adults?|campers?|guests?|sleepers?)"
_FOR = r"(?:for|sleeps?|fits?|holds?|we are|we re|us)(?: (?:the|all|only|just))*"
_PARTY = re.compile(rf"\b(?:{_FOR} ([1-9]|1[0-2]|one)(?: {_PEOPLE})?|([0-9]+|one) {_PEOPLE})\b")
"""A bare number after "for" may be a price if it is not small."""
_WORDS = re.compile(r"[^\W_]+|[^\w\s'’-]")
_MONEY = re.compile("[$€£]")
_ASKS = frozenset({"are", "can", "could", "has", "have", "is", "should", "will", "would"})
"""First words of a question about what was shown: "is it big enough for four?"."""
_LITTLE = frozenset(
    (
        *("a", "about", "actually", "all", "and", "are", "be", "big", "but", "can", "change", "changed", "could"),
        *("d", "enough", "family", "fit", "fits", "for", "group", "has", "have", "hmm", "hold", "holds", "how", "i"),
        *("in", "instead", "is", "it", "just", "ll", "m", "made", "make", "mean", "meant", "must", "need", "needs"),
        *("no", "now", "of", "oh", "ok", "okay", "one", "ones", "only", "our", "please", "rather", "re", "room", "s"),
        *("should", "sleep", "sleeps", "so", "sorry", "space", "thanks", "that", "the", "them", "then", "there"),
        *("they", "this", "to", "total", "us", "wait", "want", "we", "what", "will", "with", "would", "yes"),
        *(STOP, THING, VALUE),
    )
)
"""What else a message may hold that says a number of people and nothing new. "At least" and "more" are not among it."""


def party(text: str, wants: Sequence[Want], reader: PlainValues, kind: str) -> Entry | None:
    """The facet and the value that a message changes in this way; the shop need not have the value.

    Args:
        text: the message.
        wants: of earlier turns, oldest first.
        reader: of the catalog's values.
        kind: name of the facet that says what sort of thing an item is.
    """
    thing = dict(wants[-1].facets).get(kind) if wants else None
    of_thing = [facets for want in wants if (facets := dict(want.facets)).get(kind) == thing]
    sizes = [
        (name, found[1])
        for facets in of_thing
        for name, value in facets.items()
        if (found := _PERSONS.fullmatch(value))
    ]
    if thing is None or not sizes or _MONEY.search(text):
        return None
    name, unit = sizes[-1]
    words = " ".join(_WORDS.findall(in_digits(text).lower()))
    matches, left = reader.read(_PARTY.sub(" ", words))
    if words.split(" ")[0] in _ASKS or not _LITTLE.issuperset(left):
        return None
    if any(name in dict(entries) or (kind in dict(entries) and (kind, thing) not in entries) for _, entries in matches):
        return None
    numbers = {(found[1] or found[2]).replace("one", "1") for found in _PARTY.finditer(words)}
    return (name, f"{numbers.pop()} {unit}") if len(numbers) == 1 else None
