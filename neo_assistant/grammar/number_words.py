"""Numbers that people write in words: "a tent for two", "under fifty dollars", "a thousand pieces"."""

from __future__ import annotations

import re

_SMALL = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_UNITS = {word: value for value, word in enumerate(_SMALL, start=1)}
_UNITS |= {word: 10 * value for value, word in enumerate(_TENS, start=2)}
_SCALES = {"hundred": 100, "thousand": 1000}
_WORD = "|".join(sorted((*_UNITS, *_SCALES), key=len, reverse=True))
_JOIN = "(?:[ -]|(?<=hundred) and |(?<=thousand) and )"
_RUN = re.compile(rf"\b(?:a (?=hundred|thousand))?(?:{_WORD})(?:{_JOIN}(?:{_WORD}))*\b", re.IGNORECASE)
_PARTS = re.compile(r"[\s-]+")


def in_digits(text: str) -> str:
    """The text with numbers below a million in digits: ``fifty five`` is ``55``; words that make no number stay.

    "one" stays too: it is seldom a number ("the second one").
    """
    return _RUN.sub(lambda found: _digits(found[0]), text)


def _digits(run: str) -> str:
    words = [word for word in _PARTS.split(run.lower()) if word not in ("a", "and")]
    if words == ["one"]:
        return run
    total, group = 0, 0
    for word in words:
        if word in _SCALES:
            scale = _SCALES[word]
            if (scale == 100 and group >= 100) or (scale == 1000 and total):
                return run
            group = max(group, 1) * scale
            total, group = (total + group, 0) if scale == 1000 else (total, group)
        else:
            value = _UNITS[word]
            # "twenty five" is a number, and "two four" are two.
            if group % 100 and not (group % 100 >= 20 and group % 10 == 0 and value < 10):
                return run
            group += value
    return str(total + group)
