"""What the teacher is asked: reasons for recommendations, comparisons and taste profiles, from the rows of items.

A question is made of items and, for a reason or a profile, of what one shopper looked at. It is known by the
fingerprint of everything that the teacher reads, so that an item that changes is asked about anew.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_db.database import Database
from catalog_db.events import iter_histories
from catalog_db.facets import facets
from catalog_db.models import EventKind
from catalog_db.money import format_price
from catalog_db.products import ProductRecord, iter_products
from finetune.errors import TeacherError
from finetune.examples.phrases import held_out
from neo_assistant.want import want_facets

REASON, COMPARISON, PROFILE = "reason", "comparison", "profile"
TASKS = (REASON, COMPARISON, PROFILE)
PROMPT_VERSION = 1
"""Goes up when the words of the prompt change: every question is then a new one."""
MOST_LOOKED_AT = 6
MOST_DESCRIPTION = 600
"""Characters of a description that the teacher reads."""

_RULES = (
    "You write for the assistant of an online shop, in plain British English. Use only facts that are written in the "
    "rows you are given: no other colour, material, brand, price, rating, size, feature or use. No lists, no markup, "
    "no exclamation marks, no questions. Answer with the text alone."
)
_ORDERS: Mapping[str, str] = {
    REASON: "Recommend the numbered items to this shopper in one to three sentences. Name each of them exactly once, "
    "by its number in square brackets alone, such as [1], and say why it suits somebody who looked at those things: "
    "what they have in common, or what goes together.",
    COMPARISON: "Compare the numbered items in two or three sentences: what they share, and what tells them apart. "
    "Call them the first, the second and the third, and do not write their names or numbers.",
    PROFILE: "Describe this shopper's taste in two or three sentences that speak to them as 'you': the kinds of "
    "things they look at and what most of these have in common. Name no single product.",
}


@dataclass(frozen=True)
class Question:
    """Something to ask the teacher.

    Args:
        task: one of :data:`TASKS`.
        items: SKUs that are recommended or compared; none for a profile.
        history: SKUs that the shopper looked at, oldest first.
        shopper: whose history it is; empty without one.
    """

    task: str
    items: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    shopper: str = ""


@dataclass(frozen=True)
class Rows:
    """The catalog as the teacher reads it, and what shoppers looked at.

    Args:
        products: by SKU, those on sale.
        facets: facet → values that a want may state.
        journeys: shopper → SKUs, oldest first, each once; held-out shoppers are not among them.
    """

    products: Mapping[str, ProductRecord]
    facets: Mapping[str, tuple[str, ...]]
    journeys: Mapping[str, tuple[str, ...]]

    def of(self, skus: Sequence[str]) -> list[ProductRecord]:
        """The rows of some items.

        Raises:
            KeyError: if one is not on sale.
        """
        return [self.products[sku] for sku in skus]

    @property
    def currency(self) -> str:
        return next(iter(self.products.values())).currency

    def fingerprint(self, question: Question) -> str:
        """sha256 of all that the teacher reads for this question, hex.

        Raises:
            KeyError: if one of its items is not on sale.
        """
        return hashlib.sha256(json.dumps([PROMPT_VERSION, self.messages(question)]).encode()).hexdigest()

    def messages(self, question: Question) -> list[dict[str, str]]:
        """The conversation that is sent, in the form of OpenAI's chat completions.

        Raises:
            KeyError: if one of its items is not on sale.
        """
        # Comparisons are learnt beside captions, which hold no description.
        described = question.task != COMPARISON
        looked = [f"- {self.row(row, described)}" for row in self.of(question.history)]
        named = [f"[{number}] {self.row(row, described)}" for number, row in enumerate(self.of(question.items), 1)]
        parts = [
            "The shopper looked at:\n" + "\n".join(looked) if looked else "",
            "Items:\n" + "\n".join(named) if named else "",
            _ORDERS[question.task],
        ]
        return [
            {"role": "system", "content": _RULES},
            {"role": "user", "content": "\n\n".join(part for part in parts if part)},
        ]

    def row(self, row: ProductRecord, described: bool = True) -> str:
        """An item in one line: title, brand, attributes, price, rating and, where asked for, the description."""
        told = [row.title, f"brand: {row.brand}" if row.brand else ""]
        told += [f"{name}: {', '.join(values)}" for name, values in row.attributes.items() if values]
        told += [format_price(row.price_minor, row.currency)] if row.price_minor is not None else []
        told += [f"{row.rating:.1f} stars"] if row.rating is not None else []
        told += [" ".join(row.description.split())[:MOST_DESCRIPTION]] if described else []
        return "; ".join(" ".join(part.split()) for part in told if part)


def read_rows(database: Database) -> Rows:
    """Read the catalog and the log.

    Raises:
        TeacherError: if nothing is on sale.
    """
    with database.reading() as session:
        products = {product.sku: product for product in iter_products(session)}
        if not products:
            raise TeacherError("the catalog has nothing on sale", "import products first")
        offered = want_facets({facet.name: [known.value for known in facet.values] for facet in facets(session)})
        skus = {product.id: product.sku for product in products.values()}
        journeys: dict[str, tuple[str, ...]] = {}
        for history in iter_histories(session, kinds=tuple(EventKind)):
            seen = tuple(dict.fromkeys(skus[number] for number in history.product_ids if number in skus))
            if seen and not held_out(f"shopper {history.shopper}"):
                journeys[history.shopper] = seen
    return Rows(dict(sorted(products.items())), offered, dict(sorted(journeys.items())))


def questions(rows: Rows, seed: int = 0) -> Iterator[Question]:
    """Different questions without end, tasks in turn; as many as the catalog allows.

    Args:
        rows: the catalog and the log.
        seed: of every choice.
    """
    asked: set[Question] = set()
    tasks = [task for task in TASKS if rows.journeys or task == COMPARISON]
    number = last = 0
    while number - last < 1000:
        task, dice = tasks[number % len(tasks)], random.Random(f"{seed}/teacher/{number}")
        number += 1
        question = _compared(rows, dice) if task == COMPARISON else _of_shopper(rows, task, dice)
        if question is not None and question not in asked:
            asked.add(question)
            last = number
            yield question


def _compared(rows: Rows, dice: random.Random) -> Question | None:
    first = dice.choice(list(rows.products.values()))
    like = [row.sku for row in rows.products.values() if _group(row) == _group(first) and row.sku != first.sku]
    count = dice.choices((1, 2), (3, 1))[0]
    return Question(COMPARISON, (first.sku, *dice.sample(like, count))) if len(like) >= count else None


def _group(row: ProductRecord) -> tuple[Any, ...]:
    return row.item_type, row.attributes.get("kind", ())


def _of_shopper(rows: Rows, task: str, dice: random.Random) -> Question | None:
    shopper = dice.choice(list(rows.journeys))
    seen = rows.journeys[shopper]
    further = 0 if task == PROFILE else dice.choices((1, 2, 3), (2, 2, 3))[0]
    if len(seen) < 3 + further:
        return None
    cut = dice.randrange(3, len(seen) - further + 1)
    history = seen[max(0, cut - MOST_LOOKED_AT) : cut]
    return Question(task, seen[cut : cut + further], history, shopper)
