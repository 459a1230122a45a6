"""Terms are read as they were written, and what is none is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from neo_assistant.errors import CheckpointError
from neo_assistant.terms import Terms, read_terms, write_terms

TERMS = Terms({"kind": {"bathrobe": ("robe", "dressing gown")}, "colour": {"grey": ("gray",), "red": ()}}, ("lamp",))


def test_they_come_back_sorted_and_without_what_is_empty(tmp_path: Path) -> None:
    write_terms(tmp_path / "terms.json", TERMS)
    read = read_terms(tmp_path / "terms.json")
    assert read == Terms({"colour": {"grey": ("gray",)}, "kind": {"bathrobe": ("dressing gown", "robe")}}, ("lamp",))
    write_terms(tmp_path / "again.json", read)
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "terms.json").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"facets": {}, "things": [], "more": 1}',
        '{"facets": [], "things": []}',
        '{"facets": {"kind": ["robe"]}, "things": []}',
        '{"facets": {"kind": {"bathrobe": "robe"}}, "things": []}',
        '{"facets": {"kind": {"bathrobe": [" "]}}, "things": []}',
        '{"facets": {"kind": {"bathrobe": [1]}}, "things": []}',
        '{"facets": {}, "things": "lamp"}',
    ],
)
def test_anything_else_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "terms.json"
    path.write_text(text)
    with pytest.raises(CheckpointError, match=r"terms\.json"):
        read_terms(path)


def test_so_is_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="copy the whole folder"):
        read_terms(tmp_path / "terms.json")
