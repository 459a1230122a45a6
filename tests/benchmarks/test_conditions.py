"""The benchmark of conditions, on a catalog of two thousand products."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.conditions import CONDITIONS, main


def test_it_prints_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    arguments = ["--items", "2000", "--database", url, "--repeat", "1", "--json", str(tmp_path / "figures.json")]
    main(arguments)
    printed = capsys.readouterr().out
    assert all(f"| {name} | " in printed for name in CONDITIONS)
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert (figures["items"], figures["database"]) == (2000, "sqlite")
    assert figures["conditions"]["on sale"]["items"] > 1800
    assert figures["conditions"]["under $60, in stock, blue"]["combined_ms"] > 0
    main(arguments)  # the database that is filled already
    with pytest.raises(SystemExit, match="2,000 products, not 5"):
        main(["--items", "5", "--database", url])
