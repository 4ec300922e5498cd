"""How long a sync takes: python tests/benchmarks/bench_sync.py [ROUNDS].

Syncs 40,000 messages in 300 chats to an org in a process of its own, without and with 150 ms of
latency on every request, each time from nothing. Prints the wall time against its limit,

    1.5 × (calls × latency ÷ calls in flight) + the time of the same run without latency,

and then the same sync once more, with nothing new. Medians over the rounds; 3 unless said.
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
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.servers.salesforce import LocalOrg
from wasf.salesforce.org import IN_FLIGHT

MESSAGES = 40_000
CHATS = 300
LATENCY = 0.150
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


def run(folder: Path, home: Path, org: LocalOrg) -> tuple[float, int, dict[str, object]]:
    """One `wasf sync`: seconds, peak memory (MiB) and its report."""
    environment = os.environ | {
        "WASF_HOME": str(home),
        "WASF_INSTANCE_URL": org.base_url,
        "WASF_ACCESS_TOKEN": org.access_token,
        "WASF_TIMEZONE": "Europe/London",
    }
    before = time.perf_counter()
    command = [sys.executable, "-m", "wasf", "sync", str(folder), "--json"]
    process = subprocess.run(command, env=environment, capture_output=True, check=True)
    seconds = time.perf_counter() - before
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return seconds, int(peak), json.loads(process.stdout)


def measure(folder: Path, latency: float) -> tuple[float, float, dict[str, object]]:
    """A first and a second sync against a fresh org: seconds of both, and the first's report."""
    with tempfile.TemporaryDirectory() as home, LocalOrg.spawn() as org:
        org.add_many(
            "Contact",
            [
                {"LastName": f"Example {n}", "Phone": f"+44 7700 {900000 + n}"}
                for n in range(CHATS // 2)
            ],
        )
        org.latency(latency * 1000)
        first, _, report = run(folder, Path(home), org)
        again, _, second = run(folder, Path(home), org)
        logged = report["messages"]["logged"]  # type: ignore[index]
        assert logged == MESSAGES == org.count("Task"), logged
        assert second["tasks_created"] == 0
        assert second["api_calls"] <= 2  # type: ignore[operator]
    return first, again, report


def main() -> None:
    """Print the figures."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_chats(folder)
        plain: list[float] = []
        slow: list[float] = []
        again: list[float] = []
        calls = 0
        for _ in range(rounds):
            plain.append(measure(folder, 0)[0])
            first, second, report = measure(folder, LATENCY)
            slow.append(first)
            again.append(second)
            calls = int(str(report["api_calls"]))
    budget = math.ceil(MESSAGES / 200) + math.ceil(CHATS / 20) + 8
    wait = calls * LATENCY / IN_FLIGHT
    limit = 1.5 * wait + statistics.median(plain)
    wall = statistics.median(slow)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{MESSAGES:,} messages, {CHATS} chats, {IN_FLIGHT} calls in flight, {rounds} rounds")
    print(f"API calls                {calls:8}  (budget {budget})")
    print(f"without latency          {statistics.median(plain):8.2f} s  {_all(plain)}")
    print(f"with {LATENCY * 1000:.0f} ms              {wall:8.2f} s  {_all(slow)}")
    print(f"limit                    {limit:8.2f} s  ratio {wall / limit:.2f} (1.00 or less)")
    print(f"again, nothing new       {statistics.median(again):8.2f} s  {_all(again)}")
    print(f"peak memory of any child {peak:8.0f} MiB")


def _all(values: list[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values)


if __name__ == "__main__":
    main()
