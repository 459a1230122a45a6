"""The command: what it writes, how it goes on, and what it says of methods that fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import decoding, decoding_report
from benchmarks.contained import Failure, Limits, run_contained


def run(out: Path, *more: str) -> dict[str, Any]:
    """A small run of two methods; the JSON it leaves."""
    small = ("--items", "200", "--beams", "1", "3", "--vocabulary", "400", "--seconds", "0.01")
    decoding.main([*small, "--only", "neo-numpy", "llguidance", "--out", str(out), *more])
    return json.loads(out.read_text(encoding="utf-8"))


def test_a_run_leaves_json_and_prints_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(decoding.PACKAGES, "llguidance", "no_such_package")
    monkeypatch.setattr(decoding, "_gpu", lambda: False)
    values = run(tmp_path / "out.json")
    assert set(values) >= {"date", "machine", "load_before", "load_after", "catalog", "settings", "cells"}
    assert set(values["machine"]) >= {"cpu", "flags", "cores", "memory_bytes", "system", "python", "packages", "gpu"}
    ours, other = values["cells"]
    assert (ours["method"], ours["items"], ours["status"]) == ("neo-numpy", 200, "done")
    assert ours["built"]["seconds"] > 0
    assert ours["built"]["arrays"]["codes"] == 200 * 4 * 2
    assert set(ours["steps"]) == set(ours["masked"]["400"]) == {"1", "3"}
    for took in (*ours["steps"].values(), *ours["masked"]["400"].values()):
        assert 0 < took["median_us"] <= took["p99_us"]
        assert len(took["level_medians_us"]) == 4
    assert ours["switch"] == {"seconds": ours["switch"]["seconds"], "rebuilt": False}
    assert (other["method"], other["status"]) == ("llguidance", "not installed")
    printed = capsys.readouterr().out
    assert "| 200 | **ours, NumPy** | any |" in printed
    assert "| 200 | llguidance | 400 | not installed |" in printed

    # What is there already is not measured again, and what is not is.
    values["cells"][0]["built"]["seconds"] = 12345.0
    values["cells"].pop()
    (tmp_path / "out.json").write_text(json.dumps(values), encoding="utf-8")
    again = run(tmp_path / "out.json", "--resume")
    assert [cell["status"] for cell in again["cells"]] == ["done", "not installed"]
    assert again["cells"][0]["built"]["seconds"] == 12345.0
    with pytest.raises(SystemExit, match="another kind"):
        run(tmp_path / "out.json", "--resume", "--memory-gb", "3")


def test_who_gives_up_is_not_asked_for_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def failing(module: str, job: dict[str, Any], limits: Limits, heard: object) -> Failure:
        asked.append(job["method"])
        assert limits == Limits(7.0, 1_500_000_000)
        return Failure("build", "over 7 s")

    monkeypatch.setattr(decoding, "run_contained", failing)
    monkeypatch.setattr(decoding, "_gpu", lambda: False)
    out = tmp_path / "out.json"
    limits = ("--budget-seconds", "7", "--memory-gb", "1.5")
    decoding.main(["--items", "300", "200", "--only", "transformers", *limits, "--out", str(out)])
    cells = json.loads(out.read_text(encoding="utf-8"))["cells"]
    assert asked == ["transformers"]
    assert [(cell["items"], cell["status"], cell["reason"]) for cell in cells] == [
        (200, "gave up", "over 7 s"),
        (300, "skipped", "gave up at 200"),
    ]


CHILD = """
import json, sys, time
events = open(sys.argv[2], "a")
def emit(event):
    print(json.dumps(event), file=events, flush=True)
