"""The house keeps its shape: layers, doors, sizes, names, frozen values, what is loaded when.

Each rule is one test that lists all offenders.
"""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "wasf"

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
    "zeep",
}

MOST_MODULES = 273
"""220 is the aim; above it are commands that came since, and modules that wait to be joined."""

MOST_IN_A_FOLDER = 29
LONGEST, SHORTEST = 400, 60

DATA = {
    "wasf.core.task_words",
    "wasf.sources.exports.phrases",
}
"""Tables of facts: as long, or as short, as the facts are many."""

NOUNS_IN_ING = {"keyring"}
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "tools"}

MUTABLE = {
    "wasf.commands.sync.moves.MoveResult",
    "wasf.commands.sync.run.SyncResult",
    "wasf.commands.undo._Done",
    "wasf.salesforce.people._Found",
    "wasf.sources.exports.timestamps.DateFacts",
    "wasf.sources.exports.export_facts.ExportFacts",
    "wasf.sources.exports.export_facts.SenderCounts",
}
"""What gathers while a file is read or a run goes on; it is handed on when it is whole."""


class Module(NamedTuple):
    """One module of the program: its dotted name, its file, its text, its tree."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        """Lines of the file."""
        return len(self.text.splitlines())

    @property
    def package(self) -> str:
        """The package that it is in; its own name if it is one."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    @property
    def is_face(self) -> bool:
        """Whether it is the `__init__` of its package, or the program's start."""
        return self.path.name in {"__init__.py", "__main__.py"}


@cache
def modules() -> tuple[Module, ...]:
    """Return all modules of wasf."""
    return tuple(_read(path) for path in sorted(PACKAGE.rglob("*.py")))


def _read(path: Path) -> Module:
    name = str(path.relative_to(ROOT).with_suffix("")).replace(os.sep, ".")
    text = path.read_text(encoding="utf-8")
    return Module(name.removesuffix(".__init__"), path, text, ast.parse(text))


# --- Layers and doors --------------------------------------------------------------------------


def test_the_contracts_hold() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout


def test_every_package_is_in_a_contract() -> None:
    """A new package that no contract knows would be bound by nothing."""
    contracts = (ROOT / "pyproject.toml").read_text()
    marks = ("__", "py.typed")
    packages = [path for path in PACKAGE.iterdir() if not path.name.startswith(marks)]
    unknown = [path.stem for path in packages if f'"wasf.{path.stem}' not in contracts]

    assert unknown in ([], ["samples"])


def test_every_package_with_a_face_has_a_contract_for_it() -> None:
    contracts = (ROOT / "pyproject.toml").read_text()
    flat = {"wasf", "wasf.cli", "wasf.commands", "wasf.core", "wasf.samples"}
    flat |= {"wasf.demo", "wasf.salesforce", "wasf.sources", "wasf.store"}
    faces = {one.name for one in modules() if one.path.name == "__init__.py"} - flat

    faces -= {face for face in faces if face.startswith("wasf.sources.")}  # one contract for all

    assert '"wasf.sources.*.*"' in contracts
    assert sorted(face for face in faces if f'"{face}.*"' not in contracts) == []


def test_a_source_knows_only_the_face_of_another() -> None:
    sources = [one for one in modules() if one.name.startswith("wasf.sources.")]

    assert [f"{one.name}: {inner}" for one in sources for inner in _foreign_inner(one)] == []


def _foreign_inner(module: Module) -> Iterator[str]:
    """Yield the inner modules of other sources that a module imports."""
    own = ".".join(module.name.split(".")[:3])
    for node in ast.walk(module.tree):
        name = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if name.startswith("wasf.sources.") and name.count(".") > 2 and not name.startswith(own):
            yield name


def test_the_lint_tools_are_asked_for() -> None:
    assert importlib.util.find_spec("importlinter"), "part of the extra `test`"


