"""What a sync costs that finds nothing new.

    python tests/benchmarks/bench_again.py [ROUNDS] [CHATS]

Syncs chats once, and then again: 40,000 messages in one chat, and 3,000 chats of 20. In each round
the files are exported anew, which means that they have new times and the same bytes; then they are
as they were; then they are read, as after a day, because a setting has changed; then each of them
has one more line, which is logged. Beside these stands a sync without a path on the same ledger:
the start-up, which is taken away. Seconds are those of the processor, medians of some rounds; 3
unless said. With fewer CHATS than 3,000 their limit is as much lower. Answers 1 if one is above its
limit.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.servers.salesforce import LocalOrg


class Case(NamedTuple):
    """So many chats of so many messages; `limit` are seconds to read them again."""

    name: str
    chats: int
    messages: int
    limit: float


CHATS = 3_000
SECONDS_A_FILE = 0.0001
"""The limit for a file that is as it was."""
LEAST = 0.02
"""What cannot be told apart from nothing."""
_START = datetime(2026, 1, 31, 8)
_COARSE = 3.1  # a file that has just changed is not remembered: it may change within a tick


def phone_of(number: int) -> str:
    """Return one of the three thousand numbers."""
    area, place = ("7700 90", "20 7946 ", "113 496 ")[number // 1000], number % 1000
    return f"+44 {area}{place:04}"


def write(folder: Path, case: Case) -> None:
    """Exports under numbers that are kept for fiction."""
    for number in range(case.chats):
        lines = (_line(number, at) for at in range(case.messages))
        _path(folder, number).write_text("".join(lines))


def grow(folder: Path, case: Case, at: int) -> None:
    """Add one line to each of them."""
    for number in range(case.chats):
        with _path(folder, number).open("a") as file:
            file.write(_line(number, at))


def _path(folder: Path, number: int) -> Path:
    return folder / f"WhatsApp Chat with {phone_of(number)}.txt"


def _line(number: int, at: int) -> str:
    moment = _START + timedelta(minutes=7 * at + number)
    return f"{moment:%d/%m/%Y, %H:%M} - {phone_of(number)}: line {at} of {number} for you\n"


def sync(environment: Mapping[str, str], *paths: Path) -> float:
    """Sync; return the seconds of the processor."""
    command = [sys.executable, "-m", "wasf", "sync", *map(str, paths), "--json"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Figures(NamedTuple):
    """What a sync takes more than one without a path, in seconds."""

    anew: float
    unchanged: float
    read: float
    grown: float


def measure(case: Case, rounds: int) -> Figures:
    """Return the medians for one case."""
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
        people = [{"LastName": f"No {n}", "Phone": phone_of(n)} for n in range(case.chats)]
        org.add_many("Contact", people)
        times = count(int(_START.timestamp()))
        _date(folder, next(times))
        sync(environment, folder)
        taken = []
        for round_ in range(rounds):
            assert org.count("Task") == case.chats * (case.messages + round_)
            _date(folder, next(times))
            anew, unchanged = sync(environment, folder), sync(environment, folder)
            environment["WASF_BATCH_SIZE"] = str(199 - round_)
            read = sync(environment, folder)
            assert org.count("Task") == case.chats * (case.messages + round_)
            grow(folder, case, case.messages + round_)
            _date(folder, next(times))
            grown, bare = sync(environment, folder), sync(environment)
            print(
                f"  {anew:.2f} s anew, {unchanged:.2f} s unchanged, {read:.2f} s read,"
                f" {grown:.2f} s with a line more, {bare:.2f} s without",
                flush=True,
            )
            taken.append(Figures(*(one - bare for one in (anew, unchanged, read, grown))))
    return Figures(*map(statistics.median, zip(*taken, strict=True)))


def _date(folder: Path, at: float) -> None:
    for path in folder.iterdir():
        os.utime(path, (at, at))
    time.sleep(_COARSE)


def main(rounds: int, chats: int) -> int:
    """Print the figures; answer 1 if one is above its limit."""
    slow = 0
    cases = (
        Case("40,000 messages of one chat", 1, 40_000, 0.3),
        Case(f"{chats:,} chats of 20 messages", chats, 20, 0.7 * chats / CHATS),
    )
    for case in cases:
        anew, unchanged, read, grown = measure(case, rounds)
        limit = max(LEAST, SECONDS_A_FILE * case.chats)
        print(f"{case.name}, exported anew    {anew:6.3f} s  ({case.limit:g} or less)")
        print(f"{case.name}, unchanged        {unchanged:6.3f} s  ({limit:g} or less)")
        print(f"{case.name}, read             {read:6.3f} s")
        print(f"{case.name}, with a line more {grown:6.3f} s", flush=True)
        slow += anew > case.limit or unchanged > limit
    return int(slow > 0)


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(main(*(given + [3, CHATS][len(given) :])))
