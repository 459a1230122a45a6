"""The beams of a search as a tree, against the items under every prefix and the reply itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from catalog_db.conditions import Conditions
from catalog_db.database import Database
from catalog_db.errors import NeoError
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.beam_tree import Node, telling_words
from neo_assistant.request import Request
from neo_assistant.steering import Format
from tests.neo_assistant.merchandising.ruling import Moody, on, rule, snapshot_of, stored
from tests.neo_assistant.serving import SCHEME, items_of, make_assistant, products, scripted, sid_of

KITCHEN = Request("something for the kitchen", types=("kitchen",), format=Format.IDS, count=1)


@pytest.fixture
def shop(serving_shop: Database) -> Database:
    return serving_shop


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from nodes(child)


@pytest.mark.parametrize("seed", [0, 3])
def test_the_best_leaf_is_the_item_that_the_reply_names(shop: Database, seed: int) -> None:
    assistant, rules = make_assistant(shop, Moody(seed)), stored(rule("boost", on("P-08"), 20.0))
    tree = assistant.explore([], KITCHEN, rules)
    assert tree.root is not None
    leaves = [node for node in nodes(tree.root) if node.product is not None]
    best = max(leaves, key=lambda node: node.probability)
    [named] = items_of(list(assistant.reply([], KITCHEN, threading.Event(), rules)))
    assert best.product is not None
    assert best.product.sku == named
    assert "something for the kitchen" in tree.prompt
    assert tree.want.rpartition("found")[1] == "found"


def test_every_prefix_counts_the_items_that_may_be_named_under_it(shop: Database) -> None:
    """By a model without a wish, and so wide that every item is a leaf."""
    assistant, rules = make_assistant(shop, scripted("")), stored(rule("exclude", on("P-04")))
    tree = assistant.explore([], KITCHEN, rules, width=64)
    numbers = [number for number in range(0, 26, 2) if number != 4]
    assert tree.root is not None
    found = {node.codes: node for node in nodes(tree.root)}
    prefixes = {sid_of(number).codes[:length] for number in numbers for length in range(SCHEME.levels + 1)}
    assert set(found) == prefixes
    for codes, node in found.items():
        under = [number for number in numbers if sid_of(number).codes[: len(codes)] == codes]
        assert node.items == len(under)
        if len(codes) == SCHEME.levels:
            assert node.product is not None
            assert [node.product.sku] == [f"P-{number:02}" for number in under]
        chances = [child.probability for child in node.children]
        assert chances == sorted(chances, reverse=True)
        assert all(0 < chance <= 1 for chance in chances)


def test_types_are_ranked_and_one_can_be_chosen(shop: Database) -> None:
    assistant = make_assistant(shop, scripted(""))
    anything = replace(KITCHEN, types=())
    boost = stored(rule("boost", Conditions(item_types=frozenset({"shoes"})), 9.0))
    tree = assistant.explore([], anything, boost)
    assert [name for name, _ in tree.types] == ["shoes", "kitchen"]
    assert tree.types[0][1] / tree.types[1][1] == pytest.approx(9, rel=1e-3)
    known = products(shop)
    for item_type in SCHEME.types:
        root = assistant.explore([], anything, boost, item_type).root
        assert root is not None
        skus = [node.product.sku for node in nodes(root) if node.product is not None]
        assert {known[sku].item_type for sku in skus} == {item_type}


def test_where_nothing_may_be_named_there_is_no_tree(shop: Database) -> None:
    everything = stored(rule("exclude", Conditions()))
    tree = make_assistant(shop, scripted("")).explore([], KITCHEN, everything)
    assert (tree.root, tree.types, tree.want) == (None, (), " found 0")


@pytest.mark.parametrize(
    ("request_", "item_type"),
    [(KITCHEN, "hats"), (KITCHEN, "shoes"), (Request("tell me", format=Format.TEXT), None)],
)
def test_what_cannot_be_searched_is_refused(shop: Database, request_: Request, item_type: str | None) -> None:
    with pytest.raises(RequestError) as refused:
        make_assistant(shop, scripted("")).explore([], request_, [], item_type)
    assert isinstance(refused.value, NeoError)


def test_words_are_those_that_tell_the_items_from_the_others(shop: Database) -> None:
    snapshot = snapshot_of(shop)
    everything = snapshot.view(Conditions())
    boots = snapshot.view(Conditions(attributes=(("kind", ("boot",)),)))
    assert telling_words(snapshot, boots, everything)[0] == "boot"
    assert telling_words(snapshot, everything, everything) == ()
    assert telling_words(snapshot, boots & ~boots, everything) == ()
    blue = snapshot.view(Conditions(attributes=(("kind", ("boot",)), ("colour", ("blue",)))))
    assert telling_words(snapshot, blue, boots)[0] == "blue"
    assert "boot" not in telling_words(snapshot, blue, boots), "all that is above is boots, too"
