"""A shop's terms: the other words by which people mean its kinds and values, "dressing gown" for the kind bathrobe.

A catalog knows one name of everything, and people use many. Those that were seen to mean one thing only
(``finetune.examples.terms``) travel with the checkpoint as ``terms.json``, and serving reads them as it reads the
catalog's own words (:class:`neo_assistant.grammar.plain_values.PlainValues`)::

    {"facets": {"kind": {"bathrobe": ["dressing gown"]}, "feature": {"dimmable": ["with a dimmer"]}},
     "things": ["lamp", "shoe"]}

A term of a value that is not on sale does nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neo_assistant.errors import CheckpointError

TERMS_FILE = "terms.json"
_HINT = "copy the whole folder again"


@dataclass(frozen=True)
class Terms:
    """Other words for what a shop sells.

    Args:
        facets: facet name → value → phrases, in the singular if they are nouns.
        things: names that several kinds share, such as "lamp".
    """

    facets: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    things: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON, everything sorted."""
        facets = {
            name: {value: sorted(phrases) for value, phrases in sorted(values.items()) if phrases}
            for name, values in sorted(self.facets.items())
        }
        return {
            "facets": {name: values for name, values in facets.items() if values},
            "things": sorted(self.things),
        }

    @classmethod
    def from_dict(cls, values: object) -> Terms:
        """The terms that :meth:`to_dict` wrote.

        Raises:
            ValueError: if it is anything else.
        """
        if not isinstance(values, dict) or set(values) != {"facets", "things"}:
            raise ValueError("no terms")
        facets, things = values["facets"], values["things"]
        if not isinstance(facets, dict) or not all(isinstance(known, dict) for known in facets.values()):
            raise ValueError("facets are no lists of values")
        lists = [things, *(phrases for known in facets.values() for phrases in known.values())]
        if not all(_is_list(phrases) for phrases in lists):
            raise ValueError("what should be a list of phrases is none")
        return cls(
            {name: {value: tuple(phrases) for value, phrases in known.items()} for name, known in facets.items()},
            tuple(things),
        )


NO_TERMS = Terms()


def write_terms(path: Path, terms: Terms) -> None:
    """Write the file; the same terms give the same bytes."""
    path.write_text(json.dumps(terms.to_dict(), ensure_ascii=False) + "\n", encoding="utf-8")


def read_terms(path: Path) -> Terms:
    """The terms in a file.

    Raises:
        CheckpointError: if it is missing, damaged, or holds something else.
    """
    try:
        return Terms.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}", _HINT) from error


def _is_list(phrases: object) -> bool:
    """Whether this is a list of phrases, none of them blank."""
    return isinstance(phrases, list) and all(isinstance(text, str) and text.strip() for text in phrases)
