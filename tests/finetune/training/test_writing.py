"""Files that are whole or not there, seals, and the errors of a disk in one line."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from finetune.errors import DiskError
from finetune.training.writing import clear_disk_errors, is_sealed, seal, write_whole
from tests.finetune.tiny_run import no_file_above


def test_a_file_that_cannot_be_written_keeps_what_it_held(tmp_path: Path) -> None:
    write_whole(tmp_path / "done.json", "before")
    with pytest.raises(OSError, match="too large"), no_file_above(10):
        write_whole(tmp_path / "done.json", "a text of more than ten bytes")
    assert (tmp_path / "done.json").read_text() == "before"


def test_a_seal_tells_files_that_are_missing_or_cut_short(tmp_path: Path) -> None:
    assert not is_sealed(tmp_path, "seal")
    for name in ("weights", "optimizer"):
        (tmp_path / name).write_bytes(b"1234")
    seal(tmp_path, "seal")
    assert is_sealed(tmp_path, "seal")
    (tmp_path / "later").write_bytes(b"")
    assert is_sealed(tmp_path, "seal")
    (tmp_path / "weights").write_bytes(b"123")
    assert not is_sealed(tmp_path, "seal")
    (tmp_path / "weights").unlink()
    assert not is_sealed(tmp_path, "seal")
    (tmp_path / "seal").write_text("[]")
    assert not is_sealed(tmp_path, "seal")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "x", "/out/weights"), "No space left on device: /out/weights"),
        (PermissionError(errno.EACCES, "x", "/out"), "Permission denied: /out"),
        (SafetensorError("I/O error: No space left on device (os error 28)"), "weights could not be written"),
    ],
)
def test_what_a_disk_says_is_one_line(error: Exception, said: str) -> None:
    with pytest.raises(DiskError, match=said) as raised, clear_disk_errors():
        raise error
    assert len(str(raised.value).splitlines()) == 1


def test_a_state_that_torch_cannot_write_is_a_disk_error(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="disk may be full"), clear_disk_errors(), no_file_above(4096):
        torch.save({"weights": torch.zeros(100_000)}, tmp_path / "optimizer.pt")


@pytest.mark.parametrize("error", [OSError("no number"), RuntimeError("shapes differ"), SafetensorError("header")])
def test_other_errors_pass(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, clear_disk_errors():
        raise error
    assert raised.value is error
