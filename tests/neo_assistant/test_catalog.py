"""Snapshots of a database's catalog."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from catalog_db import sids as sid_table
from catalog_db.conditions import Conditions
from catalog_db.database import Database, open_database
from catalog_db.errors import ConditionError, EmptyCatalogError, UnknownProductError
from catalog_db.products import save_products
from catalog_db.rows import ProductRow
from neo_assistant.catalog import Catalog
from neo_assistant.errors import CheckpointError, GrammarError
from neo_assistant.grammar.want_context import WantContext
from tests.neo_assistant.serving import (
    CODEBOOKS,
    RETIRED,
    SCHEME,
    SKUS,
    fill,
    give_sids,
    make_codebooks,
    make_rows,
    meets,
    products,
    retire,
    sid_of,
    tokenizer,
)
from tests.neo_assistant.ui_products import NOW

CHEAP = Conditions(max_price=1500)


@pytest.fixture
def shop(database: Database) -> Database:
    fill(database)
    return database


def open_catalog(database: Database) -> Catalog:
    return Catalog(database, CODEBOOKS, tokenizer())


def save(database: Database, *rows: ProductRow) -> None:
    with database.session() as session:
        save_products(session, rows, NOW)


def named(catalog: Catalog, conditions: Conditions) -> set[str]:
    """SKUs in a view of the newest snapshot."""
    snapshot = catalog.snapshot()
    return {
        product.sku
        for place in snapshot.view(conditions).bitmap.positions()
        if (product := snapshot.product_at(int(place)))
    }


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(),
        CHEAP,
        Conditions(item_types=frozenset({"shoes"}), in_stock=True),
        Conditions(attributes={"colour": ("blue", "red")}, brands=frozenset({"Acme"}), min_rating=3.5),
        Conditions(max_price=1500).both(Conditions(min_price=3000)),
    ],
)
def test_a_view_holds_what_is_on_sale_and_meets_the_conditions(shop: Database, conditions: Conditions) -> None:
    expected = {sku for sku, p in products(shop).items() if p.active and meets(p, conditions)}
    assert named(open_catalog(shop), conditions) == expected


def test_the_index_has_every_item_under_its_sid(shop: Database) -> None:
    snapshot = open_catalog(shop).snapshot()
    assert len(snapshot.index) == len(SKUS)
    assert snapshot.sids(SKUS) == tuple(sid_of(number) for number in range(len(SKUS)))
    assert snapshot.places([*SKUS, "unknown"]) == {
        sku: snapshot.index.position(sid_of(number)) for number, sku in enumerate(SKUS)
    }
    twice = snapshot.positions(["P-03", "P-01", "P-03"])
    assert twice.tolist() == sorted({snapshot.index.position(sid_of(1)), snapshot.index.position(sid_of(3))})
    assert snapshot.prices(twice) == [snapshot.product_at(int(place)).price_minor for place in twice]  # type: ignore[union-attr]
    assert snapshot.prices(snapshot.positions(["P-20"])) == []
    assert snapshot.currency == "USD"


def test_products_without_a_sid_are_left_out_and_unknown_ones_refused(shop: Database) -> None:
    catalog = open_catalog(shop)
    save(shop, *make_rows(28))
    snapshot = catalog.snapshot()
    assert snapshot.positions(["P-26", "P-00"]).tolist() == snapshot.positions(["P-00"]).tolist()
    assert "P-26" not in snapshot.places(["P-26"])
    assert snapshot.sids(["P-00", "P-26"]) == (sid_of(0), None)
    for ask in (snapshot.sids, snapshot.positions, snapshot.products):
        with pytest.raises(UnknownProductError, match="unknown"):
            ask(["P-00", "unknown"])


def test_a_product_can_be_named_once_it_has_a_sid(shop: Database) -> None:
    catalog = open_catalog(shop)
    before = catalog.snapshot()
    save(shop, *make_rows(27))
    assert "P-26" not in named(catalog, Conditions())
    with shop.session() as session:
        give_sids(session, {"P-26": sid_of(26)})
    assert "P-26" in named(catalog, Conditions())
    assert catalog.snapshot().index.position(sid_of(26)) is not None
    assert before.index.position(sid_of(26)) is None


def test_a_price_moves_a_product_out_of_views_and_back(shop: Database) -> None:
    catalog = open_catalog(shop)
    [row] = [row for row in make_rows() if row.sku == "P-02"]
    assert "P-02" in named(catalog, CHEAP)
    changed = {name: getattr(row, name) for name in row.__slots__} | {"price_minor": 9900}
    save(shop, ProductRow(**changed))
    assert "P-02" not in named(catalog, CHEAP)
    save(shop, row)
    assert "P-02" in named(catalog, CHEAP)


def test_the_want_grammar_is_compiled_anew_only_for_other_facets(shop: Database) -> None:
    catalog = open_catalog(shop)
    first = catalog.snapshot()
    retire(shop, "P-00")
    assert catalog.snapshot() is not first
    assert catalog.snapshot().grammar is first.grammar
    green = tokenizer().encode(" colour: green; found")
    with pytest.raises(GrammarError):
        first.grammar.read(green, WantContext(frozenset(), shown=False))
    save(shop, ProductRow(sku="P-26", title="Green mug", item_type="kitchen", attributes={"colour": ("green",)}))
    read = catalog.snapshot().grammar.read(green, WantContext(frozenset(), shown=False))
    assert read == (" colour: green;", len(green))


def test_views_are_made_once_for_a_snapshot(shop: Database) -> None:
    catalog = open_catalog(shop)
    first = catalog.snapshot()
    assert catalog.snapshot() is first
    view = first.view(CHEAP)
    assert first.view(Conditions(max_price=1500)) is view
    assert first.view(Conditions(max_price=1501)) is not view
    retire(shop, "P-00")
    second = catalog.snapshot()
    assert second is not first
    assert second.revision > first.revision
    assert first.view(CHEAP) is view  # a reply goes on with what it began with
    assert len(second.view(CHEAP)) == len(view) - 1


def test_a_snapshot_forgets_the_views_that_were_not_asked_for_lately(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neo_assistant.catalog._KEPT_VIEWS", 2)
    snapshot = open_catalog(shop).snapshot()
    cheap, all_items = snapshot.view(CHEAP), snapshot.view(Conditions())
    assert snapshot.view(CHEAP) is cheap
    snapshot.view(Conditions(in_stock=True))
    assert snapshot.view(CHEAP) is cheap
    assert snapshot.view(Conditions()) is not all_items


@pytest.mark.parametrize("conditions", [Conditions(), CHEAP, Conditions(item_types=frozenset({"shoes"}))])
def test_the_values_of_a_facet_are_counted_in_a_view(shop: Database, conditions: Conditions) -> None:
    extra = {"colour": ("blue", "green"), "material": ("clay",)}
    save(shop, ProductRow(sku="P-26", title="Two colours", item_type="kitchen", price_minor=100, attributes=extra))
    with shop.session() as session:
        give_sids(session, {"P-26": sid_of(26)})
    save(shop, ProductRow(sku="P-27", title="No semantic id", item_type="kitchen", attributes={"colour": ("blue",)}))
    snapshot = open_catalog(shop).snapshot()
    inside = [p for p in products(shop).values() if p.active and p.sku != "P-27" and meets(p, conditions)]
    for name in ("colour", "material", "brand"):
        counts = Counter(
            value
            for product in inside
            for value in ((product.brand,) if name == "brand" else product.attributes.get(name, ()))
            if value is not None
        )
        found = snapshot.facet_counts(snapshot.view(conditions), name)
        assert found == dict(counts)
        assert list(found) == sorted(found, key=lambda value: (-found[value], value))
    assert snapshot.facet_counts(snapshot.view(conditions), "shoe size") == {}


def test_a_product_is_looked_at_again_under_the_conditions(shop: Database) -> None:
    snapshot = open_catalog(shop).snapshot()
    [row] = [row for row in make_rows() if row.sku == "P-02"]
    place = snapshot.places(["P-02"])["P-02"]
    assert snapshot.product_at(place, CHEAP) is not None
    changed = {name: getattr(row, name) for name in row.__slots__} | {"price_minor": 9900, "stock": 0}
    save(shop, ProductRow(**changed))
    assert snapshot.product_at(place, CHEAP) is None
    assert snapshot.product_at(place, Conditions(in_stock=True)) is None
    found = snapshot.product_at(place)
    assert found is not None
    assert found.price_minor == 9900


def test_what_another_connection_changes_is_seen(shop: Database, database_url: str) -> None:
    catalog = open_catalog(shop)
    place = catalog.snapshot().index.position(sid_of(4))
    assert place is not None
    snapshot = catalog.snapshot()
    with open_database(database_url) as other:
        retire(other, "P-04")
    assert snapshot.product_at(place) is None  # also by the snapshot a reply began with
    assert "P-04" not in named(catalog, Conditions())


def test_a_product_off_sale_is_no_product(shop: Database) -> None:
    snapshot = open_catalog(shop).snapshot()
    place = snapshot.places([RETIRED])[RETIRED]
    assert not snapshot.view(Conditions()).has(place)
    assert snapshot.product_at(place) is None


def test_threads_share_a_catalog(shop: Database) -> None:
    catalog, seen = open_catalog(shop), []

    def look() -> None:
        for _ in range(5):
            seen.append(named(catalog, CHEAP))

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    retire(shop, "P-00")
    for thread in threads:
        thread.join()
    assert len(seen) == 15
    assert "P-00" not in named(catalog, CHEAP)
    whole = {sku for sku, p in products(shop).items() if meets(p, CHEAP)}
    assert all(one in (whole, whole - {"P-00"}) for one in seen)


def test_an_sql_condition_that_the_database_cannot_run_is_an_error(shop: Database) -> None:
    with pytest.raises(ConditionError, match="cannot run"):
        open_catalog(shop).snapshot().view(Conditions(sql="lower(sku, title) = 'blue'"))


def test_prices_are_in_the_shops_own_currency(database: Database) -> None:
    fill(database, make_rows(currency="JPY"))
    assert open_catalog(database).snapshot().currency == "JPY"


def test_an_empty_catalog_is_refused(database: Database) -> None:
    with pytest.raises(EmptyCatalogError, match="nothing on sale") as caught:
        open_catalog(database)
    assert "catalog_db" in caught.value.hint
    fill(database)
    catalog = open_catalog(database)
    retire(database, *SKUS)
    with pytest.raises(EmptyCatalogError):
        catalog.snapshot()


def test_a_catalog_without_semantic_ids_is_refused(database: Database) -> None:
    fill(database, with_sids=False)
    with pytest.raises(CheckpointError, match="not made yet") as caught:
        open_catalog(database)
    assert "adopt" in caught.value.hint
    with database.session() as session:
        sid_table.save_codebook_version(session, CODEBOOKS.fingerprint, SCHEME.to_dict(), NOW)
    with pytest.raises(EmptyCatalogError, match="no product has a semantic id") as empty:
        open_catalog(database)
    assert empty.value.hint


def test_semantic_ids_of_other_codebooks_are_refused(shop: Database) -> None:
    other = make_codebooks(seed=2)
    with pytest.raises(CheckpointError, match=CODEBOOKS.fingerprint[:12]) as caught:
        Catalog(shop, other, tokenizer())
    assert other.fingerprint[:12] in caught.value.message
    assert "adopt" in caught.value.hint
