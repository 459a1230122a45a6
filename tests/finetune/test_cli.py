"""The command table: help without heavy imports, and clear errors."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from finetune.cli import COMMANDS, main


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_a_module_with_help(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    module = importlib.import_module(command.module)  # type: ignore[attr-defined]
    assert callable(module.run)
    with pytest.raises(SystemExit) as stopped:
        main([command.name, "--help"])  # type: ignore[attr-defined]
    assert stopped.value.code == 0
    assert f"python -m finetune {command.name}" in capsys.readouterr().out  # type: ignore[attr-defined]


def test_overview_names_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from finetune.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'sklearn', 'sqlalchemy', 'sentence_transformers'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(command.name in done.stdout for command in COMMANDS)


def test_unknown_command_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["no-such-command"])
    assert stopped.value.code == 2
    assert "no-such-command" in capsys.readouterr().err


def test_what_the_reader_can_mend_is_one_line_and_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sids", "--database", "sqlite:////no/such/folder/shop.db", "--out", "/no/such/folder"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1


def test_sizes_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    for sizes in ("16,x", "1,8", ""):
        with pytest.raises(SystemExit) as stopped:
            main(["sids", "--database", "sqlite:///x.db", "--out", "x", "--sizes", sizes])
        assert stopped.value.code == 2
    assert "neither auto nor numbers" in capsys.readouterr().err
