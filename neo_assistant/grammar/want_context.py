"""What a conversation allows and asks for in a want span: the context that its grammar is asked with."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

from neo_assistant.grammar.given_want import GivenWant
from neo_assistant.grammar.held import Held
from neo_assistant.grammar.number_words import in_digits
from neo_assistant.grammar.said_values import FacetValues, Written
from neo_assistant.grammar.stated import NOTHING_STATED, Stated
from neo_assistant.grammar.taken_back import NOTHING_TAKEN_BACK, TakenBack
from neo_assistant.want import SHOWN

PRICE_DIGITS = r"[0-9]{1,7}(?:\.[0-9]{1,2})?"
RATING_DIGITS = r"[1-4](?:\.[0-9])?"
_NUMBER = re.compile(rf"(?<![\d.]){PRICE_DIGITS}(?!\d)")
_PRICE = re.compile(PRICE_DIGITS)
_RATING = re.compile(RATING_DIGITS)
_GROUPED = re.compile(r"(?<=[0-9]),(?=[0-9]{3}\b)")
_LIMIT = re.compile(r"(?:^|;) (price [<>]|rating >) ?([^;]*)(?=(;?))")


def numbers_in(text: str) -> frozenset[str]:
    """Numbers somebody wrote, as a want span may copy them.

    ``1,299`` is ``1299``, ``$5.00`` is also ``5``, and ``fifty`` is ``50``.
    """
    plain = _GROUPED.sub("", text)
    found = {*_NUMBER.findall(plain), *_NUMBER.findall(in_digits(plain))}
    return frozenset(found | {number.split(".")[0] for number in found if number.endswith((".0", ".00"))})


@dataclass(frozen=True)
class WantContext:
    """What the conversation allows and asks for.

    Args:
        numbers: those somebody wrote; no other may stand in a span.
        shown: whether items were shown before.
        stated: conditions in so many words, which a span must hold; their numbers are among ``numbers``.
        written: if given, no other values may stand in a span, of all facets but those of ``REPHRASED``
            (:meth:`SaidValues.written`).
        only: if given, no type and no other facet values may stand in a span. It is for replies that count several
            kinds: a span could name only one of them, and a small model that may not name it makes up other conditions.
        kind_named: whether a span must state a kind, because the shopper named one (:meth:`SaidValues.names_kind`);
            which one is left to the model.
        family_named: whether a span must state a type or a kind, because the shopper named a thing that may be several
            kinds (:meth:`SaidValues.names_family`).
        plain: facet values that the shopper stated beyond doubt, which a span must hold
            (:class:`neo_assistant.grammar.plain_values.PlainValues`).
        taken_back: values and facets that the shopper takes back or refuses, which may not stand in a span; none of
            ``plain`` is among them.
        held: limits of earlier turns that a span must hold if it is of the same kind or type as the last want
            (:mod:`neo_assistant.grammar.held`); their numbers are among ``numbers``.
        given: if given, a span states exactly this, whatever all of the above says.
    """

    numbers: frozenset[str]
    shown: bool
    stated: Stated = NOTHING_STATED
    written: Written | None = None
    only: FacetValues | None = None
    kind_named: bool = False
    family_named: bool = False
    plain: FacetValues = ()
    taken_back: TakenBack = NOTHING_TAKEN_BACK
    held: Held | None = None
    given: GivenWant | None = None

    @cached_property
    def prices(self) -> frozenset[str]:
        """What may stand as a price limit."""
        numbers = {number for number in self.numbers if _PRICE.fullmatch(number)}
        return frozenset(numbers | ({SHOWN} if self.shown else set()))

    @cached_property
    def ratings(self) -> frozenset[str]:
        """What may stand as a rating."""
        return frozenset(number for number in self.numbers if _RATING.fullmatch(number))

    @property
    def can_finish(self) -> tuple[bool, bool]:
        """Whether a number could be finished as a price limit, and one as a rating."""
        return bool(self.prices - {SHOWN}), bool(self.ratings)

    @property
    def variant(self) -> Hashable:
        """What the automaton of a span depends on."""
        limits = self.can_finish, self.shown, self.stated, self.held
        return limits, self.only, self.written, self.kind_named, self.family_named, self.plain, self.taken_back

    def copies(self, text: str) -> bool:
        """Whether every finished limit in a span's text may stand there, and an unfinished one may become such."""
        for limit, number, ended in _LIMIT.findall(text):
            known = self.ratings if limit.startswith("rating") else self.prices
            if number not in known if ended else not any(may.startswith(number) for may in known):
                return False
        return True
