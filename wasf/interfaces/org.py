"""The Salesforce org: what is asked of it, and what is written to it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import NamedTuple, Protocol

from wasf.core.auth import UserId
from wasf.core.bulk_jobs import JobFile, JobStatus
from wasf.core.chats import LastMessages, Phone
from wasf.core.fields import FilledField
from wasf.core.policy import RelatedObject
from wasf.core.records import (
    NO_GAPS,
    Account,
    Contact,
    Lead,
    LeadChange,
    LeadStatus,
    NamedRecord,
    NewLead,
    PeopleQuery,
    Place,
    RecordId,
    RecordType,
    Relations,
    SearchGaps,
    Task,
    TaskContent,
    TaskKey,
    TaskStatus,
    Trace,
    User,
)
from wasf.core.refusals import RecordRefusal
from wasf.interfaces.outcomes import (
    BatchLimit,
    LeadOutcome,
    RowFit,
    TaskChanged,
    TaskOutcome,
    WriteOutcome,
)
from wasf.values import dataclass


class ApiUsage(NamedTuple):
    """API calls of the org in the last 24 hours, and how many it may make."""

    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class KeyField:
    """The Task field that holds the key. If it is unique, a second insert of a key fails."""

    name: str
    is_unique: bool


@dataclass(frozen=True, slots=True)
class OrgFacts:
    """What must be known of an org before anything is decided.

    `user_id` is the signed-in user (O3). `users` have one of the e-mail addresses asked for, active
    or not (O4). `task_fields`, `lead_fields` are those that settings fill (F1). `can_relate`: Tasks
    can have a WhatId (R1). `can_date`: Tasks can have an earlier CreatedDate (T9). `private` are
    the objects whose records are not shared by default. `lacks_lead_source`: the org has no
    LeadSource of that name.
    """

    user_id: UserId
    key_field: KeyField
    users: tuple[User, ...]
    lead_statuses: tuple[LeadStatus, ...]
    task_statuses: tuple[TaskStatus, ...]
    can_create_leads: bool = True
    task_fields: tuple[FilledField, ...] = ()
    lead_fields: tuple[FilledField, ...] = ()
    lacks_lead_source: bool = False
    can_relate: bool = False
    private: tuple[RecordType, ...] = ()
    can_date: bool = False


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """Contacts and Leads that may be meant, converted Leads included.

    There may be more than asked for (a search by digits finds similar numbers), but not less. The
    Contact that a Lead was converted to is among them if it exists. `merged` maps an id that was
    merged away to the surviving record. `gaps` is what the search could not cover.
    """

    contacts: tuple[Contact, ...] = ()
    leads: tuple[Lead, ...] = ()
    merged: Mapping[RecordId, RecordId] = field(default_factory=dict)
    gaps: SearchGaps = NO_GAPS


class StoredTask(NamedTuple):
    """A Task as the org has it. `key` is "" where it was not asked for."""

    id: RecordId
    key: TaskKey
    who_id: RecordId | None
    is_deleted: bool
    created: Trace
    modified: Trace


class StoredLead(NamedTuple):
    """A Lead as it is in the org; `is_touched` if somebody changed or converted it.

    `tasks` are the Tasks on it, `others` is the number of events, files and campaigns on it.
    """

    id: RecordId
    is_touched: bool
    tasks: frozenset[RecordId]
    others: int
    modified: Trace | None = None


class StoredFields(NamedTuple):
    """What the fields of `report.fields` tell in a record, created and modified last then."""

    id: RecordId
    last: LastMessages
    created: Trace
    modified: Trace


class FieldsChange(NamedTuple):
    """What fields are to tell. With `read_at`: only if nobody has changed the Lead since."""

    id: RecordId
    last: LastMessages
    read_at: datetime | None = None


class FieldsOutcome(NamedTuple):
    """What became of a change of fields; it is written if none of these is set.

    `is_changed`: somebody changed the Lead since it was read. `is_gone`: there is no such record.
    """

    id: RecordId
    refusal: RecordRefusal | None = None
    is_changed: bool = False
    is_gone: bool = False


class LeadState(NamedTuple):
    """The status of a Lead, and whether it was converted."""

    id: RecordId
    status: str
    is_converted: bool


class FileUpload(NamedTuple):
    """A message's file, to be attached to the message's Task."""

    name: str
    content: bytes
    task_id: RecordId


class JobRows(Protocol):
    """The rows of one job, made before it is created."""

    def add(self, tasks: Sequence[Task]) -> RowFit:
        """Add Tasks that belong together: all or none of them."""

    def following(self) -> "JobRows":
        """Return the rows of the next job; those that this one was too full for fit there."""

    def upload(self, job_id: RecordId) -> RecordRefusal | None:
        """Upload them, once, to a job that is open."""


class TaskJobs(Protocol):
    """Bulk jobs of an org; a key that is there already counts as logged.

    A write returns why Salesforce refused it. Raise a `WasfError` if nobody knows whether it was
    executed, or if going on makes no sense. A job that was not closed has written nothing.
    """

    def rows(self, key_field: KeyField) -> JobRows:
        """Return the rows of a first job; nothing is sent."""

    def create(self) -> RecordId | RecordRefusal:
        """Create a job; return its id."""

    def close(self, job_id: RecordId) -> RecordRefusal | None:
        """Say that the upload is whole: Salesforce begins."""

    def abort(self, job_id: RecordId) -> RecordRefusal | None:
        """End a job; what it has written stays."""

    def status(self, job_id: RecordId) -> JobStatus | None:
        """Return how far a job is, None if it is not there (any more)."""

    def outcomes(
        self, job_id: RecordId, file: JobFile, key_field: KeyField
    ) -> Iterator[Sequence[TaskOutcome]]:
        """Yield what became of Tasks of a job, in any order; nothing of a lost or hidden file."""


class Org(Protocol):
    """A Salesforce org that somebody is signed in to.

    A read raises a `WasfError` if it cannot be answered in full. A write does not raise for what
    happens to a record: it returns that as the outcome. It raises if going on makes no sense
    (sign-in, limit, permission), after the outcomes of everything that was sent.
    """

    def facts(self, emails: Collection[str]) -> OrgFacts:
        """Return what must be known first; raise `PermissionMissing` if Tasks cannot be logged."""

    def people(self, wanted: PeopleQuery) -> PeopleFound:
        """Return everybody who may be meant."""

    def relations(
        self,
        accounts: Mapping[RecordId, RecordId | None],
        kinds: Collection[RelatedObject],
    ) -> Mapping[RecordId, Relations]:
        """Return what Contacts, given with their Accounts, are related to (R2)."""

    def accounts(
        self, ids: Collection[RecordId] = (), phones: Collection[Phone] = ()
    ) -> Sequence[Account]:
        """Return Accounts by id or number, with their Contacts (M12); more than are asked for."""

    def related_records(self, ids: Collection[RecordId]) -> Sequence[NamedRecord]:
        """Return these Opportunities, Cases, Contacts and Leads with their names.

        Those not there are left out.
        """

    def create_leads(self, leads: Sequence[NewLead]) -> Sequence[LeadOutcome]:
        """Create Leads, without assignment rules (O5); return the outcomes in order.

        One that a duplicate rule blocks is a `LeadDuplicate`, unless it may and is to be created.
        """

    def create_leads_with_tasks(
        self, leads: Sequence[NewLead], tasks: Sequence[Sequence[Task]], key_field: KeyField
    ) -> Sequence[LeadOutcome]:
        """Create Leads as `create_leads` does, each with these Tasks on it, all of it or nothing.

        So a request that arrives late makes no second Lead: the key of a Task is unique, and a Lead
        one of whose Tasks is there is `LeadTaken`. Where the Tasks, or both together, cannot be
        written, a Lead is created without them.
        """

    def change_leads(self, changes: Sequence[LeadChange]) -> Sequence[LeadOutcome]:
        """Change Leads that nobody changed since they were read; return the outcomes in order."""

    def log_tasks(
        self,
        batches: Iterable[Sequence[Task]],
        key_field: KeyField,
        size: int = 0,
        *,
        probe: bool = False,
    ) -> Iterator[Sequence[TaskOutcome]]:
        """Insert Tasks, several batches (of at most 200) at once.

        A batch is taken from `batches` right before it is sent, on the caller's thread. Outcomes,
        one for each Task, are yielded when they are known, in any order. The Tasks of one record
        are written in the order in which they come, never by two calls at once (T9). A Task whose
        key is already there counts as logged. Nothing is ever updated.

        A call that is refused as a whole is sent again in halves (W7); `size` is how many Tasks an
        earlier run learned to send at once, 0 if none did. `probe`: an earlier run was stopped; so
        one Task is tried first, and the others only if it is not refused for the same cause.
        """

    @property
    def jobs(self) -> TaskJobs:
        """Another way to insert many Tasks."""

    @property
    def batch_limit(self) -> BatchLimit | None:
        """What the last `log_tasks` learned of the size of calls, None: it may be the largest."""

    @property
    def stopped(self) -> RecordRefusal | None:
        """The refusal after which the last `log_tasks` sent nothing more; None: it sent all.

        Salesforce takes no Task at all then: its storage is full, or it refuses all alike.
        """

    def grow_tasks(
        self, tasks: Iterable[Task], key_field: KeyField
    ) -> Iterator[TaskOutcome | TaskChanged]:
        """Make Tasks that are there what these say, by their `grows`; yield outcomes in order.

        A Task is taken from `tasks` right before it is sent, once. One that somebody changed or
        deleted since it was read stays as it is (T3a). After an unknown outcome, and after a
        request that was not executed, nothing more is sent, and its error is raised.
        """

    def find_tasks(
        self, keys: Collection[TaskKey], key_field: KeyField
    ) -> Mapping[TaskKey, RecordId]:
        """Return the Tasks with these keys, archived and deleted too; of several a living one."""

    def read_tasks(self, ids: Collection[RecordId]) -> Sequence[StoredTask]:
        """Return these Tasks, archived and deleted ones included, if they are anywhere."""

    def task_relations(self, ids: Collection[RecordId]) -> Mapping[RecordId, RecordId]:
        """Return the records that these Tasks are related to; those without one are left out."""

    def unseen_owners(self, owners: Collection[UserId]) -> frozenset[UserId]:
        """Return those of these users of whom no Task is visible; never the connected one."""

    def task_contents(
        self, ids: Collection[RecordId], further: Collection[str] = ()
    ) -> Mapping[RecordId, TaskContent]:
        """Return what stands in these Tasks, archived ones too, and in `further` fields."""

    def automated_users(self, ids: Collection[UserId]) -> frozenset[UserId]:
        """Return which of these users are no people but the org's own automation."""

    def keyed_tasks(self, keys: Collection[TaskKey], key_field: KeyField) -> Sequence[StoredTask]:
        """Return all Tasks with one of these keys, archived and deleted ones included."""

    def all_keyed_tasks(self, key_field: KeyField) -> Iterator[StoredTask]:
        """Yield all Tasks with any key of wasf's form, archived ones included, no deleted ones."""

    def delete_tasks(self, ids: Sequence[RecordId]) -> Sequence[WriteOutcome]:
        """Delete 1 to 200 Tasks; return the outcomes in order. One that is gone is no error."""

    def move_tasks(self, ids: Sequence[RecordId], to: Place) -> Sequence[WriteOutcome]:
        """Move 1 to 200 Tasks. Without a `what_id` they stay related, except on a Lead (R1)."""

    def set_task_status(self, ids: Sequence[RecordId], status: str) -> Sequence[WriteOutcome]:
        """Give 1 to 200 Tasks a status; return the outcomes in order. To do it again is safe."""

    def read_leads(self, ids: Collection[RecordId]) -> Sequence[StoredLead]:
        """Return these Leads with what is on them; deleted ones are left out."""

    def read_fields(self, ids: Collection[RecordId]) -> Sequence[StoredFields]:
        """Return these fields of Leads and Contacts; deleted and converted ones are left out."""

    def write_fields(self, changes: Sequence[FieldsChange]) -> Sequence[FieldsOutcome]:
        """Write these fields; return the outcomes in any order. To do it again is safe."""

    def lead_states(self, ids: Collection[RecordId]) -> Sequence[LeadState]:
        """Return the states of these Leads; those that are gone are left out."""

    def attach_file(self, upload: FileUpload) -> RecordId:
        """Attach a file, unless the Task already has one of that name and size; return its id.

        Raise `UploadRefused` or `UnreadableFile` for a file that can never be attached.
        """

    def find_file(self, upload: FileUpload) -> RecordId | None:
        """Return the file of that name and size that the Task already has."""

    def delete_lead(self, lead_id: RecordId) -> bool:
        """Delete a Lead and the Tasks on it; return False if it was gone already."""

    def record_url(self, record_id: RecordId, record_type: RecordType) -> str:
        """Return the address that opens a record in a browser."""

    @property
    def api_calls(self) -> int:
        """API calls made so far, as Salesforce counts them."""

    @property
    def usage(self) -> ApiUsage | None:
        """The API calls used, as Salesforce told last; None before the first answer."""
