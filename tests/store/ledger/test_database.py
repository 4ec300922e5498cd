"""The ledger as a file: who may read it, what a crash leaves, what a damaged one is answered."""

import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.ledger.builders import ADA, NOON, arrival, chat, key, states, task
from tests.store.ledger.contract import logged
from wasf.errors import AnotherRun, StoreUnusable
from wasf.store.ledger import Ledger, MessageState
from wasf.store.ledger.engines.sqlite_schema import VERSION

REPOSITORY = Path(__file__).parents[3]
NOBODY = 65534


@pytest.fixture
def path(tmp_path):
    return tmp_path / "orgs" / "00D000000000001EAA" / "ledger.sqlite3"


def filled(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.save_chat(chat(ADA))
        ledger.enqueue(ADA, [arrival("a"), arrival("b", 1)])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- Who may read it ---------------------------------------------------------------------------


def test_only_the_owner_can_read_the_folder_and_its_files(path):
    old = os.umask(0)
    try:
        with Ledger.open(path) as ledger:
            ledger.save_chat(chat(ADA))
            files = {file.name: mode(file) for file in path.parent.iterdir()}
    finally:
        os.umask(old)
    assert files == dict.fromkeys(
        ["ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm"], 0o600
    )
    assert [mode(folder) for folder in list(path.parents)[:2]] == [0o700, 0o700]


def test_a_file_that_others_can_read_is_closed_to_them(path):
    filled(path)
    path.chmod(0o644)
    filled(path)
    assert mode(path) == 0o600


def test_nothing_but_the_ledger_is_left_when_it_is_closed(path):
    filled(path)
    assert [file.name for file in path.parent.iterdir()] == ["ledger.sqlite3"]


@pytest.mark.parametrize("share", [1, 2, 3, 10], ids=lambda n: f"one of {n} stays")
def test_the_text_of_a_logged_message_is_nowhere_in_the_file(path, share):
    shuffled = sorted(range(1500), key=lambda n: key(str(n)))
    gone = [n for n in shuffled if share == 1 or n % share]
    with Ledger.open(path) as ledger:
        ledger.save_chat(chat(ADA))
        texts = {n: f"<secret {n}>" * (1 + n * 7 % 23) for n in shuffled}
        ledger.enqueue(ADA, [arrival(str(n), n, text=texts[n]) for n in shuffled])
        in_random_order = sorted(gone, key=lambda n: key(f"again {n}"))
        for start in range(0, len(gone), 50):
            tasks = [
                replace(task(str(n)), description=f"<task {n}>")
                for n in in_random_order[start : start + 50]
            ]
            ledger.record_intent([ADA] * len(tasks), tasks, NOON)
            ledger.resolve([logged(it) for it in tasks if it.description != "<task 7>"])
    content = path.read_bytes()
    assert {int(n) for n in re.findall(rb"<task (\d+)>", content)} <= {7}
    found = {int(number) for number in re.findall(rb"<secret (\d+)>", content)}
    assert found == set(shuffled) - set(gone) | {7}
    assert not Path(f"{path}-wal").exists()


def test_a_logged_message_costs_little(path):
    with Ledger.open(path) as ledger:
        ledger.save_chat(chat(ADA))
        empty = path.stat().st_size
        for start in range(0, 20_000, 1000):
            names = [str(number) for number in range(start, start + 1000)]
            ledger.enqueue(ADA, [arrival(name) for name in names])
            tasks = [task(name) for name in names]
            ledger.record_intent([ADA] * len(tasks), tasks, NOON)
            ledger.resolve([logged(it) for it in tasks])
    db = sqlite3.connect(path)
    db.execute("VACUUM")
    db.close()
    assert (path.stat().st_size - empty) / 20_000 < 77


def test_every_commit_is_on_the_disk_before_it_counts(path):
    with Ledger.open(path) as ledger:
        pragmas = ("journal_mode", "main.synchronous", "foreign_keys")
        assert [ledger._db.rows(f"PRAGMA {name}") for name in pragmas] == [
            [("wal",)],
            [(2,)],
            [(1,)],
        ]


def test_what_was_wiped_is_not_wiped_again(path):
    filled(path)
    with Ledger.open(path) as ledger:
        ledger.drop([key("a")])
    with Ledger.open(path) as ledger:
        assert ledger._db.rows("SELECT may_hold_text FROM free_pages") == [(0,)]


# --- What a crash leaves -----------------------------------------------------------------------

KILLED = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from tests.store.ledger.builders import *
    from tests.store.ledger.contract import logged
    from wasf.store.ledger import Ledger

    wanted = int(sys.argv[2])
    step = 0
    def point():
        global step
        step += 1
        if step == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    ledger = Ledger.open(Path(sys.argv[1]))
    point()
    with ledger.transaction():
        ledger.save_chat(chat(ADA))
        point()
        ledger.enqueue(ADA, [arrival("a"), arrival("b")])
        point()
    point()
    ledger.record_intent([ADA], [task("a")], NOON)
    point()
    with ledger.transaction():
        ledger.resolve([logged(task("a"))])
        point()
    point()
    """
)
NEW, QUEUED, INTENDED, LOGGED, _ = MessageState


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (1, [NEW, NEW]),
        (2, [NEW, NEW]),
        (3, [NEW, NEW]),
        (4, [QUEUED, QUEUED]),
        (5, [INTENDED, QUEUED]),
        (6, [INTENDED, QUEUED]),
        (7, [LOGGED, QUEUED]),
    ],
)
def test_a_killed_process_leaves_the_last_committed_state(path, step, expected):
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(step)], cwd=REPOSITORY, check=False
    )
    assert run.returncode == -signal.SIGKILL
    with Ledger.scratch(path) as copy:
        assert states(copy, [key("a"), key("b")]) == expected
    with Ledger.open(path) as ledger:
        assert states(ledger, [key("a"), key("b")]) == expected
        assert [intent.task for intent in ledger.intents()] == [task("a")] * (INTENDED in expected)
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchall() == [("ok",)]


FULL = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    from tests.store.ledger.builders import *
    from wasf.errors import StoreUnusable
    from wasf.store.ledger import Ledger

    limit = int(sys.argv[2])
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        with Ledger.open(Path(sys.argv[1])) as ledger:
            ledger.save_chat(chat(ADA))
            for page in range(30):
                ledger.enqueue(ADA, [arrival(f"{page} {n}", text="x" * 500) for n in range(20)])
    except StoreUnusable as error:
        assert error.hint
        sys.exit(f"unusable: {error}")
    """
)


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files")
@pytest.mark.parametrize("limit", [1000, 30_000, 69_000, 100_000, 250_000])
def test_a_full_disk_is_said_and_nothing_is_half_written(path, limit):
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(path), str(limit)],
        cwd=REPOSITORY,
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("unusable: "), run.stderr
    assert "Traceback" not in run.stderr
    with Ledger.open(path) as ledger:
        assert sum(known.queued for known in ledger.chats()) % 20 == 0


