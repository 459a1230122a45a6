"""Reading the sample store's data files, with errors that name the file, the entry and the field."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import yaml

from catalog_db.errors import CatalogError


class SampleDataError(CatalogError):
    """A file of the sample store's data is not as it should be."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"sample data, {where}: {problem}", "mend the file in catalog_db/sample/data")


def read_yaml(name: str) -> Any:
    """The parsed content of a file in ``catalog_db/sample/data``.

    Raises:
        SampleDataError: the file is not YAML.
    """
    text = resources.files("catalog_db.sample").joinpath("data", name).read_text(encoding="utf-8")
    # The libyaml loader reads the same safe subset as safe_load and is about ten times faster.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        raise SampleDataError(name, f"not YAML: {error}") from error


class Reader:
    """Reads the fields of one mapping, and says where it is when something is wrong."""

    def __init__(self, where: str, raw: object) -> None:
        self.where = where
        if not isinstance(raw, dict):
            raise SampleDataError(where, f"expected a mapping, found {type(raw).__name__}")
        self.raw: dict[str, Any] = dict(raw)

    def fail(self, problem: str) -> SampleDataError:
        """The error to raise about this mapping."""
        return SampleDataError(self.where, problem)

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        """The value of a field, of the right type; a field without a default must be there."""
        value = self.raw.pop(key, default)
        if value is None:
            raise self.fail(f"{key} is missing")
        if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
            raise self.fail(f"{key} has the wrong type ({type(value).__name__})")
        return value

    def words(
        self, key: str, least: int, allowed: Mapping[str, Any] | tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """A list of distinct strings, at least ``least`` of them, all ``allowed``."""
        values = self.take(key, list, [])
        if not all(isinstance(value, str) and value == value.strip() and value for value in values):
            raise self.fail(f"{key} must be a list of words")
        if len(values) < least or len(set(values)) < len(values):
            raise self.fail(f"{key} needs {least} or more different values")
        self._known(key, values, allowed)
        return tuple(values)

    def numbers(self, key: str, allowed: Mapping[str, Any] | tuple[str, ...]) -> dict[str, float]:
        """A mapping from allowed words to positive numbers; empty when absent."""
        values = self.take(key, dict, {})
        self._known(key, list(values), allowed)
        for word, value in values.items():
            if not isinstance(value, (int, float)) or value <= 0:
                raise self.fail(f"{key}, {word}: expected a number above 0")
        return {word: float(value) for word, value in values.items()}

    def done(self) -> None:
        """Call it last: a field that nobody has taken is a slip of the pen."""
        if self.raw:
            raise self.fail(f"unknown fields: {', '.join(sorted(self.raw))}")

    def _known(self, key: str, values: list[str], allowed: Mapping[str, Any] | tuple[str, ...] | None) -> None:
        unknown = [value for value in values if allowed is not None and value not in allowed]
        if unknown:
            raise self.fail(f"{key}: not in the vocabulary: {', '.join(map(str, unknown))}")
