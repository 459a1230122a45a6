"""The files of a decoding index."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.errors import DecodingIndexError
from neo_assistant.sids import Sid, SidScheme
from tests.neo_assistant.strategies import TinyCatalog, build_index, catalogs

SCHEME = SidScheme(("bags", "kitchen"), (3, 2), per_type=True)
SIDS = (Sid("kitchen", (2, 1)), Sid("bags", (0, 1)), Sid("kitchen", (0, 0)), Sid("bags", (0, 0)))


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


def test_the_files_are_mapped_and_not_read(tmp_path: Path) -> None:
    build_index(SCHEME, SIDS).main.save(tmp_path / "index")
    index = DecodingIndex.load(tmp_path / "index")
    for array in (index.codes, index.product_ids, index.type_bounds, *index.starts, index.lookup.places):
        assert type(array) is np.ndarray
        assert isinstance(array.base, np.memmap)
        assert array.flags.writeable  # a private copy of what is written, not the file
    index.codes[0, 0] = 1
    assert DecodingIndex.load(tmp_path / "index").codes[0, 0] == 0


def test_an_index_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, old = tmp_path / "shop" / "index", build_index(SCHEME, SIDS).main
    old.save(folder)
    mapped = DecodingIndex.load(folder)
    new = build_index(SCHEME, SIDS[:2]).main
    with monkeypatch.context() as patched:
        saved: list[object] = []

        def fail(file: object, *_: object, **__: object) -> None:
            saved.append(file)
            if len(saved) == 3:
                raise OSError("the disk is full")

        patched.setattr(np, "save", fail)
        with pytest.raises(DecodingIndexError, match="disk is full"):
            new.save(folder)
    assert len(DecodingIndex.load(folder)) == len(SIDS)
    new.save(folder)
    assert len(DecodingIndex.load(folder)) == 2
    assert [mapped.sid(place) for place in range(4)] == sorted(SIDS)  # whoever has the old one goes on with it
    assert [path.name for path in folder.parent.iterdir()] == ["index"]


def test_a_folder_of_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(DecodingIndexError, match="not a decoding index"):
        build_index(SCHEME, SIDS).main.save(tmp_path)
    assert (tmp_path / "letters.txt").read_text() == "dear"
    (tmp_path / "empty").mkdir()
    build_index(SCHEME, SIDS).main.save(tmp_path / "empty")
    assert len(DecodingIndex.load(tmp_path / "empty")) == len(SIDS)


def test_an_index_of_the_first_format_is_refused_with_a_hint(tmp_path: Path) -> None:
    build_index(SCHEME, SIDS).main.save(tmp_path / "index")
    about = json.loads((tmp_path / "index" / "index.json").read_text())
    (tmp_path / "index" / "index.json").write_text(json.dumps({**about, "format": 1}))
    with pytest.raises(DecodingIndexError, match="format 1") as caught:
        DecodingIndex.load(tmp_path / "index")
    assert "again" in caught.value.hint


def _other_format(folder: Path) -> None:
    about = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps({**about, "format": 99}))


def _other_scheme(folder: Path) -> None:
    about = json.loads((folder / "index.json").read_text())
    about["scheme"]["sizes"] = [3, 2, 4]
    (folder / "index.json").write_text(json.dumps(about))


def _about(folder: Path, **changes: object) -> None:
    about = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps({**about, **changes}))


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
    lambda folder: np.save(folder / "starts_0.npy", np.array([0, 9], dtype=np.int32)),
    lambda folder: np.save(folder / "id_places.npy", np.zeros((2, 2), dtype=np.int32)),
    lambda folder: np.save(folder / "codes.npy", np.zeros((4, 2), dtype=np.uint16)),
    lambda folder: _about(folder, max_children=[1]),
    lambda folder: _about(folder, max_children=[5, 1]),
    lambda folder: _about(folder, id_base="0"),
    lambda folder: _about(folder, codebook_version=None),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_refused(damage: Callable[[Path], object], tmp_path: Path) -> None:
    folder = tmp_path / "index"
    build_index(SCHEME, SIDS).main.save(folder)
    assert len(DecodingIndex.load(folder)) == len(SIDS)
    damage(folder)
    with pytest.raises(DecodingIndexError):
        DecodingIndex.load(folder)
