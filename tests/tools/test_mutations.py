"""The mutation check: that its mutations still apply, and that it tells a failing test from a passing one."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parents[2]


def load() -> ModuleType:
    """``tools`` is a folder of scripts, not a package."""
    spec = importlib.util.spec_from_file_location("mutations", PROJECT / "tools" / "mutations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


mutations = load()


@pytest.mark.parametrize("mutation", mutations.MUTATIONS, ids=lambda mutation: mutation.name)
def test_every_mutation_applies_and_its_tests_exist(mutation: mutations.Mutation, tmp_path: Path) -> None:
    target = tmp_path / mutation.path
    target.parent.mkdir(parents=True)
    shutil.copy(PROJECT / mutation.path, target)
    before = mutation.apply(tmp_path)
    after = target.read_text(encoding="utf-8")
    assert before != after
    compile(after, mutation.path, "exec")
    assert all((PROJECT / test).exists() for test in mutation.tests)


def test_one_that_no_longer_applies_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n", encoding="utf-8")
    for old in ("x = 1", "y"):
        with pytest.raises(ValueError, match="not once"):
            mutations.Mutation("slip", "a.py", old, "z", ()).apply(tmp_path)


def test_a_failing_test_is_told_from_a_passing_one(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_one():\n    assert 1\n", encoding="utf-8")
    assert mutations.run_tests(tmp_path, ("test_it.py",)) is None
    (tmp_path / "test_it.py").write_text("def test_one():\n    assert 0\n", encoding="utf-8")
    assert mutations.run_tests(tmp_path, ("test_it.py",)) == "test_it.py::test_one"
    with pytest.raises(RuntimeError, match="could not be run"):
        mutations.run_tests(tmp_path, ("test_other.py",))
