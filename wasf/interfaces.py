"""The promises between the use cases and the world: Source, Org, Ledger, TokenStore.

Commands know only these. Each Protocol's docstring is the promise that every implementation keeps
and that one contract test runs over all of them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType, Protocol

from wasf.core.chats import Attachment, Chat, ChatId, ChatItem, Message, Phone, SourceChat
from wasf.core.records import (
    Contact,
    Lead,
    LeadChange,
    LeadStatus,
    MessageKey,
    NewLead,
    RecordId,
    RecordType,
    Task,
    TaskKey,
    TaskStatus,
    User,
    UserId,
)
from wasf.core.signin import Tokens
from wasf.errors import WasfError

RunId = NewType("RunId", str)
"""Names a run of `wasf sync`; sorts by time."""


# --- Source ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """A chat that a source found, and its items in the order of the source.

    `items` can be taken once; it may raise a `WasfError` on the way (the file is cut, a limit of
    safety is reached), after which nothing of this reading counts.
    """

    chat: SourceChat
    items: Iterator[ChatItem]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something a source was given and could not read as a chat; the others go on."""

    origin: str
    error: WasfError


class Source(Protocol):
    """Where chats come from. Knows nothing of Salesforce.

    Yields every chat it has, whole and unaltered; what it cannot read it yields as `Unreadable`,
    never silently passes over. Reading again yields the same.
    """

    def read(self) -> Iterator[Reading | Unreadable]:
        """Yield the chats, one after the other; take a reading's items before the next one."""
        ...


# --- Org ---------------------------------------------------------------------------------------


class ApiUsage(NamedTuple):
    """Calls of the org in the last 24 hours, and how many it may make."""

    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class KeyField:
    """The Task field that holds the key. A unique one makes a second insert fail."""

    name: str
    is_unique: bool


@dataclass(frozen=True, slots=True)
class OrgFacts:
    """What has to be known of an org before anything is decided.

    `user_id` is the user who is connected (O3); `users` are all that have one of the e-mails asked
    for, active or not (O4).
    """

    user_id: UserId
    key_field: KeyField
    users: tuple[User, ...]
    lead_statuses: tuple[LeadStatus, ...]
    task_statuses: tuple[TaskStatus, ...]
    can_create_leads: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to look for: by number, by full name, or by the id that an earlier sync remembered."""

    phones: frozenset[Phone] = frozenset()
    names: frozenset[str] = frozenset()
    contact_ids: frozenset[RecordId] = frozenset()
    lead_ids: frozenset[RecordId] = frozenset()


@dataclass(frozen=True, slots=True)
class People:
    """Contacts and Leads that may be meant, converted Leads included.

    More than asked for is allowed (a search by digits finds neighbours), less is not. A Contact
    that a converted Lead stands for is among the Contacts if it still exists. `merged` says which
    record lives on for an id that was asked for and was merged away.
    """

    contacts: tuple[Contact, ...] = ()
    leads: tuple[Lead, ...] = ()
    merged: Mapping[RecordId, RecordId] = field(default_factory=dict)


class Logged(NamedTuple):
    """The Task is in Salesforce, written now or already there."""

    key: TaskKey
    task_id: RecordId


class Refused(NamedTuple):
    """Salesforce said no, and nothing was written. `code` is its errorCode.

    `fields` are the fields it named. The message's text is not kept: it may hold values.
    """

    key: TaskKey
    code: str
    fields: tuple[str, ...] = ()


class NotSent(NamedTuple):
    """The request was certainly not executed."""

    key: TaskKey


class InDoubt(NamedTuple):
    """The request may have been executed: nobody knows before a look."""

    key: TaskKey


TaskOutcome = Logged | Refused | NotSent | InDoubt


class LeadWritten(NamedTuple):
    """The Lead was created or changed."""

    id: RecordId


class LeadRefused(NamedTuple):
    """Salesforce said no; `fields` are those it named."""

    code: str
    fields: tuple[str, ...] = ()


class LeadDuplicate(NamedTuple):
    """A duplicate rule blocked the Lead; `existing` are the records that Salesforce named (L4)."""

    existing: tuple[tuple[RecordType, RecordId], ...]


class LeadNotSent(NamedTuple):
    """The request was certainly not executed; `error` says why."""

    error: WasfError


class LeadInDoubt(NamedTuple):
    """The request may have been executed."""


class LeadChangedMeanwhile(NamedTuple):
    """Somebody changed the Lead after it was read; nothing was written."""


LeadOutcome = (
    LeadWritten | LeadRefused | LeadDuplicate | LeadNotSent | LeadInDoubt | LeadChangedMeanwhile
)


class FileUpload(NamedTuple):
    """The bytes of a message's file on their way to its Task."""

    name: str
    content: bytes
    task_id: RecordId


