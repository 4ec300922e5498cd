"""Three machines, one ledger, many webhooks, two crons: whatever befalls them, all is logged once.

By hand, each fault 20 times apart and 240 mixed, 60 webhooks a second:

    export MACHINES_APART=20 MACHINES_MIXED=240 MACHINES_PER_SECOND=60
    pytest -m gate -s tests/end_to_end/test_machines.py
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from threading import Event
from typing import NamedTuple

import pytest

from tests.end_to_end.machines import Machine, Sending, Servers, machines
from tests.end_to_end.program import Chats
from tests.end_to_end.webhook_load import CHATS, text_of
from tests.servers.networks import can_make_networks
from tests.servers.salesforce import LocalOrg
from wasf.errors import ExitCode

APART = int(os.environ.get("MACHINES_APART", "0"))
MIXED = int(os.environ.get("MACHINES_MIXED", "0"))
"""Faults of each kind, and of all kinds; in CI each kind comes once, mixed."""

CHOSEN = [one for one in os.environ.get("MACHINES_KINDS", "").split(",") if one]
PER_SECOND = int(os.environ.get("MACHINES_PER_SECOND", "20"))
SEED = int(os.environ.get("MACHINES_SEED", "16"))
CRONS = {"one": "+44 7700 900801", "two": "+44 7700 900802"}
RARE = {"long stop": 0.15}  # the share that a kind has beside the others when many are mixed
PACE = tuple(map(float, os.environ.get("MACHINES_PACE", "0.3,1.5").split(",")))
"""The least and the most seconds between two faults that are mixed."""

REST = 1.0  # seconds between two faults apart
PATIENCE = 120  # seconds without any progress

pytestmark = pytest.mark.postgres
Mend = Callable[[], None]


def never() -> None:
    """Nothing is to be mended."""


class Kind(NamedTuple):
    """A kind of fault: what begins it and returns what ends it, and after how many seconds.

    `begin` is given one machine; what befalls the database befalls all. `needs_database`: it is
    begun by a statement there.
    """

    begin: Callable[[Servers, Machine, Random], Mend]
    seconds: tuple[float, float] = (0, 0)
    is_of_database: bool = False
    needs_database: bool = False


def kill(_: Servers, machine: Machine, chance: Random) -> Mend:
    """The machine loses its power."""
    machine.end()
    return never


def stop(_: Servers, machine: Machine, chance: Random) -> Mend:
    """The machine does nothing for a while, and then goes on where it was."""
    stopped = machine.processes
    machine.is_stopped = True
    for process in stopped:
        process.send_signal(signal.SIGSTOP)

    def go_on() -> None:
        machine.is_stopped = False
        for process in stopped:
            process.send_signal(signal.SIGCONT)

    return go_on


def end_sessions(servers: Servers, machine: Machine, chance: Random) -> Mend:
    """Somebody ends its sessions at the database."""
    servers.end_session([process.pid for process in machine.processes])
    return never


def cut_database(_: Servers, machine: Machine, chance: Random) -> Mend:
    machine.database.cut(both_ways=chance.random() < 0.7)
    return machine.database.mend


def cut_salesforce(_: Servers, machine: Machine, chance: Random) -> Mend:
    machine.salesforce.cut(both_ways=chance.random() < 0.7)
    return machine.salesforce.mend


def cut_both(servers: Servers, machine: Machine, chance: Random) -> Mend:
    mends = [cut(servers, machine, chance) for cut in (cut_database, cut_salesforce)]
    return lambda: [mend() for mend in mends] and None


def restart_fast(servers: Servers, _: Machine, chance: Random) -> Mend:
    return servers.restart("fast")


def restart_immediate(servers: Servers, _: Machine, chance: Random) -> Mend:
    return servers.restart("immediate")


def fail_over(servers: Servers, _: Machine, chance: Random) -> Mend:
    servers.fail_over()
    return never


def stall_standby(servers: Servers, _: Machine, chance: Random) -> Mend:
    """The primary waits for a standby that is away: nothing can be committed."""
    standby = servers.standby
    standby.stop()
    return standby.start


def fill_disk(servers: Servers, _: Machine, chance: Random) -> Mend:
    servers.fill_disk()
    return servers.free_disk


KINDS = {
    "kill": Kind(kill),
    "stop": Kind(stop, (1, 6)),
    "long stop": Kind(stop, (60, 90)),
    "end sessions": Kind(end_sessions, needs_database=True),
    "cut database": Kind(cut_database, (2, 40)),
    "cut Salesforce": Kind(cut_salesforce, (2, 20)),
    "cut both": Kind(cut_both, (2, 20)),
    "restart fast": Kind(restart_fast, (0, 3), is_of_database=True),
    "restart immediate": Kind(restart_immediate, (0, 3), is_of_database=True),
    "failover": Kind(fail_over, (0, 0), is_of_database=True),
    "standby away": Kind(stall_standby, (1, 8), is_of_database=True),
    "full disk": Kind(fill_disk, (1, 6), is_of_database=True),
}


class Storm:
    """All that befalls the machines, while they are tended."""

    def __init__(self, made: list[Machine], both: Servers, chats: Chats) -> None:
        self.machines, self.servers, self.chats = made, both, chats
        self.chance = Random(SEED)
        self.sent = 0
        self._under: dict[int, tuple[float, Mend]] = {}  # by machine; -1 is the database
        self._rest = Event()

    def run(self, kinds: list[str], *, mixed: bool) -> None:
        """Let faults of these kinds come, one after the other or several at once; judge."""
        sending = Sending(self.machines, PER_SECOND, self.sent)
        begins = time.monotonic()
        try:
            for kind in kinds:
                while not self._begin(kind):
                    self._tend()
                pause = time.monotonic() + (self.chance.uniform(*PACE) if mixed else REST)
                while time.monotonic() < pause or (self._under and not mixed):
                    self._tend()
            while self._under:
                self._tend()
            seconds = time.monotonic() - begins
            sending.finish()
            while not sending.is_done:
                self._tend()
                assert time.monotonic() < begins + seconds + 2 * PATIENCE, "not all is taken"
            seen = sending.seen()
        finally:
            sending.kill()
        self.sent += seen["taken"]
        self._judge(kinds, seen, seconds)

    def _begin(self, name: str) -> bool:
        """Begin a fault, unless all machines, or the database, have one already."""
        kind = KINDS[name]
        free = [n for n, _ in enumerate(self.machines) if n not in self._under]
        if not free or (-1 in self._under and (kind.is_of_database or kind.needs_database)):
            return False
        chosen = self.chance.choice(free)
        mend = kind.begin(self.servers, self.machines[chosen], self.chance)
        due = time.monotonic() + self.chance.uniform(*kind.seconds)
        self._under[-1 if kind.is_of_database else chosen] = due, mend
        return True

    def _tend(self) -> None:
        for place, (due, mend) in list(self._under.items()):
            if time.monotonic() >= due:
                del self._under[place]
                mend()
        for machine in self.machines:
            machine.tend(self.chats)
        self._rest.wait(0.1)

    def _judge(self, kinds: list[str], seen: dict[str, object], seconds: float) -> None:
        machine, org = self.machines[0].wasf, self.machines[0].wasf.org
        expected = {text_of(number) for number in range(self.sent)}
        expected |= {line for one in self.machines for line in one.lines}
        for one in self.machines:
            one.is_ending = True
        begins = moved = time.monotonic()
        logged = 0
        while (now := org.count("Task")) < len(expected) and time.monotonic() < moved + PATIENCE:
            if now > logged:
                logged, moved = now, time.monotonic()
            self._tend()
        for one in self.machines:
            one.is_ending = False
        found = Counter(machine.texts())
        lost = len(expected - found.keys())
        double = sum(found.values()) - len(found)
        codes: Counter[int] = sum((one.codes for one in self.machines), Counter())
        print(
            f"\n{', '.join(f'{name} {n}' for name, n in Counter(kinds).items())} in {seconds:.0f} s"
            f" and {time.monotonic() - begins:.0f} s: {len(expected)} messages, lost {lost}, double"
            f" {double}, Leads {org.count('Lead')}; {seen}; exit codes {dict(codes)}"
        )
        assert (lost, double, seen["refused"]) == (0, 0, 0)
        assert found.keys() <= expected
        assert org.count("Lead") <= CHATS + len(CRONS)
        assert codes.keys() <= {0, ExitCode.FAILED, ExitCode.TRY_LATER, -signal.SIGKILL}, codes


@pytest.fixture
def storm(org: LocalOrg, tmp_path: Path, chats: Chats) -> Iterator[Storm]:
    if not can_make_networks():
        pytest.skip("needs root and network namespaces")
    org.add_key_field()
    with machines(org, tmp_path, ["one", "two", "three"], CRONS) as (made, both):
        for each in made:
            each.tend(chats)
        yield Storm(made, both, chats)


@pytest.mark.gate
def test_nothing_is_lost_or_double_on_three_machines(storm: Storm, tmp_path: Path) -> None:
    chosen = CHOSEN or list(KINDS)
    for kind in chosen if APART else ():
        storm.run([kind] * APART, mixed=False)
    once = sorted(chosen, key=lambda kind: (kind != "long stop", storm.chance.random()))
    shares = [RARE.get(kind, 1) for kind in chosen]
    more = storm.chance.choices(chosen, shares, k=MIXED)
    if more or not APART:
        storm.run(more or once, mixed=True)
    for machine in storm.machines:
        machine.end()
    assert storm.machines[2].wasf.finish(storm.machines[2].verify()).code == 0
    for log in tmp_path.glob("*.log"):
        for unheard_of in ("bug", "psycopg"):
            assert unheard_of not in log.read_text(), log.read_text()[-2000:]
