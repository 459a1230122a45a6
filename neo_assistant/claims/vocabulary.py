"""English around the values of a shop: other words for them, units, numbers, and where a word is no statement.

Values come from the shop's facets; what stands here is how English says them and when it means something else. Nothing
here names a product, so a shop without these facets simply never meets these entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORDS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
)
NUMBERS = {word: number for number, word in enumerate(_WORDS, start=1)}
NUMBER = rf"(?:{'|'.join(NUMBERS)}|(?<![\w$€£.,])[1-9][0-9]?(?![\w.,]*[0-9%]))"

OTHER_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "colour": {
        "gray": ("grey",),
        "tan": ("beige", "brown"),
        "cream": ("white", "beige"),
        "turquoise": ("teal",),
        "maroon": ("burgundy",),
        "violet": ("purple",),
        "khaki": ("olive", "beige"),
        "golden": ("yellow",),
        "transparent": ("clear",),
        "see-through": ("clear",),
    },
    "material": {
        "aluminum": ("aluminium",),
        "wood": ("oak", "walnut", "pine", "beech", "bamboo"),
        "wooden": ("oak", "walnut", "pine", "beech", "bamboo"),
        "metal": ("steel", "stainless steel", "aluminium", "cast iron", "brass"),
    },
    "feature": {
        "noise canceling": ("noise cancelling",),
        "folds": ("foldable",),
        "folding": ("foldable",),
        "dims": ("dimmable",),
        "locks": ("lockable",),
    },
    "audience": {
        **dict.fromkeys(("men's", "mens", "a man", "him"), ("men",)),
        **dict.fromkeys(("women's", "womens", "ladies", "a woman", "her"), ("women",)),
        **dict.fromkeys(("kids'", "kid's", "children", "children's", "child's", "a child"), ("kids",)),
    },
}
"""Facet → other word → values of which an item must have one for the word to be true of it."""

UNITS = {
    "l": r"l|lit(?:re|er)s?",
    "ml": r"ml|millilit(?:re|er)s?",
    "cm": r"cm|centimet(?:re|er)s?",
    "m": r"m|met(?:re|er)s?",
    "kg": r"kg|kilos?|kilograms?",
    "inch": r"inch(?:es)?|″",
    "w": r"w|watts?",
    "mah": r"mah",
    "person": r"persons?|people",
    "pieces": r"pieces?",
}
"""Unit as the shop writes it → how it may be written."""

COUNTED_PIECES = re.compile(
    rf"(?:^\W*(?![0-9])|\b(?:here(?:['’]s| is| are)|there (?:is|are)|(?:i|we)(?:['’]ve)? (?:have|found|got|picked)"
    rf"|these|those) (?:only |just )?)(?P<some>{NUMBER} (?:pieces|piece(?= of\b)))(?![\w-])"
    rf"|(?<!\bof )(?<!\bin )(?<!\bwith )(?<!\bhas )\b(?P<few>{NUMBER} pieces?)(?= of\b)",
    re.I,
)
"""Here pieces are not what one item consists of ("a set of three pieces") but items: "three pieces of furniture"."""

PURPOSE = re.compile(
    r"\b(?:for|as an?|suit(?:s|ed|able)?|ideal|meant|made|perfect|good|great|nice|fit for|use[ds]?)\b", re.I
)
"""A use ("office", "gift") is stated only after one of these in its clause; elsewhere it is an ordinary word."""

NOT_SIZE = re.compile(
    r"\s+(?:selection|range|number|choice|gift|present|budget|part|amount|difference|step|thing|detail|extra)s?\b", re.I
)
"""After "small" or "large" these say that no size is meant."""
NOT_SINGLE = re.compile(r"\b(?:every|each|any|not an?)\s+$", re.I)
NOT_CLEAR = re.compile(r"\s+(?:that|difference|winner|choice|advantage|favou?rite|fit|way)\b|\s*:", re.I)
WHOSE = re.compile(
    r"(?:['’]s?)?\s+(?:(?:own|first|next|new)\s+)?(?:birthdays?|anniversar(?:y|ies)|weddings?|graduations?|christmas"
    r"|holidays?|part(?:y|ies)|bedrooms?|rooms?|homes?|house)\b",
    re.I,
)
"""After people these say that something of theirs is meant: what suits a kids' party need not be for kids."""
FOR = re.compile(r"\bfor\s+$", re.I)
THEMSELVES = re.compile(
    r"\s*(?:$|[^\w\s])|\s+(?:and|or|but|too|to|in|at|by|with|from|of|on|as|that|which|who|for|under|below|up|over|above"
    r"|around|about|between|within|less|more|costing|priced|rated|made|is|are|now|today)\b",
    re.I,
)
"""After "for her" these say that she is meant, and not something of hers ("for her birthday")."""
DOWN_AFTER = re.compile(r"\s*-?\s*(?:fill(?:ed|ing)?|insulat\w+|jackets?)\b", re.I)
DOWN_BEFORE = re.compile(r"(?:\b(?:of|with|goose|duck|is|and)|[,:(])\s*$", re.I)

