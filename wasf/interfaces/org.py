"""The Salesforce org that is written to."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from wasf.core.records import (
    Contact,
    Lead,
    LeadChange,
    LeadStatus,
    NewLead,
    PeopleQuery,
    RecordId,
    RecordType,
    Task,
    TaskKey,
    TaskStatus,
    User,
    UserId,
)
from wasf.errors import WasfError


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
class PeopleFound:
    """Contacts and Leads that may be meant, converted Leads included.

    More than asked for is allowed (a search by digits finds neighbours), less is not. A Contact
    that a converted Lead stands for is among the Contacts if it still exists. `merged` says which
    record lives on for an id that was asked for and was merged away.
    """

    contacts: tuple[Contact, ...] = ()
    leads: tuple[Lead, ...] = ()
    merged: Mapping[RecordId, RecordId] = field(default_factory=dict)


class TaskLogged(NamedTuple):
    """The Task is in Salesforce, written now or already there."""

    key: TaskKey
    task_id: RecordId


class TaskRefused(NamedTuple):
    """Salesforce said no, and nothing was written. `code` is its errorCode.

    `fields` are the fields it named. The message's text is not kept: it may hold values.
    """

    key: TaskKey
    code: str
    fields: tuple[str, ...] = ()


class TaskNotSent(NamedTuple):
    """The request was certainly not executed."""

    key: TaskKey


class TaskInDoubt(NamedTuple):
    """The request may have been executed: nobody knows before a look."""

    key: TaskKey


TaskOutcome = TaskLogged | TaskRefused | TaskNotSent | TaskInDoubt


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


class StoredTask(NamedTuple):
    """A Task as it stands in the org; `is_touched` if somebody changed it after it was written.

    `key` is "" where it was not asked for.
    """

    id: RecordId
    key: TaskKey
    who_id: RecordId | None
    is_deleted: bool
    is_touched: bool


class StoredLead(NamedTuple):
    """A Lead as it stands in the org, and what hangs on it: Tasks, and other things by count.

    Other things are events, files and campaigns. A converted Lead counts as touched.
    """

    id: RecordId
    is_touched: bool
    tasks: frozenset[RecordId]
    others: int


class Deletion(NamedTuple):
    """A record that is gone now, unless Salesforce refused that with this code."""

    id: RecordId
    refused: str = ""


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

    def people(self, wanted: PeopleQuery) -> PeopleFound:
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
        """Which of these keys stand on a Task, archived and deleted ones included.

        Where several have one key, it is one that is not deleted.
        """
        ...

    def read_tasks(self, ids: Collection[RecordId]) -> Sequence[StoredTask]:
        """These Tasks, archived and deleted ones included; those that are nowhere are left out."""
        ...

    def keyed_tasks(self, keys: Collection[TaskKey], key_field: KeyField) -> Sequence[StoredTask]:
        """All Tasks that carry one of these keys, archived and deleted ones included."""
        ...

    def all_keyed_tasks(self, key_field: KeyField) -> Iterator[StoredTask]:
        """All Tasks that carry any key of wasf's form, archived ones included, no deleted ones."""
        ...

    def delete_tasks(self, ids: Sequence[RecordId]) -> Sequence[Deletion]:
        """Delete at most 200 Tasks; in order what became of each. One that is gone is no error."""
        ...

    def read_leads(self, ids: Collection[RecordId]) -> Sequence[StoredLead]:
        """These Leads with what hangs on them; those that are deleted are left out."""
        ...

    def attach_file(self, upload: FileUpload) -> RecordId:
        """Upload a file to a Task, unless it already has one of that name and size.

        Raises `UploadRefused` or `UnreadableFile` for a file that will never go there.
        """
        ...

    def find_file(self, upload: FileUpload) -> RecordId | None:
        """The file of that name and size that the Task already has."""
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