# --- What a file that cannot be used is answered -----------------------------------------------


def not_a_database(path: Path) -> None:
    path.write_bytes(b"Dear Ada, " * 900)


def zero_bytes(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    filled(path)
    os.truncate(path, 8192)


def overwritten(path: Path) -> None:
    filled(path)
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\x5a" * 3996
    path.write_bytes(content)


def newer(path: Path) -> None:
    filled(path)
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()


def of_another_program(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE moz_cookies (id)")
    db.close()


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("opened", [Ledger.open, Ledger.scratch])
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (not_a_database, "damaged, or no ledger"),
        (zero_bytes, "empty"),
        (cut, "damaged"),
        (overwritten, "damaged"),
        (newer, "newer wasf"),
        (of_another_program, "no ledger of wasf"),
        (a_folder, "cannot be"),
    ],
)
def test_a_damaged_ledger_is_refused_and_left_as_it_is(path, damage, said, opened):
    path.parent.mkdir(parents=True)
    damage(path)
    before = path.read_bytes() if path.is_file() else None

    def use() -> None:
        with opened(path) as ledger:
            ledger.chats()

    with pytest.raises(StoreUnusable, match=said) as caught:
        use()
    assert caught.value.hint
    assert str(path) in caught.value.message
    assert (path.read_bytes() if path.is_file() else None) == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@contextmanager
def without_rights():
    """Be somebody whom a file's mode stops: root is not."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files")
@pytest.mark.parametrize("there", [True, False], ids=["an old ledger", "no ledger yet"])
def test_a_home_that_cannot_be_written_is_said(tmp_path, path, there):
    for folder in (*list(tmp_path.parents)[:3], tmp_path):
        folder.chmod(folder.stat().st_mode | 0o055)
    if there:
        filled(path)
        path.chmod(0o444)
        for folder in (path.parent, path.parent.parent):
            folder.chmod(0o555)
    with without_rights(), pytest.raises(StoreUnusable) as caught:
        Ledger.open(path)
    assert "WASF_HOME" in caught.value.hint


def test_a_file_in_place_of_the_folder_is_said(tmp_path):
    (tmp_path / "orgs").write_text("")
    with pytest.raises(StoreUnusable):
        Ledger.open(tmp_path / "orgs" / "ledger.sqlite3")


def test_a_ledger_that_another_program_keeps_locked_is_tried_later(path):
    filled(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Ledger.open(path) as ledger:
        ledger._db.run("PRAGMA busy_timeout = 10")
        with pytest.raises(AnotherRun):
            ledger.save_chat(chat(ADA))
        begun = []
        with pytest.raises(AnotherRun), ledger.transaction():
            begun.append("before it was known whether it can be written")
        assert begun == []
    other.close()


def test_reading_and_closing_need_not_wait_for_a_writer(path):
    filled(path)
    with Ledger.open(path) as ledger:
        ledger.drop([key("a")])
        reader = Ledger.open(path)
        with ledger.transaction():
            ledger.drop([key("b")])
            reader._db.run("PRAGMA busy_timeout = 0")
            assert states(reader, [key("b")]) == [QUEUED]
            reader.close()


def test_a_bug_is_no_fault_of_the_disk(path):
    with Ledger.open(path) as ledger, pytest.raises(sqlite3.IntegrityError):
        ledger._db.run("INSERT INTO logged_task (task_key, task_id) VALUES (NULL, '')")


# --- The scratch copy --------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["no folder", "closed", "in use", "left by a kill"])
def test_a_scratch_copy_changes_nothing_on_disk(path, state):
    held = None
    if state != "no folder":
        filled(path)
    if state == "in use":
        held = Ledger.open(path)
        held.facts.save_source_facts({"cursor": "17"})
    if state == "left by a kill":
        subprocess.run([sys.executable, "-c", KILLED, str(path), "5"], cwd=REPOSITORY, check=False)
    before = snapshot(path)
    with Ledger.scratch(path) as copy:
        assert copy.facts.source_fact("cursor") == ("17" if held else "")
        copy.save_chat(chat(ADA))
        copy.enqueue(ADA, [arrival("only in the copy")])
        assert states(copy, [key("only in the copy")]) == [QUEUED]
    assert snapshot(path) == before
    if held:
        held.close()


def snapshot(path: Path) -> dict[str, bytes]:
    """All files but the shared memory of those who have the ledger open."""
    if not path.parent.exists():
        return {}
    return {f.name: f.read_bytes() for f in path.parent.iterdir() if not f.name.endswith("-shm")}
