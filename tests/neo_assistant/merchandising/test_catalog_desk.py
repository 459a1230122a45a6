from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.errors import CatalogError, ImportFileError, NeoError
from catalog_db.product_search import ProductQuery
from catalog_db.sids import save_codebook_version
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.catalog_desk import PAGE, CatalogDesk, Columns, refusals_csv
from neo_assistant.merchandising.product_form import ProductForm
from neo_assistant.request import Request
from neo_assistant.steering import Format
from tests.neo_assistant.ui_products import NOW

LATER = NOW + dt.timedelta(days=1)
FIELDS = {"sku": "id", "title": "name", "item_type": "kind", "price": "cost"}


@pytest.fixture
def desk(shop: Database) -> CatalogDesk:
    return CatalogDesk(shop, lambda: LATER)


def _ignore(records: int) -> None:
    """No progress is shown."""


def _change(desk: CatalogDesk, sku: str, **changes: object) -> dict:
    opened = desk.open(sku)
    return desk.save(opened, dataclasses.replace(ProductForm.of(opened), **changes), "anna")


def _file(folder: Path, text: str) -> Path:
    path = folder / "k3y"
    path.write_text(text, encoding="utf-8")
    return path


def test_products_are_found_in_pages(desk: CatalogDesk) -> None:
    found = desk.find(ProductQuery("mug"), page=99)
    assert (found.total, found.page, found.last_page) == (5, 0, 0)
    assert [product.sku for product in desk.find(ProductQuery(item_type="footwear")).products] == ["BOOT-6", "BOOT-7"]
    assert desk.find(ProductQuery("nothing")).products == ()
    assert desk.types() == ["footwear", "kitchen"]
    assert PAGE == 20


def test_the_next_reply_obeys_the_new_price_and_state(own_serving_shop: Database) -> None:
    from tests.neo_assistant.serving import items_of, make_assistant, random_model, reply

    assistant = make_assistant(own_serving_shop, random_model())
    desk = CatalogDesk(own_serving_shop)
    request = Request("a thing", format=Format.IDS, count=5, conditions=Conditions(max_price=600), want="")
    assert items_of(reply(assistant, request)) == ["P-00"]
    _change(desk, "P-00", price="9.00")
    _change(desk, "P-07", price="4.00")
    assert items_of(reply(assistant, request)) == ["P-07"]
    _change(desk, "P-07", active=False)
    assert items_of(reply(assistant, request)) == []


def test_the_second_of_two_is_told(desk: CatalogDesk) -> None:
    opened = desk.open("MUG-1")
    _change(desk, "MUG-1", price="3")
    with pytest.raises(CatalogError, match="not what it was when you opened it: the price changed"):
        desk.save(opened, dataclasses.replace(ProductForm.of(opened), stock="4"), "ben")
    assert desk.open("MUG-1").stock == opened.stock


def test_who_changed_what_is_logged(desk: CatalogDesk, tmp_path: Path) -> None:
    _change(desk, "MUG-1", price="3", attributes="colour: red")
    _change(desk, "MUG-2")
    path = _file(tmp_path, "sku,title,item_type\nN-1,New,kitchen\n")
    desk.take_file(path, "new.csv", Columns("csv"), "ben", _ignore)
    desk.take_file(path, "new.csv", Columns("csv"), "ben", _ignore)
    taken, edited = desk.log()
    assert (taken.entry.file, taken.entry.who, taken.entry.changes) == ("new.csv", "ben", {"added": 1, "changed": 0})
    assert (edited.entry.sku, edited.entry.who, edited.currency) == ("MUG-1", "anna", "USD")
    assert edited.entry.changes == {
        "price_minor": [1250, 300], "attributes.colour": [["blue"], ["red"]], "attributes.kind": [["mug"], []]
    }  # fmt: skip
    assert desk.log(edited.entry.id) == []


def test_products_without_a_semantic_id_are_counted(desk: CatalogDesk, shop: Database) -> None:
    assert desk.unnamed() is None
    with shop.session() as session:
        save_codebook_version(session, "f" * 64, {}, NOW)
    assert desk.unnamed() == 7


def test_a_file_is_looked_at_tried_and_taken(desk: CatalogDesk, tmp_path: Path) -> None:
    path = _file(
        tmp_path, "id,name,kind,cost,price\nMUG-1,Mug number 1,kitchen,3,1\nN-1,=New,kitchen,4,1\nN-2,,x,1,1\n"
    )
    look = desk.look(path, "new.csv")
    assert (look.format, look.likely["sku"], look.likely["title"]) == ("csv", "id", "name")
    columns = Columns("csv", {**FIELDS, "stock": ""}, constants="currency=USD")
    trial = desk.try_file(path, "new.csv", columns, _ignore)
    with pytest.raises(NeoError):
        desk.open("N-1")
    report = desk.take_file(path, "new.csv", columns, "anna", _ignore)
    assert report == trial.report
    assert (report.saved.added, len(report.refusals)) == (1, 1)
    assert desk.open("MUG-1").price_minor == 300
    assert "".join(refusals_csv(report)).splitlines()[1] == "4,refused,no title"


def test_a_column_that_is_not_chosen_is_not_read(desk: CatalogDesk, tmp_path: Path) -> None:
    path = _file(tmp_path, "sku,title,item_type,price\nN-1,New,kitchen,4\n")
    fields = {"sku": "sku", "title": "title", "item_type": "item_type", "price": ""}
    desk.take_file(path, "new.csv", Columns("csv", fields), "anna", _ignore)
    assert desk.open("N-1").price_minor is None


def test_other_formats_have_columns_of_their_own(desk: CatalogDesk, tmp_path: Path) -> None:
    path = _file(tmp_path, "Handle,Title,Type,Variant Price\nn-1,New,kitchen,4\n")
    assert not desk.look(path, "export.csv").is_mapped
    assert desk.try_file(path, "export.csv", Columns("shopify"), _ignore).report.saved.added == 1
    with pytest.raises(CatalogError, match="columns of its own"):
        desk.try_file(path, "export.csv", Columns("shopify", more="sku=Handle"), _ignore)


def test_errors_speak_of_the_file_as_its_sender_calls_it(desk: CatalogDesk, tmp_path: Path) -> None:
    path = _file(tmp_path, "id,name\n1,Mug\n")
    with pytest.raises(ImportFileError) as caught:
        desk.try_file(path, "new.csv", Columns("csv", {"sku": "id", "title": "name"}), _ignore)
    assert caught.value.message == "new.csv has no column 'item_type'"
    assert "--" not in caught.value.hint
    with pytest.raises(RequestError, match="no format"):
        desk.try_file(path, "new.csv", Columns("../x"), _ignore)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ImportFileError, match=r"^new.csv is not UTF-8"):
        desk.look(path, "new.csv")
