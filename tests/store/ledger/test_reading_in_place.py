"""A ledger that is only looked at: it is read where it is, and stays as it was."""

import json
import sqlite3
from contextlib import closing

import pytest

from tests.gates.old_ledgers import KEPT, kept_versions, restore
from tests.store.ledger.builders import ADA, arrival, chat
from wasf.core.chats import ChatId
from wasf.core.records import Approval
from wasf.errors import StoreUnusable
from wasf.store.ledger import Ledger, LedgerFiles, LedgerTransfer, SharedLedgerPlace
from wasf.store.ledger.engines.sqlite_schema import APPLICATION_ID, VERSION

OF_OLD = [version for version in kept_versions() if version < VERSION]


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "orgs" / "one"
    folder.mkdir(parents=True)
    names = ("ledger.sqlite3", "webhooks.sqlite3", "lock")
    return LedgerFiles(*(folder / name for name in names))


def everything(files):
    """Each file of the folder with its content."""
    return {path.name: path.read_bytes() for path in files.ledger.parent.iterdir()}


def kept(version, files):
    restore(json.loads((KEPT / f"version_{version}.json").read_text()), files.ledger)
    return everything(files)


@pytest.mark.parametrize("version", OF_OLD)
def test_to_look_at_an_old_ledger_does_not_bring_it_up_to_date(files, version):
    before = kept(version, files)
    facts = files.facts()
    assert (facts.messages, facts.chats) == (7, 1)
    assert everything(files) == before


@pytest.mark.parametrize("version", OF_OLD[::5])
def test_nor_does_to_read_it_or_to_ask_what_would_be_moved(files, version):
    before = kept(version, files)
    with files.read() as ledger:
        assert [(one.logged, one.queued) for one in ledger.chats()] == [(3, 4)]
    place = SharedLedgerPlace("postgresql://127.0.0.1/none", "one", files)
    assert LedgerTransfer(place).facts().messages == 7
    assert everything(files) == before


def test_what_is_counted_is_what_the_ledger_says(files):
    with Ledger.open(files.ledger) as ledger:
        ledger.save_chat(chat())
        ledger.save_chat(chat("ben", id=ChatId("ben")))
        ledger.enqueue(ADA, [arrival(name) for name in "abc"])
        ledger.enqueue(ChatId("ben"), [arrival("d")])
        ledger.approvals.decide(ChatId("ben"), Approval.SKIPPED)
        known = ledger.chats()
    facts = files.facts()
    assert facts.messages == sum(one.logged + one.queued for one in known) == 4
    assert facts.chats == len(known) == 2


def test_it_is_read_where_it_is_and_not_copied(files):
    """What another process writes meanwhile is there."""
    with Ledger.open(files.ledger) as writer:
        writer.save_chat(chat())
        with files.read() as reader:
            assert len(reader.chats()) == 1
            writer.enqueue(ADA, [arrival("a")])
            assert [one.queued for one in reader.chats()] == [1]
            assert files.facts().messages == 1
            with pytest.raises(StoreUnusable):
                reader.save_chat(chat("other"))


def test_nothing_is_left_beside_it(files):
    Ledger.open(files.ledger).close()
    before = everything(files)
    files.facts()
    with files.read() as ledger:
        assert ledger.chats() == []
    assert everything(files) == before


def test_where_there_is_none_none_is_made(files):
    assert (files.facts().messages, files.facts().chats) == (0, 0)
    with files.read() as ledger:
        assert ledger.chats() == []
    assert everything(files) == {}


NOT_OURS = {
    "a newer wasf's": ([f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 999"]),
    "another program's": (["CREATE TABLE notes (text TEXT)"]),
}


@pytest.mark.parametrize("statements", NOT_OURS.values(), ids=NOT_OURS)
def test_one_that_cannot_be_read_is_refused(files, statements):
    with closing(sqlite3.connect(files.ledger)) as db:
        for statement in statements:
            db.execute(statement)
    for look in (files.facts, files.read):
        with pytest.raises(StoreUnusable):
            look()
