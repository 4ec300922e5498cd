"""Runs commands one after the other, and compares what each of them shows with its golden file.

What differs from one run or machine to the next is replaced by `stable`, and only that. The clock
stands still and the local org counts its ids, so times and ids are part of what is compared. A port
has a placeholder of its own width, as tables are laid out by it.
"""

import difflib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
import time_machine
from rich.cells import cell_len

from tests.end_to_end.program import Chats, Result, Wasf
from tests.ports import free_port
from tests.servers.salesforce import LocalOrg
from wasf import __version__

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
FOLDER = Path(__file__).parent
COLUMNS = {"narrow": 40, "wide": 120}
FORMS = {
    "json": ".json",
    "terminal": ".terminal.txt",
    "pipe": ".pipe.txt",
    **{name: f".{columns}.txt" for name, columns in COLUMNS.items()},
}
"""Each way to see a result, and how its golden files end.

On a narrow and on a wide terminal, both with colours, a story has one file for all that it shows.
"""

_SIGHT = {"COLUMNS": "80", "LINES": "25", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
_MISLEADING = ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "TERMINAL_WIDTH")

_VOLATILE = (
    (r"127\.0\.0\.1:\d{5}\b", "127.0.0.1:#####"),
    (r"\b\d{1,3}(,\d{3})* MB are free", "# MB are free"),
    (r"(code_challenge|state)=[\w-]+", r"\1=#"),
    (r"wasf-demo-\w+", "wasf-demo-#"),
)


def stable(text: str, names: dict[str, str], ports: Iterable[int] = ()) -> str:
    """The text with placeholders for ports, free space, nonces, the version and what has a name."""
    for own, name in names.items():
        text = text.replace(own, name)
    for port in ports:
        text = _without_port(text, str(port))
    text = text.replace(f"wasf {__version__}", "wasf #")
    for pattern, placeholder in _VOLATILE:
        text = re.sub(pattern, placeholder, text)
    return text


def _without_port(text: str, port: str) -> str:
    """It may be folded in a narrow column: begin on one line and end on the next.

    A longer number is none: the id of a run, 20260309T110000Z-1, begins like port 20260.
    """
    text = re.sub(rf"(?<!\d){port}(?!\d)", "#" * len(port), text)
    for cut in range(1, len(port)):
        folded = rf":{port[:cut]}(?=\s)(.*\n(?:.*\s)?){port[cut:]}(?=\s)"
        text = re.sub(folded, f":{'#' * cut}\\1{'#' * (len(port) - cut)}", text)
    return text


