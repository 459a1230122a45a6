from __future__ import annotations

import dataclasses

from catalog_db.importers import ImportReport, Trial
from catalog_db.importers.records import Refusal
from catalog_db.product_changes import Foreseen
from catalog_db.product_log import LogEntry
from catalog_db.products import SaveReport
from neo_assistant.merchandising.catalog_desk import FileLook, FoundProducts, LoggedChange
from neo_assistant.ui.desk import catalog_view as view
from tests.neo_assistant.ui_products import NOW, make_product

HOSTILE = "<img src=x onerror=alert(1)>"


def test_products_found() -> None:
    products = (make_product(1, title=HOSTILE), make_product(2, stock=None, active=False, price_minor=None))
    shown = view.found_html(FoundProducts(products, 42, 2))
    assert "<img" not in shown
    assert "41 to 42 of 42" in shown
    assert "not counted" in shown
    assert "No product" in view.found_html(FoundProducts((), 0, 0))


def test_an_edit_in_words() -> None:
    changed = {"price_minor": (1250, None), "attributes.colour": (("blue",), ()), "active": (True, False)}
    shown = view.changed_html("MUG-1", changed, "USD")
    for words in ("&#36;12&#46;50", "not stated", ">colour<", ">none<", ">yes<", ">no<"):
        assert words in shown
    assert "Nothing was changed" in view.changed_html("MUG-1", {}, "USD")


def test_a_trial_and_a_report() -> None:
    row = make_product(1, title=HOSTILE).to_row()
    refusals = [Refusal(line, f"{HOSTILE} {line}") for line in range(2, 32)]
    report = ImportReport("csv", SaveReport(1, 1, 3), refusals, [Refusal(40, "cut")])
    changes = Foreseen(row, make_product(1), {"price_minor": (1, 2)})
    new = Foreseen(dataclasses.replace(row, sku="N"), None, {})
    shown = view.trial_html(Trial(report, [changes, new]), HOSTILE)
    assert "<img" not in shown
    assert "nothing is changed yet" in shown
    assert "<dt>refused</dt><dd>30</dd>" in shown
    assert "And 11 more" in shown
    assert "&#36;0&#46;01 → &#36;0&#46;02" in shown
    assert "Took in" in view.report_html(report, "x.csv")


def test_products_that_cannot_be_named_yet() -> None:
    assert view.unnamed_html(None) == view.unnamed_html(0) == ""
    assert "1 product has" in view.unnamed_html(1)
    assert "sids --extend" in view.unnamed_html(2)


def test_columns_that_nobody_reads_are_told() -> None:
    look = FileLook("a.csv", "csv", ("id", "cost", "attributes.colour"), {"sku": "id"})
    assert "Not read unless you say as what: cost." in view.look_html(look)


def test_the_log_in_words() -> None:
    changes = {"price_minor": [1250, 300], "attributes.colour": [["blue"], []]}
    edit = LoggedChange(LogEntry(2, HOSTILE, "", changes, HOSTILE, NOW), "USD")
    file = LoggedChange(LogEntry(1, None, "new.csv", {"added": 1, "changed": 0}, "ben", NOW), "")
    shown = view.log_html([edit, file])
    assert "<img" not in shown
    for words in ("&#36;12&#46;50", "&#36;3", ">blue<", ">none<", "1 new&#44; 0 changed"):
        assert words in shown
    assert "Nothing has been changed" in view.log_html([])
