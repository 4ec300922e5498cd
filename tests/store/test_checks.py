"""What `wasf doctor` finds on this machine: folders, disk, token store."""

import shutil
from pathlib import Path

import pytest

from wasf.core.checks import CheckStatus
from wasf.errors import ExitCode, LedgerUnreachable
from wasf.store.checks import (
    check_commits,
    check_disk,
    check_folders,
    check_server,
    check_tokens,
)
from wasf.store.credentials.token_stores import FileStore
from wasf.store.files import Folders
from wasf.store.ledger import CommitProof, ServerFacts, Standby


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(config=tmp_path / "config" / "wasf", state=tmp_path / "state" / "wasf")


def private(path: Path, mode: int = 0o700) -> Path:
    path.mkdir(parents=True)
    path.chmod(mode)
    return path


def test_folders_that_are_not_there_yet_are_fine(folders: Folders, tmp_path: Path) -> None:
    assert check_folders(folders).status is CheckStatus.OK
    assert list(tmp_path.iterdir()) == []


def test_everything_that_others_can_read_is_named(folders: Folders) -> None:
    private(folders.config)
    private(folders.state, 0o750)
    private(folders.tokens, 0o701)
    ledger = folders.ledger("00D5e0000000001EAA")
    private(ledger.parent)
    for path, mode in ((folders.settings_file, 0o644), (ledger, 0o600), (folders.profiles, 0o640)):
        path.touch()
        path.chmod(mode)
    check = check_folders(folders)
    assert check.status is CheckStatus.WARNING
    open_to_others = (folders.state, folders.settings_file, folders.profiles, folders.tokens)
    assert check.fix == f"chmod go= {' '.join(map(str, open_to_others))}"
    for path in open_to_others:
        path.chmod(path.stat().st_mode & 0o700)
    assert check_folders(folders).status is CheckStatus.OK


def test_a_folder_that_cannot_be_made(folders: Folders) -> None:
    folders.state.parent.touch()
    check = check_folders(folders)
    assert (check.status, check.code) == (CheckStatus.FAILED, ExitCode.FAILED)
    assert str(folders.state) in check.result


@pytest.fixture(
    params=[(10**9, CheckStatus.OK), (10**8, CheckStatus.WARNING), (10**6, CheckStatus.FAILED)]
)
def room(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, folders: Folders
) -> CheckStatus:
    free, status = request.param
    usage = shutil.disk_usage(folders.state.parents[1])._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    return status


def test_room_on_the_disk(folders: Folders, room: CheckStatus) -> None:
    check = check_disk(folders)
    assert check.status is room
    assert bool(check.fix) == (room is not CheckStatus.OK)


def test_a_token_store_that_works(folders: Folders) -> None:
    store = FileStore(folders.tokens)
    check = check_tokens(store)
    assert check.status is CheckStatus.OK
    assert store.place in check.result


def test_a_token_store_that_does_not(folders: Folders) -> None:
    private(folders.tokens, 0o755)
    check = check_tokens(FileStore(folders.tokens))
    assert (check.status, check.code) == (CheckStatus.FAILED, ExitCode.NOT_CONNECTED)
    assert check.fix


def test_a_sign_in_without_a_store() -> None:
    assert check_tokens(None).status is CheckStatus.SKIPPED


FINE = ServerFacts("127.0.0.1:5432/wasf", 150_006, "on", "on", ())
OK, WARNING, FAILED = CheckStatus.OK, CheckStatus.WARNING, CheckStatus.FAILED


@pytest.mark.parametrize(
    ("facts", "status", "words"),
    [
        (FINE, OK, "PostgreSQL 15 at 127.0.0.1:5432/wasf, without a standby."),
        (FINE._replace(version=130_004), FAILED, "14 or newer"),
        (FINE._replace(fsync="off"), FAILED, "Set fsync = on"),
        (FINE._replace(synchronous_commit="off"), FAILED, "Set synchronous_commit = on"),
        (FINE._replace(synchronous_commit="local"), FAILED, "Set synchronous_commit = on"),
        (FINE._replace(standbys=(Standby("sync", 0.2),)), OK, "waits for 1, at most 0.2 s behind"),
        (FINE._replace(standbys=(Standby("quorum", 0.0), Standby("quorum", 1.5))), OK, "1.5 s"),
        (FINE._replace(standbys=(Standby("async", 0.0),)), FAILED, "synchronous_standby_names"),
        (FINE._replace(standbys=(Standby("async", 0.0), Standby("sync", 0.0))), OK, "waits for 1"),
        (FINE._replace(standbys=(Standby("sync", 95.0),)), WARNING, "far behind"),
        (FINE._replace(standbys=(Standby(None, None),)), WARNING, "pg_monitor"),
    ],
)
def test_a_server_has_to_keep_what_it_said_is_stored(
    facts: ServerFacts, status: CheckStatus, words: str
) -> None:
    check = check_server(lambda: facts)
    assert check.status is status
    assert words in f"{check.result} {check.fix}"
    if status is FAILED:
        assert check.code is ExitCode.BAD_SETTINGS


def test_a_server_that_is_away_is_said() -> None:
    def away() -> ServerFacts:
        raise LedgerUnreachable("The database does not answer", "try again")

    assert check_server(away).code is ExitCode.TRY_LATER


@pytest.mark.parametrize(
    ("proof", "status", "words"),
    [
        (CommitProof(20, 20, 0, 0), OK, "20 of 20 commits were on the server's disk at once."),
        (CommitProof(20, 20, 2, 20), OK, "20 on that of a standby that it waits for."),
        (CommitProof(20, 19, 0, 0), FAILED, "Set synchronous_commit = on"),
        (CommitProof(4, 4, 1, 3), FAILED, "4 of 4 commits were on the server's disk at once, 3 on"),
        (CommitProof(0, 0, 1, 0), FAILED, "No standby is there"),
    ],
)
def test_what_commits_prove(proof: CommitProof, status: CheckStatus, words: str) -> None:
    check = check_commits(lambda: proof)
    assert (check.name, check.status) == ("ledger proof", status)
    assert words in f"{check.result} {check.fix}"
    if status is FAILED:
        assert check.code is (ExitCode.BAD_SETTINGS if proof.commits else ExitCode.TRY_LATER)


def test_a_server_that_is_away_proves_nothing() -> None:
    def away() -> CommitProof:
        raise LedgerUnreachable("The database does not answer", "try again")

    assert check_commits(away).code is ExitCode.TRY_LATER
