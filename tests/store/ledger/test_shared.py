"""A ledger in PostgreSQL that several machines share: who may write, and what is refused."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end.program import eventually
from tests.servers.postgres import Cluster, running_cluster
from tests.store.ledger.builders import ADA, NOON, arrival, chat, key, states, task
from tests.store.ledger.conftest import shared_place
from tests.store.ledger.contract import logged
from wasf.errors import AnotherRun, BadSetting, ExitCode, LedgerUnreachable, StoreUnusable
from wasf.store.checks import check_commits
from wasf.store.files import Folders
from wasf.store.ledger import (
    CommitProof,
    Ledger,
    LedgerFiles,
    MessageState,
    SharedLedgerPlace,
    commit_proof,
    place_of,
    server_facts,
)
from wasf.store.ledger.database import prove_commits
from wasf.store.ledger.engines import PostgresDatabase

pytestmark = pytest.mark.postgres


def elsewhere(place: SharedLedgerPlace, tmp_path: Path) -> SharedLedgerPlace:
    """The same ledger from another machine."""
    files = LedgerFiles(*(tmp_path / "other" / name for name in ("ledger", "inbox", "lock")))
    return replace(place, files=files)


def test_one_machine_writes_at_a_time(place: SharedLedgerPlace, tmp_path: Path) -> None:
    other = elsewhere(place, tmp_path)
    with place.held() as ledger:
        assert "pid" in ledger.holder()
        with pytest.raises(AnotherRun, match="another sync"), other.held():
            pass
        with other.open() as reading:
            assert list(reading.chats()) == []
    with other.held() as ledger:
        ledger.save_chat(chat(ADA))


def test_asking_for_a_ledger_makes_none_and_reading_it_names_no_machine(
    place: SharedLedgerPlace, tmp_path: Path
) -> None:
    assert not place.has_ledger
    assert not place.has_ledger
    place.open().close()
    assert place.has_ledger
    assert list(tmp_path.iterdir()) == []
    with place.held():
        assert list(tmp_path.rglob("machine"))


def test_a_run_that_ended_leaves_the_lock_free(place: SharedLedgerPlace) -> None:
    for _ in range(20):
        with place.connected() as next_one:
            with place.held():
                pass
            next_one.hold()


def test_who_lost_the_session_can_write_nothing_and_another_can(
    place: SharedLedgerPlace, postgres: Cluster, tmp_path: Path
) -> None:
    with place.held() as lost:
        lost.save_chat(chat(ADA))
        lost.enqueue(ADA, [arrival("a")])
        lost.record_intent([ADA], [task("a")], NOON)
        lost.vouch()
        postgres.end_sessions()
        with elsewhere(place, tmp_path).held() as ledger:
            assert states(ledger, [key("a")]) == [MessageState.INTENDED]
            ledger.resolve([logged(task("a"))])
            with pytest.raises(LedgerUnreachable):
                lost.vouch()
            with pytest.raises(LedgerUnreachable):
                lost.resolve([logged(task("a"))])
            assert states(ledger, [key("a")]) == [MessageState.LOGGED]


def test_who_says_nothing_loses_the_lock(place: SharedLedgerPlace, tmp_path: Path) -> None:
    """As a process that is stopped: its machine is there, and it does nothing."""
    with place.open() as stopped:
        stopped.hold(silence=0.5, every=3600)
        eventually(lambda: _is_free(elsewhere(place, tmp_path)))
        with pytest.raises(LedgerUnreachable):
            stopped.vouch()


def _is_free(place: SharedLedgerPlace) -> bool:
    try:
        with place.held():
            return True
    except AnotherRun:
        return False


def test_who_waits_is_heard(place: SharedLedgerPlace, postgres: Cluster) -> None:
    with place.open() as ledger:
        ledger.hold(silence=60, every=0.01)
        beats = {_last_statement(postgres)}
        eventually(lambda: len(beats) > 3 or beats.add(_last_statement(postgres)))
        [(limit,)] = ledger.server.rows("SELECT current_setting('idle_session_timeout')")
        assert limit == "1min"


def _last_statement(cluster: Cluster) -> object:
    """Return when the session that holds the ledger said something last."""
    [(at,)] = cluster.ask(
        "SELECT max(query_start) FROM pg_stat_activity WHERE application_name LIKE 'wasf on %'"
    )
    return at


def test_a_run_that_is_heard_often_does_the_same(place: SharedLedgerPlace) -> None:
    names = [f"m{number}" for number in range(40)]
    with place.open() as ledger:
        ledger.hold(silence=60, every=0.0001)
        ledger.save_chat(chat(ADA))
        ledger.enqueue(ADA, [arrival(name, number) for number, name in enumerate(names)])
        for name in names:
            ledger.record_intent([ADA], [task(name)], NOON)
            assert len(list(ledger.queued(ADA))) == len(names) - names.index(name) - 1
            ledger.resolve([logged(task(name))])
        assert states(ledger, [key(name) for name in names]) == [MessageState.LOGGED] * len(names)


def test_psycopg_prints_nothing_by_itself() -> None:
    """Such as the address of the server when a session ends among many statements."""
    loads = "import logging, wasf.store.ledger.engines.postgres"
    warns = "logging.getLogger('psycopg.pipeline').warning('the address')"
    done = subprocess.run(
        [sys.executable, "-c", f"{loads}; {warns}"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_session_that_ends_in_a_transaction_leaves_nothing_of_it(
    place: SharedLedgerPlace, postgres: Cluster
) -> None:
    def cut_off() -> None:
        with place.open() as ledger, ledger.transaction():
            ledger.save_chat(chat(ADA))
            postgres.end_sessions()
            ledger.enqueue(ADA, [arrival("a")])

    with pytest.raises(LedgerUnreachable):
        cut_off()
    with place.open() as ledger:
        assert list(ledger.chats()) == []


def test_a_copy_for_a_dry_run_knows_the_same_and_changes_nothing(
    place: SharedLedgerPlace, postgres: Cluster
) -> None:
    there = f"SELECT 1 FROM pg_namespace WHERE nspname = '{place.schema}'"
    with place.scratch() as copy:
        assert list(copy.chats()) == []
    assert postgres.ask(there) == []
    with place.open() as ledger:
        ledger.save_chat(chat(ADA))
        ledger.enqueue(ADA, [arrival("a"), arrival("b", 1), arrival("c", 2)])
        run = ledger.begin_run(NOON)
        ledger.record_intent([ADA], [task("a")], NOON)
        ledger.resolve([logged(task("a"))])
        ledger.purge([ADA], None, waiting=False)
        ledger.record_intent([ADA], [task("b")], NOON)
        ledger.resolve([logged(task("b"))])
        units = ledger.logged_by(run)
        before = ledger.chats()
        with place.scratch() as copy:
            assert copy.chats() == before
            assert copy.logged_by(run) == units
            assert list(copy.logged_tasks()) == list(ledger.logged_tasks())
            assert list(copy.queued(ADA)) == list(ledger.queued(ADA))
            copy.drop([key("c")])
        assert ledger.chats() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE {}.version SET number = 99, oldest = 99", "newer wasf"),
        ("DROP TABLE {}.version", "no ledger of wasf"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(
    place: SharedLedgerPlace, postgres: Cluster, change: str, said: str
) -> None:
    place.open().close()
    postgres.ask(change.format(f'"{place.schema}"'))
    with pytest.raises(StoreUnusable, match=said):
        place.open()


def test_a_newer_schema_that_only_added_can_be_used(
    place: SharedLedgerPlace, postgres: Cluster
) -> None:
    place.open().close()
    postgres.ask(f'UPDATE "{place.schema}".version SET number = 99')
    with place.open() as ledger:
        ledger.save_chat(chat(ADA))


def test_machines_that_begin_at_once_make_one_schema(
    postgres: Cluster, schema: str, tmp_path: Path
) -> None:
    def begin(number: int) -> None:
        with shared_place(postgres, schema, tmp_path / str(number)).open() as ledger:
            ledger.save_chat(chat(ADA))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(begin, range(6)))


def test_a_text_with_a_nul_is_kept_without_it(place: SharedLedgerPlace) -> None:
    with place.open() as ledger:
        ledger.save_chat(chat(ADA))
        ledger.enqueue(ADA, [arrival("a")])
        ledger.wait(ADA, "why\0not", "")
        assert ledger.chats()[0].reason == "why\ufffdnot"


def test_a_way_to_another_host_that_can_be_read_is_refused(
    place: SharedLedgerPlace, monkeypatch: pytest.MonkeyPatch, postgres: Cluster
) -> None:
    """The host may come from elsewhere than the address, such as the environment."""
    monkeypatch.setenv("PGHOST", "localhost.localdomain")
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")
    monkeypatch.setenv("PGPORT", str(postgres.port))
    with pytest.raises(BadSetting, match="is not safe"):
        replace(place, address="postgresql://wasf@/postgres").open()


def test_where_there_is_no_address_the_ledger_is_a_file(tmp_path: Path) -> None:
    folders = Folders.from_environment({"WASF_HOME": str(tmp_path)})
    place = place_of(folders, "00D000000000001EAA", "")
    with place.held() as ledger:
        assert type(ledger) is Ledger
        assert "pid" in place.facts().holder
    assert place.facts().holder == ""


def test_a_pool_before_the_server_is_refused(place: SharedLedgerPlace, postgres: Cluster) -> None:
    with pool_before(postgres.port) as port, pytest.raises(BadSetting, match="pool"):
        replace(place, address=f"postgresql://wasf@127.0.0.1:{port}/postgres?{PLAIN}").open()


PLAIN = "sslmode=disable&gssencmode=disable"


@contextmanager
def pool_before(port: int) -> Iterator[int]:
    """Yield the port of a server that tells a process of its own, as PgBouncer does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        relay = threading.Thread(target=_relay_one, args=(listening, port), daemon=True)
        relay.start()
        yield listening.getsockname()[1]
        relay.join()


