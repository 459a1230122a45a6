"""Grades an answer by what a fair person expects of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog_db.products import ProductRecord
from finetune.exam.asking import Answer
from finetune.exam.requests import ITEMS, NO_ITEMS, QUESTION, ExamRequest, Expectation
from finetune.exam.shop import ExamShop, expected_of
from finetune.exam.wanted import KIND, Expected, Read, compare, condition_name, holds, meets, written_conditions
from neo_assistant.claims.reader import COUNT, Claim, ClaimReader

FIRST = 3
"""A relevant item has to be among so many of the first."""

_NO = re.compile(
    r"^\W*(?:sorry, )?(?:no|nope)\b\s*(?:[^\w\s]|$)"
    r"|\b(?:it|this|that|these|they)\b.*(?:\b(?:no|not|cannot|without)\b|n['’]t\b)",
    re.I,
)
"""Said of the item. "I have no dimmable lamps" answers another question."""
_YES = re.compile(r"^\W*(?:yes|yep|yeah|sure|certainly|it (?:is|does|can|has|costs less))\b", re.I)


@dataclass(frozen=True)
class Grade:
    """What is right about an answer; None where the request does not ask for it.

    Args:
        behaviour: items, a question, words or no items, as expected, and in words what was expected of them.
        relevant: whether one of the first three items is relevant.
        read: the conditions.
        counted: whether as many items are shown as were asked for.
        answered: whether a question of yes or no is answered as the row does.
        claims: what it states.
    """

    behaviour: bool
    relevant: bool | None
    read: Read | None
    counted: bool | None
    answered: bool | None
    claims: tuple[Claim, ...]

    @property
    def facts(self) -> tuple[Claim, ...]:
        """Claims other than numbers of items."""
        return tuple(claim for claim in self.claims if claim.name != COUNT)

    @property
    def counts(self) -> tuple[Claim, ...]:
        """Claims about how many items there are."""
        return tuple(claim for claim in self.claims if claim.name == COUNT)

    def faults(self) -> Iterator[str]:
        """What is wrong, in words."""
        if not self.behaviour:
            yield "behaviour"
        if self.relevant is False:
            yield "no relevant item"
        if self.read is not None and not self.read.exact:
            missed = [f"{name} missed" for name in self.read.missed]
            yield "conditions: " + ", ".join([*missed, *(f"{word} invented" for word in self.read.invented)])
        if self.counted is False:
            yield "not as many as asked"
        if self.answered is False:
            yield "yes or no is wrong"
        for claim in self.claims:
            if not claim.true:
                yield f"untrue: {claim.text!r}"


class Grader:
    """Grades answers in one shop."""

    def __init__(self, shop: ExamShop) -> None:
        self._shop = shop
        self._reader = ClaimReader(shop.facets, shop.currency)

    def grade(self, request: ExamRequest, answer: Answer) -> Grade:
        """Grade an answer."""
        expect = request.expect
        history = tuple(self._shop.rows[sku] for sku in request.history)
        claims = tuple(self._reader.read(answer.parts, answer.shown, history))
        expected = self.expected(expect)
        answered = None if expect.asks is None else _is_answered(expect.asks, answer, claims)
        return Grade(
            behaviour=any(_behaves(one, request, answer, claims) for one in expect.behaviour),
            relevant=self._is_relevant(request, answer, expected) if expect.expects_items else None,
            read=None if expect.want is None else compare(written_conditions(answer.want or ""), expected),
            counted=self._is_counted(expect, answer, expected),
            answered=answered,
            claims=claims,
        )

    def expected(self, expect: Expectation) -> Expected:
        """What is to be read and met."""
        return expected_of(expect, self._shop.rows.values())

    def fits(self, request: ExamRequest, row: ProductRecord, answer: Answer, expected: Expected) -> bool:
        """Whether an item is relevant to a request."""
        if row.sku in request.history or row.sku in request.about:
            return False
        if request.expect.popular and row.sku not in self._shop.popular:
            return False
        return meets(row, expected, answer.shown, answer.seen)

    def _is_relevant(self, request: ExamRequest, answer: Answer, expected: Expected) -> bool:
        return any(self.fits(request, row, answer, expected) for row in answer.items[:FIRST])

    def _is_counted(self, expect: Expectation, answer: Answer, expected: Expected) -> bool | None:
        rows = self._shop.rows.values()
        if expect.each:
            numbers = [
                (_of_kind(answer.items, kind), min(number, _of_kind(rows, kind)))
                for kind, number in expect.each.items()
            ]
            return all(have == due for have, due in numbers) and len(answer.items) == sum(due for _, due in numbers)
        if expect.count is None:
            return None
        return len(answer.items) == min(expect.count, sum(meets(row, expected) for row in rows))


def _of_kind(rows: Iterable[ProductRecord], kind: str) -> int:
    return sum(kind in row.attributes.get(KIND, ()) for row in rows)


def _behaves(behaviour: str, request: ExamRequest, answer: Answer, claims: tuple[Claim, ...]) -> bool:
    expect, words = request.expect, answer.words
    if behaviour == ITEMS:
        return bool(answer.items)
    if behaviour == QUESTION:
        return not answer.items and "?" in words
    if behaviour == NO_ITEMS:
        return not answer.items and bool(words or answer.notices)
    # Words about items that are there already: these may be named again, others may not.
    known = answer.seen.union(request.history)
    if not words or any(row.sku not in known for row in answer.items):
        return False
    if len({sku for claim in claims if claim.name != COUNT for sku in claim.subject}) < expect.facts:
        return False
    return not expect.names or any(name in words.lower() for name in expect.names)


def _is_answered(condition: str, answer: Answer, claims: tuple[Claim, ...]) -> bool:
    """Whether yes or no is said as the row of the first item has it; a true statement of the fact will do."""
    if not answer.shown:
        return False
    truth = holds(answer.shown[0], condition)
    first = re.split(r"(?<=[.!])\s", answer.words)[0]
    if _NO.search(first):
        return not truth
    if _YES.search(first):
        return truth
    name = condition_name(condition).split()[0]
    return any(claim.name == name and claim.true for claim in claims)
