"""A PostgreSQL cluster of its own on a loopback port, as Debian's `postgresql` installs it.

It keeps nothing: fsync is off, and its folder is removed at the end. PostgreSQL refuses to run as
root, so root runs it as `nobody`.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.ports import free_port

_QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "40",
    "autovacuum": "off",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server that runs: its programs, its folder, its port."""

    programs: Path
    folder: Path
    port: int

    @property
    def address(self) -> str:
        """The address of its database, as the setting `ledger` has it."""
        return f"postgresql://wasf@127.0.0.1:{self.port}/postgres"

    def start(self, **settings: str) -> None:
        """Start it and wait until it takes connections."""
        options = " ".join(f"-c {name}={value!r}" for name, value in {**_QUICK, **settings}.items())
        self._control("start", "-l", str(self.folder / "log"), "-o", f"-p {self.port} {options}")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it: `fast` ends sessions, `immediate` is like a crash."""
        self._control("stop", "-m", mode)

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement as the owner of the server; return the rows of its answer."""
        with psycopg.connect(self.address, autocommit=True) as server:
            answer = server.execute(statement)
            return answer.fetchall() if answer.description else []

    @contextmanager
    def standby(self, waited_for: str = "") -> Iterator["Cluster"]:
        """Make a copy that follows this server and may take over.

        `waited_for` is what the setting synchronous_standby_names is meanwhile.
        """
        copy = Cluster(self.programs, self.folder.with_name(f"standby-{free_port()}"), free_port())
        source = ("-h", "127.0.0.1", "-p", self.port, "-U", "wasf")
        options = ("-D", copy.folder, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        run_as_user([self.programs / "pg_basebackup", *source, *options])
        copy.start()
        try:
            if waited_for:
                self._wait_for_standbys(waited_for)
            yield copy
        finally:
            if waited_for:
                self._wait_for_standbys("")
            copy.stop()
            shutil.rmtree(copy.folder, ignore_errors=True)

    def _wait_for_standbys(self, names: str) -> None:
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self._control("reload")

    def promote(self) -> None:
        """Let a standby take over."""
        self._control("promote")

    def _control(self, command: str, *options: str) -> None:
        run_as_user([self.programs / "pg_ctl", "-D", self.folder, "-w", command, *options])


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Make a cluster, start it, remove it at the end; skip where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="wasf-postgres-", dir="/tmp"))
    cluster = Cluster(programs, folder / "data", free_port())
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        make = ("-A", "trust", "-U", "wasf", "-E", "UTF8", "--locale=C", "--no-sync", "-D")
        run_as_user([programs / "initdb", *make, cluster.folder])
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_as_user(command: list[object]) -> None:
    """Run one of PostgreSQL's programs; as `nobody` where we are root."""
    done = subprocess.run(
        [str(word) for word in command],
        user="nobody" if os.geteuid() == 0 else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    done.check_returncode()


def _programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs, None if there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((one.parent for one in folders), default=None, key=lambda at: int(at.parent.name))
