"""The house keeps its shape: layers, sizes, frozen values, what may be loaded at the start."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "wasf"
MODULES = sorted(PACKAGE.rglob("*.py"))

HEAVY = {
    "keyring",
    "phonenumbers",
    "platformdirs",
    "prometheus_client",
    "pydantic",
    "requests",
    "rich.table",
    "simple_salesforce",
    "sqlite3",
    "starlette",
    "tomlkit",
    "tzlocal",
    "uvicorn",
    "vobject",
    "zeep",
}

# Promises stand in one place; tables of facts are as long as the facts are many.
LONGER = {"wasf.sources.exports.phrases": 1000}

# What gathers while a file is read or a run goes on; it is handed on when it is whole.
MUTABLE = {
    "wasf.commands.sync.run.Course",
    "wasf.commands.undo._Done",
    "wasf.salesforce.people._Found",
    "wasf.sources.exports.date_evidence.DateFacts",
    "wasf.sources.exports.dates.Stamps",
    "wasf.sources.exports.participants._Sender",
    "wasf.sources.exports.survey.Survey",
    "wasf.sources.exports.survey.Written",
}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT).with_suffix("")).replace(os.sep, ".")


def test_the_layers_hold() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout


def test_the_layers_are_all_named() -> None:
    """A new package that no contract knows would be bound by nothing."""
    contracts = (ROOT / "pyproject.toml").read_text()

    for path in PACKAGE.iterdir():
        if path.name.startswith("__") or path.name == "samples":
            continue
        assert f"wasf.{path.stem}" in contracts


def test_the_top_level_is_plain() -> None:
    visible = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    # What tools leave behind and git ignores is none of ours.
    visible -= {"build", "dist", "wasf.egg-info"}

    assert visible == {"wasf", "tests", "pyproject.toml", "README.md", "LICENSE"}


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, json; import wasf.cli.main; "
        "print(json.dumps(sorted(name for name in sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert HEAVY.isdisjoint(json.loads(result.stdout))


def test_there_are_modules_to_check() -> None:
    assert len(MODULES) > 40


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_is_small_and_says_what_it_is_for(path: Path) -> None:
    source = path.read_text()
    documentation = ast.get_docstring(ast.parse(source))

    assert documentation
    assert documentation.splitlines()[0].rstrip().endswith((".", ":", "?")), "one whole sentence"
    assert path.stem not in {"utils", "helpers", "common", "base", "manager", "misc"}
    assert len(source.splitlines()) <= LONGER.get(_name(path), 360)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_functions_are_short(path: Path) -> None:
    too_long = [
        f"{function.name}: {_length(function)} lines"
        for function in _functions(ast.parse(path.read_text()))
        if _length(function) > 45
    ]

    assert not too_long


@pytest.mark.parametrize("path", sorted((PACKAGE / "cli").glob("*.py")), ids=_name)
def test_a_command_parses_calls_shows_and_exits(path: Path) -> None:
    too_long = [
        function.name
        for function in _functions(ast.parse(path.read_text()))
        if _body_length(function) > 24
    ]

    assert not too_long


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_values_are_frozen(path: Path) -> None:
    thawed = [
        name
        for name, decorator in _dataclasses(ast.parse(path.read_text()))
        if "frozen=True" not in decorator and f"{_name(path)}.{name}" not in MUTABLE
    ]

    assert not thawed


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_global_is_rebound(path: Path) -> None:
    rebound = [
        node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Global)
    ]

    assert not rebound


def test_the_lint_tools_are_asked_for() -> None:
    assert importlib.util.find_spec("importlinter"), "part of the extra `test`"


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or 0) - function.body[0].lineno + 1


def _body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _dataclasses(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                text = ast.unparse(decorator)
                if text.startswith("dataclass"):
                    yield node.name, text
