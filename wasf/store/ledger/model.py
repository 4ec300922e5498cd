"""What stays on this machine about one org."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType, Protocol

from wasf.core.alignment import OffsetVote
from wasf.core.chats import Attachment, Chat, ChatId, Message, Phone, SourceChat
from wasf.core.coverage import ChatProfile
from wasf.core.diff import Difference, NewLine
from wasf.core.keys import KeyedBatch
from wasf.core.records import (
    KnownChat,
    Link,
    MessageKey,
    RecordId,
    Task,
    TaskKey,
)
from wasf.interfaces import TaskOutcome

# --- comparison
# How an export is compared with what the ledger knows of its chat, in memory that stays small.


class UnmatchedLine(NamedTuple):
    """A line that equals no known message, its key and minute, and whether the time is covered."""

    line: NewLine
    key: MessageKey
    minute: int
    is_covered: bool


class TextAt(NamedTuple):
    """A line's minute and the digest of its text."""

    minute: int
    digest: bytes


class ExportComparison(Protocol):
    """Notes about one reading of one export. They are gone with the transaction.

    Everything that is known of an export's lines has to pass `count_earlier` first: what the ledger
    has and the export does not show is told by that.
    """

    def hold(self, lines: Sequence[UnmatchedLine]) -> None:
        """Note lines that equal no known message."""
        ...

    def differences(self, later: int = 0) -> Iterator[Difference]:
        """Every minute with held lines and with known messages that the export does not show.

        The messages are those of so many minutes `later`.
        """
        ...

    def recognise(self, numbers: Collection[int]) -> int:
        """Let go of held lines, because they are known messages; how many are in covered time."""
        ...

    def held(self) -> Iterator[tuple[int, MessageKey]]:
        """Numbers and keys of the lines that are held, in the order of the export."""
        ...

    def displaced(self, shown: int) -> int:
        """How many held lines say what one known message says, at another time.

        Not looked for where nearly all known messages are among the `shown` lines.
        """
        ...

    def strange_minutes(self, limit: int) -> Sequence[int]:
        """The first minutes of held lines in covered time, each once."""
        ...

    def votes(self, lines: Iterable[TextAt]) -> Sequence[OffsetVote]:
        """How all lines of an export could be moved so that they are known.

        By text alone, whoever wrote it; texts that occur often say nothing.
        """
        ...


# --- ledger


RunId = NewType("RunId", str)
"""Names a run of `wasf sync`; sorts by time."""


class MessageState(StrEnum):
    """Where a message stands in the ledger. One that was taken back is not in Salesforce."""

    NEW = "new"
    QUEUED = "queued"
    INTENDED = "intended"
    LOGGED = "logged"
    UNDONE = "taken back"


class Arrival(NamedTuple):
    """A message and its key, on the way into the queue."""

    key: MessageKey
    message: Message


class Intent(NamedTuple):
    """A Task that was about to be sent at `at` (UTC) and whose outcome is not in the ledger."""

    task: Task
    chat_id: ChatId
    at: datetime