def test_the_top_level_is_plain() -> None:
    visible = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    # What tools leave behind and git ignores is none of ours.
    visible -= {"build", "dist", "wasf.egg-info"}

    assert visible == {"wasf", "tests", "pyproject.toml", "README.md", "LICENSE"}


# --- Rooms -------------------------------------------------------------------------------------


def test_there_are_few_modules_and_no_crowded_folder() -> None:
    folders = Counter(one.path.parent for one in modules())

    assert 40 < len(modules()) <= MOST_MODULES
    assert {str(at): files for at, files in folders.items() if files > MOST_IN_A_FOLDER} == {}


def test_a_module_is_neither_long_nor_tiny() -> None:
    long = {one.name: one.lines for one in modules() if one.lines > LONGEST}
    tiny = {one.name: one.lines for one in modules() if one.lines < SHORTEST and _has_reason(one)}

    assert {name: lines for name, lines in long.items() if name not in DATA} == {}
    assert tiny == {}


def _has_reason(module: Module) -> bool:
    """Whether the module has to be worth opening: faces, data and commands may be short."""
    is_command = module.name.rpartition(".")[0] in {"wasf.cli", "wasf.commands"}
    return not (module.is_face or module.name in DATA or is_command)


def test_a_module_says_in_a_sentence_what_it_is_for() -> None:
    assert [one.name for one in modules() if not _says_what_it_is_for(one)] == []


def _says_what_it_is_for(module: Module) -> bool:
    documentation = ast.get_docstring(module.tree) or ""
    return documentation.split("\n\n")[0].rstrip().endswith((".", ":", "?"))


def test_a_module_is_named_by_a_noun() -> None:
    names = {one.name: one.name.rpartition(".")[2] for one in modules()}
    gerunds = [name for name, stem in names.items() if re.search(r"(?<![_a-z])[a-z]+ing$", stem)]

    assert [name for name in gerunds if names[name] not in NOUNS_IN_ING] == []
    assert [name for name, stem in names.items() if stem in EMPTY_NAMES] == []


def test_a_class_name_means_one_thing() -> None:
    places = defaultdict(list)
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(module.name)

    assert {name: where for name, where in places.items() if len(where) > 1} == {}


# --- Code --------------------------------------------------------------------------------------


def test_an_import_inside_a_function_says_why() -> None:
    assert [place for one in modules() for place in _unexplained_imports(one)] == []


def _unexplained_imports(module: Module) -> Iterator[str]:
    lines = module.text.splitlines()
    for function in _functions(module.tree):
        explained = False
        for node in function.body:
            for part in ast.walk(node):
                if isinstance(part, ast.Import | ast.ImportFrom):
                    here, above = lines[part.lineno - 1], lines[part.lineno - 2]
                    # One comment covers the imports that stand together below it.
                    together = explained and above.strip().startswith(("from ", "import ", ")"))
                    explained = "#" in here or above.strip().startswith("#") or together
                    if not explained:
                        yield f"{module.name}:{part.lineno}"


def test_a_late_module_is_the_one_that_type_checkers_are_shown() -> None:
    wrong = {
        f"{one.name}: {name}": module
        for one in modules()
        for name, module in _late_modules(one).items()
        if _shown_modules(one).get(name) != module
    }

    assert wrong == {}


def _late_modules(module: Module) -> dict[str, str]:
    """Return the names that a module has for those that are loaded when they are used."""
    found = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assign) and "late_modules(" in ast.unparse(node.value):
            assert isinstance(node.value, ast.Call)
            first, *names = node.value.args
            package = module.package if isinstance(first, ast.Name) else ast.literal_eval(first)
            asked = [f"{package}.{ast.literal_eval(one)}".lstrip(".") for one in names]
            [targets] = node.targets
            assert isinstance(targets, ast.Tuple)
            found |= dict(zip(map(ast.unparse, targets.elts), asked, strict=True))
    return found