class Org(Protocol):
    """A Salesforce org that somebody is signed in to.

    Reads raise a `WasfError` if they cannot be answered in full. Writes never raise for what
    happened to a record: that is the outcome. They raise, after the outcomes of everything that was
    sent have been given, if going on makes no sense (sign-in, limit, permission).
    """

    def facts(self, emails: Collection[str]) -> OrgFacts:
        """What must be known first. Raises `PermissionMissing` if Tasks cannot be logged."""
        ...

    def people(self, wanted: Wanted) -> People:
        """Find everybody who may be meant."""
        ...

    def create_leads(self, leads: Sequence[NewLead]) -> Sequence[LeadOutcome]:
        """Create Leads; outcomes in order. Never lets an assignment rule act (O5)."""
        ...

    def change_leads(self, changes: Sequence[LeadChange]) -> Sequence[LeadOutcome]:
        """Change Leads that nobody changed since they were read; outcomes in order."""
        ...

    def log_tasks(
        self, batches: Iterable[Sequence[Task]], key_field: KeyField
    ) -> Iterator[Sequence[TaskOutcome]]:
        """Insert Tasks, several batches (of at most 200) at once.

        A batch is taken from `batches` right before it is sent, on the caller's thread; outcomes
        come as they are known, not always in the order of the batches, one for each Task of a
        batch. A Task whose key is already there counts as logged. Nothing is ever updated.
        """
        ...

    def find_tasks(
        self, keys: Collection[TaskKey], key_field: KeyField
    ) -> Mapping[TaskKey, RecordId]:
        """Which of these keys stand on a Task, archived and deleted ones included."""
        ...

    def attach_file(self, upload: FileUpload) -> RecordId:
        """Upload a file to a Task, unless it already has one of that name and size.

        Raises `UploadRefused` or `UnreadableFile` for a file that will never go there.
        """
        ...

    def delete_lead(self, lead_id: RecordId) -> bool:
        """Delete a Lead and the Tasks on it; False if it was gone already."""
        ...

    def record_url(self, record_id: RecordId, record_type: RecordType) -> str:
        """The address that opens a record in the browser."""
        ...

    @property
    def api_calls(self) -> int:
        """Calls made so far, as Salesforce counts them."""
        ...

    @property
    def usage(self) -> ApiUsage | None:
        """What Salesforce said last of the calls used; None before the first answer."""
        ...


# --- Ledger ------------------------------------------------------------------------------------


class MessageState(StrEnum):
    """Where a message stands in the ledger."""

    NEW = "new"
    QUEUED = "queued"
    INTENDED = "intended"
    LOGGED = "logged"


class Arrival(NamedTuple):
    """A message and its key, on the way into the queue."""

    key: MessageKey
    message: Message


class Link(NamedTuple):
    """The record that a chat was matched to; `by_hand` if a person said so (M10)."""

    record_type: RecordType
    record_id: RecordId
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class KnownChat:
    """A chat in the ledger: what it is linked to, what of it waits, and why.

    `link` is remembered from the last match; `unlinked` says that a person broke it and wasf must
    not match by itself. `queued` counts messages in the queue, intended ones included. `reason` and
    `remedy` say why they wait and what settles it, "" where nothing waits.
    """

    chat: Chat
    link: Link | None = None
    unlinked: bool = False
    queued: int = 0
    logged: int = 0
    reason: str = ""
    remedy: str = ""


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
        """Remember what a chat was matched to; None forgets it."""
        ...

    def wait(self, chat_id: ChatId, reason: str, remedy: str) -> None:
        """Say why a chat's queued messages wait; "" twice says that they do not."""
        ...

    # Messages

    def count_earlier(self, bases: Sequence[bytes]) -> Sequence[int]:
        """How often each base was counted before in this transaction, this list's start included.

        Counts are forgotten when the transaction ends. See `core.identity`.
        """
        ...

    def states(self, keys: Sequence[MessageKey]) -> Sequence[MessageState]:
        """Where these messages stand, in order."""
        ...

    def enqueue(self, chat_id: ChatId, arrivals: Sequence[Arrival]) -> None:
        """Put new messages into the queue; keys that are known are left as they are."""
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

    def intend(self, chat_ids: Sequence[ChatId], tasks: Sequence[Task], at: datetime) -> None:
        """Commit that these Tasks (each of the chat at its place) are about to be sent."""
        ...

    def settle(self, outcomes: Sequence[TaskOutcome]) -> None:
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

    def intents(self) -> Sequence[Intent]:
        """Tasks whose outcome is not known, oldest first."""
        ...

    def intend_lead(self, phone: Phone, at: datetime) -> None:
        """Commit that a Lead with this number is about to be created."""
        ...

    def settle_lead(self, phone: Phone) -> None:
        """Commit that the outcome of that creation is known."""
        ...

    def lead_intents(self) -> Mapping[Phone, datetime]:
        """Leads whose creation has no known outcome, and when it was tried (UTC)."""
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


# --- Tokens ------------------------------------------------------------------------------------


class TokenStore(Protocol):
    """Where the tokens of sign-ins are kept, by the names of their profiles.

    No call takes longer than 3 s where something else has to answer. Raises `TokensUnusable` if it
    cannot keep secrets here, `KeyringLocked` if it cannot just now; then, and after a kill, either
    the old tokens are there or the new ones, never a mixture. Looks nowhere else by itself.
    """

    @property
    def place(self) -> str:
        """Where that is, for people: "GNOME Keyring", or a folder."""
        ...

    def check(self) -> None:
        """Write, read and delete a trial secret."""
        ...

    def read(self, profile: str) -> Tokens | None:
        """The tokens, None if there are none."""
        ...

    def write(self, profile: str, tokens: Tokens) -> None:
        """Replace the tokens; returns only when they were read back."""
        ...

    def delete(self, profile: str) -> bool:
        """Forget the tokens; False if there were none."""
        ...


# --- Progress ----------------------------------------------------------------------------------


class Progress(Protocol):
    """Told how far a run is. Never decides anything."""

    def reading(self, origin: str) -> None:
        """A file or chat is being read."""
        ...

    def read(self, messages: int) -> None:
        """So many more messages were read."""
        ...

    def writing(self, messages: int) -> None:
        """So many messages are going to be logged."""
        ...

    def wrote(self, messages: int, tasks: int) -> None:
        """So many more messages were logged, in so many Tasks."""
        ...
