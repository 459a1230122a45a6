"""Numbers in words, as people type them: "under fifty dollars", "for two people"."""

from __future__ import annotations

import random
import re

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WHOLE = re.compile(r"(?<![\w$€£<>.,-])[0-9]{1,4}(?![\w%+]|[.,-][0-9])")
_MONEY = re.compile(r" ?(?:dollars?|bucks|usd|stars?)\b")


def in_words(number: int) -> str | None:
    """A number up to 9,999 in words; None for those that nobody spells out ("one hundred and seventy three")."""
    if number < 20:
        return _SMALL[number] if number else None
    if number < 100:
        return _TENS[number // 10] + (f" {_SMALL[number % 10]}" if number % 10 else "")
    scale, word = (1000, "thousand") if number >= 1000 else (100, "hundred")
    rest = number % scale
    if number // scale > 9 or rest not in (0, scale // 2) or (scale == 1000 and rest):
        return None
    head = f"{_SMALL[number // scale]} {word}"
    return head + (f" and {_TENS[rest // 10]}" if rest else "")


def spelled_out(text: str, rng: random.Random) -> str:
    """A price or a rating with its numbers in words; unchanged if one of them is not said so ("$20", "4.5")."""
    numbers = re.findall(r"[0-9][0-9.,]*", text)
    found = list(_WHOLE.finditer(text))
    words = [in_words(int(one[0])) for one in found]
    if not found or len(found) < len(numbers) or None in words:
        return text
    unit = "" if _MONEY.search(text) else rng.choice((" dollars", " dollars", " bucks", ""))
    last = found[-1].end()
    text = text[:last] + unit + text[last:]
    for one, word in reversed(list(zip(found, words, strict=True))):
        text = text[: one.start()] + str(word) + text[one.end() :]
    return text
