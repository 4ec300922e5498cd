"""What a sync costs that finds nothing new: python tests/benchmarks/bench_again.py [ROUNDS].

Syncs chats once, and then again: 40,000 messages in one chat, 3,000 chats of 20, and a folder of
500 files of which nothing has changed. The files of the first two have new times in each round, so
that they are read. Beside each such sync stands one without a path on the same ledger: the
start-up, which is taken away. Seconds are those of the processor, medians of some rounds; 3 unless
said. Answers 1 if one is above its limit.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.servers.salesforce import LocalOrg


class Case(NamedTuple):
    """So many chats of so many messages; `limit` are seconds, for all files or for each one."""

    name: str
    chats: int
    messages: int
    limit: float
    is_changed: bool = True


CASES = (
    Case("40,000 messages of one chat again", 1, 40_000, 0.3),
    Case("3,000 chats of 20 again", 3_000, 20, 0.7),
    Case("500 unchanged files", 500, 2, 500 * 0.0001, is_changed=False),
)
_START = datetime(2026, 1, 31, 8)


def write(folder: Path, case: Case) -> None:
    """Exports under numbers that are kept for fiction, or under names where there are many."""
    for number in range(case.chats):
        phone = f"+1 202 555 {100 + number:04}" if case.chats < 100 else f"Person {number}"
        lines = (
            f"{_START + timedelta(minutes=7 * at + number):%d/%m/%Y, %H:%M} - {phone}:"
            f" line {at} of {number} for you\n"
            for at in range(case.messages)
        )
        (folder / f"WhatsApp Chat with {phone}.txt").write_text("".join(lines))


def sync(environment: Mapping[str, str], *paths: str) -> float:
    """Sync; return the seconds of the processor."""
    command = [sys.executable, "-m", "wasf", "sync", *paths, "--date-order", "dmy", "--json"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(case: Case, rounds: int) -> float:
    """Return what a second sync takes more than one without a path."""
    with tempfile.TemporaryDirectory() as name, LocalOrg.spawn() as org:
        folder = Path(name) / "chats"
        folder.mkdir()
        write(folder, case)
        environment = os.environ | {
            "WASF_HOME": str(Path(name) / "home"),
            "WASF_INSTANCE_URL": org.base_url,
            "WASF_ACCESS_TOKEN": org.access_token,
            "WASF_TIMEZONE": "Europe/London",
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        now = _START.timestamp()
        _date(folder, now)
        sync(environment, str(folder))
        sync(environment, str(folder))  # what is logged now is known as such
        more = []
        for round_ in range(1, rounds + 1):
            if case.is_changed:
                _date(folder, now + round_)
            again, bare = sync(environment, str(folder)), sync(environment)
            print(f"  {case.name}: {again:.2f} s, without a path {bare:.2f} s", flush=True)
            more.append(again - bare)
        assert org.count("Task") == case.chats * case.messages
    return statistics.median(more)


def _date(folder: Path, at: float) -> None:
    for path in folder.iterdir():
        os.utime(path, (at, at))


def main(rounds: int) -> int:
    """Print the figures; answer 1 if one is above its limit."""
    slow = 0
    for case in CASES:
        seconds = measure(case, rounds)
        print(f"{case.name:36} {seconds:6.3f} s  ({case.limit:g} or less)", flush=True)
        slow += seconds > case.limit
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
