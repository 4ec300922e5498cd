"""`Ledger`: what wasf remembers of one org. It is put together from the parts of this package."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from wasf import late_modules
from wasf.core.chats import Chat, ChatId
from wasf.core.coverage import ChatProfile
from wasf.core.keys import KeyedBatch
from wasf.core.records import KnownChat
from wasf.store.ledger import chats, repeats
from wasf.store.ledger.bulk_jobs import BulkJobs
from wasf.store.ledger.chat_search import Approvals, ChatSearch, KnownLines
from wasf.store.ledger.chats import Chats
from wasf.store.ledger.database import Database
from wasf.store.ledger.engines import copy_database, open_database, read_database
from wasf.store.ledger.facts import Facts
from wasf.store.ledger.history import RunHistory
from wasf.store.ledger.last_messages import AnswerTasks, ReportedRecords
from wasf.store.ledger.messages import MessageQueue, MessageState
from wasf.store.ledger.outbox import Outbox
from wasf.store.ledger.privacy import Privacy, erase_deleted_text, restore_alias, restore_id

if TYPE_CHECKING:
    from wasf.store.ledger import joins, logged_tasks, message_times, reconcile
else:  # most syncs need none of them
    joins, logged_tasks, message_times, reconcile = late_modules(
        __package__, "joins", "logged_tasks", "message_times", "reconcile"
    )


class Ledger(Chats, MessageQueue, Outbox, RunHistory, Privacy):
    """Queue, keys, outcomes and links of one org: in a file, a shared schema, or a scratch copy.

    Every method that changes something is one durable transaction, unless it runs inside
    `transaction()`, which makes one of many. After a kill the last committed state is there.
    `machine` is the name of this machine among those that share the ledger, "" for a file.
    """

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.machine = db.machine
        self.facts, self.jobs = Facts(db), BulkJobs(db)
        self.approvals, self.answers = Approvals(db), AnswerTasks(db)
        self.search, self.lines = ChatSearch(db, self.approvals), KnownLines(db)
        self.reported_records = ReportedRecords(db)

    @cached_property
    def joins(self) -> "joins.Joins":
        """Chats that are one."""
        return joins.Joins(self._db)

    @cached_property
    def moves(self) -> "logged_tasks.Moves":
        """Tasks that go to another record."""
        return logged_tasks.Moves(self._db)

    @cached_property
    def growing(self) -> "logged_tasks.GrowingTasks":
        """Tasks of windows that are open."""
        return logged_tasks.GrowingTasks(self._db)

    @cached_property
    def doubles(self) -> "logged_tasks.Doubles":
        """What was logged twice."""
        return logged_tasks.Doubles(self._db)

    @cached_property
    def report_rows(self) -> "message_times.ReportRows":
        """What `wasf report` counts: chats, and the times of their messages."""
        return message_times.ReportRows(self._db)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a ledger, or make it; folder 0700, file 0600.

        Raise `StoreUnusable` if that cannot be done; nothing is ever deleted or overwritten.
        """
        return cls(open_database(path))

    @classmethod
    def scratch(cls, path: Path) -> Self:
        """Copy the ledger at `path`, if there is one; the copy is never written back."""
        return cls(copy_database(path))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open the ledger at `path` to read it alone: nothing is written there, nor beside it."""
        return cls(read_database(path))

    def vouch(self) -> None:
        """Make sure that this run may still write; the lock of a file cannot be lost."""

    def close(self) -> None:
        """Close the file; nothing of a logged message's text stays in it.

        A process that has only read does not wait for one that writes.
        """
        try:
            if self._db.has_written:
                erase_deleted_text(self._db)
        finally:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside together, or nothing if it raises."""
        is_outermost = not self._db.in_transaction
        with self._db.transaction():
            yield
            if is_outermost:
                repeats.forget_counts(self._db)

    # Chats

    def chats(self) -> Sequence[KnownChat]:
        """Return all chats, in the order in which they were first saved."""
        return self.approvals.with_rules(chats.known_chats(self._db))

    def chat(self, chat_id: ChatId) -> Chat:
        """Return the chat that has this id. Raise `LookupError` if it was never saved."""
        return chats.chat_of(self._db, chat_id)

    def save_chat(self, chat: Chat) -> None:
        """Add a chat, or replace its details; its record and its queue stay."""
        with self.transaction():
            restore_id(self._db, chat.id)
            chats.save_chat(self._db, chat)

    def add_alias(self, alias: ChatId, chat_id: ChatId) -> None:
        """Give a chat a further id, by another title or source; one that is taken stays."""
        with self._db.transaction():
            restore_alias(self._db, alias)
            chats.add_alias(self._db, alias, chat_id)

    def chat_profile(self, chat_id: ChatId) -> ChatProfile:
        """Return what the exports of a chat taught; nothing for a chat that is not known."""
        return chats.chat_profile(self._db, chat_id)

    def save_chat_profile(self, chat_id: ChatId, profile: ChatProfile) -> None:
        """Replace it. The covered time is forgotten when messages of the chat are dropped."""
        with self.transaction():
            chats.save_chat_profile(self._db, chat_id, profile)

    # Messages

    def count_earlier(self, occurrence_keys: Sequence[bytes]) -> Sequence[int]:
        """Count these keys; return how often each was counted before in this transaction.

        Earlier ones in the list count too. An occurrence key has `OCCURRENCE_KEY_BYTES` bytes
        (`core.keys`). Keys in time order are fastest. Outside a transaction nothing is remembered.
        """
        with self.transaction():
            return repeats.count_earlier(self._db, occurrence_keys)

    def begin_comparison(self, chat_id: ChatId) -> "reconcile.ExportComparison":
        """Begin to compare an export with a chat, inside a transaction; counts begin anew."""
        return reconcile.ExportComparison(self._db, chat_id)

    def known_by_text(
        self,
        chat_id: ChatId,
        source: str,
        batch: KeyedBatch,
        indexes: Sequence[int],
        *then: Sequence[int],
    ) -> Mapping[int, MessageState]:
        """Return which messages came another way before; their ids are known from then on (I3)."""
        with self.transaction():
            return repeats.known_by_text(self._db, chat_id, source, batch, indexes, *then)

    def rewrite_file(self) -> None:
        """Write the file anew, so that nothing that was deleted can be read in it."""
        self._db.rewrite()
