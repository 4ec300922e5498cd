"""Several machines with one ledger in PostgreSQL: each with its own home, all know the same."""

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import psycopg
import pytest
import time_machine

from tests.end_to_end.listener_process import Listener, from_ada, give_secrets
from tests.end_to_end.program import (
    ADA_PHONE,
    PRIVATE,
    START,
    Chats,
    Wasf,
    assert_told,
    eventually,
    spoken,
)
from tests.end_to_end.test_runs import completed
from tests.exports_builder import ANDROID_GB, render, write_zip
from tests.servers.postgres import Cluster, end_session, running_cluster
from tests.servers.salesforce import LocalOrg
from wasf.cli.help import topic_text
from wasf.errors import AnotherRun
from wasf.store.files import Folders
from wasf.store.ledger import place_of

pytestmark = pytest.mark.postgres
PHONE = "+44 7700 900123"

Machine = Callable[[str], Wasf]


@pytest.fixture
def database(postgres: Cluster) -> str:
    """The address of an empty database."""
    with psycopg.connect(postgres.address, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS shared WITH (FORCE)")
        server.execute("CREATE DATABASE shared")
    return postgres.address.replace("/postgres", "/shared")


@pytest.fixture
def machine(org: LocalOrg, home: Path, database: str) -> Machine:
    """Makes machines, each with a home of its own, that share the ledger."""
    org.add_key_field()

    def make(name: str) -> Wasf:
        made = Wasf(org, home / name)
        made.set(ledger=database)
        return made

    return make


def test_what_one_machine_logged_another_knows(machine: Machine, chats: Chats) -> None:
    one, other = machine("one"), machine("other")
    export = chats.ada("first", "second", title=PHONE)
    assert one.sync(export).messages["logged"] == 2
    again = other.sync(export)
    assert (again.messages["logged"], again.messages["already_logged"]) == (0, 2)
    later = chats.ada("first", "second", "third", title=PHONE)
    assert other.sync(later, "--dry-run").messages["logged"] == 1
    assert other.sync(later).messages["logged"] == 1
    assert sorted(one.texts()) == ["first", "second", "third"]
    assert not list(one.home.rglob("*.sqlite3"))
    assert len(one.run("runs", "--json").json["runs"]) == 3
    run = other.run("undo", "--yes", "--json").json
    assert run["tasks_deleted"] == 1


def test_who_is_forgotten_on_one_machine_stays_out_on_all(machine: Machine, chats: Chats) -> None:
    one, other = machine("one"), machine("other")
    export = chats.ada(PRIVATE, title=PHONE)
    one.set(lead_auto_create="off")
    assert one.sync(export).messages["waiting"] == 1
    assert other.run("forget", ADA_PHONE, "--dry-run").code == 0
    assert one.run("status", "--json").json["waiting"]
    done = other.run("forget", ADA_PHONE, "--yes")
    assert done.code == 0
    assert "its standbys and its backups keep" in done.out
    assert "on this machine" not in done.out
    assert one.sync(export).messages["skipped"] == 1
    assert one.run("status", "--json").json["waiting"] == []


def test_the_status_says_where_the_ledger_is(
    machine: Machine, wasf: Wasf, chats: Chats, database: str
) -> None:
    one = machine("one")
    one.sync(chats.ada("first", title=PHONE))
    found = one.run("ledger", "status", "--json").json
    assert (found["engine"], found["messages"], found["chats"]) == ("postgresql", 1, 1)
    assert (found["holder"], found["lag_s"]) == (None, None)
    assert found["place"].startswith("127.0.0.1:")
    assert found["bytes"] > 0
    found = wasf.run("ledger", "status", "--json").json
    assert (found["engine"], found["messages"], found["holder"]) == ("sqlite", 0, None)
    assert "PostgreSQL, shared" in one.run("ledger", "status").out


def test_config_and_the_shell_know_what_a_shared_ledger_knows(
    machine: Machine, org: LocalOrg, chats: Chats
) -> None:
    one = machine("one")
    org.lead_statuses([{"ApiName": "New", "IsDefault": True}, {"ApiName": "Done"}])
    one.sync(chats.ada("first", title=PHONE))
    assert "no Lead status Open" in one.run("config", "set", "lead.reopen_status", "Open").err
    assert completed(one, "link", "+4477009001") == [ADA_PHONE]


def test_doctor_checks_the_server(machine: Machine) -> None:
    """The one of the tests keeps nothing, and so is refused."""
    one = machine("one")
    checks = one.run("doctor", "--json").json["checks"]
    [found] = [check for check in checks if check["check"] == "ledger"]
    assert found["status"] == "failed"
    assert "Set fsync = on there." in found["fix"]
    one.set(ledger="postgresql://wasf@127.0.0.1:1/wasf")
    assert one.run("doctor").code == 75


def test_doctor_foretells_the_calls_of_all_machines(machine: Machine, chats: Chats) -> None:
    one, other = machine("one"), machine("other")
    with time_machine.travel(START):
        calls = one.sync(chats.ada("first", title=PHONE)).json["api_calls"]
    with time_machine.travel(START + timedelta(minutes=1)):
        calls += other.sync(chats.ada("first", "second", title=PHONE)).json["api_calls"]
    with time_machine.travel(START + timedelta(days=2)):
        checks = one.run("doctor", "--json").json["checks"]
    [found] = [check for check in checks if check["check"] == "API forecast"]
    assert found["result"].startswith("The machines of this ledger make about ")
    assert f"{calls:,} on their busiest day" in found["result"]


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://wasf:secret@127.0.0.1/wasf",
        "postgresql://wasf@127.0.0.1/wasf?password=secret",
        "postgresql://wasf@db.example.com/wasf",
        "postgresql://wasf@127.0.0.1,192.0.2.1/wasf?sslmode=require",
        "mysql://wasf@127.0.0.1/wasf",
    ],
)
def test_an_address_that_is_not_safe_is_refused_and_not_shown(wasf: Wasf, address: str) -> None:
    result = wasf.run("config", "set", "ledger", address)
    assert result.code == 78
    assert "secret" not in result.out + result.err
    wasf.set(ledger=address)
    assert wasf.run("status").code == 78


