"""Codebooks as values: applying, assigning, files, fingerprints."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neo_assistant.codebooks import ARRAYS_NAME, JSON_NAME, Codebooks, nearest_centroids
from neo_assistant.errors import CheckpointError, SidError
from neo_assistant.sids import SidScheme


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def random_vectors(count: int, dims: int = 6, seed: int = 0) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal((count, dims)))


def make_codebooks(
    types: tuple[str, ...] = ("bags", "shoes"),
    sizes: tuple[int, ...] = (3, 2, 4),
    per_type: bool = True,
    dims: int = 6,
    seed: int = 1,
) -> Codebooks:
    random = np.random.default_rng(seed)
    groups = len(types) if per_type else 1
    centroids = tuple(
        tuple(random.standard_normal((size, dims)).astype(np.float32) for size in sizes[:-1]) for _ in range(groups)
    )
    return Codebooks(SidScheme(types, sizes, per_type), centroids, "stub", "ab" * 32, 1)


AXES = Codebooks(
    SidScheme(("bags",), (2, 2, 2), True),
    ((np.array([[1, 0], [0, 1]], dtype=np.float32), np.array([[0.1, 0], [-0.1, 0]], dtype=np.float32)),),
    "stub",
    "ab" * 32,
    1,
)
"""Leaves at (1.1, 0), (0.9, 0), (0.1, 1) and (-0.1, 1), two codes each."""


def test_quantize_takes_the_nearest_centroid_of_what_is_left() -> None:
    codes, residuals = AXES.quantize(np.array([[1.15, 0], [0.8, 0.1], [0, 1]], dtype=np.float32), ["bags"] * 3)
    assert codes.tolist() == [[0, 0], [0, 1], [1, 0]]
    np.testing.assert_allclose(residuals, [[0.05, 0], [-0.1, 0.1], [-0.1, 0]], atol=1e-6)


def test_types_use_their_own_codebooks_or_the_shared_one() -> None:
    vectors = random_vectors(1).repeat(2, axis=0)
    own = make_codebooks(seed=3)
    expected = [[int(nearest_centroids(vectors[:1], own.centroids[group][0])[0])] for group in range(2)]
    assert own.quantize(vectors, ["bags", "shoes"])[0][:, :1].tolist() == expected
    shared, _ = make_codebooks(per_type=False).quantize(vectors, ["bags", "shoes"])
    assert shared[0].tolist() == shared[1].tolist()


def test_the_most_typical_item_of_a_leaf_gets_code_zero_and_equals_keep_their_order() -> None:
    vectors = np.array([[1.3, 0], [1.12, 0]], dtype=np.float32)
    assert AXES.assign(vectors, ["bags"] * 2).tolist() == [[0, 0, 1], [0, 0, 0]]
    equal = np.array([[1.1, 0], [1.1, 0]], dtype=np.float32)
    assert AXES.assign(equal, ["bags"] * 2).tolist() == [[0, 0, 0], [0, 0, 1]]


def test_a_full_leaf_sends_its_furthest_item_to_the_next_nearest_leaf() -> None:
    vectors = np.array([[1.4, 0], [1.1, 0], [1.12, 0]], dtype=np.float32)
    assert AXES.assign(vectors, ["bags"] * 3).tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_overflow_keeps_the_coarse_code_while_a_leaf_below_it_has_room_then_leaves_it() -> None:
    codes = AXES.assign(np.tile(np.array([[1.1, 0]], dtype=np.float32), (6, 1)), ["bags"] * 6)
    assert codes.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1]]


def test_a_full_type_is_refused() -> None:
    with pytest.raises(SidError, match="every semantic id of 'bags' is taken"):
        AXES.assign(np.tile(np.array([[1, 0]], dtype=np.float32), (9, 1)), ["bags"] * 9)


def test_new_items_take_the_lowest_free_code_and_never_one_that_is_taken() -> None:
    new = np.array([[1.1, 0]], dtype=np.float32)
    taken = np.array([[0, 0, 0]])
    assert AXES.assign(new, ["bags"], ["bags"], taken).tolist() == [[0, 0, 1]]
    freed = np.array([[0, 0, 1]])
    assert AXES.assign(new, ["bags"], ["bags"], freed).tolist() == [[0, 0, 0]]


@settings(deadline=None, max_examples=60)
@given(
    first=st.integers(0, 30),
    second=st.integers(0, 17),
    distinct=st.integers(1, 48),
    per_type=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_no_two_items_ever_share_a_sid(first: int, second: int, distinct: int, per_type: bool, seed: int) -> None:
    """24 SIDs a type, up to 24 items a type, however often the same vector comes."""
    codebooks = make_codebooks(per_type=per_type, seed=seed)
    random = np.random.default_rng(seed)
    vectors = random_vectors(distinct, seed=seed)[random.integers(0, distinct, first + second)]
    item_types = ["bags" if number % 2 else "shoes" for number in range(first + second)]
    old = codebooks.assign(vectors[:first], item_types[:first])
    new = codebooks.assign(vectors[first:], item_types[first:], item_types[:first], old)
    codes = np.concatenate([old, new])
    assert len({(name, *row) for name, row in zip(item_types, codes.tolist(), strict=True)}) == first + second
    assert (codes < np.array(codebooks.scheme.sizes)).all()
    again = codebooks.assign(vectors[first:], item_types[first:], item_types[:first], old)
    assert again.tolist() == new.tolist()


def test_a_code_beyond_255_and_type_names_in_any_order_are_told_apart() -> None:
    """The taken SIDs are compared as bytes: low and high byte must both count."""
    codebooks = replace(AXES, scheme=SidScheme(("bags",), (2, 2, 600), True))
    taken = np.array([[0, 0, code] for code in range(600) if code != 513])
    codes = codebooks.assign(np.array([[1.1, 0]], dtype=np.float32), ["bags"], ["bags"] * 599, taken)
    assert codes.tolist() == [[0, 0, 513]]


def test_save_and_load_round_trip(tmp_path: Path) -> None:
    for per_type in (True, False):
        codebooks = make_codebooks(per_type=per_type)
        codebooks.save(tmp_path)
        loaded = Codebooks.load(tmp_path)
        assert loaded.fingerprint == codebooks.fingerprint
        assert (loaded.scheme, loaded.encoder, loaded.item_text_version) == (codebooks.scheme, "stub", 1)
        vectors = random_vectors(10)
        assert loaded.assign(vectors, ["bags"] * 10).tolist() == codebooks.assign(vectors, ["bags"] * 10).tolist()


def test_saving_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_codebooks().save(tmp_path / name)
    for file in (JSON_NAME, ARRAYS_NAME):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_the_fingerprint_covers_every_part() -> None:
    codebooks = make_codebooks()
    moved = codebooks.centroids[0][0].copy()
    moved[0, 0] += 1e-4
    others = [
        replace(codebooks, centroids=((moved, codebooks.centroids[0][1]), codebooks.centroids[1])),
        replace(codebooks, scheme=SidScheme(("bags", "shoes"), (3, 2, 8), True)),
        replace(codebooks, scheme=SidScheme(("bags", "shirts"), (3, 2, 4), True)),
        replace(codebooks, encoder_fingerprint="cd" * 32),
        replace(codebooks, item_text_version=2),
    ]
    assert len({codebooks.fingerprint, *(other.fingerprint for other in others)}) == 1 + len(others)
    assert make_codebooks().fingerprint == codebooks.fingerprint


def test_missing_damaged_and_altered_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="missing"):
        Codebooks.load(tmp_path)
    make_codebooks().save(tmp_path)
    header = json.loads((tmp_path / JSON_NAME).read_text())
    for change in ({"format_version": 99}, {"encoder_fingerprint": "ef" * 32}, {"scheme": {"types": ["bags"]}}):
        (tmp_path / JSON_NAME).write_text(json.dumps({**header, **change}))
        with pytest.raises(CheckpointError):
            Codebooks.load(tmp_path)
    (tmp_path / JSON_NAME).write_text(json.dumps(header))
    make_codebooks(seed=2).save(tmp_path / "other")
    (tmp_path / ARRAYS_NAME).write_bytes((tmp_path / "other" / ARRAYS_NAME).read_bytes())
    with pytest.raises(CheckpointError, match="fingerprint"):
        Codebooks.load(tmp_path)
    (tmp_path / ARRAYS_NAME).write_bytes(b"not safetensors")
    with pytest.raises(CheckpointError, match="cannot be read"):
        Codebooks.load(tmp_path)


def test_wrong_input_is_refused() -> None:
    with pytest.raises(SidError, match="'hats'"):
        AXES.assign(np.zeros((1, 2), dtype=np.float32), ["hats"])
    with pytest.raises(SidError, match=r"\(1, 2\)"):
        AXES.assign(np.zeros((1, 3), dtype=np.float32), ["bags"])
    with pytest.raises(SidError, match="not finite"):
        AXES.assign(np.full((1, 2), np.nan, dtype=np.float32), ["bags"])
    with pytest.raises(SidError, match="does not fit"):
        AXES.assign(np.ones((1, 2), dtype=np.float32), ["bags"], ["bags"], np.array([[0, 0, 2]]))
    with pytest.raises(SidError, match="taken codes"):
        AXES.assign(np.ones((1, 2), dtype=np.float32), ["bags"], ["bags"], np.array([[0, 0]]))
    with pytest.raises(SidError, match="1 to 2 codes"):
        replace(AXES, centroids=((np.zeros((3, 2), dtype=np.float32), AXES.centroids[0][1]),))
    with pytest.raises(SidError, match="float32"):
        replace(AXES, centroids=((np.zeros((2, 2)), AXES.centroids[0][1]),))
