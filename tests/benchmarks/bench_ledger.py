"""What knowing messages again costs: python tests/benchmarks/bench_ledger.py [MESSAGES].

Reads one chat into a fresh ledger and says that all of it was logged. Prints how many bytes the
ledger needs for a logged message, and how long it takes to read the same export again: when there
is nothing new, beside a bare read of the file that compares nothing, and when a hundredth of it
was edited. 1,000,000 messages unless said. Seconds are those of the processor, so that others at
work on the machine count little; those with nothing new are medians of three rounds, as is their
ratio, which a slower machine changes little. Limits stand beside their figures.
"""

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from operator import truediv
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.bench_reading import messages
from tests.commands.world import a_context
from tests.exports_builder import ANDROID_GB, Said, render
from tests.memory import peak_memory
from wasf.commands.sync import ImportOptions
from wasf.commands.sync.importer import import_chats
from wasf.commands.sync.run import ImportedChat
from wasf.core.auth import UserId
from wasf.core.chats import Message
from wasf.core.keys import task_key
from wasf.core.policy import SyncPolicy
from wasf.core.records import RecordId, Task
from wasf.interfaces import ChatReading, ExportOptions, TaskLogged
from wasf.sources.files import FileSource
from wasf.store.ledger import Ledger

ZONE = ZoneInfo("Europe/Berlin")
EDITED = " <This message was edited>"
ROUNDS = 3

BYTES = 60
SECONDS_A_MILLION = 12
SECONDS_AT_LEAST = 0.6  # of a short chat
TIMES_A_BARE_READ = 4
MEBIBYTES = 60


def said(count: int, *, is_edited: bool) -> Iterator[Said]:
    """The chat; of the later one every hundredth text is another."""
    for number, line in enumerate(messages(count)):
        text = f"{number} {line.text}"
        is_other = is_edited and number % 100 == 0 and not line.file
        yield replace(line, text=text + EDITED if is_other else text)


def write(path: Path, count: int, *, is_edited: bool = False) -> None:
    """An export, in pieces."""
    with path.open("wb") as file:
        piece: list[Said] = []
        for line in said(count, is_edited=is_edited):
            piece.append(line)
            if len(piece) == 5000:
                file.write(render(piece, ANDROID_GB).encode())
                piece.clear()
        file.write(render(piece, ANDROID_GB).encode())


def source(path: Path) -> FileSource:
    """The export as a sync finds it."""
    options = ExportOptions(zone=ZONE, now=datetime.now(UTC), me=frozenset({"Support"}))
    return FileSource([path], options)


def read_barely(path: Path) -> tuple[float, int]:
    """Read the export and do nothing with it: seconds of the processor, and messages."""
    start = time.process_time()
    [reading] = source(path).read()
    assert isinstance(reading, ChatReading)
    count = sum(isinstance(item, Message) for item in reading.items)
    return time.process_time() - start, count


def read(path: Path, ledger: Ledger) -> tuple[float, ImportedChat]:
    """Take the export in: seconds of the processor, and what became of it."""
    start = time.process_time()
    context = a_context(ledger, policy=SyncPolicy(zone=ZONE))
    taken = import_chats(source(path).read(), context, ImportOptions(sides_are_given=True))
    [intake] = taken.chats
    return time.process_time() - start, intake


def log_all(ledger: Ledger) -> int:
    """Say of everything that waits that it was logged."""
    [known] = ledger.chats()
    count, tasks = 0, list[Task]()
    for key, _ in ledger.queued(known.chat.id):
        tasks.append(
            Task(
                key=task_key([key]),
                messages=(key,),
                who_id=RecordId("003000000000001AAA"),
                owner_id=UserId("005000000000001AAA"),
                subject="",
                description="",
                activity_date=date(2026, 1, 1),
                status="Completed",
            )
        )
        count += 1
        if len(tasks) == 1000:
            resolve(ledger, known.chat.id, tasks, count)
            tasks.clear()
    resolve(ledger, known.chat.id, tasks, count)
    return count


def resolve(ledger: Ledger, chat_id, tasks: list[Task], count: int) -> None:
    """One batch of Tasks, with ids as Salesforce gives them."""
    with ledger.transaction():
        ledger.record_intent([chat_id] * len(tasks), tasks, datetime.now(UTC))
        ledger.resolve(
            [
                TaskLogged(task.key, RecordId(f"00T5g{count - at:010}AAA"))
                for at, task in enumerate(tasks)
            ]
        )


def size_of(path: Path) -> int:
    """Bytes of the ledger's file that hold something."""
    db = sqlite3.connect(path)
    [pages], [free], [size] = (
        db.execute(f"PRAGMA {name}").fetchone()
        for name in ("page_count", "freelist_count", "page_size")
    )
    db.close()
    return (pages - free) * size


def read_again(path: Path, ledger_path: Path, count: int) -> tuple[list[float], list[float]]:
    """The same export with nothing new, round by round: seconds, and those of a bare read."""
    again, bare = list[float](), list[float]()
    for _ in range(ROUNDS):
        with Ledger.open(ledger_path) as ledger:
            seconds, intake = read(path, ledger)
        assert (intake.already_logged, intake.changed) == (count, 0), intake
        again.append(seconds)
        seconds, messages_read = read_barely(path)
        assert messages_read == count
        bare.append(seconds)
    return again, bare


def show(what: str, figure: float, unit: str, limit: float | None = None) -> None:
    """One figure, and its limit if it has one."""
    beside = "" if limit is None else f"({limit:g} or less)"
    print(f"{what:26} {figure:8.2f} {unit:6}{beside}".rstrip(), flush=True)


def main() -> None:
    """Print the figures."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"{lines:,} lines")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, ledger_path = folder / "WhatsApp Chat with Ada Example.txt", folder / "org" / "ledger"
        write(path, lines)
        with Ledger.open(ledger_path) as ledger:
            first, intake = read(path, ledger)
            count = intake.messages  # without the notices that WhatsApp wrote
            assert intake.queued == count, intake
            show("first reading", first, "s")
            assert log_all(ledger) == count
        show("a logged message", size_of(ledger_path) / count, "bytes", BYTES)
        again, bare = read_again(path, ledger_path, count)
        limit = max(SECONDS_AT_LEAST, SECONDS_A_MILLION * count / 1_000_000)
        show("the same again", statistics.median(again), "s", limit)
        show("a bare read", statistics.median(bare), "s")
        show("the one by the other", _ratio(again, bare), "times", TIMES_A_BARE_READ)
        write(path, lines, is_edited=True)
        with Ledger.open(ledger_path) as ledger:
            seconds, intake = read(path, ledger)
            assert intake.already_logged == count, intake
        show(f"with {intake.changed:,} edited lines", seconds, "s")
    show("peak memory", peak_memory() / (1 << 20), "MiB", MEBIBYTES)


def _ratio(some: list[float], others: list[float]) -> float:
    return statistics.median(map(truediv, some, others))


if __name__ == "__main__":
    main()