@dataclass
class Goldens:
    """The golden files of one kind in one folder, and what did not agree with them."""

    folder: Path
    ending: str
    names: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def compare(self, name: str, seen: str) -> None:
        """Keep the difference; under `WASF_GOLDEN=write` there is none afterwards."""
        name = name.replace(" ", "-")
        assert name not in self.names, f"{name} is there already"
        self.names.add(name)
        if is_rewritten():
            self._write(name, seen)
        path = self._path(name)
        if not path.exists():
            self.problems.append(f"{path.name} is missing; it would be:\n{seen}")
        elif (kept := path.read_text(encoding="utf-8")) != seen:
            lines = kept.splitlines(), seen.splitlines()
            told = difflib.unified_diff(*lines, path.name, "now", lineterm="")
            self.problems.append("\n".join(told))

    def check(self) -> None:
        """Fail with all that differs, and for files that nothing is compared with any more."""
        if not self.problems:
            self._find_leftovers()
        if self.problems:
            told = "\n\n".join(self.problems)
            pytest.fail(f"{told}\n\nIf it is meant: WASF_GOLDEN=write", pytrace=False)

    def _path(self, name: str) -> Path:
        """A pipe gets what a terminal shows, where no file says otherwise."""
        own, other = self._own(name), self._at_terminal(name)
        return other if self.ending == FORMS["pipe"] and not own.exists() else own

    def _own(self, name: str) -> Path:
        return self.folder / f"{name}{self.ending}"

    def _at_terminal(self, name: str) -> Path:
        return self.folder / f"{name}{FORMS['terminal']}"

    def _is_needless(self, name: str) -> bool:
        """Whether a pipe has a file of its own that says what the terminal's does."""
        own, other = self._own(name), self._at_terminal(name)
        is_pipe = self.ending == FORMS["pipe"] and own.exists() and other.exists()
        return is_pipe and own.read_bytes() == other.read_bytes()

    def _write(self, name: str, seen: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        other = self._at_terminal(name)
        if self.ending == FORMS["pipe"] and other.exists() and other.read_text("utf-8") == seen:
            self._own(name).unlink(missing_ok=True)
        else:
            self._own(name).write_text(seen, encoding="utf-8")

    def _find_leftovers(self) -> None:
        known = {self._own(name) for name in self.names if not self._is_needless(name)}
        for path in sorted(self.folder.glob(f"*{self.ending}")):
            if path not in known and is_rewritten():
                path.unlink()
            elif path not in known:
                self.problems.append(f"{path.name}: nothing is compared with it.")


@dataclass
class Pages(Goldens):
    """The one golden file of a story on a terminal of another width, and what holds at any width.

    No line is wider than the terminal but for one address or path; every word and address is there
    whole, as on 80 columns; and colours are those that a person chose for a dark or a light screen.
    """

    columns: int = 80
    pages: list[str] = field(default_factory=list)

    def compare(self, name: str, seen: str) -> None:
        """Keep what is wrong with a page, and the page for `check`."""
        styles = set(re.findall(r"\x1b\[([0-9;]*)m", seen))
        codes = {code for style in styles for code in style.split(";")}
        page = _STYLES.sub("", seen)
        usual = self._at_terminal(name.replace(" ", "-"))
        words = _words(usual.read_text(encoding="utf-8")) if usual.exists() else set()
        self.problems += [f"{name}: too wide: {one}" for one in _too_wide(page, self.columns)]
        self.problems += [f"{name}: lost or split: {word}" for word in words - _words(page)]
        self.problems += [f"{name}: colour {code}" for code in codes - _COLOURS]
        self.pages.append(page)

    def check(self) -> None:
        """Compare the pages, and fail with all that is wrong."""
        if _has_memory():  # else paths are longer or shorter, and lines end elsewhere
            super().compare("all", "\n".join(self.pages))
        super().check()


_STYLES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\")
_COLOURS = {"", "0", "1", "2", "3", "4", "31", "32", "33", "34", "35", "36"}
"""Styles, and colours of the terminal's own palette; no black or white, and no background."""
_HEADS = {"chat", "id", "setting", "name", "number", "title", "owner", "week", "account", "record"}
"""Heads of first columns: where a table has no room, its rows are blocks of lines without them."""


def _words(shown: str) -> set[str]:
    """The words and addresses of a text, without what draws lines and lists, and without heads."""
    words = {word.strip("`*#•|.,:;()") for word in shown.split()} - {""}
    return {word for word in words if word.lower() not in _HEADS and not re.match(r"[─-╿]", word)}


def _too_wide(page: str, columns: int) -> Iterator[str]:
    """Yield lines wider than the terminal that have another word to break before the last."""
    for line in re.sub(r"<(\w+) (\w+)>", r"<\1-\2>", page).splitlines():
        before, _, last = line.rstrip().rpartition(" ")
        is_whole = len(before.strip()) <= _LABEL and len(last) > columns - _LABEL
        is_to_copy = re.match(r"\$ |[\w.]+ = ", line) is not None
        if cell_len(line.rstrip()) > columns and not (is_whole or is_to_copy):
            yield line


_LABEL = 14  # columns


class Stage:
    """An org, the program and a folder of chats; every command that is seen has a golden file."""

    def __init__(self, wasf: Wasf, chats: Chats, form: str, folder: Path) -> None:
        self.wasf, self.org, self.chats = wasf, wasf.org, chats
        self._form = form
        self.goldens = Goldens(folder, FORMS[form])
        wasf.is_at_terminal = form not in ("json", "pipe")
        wasf.environment |= _SIGHT
        if columns := COLUMNS.get(form):
            self.goldens = Pages(folder, FORMS[form], columns=columns)
            wasf.has_terminal_for_errors = wasf.may_colour = True
            wasf.environment |= {"COLUMNS": str(columns), "TERM": "xterm-256color"}
        self.names = {str(wasf.home): "<home>", str(chats.folder): "<exports>"}
        self._ports: list[int] = []
        self.port(urlsplit(wasf.org.base_url).port or 0)

    def see(self, name: str, *arguments: object, words_only: bool = False) -> None:
        """Run a command and compare all that it shows, in the form that is looked at.

        `words_only`: it knows no `--json`, so that it is only run where JSON is looked at.
        """
        is_json = self._form == "json"
        given = [*arguments, "--json"] if is_json and not words_only else list(arguments)
        result = self.wasf.run(*given)
        if not (is_json and words_only):
            command = " ".join(_quoted(str(word)) for word in ("wasf", *given))
            seen = _as_json(command, result) if is_json else _as_text(command, result)
            self.goldens.compare(name, stable(seen, self.names, self._ports))

    def port(self, number: int) -> int:
        """This port, which is no part of what is compared from now on."""
        self._ports.append(number)
        return number

    def sign_out(self) -> None:
        """Leave the program without a sign-in."""
        for name in ("WASF_ACCESS_TOKEN", "WASF_INSTANCE_URL"):
            del self.wasf.environment[name]

    def do(self, *arguments: object) -> None:
        """Run a command that nobody looks at."""
        self.wasf.run(*arguments)


@contextmanager
def stage(form: str, folder: Path, place: Path) -> Iterator[Stage]:
    """A stage with a new org, on which it is always noon; home and chats are in one new folder."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name in _MISLEADING:
            patch.delenv(name, raising=False)
        stack.enter_context(time_machine.travel(NOW, tick=False))
        org = stack.enter_context(LocalOrg.start(port=free_port()))
        # In memory where that is possible: a ledger waits for the disk at every step.
        here = stack.enter_context(TemporaryDirectory(dir=_MEMORY if _has_memory() else place))
        (exports := Path(here) / "exports").mkdir()
        yield Stage(Wasf(org, Path(here) / "home"), Chats(exports), form, folder)


_MEMORY = Path("/dev/shm")


def _has_memory() -> bool:
    return os.access(_MEMORY, os.W_OK)


def is_rewritten() -> bool:
    """Whether the golden files are written anew, not compared."""
    return os.environ.get("WASF_GOLDEN") == "write"


def _quoted(word: str) -> str:
    return f"'{word}'" if " " in word or not word else word


def _as_json(command: str, result: Result) -> str:
    """The objects on standard output as they are, with the command, the code and the words."""
    seen = {
        "command": command,
        "exit_code": result.code,
        "stdout": list(_objects(result.out)),
        "stderr": result.err.splitlines(),
    }
    return json.dumps(seen, ensure_ascii=False, indent=2) + "\n"


def _objects(text: str) -> Iterator[object]:
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        yield value
        rest = rest[end:].lstrip()


def _as_text(command: str, result: Result) -> str:
    """Both streams as they are, but for blanks at the ends of lines, which nobody sees."""
    parts = [f"$ {command}", result.out.rstrip("\n")]
    parts += [f"--- standard error\n{result.err.rstrip()}"] if result.err else []
    text = "\n".join([*parts, f"--- exit code {result.code}", ""])
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