NEGATION = re.compile(
    r"(?:\bno\b(?!,)|\bnot\b(?! (?:only|just|least)\b)|n['’]t\b|\bwithout\b|\bnever\b|\bneither\b|\bnor\b"
    r"|\black(?:s|ing)?\b|\bcannot\b)(?:\s+[\w'’-]+){0,4}?\s*$",
    re.I,
)
"""Before a value, within its clause, it turns the statement round."""

ASIDE = re.compile(
    r"\b(?:goes|go|going|pairs?|match(?:es)?|sits?|works?|fits?)(?: \w+){0,2} (?:with|beside|next to|on|under)\b"
    r"|\b(?:similar to|alternatives? to|like (?:the|your)|instead of|rather than|compared (?:to|with)|alongside)\b",
    re.I,
)
"""From here to the end of the clause the words speak of something else than the item."""
NONE_HERE = re.compile(
    r"(?:\b(?:i|we|there|the (?:shop|store))\b[^,;:]*?\b(?:no|nothing|none|not|cannot)\b|\b(?:i|we)\b[^,;:]*?n['’]t\b"
    r"|^\s*(?:sorry|unfortunately|nothing|none)\b|^\s*no\b(?!,))[^,;:]*",
    re.I,
)
"""What the shop has not got, or does not do, is no statement about the items it shows."""
SHOP_HAS = re.compile(
    r"\b(?:we|the (?:shop|store))\b(?:['’]ve)?[^.,;:]*?\b(?:do|have|sell|stock|carry|offer)\b.*", re.I
)
"""In a reply without items, what the shop sells is no statement about an item either."""
MAY_LIKE = re.compile(r"\byou (?:may|might|could|would|will|can|['’]d|['’]ll)\b", re.I)
YOU = re.compile(r"\byou(?:r|['’](?:re|ve))?\b", re.I)
WISHED = re.compile(r"\byou (?:asked|said|want|wanted|need|needed|mentioned)\b", re.I)
"""What follows was said by the shopper; it is no statement about their history."""
CLAUSE = re.compile(r"[,;:()–—]|\bbut\b|\bbecause\b|\bwhile\b|\bwhereas\b", re.I)


def plain(value: str) -> str:
    """A regular expression for a value, whatever its case, hyphens and spaces."""
    words = [re.escape(word).replace("'", "['’]") for word in re.split(r"[\s-]+", value)]
    words = ["(?:&|and)" if word in ("&", r"\&") else word for word in words]
    return r"[\s-]+".join(words) if "-" not in value else r"[\s-]?".join(words)


def number_of(word: str) -> int:
    """The number that :data:`NUMBER` found."""
    return NUMBERS.get(word.lower()) or int(word)


def counted_pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where a number of pieces counts items, from the number to its end."""
    for match in COUNTED_PIECES.finditer(text):
        yield match.span("some" if match["some"] else "few")
