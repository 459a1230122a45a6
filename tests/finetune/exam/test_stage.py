"""The whole exam on a tiny shop with a model of random weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog_db.database import open_database
from finetune.cli import main
from finetune.exam.stage import take_exam
from neo_assistant.manifest import read_manifest
from tests.neo_assistant.serving import fill, save_tiny_base, write_tiny_checkpoint

REQUESTS = [
    {"says": ["a blue mug"], "expect": {"behaviour": "items", "want": ["kinds", "colour: blue"], "kinds": ["mug"]}},
    {"says": ["boots", "cheaper ones"], "expect": {"behaviour": "items", "want": ["price < shown"], "kinds": ["boot"]}},
    {"says": ["is it red?"], "about": ["P-02"], "expect": {"behaviour": "words", "asks": "colour: red"}},
    {"says": [""], "history": ["P-00"], "options": {"types": ["shoes"], "format": "ids"},
     "expect": {"behaviour": "items", "types": ["shoes"]}},
    {"says": ["hello"], "options": {"format": "text"}, "expect": {"behaviour": "no items"}},
]  # fmt: skip


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("base")
    save_tiny_base(base)
    return write_tiny_checkpoint(tmp_path_factory.mktemp("run") / "checkpoint", base)


@pytest.fixture
def shop(database_url: str) -> str:
    with open_database(database_url) as database:
        fill(database)
    return database_url


@pytest.fixture
def requests_file(tmp_path: Path) -> Path:
    lines = [json.dumps({"id": f"r{number}", "group": "all", **one}) for number, one in enumerate(REQUESTS)]
    file = tmp_path / "requests.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_an_exam_is_taken(checkpoint: Path, shop: str, requests_file: Path, tmp_path: Path) -> None:
    said: list[str] = []
    found = take_exam(
        checkpoint,
        tmp_path / "out",
        database_url=shop,
        without_constraint=True,
        requests_file=requests_file,
        say=said.append,
    )
    written = json.loads((tmp_path / "out" / "exam.json").read_text("utf-8"))
    assert written["figures"] == json.loads(json.dumps(found))
    assert [reply["id"] for reply in written["replies"]] == [f"r{number}" for number in range(len(REQUESTS))]
    assert found["requests"] == len(REQUESTS)
    assert found["behaviour"]["of"] == len(REQUESTS)
    assert found["free_format"]["of"] == len(REQUESTS)
    assert written["replies"][1]["conversation"][0] == "shopper: boots"
    assert len(written["replies"][3]["items"]) == 3
    assert (tmp_path / "out" / "exam.md").read_text("utf-8").startswith("# Exam")
    assert any("asked 5 of 5" in line for line in said)
    assert "exam" not in read_manifest(checkpoint).metrics


def test_requests_of_another_shop_are_refused(
    checkpoint: Path, shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["exam", "--checkpoint", str(checkpoint), "--database", shop, "--out", str(tmp_path)]) == 2
    assert "the shop does not know" in capsys.readouterr().err
    assert not (tmp_path / "exam.json").exists()


def test_no_requests(checkpoint: Path, shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["exam", "--checkpoint", str(checkpoint), "--database", shop, "--out", str(tmp_path), "--limit", "0"]
    assert main(arguments) == 2
    assert "--limit" in capsys.readouterr().err
