"""What rules select, when they are in force, and which comes before which."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.errors import ConditionError
from catalog_db.rules import StoredRule, add_rule, delete_rule
from neo_assistant.catalog import Snapshot
from neo_assistant.decoding.view import View
from neo_assistant.merchandising.book import RuleBook
from neo_assistant.merchandising.effects import (
    NO_EFFECTS,
    Effects,
    drafts,
    effects_of,
    in_force,
    items_condition,
)
from tests.neo_assistant.merchandising.ruling import HOUR, NOW, on, rule, snapshot_of, stored
from tests.neo_assistant.serving import RETIRED, SKUS, products

ACME = Conditions(brands=frozenset({"Acme"}))
SHOES = Conditions(item_types=frozenset({"shoes"}))
BLUE = Conditions(attributes={"colour": ("blue",)})


@pytest.fixture(scope="module")
def snapshot(serving_shop: Database) -> Snapshot:
    return snapshot_of(serving_shop)


def skus_of(snapshot: Snapshot, positions: np.ndarray) -> set[str]:
    known = {product.id: sku for sku, product in products(snapshot.database).items()}
    return {known[number] for number in snapshot.index.product_id_at(positions).tolist()}


def weights_of(snapshot: Snapshot, effects: Effects) -> dict[str, float]:
    """SKU → weight, of every item."""
    places = snapshot.places(SKUS)
    if effects.weights is None:
        return dict.fromkeys(places, 1.0)
    return {sku: float(effects.weights.at(np.array(place))) for sku, place in places.items()}


def test_without_rules_in_force_nothing_is_done(snapshot: Snapshot) -> None:
    later = stored(rule("exclude", ACME, starts_at=NOW + HOUR), rule("pin", ACME, ends_at=NOW))
    assert effects_of(snapshot, [], NOW) is effects_of(snapshot, later, NOW) is NO_EFFECTS
    view = View(snapshot.index)
    assert NO_EFFECTS.permitted(view) is view
    assert NO_EFFECTS.record(view) == []


@pytest.mark.parametrize(
    "conditions", [ACME, SHOES, BLUE, on("P-03", "P-08"), ACME.both(Conditions(max_price=1500)), Conditions()]
)
def test_exclusions_are_of_items_brands_types_and_conditions(snapshot: Snapshot, conditions: Conditions) -> None:
    effects = effects_of(snapshot, stored(rule("exclude", conditions)), NOW)
    everything = snapshot.view(Conditions())
    left = skus_of(snapshot, effects.permitted(everything).bitmap.positions())
    selected = skus_of(snapshot, snapshot.view(conditions).bitmap.positions())
    assert selected
    assert left == set(SKUS) - {RETIRED} - selected
    assert effects.pins == ()
    assert effects.weights is None


def test_a_boost_multiplies_a_bury_divides_and_several_meet_in_a_product(snapshot: Snapshot) -> None:
    rules = stored(rule("boost", ACME, 3.0), rule("boost", BLUE, 2.0), rule("bury", SHOES, 4.0))
    weights, known = weights_of(snapshot, effects_of(snapshot, rules, NOW)), products(snapshot.database)
    for sku, weight in weights.items():
        product = known[sku]
        expected = 3.0 if product.brand == "Acme" else 1.0
        expected *= 2.0 if "blue" in product.attributes["colour"] else 1.0
        expected /= 4.0 if product.item_type == "shoes" else 1.0
        assert weight == pytest.approx(1.0 if sku == RETIRED else expected, abs=1e-5)


def test_the_newer_pin_comes_first_and_of_two_at_once_the_one_with_the_higher_id(snapshot: Snapshot) -> None:
    one, two, three = stored(rule("pin", on("P-00")), rule("pin", on("P-02")), rule("pin", on("P-04")))
    effects = effects_of(snapshot, [two, replace(three, created_at=one.created_at), one], NOW)
    assert [skus_of(snapshot, pin.positions()) for pin in effects.pins] == [{"P-02"}, {"P-04"}, {"P-00"}]


def test_rules_are_ordered_by_precedence() -> None:
    rules = stored(*(rule(action, ACME) for action in ("bury", "boost", "pin", "exclude", "pin", "exclude")))
    actions = [(each.rule.action.value, each.id) for each in in_force(rules, NOW)]
    assert actions == [("exclude", 6), ("exclude", 4), ("pin", 5), ("pin", 3), ("boost", 2), ("bury", 1)]


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [(None, None, True), (0, None, True), (1, None, False), (None, 0, False), (None, 1, True), (-1, 1, True)],
)
def test_in_force_from_the_start_until_before_the_end(start: int | None, end: int | None, holds: bool) -> None:
    def at(hours: int | None) -> dt.datetime | None:
        return None if hours is None else NOW + hours * HOUR

    assert bool(in_force(stored(rule("pin", ACME, starts_at=at(start), ends_at=at(end))), NOW)) == holds


def test_the_record_names_rules_that_had_something_to_act_on(snapshot: Snapshot) -> None:
    rules = stored(rule("exclude", on("P-00", "P-01")), rule("boost", on("P-03")), rule("pin", BLUE))
    record = effects_of(snapshot, rules, NOW).record(snapshot.view(Conditions(item_types=frozenset({"kitchen"}))))
    blue = len(snapshot.view(BLUE.both(Conditions(item_types=frozenset({"kitchen"})))))
    assert record == [{"id": 1, "action": "exclude", "items": 1}, {"id": 3, "action": "pin", "items": blue}]


def test_a_rule_that_cannot_be_evaluated_is_an_error_that_names_it(snapshot: Snapshot) -> None:
    broken = Conditions(sql="CAST(title AS integer) + nullif(1)")
    with pytest.raises(ConditionError, match="rule 1 cannot be evaluated"):
        effects_of(snapshot, stored(rule("exclude", broken)), NOW)
    with pytest.raises(ConditionError, match="the rule cannot"):
        effects_of(snapshot, drafts([rule("exclude", broken)], NOW), NOW)


def test_items_are_named_by_sku_whatever_they_look_like(snapshot: Snapshot) -> None:
    assert skus_of(snapshot, snapshot.view(items_condition(["P-05", "P-02", "P-05"])).bitmap.positions()) == {
        "P-02",
        "P-05",
    }
    assert not len(snapshot.view(items_condition(["P-02' OR '1'='1", "it's", "%", "a:b"])))
    with pytest.raises(ConditionError):
        items_condition([])
    with pytest.raises(ConditionError):
        items_condition(["x" * 3000])


def test_drafts_count_as_the_newest(snapshot: Snapshot) -> None:
    saved = stored(rule("pin", on("P-00")))
    new = drafts([rule("pin", on("P-02")), rule("pin", on("P-04"))], NOW)
    assert [each.id for each in in_force([*saved, *new], NOW)] == [-2, -1, 1]


def test_a_rule_that_is_saved_begins_ends_or_goes_counts_from_the_next_reply_on(own_serving_shop: Database) -> None:
    snapshot, times = snapshot_of(own_serving_shop), [NOW]
    book = RuleBook(clock=lambda: times[-1])

    def excluded() -> set[str]:
        found = book.effects(snapshot).excluded
        return set() if found is None else skus_of(snapshot, found.positions())

    assert excluded() == set()
    with own_serving_shop.session() as session:
        first = add_rule(session, rule("exclude", on("P-01")), NOW)
        add_rule(session, rule("exclude", on("P-02"), starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR), NOW)
    assert excluded() == {"P-01"}
    times.append(NOW + HOUR)
    assert excluded() == {"P-01", "P-02"}
    times.append(NOW + 2 * HOUR)
    assert excluded() == {"P-01"}
    with own_serving_shop.session() as session:
        delete_rule(session, first)
    assert excluded() == set()


def test_what_has_not_changed_is_not_worked_out_again(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    book, asked = RuleBook(clock=lambda: NOW), []

    def counting(snapshot: Snapshot, rules: list[StoredRule], at: dt.datetime) -> Effects:
        asked.append(at)
        return effects_of(snapshot, rules, at)

    monkeypatch.setattr("neo_assistant.merchandising.book.effects_of", counting)
    rules = stored(rule("boost", ACME), rule("exclude", SHOES, starts_at=NOW + HOUR))
    kept = book.effects(snapshot, rules)
    assert book.effects(snapshot, [*reversed(rules)]) is kept
    assert book.effects(snapshot, rules[:1]) is kept, "what is not in force makes no difference"
    assert len(asked) == 1
    assert book.effects(snapshot, [replace(rules[0], rule=rule("boost", ACME, 5.0))]) is not kept
