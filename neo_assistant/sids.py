"""Semantic ids (SIDs) as values and as tokens.

A SID is an item type and L codes, coarse to fine. In a sequence it is one *opener* token that names the type and then L
code tokens, one each: ``<|sid:kitchen|> <|kitchen.a_3|> <|kitchen.b_11|> <|c_0|>``. The letter is the level, the number
the code. Where codebooks belong to a type, so do their tokens; the last level, which only tells apart items whose
semantic codes agree, is always shared.

The tokens are added to the base tokenizer in one contiguous block, openers first, so that every id can be computed and
masks can be built with array arithmetic. They are ordinary added tokens, not "special" ones: Outlines decodes with
``skip_special_tokens=True`` and would drop those.
"""

from __future__ import annotations

import hashlib
import json
import re
import string
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from neo_assistant.errors import SidError

MAX_LEVELS = 8
MAX_CODES = 65_536
WANT_OPEN = "<|want|>"
WANT_CLOSE = "<|/want|>"

_TYPE_NAME = re.compile(r"[a-z0-9_]{1,64}\Z")


@dataclass(frozen=True, slots=True, order=True)
class Sid:
    """A semantic id: ``item_type`` and its codes, coarse to fine."""

    item_type: str
    codes: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.item_type}:" + "-".join(map(str, self.codes))

    @classmethod
    def parse(cls, text: str) -> Sid:
        """Read what ``str(sid)`` wrote, e.g. ``kitchen:3-11-0``.

        Raises:
            SidError: if the text is not a SID.
        """
        item_type, _, codes = text.partition(":")
        if not _TYPE_NAME.match(item_type) or not re.fullmatch(r"[0-9]+(-[0-9]+)*", codes):
            raise SidError(f"{text!r} is not a semantic id", "write it as TYPE:CODE-CODE-…, e.g. kitchen:3-11-0")
        return cls(item_type, tuple(int(code) for code in codes.split("-")))


