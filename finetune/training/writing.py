"""Files that are there whole or not at all, and one clear line where they cannot be written."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finetune.errors import DiskError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EIO)
_FULL_HINT = "make room and start the same command again; training goes on from the last state that was saved whole"


def write_whole(path: Path, text: str) -> None:
    """Write a text file in one step: after a kill or a power cut it holds what it held before, or all of the text."""
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)


def seal(folder: Path, marker: str) -> None:
    """Note the sizes of all files of a folder in a file of it, once they are on the disk."""
    sizes = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file() and path.name != marker):
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
        sizes[path.name] = path.stat().st_size
    write_whole(folder / marker, json.dumps(sizes, indent=2) + "\n")


def is_sealed(folder: Path, marker: str) -> bool:
    """Whether a folder holds every file that :func:`seal` noted, none of them cut short."""
    try:
        sizes = json.loads((folder / marker).read_text(encoding="utf-8"))
        return bool(sizes) and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


@contextmanager
def clear_disk_errors() -> Iterator[None]:
    """Turn what a full disk or a folder that cannot be used makes libraries raise into a :class:`DiskError`.

    Python says it by an ``OSError`` with a number, safetensors by the number within a text, and torch, which writes its
    files itself, only by where in its source the write failed.
    """
    from safetensors import SafetensorError

    try:
        yield
    except OSError as error:
        if error.errno not in (*_FULL, *_REFUSED):
            raise
        where = f": {error.filename}" if error.filename else ""
        hint = _FULL_HINT if error.errno in _FULL else "name a folder that can be read and written"
        raise DiskError(f"{os.strerror(error.errno or 0)}{where}", hint) from error
    except SafetensorError as error:
        if not any(f"(os error {number})" in str(error) for number in (*_FULL, *_REFUSED)):
            raise
        raise DiskError(f"weights could not be written: {error}", _FULL_HINT) from error
    except RuntimeError as error:
        if "inline_container" not in str(error) and "PytorchStreamWriter" not in str(error):
            raise
        raise DiskError("the state to resume from could not be written; the disk may be full", _FULL_HINT) from error
