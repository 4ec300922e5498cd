"""What bulk jobs spare a backfill: python tests/benchmarks/bench_bulk.py [MESSAGES].

Syncs 200,000 messages of 100 chats, in real time, to a strict org in a process of its own that
answers every request after 150 ms: once in bulk jobs, and once in calls of 200 Tasks. The org works
on a job by itself, as fast as its one processor goes.

Prints API calls, time and the peak of the memory of each, and answers 1 if the jobs take more than
40 calls or 150 MiB, or if not each message has its Task.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks import bench_sync
from tests.servers.salesforce import LocalOrg

MESSAGES = 200_000
CHATS = 100
LATENCY = 150.0
MOST_CALLS, MOST_MEMORY = 40, 150


class Figures(NamedTuple):
    """Of one backfill: calls, seconds, MiB at the peak, and how many Tasks are there then."""

    calls: int
    seconds: float
    memory: float
    tasks: int
    requests: Counter[str]


def backfill(folder: Path, bulk_from: str) -> Figures:
    """Sync the folder to a new org."""
    with tempfile.TemporaryDirectory() as home, LocalOrg.spawn() as org:
        org.add_key_field()
        org.set(bulk_chunks=0, daily_limit=1_000_000)
        org.add_many("Contact", [
            {"LastName": f"Example {n}", "Phone": f"+44 7700 {900000 + n}"} for n in range(CHATS)
        ])  # fmt: skip
        org.latency(LATENCY)
        environment = os.environ | {
            "WASF_HOME": home, "WASF_INSTANCE_URL": org.base_url,
            "WASF_ACCESS_TOKEN": org.access_token, "WASF_TIMEZONE": "Europe/London",
            "WASF_BULK_FROM": bulk_from,
        }  # fmt: skip
        begins = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "wasf", "sync", str(folder), "--json"],
            env=environment, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        report = json.loads(process.stdout.read())
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begins
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, report
        requests = Counter(f"{one.method} {_shape(one.path)}" for one in org.requests)
        tasks = org.count("Task")  # all rows here would count as memory of the next process
    calls = int(report["api_calls"])
    return Figures(calls, seconds, used.ru_maxrss / 1024, tasks, requests)


def _shape(path: str) -> str:
    parts = path.partition("/services/data/")[2].split("/")[1:]
    return "/".join("JOB" if part.startswith("750") else part for part in parts)


def main(messages: int) -> int:
    """Print the figures; answer 1 if the jobs take too much."""
    bench_sync.MESSAGES, bench_sync.CHATS = messages, CHATS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench_sync.write_chats(folder)
        jobs = backfill(folder, "1000")
        calls = backfill(folder, "never")
    print(f"{messages:,} messages, {CHATS} chats, {LATENCY:.0f} ms, load {os.getloadavg()[0]:.1f}")
    for title, one in (("in jobs", jobs), ("in calls", calls)):
        print(
            f"{title:9} {one.calls:6,} API calls {one.seconds:8.1f} s {one.memory:6.0f} MiB,"
            f" {one.tasks:,} Tasks"
        )
    for shape, count in sorted(jobs.requests.items()):
        print(f"          {count:4} {shape}")
    is_whole = all(one.tasks == messages for one in (jobs, calls))
    return int(not is_whole or jobs.calls > MOST_CALLS or jobs.memory > MOST_MEMORY)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES))
