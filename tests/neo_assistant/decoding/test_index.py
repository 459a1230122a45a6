"""The decoding index against counting by hand, and its files."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.errors import DecodingIndexError
from neo_assistant.sids import Sid, SidScheme
from tests.neo_assistant.strategies import TinyCatalog, build_index, catalogs

SCHEME = SidScheme(("bags", "kitchen"), (3, 2), per_type=True)
SIDS = (Sid("kitchen", (2, 1)), Sid("bags", (0, 1)), Sid("kitchen", (0, 0)), Sid("bags", (0, 0)))


def prefixes(catalog: TinyCatalog) -> list[tuple[int, tuple[int, ...]]]:
    """Every beginning of a SID that an item has, the empty one of every type included."""
    numbers = catalog.scheme.type_numbers
    real = {
        (numbers[sid.item_type], sid.codes[:length]) for sid in catalog.sids for length in range(catalog.scheme.levels)
    }
    return sorted(real | {(number, ()) for number in numbers.values()})


def under(catalog: TinyCatalog, number: int, prefix: tuple[int, ...]) -> list[int]:
    """Positions of the items whose SID begins so."""
    return [
        place
        for place, sid in enumerate(catalog.ordered)
        if sid.item_type == catalog.scheme.types[number] and sid.codes[: len(prefix)] == prefix
    ]


@given(catalogs())
def test_positions_and_sids_are_inverse_and_sorted(catalog: TinyCatalog) -> None:
    index = catalog.index.main
    assert len(index) == len(catalog.sids)
    assert [index.sid(place) for place in range(len(index))] == catalog.ordered
    assert [index.position(sid) for sid in catalog.ordered] == list(range(len(index)))


@given(catalogs())
def test_products_stay_with_their_sids(catalog: TinyCatalog) -> None:
    index = catalog.index.main
    found = index.positions_of(np.array(catalog.product_ids, dtype=np.int64))
    assert [index.sid(int(place)) for place in found] == list(catalog.sids)
    assert index.product_ids[found].tolist() == list(catalog.product_ids)
    strangers = np.array([-1, 0, 10**9], dtype=np.int64)
    assert index.positions_of(strangers).tolist() == [-1, -1, -1]


@given(catalogs())
def test_ranges_hold_the_items_under_a_prefix(catalog: TinyCatalog) -> None:
    for number, prefix in prefixes(catalog):
        lo, hi = catalog.index.main.range_of(number, prefix)
        assert list(range(lo, hi)) == under(catalog, number, prefix)
        for sid in (Sid(catalog.scheme.types[number], prefix), Sid("cars", prefix)):
            assert catalog.index.position(sid) is None


@given(catalogs(), st.lists(st.integers(-1, 2**17), max_size=4))
def test_the_range_of_what_no_item_begins_with_is_empty(catalog: TinyCatalog, codes: list[int]) -> None:
    prefix = tuple(codes[: catalog.scheme.levels])
    lo, hi = catalog.index.main.range_of(0, prefix)
    assert list(range(lo, hi)) == under(catalog, 0, prefix)


@given(catalogs())
def test_children_are_the_next_codes(catalog: TinyCatalog) -> None:
    for number, prefix in prefixes(catalog):
        children = catalog.index.main.children(*catalog.index.main.range_of(number, prefix), len(prefix))
        expected: dict[int, list[int]] = {}
        for place in under(catalog, number, prefix):
            expected.setdefault(catalog.ordered[place].codes[len(prefix)], []).append(place)
        assert children.codes.tolist() == sorted(expected)
        ranges = zip(children.lo.tolist(), children.hi.tolist(), strict=True)
        assert [list(range(*bounds)) for bounds in ranges] == [expected[code] for code in sorted(expected)]


@given(catalogs())
def test_an_index_survives_its_files(catalog: TinyCatalog) -> None:
    index = catalog.index.main
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder))
        again = DecodingIndex.load(Path(folder))
        assert (again.scheme, again.codebook_version) == (index.scheme, index.codebook_version)
        assert len(again.starts) == len(index.starts)
        for old, new in zip(
            (index.codes, index.product_ids, index.type_bounds, *index.starts, index.lookup.places),
            (again.codes, again.product_ids, again.type_bounds, *again.starts, again.lookup.places),
            strict=True,
        ):
            assert old.dtype == new.dtype
            np.testing.assert_array_equal(old, new)
        assert [again.position(sid) for sid in catalog.ordered] == list(range(len(index)))


@given(catalogs(), st.randoms(use_true_random=False))
def test_the_order_in_which_items_come_does_not_matter(catalog: TinyCatalog, random: Random) -> None:
    pairs = list(zip(catalog.sids, catalog.product_ids, strict=True))
    random.shuffle(pairs)
    shuffled = build_index(catalog.scheme, [sid for sid, _ in pairs], [product for _, product in pairs])
    np.testing.assert_array_equal(shuffled.main.codes, catalog.index.main.codes)
    np.testing.assert_array_equal(shuffled.main.product_ids, catalog.index.main.product_ids)


def test_two_items_with_one_sid_are_refused() -> None:
    with pytest.raises(DecodingIndexError, match="share a semantic id"):
        build_index(SCHEME, [*SIDS, SIDS[0]])


@pytest.mark.parametrize(
    ("types", "codes", "products"),
    [
        ([0], [[0, 2]], [1]),
        ([0], [[-1, 0]], [1]),
        ([2], [[0, 0]], [1]),
        ([-1], [[0, 0]], [1]),
        ([0], [[0]], [1]),
        ([0, 0], [[0, 0]], [1]),
        ([0], [[0, 0]], [1, 2]),
    ],
)
def test_arrays_that_do_not_fit_are_refused(types: list[int], codes: list[list[int]], products: list[int]) -> None:
    with pytest.raises(DecodingIndexError):
        DecodingIndex.build(SCHEME, "v1", np.array(types), np.array(codes), np.array(products))


@pytest.mark.parametrize("position", [-1, 4])
def test_there_is_no_sid_outside_the_index(position: int) -> None:
    with pytest.raises(DecodingIndexError):
        build_index(SCHEME, SIDS).sid(position)


def _other_format(folder: Path) -> None:
    about = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps({**about, "format": 99}))


def _other_scheme(folder: Path) -> None:
    about = json.loads((folder / "index.json").read_text())
    about["scheme"]["sizes"] = [3, 2, 4]
    (folder / "index.json").write_text(json.dumps(about))


def _pickled(folder: Path) -> None:
    np.save(folder / "codes.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)


DAMAGES: list[Callable[[Path], object]] = [
    shutil.rmtree,
    _other_format,
    _other_scheme,
    _pickled,
    lambda folder: (folder / "starts_0.npy").unlink(),
    lambda folder: (folder / "codes.npy").write_bytes(b""),
    lambda folder: (folder / "index.json").write_text("{"),
    lambda folder: (folder / "index.json").write_text("[]"),
    lambda folder: (folder / "index.json").write_text('{"format": 2, "codebook_version": "v1", "scheme": {}}'),
    lambda folder: np.save(folder / "product_ids.npy", np.arange(3)),
    lambda folder: np.save(folder / "type_bounds.npy", np.array([0, 2, 5])),
    lambda folder: np.save(folder / "starts_0.npy", np.array([0.0, 1.0])),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_refused(damage: Callable[[Path], object], tmp_path: Path) -> None:
    folder = tmp_path / "index"
    build_index(SCHEME, SIDS).main.save(folder)
    assert len(DecodingIndex.load(folder)) == len(SIDS)
    damage(folder)
    with pytest.raises(DecodingIndexError):
        DecodingIndex.load(folder)
