"""`Ledger`: everything that stays on this machine about one org. Its work is done beside it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self

from wasf.core.chats import Chat, ChatId, Phone, SourceChat
from wasf.core.coverage import ChatProfile
from wasf.core.keys import KeyedBatch
from wasf.core.records import KnownChat, Link, MessageKey, Place, RecordId, Task, TaskKey
from wasf.interfaces import TaskOutcome
from wasf.store.ledger import chats, counts, history, messages, outbox, privacy, reconcile, repeats
from wasf.store.ledger.answer_tasks import AnswerTasks
from wasf.store.ledger.approvals import Approvals
from wasf.store.ledger.bulk_jobs import BulkJobs
from wasf.store.ledger.chat_search import ChatSearch, KnownLines
from wasf.store.ledger.database import Database
from wasf.store.ledger.engines import copy_database, open_database
from wasf.store.ledger.facts import Facts
from wasf.store.ledger.growth import GrowingTasks
from wasf.store.ledger.joins import Joins
from wasf.store.ledger.last_messages import ReportedRecords
from wasf.store.ledger.message_times import ReportRows
from wasf.store.ledger.model import (
    Arrival,
    Intent,
    LoggedTask,
    LoggedUnit,
    MessageState,
    PendingFile,
    Purged,
    RunCounts,
    RunId,
    RunLead,
    RunRecord,
)
from wasf.store.ledger.moves import Moves
from wasf.store.ledger.repeats import Doubles


class Ledger:
    """Queue, keys, outcomes and links of one org, in a file or in a copy that is gone with it.

    Every method that changes something is one durable transaction, unless it runs inside
    `transaction()`, which makes one of many. After a kill the last committed state is there.
    `machine` is the name of this machine among those that share the ledger, "" for a file.
    """

    def __init__(self, db: Database) -> None:
        self._db, self.machine = db, db.machine
        self.facts, self.joins, self.doubles = Facts(db), Joins(db), Doubles(db)
        self.moves, self.growing, self.answers = Moves(db), GrowingTasks(db), AnswerTasks(db)
        self.approvals, self.jobs = Approvals(db), BulkJobs(db)
        self._sent: dict[TaskKey, Task] = {}  # as their intents have them
        self.search, self.lines = ChatSearch(db, self.approvals), KnownLines(db)
        self.report_rows, self.reported_records = ReportRows(db), ReportedRecords(db)

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

    def vouch(self) -> None:
        """Make sure that this run may still write; the lock of a file cannot be lost."""

    def close(self) -> None:
        """Close the file; nothing of a logged message's text stays in it.

        A process that has only read does not wait for one that writes.
        """
        try:
            if self._db.has_written:
                privacy.erase_deleted_text(self._db)
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
                counts.forget_counts(self._db)

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
            privacy.restore_id(self._db, chat.id)
            chats.save_chat(self._db, chat)

    def link(self, chat_id: ChatId, record: Link | None) -> None:
        """Store a chat's record, or None; by hand it is a yes. See `chats.link`."""
        with self.transaction():
            chats.link(self._db, chat_id, record)

    def unlink(self, chat_id: ChatId) -> None:
        """Forget the record of a chat; wasf must not match the chat by itself (M10)."""
        with self.transaction():
            chats.unlink(self._db, chat_id)

    def wait(self, chat_id: ChatId, reason: str, hint: str) -> None:
        """Store why the queued messages of a chat wait; "" twice if they do not."""
        with self.transaction():
            chats.wait(self._db, chat_id, reason, hint)

    def chat_profile(self, chat_id: ChatId) -> ChatProfile:
        """Return what the exports of a chat taught; nothing for a chat that is not known."""
        return chats.chat_profile(self._db, chat_id)

    def save_chat_profile(self, chat_id: ChatId, profile: ChatProfile) -> None:
        """Replace it. The covered time is forgotten when messages of the chat are dropped."""
        with self.transaction():
            chats.save_chat_profile(self._db, chat_id, profile)

    # Messages

    def count_earlier(self, places: Sequence[bytes]) -> Sequence[int]:
        """Count these places; return how often each was counted before in this transaction.

        Earlier ones in the list count too. A place has `core.keys.PLACE_BYTES`. In the order of
        time it is quickest. Outside a transaction nothing is remembered.
        """
        with self.transaction():
            return counts.count_earlier(self._db, places)

    def message_states(self, chat_id: ChatId, batch: KeyedBatch) -> Sequence[MessageState]:
        """Return the states of these messages of a chat, in order."""
        return messages.message_states(self._db, chats.chat_number(self._db, chat_id), batch)

    def begin_comparison(self, chat_id: ChatId) -> reconcile.ExportComparison:
        """Begin to compare an export with a chat, inside a transaction; counts begin anew."""
        return reconcile.ExportComparison(self._db, chat_id)

    def enqueue(self, chat_id: ChatId, arrivals: Sequence[Arrival], source: str = "") -> None:
        """Put new messages into the queue; known ones stay as they are.

        `source` is the kind of source whose ids the messages have.
        """
        with self.transaction():
            messages.enqueue(self._db, chat_id, arrivals, source)

    def known_by_text(
        self, chat_id: ChatId, source: str, batch: KeyedBatch, *places: Sequence[int]
    ) -> Mapping[int, MessageState]:
        """Return which messages came another way before; their ids are known from then on (I3)."""
        with self.transaction():
            return repeats.known_by_text(self._db, chat_id, source, batch, *places)

    def queued(self, chat_id: ChatId) -> Iterator[Arrival]:
        """Yield a chat's queued messages by time, then as they arrived; without intended ones.

        What was yielded may be changed meanwhile.
        """
        return messages.queued(self._db, chat_id)

    def queued_span(self, chat_id: ChatId) -> tuple[datetime, datetime] | None:
        """Return the times of a chat's first and last queued message (UTC), None without any."""
        return messages.queued_span(self._db, chat_id)

    def drop(self, keys: Collection[MessageKey]) -> None:
        """Delete messages from the queue without a trace; those that may be on their way stay."""
        with self.transaction():
            messages.drop(self._db, keys)

    def restore_undone(self, chat_id: ChatId) -> None:
        """Make the undone messages of a chat unknown, so that they are new again."""
        with self.transaction():
            history.restore_undone(self._db, chat_id)

    # Tasks, Leads and files on their way

    def record_intent(
        self, chat_ids: Sequence[ChatId], tasks: Sequence[Task], at: datetime
    ) -> None:
        """Commit that these Tasks are about to be sent, each of the chat at the same index.

        A Task that has an intent already gets the later time.
        """
        with self.transaction():
            added = outbox.record_intent(self._db, chat_ids, tasks, at)
        self._sent |= added

    def resolve(self, outcomes: Sequence[TaskOutcome]) -> None:
        """Commit what became of intended Tasks.

        `TaskLogged`: messages become logged once all their Tasks are, and their text is deleted.
        `TaskRefused`, `TaskNotSent`: messages go back to the queue once none of their Tasks has an
        intent; a Task that was logged is remembered (`logged_parts`) and need not be sent again.
        `TaskInDoubt`: the intent stays. All Tasks of a message need an intent before the first is
        resolved. Outcomes of Tasks without an intent are passed over.
        """
        with self.transaction():
            outbox.resolve(self._db, outcomes, sent=self._sent)

    def intents(self) -> Sequence[Intent]:
        """Return the Tasks whose outcome is not known but those of `jobs`, oldest first."""
        return outbox.intents(self._db)

    def logged_parts(self, keys: Collection[TaskKey]) -> frozenset[TaskKey]:
        """Return which of these Tasks are known to be logged."""
        return outbox.logged_parts(self._db, keys)

    def partially_logged(self, chat_id: ChatId) -> Mapping[MessageKey, RecordId]:
        """Return the queued messages of which one Task is logged and another is not.

        Each with the first Task that was logged; messages that share that Task have the same.
        """
        return outbox.partially_logged(self._db, chat_id)

    def record_lead_intent(self, phone: Phone, at: datetime) -> None:
        """Commit that a Lead with this number is about to be created."""
        with self.transaction():
            outbox.record_lead_intent(self._db, phone, at)

    def resolve_lead(self, phone: Phone) -> None:
        """Commit that the outcome of that creation is known."""
        with self.transaction():
            outbox.resolve_lead(self._db, phone)

    def lead_intents(self) -> Mapping[Phone, datetime]:
        """Return the Leads whose creation has no known outcome, with the time of each (UTC)."""
        return outbox.lead_intents(self._db)

    def pending_files(self) -> Sequence[PendingFile]:
        """Return the files to upload, oldest first."""
        return outbox.pending_files(self._db)

    def record_upload(self, file: PendingFile, at: datetime) -> None:
        """Commit that a file is about to be uploaded."""
        with self.transaction():
            outbox.record_upload(self._db, file, at)

    def resolve_upload(self, file: PendingFile) -> None:
        """Commit that the file was certainly not uploaded."""
        with self.transaction():
            outbox.resolve_upload(self._db, file)

    def upload_intent(self, file: PendingFile) -> datetime | None:
        """Return when an upload without a known outcome was begun (UTC), None if there is none."""
        return outbox.upload_intent(self._db, file)

    def file_done(self, file: PendingFile) -> None:
        """Commit that a file was uploaded, or never will be."""
        with self.transaction():
            outbox.file_done(self._db, file)

    # Runs, and what they wrote

    def begin_run(self, at: datetime, run: RunId | None = None) -> RunId:
        """Begin a run, under that id if it is new here; return its id."""
        with self.transaction():
            return history.begin_run(self._db, at, run)

    def finish_run(self, run: RunId, at: datetime, logged: int) -> None:
        """End a run."""
        with self.transaction():
            history.finish_run(self._db, run, at, logged)

    def last_run(self) -> RunRecord | None:
        """Return the latest run that ended."""
        return history.last_run(self._db)

    def runs(self) -> Sequence[RunId]:
        """Return all runs, oldest first, those that were cut off included."""
        return history.runs(self._db)

    def run_records(self) -> Sequence[RunRecord]:
        """Return all runs, oldest first, those that were cut off included."""
        return history.run_records(self._db)

    def undone_counts(self) -> Mapping[RunId, int]:
        """Return how many Tasks of each run were undone; runs without any are left out."""
        return history.undone_counts(self._db)

    def written_counts(self) -> Mapping[RunId, RunCounts]:
        """Return how much of each run is in Salesforce."""
        return history.written_counts(self._db)

    def last_writing_run(self) -> RunId | None:
        """Return the latest run that wrote anything, even if that was undone since."""
        return history.last_writing_run(self._db)

    def lead_written(self, lead_id: RecordId, chat_id: ChatId, *, is_created: bool) -> None:
        """Commit that the run created a chat's Lead, or else reopened it; created stays created."""
        with self.transaction():
            history.lead_written(self._db, lead_id, chat_id, is_created=is_created)

    def leads_of(self, run: RunId) -> Sequence[RunLead]:
        """Return the Leads that a run created or reopened, without undone ones."""
        return history.leads_of(self._db, run)

    def created_leads(self, lead_ids: Collection[RecordId]) -> Sequence[RecordId]:
        """Return which of these Leads a run created, without undone ones."""
        return history.created_leads(self._db, lead_ids)

    def runs_of(self, chat_id: ChatId) -> Sequence[RunId]:
        """Return the runs that logged a Task of a chat which nobody undid, oldest first."""
        return history.runs_of(self._db, chat_id)

    def logged_by(self, run: RunId, chat_id: ChatId | None = None) -> Sequence[LoggedUnit]:
        """Return what a run logged and nobody undid, of one chat or of all.

        Raise `LookupError` if the run or the chat never was.
        """
        return history.logged_by(self._db, run, chat_id)

    def logged_tasks(self) -> Iterator[LoggedTask]:
        """Yield every Task whose key is known, each once."""
        return history.logged_tasks(self._db)

    def redirect_intents(self, chat_id: ChatId, to: Place) -> None:
        """Commit that the intended Tasks of a chat go to this place if they are sent again."""
        with self.transaction():
            outbox.redirect_intents(self._db, chat_id, to)
        self._sent.clear()

    # Undo

    def mark_undone(self, run: RunId, units: Sequence[LoggedUnit]) -> None:
        """Commit that the Tasks of these units are gone; no sync logs their messages by itself."""
        with self.transaction():
            history.mark_undone(self._db, run, units)

    def mark_lead_undone(self, lead_id: RecordId) -> None:
        """Commit that a Lead is gone, and forget the links to it that no person made."""
        with self.transaction():
            history.mark_lead_undone(self._db, lead_id)

    def undone_tasks(self, task_ids: Collection[RecordId]) -> frozenset[RecordId]:
        """Return which of these Tasks were deleted by an undo."""
        return history.undone_tasks(self._db, task_ids)

    # Privacy

    def forget(self, phone: Phone, chats: Collection[Chat], names: Collection[str] = ()) -> None:
        """Remove all that is known of these chats, and let nobody with that number in again.

        Nor with another number of these chats, nor, without a number, under one of their titles or
        of these names. Keys stay under no name: who is let in again is not logged twice.
        """
        with self.transaction():
            privacy.forget(self._db, phone, chats, names)

    def is_forgotten(self, found: SourceChat) -> bool:
        """Whether a person asked that this chat's other party be forgotten and not come back."""
        return privacy.is_forgotten(self._db, found)

    def lift_ban(self, phone: Phone) -> bool:
        """End the ban of `forget`, nothing comes back; return whether there was one."""
        with self.transaction():
            return privacy.lift_ban(self._db, phone)

    def purge(self, chats: Collection[ChatId], before: datetime | None, *, waiting: bool) -> Purged:
        """Delete what is known of logged messages but their keys and minutes.

        Only of these chats, and only what was written before that moment. With `waiting`, messages
        that wait lose their text too and are never logged. What may be on its way stays.
        """
        with self.transaction():
            return privacy.purge(self._db, chats, before, waiting=waiting)

    def rewrite_file(self) -> None:
        """Write the file anew, so that nothing that was deleted can be read in it."""
        self._db.rewrite()
