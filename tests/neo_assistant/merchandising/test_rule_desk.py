"""The merchandiser's rules: looked at, saved, obeyed by the next reply, over when they end."""

from __future__ import annotations

import csv
import datetime as dt
import threading
from dataclasses import replace
from typing import Any

import pytest

from catalog_db import rule_log
from catalog_db.conditions import Conditions
from catalog_db.csv_export import unguard
from catalog_db.database import Database
from catalog_db.errors import CatalogError, ConditionError
from catalog_db.models import RuleChange
from catalog_db.rules import Rule, StoredRule, list_rules
from neo_assistant.assistant import Assistant
from neo_assistant.catalog import Catalog
from neo_assistant.engine.engine import Engine, Sampling
from neo_assistant.errors import RequestError
from neo_assistant.events import ItemFound
from neo_assistant.merchandising.book import RuleBook
from neo_assistant.merchandising.rule_desk import Phase, RuleDesk
from neo_assistant.merchandising.rule_form import RuleForm
from neo_assistant.prompts.renderer import PromptRenderer
from neo_assistant.request import Request
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.steering import Format
from neo_assistant.waking import WakingReplier
from tests.neo_assistant.merchandising.ruling import HOUR, NOW, on, rule
from tests.neo_assistant.serving import CODEBOOKS, items_of, random_model, tokenizer

TRIAL = Request("anything", format=Format.IDS, count=3)
PIN = RuleForm(action="pin", skus=("P-07",), strength=None, note="window")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def assistant(own_serving_shop: Database, clock: Clock) -> Assistant:
    """Answers with a tiny model; its rules are those in force by the clock."""
    catalog = Catalog(own_serving_shop, CODEBOOKS, tokenizer())
    engine, renderer = Engine(random_model(0)), PromptRenderer(tokenizer())
    return Assistant(engine, renderer, catalog, Sampling(beams=4), {"checkpoint": "tiny"}, RuleBook(clock))


@pytest.fixture
def desk(own_serving_shop: Database, assistant: Assistant, clock: Clock) -> RuleDesk:
    return RuleDesk(own_serving_shop, assistant, clock)


def named(assistant: Assistant, request: Request = TRIAL) -> list[str]:
    return items_of(list(assistant.reply([], request, threading.Event())))


def save(desk: RuleDesk, form: RuleForm, opened: StoredRule | None = None, who: str = "anna") -> int:
    return desk.save(desk.look(form, opened, who, TRIAL), form, who)


def add(database: Database, *rules: Rule) -> None:
    with database.session() as session:
        for each in rules:
            rule_log.add(session, each, "ben", NOW - HOUR)


def test_the_next_reply_obeys_a_saved_rule_and_none_after_its_end(
    desk: RuleDesk, assistant: Assistant, clock: Clock
) -> None:
    plain = named(assistant)
    assert plain[0] != "P-07"
    form = replace(PIN, starts="2026-05-04 13:00", ends="2026-05-04 14:00")
    looked = desk.look(form, None, "anna", TRIAL)
    assert named(assistant) == plain, "looking saves nothing"
    desk.save(looked, form, "anna")
    assert named(assistant) == plain, "it has not begun"
    clock.now = NOW + HOUR
    assert named(assistant)[0] == "P-07"
    clock.now = NOW + 2 * HOUR
    assert named(assistant) == plain, "it has ended"


def test_excluded_by_condition_and_back_when_deleted(desk: RuleDesk, assistant: Assistant) -> None:
    plain = named(assistant)
    number = save(desk, RuleForm(action="exclude", sql=f"sku = '{plain[0]}'", strength=None))
    assert plain[0] not in named(assistant)
    desk.delete(desk.open(number), "ben")
    assert named(assistant) == plain
    assert [(entry.who, entry.change) for entry in desk.log()] == [
        ("ben", RuleChange.DELETED),
        ("anna", RuleChange.ADDED),
    ]


