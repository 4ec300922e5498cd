"""The inbox: what every one promises, and what the file is like."""

import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes_inbox import FakeInbox
from wasf.errors import StoreUnusable
from wasf.interfaces import Inbox, InboxCounts, Received
from wasf.store.ledger import LedgerFiles, WebhookInbox, inbox_counts
from wasf.store.ledger import inbox as module

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PRIVATE = b"a word for Sam only"


def body(text: bytes, sender: str = "timelines") -> Received:
    return Received(sender, AT, text)


def bodies(inbox: Inbox, most: int = 100) -> list[bytes]:
    return [one.body for one in inbox.fresh(most)]


class InboxContract:
    """What every inbox promises; a class with a fixture `inbox` runs it."""

    def test_bodies_come_out_as_they_came_in_and_in_their_order(self, inbox: Inbox) -> None:
        inbox.put([body(b"\x00\xff", "meta"), body(b"")])
        inbox.put([body(b"three")])
        assert bodies(inbox) == [b"\x00\xff", b"", b"three"]
        assert [one.sender for one in inbox.fresh(2)] == ["meta", "timelines"]

    def test_they_stay_until_they_are_settled(self, inbox: Inbox) -> None:
        inbox.put([body(b"one"), body(b"two"), body(b"three")])
        first, _, third = inbox.fresh(10)
        assert len(inbox.fresh(10)) == 3
        inbox.resolve([first.number, third.number], {})
        assert bodies(inbox) == [b"two"]

    def test_what_is_not_understood_is_kept_aside_and_counted(self, inbox: Inbox) -> None:
        inbox.put([body(b"one"), body(b"two"), body(b"three")])
        numbers = [one.number for one in inbox.fresh(10)]
        inbox.resolve(numbers[:1], {numbers[1]: "call:whispered"})
        assert bodies(inbox) == [b"three"]
        assert inbox.counts() == InboxCounts(1, {"call:whispered": 1})

    def test_a_number_is_never_used_again(self, inbox: Inbox) -> None:
        inbox.put([body(b"one")])
        [one] = inbox.fresh(1)
        inbox.resolve([one.number], {})
        inbox.put([body(b"two")])
        assert inbox.fresh(1)[0].number > one.number

    def test_what_is_set_aside_can_be_read_again(self, inbox: Inbox) -> None:
        inbox.put([body(b"one"), body(b"two")])
        numbers = [one.number for one in inbox.fresh(10)]
        inbox.resolve([], {numbers[0]: "a file, no side", numbers[1]: "no side of it"})
        assert inbox.retry("no side", AT) == 0, "it came at that time, not before"
        assert inbox.retry("no side") == 1
        assert [(one.number, one.kinds, one.at) for one in inbox.fresh(10)] == [
            (numbers[0], "a file, no side", AT)
        ]
        assert inbox.retry() == 1
        assert len(inbox.fresh(10)) == 2

    def test_an_empty_one_has_nothing(self, inbox: Inbox) -> None:
        assert inbox.counts() == InboxCounts(0, {})
        assert inbox.fresh(1) == []
        inbox.resolve([], {})


class TestFake(InboxContract):
    @pytest.fixture
    def inbox(self) -> FakeInbox:
        return FakeInbox()


@pytest.mark.postgres
class TestPostgres(InboxContract):
    @pytest.fixture
    def inbox(self, place):
        with place.inbox() as inbox:
            yield inbox


class TestSqlite(InboxContract):
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "orgs" / "inbox.sqlite3"

    @pytest.fixture
    def inbox(self, path: Path):
        with WebhookInbox.open(path) as inbox:
            yield inbox

    def test_what_is_set_aside_is_listed_without_its_text(self, inbox: WebhookInbox) -> None:
        inbox.put([body(PRIVATE), body(b"two")])
        inbox.resolve([], {1: "no id"})
        assert inbox.set_aside() == [(1, "timelines", AT, "no id", len(PRIVATE))]

    def test_it_is_there_when_it_is_opened_again(self, inbox: Inbox, path: Path) -> None:
        inbox.put([body(b"one")])
        with WebhookInbox.open(path) as other:
            assert bodies(other) == [b"one"]
        assert inbox_counts(LedgerFiles(path, path, path)) == InboxCounts(1, {})

    def test_only_its_owner_can_read_it(self, inbox: Inbox, path: Path) -> None:
        inbox.put([body(b"one")])
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_commit_waits_for_the_disk(self, inbox: WebhookInbox) -> None:
        assert inbox._db.rows("PRAGMA synchronous") == [(2,)]
        assert inbox._db.rows("PRAGMA journal_mode") == [("wal",)]

    def test_nothing_of_what_was_read_stays_in_the_files(self, path: Path) -> None:
        with WebhookInbox.open(path) as inbox:
            inbox.put([body(PRIVATE * 500)])
            inbox.resolve([one.number for one in inbox.fresh(1)], {})
        for file in path.parent.iterdir():
            assert PRIVATE not in file.read_bytes()

    def test_nothing_of_what_is_dropped_is_in_the_files_any_more(self, path: Path) -> None:
        with WebhookInbox.open(path) as inbox:
            inbox.put([body(PRIVATE * 500), body(b"two")])
            inbox.drop([1])
            for file in path.parent.iterdir():
                assert PRIVATE not in file.read_bytes()
            assert bodies(inbox) == [b"two"]

    def test_a_newer_wasf_tries_again(
        self, inbox: Inbox, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inbox.put([body(b"one")])
        inbox.resolve([], {inbox.fresh(1)[0].number: "call:whispered"})
        assert bodies(inbox) == []
        monkeypatch.setattr(module, "__version__", "99.0")
        assert bodies(inbox) == [b"one"]

    def test_large_bodies_do_not_all_come_at_once(self, inbox: Inbox) -> None:
        large = bytes(7 << 20)
        inbox.put([body(large), body(large), body(large)])
        assert len(inbox.fresh(100)) == 2

    def test_a_body_larger_than_a_batch_comes_alone(self, inbox: Inbox) -> None:
        inbox.put([body(bytes(17 << 20)), body(b"small")])
        [large] = inbox.fresh(100)
        inbox.resolve([large.number], {})
        assert bodies(inbox) == [b"small"]

    def test_something_else_of_that_name_is_left_alone(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_bytes(b"my diary " * 100)
        with pytest.raises(StoreUnusable):
            WebhookInbox.open(path)
        assert path.read_bytes() == b"my diary " * 100

    def test_another_database_of_that_name_is_left_alone(self, path: Path) -> None:
        path.parent.mkdir()
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA application_id = 7")
        other.close()
        with pytest.raises(StoreUnusable):
            WebhookInbox.open(path)

    def test_where_there_is_none_none_is_made_to_count(self, path: Path) -> None:
        assert inbox_counts(LedgerFiles(path, path, path)) is None
        assert not path.exists()
