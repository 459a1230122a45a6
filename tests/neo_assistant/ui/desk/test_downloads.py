"""Files that are made to be fetched."""

from __future__ import annotations

import os
from pathlib import Path

from neo_assistant.ui.desk.downloads import KEPT_SECONDS, Downloads


def test_files_of_one_name_do_not_meet_and_old_ones_go() -> None:
    downloads = Downloads()
    first, second = (Path(downloads.write("x.csv", [line, "\r\n"])) for line in ("ä", "b"))
    assert first.read_bytes() == "ä\r\n".encode()
    assert second.read_bytes() == b"b\r\n"
    old = first.stat().st_mtime - KEPT_SECONDS - 1
    os.utime(first.parent, (old, old))
    downloads.write("y.csv", [])
    assert not first.exists()
    assert second.exists()
