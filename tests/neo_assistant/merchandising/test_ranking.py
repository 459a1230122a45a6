"""The ranking as the desk shows it: products, probabilities, and the rules that act on each."""

from __future__ import annotations

import threading

import pytest

from catalog_db.database import Database
from neo_assistant.request import Request
from neo_assistant.steering import Format
from tests.neo_assistant.merchandising.ruling import Moody, on, rule, stored
from tests.neo_assistant.serving import items_of, make_assistant

REQUEST = Request("something", format=Format.IDS, count=1)


@pytest.mark.parametrize("seed", [0, 3])
def test_the_first_is_what_a_reply_names_and_every_item_tells_its_rules(serving_shop: Database, seed: int) -> None:
    assistant = make_assistant(serving_shop, Moody(seed))
    rules = stored(
        rule("exclude", on("P-02")),
        rule("pin", on("P-11", "P-12", "P-02")),
        rule("boost", on("P-08", "P-11"), 3.0),
    )
    tree = assistant.explore([], REQUEST, rules, count=25, width=32)
    skus = [item.product.sku for item in tree.ranking]
    assert len(set(skus)) == len(skus) == 24, "all that is on sale and not excluded"
    assert set(skus[:2]) == {"P-11", "P-12"}
    assert [item.pinned for item in tree.ranking] == [True, True, *[False] * 22]
    acting = {item.product.sku: (item.rules, item.weight) for item in tree.ranking}
    assert acting["P-11"] == ((2, 3), 3.0)
    assert acting["P-12"] == ((2,), 1.0)
    assert acting["P-08"] == ((3,), 3.0)
    assert acting["P-09"] == ((), 1.0)
    rest = [item.probability for item in tree.ranking[2:]]
    assert rest == sorted(rest, reverse=True)
    assert all(0 < chance <= 1 for chance in rest)
    assert items_of(list(assistant.reply([], REQUEST, threading.Event(), rules))) == skus[:1]
    assert tree.made_by["checkpoint"] == "tiny"
    assert [acted["id"] for acted in tree.made_by["rules"]] == [1, 2, 3]


def test_nothing_is_ranked_unless_asked_for(serving_shop: Database) -> None:
    assistant = make_assistant(serving_shop, Moody())
    assert assistant.explore([], REQUEST).ranking == ()
    assert len(assistant.explore([], REQUEST, count=5).ranking) == 5
    everything = stored(rule("exclude", on(*(f"P-{number:02}" for number in range(26)))))
    assert assistant.explore([], REQUEST, everything, count=5).ranking == ()


def test_a_reply_may_search_with_other_beams(serving_shop: Database) -> None:
    assistant = make_assistant(serving_shop, Moody(1), beams=1)
    stop = threading.Event()
    wide = items_of(list(assistant.reply([], REQUEST, stop, beams=32)))
    assert wide == [assistant.explore([], REQUEST, count=1, width=32).ranking[0].product.sku]