def _relay_one(listening: socket.socket, port: int) -> None:
    """Pass one session on, and change the number of the process in the key of its start."""
    client, _ = listening.accept()
    with client, socket.create_connection(("127.0.0.1", port)) as server:
        while ready := select.select([client, server], [], [])[0]:
            for one in ready:
                data = one.recv(65_536)
                if not data:
                    return
                if one is client:
                    server.sendall(data)
                else:
                    client.sendall(_KEY.sub(lambda key: key[1] + b"\0\0\0\7", data))


_KEY = re.compile(rb"(K\0\0\0\x0c)....", re.DOTALL)
"""The message that tells the number of the server's process."""


def test_doctor_is_told_how_the_server_keeps_what_is_stored(postgres: Cluster) -> None:
    facts = server_facts(postgres.address)
    assert (facts.fsync, facts.synchronous_commit, facts.standbys) == ("off", "on", ())
    assert facts.version >= 140_000
    assert facts.place == f"127.0.0.1:{postgres.port}/postgres"


@pytest.mark.gate
def test_doctor_is_told_of_standbys(postgres: Cluster) -> None:
    with postgres.standby():
        eventually(lambda: _states(postgres) == ["async"])
    with postgres.standby("*"):
        eventually(lambda: _states(postgres) == ["sync"])


