"""What many known chats cost: python tests/benchmarks/bench_chats.py [CHATS].

Syncs 10 new messages of 10 chats, where the ledger knows 1,000 chats and where it knows 100,000,
with either engine. Prints seconds of the processor and of the clock, medians of three rounds, and
the one by the other against its limit. PostgreSQL is left out where it is not installed.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.servers.postgres import running_cluster
from tests.servers.salesforce import LocalOrg
from wasf.core.chats import Chat, ChatId, Phone, SourceChat
from wasf.core.records import Link, RecordId, RecordType
from wasf.store.files import Folders
from wasf.store.ledger import Ledger, place_of

FEW = 1_000
ROUNDS = 3
NEW = 10
LIMIT = 1.5
STEP = 500


def fill(ledger: Ledger, count: int) -> None:
    """Let the ledger know so many chats, each linked to a record of its own."""
    for first in range(0, count, STEP):
        with ledger.transaction():
            for number in range(first, min(first + STEP, count)):
                found = SourceChat(
                    source="export",
                    title=f"Person {number}",
                    phone=Phone(f"+1555{number:07}"),
                    name=f"Person {number}",
                    origin="",
                )
                chat = Chat.of(ChatId(f"chat{number}"), found)
                ledger.save_chat(chat)
                record = RecordId(f"0035g{number:010}AAA")
                ledger.link(chat.id, Link(RecordType.CONTACT, record))


def write(folder: Path, messages: int) -> None:
    """Write exports of ten chats under numbers that are kept for fiction."""
    for number in range(NEW):
        phone = f"+44 7700 {900000 + number}"
        lines = [f"{1 + at:02}/01/2026, 10:00 - {phone}: text {at}\n" for at in range(messages)]
        (folder / f"WhatsApp Chat with {phone}.txt").write_text("".join(lines))


def sync(folder: Path, environment: Mapping[str, str]) -> tuple[float, float]:
    """Sync; return seconds of the processor and of the clock."""
    command = [sys.executable, "-m", "wasf", "sync", str(folder), "--date-order", "dmy", "--json"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=environment, capture_output=True, check=True)
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, seconds


def measure(address: str, count: int) -> tuple[float, float]:
    """Return the medians for a ledger that knows so many chats; "" is one in a file."""
    with tempfile.TemporaryDirectory() as name, LocalOrg.spawn() as org:
        org.add_key_field()
        folder, home = Path(name) / "chats", Path(name) / "home"
        folder.mkdir()
        environment = os.environ | {
            "WASF_HOME": str(home),
            "WASF_INSTANCE_URL": org.base_url,
            "WASF_ACCESS_TOKEN": org.access_token,
            "WASF_TIMEZONE": "Europe/London",
        }
        write(folder, 1)
        sync(folder, environment)
        with place_of(Folders.from_environment(environment), org.org_id, "").held() as ledger:
            fill(ledger, count)
        if address:
            move = [sys.executable, "-m", "wasf", "ledger", "move", "--to", address, "--yes"]
            subprocess.run(move, env=environment, capture_output=True, check=True)
        figures = []
        for round_ in range(ROUNDS):
            write(folder, 2 + round_)
            figures.append(sync(folder, environment))
        assert org.count("Task") == NEW * (1 + ROUNDS)
    used, seconds = zip(*figures, strict=True)
    return statistics.median(used), statistics.median(seconds)


def show(engine: str, addresses: Sequence[str], many: int) -> None:
    """Print the figures of one engine; each ledger is in a database of its own."""
    few_used, few_seconds = measure(addresses[0], FEW)
    many_used, many_seconds = measure(addresses[1], many)
    print(f"{engine}: {NEW} new messages, 1-minute load {os.getloadavg()[0]:.1f}")
    print(f"  {FEW:8,} chats {few_used:8.2f} s of the processor {few_seconds:8.2f} s")
    print(f"  {many:8,} chats {many_used:8.2f} s of the processor {many_seconds:8.2f} s")
    ratio = many_used / few_used
    print(f"  the one by the other {ratio:5.2f} times  ({LIMIT} or less)", flush=True)


def main() -> None:
    """Print the figures."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    show("SQLite", ("", ""), many)
    with ExitStack() as stack:
        cluster = stack.enter_context(running_cluster())
        for name in ("few", "many"):
            cluster.ask(f"CREATE DATABASE {name}")
        databases = [cluster.address.replace("/postgres", f"/{name}") for name in ("few", "many")]
        show("PostgreSQL", databases, many)


if __name__ == "__main__":
    main()
