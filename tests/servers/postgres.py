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
from dataclasses import dataclass, field
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
_ENDS_WITHIN_MS = 10_000


END_SESSION = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name LIKE '%%pid ' || %s"
)
"""Ends the sessions of a process, by its id: at once, in whatever statement they are."""


def end_session(address: str, pid: int) -> None:
    """End the sessions of a process with a database."""
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(END_SESSION, (str(pid),))


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server that runs: its programs, its folder, its port, and settings for each start."""

    programs: Path
    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The address of its database, as the setting `ledger` has it."""
        return f"postgresql://wasf@127.0.0.1:{self.port}/postgres"

    def start(self, **settings: str) -> None:
        """Start it and wait until it takes connections."""
        chosen = {**_QUICK, **self.settings, **settings}
        options = " ".join(f"-c {name}={value!r}" for name, value in chosen.items())
        self._control("start", "-l", str(self.folder / "log"), "-o", f"-p {self.port} {options}")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it: `fast` ends sessions, `immediate` is like a crash."""
        self._control("stop", "-m", mode)

    def end(self) -> None:
        """Stop it if it runs."""
        if self.is_running:
            self.stop()

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement as the owner of the server; return the rows of its answer."""
        with psycopg.connect(self.address, autocommit=True) as server:
            answer = server.execute(statement)
            return answer.fetchall() if answer.description else []

    def end_sessions(self) -> None:
        """End the sessions of wasf, and wait until they have given up their locks."""
        self.ask(
            f"SELECT pg_terminate_backend(pid, {_ENDS_WITHIN_MS}) FROM pg_stat_activity "
            "WHERE application_name LIKE 'wasf on %'"
        )

    @contextmanager
    def standby(self, waited_for: str = "") -> Iterator["Cluster"]:
        """Make a copy that follows this server and may take over.

        `waited_for` is what the setting synchronous_standby_names is meanwhile.
        """
        with self.follower() as copy:
            try:
                if waited_for:
                    self.wait_for_standbys(waited_for)
                yield copy
            finally:
                if waited_for:
                    self.wait_for_standbys("")

    @contextmanager
    def follower(self, disk_mb: int = 0) -> Iterator["Cluster"]:
        """Make a copy that follows this server, with its settings."""
        with _folder(disk_mb) as folder:
            copy = Cluster(self.programs, folder / "data", free_port(), dict(self.settings))
            self.copy_to(copy)
            copy.start()
            try:
                yield copy
            finally:
                copy.end()

    def copy_to(self, copy: "Cluster") -> None:
        """Fill the folder of a cluster that is to follow this one, and is not started yet."""
        source = ("-h", "127.0.0.1", "-p", self.port, "-U", "wasf")
        options = ("-D", copy.folder, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        run_as_user([self.programs / "pg_basebackup", *source, *options])

    @property
    def is_running(self) -> bool:
        """Whether there is a server process, whatever it does."""
        try:
            self._control("status")
        except subprocess.CalledProcessError:
            return False
        return True

    def wait_for_standbys(self, names: str) -> None:
        """Set synchronous_standby_names."""
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self._control("reload")

    def promote(self) -> None:
        """Let a standby take over."""
        self._control("promote")

    def _control(self, command: str, *options: str) -> None:
        run_as_user([self.programs / "pg_ctl", "-D", self.folder, "-w", command, *options])


@contextmanager
def running_cluster(
    *options: str, settings: dict[str, str] | None = None, disk_mb: int = 0
) -> Iterator[Cluster]:
    """Make a cluster, start it, remove it at the end; skip where PostgreSQL is not installed.

    `options` are for `initdb`. With `disk_mb` it has a disk of that size, in memory; for root only.
    """
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with _folder(disk_mb) as folder:
        cluster = Cluster(programs, folder / "data", free_port(), dict(settings or {}))
        make = ("-A", "trust", "-U", "wasf", "-E", "UTF8", "--locale=C", "--no-sync", "-D")
        run_as_user([programs / "initdb", *options, *make, cluster.folder])
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.end()


@contextmanager
def _folder(disk_mb: int) -> Iterator[Path]:
    """Make a folder for a server, which is gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="wasf-postgres-", dir="/tmp"))
    size = f"size={disk_mb}m"
    try:
        if disk_mb:
            subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        yield folder
    finally:
        if disk_mb:
            subprocess.run(["umount", "--lazy", folder], check=False)
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