def test_the_server_proves_that_commits_are_on_the_disks_that_it_says(postgres: Cluster) -> None:
    assert commit_proof(postgres.address) == CommitProof(20, 20, 0, 0)


@pytest.mark.gate
def test_the_server_proves_that_commits_are_on_a_standby(postgres: Cluster) -> None:
    with postgres.standby("*"):
        eventually(lambda: _states(postgres) == ["sync"])
        assert commit_proof(postgres.address) == CommitProof(20, 20, 1, 20)


def test_a_commit_that_waits_for_no_disk_is_seen(postgres: Cluster) -> None:
    """The session is that of a server, or of a proxy before it, that answers too early."""
    with closing(_connected(postgres)) as server:
        server.run("SET synchronous_commit = off")
        proof = prove_commits(server)
    assert proof.on_disk < proof.commits
    assert check_commits(lambda: proof).code is ExitCode.BAD_SETTINGS


def test_a_commit_that_waits_for_no_standby_is_seen(postgres: Cluster) -> None:
    with postgres.standby("*") as standby, closing(_connected(postgres)) as server:
        eventually(lambda: _states(postgres) == ["sync"])
        server.run("SET synchronous_commit = local")
        [(receiver,)] = standby.ask("SELECT pid FROM pg_stat_wal_receiver")
        os.kill(int(str(receiver)), signal.SIGSTOP)
        try:
            proof = prove_commits(server)
        finally:
            os.kill(int(str(receiver)), signal.SIGCONT)
        assert (proof.on_disk, proof.standbys) == (proof.commits, 1)
        assert proof.on_standby < proof.commits
        assert check_commits(lambda: proof).code is ExitCode.BAD_SETTINGS
        standby.stop()
        eventually(lambda: _states(postgres) == [])
        assert prove_commits(server) == CommitProof(0, 0, 1, 0)
        standby.start()


def _connected(cluster: Cluster) -> PostgresDatabase:
    return PostgresDatabase.connect(cluster.address, "wasf")


def _states(cluster: Cluster) -> list[str | None]:
    """Return what the server says of each of its standbys."""
    return [one.state for one in server_facts(cluster.address).standbys]


def test_nothing_is_lost_when_a_standby_takes_over_that_is_waited_for(
    schema: str, tmp_path: Path
) -> None:
    with running_cluster() as first, first.standby("*") as second:
        eventually(lambda: _states(first) == ["sync"])
        hosts = f"127.0.0.1:{first.port},127.0.0.1:{second.port}"
        address = f"postgresql://wasf@{hosts}/postgres?target_session_attrs=read-write"
        place = replace(shared_place(first, schema, tmp_path), address=address)
        with place.held() as ledger:
            ledger.save_chat(chat(ADA))
            ledger.enqueue(ADA, [arrival("a")])
            ledger.record_intent([ADA], [task("a")], NOON)
            first.stop()
            second.promote()
            with pytest.raises(LedgerUnreachable):
                ledger.vouch()
        with place.held() as ledger:
            assert states(ledger, [key("a")]) == [MessageState.INTENDED]
        first.start()
