"""Who may import whom (docs/architecture.md), read from the source of every file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("catalog_db", "neo_assistant", "finetune", "benchmarks")
MAY_IMPORT = {
    "catalog_db": {"catalog_db"},
    "neo_assistant": {"catalog_db", "neo_assistant"},
    "finetune": {"catalog_db", "neo_assistant", "finetune"},
    "benchmarks": {"catalog_db", "neo_assistant", "benchmarks"},
    "app": {"catalog_db", "neo_assistant"},
}
ONLY_IN = {
    "gradio": "neo_assistant/ui/",
    "outlines": "neo_assistant/grammar/",
    "outlines_core": ("neo_assistant/grammar/", "benchmarks/decoding_peers/"),
    "sqlalchemy": "catalog_db/",
    "alembic": "catalog_db/",
}
HEAVY = {"torch", "transformers", "peft", "gradio", "sentence_transformers", "sklearn", "outlines"}


def sources() -> list[Path]:
    found = [path for package in OURS for path in sorted((ROOT / package).rglob("*.py"))]
    return [*found, *([ROOT / "app.py"] if (ROOT / "app.py").is_file() else [])]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Names of imported modules and their lines, wherever in the file they stand."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno} imports relative to itself"
            yield node.module or "", node.lineno
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute | ast.Name)
            and (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id)
            in ("import_module", "__import__")
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value), node.lineno


def test_there_is_something_to_check() -> None:
    names = {name_of(path) for path in sources()}
    assert {"catalog_db/errors.py", "neo_assistant/grammar/plan.py", "finetune/cli.py"} <= names


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_imports_point_down_and_libraries_stay_in_their_place(path: Path) -> None:
    name = name_of(path)
    package = name.partition("/")[0].removesuffix(".py")
    wrong = []
    for module, line in imports(path):
        top = module.partition(".")[0]
        if top in OURS and top not in MAY_IMPORT[package]:
            wrong.append(f"{name}:{line}: {package} must not import {module}")
        if top in ONLY_IN and not name.startswith(ONLY_IN[top]):
            wrong.append(f"{name}:{line}: {top} may be imported in {ONLY_IN[top]} only")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", [p for p in sources() if p.name == "__init__.py"], ids=name_of)
def test_importing_a_package_loads_nothing_heavy(path: Path) -> None:
    found = {module.partition(".")[0] for module, _ in imports(path)}
    assert not found & HEAVY


def module_path(module: str) -> Path | None:
    """The file of one of our modules."""
    base = ROOT.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def loaded_with(path: Path) -> dict[str, str]:
    """Every module that importing a file loads, ours followed to the end, with the file that asks for it."""
    seen: dict[str, str] = {}
    waiting = [path]
    while waiting:
        here = waiting.pop()
        for module, _ in module_level_imports(here):
            if module not in seen:
                seen[module] = name_of(here)
                if module.partition(".")[0] in OURS and (next_file := module_path(module)):
                    waiting.append(next_file)
    return seen


def module_level_imports(path: Path) -> Iterator[tuple[str, int]]:
    """What a file imports when it is imported itself: not inside functions, nor for the type checker alone."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        ):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
        waiting.extend(ast.iter_child_nodes(node))


OF_THE_CATALOG = ("grounded", "obedience", "plans", "profiles", "rankings", "shelf")
"""Parts of the evaluation that need the grammar, or what a want means; it leaves them out where they cannot be had."""


def loops() -> list[Path]:
    """The training and evaluation loops, which also run on a machine that has neither database nor grammar."""
    figures = (ROOT / "finetune" / "evaluation").rglob("*.py")
    folders = [
        *(ROOT / "finetune" / "training").rglob("*.py"),
        *(path for path in figures if path.stem not in OF_THE_CATALOG),
    ]
    return sorted([*folders, *(ROOT / "finetune").glob("train*.py"), *(ROOT / "finetune").glob("eval*.py")])


@pytest.mark.parametrize("path", loops(), ids=name_of)
def test_the_loops_need_neither_database_nor_grammar(path: Path) -> None:
    loaded = loaded_with(path)
    wrong = {
        module: by
        for module, by in loaded.items()
        if module.partition(".")[0] in {"sqlalchemy", "alembic", "outlines", "outlines_core", "gradio"}
    }
    assert not wrong