def test_what_a_rule_would_do(desk: RuleDesk, own_serving_shop: Database) -> None:
    add(own_serving_shop, rule("exclude", on("P-03")), rule("pin", on("P-05")))
    looked = desk.look(replace(PIN, skus=("P-03", "P-07")), None, "anna", TRIAL)
    assert (looked.at, looked.selected) == (NOW, 2)
    assert [product.sku for product in looked.examples] == ["P-03", "P-07"]
    effect = looked.effect
    assert effect is not None
    assert [item.product.sku for item in effect.pinned] == ["P-07", "P-05"], "the newest pin comes first"
    assert [item.product.sku for item in effect.excluded] == ["P-03"]
    assert [each.of_request for each in effect.rules if each.stored.id == looked.number] == [2]


def test_a_changed_rule_is_looked_at_in_its_place(desk: RuleDesk, own_serving_shop: Database) -> None:
    add(own_serving_shop, rule("pin", on("P-05"), created_by="ben"), rule("pin", on("P-06")))
    opened = desk.open(1)
    looked = desk.look(replace(PIN, skus=("P-09",)), opened, "anna", TRIAL)
    assert looked.effect is not None
    assert [item.product.sku for item in looked.effect.pinned] == ["P-06", "P-09"], "it stays the older one"
    assert desk.save(looked, looked.form, "anna") == 1
    assert desk.open(1).rule.created_by == "ben", "who made it; who changed it stands in the log"


def test_a_rule_to_come_is_looked_at_for_the_time_when_it_begins(desk: RuleDesk, own_serving_shop: Database) -> None:
    add(own_serving_shop, rule("pin", on("P-05"), ends_at=NOW + HOUR), rule("pin", on("P-06"), starts_at=NOW + HOUR))
    looked = desk.look(replace(PIN, starts="2026-05-04 13:00"), None, "anna", TRIAL)
    assert looked.at == NOW + HOUR
    assert looked.effect is not None
    assert [item.product.sku for item in looked.effect.pinned] == ["P-07", "P-06"]


def test_the_reply_before_and_after(desk: RuleDesk, assistant: Assistant) -> None:
    plain = named(assistant)
    looked = desk.look(replace(PIN, starts="2026-05-05 00:00"), None, "anna", TRIAL)
    *_, last = desk.replies(looked, threading.Event())
    before, after = (
        [e.product.sku for e in events if isinstance(e, ItemFound)] for events in (last.before, last.after)
    )
    assert before == plain
    assert after[0] == "P-07", "though it is not in force yet"


def test_a_rule_that_is_over_does_nothing(desk: RuleDesk) -> None:
    looked = desk.look(replace(PIN, ends="2026-05-04 11:00"), None, "anna", TRIAL)
    assert (looked.at, looked.effect) == (None, None)
    assert list(desk.replies(looked, threading.Event())) == []


@pytest.mark.parametrize(
    "changes",
    [{"skus": ("P-08",)}, {"action": "exclude"}, {"note": ""}, {"ends": "2027-01-01"}, {"zone": "Asia/Tokyo"}],
)
def test_only_what_was_looked_at_is_saved(desk: RuleDesk, changes: dict[str, Any]) -> None:
    looked = desk.look(PIN, None, "anna", TRIAL)
    for seen in (looked, None):
        with pytest.raises(RequestError, match="not the rule that was previewed"):
            desk.save(seen, replace(PIN, **changes), "anna")
    assert desk.rules() == []


def test_the_second_of_two_who_change_one_rule_is_told(desk: RuleDesk) -> None:
    number = save(desk, PIN)
    first, second = desk.open(number), desk.open(number)
    save(desk, replace(PIN, skus=("P-08",)), first, "ben")
    changed = replace(PIN, note="mine")
    with pytest.raises(CatalogError, match="not what it was when you opened it: ben replaced it"):
        save(desk, changed, second)
    with pytest.raises(CatalogError, match="ben replaced it"):
        desk.delete(second, "anna")
    desk.delete(desk.open(number), "ben")
    with pytest.raises(CatalogError, match="ben deleted it"):
        save(desk, changed, second)
    with pytest.raises(CatalogError, match="any more"):
        desk.open(number)


@pytest.mark.parametrize(
    ("changes", "kind", "problem"),
    [
        ({"skus": ("P-99",)}, RequestError, "no item 'P-99'"),
        ({"skus": (), "brands": ("Nobody",)}, ConditionError, "Nobody"),
        ({"skus": (), "attributes": ("colour: blu",)}, ConditionError, "blu"),
        ({"skus": (), "sql": "nullif(1)"}, ConditionError, "SQL"),
        ({"skus": ()}, RequestError, "names no items"),
    ],
)
def test_what_the_shop_does_not_have_is_refused(
    desk: RuleDesk, changes: dict[str, Any], kind: type[Exception], problem: str
) -> None:
    with pytest.raises(kind, match=problem):
        desk.look(replace(PIN, **changes), None, "anna", TRIAL)


