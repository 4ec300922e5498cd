"""Machines that share one ledger, each in a network of its own, and what may befall them.

A machine runs `wasf listen` as a service does, started again whenever it ends, and perhaps a cron.
It has a cable to the database, which it reaches by TLS, one to Salesforce, and one for webhooks.
The database is a primary server with a standby that it waits for.
"""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.end_to_end.listener_process import SECRET, give_secrets
from tests.end_to_end.program import Chats, Wasf
from tests.end_to_end.warm_start import NETWORK
from tests.servers.certificates import write_certificate
from tests.servers.networks import Cable, Network
from tests.servers.postgres import Cluster, end_session, running_cluster
from tests.servers.relay import relay
from tests.servers.salesforce import LocalOrg

PORT = 8787
ALL_STANDBYS = "ANY 1 (*)"
_DISK_MB = 256
_RESTART, _EVERY = 0.5, 2.0  # seconds from one start to the next, of a service and of cron


class Machine:
    """A machine with a listener, and with a cron if it has a phone number that cron's chat has."""

    def __init__(self, wasf: Wasf, network: Network, cron: str, log: Path) -> None:
        self.wasf, self.cron = wasf, cron
        self.database, self.salesforce, self.hooks = (network.cable() for _ in range(3))
        wasf.environment[NETWORK] = network.path
        wasf.set(token_store="file")
        give_secrets(wasf)
        self.codes: Counter[int] = Counter()
        self.lines: list[str] = []
        self.is_stopped = self.is_ending = False
        self._log = log
        self._started: dict[int, float] = {}
        self._running: set[int] = set()
        self._listener: subprocess.Popen[bytes] | None = None
        self._job: subprocess.Popen[bytes] | None = None

    @property
    def processes(self) -> list["subprocess.Popen[bytes]"]:
        """What runs now."""
        both = (self._listener, self._job)
        return [one for one in both if one is not None and one.poll() is None]

    def tend(self, chats: Chats) -> None:
        """Start what is to run and does not.

        Each run of cron finds one message more; while `is_ending`, until it has logged the last.
        """
        if self.is_stopped:
            return
        if self._may_start(self._listener, _RESTART):
            self._listener = self._start("listen", "--host", self.hooks.far, "--port", PORT)
        is_done = self.is_ending and self._job is not None and self._job.returncode == 0
        if self.cron and self._may_start(self._job, _EVERY) and not is_done:
            if not self.is_ending:
                self.lines.append(f"cron {self.cron} {len(self.lines):05}")
            self._job = self._start("sync", chats.ada(*self.lines, title=self.cron))

    def verify(self) -> "subprocess.Popen[bytes]":
        """Start `wasf verify`."""
        return self.wasf.start("verify")

    def end(self) -> None:
        """End everything."""
        for process in self.processes:
            process.kill()
            process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all processes."""
        for process in self.processes:
            process.send_signal(number)

    def _may_start(self, process: "subprocess.Popen[bytes] | None", pause: float) -> bool:
        """Whether a process has ended, and was started so many seconds ago."""
        if process is None:
            return True
        if process.poll() is None or time.monotonic() < self._started[process.pid] + pause:
            return False
        if process.pid in self._running:
            self._running.discard(process.pid)
            self.codes[process.returncode] += 1
        return True

    def _start(self, *arguments: object) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            process = self.wasf.start(*arguments, stdout=log, stderr=log, start_new_session=True)
        self._started[process.pid] = time.monotonic()
        self._running.add(process.pid)
        return process


class Servers:
    """A primary server and the standby that it waits for, each with a disk of its own."""

    def __init__(self, primary: Cluster, standby: Cluster) -> None:
        self.primary, self.standby = primary, standby

    def fail_over(self) -> None:
        """Let the standby take over from a primary that dies, and get a standby of its own."""
        self.primary.stop()
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary
        shutil.rmtree(self.standby.folder)
        self.primary.copy_to(self.standby)
        self.standby.start()

    def fill_disk(self) -> None:
        """Leave no room on the disk of the primary."""
        ballast = self.primary.folder.parent / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))

    def free_disk(self) -> None:
        """Make room again; start the server if it has ended for want of it."""
        (self.primary.folder.parent / "ballast").unlink()
        if not self.primary.is_running:
            self.primary.start()

    def restart(self, mode: str) -> Callable[[], None]:
        """Stop the primary; return what starts it again."""
        self.primary.stop(mode)
        return self.primary.start

    def end_session(self, pids: list[int]) -> None:
        """End the sessions of processes, in whatever statement they are."""
        for pid in pids:
            end_session(self.primary.address, pid)


def certificate_of(cluster: Cluster) -> Path:
    """Return the path of the certificate of both servers, which is its own authority."""
    return cluster.folder.with_name("server.pem")


@contextmanager
def servers(cables: list[Cable]) -> Iterator[Servers]:
    """Start both; they listen at the near ends of the cables, with TLS."""
    with ExitStack() as stack:
        first = stack.enter_context(running_cluster("--wal-segsize=1", disk_mb=_DISK_MB))
        key = certificate_of(first)
        write_certificate(key, [one.near for one in cables])
        key.chmod(0o600)
        shutil.chown(key, "nobody")
        first.settings.update({
            "listen_addresses": ",".join(["127.0.0.1", *(one.near for one in cables)]),
            "ssl": "on", "ssl_cert_file": str(key), "ssl_key_file": str(key),
            "min_wal_size": "2MB", "max_wal_size": "16MB", "max_connections": "100",
        })  # fmt: skip
        with (first.folder / "pg_hba.conf").open("a") as rules:
            rules.writelines(f"hostssl all wasf {one.far}/32 trust\n" for one in cables)
        first.ask("CREATE DATABASE team")
        second = stack.enter_context(first.follower(_DISK_MB))
        for each in (first, second):
            each.settings["synchronous_standby_names"] = ALL_STANDBYS
        first.stop("fast")
        first.start()
        yield Servers(first, second)


@contextmanager
def machines(
    org: LocalOrg, folder: Path, names: list[str], crons: dict[str, str]
) -> Iterator[tuple[list[Machine], Servers]]:
    """Lay the cables, start the database; nothing of wasf runs yet."""
    with ExitStack() as stack:
        made = [
            Machine(
                Wasf(org, folder / name),
                stack.enter_context(Network()),
                crons.get(name, ""),
                folder / f"{name}.log",
            )
            for name in names
        ]
        stack.callback(lambda: [one.end() for one in made])
        port = int(org.base_url.rpartition(":")[2])
        stack.enter_context(relay(port, [one.salesforce for one in made]))
        cables = [one.database for one in made]
        both = stack.enter_context(servers(cables))
        for one in made:
            hosts = ",".join(f"{one.database.near}:{s.port}" for s in (both.primary, both.standby))
            one.wasf.set(
                ledger=f"postgresql://wasf@{hosts}/team?sslmode=verify-full"
                f"&sslrootcert={certificate_of(both.primary)}&target_session_attrs=read-write"
            )
        yield made, both


class Sending:
    """Webhooks from outside through a load balancer, until it is told to end."""

    def __init__(self, made: list[Machine], per_second: int, first: int) -> None:
        listeners = ",".join(f"{one.hooks.far}:{PORT}" for one in made)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.end_to_end.webhook_load", "timelines"),
                *map(str, (listeners, SECRET, per_second, 0, first)),
            ],
            cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def finish(self) -> None:
        """Send no more than what was begun."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    @property
    def is_done(self) -> bool:
        """Whether all is taken."""
        return self._process.poll() is not None

    def seen(self) -> dict[str, Any]:
        """Return what was seen."""
        assert self._process.stdout is not None
        seen = json.loads(self._process.stdout.read().splitlines()[-1])
        assert isinstance(seen, dict)
        return seen

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
