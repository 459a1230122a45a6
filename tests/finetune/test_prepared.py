"""The folder of prepared examples is read whole or refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from finetune.errors import ExamplesError
from finetune.prepared import ARRAYS, META, load_prepared, token_kinds
from tests.finetune.tiny import save_examples
from tests.neo_assistant.tiny_model import vocabulary


def test_examples_come_apart_as_they_were(tmp_path: Path) -> None:
    data = save_examples(tmp_path)
    added = vocabulary()
    assert len(data) == 60
    for example in range(len(data)):
        ids, length = data.ids_of(example), data.prompt_length(example)
        assert ids[length] == added.want_open, "the reply begins with its want"
        assert data.weights_of(example).tolist() == [0.0] * length + [1.0] * (len(ids) - length)
        assert data.prompt_of(example).tolist() == ids[: length - 1].tolist()


def test_splits_tasks_and_samples(tmp_path: Path) -> None:
    data = save_examples(tmp_path)
    splits = [set(data.select(split).tolist()) for split in ("train", "validation", "heldout")]
    assert sorted(map(len, splits)) == [12, 12, 36]
    assert len(set.union(*splits)) == 60
    only = data.select("train", ("b",))
    assert set(data.task_numbers[only]) == {1}
    sample = data.select("train", most_per_task=4, seed=1)
    assert np.bincount(data.task_numbers[sample]).tolist() == [4, 4, 4]
    assert sample.tolist() == data.select("train", most_per_task=4, seed=1).tolist()
    with pytest.raises(ExamplesError, match="no task 'z'"):
        data.select("train", ("z",))


def test_kinds_of_tokens() -> None:
    added = vocabulary()
    opener, code = int(added.openers[0]), int(added.code_bases[0, 0])
    ids = np.array([5, added.want_open, 6, 7, added.want_close, 8, opener, code, 9, added.want_open, added.want_close])
    assert token_kinds(ids, added).tolist() == [0, 2, 2, 2, 2, 0, 1, 1, 0, 2, 2]


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / META).unlink(),
        lambda folder: (folder / META).write_text("{", encoding="utf-8"),
        lambda folder: (folder / ARRAYS).unlink(),
        lambda folder: (folder / ARRAYS).write_bytes((folder / ARRAYS).read_bytes()[:200]),
        lambda folder: (folder / META).write_text(json.dumps({"tasks": ["a"]}), encoding="utf-8"),
        lambda folder: np.savez(folder / ARRAYS, ids=np.arange(3)),
        lambda folder: np.savez(folder / ARRAYS, **_arrays(offsets=np.array([0, 2]))),
        lambda folder: np.savez(folder / ARRAYS, **_arrays(split=np.array([3]))),
        lambda folder: np.savez(folder / ARRAYS, **_arrays(ids=np.array([1, -1, 2]))),
    ],
)
def test_a_damaged_folder_is_refused(tmp_path: Path, damage: object) -> None:
    save_examples(tmp_path)
    damage(tmp_path)  # type: ignore[operator]
    with pytest.raises(ExamplesError, match="finetune examples"):
        load_prepared(tmp_path)


def _arrays(**changed: np.ndarray) -> dict[str, np.ndarray]:
    arrays = {
        "ids": np.array([1, 2, 3]),
        "loss": np.array([False, True, True]),
        "offsets": np.array([0, 3]),
        "task": np.array([0]),
        "split": np.array([0]),
    }
    return {**arrays, **changed}
