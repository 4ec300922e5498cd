"""The values of the ledger; those that decisions need too are in `wasf.core.records`."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType

from wasf.core.chats import Attachment, ChatId, Message
from wasf.core.diff import NewLine
from wasf.core.records import Approval, MessageKey, RecordId, Task, TaskKey, Trace
from wasf.values import dataclass

RunId = NewType("RunId", str)
"""The id of a run of `wasf sync`, such as `20261122T120000Z-1`. Ids sort by time."""


class MessageState(StrEnum):
    """The state of a message in the ledger.

    `NEW`: the ledger does not know it. `INTENDED`: a Task that holds it was about to be sent, and
    the outcome is not known. `UNDONE`: it was undone or purged; no sync logs it by itself.
    """

    NEW = "new"
    QUEUED = "queued"
    INTENDED = "intended"
    LOGGED = "logged"
    UNDONE = "undone"


class ApprovalRule(NamedTuple):
    """What a person said of all chats of a WhatsApp account, or of a number: then it is ""."""

    approval: Approval
    account: str


# --- Messages ----------------------------------------------------------------------------------


class Arrival(NamedTuple):
    """A message that goes into the queue or comes out of it, with its key."""

    key: MessageKey
    message: Message


class ChatJoin(NamedTuple):
    """What joining two chats took out of the queue: messages that both had.

    `known` of the `dropped` ones had been sent in the other chat before.
    """

    dropped: int
    known: int


class UnmatchedLine(NamedTuple):
    """A line of an export that equals no known message.

    `is_covered`: earlier exports showed all messages of its minute.
    """

    line: NewLine
    key: MessageKey
    minute: int
    is_covered: bool


class TextAt(NamedTuple):
    """The minute of a line (counted from 1970, UTC) and the digest of its text."""

    minute: int
    digest: bytes


# --- Tasks -------------------------------------------------------------------------------------


class Intent(NamedTuple):
    """A Task that was about to be sent `at` (UTC) and whose outcome the ledger does not know."""

    task: Task
    chat_id: ChatId
    at: datetime


class PendingFile(NamedTuple):
    """A file that still has to be uploaded to a logged Task (T8)."""

    message: MessageKey
    task_id: RecordId
    attachment: Attachment


class LoggedTask(NamedTuple):
    """A Task whose key the ledger knows.

    `task_id` is "" where the ledger no longer knows more, because the Task was undone or purged.
    `chat_id` is "" where its chat is not known, or no longer.
    """

    key: TaskKey
    task_id: RecordId
    chat_id: ChatId
    is_undone: bool = False


class LoggedCopy(NamedTuple):
    """A logged message with its Task; `is_alone` if the Task holds this message and no other."""

    chat_id: ChatId
    minute: int
    key: MessageKey
    task_id: RecordId
    is_alone: bool


class EqualMessages(NamedTuple):
    """Messages of one person that are equal in minute, side, kind and digest.

    `copies` has those of each chat that they came from, in order. Without `has_text` the kind of
    message has no digest, and the texts may differ.
    """

    has_text: bool
    copies: tuple[tuple[LoggedCopy, ...], ...]


class TaskMove(NamedTuple):
    """What is known of a Task that was moved to another record.

    `to_id` is set while the outcome of a move is not known. `left` is when and by whom the Task was
    modified last, as the latest finished move left it; None if none has finished.
    """

    to_id: RecordId | None
    left: Trace | None


# --- Runs --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run that the ledger remembers; times are UTC, `logged` counts messages."""

    id: RunId
    started_at: datetime
    finished_at: datetime | None
    logged: int


class RunCounts(NamedTuple):
    """How many messages, Tasks and Leads of a run are in Salesforce."""

    messages: int
    tasks: int
    leads: int


class LoggedMessage(NamedTuple):
    """A logged message; `minute` is counted from 1970, UTC."""

    minute: int
    key: MessageKey


class LoggedUnit(NamedTuple):
    """Messages and the Tasks that hold them, which can only be undone together.

    Mostly one message and one Task; a window has several messages in one Task, a long text has
    several Tasks. `messages` is empty where they still wait, because another Task was refused.
    """

    chat_id: ChatId
    messages: tuple[LoggedMessage, ...]
    tasks: tuple[RecordId, ...]


class RunLead(NamedTuple):
    """A Lead that a run created, or else reopened."""

    id: RecordId
    is_created: bool


class Purged(NamedTuple):
    """How many logged messages lost their details, and how many waiting ones their text."""

    logged: int
    waiting: int
