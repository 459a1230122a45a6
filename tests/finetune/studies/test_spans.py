"""Semantic ids in token arrays: found, and given to other items."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from finetune.studies.spans import permuted, renamed
from neo_assistant.sids import Sid


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=30), st.integers(0, 99))
def test_ids_change_hands_within_a_type_only(types: list[str], seed: int) -> None:
    sids = [Sid(name, (number,)) for number, name in enumerate(types)]
    others = permuted(sids, seed)
    assert sorted(others) == sorted(sids)
    assert [sid.item_type for sid in others] == types
    assert permuted(sids, seed) == others


def test_names_are_replaced_wherever_they_stand() -> None:
    values = {"a:1": ["a:1", {"sid": "a:2", "sku": "x"}], "n": 1, "text": "say a:1"}
    assert renamed(values, {"a:1": "a:2", "a:2": "a:1"}) == {
        "a:1": ["a:2", {"sid": "a:1", "sku": "x"}],
        "n": 1,
        "text": "say a:1",
    }
