"""What the exam looks up in the shop it is taken in: rows, the types of kinds, and what is popular."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog_db.database import Session
from catalog_db.events import popularity
from catalog_db.facets import facets
from catalog_db.products import ProductRecord, iter_products
from finetune.errors import ExamError
from finetune.exam.requests import ExamRequest, Expectation
from finetune.exam.wanted import KIND, Expected, is_condition

POPULAR_SHARE = 0.2
"""The share of a type's items, those with most events, that count as popular."""


@dataclass(frozen=True)
class ExamShop:
    """The rows on sale by SKU, the facets with their values, and the SKUs of what is popular within its type."""

    rows: Mapping[str, ProductRecord]
    facets: Mapping[str, tuple[str, ...]]
    popular: frozenset[str]

    @property
    def currency(self) -> str:
        """In which prices are named."""
        return next(iter(self.rows.values())).currency


def read_shop(session: Session) -> ExamShop:
    """Read all of it.

    Raises:
        ExamError: if nothing is on sale.
    """
    rows = {row.sku: row for row in iter_products(session)}
    if not rows:
        raise ExamError("the shop sells nothing", "build the sample store: python -m catalog_db sample")
    offered = {facet.name: tuple(sorted(value.value for value in facet.values)) for facet in facets(session)}
    return ExamShop(rows, offered, _popular(rows.values(), popularity(session)))


def check_requests(requests: Iterable[ExamRequest], shop: ExamShop) -> None:
    """Refuse requests that name what the shop does not have.

    Raises:
        ExamError: naming the request and what it names.
    """
    types = {row.item_type for row in shop.rows.values()}
    for request in requests:
        expect = request.expect
        unknown = {*request.history, *request.about} - set(shop.rows)
        unknown |= {*expect.kinds, *expect.each} - set(shop.facets.get(KIND, ()))
        unknown |= {*expect.types, *request.types} - types
        conditions = (*(option for options in expect.want or () for option in options), *expect.may)
        unknown |= {one for one in conditions if not is_condition(one, shop.facets, types)}
        if unknown:
            raise ExamError(
                f"the shop does not know {sorted(unknown)[0]!r} of the exam's request {request.id!r}",
                "the exam is for the sample store: python -m catalog_db sample",
            )


def expected_of(expect: Expectation, rows: Iterable[ProductRecord]) -> Expected:
    """What is to be read and met, with the types of the acceptable kinds."""
    kinds = frozenset(expect.kinds)
    types = {row.item_type for row in rows if not kinds.isdisjoint(row.attributes.get(KIND, ()))}
    return Expected(expect.want or (), expect.may, kinds, frozenset(expect.types or types))


def _popular(rows: Iterable[ProductRecord], events: Mapping[int, int]) -> frozenset[str]:
    by_type: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        by_type.setdefault(row.item_type, []).append((-events.get(row.id, 0), row.sku))
    return frozenset(
        sku for counted in by_type.values() for _, sku in sorted(counted)[: max(1, round(POPULAR_SHARE * len(counted)))]
    )
