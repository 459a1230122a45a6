"""Files that the desk makes for whoever asks for one: written when asked for, gone a while after."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterable
from pathlib import Path

KEPT_SECONDS = 600
"""How long a file can be fetched before the next one that is made clears it away."""


class Downloads:
    """A folder of files to be fetched, deleted with this object. Safe to share between threads."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="neo-desk-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def write(self, name: str, lines: Iterable[str]) -> str:
        """Write a text file, in UTF-8 and with the line ends as they are, and return its path.

        Args:
            name: as whoever fetches it will see it.
            lines: with their line ends.
        """
        self._clear()
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir()
        path = folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        return str(path)

    def _clear(self) -> None:
        for folder in self._folder.iterdir():
            if time.time() - folder.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
