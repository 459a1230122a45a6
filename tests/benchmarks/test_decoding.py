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
