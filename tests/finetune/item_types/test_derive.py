from __future__ import annotations

import random

from finetune.item_types.derive import BY_NEIGHBOURS, BY_NOTHING, BY_TITLE, Agreement, Derived, derive
from finetune.item_types.neighbours import Neighbours
from finetune.item_types.propose import find_kinds, propose
from finetune.item_types.type_file import TypeFile
from tests.finetune.item_types.shop import TYPES, shop


def test_titles_decide_then_neighbours_then_nothing() -> None:
    found, agreement = derive(shop(), TYPES)
    assert found[:3] == [
        Derived("printing", "toner cartridge", BY_TITLE),
        Derived("cables", "patch cable", BY_TITLE),
        Derived("cables", "usb cable", BY_TITLE),
    ]
    assert found[36:] == [
        Derived("printing", "toner cartridge", BY_NEIGHBOURS),
        Derived("cables", "patch cable", BY_NEIGHBOURS),
        Derived("other", "", BY_NOTHING),
    ]
    assert agreement == Agreement(36, 36, 36, 36, 36)


def test_the_measured_vote_does_not_see_the_title_nor_itself() -> None:
    # Kinds at random: a vote that saw the phrase, or the product's own label, would be right far more often.
    rng = random.Random(3)
    listings = [
        type(one)(one.record, f"{one.brand} {rng.choice(['toner cartridge', 'patch cable'])}", one.brand, "The same")
        for one in shop()[:36]
    ]
    _, agreement = derive(listings, TYPES)
    assert agreement.kinds_right < 0.8 * agreement.checked


def test_a_type_can_be_had_where_kinds_disagree() -> None:
    listings = [one for one in shop()[:36] if "cable" in one.title]
    kinds = [str(number) for number in range(len(listings))]
    neighbours = Neighbours(listings, kinds, dict.fromkeys(kinds, "cables"))
    assert neighbours.vote([["cables"], ["unheard"]]) == [("cables", ""), ("other", "")]


def test_without_any_named_kind_all_is_other() -> None:
    found, agreement = derive(shop(), TypeFile({"sofa": "furniture"}, {"sofa": "sofa"}))
    assert {one.item_type for one in found} == {"other"}
    assert agreement.checked == 0


def test_it_is_the_same_every_time() -> None:
    assert derive(shop(), TYPES) == derive(shop(), TYPES)
    assert propose(shop(), 2, 5) == propose(shop(), 2, 5)


def test_kinds_are_nouns_that_enough_titles_of_two_brands_hold() -> None:
    assert find_kinds(shop(), 5) == {"patch cable": 12, "toner cartridge": 12, "usb cable": 12}
    assert find_kinds(shop(), 13) == {"cable": 24}  # neither kind of cable is in 13 titles


def test_likes_are_proposed_as_one_item_type_named_after_what_they_are() -> None:
    assert propose(shop(), 2, 5) == {
        "cable": {"patch cable": 12, "usb cable": 12},
        "cartridge": {"toner cartridge": 12},
    }
