from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from neo_assistant.errors import CheckpointError
from neo_assistant.sid_file import SIDS_FILE, read_sids, write_sids
from neo_assistant.sids import Sid, SidScheme

SCHEME = SidScheme(("cups", "shoes"), (4, 3), per_type=True)
SIDS = {"b,1": Sid("shoes", (3, 2)), 'a"ö\n': Sid("cups", (0, 0)), "c": Sid("cups", (0, 1))}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_sids(tmp_path / SIDS_FILE, SIDS)
    assert read_sids(tmp_path / SIDS_FILE, SCHEME) == SIDS


def test_the_same_sids_give_the_same_bytes(tmp_path: Path) -> None:
    write_sids(tmp_path / "one", SIDS)
    write_sids(tmp_path / "two", dict(reversed(SIDS.items())))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sku;sid\n",
        "sku,sid\na\n",
        "sku,sid\na,cups:0-0,1\n",
        "sku,sid\na,cups\n",
        "sku,sid\na,hats:0-0\n",
        "sku,sid\na,cups:0-3\n",
        "sku,sid\na,cups:0-0-0\n",
        'sku,sid\n"a,cups:0-0\n',
        "sku,sid\na,cups:0-0\na,cups:0-1\n",
        "sku,sid\na,cups:0-0\nb,cups:0-0\n",
    ],
)
def test_a_list_that_is_not_one_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / SIDS_FILE).write_bytes(gzip.compress(text.encode()))
    with pytest.raises(CheckpointError) as caught:
        read_sids(tmp_path / SIDS_FILE, SCHEME)
    assert str(tmp_path) in caught.value.message
    assert caught.value.hint


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / SIDS_FILE
    with pytest.raises(CheckpointError):
        read_sids(path, SCHEME)
    write_sids(path, SIDS)
    whole = path.read_bytes()
    for broken in (
        whole[:-9],
        whole[:20],
        b"sku,sid\n",
        whole[:20] + b"\xff\xff\xff" + whole[23:],
        gzip.compress(b"\xff"),
    ):
        path.write_bytes(broken)
        with pytest.raises(CheckpointError):
            read_sids(path, SCHEME)
