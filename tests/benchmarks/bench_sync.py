"""How long a sync takes: python tests/benchmarks/bench_sync.py [ROUNDS].

Syncs 40,000 messages in 300 chats to an org in a process of its own that answers every request
after 150 ms, from nothing, and then once more with nothing new. Beside it stand the limits:

* of the wall time: calls × latency ÷ calls in flight, and the start-up, which is that of a
  `wasf sync` that has nothing to do. Calls in flight are four, with which every sync begins. It
  may go on to eight, so the time with these is printed too;
* of the processor: the start-up and the parts alone. These are reading the messages, saying the
  same SQL to new files (`sql_replay`), and a bare loop of `requests` that posts as many Tasks of
  the same messages in as many threads.

Prints each as a ratio. Answers 1 if the wall time is above 1.15 times its limit, or the processor
above 2.2 times. Medians over the rounds; 3 unless said.
"""

import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import local
from typing import NamedTuple
from zoneinfo import ZoneInfo

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.servers.salesforce import LocalOrg
from wasf.core.chats import Message
from wasf.core.policy import MOST_CALLS_IN_FLIGHT as MOST_IN_FLIGHT
from wasf.interfaces import ChatReading, ExportOptions
from wasf.salesforce.tasks import FEW_IN_FLIGHT as IN_FLIGHT
from wasf.sources.files import FileSource

MESSAGES = 40_000
CHATS = 300
LATENCY = 0.150
MOST_WALL = 1.15
MOST_PROCESSOR = 2.2
SQL = Path(__file__).with_name("sql_replay.py")
WORDS = ("thanks the order offer tomorrow please send नमस्ते कल भेजिए شكرا غدا 🙂 prix größe").split()  # noqa: SIM905 - readable


def write_chats(folder: Path) -> None:
    """Exports of one phone, with numbers that are kept for fiction."""
    chance = random.Random(7)
    for number in range(CHATS):
        phone = f"+44 7700 {900000 + number}"
        count = MESSAGES // CHATS + (number < MESSAGES % CHATS)
        path = folder / f"WhatsApp Chat with {phone}.txt"
        path.write_text("".join(_lines(chance, phone, count)), encoding="utf-8")


def _lines(chance: random.Random, phone: str, count: int) -> list[str]:
    at = datetime(2026, 1, 31, 8)
    lines = []
    for _ in range(count):
        at += timedelta(seconds=chance.randrange(1, 3600))
        author = chance.choice((phone, "Sam Seller"))
        text = " ".join(chance.choices(WORDS, k=chance.randrange(3, 16)))
        lines.append(f"{at:%d/%m/%Y, %H:%M} - {author}: {text}\n")
    return lines


class Times(NamedTuple):
    """Seconds by the clock and of the processor."""

    wall: float
    processor: float


