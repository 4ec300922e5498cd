"""The ledger: what stays on this machine about one org, in one SQLite file.

Every promise is in `interfaces.Ledger`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from wasf.core.chats import Chat, ChatId, Phone, SourceChat
from wasf.core.coverage import ChatProfile
from wasf.core.keys import KeyedBatch
from wasf.core.records import KnownChat, Link, MessageKey, RecordId, RecordType, Task, TaskKey
from wasf.interfaces import TaskOutcome
from wasf.store.ledger import (
    counts as counting,
)
from wasf.store.ledger import (
    history as undoing,
)
from wasf.store.ledger import (
    messages,
)
from wasf.store.ledger import (
    messages as standing,
)
from wasf.store.ledger import (
    outbox as intents,
)
from wasf.store.ledger import (
    privacy as forgetting,
)
from wasf.store.ledger.database import Database
from wasf.store.ledger.encoding import chat_from, chat_text, moment, moment_from
from wasf.store.ledger.messages import chat_number
from wasf.store.ledger.model import (
    Arrival,
    ExportComparison,
    Intent,
    LoggedTask,
    LoggedUnit,
    MessageState,
    PendingFile,
    Purged,
    RunId,
    RunLead,
    RunRecord,
    TextAt,
)
from wasf.store.ledger.reconcile import SqliteComparison, alike
from wasf.store.ledger.schema import copy_database, open_database

# --- aftercare
# The side of the ledger that a person uses: what a run did, and what is known of whom.
#
# Every promise is in `interfaces.Aftercare`.


class SqliteAftercare:
    """An `Aftercare` over the database of a ledger."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def runs(self) -> Sequence[RunId]:
        """See `Aftercare`."""
        return undoing.runs(self._db)

    def last_work(self) -> RunId | None:
        """See `Aftercare`."""
        return undoing.last_work(self._db)

    def work_of(self, run: RunId) -> Sequence[LoggedUnit]:
        """See `Aftercare`. Raises `LookupError` for a run that never was."""
        return undoing.work_of(self._db, run)

    def leads_of(self, run: RunId) -> Sequence[RunLead]:
        """See `Aftercare`."""
        return undoing.leads_of(self._db, run)

    def take_back(self, run: RunId, units: Sequence[LoggedUnit]) -> None:
        """See `Aftercare`."""
        with self._db.transaction():
            undoing.take_back(self._db, run, units)

    def lead_taken_back(self, lead_id: RecordId) -> None:
        """See `Aftercare`."""
        with self._db.transaction():
            undoing.lead_taken_back(self._db, lead_id)

    def logged_tasks(self) -> Iterator[LoggedTask]:
        """See `Aftercare`."""
        return undoing.logged_tasks(self._db)

    def unlink(self, chat_id: ChatId) -> None:
        """See `Aftercare`."""
        with self._db.transaction():
            self._db.run(
                """UPDATE chat SET record_type = NULL, record_id = NULL, by_hand = 0, unlinked = 1
                   WHERE number = ?""",
                (chat_number(self._db, chat_id),),
            )

    def forget(self, phone: Phone, chats: Collection[Chat], names: Collection[str] = ()) -> None:
        """See `Aftercare`."""
        with self._db.transaction():
            forgetting.forget(self._db, phone, chats, names)

    def let_in_again(self, phone: Phone) -> bool:
        """See `Aftercare`."""
        with self._db.transaction():
            return forgetting.let_in_again(self._db, phone)

    def purge(self, chats: Collection[ChatId], before: datetime | None, *, waiting: bool) -> Purged:
        """See `Aftercare`."""
        with self._db.transaction():
            return forgetting.purge(self._db, chats, before, waiting=waiting)

    def wipe(self) -> None:
        """See `Aftercare`."""
        self._db.run("VACUUM")


# --- ledger


