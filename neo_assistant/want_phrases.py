"""The conditions of a want as shoppers read them: ``under $20``, ``colour: blue``, ``cheaper than those shown``."""

from __future__ import annotations

from catalog_db.money import minor_per_major
from neo_assistant.want import SHOWN, Want

CHEAPER, DEARER = "cheaper than those shown", "dearer than those shown"
NOT_SHOWN = "not shown before"


def want_phrases(want: Want, currency: str) -> tuple[str, ...]:
    """One phrase for each condition, in the order in which want spans state them.

    They depend on nothing but the want and the currency, so that a phrase means the same condition later on.
    """
    return tuple(_phrase(one, currency) for one in want.single())


def _phrase(one: Want, currency: str) -> str:
    if one.not_shown:
        return NOT_SHOWN
    if one.max_price == SHOWN:
        return CHEAPER
    if one.min_price == SHOWN:
        return DEARER
    [phrase] = one.conditions(minor_per_major=minor_per_major(currency)).describe(currency)
    return phrase