def _environment(home: Path, org: LocalOrg) -> dict[str, str]:
    environment = os.environ | {
        "WASF_HOME": str(home),
        "WASF_INSTANCE_URL": org.base_url,
        "WASF_ACCESS_TOKEN": org.access_token,
        "WASF_TIMEZONE": "Europe/London",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def run(folder: Path | None, home: Path, org: LocalOrg) -> tuple[Times, dict[str, object]]:
    """One `wasf sync` of a folder, or of nothing: its times and its report."""
    paths = [str(folder)] if folder else []
    before, used = time.perf_counter(), _used(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "wasf", "sync", *paths, "--json"]
    process = subprocess.run(command, env=_environment(home, org), capture_output=True, check=True)
    seconds = time.perf_counter() - before
    times = Times(seconds, _used(resource.RUSAGE_CHILDREN) - used)
    return times, json.loads(process.stdout)


class Round(NamedTuple):
    """The times of a first sync, of a second one, of one of nothing, and of the parts alone.

    `reading` and `sql` are seconds of the processor.
    """

    first: Times
    again: Times
    start: Times
    bare: Times
    reading: float
    sql: float
    calls: int

    @property
    def parts(self) -> float:
        """Seconds of the processor."""
        return self.start.processor + self.reading + self.sql + self.bare.processor


def _add_people(org: LocalOrg) -> None:
    people = [
        {"LastName": f"Example {n}", "Phone": f"+44 7700 {900000 + n}"} for n in range(CHATS // 2)
    ]
    org.add_many("Contact", people)


def measure(folder: Path, sql: Path) -> Round:
    """Take all of them, each against an org of its own; `sql` is what a sync said."""
    with tempfile.TemporaryDirectory() as home, LocalOrg.spawn() as org:
        _add_people(org)
        org.latency(LATENCY * 1000)
        first, report = run(folder, Path(home), org)
        again, second = run(folder, Path(home), org)
        start, _ = run(None, Path(home), org)
        logged = report["messages"]["logged"]  # type: ignore[index]
        assert logged == MESSAGES == org.count("Task"), logged
        assert second["tasks_created"] == 0
        assert second["api_calls"] <= 2  # type: ignore[operator]
    calls = int(str(report["api_calls"]))
    with LocalOrg.spawn() as org:
        org.latency(LATENCY * 1000)
        bare = _bare_posts(folder, org, calls)
    replay = [sys.executable, str(SQL), "replay", str(sql)]
    said = subprocess.run(replay, capture_output=True, check=True)
    return Round(first, again, start, bare, _bare_reading(folder), float(said.stdout), calls)


def record_sql(folder: Path, sql: Path) -> None:
    """Keep the SQL of a first sync."""
    with tempfile.TemporaryDirectory() as home, LocalOrg.spawn() as org:
        _add_people(org)
        command = [sys.executable, str(SQL), "record", str(sql), "sync", str(folder), "--quiet"]
        subprocess.run(command, env=_environment(Path(home), org), check=True)


def _bare_reading(folder: Path) -> float:
    """Read all messages and do nothing with them."""
    options = ExportOptions(zone=ZoneInfo("Europe/London"), now=datetime.now(UTC))
    used = _used(resource.RUSAGE_SELF)
    count = sum(
        isinstance(item, Message)
        for reading in FileSource([folder], options).read()
        if isinstance(reading, ChatReading)
        for item in reading.items
    )
    assert count == MESSAGES, count
    return _used(resource.RUSAGE_SELF) - used


def _bare_posts(folder: Path, org: LocalOrg, calls: int) -> Times:
    """Post the lines of the chats as Tasks, and the rest of the calls as questions."""
    lines = [line for path in folder.iterdir() for line in path.read_text("utf-8").splitlines()]
    tasks = [
        {"attributes": {"type": "Task"}, "Subject": line[:200], "Description": line,
         "Status": "Completed", "ActivityDate": "2026-02-01"}
        for line in lines
    ]  # fmt: skip
    sessions = local()
    head = {"Authorization": f"Bearer {org.access_token}"}
    api = f"{org.base_url}/services/data/v67.0"

    def post(batch: Sequence[object] | None) -> None:
        session = sessions.__dict__.setdefault("session", requests.Session())
        if batch is None:
            session.get(f"{api}/limits", headers=head, timeout=60).raise_for_status()
            return
        body = {"allOrNone": False, "records": batch}
        answer = session.post(f"{api}/composite/sobjects", json=body, headers=head, timeout=60)
        assert all(row["success"] for row in answer.json()), answer.text[:300]

    batches: list[Sequence[object] | None] = [
        tasks[at : at + 200] for at in range(0, len(tasks), 200)
    ]
    batches += [None] * (calls - len(batches))
    before, used = time.perf_counter(), _used(resource.RUSAGE_SELF)
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        list(pool.map(post, batches))
    return Times(time.perf_counter() - before, _used(resource.RUSAGE_SELF) - used)


def _used(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def main(rounds: int) -> int:
    """Print the figures; answer 1 if one is above its limit."""
    with tempfile.TemporaryDirectory() as name:
        folder, sql = Path(name) / "chats", Path(name) / "sql"
        folder.mkdir()
        write_chats(folder)
        record_sql(folder, sql)
        taken = [measure(folder, sql) for _ in range(rounds)]
    calls = taken[0].calls
    budget = math.ceil(MESSAGES / 200) + math.ceil(CHATS / 20) + 8
    limit = calls * LATENCY / IN_FLIGHT
    ratio = statistics.median(one.first.wall / (limit + one.start.wall) for one in taken)
    used = statistics.median(one.first.processor / one.parts for one in taken)
    beside = statistics.median(one.first.wall / (one.bare.wall + one.start.wall) for one in taken)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{MESSAGES:,} messages, {CHATS} chats, {LATENCY * 1000:.0f} ms, {rounds} rounds")
    print(f"API calls   {calls} (budget {budget}), {IN_FLIGHT} in flight: limit {limit:.2f} s,")
    print(f"            {MOST_IN_FLIGHT} in flight: {calls * LATENCY / MOST_IN_FLIGHT:.2f} s")
    for name in ("first", "again", "start", "bare"):
        times = [getattr(one, name) for one in taken]
        wall, processor = (statistics.median(each) for each in zip(*times, strict=True))
        print(f"{name:11} {wall:6.2f} s, processor {processor:5.2f} s")
    for name in ("reading", "sql"):
        processor = statistics.median(getattr(one, name) for one in taken)
        print(f"{name:11} {'':8}  processor {processor:5.2f} s")
    print(f"wall time   {ratio:.2f} times limit and start-up (at most {MOST_WALL})")
    print(f"            {beside:.2f} times bare posts and start-up")
    print(f"processor   {used:.2f} times start-up and the parts alone (at most {MOST_PROCESSOR})")
    print(f"peak memory of any child {peak:.0f} MiB")
    return int(ratio > MOST_WALL or used > MOST_PROCESSOR)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