class SqliteLedger:
    """A `Ledger` in a file, or in a copy that is gone with it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a ledger, or create it; folder 0700, file 0600.

        Raises `StoreUnusable` if that cannot be done; nothing is ever deleted or overwritten.
        """
        return cls(open_database(path))

    @classmethod
    def scratch(cls, path: Path) -> Self:
        """A copy of the ledger at `path` that can be changed and is never written back.

        Where there is no ledger the copy is empty. Nothing is created on disk.
        """
        return cls(copy_database(path))

    def close(self) -> None:
        """Close the file; nothing of a logged message's text stays in it.

        Whoever has only read does not wait for somebody who writes.
        """
        try:
            if self._db.has_written:
                messages.wipe_remnants(self._db)
        finally:
            self._db.close()

    @property
    def aftercare(self) -> SqliteAftercare:
        """The side that a person uses."""
        return SqliteAftercare(self._db)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Ledger`."""
        is_outermost = not self._db.in_transaction
        with self._db.transaction():
            yield
            if is_outermost:
                counting.forget_counts(self._db)

    # Chats

    def chats(self) -> Sequence[KnownChat]:
        """See `Ledger`."""
        rows = self._db.rows(
            """SELECT id, facts, record_type, record_id, by_hand, unlinked, logged, reason, remedy,
                      (SELECT count(*) FROM queue WHERE queue.chat = chat.number)
               FROM chat WHERE forgotten = 0 ORDER BY number"""
        )
        return [
            KnownChat(
                chat=chat_from(chat_id, facts),
                link=Link(RecordType(of_type), RecordId(record), bool(hand)) if record else None,
                unlinked=bool(unlinked),
                queued=queued,
                logged=logged,
                reason=reason if queued else "",
                hint=hint if queued else "",
            )
            for (
                chat_id,
                facts,
                of_type,
                record,
                hand,
                unlinked,
                logged,
                reason,
                hint,
                queued,
            ) in rows
        ]

    def save_chat(self, chat: Chat) -> None:
        """See `Ledger`."""
        with self.transaction():
            forgetting.take_up(self._db, chat.id)
            self._db.run(
                """INSERT INTO chat (id, facts) VALUES (?, ?)
                   ON CONFLICT (id) DO UPDATE SET facts = excluded.facts""",
                (chat.id, chat_text(chat)),
            )

    def link(self, chat_id: ChatId, link: Link | None) -> None:
        """See `Ledger`."""
        with self.transaction():
            self._db.run(
                """UPDATE chat SET record_type = :type, record_id = :id, by_hand = :by_hand,
                                   unlinked = unlinked AND :id IS NULL
                   WHERE number = :chat""",
                {
                    "type": link and link.record_type.value,
                    "id": link and link.record_id,
                    "by_hand": bool(link and link.by_hand),
                    "chat": messages.chat_number(self._db, chat_id),
                },
            )

    def wait(self, chat_id: ChatId, reason: str, hint: str) -> None:
        """See `Ledger`."""
        with self.transaction():
            self._db.run(
                "UPDATE chat SET reason = ?, remedy = ? WHERE number = ?",
                (reason, hint, messages.chat_number(self._db, chat_id)),
            )

    def is_forgotten(self, found: SourceChat) -> bool:
        """See `Ledger`."""
        return forgetting.is_forgotten(self._db, found)

    # Messages

    def count_earlier(self, places: Sequence[bytes]) -> Sequence[int]:
        """See `Ledger`."""
        with self.transaction():
            return counting.count_earlier(self._db, places)

    def states(self, keys: Sequence[MessageKey]) -> Sequence[MessageState]:
        """See `Ledger`."""
        return standing.states(self._db, keys)

    def standing(self, chat_id: ChatId, asked: KeyedBatch) -> Sequence[MessageState]:
        """See `Ledger`."""
        return standing.standing(self._db, messages.chat_number(self._db, chat_id), asked)

    def learned(self, chat_id: ChatId) -> ChatProfile:
        """See `Ledger`."""
        return messages.learned(self._db, chat_id)

    def learn(self, chat_id: ChatId, learned: ChatProfile) -> None:
        """See `Ledger`."""
        with self.transaction():
            messages.learn(self._db, chat_id, learned)

    def compare(self, chat_id: ChatId) -> ExportComparison:
        """See `Ledger`."""
        return SqliteComparison(self._db, messages.chat_number(self._db, chat_id))

    def alike(self, chat_ids: Sequence[ChatId], lines: Sequence[TextAt]) -> Mapping[ChatId, int]:
        """See `Ledger`."""
        return alike(self._db, chat_ids, lines)

    def enqueue(self, chat_id: ChatId, arrivals: Sequence[Arrival]) -> None:
        """See `Ledger`."""
        with self.transaction():
            messages.enqueue(self._db, chat_id, arrivals)

    def restore(self, chat_id: ChatId) -> None:
        """See `Ledger`."""
        with self.transaction():
            undoing.restore(self._db, chat_id)

    def queued(self, chat_id: ChatId) -> Iterator[Arrival]:
        """See `Ledger`."""
        return messages.queued(self._db, chat_id)

    def drop(self, keys: Collection[MessageKey]) -> None:
        """See `Ledger`; messages that may be on their way stay."""
        with self.transaction():
            messages.drop(self._db, keys)

    # Writing

    def record_intent(
        self, chat_ids: Sequence[ChatId], tasks: Sequence[Task], at: datetime
    ) -> None:
        """See `Ledger`; a Task that is intended already gets the later time."""
        with self.transaction():
            intents.record_intent(self._db, chat_ids, tasks, at)

    def resolve(self, outcomes: Sequence[TaskOutcome]) -> None:
        """See `Ledger` and `store.intents`."""
        with self.transaction():
            intents.resolve(self._db, outcomes)

    def logged_parts(self, keys: Collection[TaskKey]) -> frozenset[TaskKey]:
        """See `Ledger`."""
        return intents.logged_parts(self._db, keys)

    def partially_logged(self, chat_id: ChatId) -> Mapping[MessageKey, RecordId]:
        """See `Ledger`."""
        return intents.partially_logged(self._db, chat_id)

    def intents(self) -> Sequence[Intent]:
        """See `Ledger`."""
        return intents.intents(self._db)

    def record_lead_intent(self, phone: Phone, at: datetime) -> None:
        """See `Ledger`."""
        with self.transaction():
            self._db.run(
                """INSERT INTO lead_intent (phone, at) VALUES (?, ?)
                   ON CONFLICT (phone) DO UPDATE SET at = excluded.at""",
                (phone, moment(at)),
            )

    def resolve_lead(self, phone: Phone) -> None:
        """See `Ledger`."""
        with self.transaction():
            self._db.run("DELETE FROM lead_intent WHERE phone = ?", (phone,))

    def lead_intents(self) -> Mapping[Phone, datetime]:
        """See `Ledger`."""
        rows = self._db.rows("SELECT phone, at FROM lead_intent ORDER BY at, phone")
        return {Phone(phone): moment_from(at) for phone, at in rows}

    def lead_written(self, lead_id: RecordId, *, is_created: bool) -> None:
        """See `Ledger`; a Lead that is reopened after it was created counts as created."""
        with self.transaction():
            self._db.run(
                f"INSERT OR IGNORE INTO run_lead VALUES (?, {messages.THIS_RUN}, ?)",  # noqa: S608
                (lead_id, is_created),
            )

    def undone(self, task_ids: Collection[RecordId]) -> frozenset[RecordId]:
        """See `Ledger`."""
        return undoing.undone(self._db, task_ids)

    # Files

    def pending_files(self) -> Sequence[PendingFile]:
        """See `Ledger`."""
        return intents.pending_files(self._db)

    def file_done(self, pending: PendingFile) -> None:
        """See `Ledger`."""
        with self.transaction():
            intents.file_done(self._db, pending)

    # Runs

    def begin_run(self, at: datetime) -> RunId:
        """See `Ledger`."""
        second = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        with self.transaction():
            [(same,)] = self._db.rows("SELECT count(*) FROM run WHERE id GLOB ?", (f"{second}-*",))
            run = RunId(f"{second}-{same + 1}")
            self._db.run("INSERT INTO run (id, started_at) VALUES (?, ?)", (run, moment(at)))
        return run

    def finish_run(self, run: RunId, at: datetime, logged: int) -> None:
        """See `Ledger`."""
        with self.transaction():
            self._db.run(
                "UPDATE run SET finished_at = ?, logged = ? WHERE id = ?", (moment(at), logged, run)
            )

    def last_run(self) -> RunRecord | None:
        """See `Ledger`."""
        rows = self._db.rows(
            """SELECT id, started_at, finished_at, logged FROM run
               WHERE finished_at IS NOT NULL ORDER BY number DESC LIMIT 1"""
        )
        for run, started, finished, logged in rows:
            return RunRecord(RunId(run), moment_from(started), moment_from(finished), logged)
        return None

    # Small facts that outlive a run

    def remember(self, name: str, value: str) -> None:
        """See `Ledger`."""
        with self.transaction():
            self._db.run("DELETE FROM fact WHERE name = ?", (name,))
            if value:
                self._db.run("INSERT INTO fact (name, value) VALUES (?, ?)", (name, value))

    def recall(self, name: str) -> str:
        """See `Ledger`."""
        rows = self._db.rows("SELECT value FROM fact WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else ""