class PendingFile(NamedTuple):
    """A file that still has to be uploaded to a Task that is logged (T8)."""

    message: MessageKey
    task_id: RecordId
    attachment: Attachment


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the ledger remembers it. `sources` are origins, not paths."""

    id: RunId
    started_at: datetime
    finished_at: datetime | None
    logged: int


class Ledger(Protocol):
    """What stays on this machine about one org: queue, keys, outcomes, links.

    Every method that changes something is one durable transaction, unless it runs inside
    `transaction()`, which makes one of many. A process that is killed leaves the last committed
    state. Message text is kept until the Task is logged, then deleted.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside is committed together, or not at all if it raises."""
        ...

    # Chats

    def chats(self) -> Sequence[KnownChat]:
        """All chats, in the order they were first seen."""
        ...

    def save_chat(self, chat: Chat) -> None:
        """Add a chat, or replace what is known of it (links and queue stay)."""
        ...

    def link(self, chat_id: ChatId, link: Link | None) -> None:
        """Remember what a chat was matched to, which ends its being unlinked; None forgets it."""
        ...

    def wait(self, chat_id: ChatId, reason: str, hint: str) -> None:
        """Say why a chat's queued messages wait; "" twice says that they do not."""
        ...

    def is_forgotten(self, found: SourceChat) -> bool:
        """Whether a person asked that this chat's other party be forgotten and not come back."""
        ...

    # Messages

    def count_earlier(self, places: Sequence[bytes]) -> Sequence[int]:
        """How often each place was counted before in this transaction, this list's start included.

        A place has `PLACE_BYTES`; they come in any order, and quickest in that of time. Counts are
        forgotten when the transaction ends. See `core.identity`.
        """
        ...

    def states(self, keys: Sequence[MessageKey]) -> Sequence[MessageState]:
        """Where these messages stand, in order. Slow where many are logged: see `standing`."""
        ...

    def standing(self, chat_id: ChatId, asked: KeyedBatch) -> Sequence[MessageState]:
        """Where these messages of one chat stand, in order; quick, however many are logged."""
        ...

    def learned(self, chat_id: ChatId) -> ChatProfile:
        """What the exports of a chat have taught; nothing for a chat that is not known."""
        ...

    def learn(self, chat_id: ChatId, learned: ChatProfile) -> None:
        """Replace it. The covered time is forgotten when messages of the chat are dropped."""
        ...

    def compare(self, chat_id: ChatId) -> ExportComparison:
        """Begin to compare an export with this chat, inside a transaction; counts begin anew."""
        ...

    def alike(self, chat_ids: Sequence[ChatId], lines: Sequence[TextAt]) -> Mapping[ChatId, int]:
        """How many of these incoming lines each chat has, by minute and text; none: left out."""
        ...

    def enqueue(self, chat_id: ChatId, arrivals: Sequence[Arrival]) -> None:
        """Put new messages into the queue; keys that are known are left as they are."""
        ...

    def restore(self, chat_id: ChatId) -> None:
        """Make the messages of a chat that were taken back unknown, so that they are new again."""
        ...

    def queued(self, chat_id: ChatId) -> Iterator[Arrival]:
        """A chat's queued messages, by time, then as they arrived; intended ones are left out.

        Reads on as it is iterated, so a million need little memory; changes made meanwhile to
        messages that were already given do not disturb it.
        """
        ...

    def drop(self, keys: Collection[MessageKey]) -> None:
        """Take messages out of the queue for good, without a trace (skipped ones)."""
        ...

    # Writing

    def record_intent(
        self, chat_ids: Sequence[ChatId], tasks: Sequence[Task], at: datetime
    ) -> None:
        """Commit that these Tasks (each of the chat at its place) are about to be sent."""
        ...

    def resolve(self, outcomes: Sequence[TaskOutcome]) -> None:
        """Commit what became of intended Tasks.

        `Logged`: the Task's messages become logged once all intended Tasks of theirs are (a long
        message has several parts), and their text is deleted. `Refused` and `NotSent`: the messages
        go back to the queue once nothing of theirs is intended any more; a part that was logged is
        remembered (`logged_parts`) and need not be sent again. `InDoubt`: the intent stays. All
        Tasks of a message have to be intended before any of them is settled.
        """
        ...

    def logged_parts(self, keys: Collection[TaskKey]) -> frozenset[TaskKey]:
        """Which of these Tasks are known to be logged already."""
        ...

    def partially_logged(self, chat_id: ChatId) -> Mapping[MessageKey, RecordId]:
        """Queued messages of which one Task is logged and another is not; by one that is.

        Messages that share such a Task have the same one.
        """
        ...

    def intents(self) -> Sequence[Intent]:
        """Tasks whose outcome is not known, oldest first."""
        ...

    def record_lead_intent(self, phone: Phone, at: datetime) -> None:
        """Commit that a Lead with this number is about to be created."""
        ...

    def resolve_lead(self, phone: Phone) -> None:
        """Commit that the outcome of that creation is known."""
        ...

    def lead_intents(self) -> Mapping[Phone, datetime]:
        """Leads whose creation has no known outcome, and when it was tried (UTC)."""
        ...

    def lead_written(self, lead_id: RecordId, *, is_created: bool) -> None:
        """Commit that the run at work created this Lead, or else reopened it."""
        ...

    def undone(self, task_ids: Collection[RecordId]) -> frozenset[RecordId]:
        """Which of these Tasks were deleted by taking a run back."""
        ...

    # Files

    def pending_files(self) -> Sequence[PendingFile]:
        """Files to upload, oldest first."""
        ...

    def file_done(self, pending: PendingFile) -> None:
        """Commit that a file was uploaded, or never will be."""
        ...

    # Runs

    def begin_run(self, at: datetime) -> RunId:
        """Start a run."""
        ...

    def finish_run(self, run: RunId, at: datetime, logged: int) -> None:
        """End a run."""
        ...

    def last_run(self) -> RunRecord | None:
        """The latest run that ended."""
        ...

    # Small facts that outlive a run

    def remember(self, name: str, value: str) -> None:
        """Keep a small fact under a name; "" forgets it."""
        ...

    def recall(self, name: str) -> str:
        """What was kept under that name, or ""."""
        ...