@dataclass(frozen=True)
class SidScheme:
    """Which SIDs there can be.

    Args:
        types: item types, in sorted order; the position of a type is its number everywhere.
        sizes: codes per level, coarse to fine; the last level tells apart items whose semantic codes agree.
        per_type: whether every type has semantic codebooks (and so code tokens) of its own.

    Raises:
        SidError: if types or sizes are out of range.
    """

    types: tuple[str, ...]
    sizes: tuple[int, ...]
    per_type: bool

    def __post_init__(self) -> None:
        if not self.types or list(self.types) != sorted(set(self.types)):
            raise SidError("a SID scheme needs at least one item type, each once and in sorted order")
        for name in self.types:
            if not _TYPE_NAME.match(name):
                raise SidError(
                    f"{name!r} cannot be an item type", "use lower-case letters, digits and underscores, at most 64"
                )
        if not 1 <= len(self.sizes) <= MAX_LEVELS:
            raise SidError(f"a SID has 1 to {MAX_LEVELS} levels, not {len(self.sizes)}")
        if any(not 1 <= size <= MAX_CODES for size in self.sizes):
            raise SidError(f"a level has 1 to {MAX_CODES} codes, not {self.sizes}")

    @property
    def levels(self) -> int:
        return len(self.sizes)

    @property
    def span_length(self) -> int:
        """Tokens of one SID span: the opener and one per level."""
        return 1 + self.levels

    @cached_property
    def type_numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.types)}

    @cached_property
    def code_offsets(self) -> np.ndarray:
        """Offset of code 0 within the token block, by type and level; (types, levels) int64."""
        offsets = np.zeros((len(self.types), self.levels), dtype=np.int64)
        position = len(self.types)
        for level, size in enumerate(self.sizes):
            own = self.per_type and level < self.levels - 1
            for number in range(len(self.types)):
                offsets[number, level] = position
                position += size if own else 0
            position += 0 if own else size
        return offsets

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """All SID tokens in the order in which they are added to the tokenizer."""
        names = [f"<|sid:{name}|>" for name in self.types]
        for level, size in enumerate(self.sizes):
            letter = string.ascii_lowercase[level]
            own = self.per_type and level < self.levels - 1
            prefixes = [f"{name}." for name in self.types] if own else [""]
            names += [f"<|{prefix}{letter}_{code}|>" for prefix in prefixes for code in range(size)]
        return tuple(names)

    def check(self, sid: Sid) -> None:
        """Raises SidError if ``sid`` does not belong to this scheme."""
        if sid.item_type not in self.type_numbers:
            raise SidError(f"unknown item type {sid.item_type!r} in a semantic id", f"known: {', '.join(self.types)}")
        if len(sid.codes) != self.levels or any(not 0 <= c < n for c, n in zip(sid.codes, self.sizes, strict=True)):
            raise SidError(f"{sid} does not fit {self.levels} levels of {self.sizes} codes")

    def to_dict(self) -> dict[str, Any]:
        return {"types": list(self.types), "sizes": list(self.sizes), "per_type": self.per_type}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SidScheme:
        """Raises SidError if ``values`` is not what :meth:`to_dict` writes."""
        if set(values) != {"types", "sizes", "per_type"}:
            raise SidError(f"a SID scheme has types, sizes and per_type, not {sorted(values)}")
        types, sizes, per_type = values["types"], values["sizes"], values["per_type"]
        if not (
            isinstance(types, list)
            and all(isinstance(name, str) for name in types)
            and isinstance(sizes, list)
            and all(type(size) is int for size in sizes)
            and isinstance(per_type, bool)
        ):
            raise SidError("a SID scheme has a list of names, a list of whole numbers, and true or false")
        return cls(tuple(types), tuple(sizes), per_type)

    def fingerprint(self) -> str:
        """sha256 over the scheme, hex."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class SidVocabulary:
    """Where a scheme's tokens stand in a tokenizer whose base vocabulary has ``first_id`` entries.

    The block is: SID tokens (openers, then codes), ``<|want|>``, ``<|/want|>``.
    """

    scheme: SidScheme
    first_id: int

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Every token to add to the tokenizer, in order."""
        return (*self.scheme.tokens, WANT_OPEN, WANT_CLOSE)

    @property
    def size(self) -> int:
        """Length of the model's vocabulary: base entries and the added block."""
        return self.first_id + len(self.tokens)

    @property
    def want_open(self) -> int:
        return self.size - 2

    @property
    def want_close(self) -> int:
        return self.size - 1

    @cached_property
    def openers(self) -> np.ndarray:
        """Opener token id by type number; (types,) int64."""
        return np.arange(self.first_id, self.first_id + len(self.scheme.types), dtype=np.int64)

    @cached_property
    def code_bases(self) -> np.ndarray:
        """Token id of code 0 by type number and level; (types, levels) int64."""
        return self.scheme.code_offsets + self.first_id

    @property
    def first_code(self) -> int:
        """First id of all code tokens; they end where ``want_open`` begins."""
        return self.first_id + len(self.scheme.types)

    def encode(self, sid: Sid) -> list[int]:
        """The span's token ids, opener first.

        Raises:
            SidError: if the SID does not belong to the scheme.
        """
        self.scheme.check(sid)
        number = self.scheme.type_numbers[sid.item_type]
        bases = self.code_bases[number]
        return [int(self.openers[number]), *(int(base) + code for base, code in zip(bases, sid.codes, strict=True))]

    def decode(self, ids: list[int]) -> Sid:
        """The SID of a whole span.

        Raises:
            SidError: if ``ids`` is not exactly one span.
        """
        number = ids[0] - self.first_id if ids else -1
        if len(ids) != self.scheme.span_length or not 0 <= number < len(self.scheme.types):
            raise SidError(f"token ids {ids} are not one SID span")
        codes = tuple(token - int(base) for token, base in zip(ids[1:], self.code_bases[number], strict=True))
        sid = Sid(self.scheme.types[number], codes)
        self.scheme.check(sid)
        return sid
