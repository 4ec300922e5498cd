"""The power fails in the middle of a write: what was committed before is there, whole, in order.

A ledger writes to its log, waits until that is on the disk, and only then says that it is done. So
the disk may have lost any end of the log that was not waited for, or have something else in its
place. Every such end is tried out on copies of the files.
"""

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from tests.samples import one_in
from tests.store.ledger.builders import ADA, NOON, arrival, chat, key, record, states, task
from tests.store.ledger.contract import logged
from wasf.core.records import Link, RecordType
from wasf.store.ledger import Ledger, MessageState

NAMES = "abcdefghij"
FULL = 2
"""What `PRAGMA synchronous` says where each commit waits for the disk."""


class Promise(NamedTuple):
    """How long the log was when a commit had returned, and what was promised by then."""

    size: int
    states: tuple[MessageState, ...]


def states_in(ledger: Ledger) -> tuple[MessageState, ...]:
    return tuple(states(ledger, [key(name) for name in NAMES]))


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes, list[Promise]]:
    """File and log of a ledger at work, and its promises in their order."""
    path = tmp_path_factory.mktemp("life") / "ledger.sqlite3"
    log = path.with_name(f"{path.name}-wal")
    promises = []
    with Ledger.open(path) as ledger:
        assert ledger._db.rows("PRAGMA synchronous") == [(FULL,)]
        ledger._db.rows("PRAGMA wal_autocheckpoint = 0")

        def promised() -> None:
            promises.append(Promise(log.stat().st_size, states_in(ledger)))

        ledger.save_chat(chat(ADA, title="Ada"))
        promised()
        for minute, name in enumerate(NAMES):
            ledger.enqueue(ADA, [arrival(name, minute, text=name * 1_000)])
            promised()
            ledger.link(ADA, Link(RecordType.CONTACT, record("003", name)))
            ledger.record_intent([ADA], [task(name)], NOON)
            promised()
            if name not in "di":
                ledger.resolve([logged(task(name))])
                promised()
        return path.read_bytes(), log.read_bytes(), promises


def ends(size: int) -> list[int]:
    """Around every page of the log, and anywhere."""
    chance = random.Random(7)
    pages = [32 + 4_120 * number for number in range(size // 4_120 + 1)]
    near = {page + by for page in pages for by in (-1, 0, 100)}
    anywhere = {chance.randrange(size) for _ in range(30)}
    return sorted(end for end in near | anywhere if 0 <= end <= size)


RESTS = ["is missing", "is out of order", "is something else", "is empty"]


@pytest.mark.parametrize("rest", one_in(4, RESTS))
def test_what_was_promised_before_the_power_failed_is_there(life, rest: str) -> None:
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        try_every_end(life, rest, Path(folder))


def try_every_end(life, rest: str, folder: Path) -> None:
    file, log, promises = life
    chance = random.Random(rest)
    found = set()
    for end in ends(len(log)):
        lost = len(log) - end
        tail = {
            "is missing": b"",
            "is empty": bytes(lost),
            "is something else": chance.randbytes(lost),
            "is out of order": log[end + 4_120 :] + log[end : end + 4_120],
        }[rest]
        path = folder / f"{end}" / "ledger.sqlite3"
        path.parent.mkdir()
        path.write_bytes(file)
        path.with_name(f"{path.name}-wal").write_bytes(log[:end] + tail)
        kept = [promise.states for promise in promises if promise.size <= end]
        later = [promise.states for promise in promises if promise.size > end]
        with Ledger.open(path) as ledger:
            there = states_in(ledger)
            assert there in (kept[-1:] or [(MessageState.NEW,) * len(NAMES)]) + later[:1]
            assert sum(known.queued for known in ledger.chats()) == len(
                [state for state in there if state in ("queued", "intended")]
            )
            assert [i.task.key for i in ledger.intents()] == [
                task(name).key
                for name, state in zip(NAMES, there, strict=True)
                if state is MessageState.INTENDED
            ]
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found.add(there)
    assert len(found) > len(NAMES) * 2, "every promise was the last one in some end"
