"""A ledger in PostgreSQL that several machines share: who may write, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tests.servers.postgres import Cluster
from tests.store.ledger.builders import ADA, NOON, arrival, chat, key, states, task
from tests.store.ledger.conftest import shared_place
from tests.store.ledger.contract import logged
from wasf.errors import AnotherRun, BadSetting, LedgerUnreachable, StoreUnusable
from wasf.store.ledger import Ledger, LedgerFiles, MessageState, SharedLedgerPlace, place_of
from wasf.store.paths import Folders

pytestmark = pytest.mark.postgres


def ask(cluster: Cluster, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(cluster.address, autocommit=True) as server:
        answer = server.execute(statement)
        return answer.fetchall() if answer.description else []


def end_sessions(cluster: Cluster) -> None:
    ask(
        cluster,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name LIKE 'wasf on %'",
    )


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


def test_who_lost_the_session_can_write_nothing_and_another_can(
    place: SharedLedgerPlace, postgres: Cluster, tmp_path: Path
) -> None:
    with place.held() as lost:
        lost.save_chat(chat(ADA))
        lost.enqueue(ADA, [arrival("a")])
        lost.record_intent([ADA], [task("a")], NOON)
        lost.vouch()
        end_sessions(postgres)
        with elsewhere(place, tmp_path).held() as ledger:
            assert states(ledger, [key("a")]) == [MessageState.INTENDED]
            ledger.resolve([logged(task("a"))])
            with pytest.raises(LedgerUnreachable):
                lost.vouch()
            with pytest.raises(LedgerUnreachable):
                lost.resolve([logged(task("a"))])
            assert states(ledger, [key("a")]) == [MessageState.LOGGED]


def test_a_session_that_ends_in_a_transaction_leaves_nothing_of_it(
    place: SharedLedgerPlace, postgres: Cluster
) -> None:
    def cut_off() -> None:
        with place.open() as ledger, ledger.transaction():
            ledger.save_chat(chat(ADA))
            end_sessions(postgres)
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
    assert ask(postgres, there) == []
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
    ask(postgres, change.format(f'"{place.schema}"'))
    with pytest.raises(StoreUnusable, match=said):
        place.open()


def test_a_newer_schema_that_only_added_can_be_used(
    place: SharedLedgerPlace, postgres: Cluster
) -> None:
    place.open().close()
    ask(postgres, f'UPDATE "{place.schema}".version SET number = 99')
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
