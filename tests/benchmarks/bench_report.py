"""What a report costs: python tests/benchmarks/bench_report.py [MESSAGES].

Makes a ledger of 5,000 chats and reports on it by each kind of group, with working hours. Prints
the seconds of the processor, also in relation to a bare scan of the same rows, and the peak memory.
1,000,000 messages unless said. Limits stand beside their figures.
"""

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.memory import peak_memory
from wasf.core.chats import Chat, ChatId
from wasf.core.moments import WorkingTime, parse_hours
from wasf.core.report import GroupedBy, ReportQuestion, make_report
from wasf.store.ledger import Ledger
from wasf.store.ledger.database import Row

ZONE = ZoneInfo("Europe/Berlin")
CHATS = 5_000
START = 28_000_000  # minutes: in 2023

SECONDS = 3
TIMES_A_BARE_SCAN = 6
MEBIBYTES = 200


def rows(count: int) -> Iterator[Row]:
    """Logged messages as the ledger stores them, chat by chat in the order of time."""
    chance = random.Random(7)
    for chat in range(1, CHATS + 1):
        minute = START
        for arrival in range(count // CHATS):
            minute += chance.randrange(600)
            yield (
                *(chance.randbytes(16), chat, minute, chance.random() < 0.5, 1),
                *(chance.randbytes(5), chance.randbytes(11), 1),
                *(chance.randrange(60), chat * count + arrival),
            )


def fill(ledger: Ledger, count: int) -> None:
    """Put chats and messages into the ledger."""
    with ledger.transaction():
        for number in range(1, CHATS + 1):
            owner = f"owner-{number % 20}@example.com"
            details = {"source": "export", "title": f"Chat {number}", "owner_email": owner}
            ledger.save_chat(Chat(id=ChatId(f"chat-{number}"), **details))
        ledger._db.run_many(
            """INSERT INTO logged (key, chat, minute, outgoing, kind, digest, task_id, run, second,
                                   arrival)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            rows(count),
        )


def scan(ledger: Ledger) -> float:
    """Read the rows and do nothing with them: seconds of the processor."""
    start = time.process_time()
    for _ in ledger._db.stream("SELECT chat, minute, outgoing FROM logged"):
        pass
    return time.process_time() - start


def report(ledger: Ledger, by: GroupedBy) -> float:
    """Report in working time: seconds of the processor."""
    start = time.process_time()
    hours = WorkingTime(parse_hours("Mon-Fri 22:00-06:00"), ZONE)
    question = ReportQuestion(datetime.now(UTC), ZONE, by, sla=timedelta(hours=1), hours=hours)
    made = make_report(ledger.report_rows.chats(), question)
    ledger.report_rows.unknown()
    assert made.groups
    return time.process_time() - start


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "org" / "ledger.sqlite3"
        with Ledger.open(path) as ledger:
            fill(ledger, count)
        with Ledger.open(path) as ledger:
            bare = scan(ledger)
            print(f"{count:,} messages of {CHATS:,} chats")
            print(f"a bare scan          {bare:9.2f} s")
            for by in GroupedBy:
                seconds = report(ledger, by)
                print(
                    f"a report by {by:<8} {seconds:9.2f} s     ({SECONDS} or less),"
                    f" {seconds / bare:.1f} times a bare scan ({TIMES_A_BARE_SCAN} or less)"
                )
            print(
                f"peak memory          {peak_memory() / (1 << 20):9.2f} MiB   ({MEBIBYTES} or less)"
            )


if __name__ == "__main__":
    main()
