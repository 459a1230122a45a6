"""Files in, files out: ``python -m finetune types``."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from catalog_db.database import open_database
from catalog_db.importers import import_products
from catalog_db.importers.mapping import parse_mapping
from finetune.cli import main
from finetune.item_types.type_file import load_type_file

ROOT = Path(__file__).parents[3]
RECIPES = ROOT / "docs" / "recipes"
ICECAT = ROOT.parent / "shared" / "data" / "icecat" / "products.jsonl.gz"
TYPES = '[cables]\n"patch cable" = ["patch cord"]\n\n[printing]\n"toner cartridge" = ["toner"]\n'
TITLES = ["Red patch cord 2 m", "Toner for LaserJet", "Blue patch cables"]


def write_csv(folder: Path) -> Path:
    path = folder / "shop.csv"
    rows = [f"{number};{title};x, {number}" for number, title in enumerate(TITLES)]
    path.write_text("\n".join(["id;title;note", *rows, "9;;no title"]) + "\n", encoding="utf-8")
    return path


def write_types(folder: Path, text: str = TYPES) -> Path:
    path = folder / "types.toml"
    path.write_text(text, encoding="utf-8")
    return path


def run(*words: object) -> int:
    return main(["types", *map(str, words)])


def test_csv_keeps_its_columns_and_gets_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "typed.csv"
    assert run(write_csv(tmp_path), "--types", write_types(tmp_path), "--out", out, "--show", 1) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["id", "title", "note", "item_type", "kind"],
        ["0", TITLES[0], "x, 0", "cables", "patch cable"],
        ["1", TITLES[1], "x, 1", "printing", "toner cartridge"],
        ["2", TITLES[2], "x, 2", "cables", "patch cable"],
    ]
    said = capsys.readouterr().out
    assert "3 products, 1 records left out\n  line 5: no title" in said
    assert "by their title 3, by their neighbours 0" in said


def test_json_lines_stay_json_lines_and_equal_bytes(tmp_path: Path) -> None:
    path, types = tmp_path / "shop.jsonl", write_types(tmp_path)
    path.write_text("".join(json.dumps({"name": t, "deep": {"a": [1]}}) + "\n" for t in TITLES), encoding="utf-8")
    outs = [tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"]
    for out in outs:
        assert run(path, "--map", "title=name", "--types", types, "--out", out) == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()
    rows = [json.loads(line) for line in gzip.decompress(outs[0].read_bytes()).decode().splitlines()]
    assert rows[1] == {"name": TITLES[1], "deep": {"a": [1]}, "item_type": "printing", "kind": "toner cartridge"}


def test_a_proposal_can_be_read_back_and_applied(tmp_path: Path) -> None:
    path, proposal, out = tmp_path / "shop.jsonl", tmp_path / "types.toml", tmp_path / "typed.jsonl"
    titles = [f"{colour} {thing}" for thing in ("mug", "mugs", "bowl", "bowls") for colour in ("Red", "Blue", "Jade")]
    path.write_text("".join(json.dumps({"title": title}) + "\n" for title in titles), encoding="utf-8")
    assert run(path, "--propose", proposal, "--least", 3) == 0
    assert set(load_type_file(proposal).types) >= {"mug", "bowl"}
    assert run(path, "--types", proposal, "--out", out) == 0
    assert {json.loads(line)["kind"] for line in out.read_text().splitlines()} == {"mug", "bowl"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "names no item type"),
        ("[", "cannot be read"),
        ('["Not a name"]\nmug = []', "is no item type"),
        ("mug = []", "is no item type"),
        ("[a]\nmug = 1", "has no list of phrases"),
        ('[a]\nmug = ["Mug!", "mug"]', "stands twice"),
        ('[a]\nmug = []\n[b]\ncup = ["mug"]', "stands twice"),
        ('[a]\n"-" = []', "without words"),
    ],
)
def test_a_type_file_with_a_mistake_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str
) -> None:
    out = tmp_path / "typed.csv"
    assert run(write_csv(tmp_path), "--types", write_types(tmp_path, text), "--out", out) == 2
    assert problem in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--types", "types.toml"], "belong together"),
        (["--propose", "types.toml"], "there already"),
        (["--propose", "new.toml", "--least", "99"], "lower --least"),
        (["--propose", "new.toml", "--count", "0"], "starts at 1"),
        (["--propose", "new.toml", "--map", "title=nothing"], "no record"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: Sequence[str],
    problem: str,
) -> None:
    write_types(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(write_csv(tmp_path), *options) == 2
    assert problem in capsys.readouterr().err


def test_the_recipe_for_icecat_can_be_read() -> None:
    types = load_type_file(RECIPES / "icecat-types.toml")
    assert 12 <= len(set(types.types.values())) <= 40
    assert parse_mapping(file=RECIPES / "icecat.toml").fields["attributes.kind"].column == "kind"


@pytest.mark.skipif(not ICECAT.exists(), reason="needs ../shared/data/icecat/products.jsonl.gz")
def test_the_first_500_products_of_icecat(tmp_path: Path) -> None:
    part, typed = tmp_path / "part.jsonl", tmp_path / "typed.jsonl"
    with gzip.open(ICECAT, "rt", encoding="utf-8") as file:
        part.write_text("".join(next(file) for _ in range(500)), encoding="utf-8")
    mapping = RECIPES / "icecat.toml"
    assert run(part, "--mapping", mapping, "--types", RECIPES / "icecat-types.toml", "--out", typed) == 0
    types = [json.loads(line)["item_type"] for line in typed.read_text(encoding="utf-8").splitlines()]
    assert types.count("other") < 50
    with open_database(f"sqlite:///{tmp_path / 'shop.db'}", must_exist=False) as database:
        report = import_products(
            database, typed, dt.datetime(2026, 1, 1, tzinfo=dt.UTC), mapping=parse_mapping(file=mapping)
        )
    assert (report.saved.added, report.refusals) == (500, [])
