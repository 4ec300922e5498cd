"""One org, one home folder and one chat: wasf is run over them, and what it left is judged.

The org and the home folder can be put back to any earlier state, so that thousands of ends can be
tried from one beginning.
"""

import atexit
import json
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Self

from tests.exports_builder import Said, write_ios
from tests.folders import MEMORY
from tests.gates.fork import STOPPED, RunOrder, RunOutcome
from tests.servers.salesforce import LocalOrg, OrgServer, ServerOptions
from tests.servers.salesforce.configured_org import OrgSnapshot

REPOSITORY = Path(__file__).parents[2]
DAY = 86_400.0
TOKEN = re.compile(r"said-\d+")
"""What every message of a trial holds once or more, so that it is known wherever it appears."""


class Wrong(Exception):
    """Something was lost, doubled, left over or badly told."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the org must have when all is done: how often each token, and how many of what.

    `refused_files` is how many files it may say no to, which is then told and not tried again.
    `records` are the records on which tokens have to stand, wherever that matters. `asking` is the
    Status of the one Task that asks for an answer, "" if there is to be none.
    """

    said: Mapping[str, int]
    leads: int = 0
    files: int = 0
    refused_files: int = 0
    records: Mapping[str, str] = field(default_factory=dict)
    asking: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Where the org and the home folder stood at some moment."""

    org: OrgSnapshot
    home: Path


class _Worker:
    """A process in which runs start warm. It ends with this one, which holds its standard input."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.gates.fork"],
            cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        atexit.register(self._process.communicate)
        assert self._heard() == "ready"

    def _heard(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def carry_out(self, orders: list[RunOrder]) -> list[RunOutcome]:
        """Run them all at the same time."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([asdict(order) for order in orders]) + "\n")
        self._process.stdin.flush()
        return [RunOutcome(**told) for told in json.loads(self._heard())]


@cache
def _worker() -> _Worker:
    """Return the worker that all trials of this process share, after a rehearsal.

    Its runs are a third cheaper then. What they rehearse with is an org and a home of their own;
    the program keeps nothing of either between two runs.
    """
    worker = _Worker()
    with LocalOrg.start() as org, TemporaryDirectory(prefix="wasf-gate-", dir=MEMORY) as folder:
        said = [Said(datetime(2024, 3, 2, 10), _REHEARSED, "said-0"),
                Said(datetime(2024, 3, 2, 11), _REHEARSED, file="a.jpg")]  # fmt: skip
        chat = str(write_ios(Path(folder), _REHEARSED, said, media={"a.jpg": b"\xff\xd8"}))
        environment = _environment(org, Path(folder) / "home") | {"WASF_ATTACHMENTS": "files"}
        for words in (("sync", chat), ("sync", chat), ("verify",), ("undo", "--yes")):
            arguments = [*words, "--json"]
            worker.carry_out([RunOrder(arguments, environment, is_rehearsal=True)])
    return worker


_REHEARSED = "+44 7700 900123"


def _environment(org: LocalOrg, home: Path) -> dict[str, str]:
    return {
        "WASF_HOME": str(home),
        "WASF_INSTANCE_URL": org.base_url,
        "WASF_ACCESS_TOKEN": org.access_token,
        "WASF_DEFAULT_REGION": "GB",
        "WASF_TIMEZONE": "Europe/Berlin",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "PATH": "/usr/bin:/bin",
    }


@dataclass
class Trial:
    """Where wasf is run. Use as a context manager."""

    unique: bool
    truth: Truth = field(default_factory=lambda: Truth({}))
    settings: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="wasf-gate-", dir=MEMORY))
        self.home = self.folder / "home"
        self.home.mkdir()
        self._states = 0
        self._has_stopped = False
        self.server = OrgServer(ServerOptions())
        self.org = LocalOrg.of(self.server)
        if self.unique:
            self.org.add_key_field()
        self._worker = _worker()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.org.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What is run

    @property
    def environment(self) -> dict[str, str]:
        return _environment(self.org, self.home) | self.settings

    def sync(self, **disturbance: Any) -> RunOutcome:
        """One `wasf sync --json`, disturbed as an `RunOrder` says."""
        return self.syncs([self.environment], **disturbance)[0]

    def syncs(self, environments: list[dict[str, str]], **disturbance: Any) -> list[RunOutcome]:
        """Several at the same moment."""
        arguments = ["sync", *self.arguments, "--json"]
        return self._carry_out(
            [RunOrder(arguments=arguments, environment=one, **disturbance) for one in environments]
        )

    def go_on(self) -> RunOutcome:
        """Let a run that was stopped go on to its end."""
        return self._carry_out([RunOrder([], goes_on=True)])[0]

    def run(self, *arguments: str, **disturbance: Any) -> RunOutcome:
        """Any command, disturbed as an `RunOrder` says."""
        order = RunOrder(arguments=list(arguments), environment=self.environment, **disturbance)
        return self._carry_out([order])[0]

    def _carry_out(self, orders: list[RunOrder]) -> list[RunOutcome]:
        courses = self._worker.carry_out(orders)
        self._has_stopped = courses[0].code == STOPPED or (
            self._has_stopped and not orders[0].goes_on
        )
        if not self._has_stopped:  # it keeps its connection
            self.come_to_rest()
        for course in courses:
            if "this is a bug" in course.err or course.code == -1:
                raise Wrong(f"a bug: {course.err}")
        return courses

    def come_to_rest(self) -> None:
        """Wait until the org has done all that it was ever sent; what is first come is first."""
        server = self.server.server
        for _ in range(100):
            try:
                with socket.create_connection(("127.0.0.1", server.port), 5) as last:
                    last.sendall(
                        b"GET /services/data/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                    )
                    while last.recv(65_536):
                        pass
                break
            except OSError:  # the port is shut for a while: a fault that was ordered
                time.sleep(0.01)
        for _ in range(5_000):
            if not (server.state.connections or server.state.tasks):
                return
            time.sleep(0.0005)
        raise Wrong("the org does not come to rest")

    # States

    def save(self) -> State:
        """Note where all stands."""
        self._states += 1
        place = self.folder / f"state-{self._states}"
        shutil.copytree(self.home, place)
        return State(self.server.org.snapshot(), place)

    def forget(self, state: State) -> None:
        """Give the room back that a state takes."""
        shutil.rmtree(state.home)

    def restore(self, state: State) -> None:
        """Put all back."""
        shutil.rmtree(self.home)
        shutil.copytree(state.home, self.home)
        self.org.heal()
        self.org.land()
        self.server.org.restore(state.org)

    # What is judged

    def finish(self, *, later: float = DAY) -> None:
        """Sync as cron would, undisturbed, until nothing waits; then judge."""
        self.org.heal()
        self.org.land()
        for turn in range(1, 4):
            course = self.sync(later=later * turn)
            self.judge(done=False)
            if course.code == 0 and not json.loads(course.out)["messages"]["waiting"]:
                break
        else:
            raise Wrong(f"it does not end: {course.code} {course.out} {course.err}")
        self.judge(done=True)

    def judge(self, *, done: bool) -> None:
        """Raise `Wrong` for what is doubled, and once all is done for what is missing.

        The archiver has come by meanwhile.
        """
        self.org.archive()
        there = self.there()
        extra, missing = there - Counter(self.truth.said), Counter(self.truth.said) - there
        if extra:
            raise Wrong(f"doubled: {dict(extra)}")
        self._judge_records()
        leads = len([row for row in self.org.rows("Lead") if not row["IsDeleted"]])
        files = len(self.org.rows("ContentVersion")) if self.truth.files else 0
        if leads > self.truth.leads or files > self.truth.files:
            raise Wrong(f"doubled: {leads} Leads, {files} files")
        asking = [t["Status"] for t in self._tasks() if str(t["Subject"]).startswith("Answer")]
        if len(asking) > bool(self.truth.asking):
            raise Wrong(f"doubled: Tasks that ask for an answer, {asking}")
        if not done:
            return
        if asking != ([self.truth.asking] if self.truth.asking else []):
            raise Wrong(f"Tasks that ask for an answer: {asking}")
        if missing:
            raise Wrong(f"lost: {dict(missing)}")
        if leads < self.truth.leads or files < self.truth.files - self.truth.refused_files:
            raise Wrong(f"lost: {leads} Leads, {files} files")
        self.check_ledger()

    def _judge_records(self) -> None:
        """Raise `Wrong` for what stands on the record of somebody else."""
        for task in self._tasks() if self.truth.records else ():
            for token in TOKEN.findall(str(task["Description"])):
                if self.truth.records.get(token, task["WhoId"]) != task["WhoId"]:
                    raise Wrong(f"on another person's record: {token}")

    def there(self) -> Counter[str]:
        """The tokens in all Tasks."""
        return Counter(TOKEN.findall("\n".join(str(row["Description"]) for row in self._tasks())))

    def _tasks(self) -> list[dict[str, Any]]:
        return [row for row in self.org.rows("Task") if not row["IsDeleted"]]

    def check_ledger(self) -> None:
        """The file is whole, and nothing in it waits; doubts about a Lead end by themselves."""
        for path in self.home.rglob("ledger.sqlite3"):
            db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
            try:
                [(state,)] = db.execute("PRAGMA integrity_check").fetchall()
                open_rows = [
                    db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                    for table in ("intent", "queue", "pending_file")
                ]
            finally:
                db.close()
            if state != "ok" or any(open_rows):
                raise Wrong(f"the ledger: {state}, left open {open_rows}")