emit({"stage": "build"})
emit({"event": "built", "job": json.load(open(sys.argv[1]))})
emit({"stage": "switch"})
"""


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ("", None),
        ("raise ValueError('no room\\nfor more')", Failure("switch", "ValueError: no room")),
        ("time.sleep(60)", Failure("switch", "over 1 s")),
        ("hog = bytearray(b'x') * 400_000_000; time.sleep(60)", Failure("switch", "over 0.2 GB")),
        ("import os; os.kill(os.getpid(), 9)", Failure("switch", "ended by signal 9")),
    ],
    ids=["ends well", "raises", "hangs", "grows", "is killed"],
)
def test_a_child_is_heard_and_stopped(
    ending: str, expected: Failure | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "child_to_contain.py").write_text(CHILD + ending, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    heard: list[dict[str, Any]] = []
    failure = run_contained("child_to_contain", {"a": 1}, Limits(1.0, 200_000_000), heard.append)
    assert failure == expected
    assert heard == [{"event": "built", "job": {"a": 1}}]


def took(median: float) -> dict[str, Any]:
    return {"steps": 9, "median_us": median, "p99_us": 2 * median, "level_medians_us": [median]}


def record(method: str, items: int, device: str = "cpu", vocabulary: int | None = None, **more: Any) -> dict[str, Any]:
    base = {"method": method, "items": items, "device": device, "vocabulary": vocabulary}
    return base | {"status": "done", "reason": "", "steps": {}, "masked": {}} | more


def test_every_table_is_written() -> None:
    arrays = {"codes": 8_000_000, "view": 250_000, "prefix starts": 9_000_000}
    ours: dict[str, Any] = {
        "built": {"seconds": 2.5, "resident_bytes": 1, "peak_bytes": 2_000_000_000, "arrays": arrays},
        "steps": {"1": took(21.04), "30": took(1234.5)},
        "masked": {"49152": {"1": took(50.0)}},
        "switch": {"seconds": 0.0016, "rebuilt": False},
    }
    small = ours | {"steps": {"1": took(10.52)}}
    other: dict[str, Any] = {
        "built": {"seconds": 0.01, "resident_bytes": 3_000_000, "peak_bytes": 3_000_000, "arrays": None}
    }
    failed: dict[str, Any] = {"status": "gave up", "reason": "over 90 s"}
    cells = [
        record("neo-torch", 20_000_000, "cuda", steps={"70": took(80.0)}),
        record("static-csr", 20_000_000, "cuda", **failed, stage="build"),
        *(record(name, items, **values) for name in decoding_report.OURS for items, values in ((10_000, small),)),
        *(record(name, 1_000_000, **ours) for name in decoding_report.OURS),
        record("xgrammar", 1_000_000, vocabulary=49_152, **failed, stage="switch", **other),
        record("llguidance", 1_000_000, vocabulary=49_152, status="skipped", reason="gave up at 10,000"),
    ]
    share = {
        "items": 1_000_000,
        "beams": 1,
        "writes": "a word",
        "model_ms": 60.0,
        "constraint_ms": 0.6,
        "share": 0.0099,
    }
    text = decoding_report.report({
        "date": "2026-11-22T08:00:00+00:00",
        "machine": {
            "cpu": "A", "flags": ["avx2"], "cores": 2, "memory_bytes": 2**34, "system": "Linux", "python": "3.11",
            "packages": {"numpy": "2", "xgrammar": None}, "gpu": None,
        },
        "load_before": [0.1], "load_after": [0.2],
        "settings": {"budget_seconds": 90.0, "memory_gb": 8.0},
        "cells": cells,
        "model_share": {"model": "M", "rows": [share], "load_before": [0.1], "load_after": [0.2]},
    })  # fmt: skip
    for line in (
        "| built from sorted codes in at most 3 s | 2.5 s | 2.5 s |",
        "| at most 25 bytes an item beyond the codes | 9.0 bytes | 9.0 bytes |",
        "| a step at 30 beams: at most 500 µs | 1,234 (2,469) | 1,234 (2,469) |",
        "| 1 beam, against 10,000 items: hardly more | 2.00 times | 2.00 times |",
        "| a step on a GPU, 20,000,000 items, 70 beams: at most 100 µs |  | 80.0 (160) |",
        "| at most 2 % of a step of the default model (1,000,000 items, 1 beam) |  | a word 1.0% |",
        "| 1,000,000 | **ours, NumPy** | any | 2.5 s | 17.2 MB | 2.00 GB | 1.6 ms |",
        "| 1,000,000 | xgrammar | 49,152 | 10 ms | 3 MB (process) | 3 MB | gives up: over 90 s (switch) |",
        "| 1,000,000 | llguidance | 49,152 | gave up at 10,000 |  |  |  |",
        "| 20,000,000 | STATIC (CSR), GPU | any | gives up: over 90 s |  |  |  |",
        "| 1,000,000 | 1 | a word | 60.0 ms | 0.600 ms | 0.99% |",
    ):
        assert line in text.splitlines()
    # A table that Markdown would not show as one has rows of unequal length.
    for table in text.split("\n\n"):
        if table.startswith("|"):
            assert len({line.replace("\\|", "").count("|") for line in table.strip().splitlines()}) == 1


def test_a_gpu_gets_rows_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_gpu", lambda: True)
    found = list(decoding.cells(decoding.parse(["--items", "1000", "--only", "neo-torch", "xgrammar"])))
    assert found == [
        decoding.Cell("neo-torch", 1_000, None, "cpu"),
        decoding.Cell("xgrammar", 1_000, 49_152, "cpu"),
        decoding.Cell("xgrammar", 1_000, 151_936, "cpu"),
        decoding.Cell("neo-torch", 20_000_000, None, "cuda"),
    ]


def test_tables_go_between_their_marks_only(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{decoding_report.BEGIN}\nold\n{decoding_report.END}\nafter\n", encoding="utf-8")
    decoding_report.write_docs("| new |\n", page)
    text = page.read_text(encoding="utf-8")
    assert text == f"before\n{decoding_report.BEGIN}\n\n| new |\n\n{decoding_report.END}\nafter\n"
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="no marks"):
        decoding_report.write_docs("", page)


def test_the_documentation_has_the_marks() -> None:
    text = decoding_report.DOCS.read_text(encoding="utf-8")
    assert text.index(decoding_report.BEGIN) < text.index(decoding_report.END)
