"""The soak run itself, on a small scale: it finds nothing where there is nothing, and it notices what is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.view import View
from tests.soak.__main__ import PATHS, soak
from tests.soak.oracle import Record, Slot
from tests.soak.paths import Batch
from tests.soak.shop import SCHEMES, Condition, Shop


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("number", range(len(SCHEMES)))
def test_every_path_names_only_what_may_be_named(path: str, number: int) -> None:
    record, random = Record(), np.random.default_rng(number)
    shop = Shop.open(random, SCHEMES[number], 400)
    for _ in range(2):
        PATHS[path][0](Batch(shop, random, slots=6), record)
        shop = shop.edited(random)
    assert not record.illegal
    assert record.sids[path]


def test_a_run_ends_with_enough() -> None:
    record, _ = soak(2_000, seed=3)
    assert record.sids.total() >= 2_000
    assert not record.illegal


@pytest.mark.parametrize("path", ["NumPy", "torch, candidates", "torch, masks", "beams", "whole replies"])
def test_a_hole_in_the_mask_is_found(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that lets everything through."""
    monkeypatch.setattr(Shop, "view", lambda shop, condition: View(shop.index, Bitmap.full(len(shop.index))))
    record, random = Record(), np.random.default_rng(0)
    shop = Shop.open(random, SCHEMES[0], 400)
    for _ in range(3):
        PATHS[path][0](Batch(shop, random, slots=8), record)
    assert record.illegal


def test_the_oracle_knows_what_may_be_named() -> None:
    shop = Shop.open(np.random.default_rng(1), SCHEMES[0], 200)
    table = shop.table
    blue = int(np.flatnonzero(table.colour == 1)[0])
    white = int(np.flatnonzero(table.colour == 3)[0])
    sids = [tuple(map(int, (table.types[row], *table.codes[row]))) for row in (blue, white)]
    slot = Slot(shop, Condition(colours=(1,)), frozenset())
    record = Record()
    record.check("x", slot, slot.free(), sids[:1])
    assert not record.illegal
    record.check("x", slot, slot.free(), sids[1:])
    record.check("x", slot, slot.free(), [(0, 99, 99, 99, 99)])
    taken = Slot(shop, Condition(), frozenset({int(table.products[blue])}))
    record.check("x", taken, taken.free(), sids[:1])
    assert len(record.illegal) == 3
    assert record.sids["x"] == 4
