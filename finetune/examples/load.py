"""A :class:`~finetune.examples.shop.Shop` from the database.

What is counted over shoppers (popularity, what is bought together) is counted over those who are not held out, so that
nothing of the held-out ones reaches training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from catalog_db.database import Database, Session
from catalog_db.errors import EmptyCatalogError
from catalog_db.events import iter_histories, iter_queries
from catalog_db.facets import facets
from catalog_db.models import EventKind
from catalog_db.money import minor_per_major
from catalog_db.products import ProductRecord, iter_products
from catalog_db.sample.kinds import load_kinds
from catalog_db.sid_stream import load_sids
from finetune.examples.known import Known
from finetune.examples.phrases import held_out
from finetune.examples.shop import KIND, Journey, KindWords, LoggedQuery, Shop, ShopItem, co_purchases
from neo_assistant.codebooks import Codebooks
from neo_assistant.sids import Sid
from neo_assistant.want import MAX_FACET_VALUES, want_facets

_WEIGHTS = {EventKind.VIEWED: 1.0, EventKind.CARTED: 2.0, EventKind.BOUGHT: 4.0}


def load_shop(database: Database, codebooks: Codebooks, known: Known | None = None) -> Shop:
    """Read the catalog, its semantic ids and its log; ``known`` is what a benchmark lets one learn from beside it.

    Raises:
        EmptyCatalogError: if no product on sale has a semantic id of these codebooks.
        CatalogError: if the database does not know the codebooks.
    """
    with database.reading() as session:
        ids, types, codes = load_sids(session, codebooks.fingerprint)
        sids = {
            int(product_id): Sid(item_type, tuple(int(code) for code in row))
            for product_id, item_type, row in zip(ids, types, codes, strict=True)
        }
        products = [product for product in iter_products(session) if product.id in sids]
        # As serving offers them, so that a want of either may state the same.
        offered = facets(session, max_shared=MAX_FACET_VALUES)
        skus = {product.id: product.sku for product in products}
        journeys, baskets, interest = _log(session, skus)
        queries = tuple(
            LoggedQuery(query.shopper, query.text, skus[query.bought_product_id], query.at.timestamp())
            for query in iter_queries(session)
            if query.bought_product_id in skus
        )
    if not products:
        raise EmptyCatalogError("no product on sale has a semantic id", "run: python -m finetune sids")
    values = want_facets({facet.name: [known.value for known in facet.values] for facet in offered})
    currency = Counter(product.currency for product in products).most_common(1)[0][0]
    return Shop(
        scheme=codebooks.scheme,
        items=tuple(sorted((_item(p, sids[p.id], values, interest) for p in products), key=lambda item: item.sku)),
        facets=tuple(values),
        facet_values={name: frozenset(known) for name, known in values.items()},
        kinds=_kind_words(values.get(KIND, ())),
        journeys=journeys,
        queries=tuple(sorted(queries, key=lambda query: (query.shopper, query.time, query.text))),
        partners=co_purchases(baskets),
        currency=currency,
        minor_per_major=minor_per_major(currency),
        known=known or Known(),
    )


def _item(
    product: ProductRecord, sid: Sid, values: Mapping[str, Sequence[str]], interest: Mapping[str, float]
) -> ShopItem:
    return ShopItem(
        sku=product.sku,
        sid=sid,
        title=" ".join(product.title.split()),
        brand=product.brand,
        attributes={name: known for name, known in product.attributes.items() if name in values},
        price_minor=product.price_minor,
        in_stock=product.in_stock,
        rating=product.rating,
        # Ratings stand in where nobody has looked at anything yet.
        popularity=1.0 + interest.get(product.sku, 0.0) + 0.02 * product.rating_count * (product.rating or 3.0),
    )


def _log(session: Session, skus: Mapping[int, str]) -> tuple[tuple[Journey, ...], list[list[str]], dict[str, float]]:
    """Journeys of everybody; baskets and interest of those who are not held out."""
    journeys: list[Journey] = []
    baskets: list[list[str]] = []
    interest: dict[str, float] = {}
    for history in iter_histories(session, kinds=tuple(_WEIGHTS)):
        first: dict[str, float] = {}
        bought: list[str] = []
        held = held_out(f"shopper {history.shopper}")
        for product_id, kind, at in zip(history.product_ids, history.kinds, history.times, strict=True):
            if (sku := skus.get(product_id)) is None:
                continue
            first.setdefault(sku, at.timestamp())
            if kind is EventKind.BOUGHT:
                bought.append(sku)
            if not held:
                interest[sku] = interest.get(sku, 0.0) + _WEIGHTS[kind]
        if first:
            journeys.append(Journey(history.shopper, tuple(first), tuple(first.values())))
        if len(bought) > 1 and not held:
            baskets.append(bought)
    return tuple(sorted(journeys, key=lambda journey: journey.shopper)), baskets, interest


def _kind_words(kinds: Sequence[str]) -> dict[str, KindWords]:
    """What is known of how people speak of these kinds; kinds beside them have their name only."""
    known = load_kinds()
    return {
        name: KindWords(name, known[name].plural, known[name].synonyms, known[name].needs, tuple(known[name].goes_with))
        for name in kinds
        if name in known
    }
