"""The constraint on held-out replies: the replies that are taught must be allowed by it."""

from __future__ import annotations

import numpy as np

from finetune.evaluation.plans import Planner, meeting
from finetune.evaluation.shelf import load_shelf
from tests.finetune.evaluation.tiny_shop import TinyShop


def test_what_is_taught_may_be_written(tiny_shop: TinyShop) -> None:
    """Token by token, for held-out examples of every task; ``found`` and all."""
    data, tokenizer = tiny_shop.data, tiny_shop.loaded.tokenizer
    planner = Planner(load_shelf(tiny_shop.folder, data.meta), tokenizer)
    checked = set()
    for number in data.select("heldout", most_per_task=2).tolist():
        plan = planner.plan(tiny_shop.examples[number])
        reply = data.ids_of(number)[data.prompt_length(number) :].tolist()
        if tiny_shop.examples[number].reply.want is None and plan.want is not None:
            continue  # small talk whose reply states no want: the grammar asks for an empty one
        for place, token in enumerate(reply):
            allowed = plan.allowed(reply[:place])
            is_word = token < tokenizer.vocabulary.first_id and token not in {*tokenizer.control_ids, *allowed.unsaid}
            assert token in allowed.tokens or (allowed.words and is_word), (tiny_shop.examples[number], place)
        checked.add(tiny_shop.examples[number].task)
    assert {"search", "refine", "recommend", "title to item", "profile"} <= checked


def test_conditions_select_what_the_shop_selects(tiny_shop: TinyShop) -> None:
    shelf = load_shelf(tiny_shop.folder, tiny_shop.data.meta)
    example = next(e for e in tiny_shop.examples if e.task == "search" and not e.steering.types and not e.messages[1:])
    mugs = {item.sku for item in shelf.shop.by_kind["mug"]}
    assert meeting(example, ["kind: mug"], shelf) <= mugs
    assert len(meeting(example, [], shelf)) == len(shelf.shop.matching(example.hidden))


def test_positions_and_items_belong_together(tiny_shop: TinyShop) -> None:
    shelf = load_shelf(tiny_shop.folder, tiny_shop.data.meta)
    positions = np.arange(len(shelf.index))
    for position, item in zip(positions, shelf.items_at(positions), strict=True):
        assert shelf.index.sid(int(position)) == item.sid
        assert item.price_minor is None or shelf.prices[position] == item.price_minor
    view = shelf.view(shelf.shop.by_kind["mug"])
    assert len(view) == len(shelf.shop.by_kind["mug"])