def test_without_the_unique_key_field_nothing_is_written(
    wasf: Wasf, database: str, chats: Chats
) -> None:
    wasf.set(ledger=database)
    result = wasf.sync(chats.ada("first", title=PHONE), code=78)
    assert "--install-key-field" in result.err
    assert wasf.writes() == []


def test_a_ledger_in_a_file_is_not_left_behind_silently(
    wasf: Wasf, machine: Machine, database: str, chats: Chats
) -> None:
    wasf.sync(chats.ada("first", title=PHONE))
    wasf.set(ledger=database)
    assert wasf.run("status").code == 78
    assert_told(wasf.run("sync", chats.ada("first", title=PHONE)), "its own")


def test_a_ledger_is_moved_and_the_machine_goes_on_with_it(
    org: LocalOrg, home: Path, database: str, chats: Chats
) -> None:
    org.add_key_field()
    wasf = Wasf(org, home / "mover")
    assert wasf.run("ledger", "move", "--to", database, "--yes").code == 78
    wasf.sync(chats.ada("first", title=PHONE))
    shown = wasf.run("ledger", "move", "--to", database, "--json")
    assert (shown.code, shown.json["messages"]) == (2, 1)
    assert wasf.run("ledger", "status", "--json").json["engine"] == "sqlite"
    moved = wasf.run("ledger", "move", "--to", database, "--yes", "--json").json
    assert (moved["messages"], moved["chats"], moved["was_there"]) == (1, 1, False)
    assert Path(moved["aside"]).exists()
    again = wasf.run("ledger", "move", "--to", database, "--yes", "--json").json
    assert again["was_there"]
    later = wasf.sync(chats.ada("first", "second", title=PHONE))
    assert (later.messages["logged"], later.messages["already_logged"]) == (1, 1)
    assert wasf.run("verify").code == 0
    for command in (("forget", ADA_PHONE, "--yes"), ("purge", "--all", "--yes")):
        assert moved["aside"] in wasf.run(*command).out
    wasf.run("config", "unset", "ledger")
    assert_told(wasf.run("sync", chats.ada("first", title=PHONE)), "was moved")