# --- aftercare
# What taking back and looking after need of the ledger, besides what a sync needs.


class LoggedMessage(NamedTuple):
    """A logged message as the ledger holds it; `minute` is counted from 1970, UTC."""

    minute: int
    key: MessageKey


class LoggedUnit(NamedTuple):
    """Messages and the Tasks that hold them; they stand or go together.

    Mostly one of each; a window has several messages in one Task, a long text several Tasks.
    There are no messages where their text still waits because another part was refused.
    """

    chat_id: ChatId
    messages: tuple[LoggedMessage, ...]
    tasks: tuple[RecordId, ...]


class RunLead(NamedTuple):
    """A Lead that a run created, or else reopened."""

    id: RecordId
    is_created: bool


class LoggedTask(NamedTuple):
    """A Task whose key the ledger knows.

    `task_id` is "" where that is all it knows, because it was taken back or purged, and `chat_id`
    is "" where the chat is not known (any more).
    """

    key: TaskKey
    task_id: RecordId
    chat_id: ChatId
    is_taken_back: bool = False


class Purged(NamedTuple):
    """How many messages lost what was known of them, and how many waiting ones their text."""

    logged: int
    waiting: int


class Aftercare(Protocol):
    """The side of a ledger that a person uses: what a run did, what is known of whom.

    Every method that changes something is one durable transaction.
    """

    # Runs

    def runs(self) -> Sequence[RunId]:
        """All runs, oldest first, those that were cut off included."""
        ...

    def last_work(self) -> RunId | None:
        """The latest run that wrote anything, even if that was taken back since."""
        ...

    def work_of(self, run: RunId) -> Sequence[LoggedUnit]:
        """What this run logged and nobody took back."""
        ...

    def leads_of(self, run: RunId) -> Sequence[RunLead]:
        """Leads that this run created or reopened, without those that were taken back."""
        ...

    def take_back(self, run: RunId, units: Sequence[LoggedUnit]) -> None:
        """Remember that these Tasks are gone and their messages are not to be logged again."""
        ...

    def lead_taken_back(self, lead_id: RecordId) -> None:
        """Remember that a Lead is gone, and forget the links that wasf made to it."""
        ...

    # All that is logged

    def logged_tasks(self) -> Iterator[LoggedTask]:
        """Every Task whose key is known, each once."""
        ...

    # Links

    def unlink(self, chat_id: ChatId) -> None:
        """Forget a chat's link, and that wasf must not match the chat by itself (M10)."""
        ...

    # Privacy

    def forget(self, phone: Phone, chats: Collection[Chat], names: Collection[str] = ()) -> None:
        """Remove all that is known of these chats, and let nobody with that number in again.

        Nor with another number that one of the chats has, nor, where there is no number, under one
        of their titles or one of these names. Keys stay under no name, so that a person who is let
        in again is not logged twice.
        """
        ...

    def let_in_again(self, phone: Phone) -> bool:
        """Undo the ban of `forget`, not the forgetting; False if there was none."""
        ...

    def purge(self, chats: Collection[ChatId], before: datetime | None, *, waiting: bool) -> Purged:
        """Remove what is known of logged messages but their keys and minutes.

        Only of these chats, only what was written before that moment. With `waiting` messages
        that wait lose their text too, and are never logged. What is on its way stays.
        """
        ...

    def wipe(self) -> None:
        """Write the file anew, so that nothing that was removed can be read in it."""
        ...
