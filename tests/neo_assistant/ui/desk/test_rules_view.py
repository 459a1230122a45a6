"""The Rules tab's HTML shows text as text."""

from __future__ import annotations

import datetime as dt
import html
import re

from catalog_db.conditions import Conditions
from catalog_db.models import RuleChange
from catalog_db.rule_log import LogEntry, rule_values
from catalog_db.rules import StoredRule
from neo_assistant.events import TextDelta
from neo_assistant.merchandising.effects import items_condition
from neo_assistant.merchandising.preview import ItemPreview, Preview, RulePreview
from neo_assistant.merchandising.rule_desk import ListedRule, Looked, Phase, Replies
from neo_assistant.merchandising.rule_form import RuleForm
from neo_assistant.request import Request
from neo_assistant.ui.desk.rules_view import (
    deletion_html,
    difference,
    log_html,
    looked_html,
    precedence_html,
    replies_html,
    rules_html,
)
from tests.neo_assistant.merchandising.ruling import HOUR, NOW, rule
from tests.neo_assistant.ui_products import found, make_product

EVIL = "<img src=x onerror=alert(1)> **bold**"
BRAND = Conditions(brands=frozenset({EVIL}))


def seen(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))


def looked(at: dt.datetime | None = NOW, selected: int = 1, effect: Preview | None = None) -> Looked:
    form = RuleForm(action="pin", skus=("MUG-1",))
    made = rule("pin", items_condition(["MUG-1"]), note=EVIL)
    return Looked(form, made, None, Request("a mug"), at, selected, (make_product(),)[:selected], effect, (), (), -1)


def test_the_list_by_phase() -> None:
    rules = [
        ListedRule(StoredRule(3, rule("boost", BRAND, 3.0, note=EVIL, created_by="anna"), NOW), Phase.IN_FORCE),
        ListedRule(StoredRule(1, rule("exclude", Conditions(), ends_at=NOW), NOW), Phase.ENDED),
    ]
    markup = rules_html(rules, {}, "USD", "UTC")
    assert "<img" not in markup
    words = seen(markup)
    assert "In force, by precedence (1)" in words
    assert f"3 Boost by 3 brand: {EVIL} Always" in words
    assert "1 Exclude every item on sale Until 2026-05-04 12:00" in words
    assert "Still to come" not in words
    assert "no rules yet" in seen(rules_html([], {}, "USD", "UTC"))


def test_items_by_title() -> None:
    many = rule("pin", items_condition([f"MUG-{number}" for number in range(1, 8)]))
    listed = ListedRule(StoredRule(2, many, NOW), Phase.COMING)
    words = seen(rules_html([listed], {"MUG-1": "Blue mug"}, "USD", "UTC"))
    assert "Blue mug (MUG-1), MUG-2, MUG-3, MUG-4, MUG-5 and 2 more" in words
    assert "Delete rule 2, coming? Pin: Blue mug" in seen(deletion_html(listed, {"MUG-1": "Blue mug"}, "USD"))


def test_what_it_would_do_with_a_model() -> None:
    item = ItemPreview(make_product(title=EVIL), (-1, 4), 3.0)
    stored = StoredRule(-1, rule("pin", items_condition(["MUG-1"])), NOW)
    effect = Preview(12, 11, (RulePreview(stored, 1, 1),), (), (item,), (), 1, 1, 0)
    words = seen(looked_html(looked(effect=effect), {}, "USD", NOW))
    assert "1 item on sale would be shown first: Mug number 1." in words
    assert "12 items" in words
    assert f"{EVIL} MUG-1 $12.50 × 3 this rule and rule 4" in words


def test_what_does_nothing_is_said() -> None:
    assert "No item on sale meets these conditions" in seen(looked_html(looked(selected=0), {}, "USD", NOW))
    assert "Its end has passed" in seen(looked_html(looked(at=None), {}, "USD", NOW))
    later = seen(looked_html(looked(at=NOW + HOUR), {}, "USD", NOW))
    assert "Looked at for 2026-05-04 13:00 UTC, when the rule begins." in later
    assert "without a model" in later


def test_replies_beside_each_other() -> None:
    before, after = (TextDelta("Here: "), found(1), found(2)), (found(3), found(1))
    words = seen(replies_html(Replies(before, after), running=False))
    assert "New: Mug number 3. No longer shown: Mug number 2." in words
    assert "Writing" in seen(replies_html(Replies(), running=True))


def test_differences() -> None:
    one, two = make_product(1), make_product(2)
    assert difference([one, two], [two, one]) == "The same items in another order."
    assert difference([one], [one]) == "Both replies name the same items in the same order."


def test_the_log_says_what_was_and_what_is() -> None:
    old, new = rule("boost", BRAND, 2.0), rule("bury", BRAND, 4.0, ends_at=NOW)
    entry = LogEntry(1, 7, RuleChange.REPLACED, rule_values(old), rule_values(new), "anna", NOW)
    words = seen(log_html([entry], {}, "USD"))
    assert "2026-05-04 12:00:00 anna replaced rule 7" in words
    assert "what to do: boost → bury" in words
    assert "strength: 2 → 4" in words
    assert "end: 2026-05-04 12:00 UTC" in words
    assert "brand" not in words
    assert "No rule has been changed" in seen(log_html([], {}, "USD"))


def test_precedence_is_stated() -> None:
    words = seen(precedence_html())
    places = [words.index(f"{name}:") for name in ("The shopper", "Exclude", "Pin", "Boost and bury")]
    assert places == sorted(places)
