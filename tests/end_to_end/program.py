"""Drives wasf as a person does, and checks on every run what has to hold on every run."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.end_to_end.warm_start import WarmProcess
from tests.exports_builder import Said, write_android
from tests.servers.salesforce import LocalOrg
from wasf.cli.main import main
from wasf.errors import ExitCode

ADA, SAM = "Ada Example", "Sam Seller"
ADA_PHONE = "+447700900123"
START = datetime(2026, 3, 2, 10, 0)

PRIVATE = "a word for Sam only"
"""Put into messages: it must never be seen on standard error."""

_STEP = 0.02
_CUSTOMARY = "\n\t\r"
_TURNS_DIRECTION = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
_REPORT = {
    "run", "dry_run", "messages", "tasks_created", "leads", "files_uploaded", "api_calls", "chats",
}  # fmt: skip
_STYLES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")
_BARS = re.compile(r"\x1b\[\?25l.*?\x1b\[\?25h\r?(?:\x1b\[1A\x1b\[2K)*", flags=re.DOTALL)
"""Progress, which is drawn and wiped off again."""
_HOLDER = re.compile(r"another sync \(.*\bpid (\d+)")
_MOST_TRIES = 50
_STATES = ("logged", "already_logged", "waiting", "skipped")

Record = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """How a run ended and what it printed."""

    code: int
    out: str
    err: str

    @cached_property
    def json(self) -> Record:
        """The one object on standard output."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def messages(self) -> Record:
        """The figures of a sync."""
        return self.json["messages"]

    def chat(self, title: str = ADA) -> Record:
        """What a sync said of one chat."""
        [found] = [chat for chat in self.json["chats"] if chat["chat"] == title]
        return found

    def check(self, name: str) -> Record:
        """What doctor found out by one check."""
        [found] = [check for check in self.json["checks"] if check["check"] == name]
        return found


def _is_held_by_the_dead(result: Result) -> bool:
    """Whether a command was refused because of a process that has ended."""
    holder = _HOLDER.search(result.err) if result.code == ExitCode.TRY_LATER else None
    if holder is None:
        return False
    try:
        os.kill(int(holder[1]), 0)
    except ProcessLookupError:
        return True
    return False


class Wasf:
    """The program in an environment of its own, connected to one org.

    `ledger_of` gives the address of a home's ledger where it is in a database.
    """

    ledger_of: Callable[[Path], str] | None = None

    def __init__(self, org: LocalOrg, home: Path) -> None:
        self.org = org
        self.home = home
        self.encoding = "utf-8"
        self.is_at_terminal = False  # standard output
        self.has_terminal_for_errors = False
        self.may_colour = False
        self.environment = {
            "WASF_HOME": str(home),
            "WASF_INSTANCE_URL": org.base_url,
            "WASF_ACCESS_TOKEN": org.access_token,
            "WASF_DEFAULT_REGION": "DE",
            "WASF_TIMEZONE": "Europe/Berlin",
        }
        if Wasf.ledger_of:
            self.environment["WASF_LEDGER"] = Wasf.ledger_of(home)

    def set(self, **settings: str) -> None:
        """Choose settings by the environment: `lead_auto_create="off"`."""
        self.environment |= {f"WASF_{name.upper()}": value for name, value in settings.items()}

    def run(self, *arguments: object) -> Result:
        """One command in this process.

        The server of a shared ledger learns of a killed process a moment later: until then the
        process has the lock, and the command is given again.
        """
        for _ in range(_MOST_TRIES):
            result = self._run(arguments)
            if not (Wasf.ledger_of and _is_held_by_the_dead(result)):
                break
        return result

    def _run(self, arguments: Sequence[object]) -> Result:
        kind = _Terminal if self.is_at_terminal else io.TextIOWrapper
        of_errors = _Terminal if self.has_terminal_for_errors else io.TextIOWrapper
        out, err = _stream(self.encoding, kind), _stream(self.encoding, of_errors)
        with _environment(self.environment), _signals(), redirect_stdout(out), redirect_stderr(err):
            code = main([str(argument) for argument in arguments])
        return self._checked(code, _written(out), _BARS.sub("", _written(err)))

    def sync(self, *arguments: object, code: int = 0) -> Result:
        """`wasf sync --json`, which has to end with this code; its figures have to add up."""
        result = self.run("sync", *arguments, "--json")
        assert result.code == code, result.err
        if "run" in result.json:
            check_report(result.json)
        return result

    def start(self, *arguments: object, **options: Any) -> subprocess.Popen[bytes]:
        """One command in a process of its own, its output in pipes."""
        return WarmProcess(
            [sys.executable, "-m", "wasf", *map(str, arguments)],
            env=_without_settings(os.environ) | self.environment,
            cwd=Path(__file__).parents[2],
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )

    def finish(self, process: subprocess.Popen[bytes]) -> Result:
        """Wait for the end of such a process."""
        out, err = process.communicate(timeout=60)
        return self._checked(process.returncode, out.decode(), err.decode())

    def _checked(self, code: int, out: str, err: str) -> Result:
        token = self.environment.get("WASF_ACCESS_TOKEN") or "no token"
        assert token not in out + err
        assert PRIVATE not in err
        assert ADA_PHONE not in err
        for printed in (out, err):
            assert_harmless(_STYLES.sub("", printed) if self.may_colour else printed)
        return Result(code, out, err)

    # What is in the org

    def rows(self, kind: str, **where: Any) -> list[Record]:
        """Records that are not deleted."""
        return [row for row in self.org.rows(kind, **where) if not row["IsDeleted"]]

    def row(self, record: str) -> Record:
        """One record by its id."""
        kinds = {"00Q": "Lead", "003": "Contact", "00T": "Task"}
        [found] = self.org.rows(kinds[record[:3]], Id=record)
        return found

    def texts(self, record: str | None = None) -> list[str]:
        """The texts of all Tasks, or those on one record, without their lines of who and when."""
        where = {"WhoId": record} if record else {}
        return [row["Description"].partition("\n")[2] for row in self.rows("Task", **where)]

    def the_lead(self) -> Record:
        """The only Lead."""
        [lead] = self.rows("Lead")
        return lead

    def writes(self) -> list[str]:
        """The paths of requests that created, changed or deleted something."""
        return [
            seen.path
            for seen in self.org.requests
            if seen.method != "GET" and re.search(r"/sobjects(/|$)", seen.path)
        ]

    def kept(self) -> dict[str, bytes]:
        """The home folder and everything below it: paths, and the contents of files."""
        found = sorted([self.home, *self.home.rglob("*")]) if self.home.exists() else []
        return {str(path): path.read_bytes() if path.is_file() else b"" for path in found}


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until it holds."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come to hold"
        time.sleep(_STEP)