def test_the_list_is_in_order_of_force(desk: RuleDesk, own_serving_shop: Database) -> None:
    add(
        own_serving_shop,
        rule("boost", on("P-01"), ends_at=NOW),
        rule("boost", on("P-02")),
        rule("pin", on("P-03"), starts_at=NOW + 2 * HOUR),
        rule("pin", on("P-04")),
        rule("exclude", on("P-05"), starts_at=NOW + HOUR),
        rule("exclude", on("P-06"), starts_at=NOW, ends_at=NOW + HOUR),
        rule("pin", on("P-07"), ends_at=NOW - HOUR),
    )
    assert [(each.stored.id, each.phase) for each in desk.rules()] == [
        *((6, Phase.IN_FORCE), (4, Phase.IN_FORCE), (2, Phase.IN_FORCE)),
        *((5, Phase.COMING), (3, Phase.COMING)),
        *((1, Phase.ENDED), (7, Phase.ENDED)),
    ]


def test_the_log_as_csv(desk: RuleDesk) -> None:
    number = save(desk, replace(PIN, note="=1+1"))
    changed = RuleForm(action="boost", types=("kitchen",), strength=3.0, note="=1+1", ends="2026-06-01")
    save(desk, changed, desk.open(number), "ben")
    text = "".join(desk.log_csv())
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(text.removeprefix("\ufeff").splitlines()))
    assert {row["who"] for row in rows} == {"anna", "ben"}
    changes = {row["field"]: (row["before"], row["after"]) for row in rows if row["change"] == "replaced"}
    assert set(changes) == {"what to do", "items", "strength", "end"}
    assert changes["what to do"] == ("pin", "boost")
    assert changes["strength"] == ("", "3")
    assert changes["end"] == ("", "2026-06-01 00:00 UTC")
    assert changes["items"][0].endswith("(P-07)")
    assert changes["items"][1] == "type: kitchen"
    [note] = [row["after"] for row in rows if row["field"] == "note"]
    assert (note, unguard(note)) == ("'=1+1", "=1+1")


def test_items_are_found_by_words_and_by_lists_of_skus(desk: RuleDesk) -> None:
    assert desk.find_items("P-03")[0].sku == "P-03"
    assert [product.sku for product in desk.find_items("P-04, nothing,P-02")] == ["P-02", "P-04"]
    assert desk.find_items(" ") == []


def test_without_a_model_a_rule_can_be_looked_at_and_saved(own_serving_shop: Database, clock: Clock) -> None:
    desk = RuleDesk(own_serving_shop, ScriptedReplier(own_serving_shop), clock)
    looked = desk.look(PIN, None, "anna", TRIAL)
    assert (looked.selected, looked.effect, desk.obeys_rules) == (1, None, False)
    assert desk.save(looked, PIN, "anna") == 1


def test_a_model_that_is_being_loaded_is_waited_for(
    own_serving_shop: Database, assistant: Assistant, clock: Clock
) -> None:
    class Standing:
        """As what serves a promoted checkpoint: it stands for another replier, and knows no catalog itself."""

        def wait(self, timeout: float | None = None) -> Assistant:
            return assistant

    for replier in (WakingReplier(lambda: assistant), Standing()):
        desk = RuleDesk(own_serving_shop, replier, clock)  # type: ignore[arg-type]
        assert desk.look(PIN, None, "anna", TRIAL).effect is not None


def test_a_rule_is_saved_with_its_log_entry_or_not_at_all(desk: RuleDesk, own_serving_shop: Database) -> None:
    save(desk, replace(PIN, brands=()))
    with own_serving_shop.reading() as session:
        [stored], [entry] = list_rules(session), rule_log.entries(session)
    assert (stored.rule.conditions, stored.rule.created_by) == (on("P-07"), "anna")
    assert entry.after == rule_log.rule_values(stored.rule)
    assert stored.rule.conditions != Conditions()
