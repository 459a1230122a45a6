"""What rules would do, seen before they are saved."""

from __future__ import annotations

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.errors import ConditionError, UnknownProductError
from neo_assistant.catalog import Snapshot
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.effects import drafts
from neo_assistant.merchandising.preview import EXAMPLES, ItemPreview, preview
from neo_assistant.request import Request
from tests.neo_assistant.asking import MUGS
from tests.neo_assistant.merchandising.ruling import HOUR, NOW, on, rule, snapshot_of, stored

ANYTHING = Request("anything")


@pytest.fixture(scope="module")
def snapshot(serving_shop: Database) -> Snapshot:
    return snapshot_of(serving_shop)


def seen(items: tuple[ItemPreview, ...]) -> list[tuple[str, tuple[int, ...], float]]:
    return [(item.product.sku, item.rules, round(item.weight, 4)) for item in items]


def test_every_item_with_the_rules_that_act_on_it(snapshot: Snapshot) -> None:
    rules = stored(
        rule("exclude", on("P-00", "P-01")),
        rule("pin", on("P-00", "P-04")),
        rule("boost", on("P-04", "P-08", "P-00"), 3.0),
        rule("bury", on("P-08", "P-03"), 6.0),
        rule("pin", on("P-12", "P-04")),
        rule("exclude", on("P-02"), ends_at=NOW),
    )
    found = preview(snapshot, rules, Request("a mug", types=("kitchen",), dismissed=("P-12", "P-16")), NOW)
    assert (found.items, found.left) == (11, 10)
    assert [(each.stored.id, each.items, each.of_request) for each in found.rules] == [
        (1, 2, 1),
        (5, 2, 1),
        (2, 2, 2),
        (3, 3, 3),
        (4, 2, 1),
    ]
    assert seen(found.excluded) == [("P-00", (1,), 3.0)]
    assert seen(found.pinned) == [("P-04", (5, 2, 3), 3.0)]
    assert seen(found.weighted) == [("P-04", (5, 2, 3), 3.0), ("P-08", (3, 4), 0.5)]
    assert (found.excluded_count, found.pinned_count, found.weighted_count) == (1, 1, 2)


def test_pinned_items_come_in_the_order_of_their_rules(snapshot: Snapshot) -> None:
    rules = [*stored(rule("pin", on("P-09"))), *drafts([rule("pin", on("P-07", "P-03"))], NOW + HOUR)]
    assert [item.product.sku for item in preview(snapshot, rules, ANYTHING, NOW).pinned] == ["P-03", "P-07", "P-09"]


def test_a_rule_on_everything_is_shown_by_a_few_items(snapshot: Snapshot) -> None:
    found = preview(snapshot, stored(rule("exclude", Conditions())), ANYTHING, NOW)
    assert (found.items, found.left, found.excluded_count, len(found.excluded)) == (25, 0, 25, EXAMPLES)


def test_without_rules_nothing_happens(snapshot: Snapshot) -> None:
    found = preview(snapshot, [], ANYTHING, NOW)
    assert (found.items, found.left, found.rules) == (25, 25, ())
    assert found.excluded == found.pinned == found.weighted == ()


def test_what_cannot_be_looked_at_is_refused(snapshot: Snapshot) -> None:
    with pytest.raises(RequestError, match="hats"):
        preview(snapshot, [], Request("x", types=("hats",)), NOW)
    with pytest.raises(UnknownProductError):
        preview(snapshot, [], Request("x", dismissed=(*MUGS, "P-99")), NOW)
    broken = Conditions(sql="CAST(title AS integer) + nullif(1)")
    with pytest.raises(ConditionError, match="the rule"):
        preview(snapshot, drafts([rule("pin", broken)], NOW), ANYTHING, NOW)