def _shown_modules(module: Module) -> dict[str, str]:
    """Return what `if TYPE_CHECKING` imports, by the names it has there."""
    found = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for one in node.body:
                if isinstance(one, ast.Import):
                    found |= {each.asname or each.name: each.name for each in one.names}
                if isinstance(one, ast.ImportFrom):
                    found |= {
                        each.asname or each.name: f"{one.module}.{each.name}" for each in one.names
                    }
    return found


def test_functions_are_short() -> None:
    assert [place for one in modules() for place in _longer_than(one, 45)] == []


def test_a_command_parses_calls_shows_and_exits() -> None:
    commands = [one for one in modules() if one.name.startswith("wasf.cli.")]

    assert [place for one in commands for place in _longer_than(one, 24)] == []


def _longer_than(module: Module, lines: int) -> Iterator[str]:
    for function in _functions(module.tree):
        body = function.body[1:] if ast.get_docstring(function) else function.body
        length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        if length > lines:
            yield f"{module.name}.{function.name}: {length}"


def test_values_are_frozen() -> None:
    thawed = {f"{one.name}.{name}" for one in modules() for name in _unfrozen(one.tree)}

    assert thawed - MUTABLE == set()
    assert MUTABLE - thawed == set(), "named here without need"


def _unfrozen(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for decorator in map(ast.unparse, node.decorator_list):
                if decorator.startswith("dataclass") and "frozen=True" not in decorator:
                    yield node.name


def test_no_global_is_rebound() -> None:
    assert [one.name for one in modules() if _rebinds(one.tree)] == []


def _rebinds(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Global) for node in ast.walk(tree))


def test_no_pattern_repeats_a_group_possessively() -> None:
    """Python before 3.11.5 reads `(?:…)?+` wrongly; after a single character or set it is right."""
    assert [module.name for module in modules() if any(_repeats_a_group(module.tree))] == []


def _repeats_a_group(tree: ast.AST) -> Iterator[bool]:
    possessive = re.compile(r"(?:\)|^)(?:[*?+]|\{\d*,?\d*\})\+|\(\?>")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            yield possessive.search(text) is not None


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


# --- What is loaded ----------------------------------------------------------------------------


def test_help_loads_nothing_heavy() -> None:
    assert HEAVY.isdisjoint(_loaded_by("import wasf.cli.main"))


def test_help_loads_no_command() -> None:
    code = "import wasf.cli.main; wasf.cli.main.main(['--help'])"
    loaded = _loaded_by(code)

    assert {"wasf.cli.sync", "wasf.cli.connect", "wasf.cli.doctor"}.isdisjoint(loaded)
    assert not [name for name in loaded if name.startswith(("wasf.commands.", "wasf.store."))]


def test_settings_are_shown_without_the_ledger_where_nothing_was_logged(tmp_path: Path) -> None:
    shown = "import wasf.cli.main as program; program.main(['config'])"
    code = f"import os; os.environ['WASF_HOME'] = {str(tmp_path)!r}; {shown}"

    assert not [name for name in _loaded_by(code) if name.startswith("wasf.store.ledger.")]


def test_a_sync_loads_neither_the_reader_of_exports_nor_rich_before_it_needs_them() -> None:
    loaded = _loaded_by("import wasf.cli.sync, wasf.console, wasf.sources.files")

    assert {"rich", "phonenumbers", "wasf.sources.exports.source"}.isdisjoint(loaded)


def test_a_sync_loads_what_writes_to_salesforce_only_where_there_is_something_to_do() -> None:
    loaded = _loaded_by(
        "import wasf.cli.sync, wasf.commands.sync, wasf.salesforce, wasf.store.ledger"
    )

    busy = {"wasf.salesforce.org", "wasf.commands.sync.importer", "wasf.commands.sync.delivery"}
    busy |= {
        "wasf.core.plan.planner",
        "wasf.core.tasks",
        "wasf.core.report",
        "wasf.store.ledger.transfer",
    }
    assert not (busy | {"importlib.metadata"}) & loaded


def _loaded_by(code: str) -> set[str]:
    """Return the names of all modules that a new process has loaded after running the code."""
    script = f"import sys, json; {code}; print('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))