def test_a_file_is_uploaded_by_the_machine_that_has_it(
    machine: Machine, org: LocalOrg, home: Path, database: str, chats: Chats
) -> None:
    """Another machine may have another file of that name in that place."""
    org.add_key_field()
    mover, other = Wasf(org, home / "mover"), machine("other")
    mover.set(attachments="files")
    other.set(attachments="files")
    names = ["a.jpg", "b.jpg"]
    lines = [f"{name} (file attached)" for name in names]

    def export(count: int) -> Path:
        text = render(spoken(PHONE, *lines[:count]), ANDROID_GB)
        media = {name: name.encode() for name in names[:count]}
        return write_zip(chats.folder, f"WhatsApp Chat with {PHONE}", text, media)

    org.fail("api-limit", path="sobjects/ContentVersion$", times=0)
    mover.run("sync", export(1))
    assert mover.run("ledger", "move", "--to", database, "--yes").code == 0
    mover.run("sync", export(2))
    org.heal()
    found = other.sync(chats.ada("later", title="+44 7700 900124")).json
    assert found["files_uploaded"] == 0
    [note] = found["notes"]
    assert "2 files to be uploaded by a sync on" in note
    assert mover.sync().json["files_uploaded"] == 2
    assert sorted(one["Title"] for one in org.rows("ContentVersion")) == names


def test_a_database_that_is_away_is_tried_later(wasf: Wasf, chats: Chats) -> None:
    wasf.set(ledger="postgresql://wasf@127.0.0.1:1/wasf")
    result = wasf.run("sync", chats.ada("first", title=PHONE))
    assert result.code == 75
    assert_told(result, "cannot be reached")


def test_one_run_at_a_time_over_all_machines(machine: Machine, chats: Chats, org: LocalOrg) -> None:
    one, other = machine("one"), machine("other")
    one.sync(chats.ada("first", title=PHONE))
    export = chats.ada("first", "second", title=PHONE)
    with one_at_work(one, org.org_id):
        result = other.run("sync", export)
        assert result.code == 75
        assert "another sync" in result.err
        holder = other.run("ledger", "status", "--json").json["holder"]
        assert "pid" in holder
    assert other.sync(export).messages["logged"] == 1


@contextmanager
def one_at_work(machine: Wasf, org_id: str) -> Iterator[None]:
    """Hold the ledger as a run on this machine does, as soon as nobody else has it."""
    folders = Folders.from_environment(machine.environment)
    place = place_of(folders, org_id, machine.environment["WASF_LEDGER"])
    with ExitStack() as stack:

        def is_held() -> bool:
            try:
                stack.enter_context(place.held())
            except AnotherRun:
                return False
            return True

        eventually(is_held)
        yield


def test_what_a_listener_took_before_it_died_another_logs(
    machine: Machine, org: LocalOrg, postgres: Cluster
) -> None:
    one, other = machine("one"), machine("other")
    for each in (one, other):
        give_secrets(each)
    first = Listener(one)
    second = Listener(other)
    eventually(lambda: _is_idle(one, org))
    with one_at_work(machine("cron"), org.org_id):
        assert first.timelines(from_ada("taken", "m1")) == 200
        first.process.kill()
        first.process.communicate()
    eventually(lambda: org.count("Task") == 1)
    postgres.stop("fast")
    try:
        assert second.timelines(from_ada("away", "m2")) == 503
    finally:
        postgres.start()
    assert second.timelines(from_ada("back", "m3")) == 200
    eventually(lambda: org.count("Task") == 2)
    assert second.stop().code == 143
    assert sorted(one.texts()) == ["back", "taken"]


# --- The topic servers -------------------------------------------------------------------------


