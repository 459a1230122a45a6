"""Files that come in piece by piece, each through an event that knows who is signed in.

Gradio's own upload route asks nobody who they are, so it is kept shut (``ui/serve.py``). What is sent here is bounded:
one file per person, of a size that is said before, in pieces that have to follow each other.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import secrets
import shutil
import tempfile
import threading
import weakref
import zlib
from dataclasses import dataclass
from pathlib import Path

from neo_assistant.errors import RequestError

LARGEST = 50 * 1024 * 1024
"""Bytes of a file."""
LARGEST_UNPACKED = 10 * LARGEST
"""Bytes of a gzipped file when it is unpacked."""
PIECE = 1024 * 1024
"""Bytes of a piece; the last one may have fewer."""
_NAME = 80


@dataclass
class _Upload:
    owner: str
    name: str
    size: int
    path: Path
    received: int = 0


class Uploads:
    """A folder of files on their way in, deleted with this object. Safe to share between threads."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="neo-upload-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._uploads: dict[str, _Upload] = {}
        self._guard = threading.Lock()

    def begin(self, owner: str, name: object, size: object) -> str:
        """Make room for a file, and return a name for it that is hard to guess; an earlier file of ``owner`` goes.

        Args:
            owner: who sends it.
            name: of the file, to be shown and nothing else.
            size: in bytes.

        Raises:
            RequestError: there is no file, or it is empty or too large.
        """
        if not isinstance(name, str) or not isinstance(size, int) or isinstance(size, bool):
            raise RequestError("no file has been chosen", "choose one, then send it")
        if size <= 0:
            raise RequestError("the file is empty")
        if size > LARGEST:
            raise RequestError(
                f"the file has {size / 2**20:,.1f} MB, at most {LARGEST // 2**20} are taken",
                "compress it with gzip, split it, or import it on the server: python -m catalog_db import",
            )
        key = secrets.token_urlsafe(16)
        with self._guard:
            for old in [each for each, upload in self._uploads.items() if upload.owner == owner]:
                self._uploads.pop(old).path.unlink(missing_ok=True)
            shown = "".join(character for character in Path(name).name if character.isprintable())[-_NAME:]
            self._uploads[key] = _Upload(owner, shown or "file", size, self._folder / key)
        return key

    def add(self, owner: str, key: object, position: object, piece: object) -> int:
        """Append a piece, and return how many bytes are there now.

        Args:
            owner: who sends it.
            key: from :meth:`begin`.
            position: bytes that were there before.
            piece: the bytes, as base64.

        Raises:
            RequestError: it does not belong here, or is more than was announced.
        """
        with self._guard:
            upload = self._find(owner, key)
            data = _decoded(piece)
            if position != upload.received or not data or upload.received + len(data) > upload.size:
                raise RequestError("the file has changed while it was being sent", "choose it again and send it")
            with upload.path.open("ab") as file:
                file.write(data)
            upload.received += len(data)
            return upload.received

    def size(self, owner: str, key: object) -> int:
        """Bytes that were announced.

        Raises:
            RequestError: there is no such file of this owner.
        """
        with self._guard:
            return self._find(owner, key).size

    def file(self, owner: str, key: object) -> tuple[Path, str]:
        """Where a whole file is, and what it is called.

        Raises:
            RequestError: there is no such file of this owner, it is not all there, or it unpacks to too much.
        """
        with self._guard:
            upload = self._find(owner, key)
            if upload.received != upload.size:
                raise RequestError("the file is not all here", "send it again")
        _check_unpacked(upload.path)
        return upload.path, upload.name

    def _find(self, owner: str, key: object) -> _Upload:
        upload = self._uploads.get(key) if isinstance(key, str) else None
        if upload is None or upload.owner != owner:
            raise RequestError("there is no such file any more", "send it again")
        return upload


def _decoded(piece: object) -> bytes:
    if not isinstance(piece, str) or len(piece) > 4 * (PIECE + 2) // 3 + 4:
        raise RequestError("this is no piece of a file", "load the page again")
    try:
        return base64.b64decode(piece, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError("this is no piece of a file", "load the page again") from error


def _check_unpacked(path: Path) -> None:
    with path.open("rb") as raw:
        if raw.read(2) != b"\x1f\x8b":
            return
    total = 0
    try:
        with gzip.open(path) as file:
            while block := file.read(PIECE):
                total += len(block)
                if total > LARGEST_UNPACKED:
                    raise RequestError(
                        f"the file unpacks to more than {LARGEST_UNPACKED // 2**20} MB",
                        "split it, or import it on the server: python -m catalog_db import",
                    )
    except (OSError, EOFError, zlib.error) as error:
        raise RequestError("the file is not a whole gzip file", "compress it again") from error