def check_report(report: Record) -> None:
    """The shape that programs rely on, and every message in exactly one state (W1)."""
    assert report.keys() >= _REPORT
    assert report["leads"].keys() >= {"created", "reopened"}
    messages = report["messages"]
    assert messages["read"] == sum(messages[state] for state in _STATES)
    for chat in report["chats"]:
        assert chat.keys() >= {"chat", "record", "state", "reason", "messages"}
        assert chat["messages"] == sum(chat[state] for state in _STATES)
        assert chat["record"] is None or chat["record"].keys() >= {"type", "id", "url"}
        if chat["waiting"] or chat["skipped"]:
            assert chat["reason"], chat
    for state in _STATES:
        assert messages[state] == sum(chat[state] for chat in report["chats"])


def assert_harmless(printed: str) -> None:
    """No character that moves a cursor, colours, rings, or turns text around."""
    controls = {sign for sign in printed if not sign.isprintable() and sign not in _CUSTOMARY}
    assert not re.findall(r"[\x00-\x1f\x7f-\x9f]", "".join(controls))
    assert not re.findall(_TURNS_DIRECTION, printed)


def assert_told(result: Result, *words: str) -> None:
    """One sentence that says what is wrong and one that says what to do, for people."""
    first, *hints = result.err.strip().split("\n")
    assert first.startswith("wasf: ")
    assert first.endswith((".", "!", "?"))
    assert len(hints) == 1
    for word in ("bug", "Traceback"):
        assert word not in result.err
    for word in words:
        assert word in result.err


def assert_all_logged_once(wasf: Wasf, count: int) -> None:
    """So many Tasks, no two with one text."""
    texts = wasf.texts()
    assert len(texts) == len(set(texts)) == count


class Chats:
    """Writes exported chats into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, title: str, said: list[Said]) -> Path:
        """The export of a chat with exactly these lines."""
        return write_android(self.folder, title, said)

    def ada(self, *texts: str, title: str = ADA, start: datetime = START) -> Path:
        """A chat in which the other party says these texts, one a minute."""
        return self.of(title, spoken(title, *texts, start=start))


def spoken(author: str, *texts: str, start: datetime = START) -> list[Said]:
    """Messages of one author, one a minute."""
    return [Said(start + timedelta(minutes=i), author, text) for i, text in enumerate(texts)]


class _Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal; `TERM=dumb` keeps colours out of it."""

    def isatty(self) -> bool:
        return True


def _stream(encoding: str, kind: type[io.TextIOWrapper] = io.TextIOWrapper) -> io.TextIOWrapper:
    return kind(io.BytesIO(), encoding=encoding, newline="")


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(stream.encoding)


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in environment.items() if not k.startswith("WASF_")}


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(_without_settings(before) | settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _signals() -> Iterator[None]:
    """What belongs to the process and the program changes: signal handlers and the umask."""
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    handlers = {number: signal.getsignal(number) for number in numbers}
    mask = os.umask(0)
    try:
        yield
    finally:
        os.umask(mask)
        for number, handler in handlers.items():
            signal.signal(number, handler)