def test_the_topic_servers_shows_what_is_printed(
    org: LocalOrg, home: Path, chats: Chats, tmp_path: Path
) -> None:
    """Its statements are run, its standby takes over, and its texts are those of the program."""
    org.add_key_field()
    with running_cluster() as first:
        first.stop("fast")
        first.start(fsync="on")
        for statement in "\n".join(_blocks("sql")).splitlines():
            if "synchronous_standby_names" not in statement:  # there is no standby yet
                first.ask(statement.replace("wasf", "team"))  # the server's owner is wasf here
        with first.standby("ANY 1 (*)") as second:
            address = (
                f"postgresql://team@127.0.0.1:{first.port},127.0.0.1:{second.port}/team"
                "?target_session_attrs=read-write"
            )
            one, other = Wasf(org, home / "one"), Wasf(org, home / "other")
            for each in (one, other):
                each.set(ledger=address)
            assert one.sync(chats.ada("1", "2", title=PHONE)).messages["logged"] == 2
            eventually(lambda: "waits for 1" in one.run("doctor").out)
            first.wait_for_standbys("")
            eventually(lambda: "it lacks are lost" in one.run("doctor").out)
            first.wait_for_standbys("ANY 1 (*)")
            eventually(lambda: "waits for 1" in one.run("doctor").out)
            doctor, status, refused = _blocks("text")
            assert doctor in _as_shown(one.run("doctor").out, first, org)
            assert _as_shown(other.run("ledger", "status").out, first, org) == status
            with one_at_work(one, org.org_id):
                printed = other.run("sync", chats.ada("1", "2", "3", title=PHONE)).err
            assert _as_shown(printed, first, org) == refused
            first.stop()
            second.promote()
            assert other.sync(chats.ada("1", "2", "3", title=PHONE)).messages["logged"] == 1
            assert other.run("verify").code == 0
            first.start()


def _blocks(language: str) -> list[str]:
    """Return the blocks of code in the part of the topic that is about several machines."""
    _, _, part = topic_text("servers").partition("# Several machines, one ledger")
    return re.findall(rf"```{language}\n(.*?)\n```", part, re.DOTALL)


def _as_shown(printed: str, server: Cluster, org: LocalOrg) -> str:
    """Return what was printed with the topic's names of machines, its times and sizes."""
    for found, shown in (
        (f"127.0.0.1:{server.port}/team", "db1.example.com:5432/wasf"),
        (org.org_id, "00D5e0000000001EAA"),
        (r"PostgreSQL \d+ at", "PostgreSQL 15 at"),
        (r"\d+\.\d MB", "0.5 MB"),
        (r"\d\.\d s behind", "0.0 s behind"),
        (
            r"wasf on \S+, pid \d+, since [^)]+",
            "wasf on server1, pid 4711, since 2026-03-01 09:00:00 UTC",
        ),
    ):
        printed = re.sub(found, shown, printed)
    return printed.strip()


# --- Whatever happens to a machine -------------------------------------------------------------

ROUNDS = 4  # one of each kind; more by hand
LINES = 12


@pytest.mark.gate
def test_nothing_is_lost_or_double_whatever_happens_to_a_machine(
    machine: Machine, chats: Chats, org: LocalOrg, postgres: Cluster, database: str
) -> None:
    one, other = machine("one"), machine("other")
    for each in (one, other):
        each.set(batch_size="3")
    texts = ["begin"]
    other.sync(chats.ada(*texts, title=PHONE))
    random = Random(16)
    for number in range(ROUNDS):
        texts += [f"{number} {line}" for line in range(LINES)]
        export = chats.ada(*texts, title=PHONE)
        until = len(org.requests) + random.randrange(1, 9)
        process = one.start("sync", export, "--json")
        eventually(lambda: len(org.requests) >= until or process.poll() is not None)  # noqa: B023
        fault = ("kill", "stop", "end session", "restart")[number % 4]
        if fault == "kill":
            process.kill()
        elif fault == "restart":
            postgres.stop("immediate")
            postgres.start()
        else:
            if fault == "stop":
                process.send_signal(signal.SIGSTOP)
            end_session(database, process.pid)
        if fault == "stop":
            eventually(lambda: _synced(other, export))  # noqa: B023
            process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=60)
        assert process.returncode in (0, 75, -signal.SIGKILL), (fault, out, err)
        eventually(lambda: _synced(other, export))  # noqa: B023
        assert sorted(one.texts()) == sorted(texts), fault
    print(f"{ROUNDS} faults, {len(texts)} messages, 0 lost, 0 double")
    assert one.run("verify").code == 0


def _synced(machine: Wasf, export: Path) -> bool:
    """Sync; return whether it was this machine's turn."""
    result = machine.run("sync", export, "--json")
    assert result.code in (0, 75), result.err
    return result.code == 0


def _is_idle(machine: Wasf, org: LocalOrg) -> bool:
    """Return whether nobody writes now."""
    return machine.run("ledger", "status", "--json").json["holder"] is None
