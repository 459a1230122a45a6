"""The semantic ids that a model has learned, by SKU, as a file: ``sids.csv.gz`` with the columns ``sku`` and ``sid``.

The ``sids`` stage leaves it beside the codebooks, training copies it into the checkpoint, and ``python -m neo_assistant
adopt`` gives it to the products of a database. Reading it needs no database.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Mapping
from pathlib import Path

from neo_assistant.errors import CheckpointError, SidError
from neo_assistant.sids import Sid, SidScheme

SIDS_FILE = "sids.csv.gz"
_HEADER = ["sku", "sid"]
_HINT = "copy the whole folder again"


def write_sids(path: Path, sids: Mapping[str, Sid]) -> None:
    """Write SKUs and SIDs, sorted by SKU; the same ones give the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows((sku, str(sid)) for sku, sid in sorted(sids.items()))
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def read_sids(path: Path, scheme: SidScheme) -> dict[str, Sid]:
    """SKU → SID.

    Raises:
        CheckpointError: if the file is missing or damaged, does not fit the scheme, or names a SKU or a SID twice.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            lines = csv.reader(stream, strict=True)
            if next(lines, None) != _HEADER:
                raise CheckpointError(f"{path} is not a list of semantic ids", _HINT)
            rows = [(sku, Sid.parse(text)) for sku, text in lines]
        for _, sid in rows:
            scheme.check(sid)
    except (OSError, EOFError, ValueError, zlib.error, csv.Error, SidError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}", _HINT) from error
    sids = dict(rows)
    if not len(set(sids.values())) == len(sids) == len(rows):
        raise CheckpointError(f"{path} names a product or a semantic id twice", _HINT)
    return sids
