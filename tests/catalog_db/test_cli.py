from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from catalog_db.cli import main

COMMANDS = ("sample", "import", "import-events", "stats", "export", "migrate", "check")
PRODUCTS = "id,title,price\nA,Boot,12.50\nB,,1\nC,Kettle,9\n"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/var/shop.db"
    monkeypatch.setenv("NEO_DATABASE_URL", url)
    return url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "products.csv"
    path.write_text(PRODUCTS)
    return path


def _import(file: Path, *more: str) -> int:
    return main(["import", str(file), "--map", "sku=id", "--type", "Things", *more])


def test_from_import_to_export(url: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _import(file) == 0
    out = capsys.readouterr().out
    assert "(csv): 2 added, 0 changed, 0 unchanged, 1 refused" in out
    assert "  line 3: no title" in out

    log = tmp_path / "log.csv"
    log.write_text("shopper,sku,at\nann,A,2026-01-01\nann,X,2026-01-01\n")
    assert main(["import-events", str(log), "--set", "kind=viewed"]) == 0
    assert "1 added, 0 unchanged, 1 refused" in capsys.readouterr().out

    assert main(["stats"]) == 0
    out = capsys.readouterr().out
    for text in ("2 on sale, 0 off sale", "$9 to $12.50", "2 uncounted", "1 shoppers, 1 events", "things"):
        assert text in out

    assert main(["check"]) == 0
    assert "no problem found" in capsys.readouterr().out

    for name, options in (("out.jsonl.gz", []), ("log.csv.gz", ["--events"])):
        assert main(["export", str(tmp_path / name), *options]) == 0
    assert main(["import", str(tmp_path / "out.jsonl.gz")]) == 0
    assert "0 added, 0 changed, 2 unchanged, 0 refused" in capsys.readouterr().out
    assert main(["migrate"]) == 0


def test_report_file_holds_everything(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, report = tmp_path / "many.csv", tmp_path / "report.csv"
    path.write_text("id,title\nok," + "long " * 200 + "\n" + "x,\n" * 30)
    assert _import(path, "--report", str(report)) == 0
    assert "… and 10 more" in capsys.readouterr().out
    lines = report.read_text().splitlines()
    assert lines[:3] == [
        *("line,what,reason", "2,note,title was cut from 999 to 512 characters", "3,refused,no title"),
    ]
    assert len(lines) == 32


def test_a_check_that_finds_problems_exits_with_1(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert main(["check"]) == 1
    assert "problem: nothing is on sale" in capsys.readouterr().out


def test_database_option_comes_before_the_environment(url: str, file: Path, tmp_path: Path) -> None:
    assert _import(file, "--database", f"sqlite:///{tmp_path}/other.db") == 0
    assert (tmp_path / "other.db").exists()
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stats"], "there is no database"),
        (["check"], "there is no database"),
        (["export", "x.csv"], "there is no database"),
        (["import-events", "nope.csv"], "there is no database"),
        (["import", "nope.csv"], "cannot read nope.csv"),
        (["import", "FILE", "--map", "colour=x"], "there is no field 'colour'"),
        (["import", "FILE", "--mapping", "nope.toml"], "cannot read nope.toml"),
        (["import", "FILE", "--format", "shopify"], "not a Shopify product export"),
        (["import", "FILE"], "no column 'sku'"),
        (["stats", "--database", "mysql://u:secret@h/d"], "not supported"),
        (["sample", "--database", "nonsense"], "cannot be read"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    url: str, file: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(file) if word == "FILE" else word for word in arguments]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert message in err
    assert "secret" not in err


def test_nothing_taken_is_an_error(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("id,title\nA,\n")
    assert _import(path) == 2
    captured = capsys.readouterr()
    assert "line 2: no title" in captured.out
    assert captured.err == f"error: no record of {path} could be taken\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert "--database URL" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["import"], ["export"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_as_a_module_from_anywhere(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    finished = subprocess.run(
        [sys.executable, "-m", "catalog_db", "stats"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.startswith("error: there is no database at var/shop.db (make one:")
    assert finished.stderr.count("\n") == 1
