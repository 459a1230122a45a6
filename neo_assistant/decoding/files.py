"""The files of a decoding index: a folder of plain arrays beside an ``index.json`` that says what they are."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from pathlib import Path
from typing import Any

import numpy as np

from neo_assistant.errors import DecodingIndexError, SidError
from neo_assistant.sids import SidScheme

_FORMAT = 2
_ABOUT = "index.json"
_AGAIN = "build the index again and save it"


def write(folder: Path, about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write a folder beside the one asked for, and put it in its place when it is whole.

    Raises:
        DecodingIndexError: if the folder holds something that is not an index, or cannot be written.
    """
    if folder.exists() and not (folder / _ABOUT).is_file() and any(folder.iterdir()):
        raise DecodingIndexError(f"{folder} holds something that is not a decoding index", "name another folder")
    mark = uuid.uuid4().hex
    fresh, old = (folder.with_name(f".{folder.name}-{mark}-{name}") for name in ("new", "old"))
    try:
        fresh.mkdir(parents=True)
        for name, array in arrays.items():
            with (fresh / f"{name}.npy").open("wb") as file:
                np.save(file, array, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())  # or else the new name might survive a power cut that its content does not
        (fresh / _ABOUT).write_text(json.dumps({"format": _FORMAT, **about}, indent=2) + "\n")
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    except OSError as error:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise DecodingIndexError(f"the decoding index cannot be written to {folder}: {error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def read(folder: Path) -> tuple[SidScheme, dict[str, Any], dict[str, np.ndarray]]:
    """The scheme, what ``index.json`` says, and the arrays, memory-mapped: a page is read when it is needed.

    Raises:
        DecodingIndexError: if the folder does not hold an index of this format.
    """
    try:
        about = json.loads((folder / _ABOUT).read_text())
        if about["format"] != _FORMAT:
            raise DecodingIndexError(
                f"{folder} holds an index of format {about['format']}, this version reads {_FORMAT}", _AGAIN
            )
        scheme = SidScheme.from_dict(about["scheme"])
        names = ("codes", "product_ids", "type_bounds", "id_places", *(f"starts_{n}" for n in range(scheme.levels - 1)))
        # Copy on write: nothing is ever written, but a library that wants a writable buffer may have it.
        mapped = {name: np.load(folder / f"{name}.npy", mmap_mode="c", allow_pickle=False) for name in names}
        arrays = {name: array.view(np.ndarray) for name, array in mapped.items()}
        _check(folder, scheme, about, arrays)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError, SidError) as error:
        raise DecodingIndexError(f"{folder} holds no readable decoding index: {error}", _AGAIN) from error
    return scheme, about, arrays


def _check(folder: Path, scheme: SidScheme, about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Hold the parts against each other by their types, lengths and ends, without reading them through."""
    items, bounds, places = len(arrays["product_ids"]), arrays["type_bounds"], arrays["id_places"]
    if not isinstance(about["codebook_version"], str) or type(about["id_base"]) is not int:
        raise DecodingIndexError(f"{folder}/{_ABOUT} does not say what it has to", _AGAIN)
    most = about["max_children"]
    if len(most) != scheme.levels or any(type(n) is not int or not 0 <= n <= items for n in most):
        raise DecodingIndexError(f"{folder}/{_ABOUT} has other levels than its scheme", _AGAIN)
    expected: dict[str, tuple[tuple[type[np.generic], ...], tuple[int, ...]]] = {
        "codes": ((np.uint16,), (items, scheme.levels)),
        "product_ids": ((np.uint32, np.int64), (items,)),
        "type_bounds": ((np.int64,), (len(scheme.types) + 1,)),
        "id_places": ((np.int32,), (len(places),) if about["id_table"] is True else (items,)),
        **{f"starts_{n}": ((np.int32,), (len(arrays[f"starts_{n}"]),)) for n in range(scheme.levels - 1)},
    }
    for name, (dtypes, shape) in expected.items():
        array = arrays[name]
        if array.dtype not in dtypes or array.shape != shape or not array.flags.f_contiguous:
            raise DecodingIndexError(f"{folder}/{name}.npy does not fit the rest of its index", _AGAIN)
        if name.startswith("starts") and len(array) and not 0 <= array[0] <= array[-1] < items:
            raise DecodingIndexError(f"{folder}/{name}.npy does not fit the rest of its index", _AGAIN)
    if bounds[0] != 0 or bounds[-1] != items or (np.diff(bounds) < 0).any():
        raise DecodingIndexError(f"{folder}/type_bounds.npy does not fit the rest of its index", _AGAIN)
