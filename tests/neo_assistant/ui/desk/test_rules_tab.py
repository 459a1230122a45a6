"""The Rules tab's handlers, with the values that the components would send."""

from __future__ import annotations

import dataclasses
from typing import Any

import gradio as gr
import pytest

from catalog_db.database import Database
from catalog_db.errors import CatalogError, EmptyCatalogError
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.rule_desk import RuleDesk
from neo_assistant.merchandising.rule_form import RuleForm
from neo_assistant.ui.desk.logins import Merchandiser
from neo_assistant.ui.desk.rules_tab import _Fields, _read, _RulesTab, build_tab
from tests.neo_assistant.ui.desk.desks import desk_of, events_of

ANNA, BEN = Merchandiser("anna"), Merchandiser("ben")
TRIAL = ("a mug", [], 3)
PIN = RuleForm(action="pin", skus=("BOOT-6",), strength=None, zone="Europe/Berlin")


@pytest.fixture
def tab(shop: Database) -> _RulesTab:
    desk = desk_of(shop)
    return _RulesTab(desk, RuleDesk(shop, desk.services.assistant))


def values(form: RuleForm) -> tuple[Any, ...]:
    """What the components hold: lists for tuples, in their order."""
    plain = [getattr(form, field.name) for field in dataclasses.fields(_Fields)]
    return tuple(list(value) if isinstance(value, tuple) else value for value in plain)


def save(tab: _RulesTab, form: RuleForm, opened: Any = None, who: Merchandiser = ANNA) -> None:
    looked, *_ = tab._preview(who, opened, *TRIAL, *values(form))
    tab._keep_rule(who, looked, *values(form))


def test_no_handler_of_the_tab_is_public(shop: Database) -> None:
    events = events_of(build_tab, shop)
    assert len(events) > 10
    assert {event.api_visibility for event in events} == {"private"}


def test_the_form_reads_what_it_shows(tab: _RulesTab) -> None:
    full = RuleForm("bury", ("BOOT-6", "MUG-1"), ("kitchen",), ("Claywork",), ("kind: mug",), "5", "9", "4", True)
    assert _read(values(full)) == full
    assert _read((None,) * len(values(full))).strength is None, "whatever is sent is read as nothing, or refused later"


def test_previewed_then_saved_then_listed(tab: _RulesTab) -> None:
    looked, button, words, _ = tab._preview(ANNA, None, *TRIAL, *values(PIN))
    assert button.interactive
    assert "Hiking boot 6" in words
    listing = tab._keep_rule(ANNA, looked, *values(PIN))
    assert "Saved as rule 1" in listing[0]
    assert [each.stored.rule.created_by for each in tab._rules.rules()] == ["anna"]
    html, picks, log, oldest = tab._listing()
    assert "BOOT&#45;6" in html
    assert picks.choices == [("1, Pin, in force", 1)]
    assert "added rule 1" in log
    assert oldest == 1


def test_a_form_that_was_changed_is_not_saved(tab: _RulesTab) -> None:
    looked, *_ = tab._preview(ANNA, None, *TRIAL, *values(PIN))
    for seen in (looked, None):
        with pytest.raises(RequestError, match="not the rule that was previewed"):
            tab._keep_rule(ANNA, seen, *values(dataclasses.replace(PIN, note="other")))
    assert tab._rules.rules() == []


def test_an_opened_rule_fills_the_form_that_saves_it_unchanged(tab: _RulesTab) -> None:
    save(tab, dataclasses.replace(PIN, starts="2026-12-24 18:00", max_price="199"))
    _, opened, *fields = tab._edit(ANNA, 1)[: 2 + len(values(PIN))]
    shown = [field.value if isinstance(field, gr.components.Component) else field for field in fields]
    form = _read(tuple(shown))
    assert (form.starts, form.zone, form.skus, form.max_price) == (
        "2026-12-24 18:00",
        "Europe/Berlin",
        ("BOOT-6",),
        "199",
    )
    save(tab, form, opened, BEN)
    assert len(tab._rules.log()) == 1, "nothing changed, so nothing is noted"


def test_the_second_who_saves_or_deletes_is_told(tab: _RulesTab) -> None:
    save(tab, PIN)
    opened = tab._edit(ANNA, 1)[1]
    doomed, words, _ = tab._ask(ANNA, 1)
    assert "Delete rule 1" in words
    save(tab, dataclasses.replace(PIN, note="mine"), tab._edit(BEN, 1)[1], BEN)
    with pytest.raises(CatalogError, match="ben replaced it"):
        save(tab, dataclasses.replace(PIN, note="yours"), opened)
    with pytest.raises(CatalogError, match="ben replaced it"):
        tab._delete(ANNA, doomed)
    tab._delete(ANNA, tab._ask(ANNA, 1)[0])
    assert tab._rules.rules() == []


def test_items_are_found_and_chosen_ones_stay(tab: _RulesTab) -> None:
    found = tab._search(ANNA, "mug 1", ["BOOT-6"])
    assert found.choices == [("Hiking boot 6 (BOOT-6)", "BOOT-6"), ("Mug number 1 (MUG-1)", "MUG-1")]
    assert found.value == ["BOOT-6"]
    with pytest.raises(RequestError, match="no item"):
        tab._search(ANNA, "sofa", [])


@pytest.mark.parametrize("number", [None, "1", 7])
def test_a_rule_that_is_none_is_not_opened(tab: _RulesTab, number: Any) -> None:
    for action in (tab._edit, tab._ask):
        with pytest.raises((RequestError, CatalogError)):
            action(ANNA, number)
    with pytest.raises(RequestError):
        tab._delete(ANNA, None)


def test_without_a_model_no_reply_is_compared(tab: _RulesTab) -> None:
    looked, *_ = tab._preview(ANNA, None, *TRIAL, *values(PIN))
    assert list(tab._write(ANNA, looked)) == list(tab._write(ANNA, None)) == [""]


def test_the_log_in_pages_and_as_a_file(tab: _RulesTab) -> None:
    save(tab, PIN)
    with pytest.raises(RequestError, match="no older"):
        tab._page(ANNA, 1)
    assert tab._page(ANNA, None)[1] == 1
    file = tab._csv(ANNA)
    with open(file.value["path"] if isinstance(file.value, dict) else file.value, encoding="utf-8-sig") as lines:
        assert lines.readline() == "change_id,at_utc,who,rule_id,change,field,before,after\n"


def test_an_empty_shop_says_so(database: Database) -> None:
    desk = desk_of(database)
    tab = _RulesTab(desk, RuleDesk(database, desk.services.assistant))
    with pytest.raises(EmptyCatalogError):
        tab._open(ANNA)
