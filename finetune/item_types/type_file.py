"""The file in which a person says which kinds there are, and to which item type each belongs.

TOML; a table per item type, and in it the kinds with what else titles call them::

    [cables]
    "networking cable" = ["patch cable", "patch cord"]
    "usb cable" = []

A kind's own name goes without saying, and so do plurals and capitals. A phrase may stand once in the whole file.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from finetune.errors import ItemTypesError
from finetune.item_types.titles import words

OTHER = "other"
"""The item type of products that neither their title nor their likes say anything about."""

_TYPE_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class TypeFile:
    """What the file says.

    Attributes:
        types: kind → item type.
        phrases: phrase → kind; the kinds' own names are among them.
    """

    types: Mapping[str, str]
    phrases: Mapping[str, str]


def load_type_file(path: Path) -> TypeFile:
    """Read and check the file.

    Raises:
        ItemTypesError: it cannot be read, or says something twice or in another form.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ItemTypesError(f"the item types {path} cannot be read: {error}") from error
    types: dict[str, str] = {}
    phrases: dict[str, str] = {}
    seen: dict[tuple[str, ...], str] = {}
    for item_type, kinds in tables.items():
        if not _TYPE_NAME.fullmatch(item_type) or not isinstance(kinds, dict):
            raise ItemTypesError(f"in {path}, {item_type!r} is no item type", "a table with a name of a-z, 0-9 and _")
        for kind, others in kinds.items():
            if not isinstance(others, list) or not all(isinstance(phrase, str) for phrase in others):
                raise ItemTypesError(f"in {path}, {kind!r} has no list of phrases", f'write "{kind}" = []')
            for phrase in (kind, *others):
                key = tuple(words(phrase))
                if not key:
                    raise ItemTypesError(f"in {path}, {kind!r} has a phrase without words")
                if key in seen:
                    raise ItemTypesError(f"in {path}, {phrase!r} stands twice: for {seen[key]!r} and for {kind!r}")
                seen[key] = kind
                phrases[phrase] = kind
            types[kind] = item_type
    if not types:
        raise ItemTypesError(f"{path} names no item type", "make one with --propose")
    return TypeFile(types, phrases)


def dump_type_file(types: Mapping[str, Mapping[str, int]]) -> str:
    """A file to begin with: item type → kind → how many titles name it."""
    lines = [
        "# A proposal, to be edited: delete what is no kind of thing, give item types the names your shop uses,",
        "# move kinds to where they belong. In the brackets: what else titles call the kind.",
    ]
    for item_type, kinds in types.items():
        lines += ["", f"[{item_type}]  # {sum(kinds.values()):,} products"]
        lines += [f"{json.dumps(kind, ensure_ascii=False)} = []  # {count:,}" for kind, count in kinds.items()]
    return "\n".join(lines) + "\n"
