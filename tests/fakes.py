"""Stand-ins for tests: `MemoryOrg` keeps every promise of `Org` in a few tables.

What it stores is read from its tables (`contacts`, `leads`, `tasks`, `archived`, `binned`,
`files`); how it fails is told beforehand (`fail_batch`, `fail_reads`, `refuse_task`, ...). The
contract test in tests/salesforce/contract.py holds it to what the adapter does against the local
org.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from tests.fakes_jobs import MemoryJobs
from wasf.core.auth import UserId
from wasf.core.chats import NO_MESSAGES, LastMessages, Phone
from wasf.core.keys import content_of
from wasf.core.policy import RelatedObject
from wasf.core.records import (
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
    Task,
    TaskContent,
    TaskKey,
    TaskStatus,
    Trace,
    User,
    was_touched,
)
from wasf.core.refusals import RecordRefusal
from wasf.errors import Unreachable, UnreadableFile, UploadRefused, WasfError
from wasf.interfaces import (
    NOT_SEEN,
    ApiUsage,
    BatchLimit,
    FieldsChange,
    FieldsOutcome,
    FileUpload,
    KeyField,
    LeadChangedMeanwhile,
    LeadDuplicate,
    LeadInDoubt,
    LeadNotSent,
    LeadOutcome,
    LeadState,
    LeadTaken,
    LeadWritten,
    OrgFacts,
    PeopleFound,
    StoredFields,
    StoredLead,
    StoredTask,
    TaskChanged,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
    WriteOutcome,
)
from wasf.salesforce.api.formats import full_id

UNIQUE_KEY = KeyField("WhatsApp_Message_Key__c", is_unique=True)
FALLBACK_KEY = KeyField("CallObject", is_unique=False)

LEAD_STATUSES = (
    LeadStatus("Open - Not Contacted", "Open - Not Contacted", is_default=True),
    LeadStatus("Working - Contacted", "Working - Contacted"),
    LeadStatus("Closed - Converted", "Closed - Converted", is_converted=True),
    LeadStatus("Closed - Not Converted", "Closed - Not Converted"),
)
TASK_STATUSES = (
    TaskStatus("Not Started"),
    TaskStatus("In Progress"),
    TaskStatus("Completed", is_closed=True),
    TaskStatus("Waiting on someone else"),
    TaskStatus("Deferred"),
)


class Loss(StrEnum):
    """What happens to a whole batch of Tasks, or to a creation of Leads."""

    NOT_SENT = "certainly not executed"
    LOST_BEFORE = "the answer is lost, and nothing was written"
    LOST_AFTER = "the answer is lost, but everything was written"
    LATE = "the answer is lost, and everything will be written when the request lands"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was attached to a Task."""

    id: RecordId
    upload: FileUpload


@dataclass
class MemoryOrg:
    """An org in memory. Ids look like Salesforce's; its clock moves a second with every change."""

    key_field: KeyField = UNIQUE_KEY
    can_create_leads: bool = True
    lead_statuses: tuple[LeadStatus, ...] = LEAD_STATUSES
    task_statuses: tuple[TaskStatus, ...] = TASK_STATUSES
    limit: int = 15_000
    hides_tasks: bool = False
    refuses_growth: str = ""
    users: dict[UserId, User] = field(default_factory=dict)
    contacts: dict[RecordId, Contact] = field(default_factory=dict)
    leads: dict[RecordId, Lead] = field(default_factory=dict)
    tasks: dict[RecordId, Task] = field(default_factory=dict)
    archived: dict[RecordId, Task] = field(default_factory=dict)
    binned: dict[RecordId, Task] = field(default_factory=dict)
    files: list[StoredFile] = field(default_factory=list)
    last: dict[RecordId, LastMessages] = field(default_factory=dict)
    refuses_fields: str = ""
    refuses_status: str = ""
    merged: dict[RecordId, RecordId] = field(default_factory=dict)
    created_leads: list[RecordId] = field(default_factory=list)
    touched: set[RecordId] = field(default_factory=set)
    edited_by: dict[RecordId, UserId] = field(default_factory=dict)
    written: dict[RecordId, datetime] = field(default_factory=dict)
    modified: dict[RecordId, datetime] = field(default_factory=dict)
    modified_by: dict[RecordId, UserId] = field(default_factory=dict)
    related: dict[RecordId, Relations] = field(default_factory=dict)
    business: dict[RecordId, Account] = field(default_factory=dict)
    named: dict[RecordId, NamedRecord] = field(default_factory=dict)
    duplicates: dict[Phone, LeadDuplicate] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    now: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def __post_init__(self) -> None:
        self._count = 0
        self._batch_faults: deque[tuple[int, Loss, WasfError | None]] = deque()
        self._lead_faults: deque[tuple[Loss, WasfError] | None] = deque()
        self._read_faults: deque[WasfError] = deque()
        self._file_faults: deque[WasfError] = deque()
        self._field_faults: deque[Loss] = deque()
        self._born: dict[RecordId, datetime] = {}
        self._refused: dict[TaskKey, str] = {}
        self._refused_leads: dict[str, str] = {}
        self._refuse_next: deque[str] = deque()
        self._late: list[NewLead | LeadChange | Task | FieldsChange] = []
        self._late_leads: list[tuple[NewLead, Sequence[Task]]] = []
        self._batches = 0
        self.jobs = MemoryJobs(self._insert, self.calls)
        self.user_id = self.add_user("ada.admin@example.com").id

    # Filling it

    def add_user(self, email: str, **rest: object) -> User:
        """A user; active and of type Standard unless told."""
        user = User(id=UserId(self._mint("005")), email=email, username=email)
        user = replace(user, **rest)
        self.users[user.id] = user
        return user

    def add_contact(self, name: str = "Ada Example", *phones: str, **rest: object) -> Contact:
        """A Contact, owned by the connected user unless told."""
        contact = replace(
            Contact(RecordId(self._mint("003")), name, phones, self.user_id, self._tick()), **rest
        )
        self.contacts[contact.id] = contact
        return contact

    def add_lead(self, name: str = "Ada Example", *phones: str, **rest: object) -> Lead:
        """A Lead with the default status, owned by the connected user unless told."""
        lead = replace(
            Lead(
                RecordId(self._mint("00Q")),
                name,
                phones,
                self.user_id,
                self._tick(),
                self._default_status(),
            ),
            **rest,
        )
        self.leads[lead.id] = lead
        self._born[lead.id] = lead.modified_at
        return lead

    def add_business(self, name: str, phone: str, **rest: object) -> Account:
        """A business Account, owned by the connected user unless told."""
        account = replace(
            Account(RecordId(self._mint("001")), name, self.user_id, self._tick(), (phone,)), **rest
        )
        self.business[account.id] = account
        return account

    def convert_lead(self, lead_id: RecordId) -> Contact:
        """Make a Contact of a Lead, as a person does in Salesforce."""
        lead = self.leads[lead_id]
        contact = self.add_contact(lead.name, *lead.phones, owner_id=lead.owner_id)
        self.leads[lead_id] = replace(
            lead,
            is_converted=True,
            converted_contact_id=contact.id,
            status="Closed - Converted",
            modified_at=self._tick(),
        )
        return contact

    def delete(self, record_id: RecordId) -> None:
        """Delete a Contact, a Lead or a Task; a Task's key is still found, in the bin."""
        self.contacts.pop(record_id, None)
        self.leads.pop(record_id, None)
        if task := self.tasks.pop(record_id, None) or self.archived.pop(record_id, None):
            self.binned[record_id] = task

    def archive(self) -> None:
        """Lay all Tasks aside, as Salesforce does with old ones; their keys are still found."""
        self.archived |= self.tasks
        self.tasks.clear()

    def merge(self, loser: RecordId, winner: RecordId) -> None:
        """Merge one record into another, as a person does in Salesforce."""
        self.delete(loser)
        self.merged[loser] = winner

    def edit_task(self, task_id: RecordId, **changes: object) -> None:
        """Change a Task, as a person does in Salesforce."""
        self.tasks[task_id] = replace(self.tasks[task_id], **changes)
        self.touched.add(task_id)

    def touch_task(self, task_id: RecordId, by: UserId | None = None, **changes: object) -> None:
        """Change a Task two minutes after it was written, by this user or the connected one."""
        self.tasks[task_id] = replace(self.tasks[task_id], **changes)
        self.modified[task_id] = self.written[task_id] + timedelta(minutes=2)
        self.modified_by[task_id] = by or self.user_id

    def edit_lead(self, lead_id: RecordId, **changes: object) -> None:
        """Change a Lead, as a person does in Salesforce."""
        lead = replace(self.leads[lead_id], **changes)
        at = max(self._tick(), lead.modified_at + timedelta(seconds=1))
        self.leads[lead_id] = replace(lead, modified_at=at)
        self.touched.add(lead_id)
        self.edited_by[lead_id] = UserId("005touched")

    # Telling it to fail

    def fail_batch(self, number: int, loss: Loss, error: WasfError | None = None) -> None:
        """The number-th batch (from 1, over the org's life) is lost; with an error it is the last.

        The error is raised after the outcomes of everything that was sent.
        """
        self._batch_faults.append((number, loss, error))

    def fail_leads(self, loss: Loss, error: WasfError, *, after: int = 0) -> None:
        """The next call that creates or changes Leads is lost, or one so many calls later."""
        self._lead_faults.extend([None] * after)
        self._lead_faults.append((loss, error))

    def fail_reads(self, error: WasfError) -> None:
        """The next read raises this."""
        self._read_faults.append(error)

    def fail_fields(self, loss: Loss) -> None:
        """The next call that writes fields is lost."""
        self._field_faults.append(loss)

    def fail_file(self, error: WasfError) -> None:
        """The next upload raises this, before anything is stored."""
        self._file_faults.append(error)

    def refuse_task(self, key: TaskKey, code: str) -> None:
        """Say no to this Task from now on."""
        self._refused[key] = code

    def refuse_next_tasks(self, count: int, code: str) -> None:
        """Say no to so many of the next Tasks, whatever they are."""
        self._refuse_next.extend([code] * count)

    def refuse_next_tasks_at(self, places: Collection[int], code: str) -> None:
        """Say no to the next Tasks at these places, counted from 0, and to none between them."""
        self._refuse_next.extend(
            code if place in places else "" for place in range(max(places, default=-1) + 1)
        )

    def refuse_lead(self, last_name: str, code: str) -> None:
        """Say no to new Leads of this name from now on."""
        self._refused_leads[last_name] = code

    def allow_all(self) -> None:
        """Refuse nothing any more."""
        self._refused.clear()
        self._refused_leads.clear()
        self._refuse_next.clear()

    def heal(self) -> None:
        """Fail no more in any way that it was told; what is still on its way stays so."""
        self.allow_all()
        for faults in (self._batch_faults, self._lead_faults, self._read_faults):
            faults.clear()
        self._file_faults.clear()

    def send_late(self, *writes: NewLead | LeadChange | Task | FieldsChange) -> None:
        """Keep writes on their way: they happen when they land, whoever waits for them."""
        self._late.extend(writes)

    def land(self) -> None:
        """Let every request that is still on its way arrive."""
        pairs, self._late_leads = self._late_leads, []
        for lead, some in pairs:
            self._create_with_tasks(lead, some)
        late, self._late = self._late, []
        for write in late:
            match write:
                case NewLead():
                    self._create_lead(write)
                case LeadChange():
                    self._change_lead(write)
                case FieldsChange():
                    self._write_fields(write)
                case Task(grows=None):
                    self._insert(write)
                case Task():
                    self._grow(write)

    @property
    def next_batch(self) -> int:
        """The number of the batch that comes next, for `fail_batch`."""
        return self._batches + 1

    # Org: reads

    def facts(self, emails: Collection[str]) -> OrgFacts:
        """See `Org`."""
        self._read("facts")
        asked = {email.lower() for email in emails}
        return OrgFacts(
            user_id=self.user_id,
            key_field=self.key_field,
            users=tuple(user for user in self.users.values() if user.email.lower() in asked),
            lead_statuses=self.lead_statuses,
            task_statuses=self.task_statuses,
            can_create_leads=self.can_create_leads,
        )

    def people(self, wanted: PeopleQuery) -> PeopleFound:
        """See `Org`. Finds by the last eight digits, as the adapter does."""
        self._read("people")
        merged = {
            asked: winner
            for asked in wanted.contact_ids | wanted.lead_ids
            if (winner := self._lives_on(asked)) != asked
        }
        ids = wanted.contact_ids | wanted.lead_ids | set(merged.values())
        tails = {phone[-8:] for phone in wanted.phones}
        names = {name.casefold() for name in wanted.names}
        leads = [lead for lead in self.leads.values() if _meant(lead, tails, names, ids)]
        ids |= {lead.converted_contact_id for lead in leads if lead.converted_contact_id}
        contacts = [one for one in self.contacts.values() if _meant(one, tails, names, ids)]
        return PeopleFound(tuple(contacts), tuple(leads), merged)

    def relations(
        self,
        accounts: Mapping[RecordId, RecordId | None],
        kinds: Collection[RelatedObject],
    ) -> Mapping[RecordId, Relations]:
        """See `Org`."""
        self._read("relations")
        return {contact: self.related[contact] for contact in accounts if contact in self.related}

    def accounts(
        self, ids: Collection[RecordId] = (), phones: Collection[Phone] = ()
    ) -> Sequence[Account]:
        """See `Org`."""
        self._read("accounts")
        asked, tails = {full_id(one) for one in ids}, {phone[-8:] for phone in phones}
        return [
            one
            for one in self.business.values()
            if one.id in asked or not tails.isdisjoint(map(_tail, one.phones))
        ]

    def related_records(self, ids: Collection[RecordId]) -> Sequence[NamedRecord]:
        """See `Org`."""
        self._read("related_records")
        asked = {full_id(one) for one in ids}
        people = [NamedRecord(one.id, one.name) for one in self.contacts.values()]
        people += [NamedRecord(one.id, one.name) for one in self.leads.values()]
        return [one for one in [*self.named.values(), *people] if one.id in asked]

    def _is_hidden(self, task: Task) -> bool:
        return self.hides_tasks and task.owner_id != self.user_id

    def find_tasks(
        self, keys: Collection[TaskKey], key_field: KeyField
    ) -> Mapping[TaskKey, RecordId]:
        """See `Org`."""
        self._read("find_tasks")
        asked = set(keys)
        stored = {
            **self.binned,
            **self.archived,
            **self.tasks,
        }  # what is not deleted comes last, and counts
        return {
            task.key: id_
            for id_, task in stored.items()
            if task.key in asked and not self._is_hidden(task)
        }

    def read_tasks(self, ids: Collection[RecordId]) -> Sequence[StoredTask]:
        """See `Org`."""
        self._read("read_tasks")
        return [one for one in self._stored_tasks() if one.id in set(ids)]

    def task_relations(self, ids: Collection[RecordId]) -> Mapping[RecordId, RecordId]:
        """See `Org`."""
        self._read("task_relations")
        there = self.tasks | self.archived | self.binned
        whats = {one: there[one].what_id for one in ids if one in there}
        return {one: what_id for one, what_id in whats.items() if what_id}

    def unseen_owners(self, owners: Collection[UserId]) -> frozenset[UserId]:
        """See `Org`. With `hides_tasks` no Task of another owner is visible."""
        self._read("unseen_owners")
        return frozenset(owners) - {self.user_id} if self.hides_tasks else frozenset()

    def task_contents(
        self, ids: Collection[RecordId], further: Collection[str] = ()
    ) -> Mapping[RecordId, TaskContent]:
        """See `Org`."""
        del further
        self._read("task_contents")
        there = self.tasks | self.archived | self.binned
        return {one: content_of(there[one]) for one in ids if one in there}

    def automated_users(self, ids: Collection[UserId]) -> frozenset[UserId]:
        """See `Org`."""
        self._read("automated_users")
        users = [self.users[one] for one in ids if one in self.users]
        return frozenset(one.id for one in users if one.user_type == "AutomatedProcess")

    def keyed_tasks(self, keys: Collection[TaskKey], key_field: KeyField) -> Sequence[StoredTask]:
        """See `Org`."""
        self._read("keyed_tasks")
        return [one for one in self._stored_tasks() if one.key in set(keys)]

    def all_keyed_tasks(self, key_field: KeyField) -> Iterator[StoredTask]:
        """See `Org`."""
        self._read("all_keyed_tasks")
        return (one for one in self._stored_tasks() if not one.is_deleted)

    def lead_states(self, ids: Collection[RecordId]) -> Sequence[LeadState]:
        """See `Org`."""
        self._read("lead_states")
        leads = [lead for lead in self.leads.values() if lead.id in set(ids)]
        return [LeadState(lead.id, lead.status, lead.is_converted) for lead in leads]

    def read_leads(self, ids: Collection[RecordId]) -> Sequence[StoredLead]:
        """See `Org`. Nothing but Tasks hangs on a Lead here."""
        self._read("read_leads")
        return [
            StoredLead(
                id=lead.id,
                is_touched=lead.is_converted
                or was_touched(Trace(self._born[lead.id], self.user_id), self._lead_trace(lead)),
                tasks=frozenset(
                    t for t, task in (self.tasks | self.archived).items() if task.who_id == lead.id
                ),
                others=0,
                modified=self._lead_trace(lead),
            )
            for lead in self.leads.values()
            if lead.id in set(ids)
        ]

    def record_url(self, record_id: RecordId, record_type: RecordType) -> str:
        """See `Org`."""
        return f"https://memory.example.com/lightning/r/{record_type}/{record_id}/view"

    @property
    def api_calls(self) -> int:
        """See `Org`."""
        return len(self.calls)

    @property
    def usage(self) -> ApiUsage | None:
        """See `Org`."""
        return ApiUsage(len(self.calls), self.limit) if self.calls else None

    # Org: writes

    def create_leads(self, leads: Sequence[NewLead]) -> Sequence[LeadOutcome]:
        """See `Org`."""
        self.calls.append("create_leads")
        if fault := self._lead_faults.popleft() if self._lead_faults else None:
            loss, error = fault
            if loss is Loss.LOST_AFTER:
                for lead in leads:
                    self._create_lead(lead)
            if loss is Loss.LATE:
                self.send_late(*leads)
            return [_lead_lost(loss, error) for _ in leads]
        return [self._create_lead(lead) for lead in leads]

    def create_leads_with_tasks(
        self, leads: Sequence[NewLead], tasks: Sequence[Sequence[Task]], key_field: KeyField
    ) -> Sequence[LeadOutcome]:
        """See `Org`."""
        self.calls.append("create_leads_with_tasks")
        pairs = list(zip(leads, tasks, strict=True))
        if fault := self._lead_faults.popleft() if self._lead_faults else None:
            loss, error = fault
            if loss is Loss.LOST_AFTER:
                for lead, some in pairs:
                    self._create_with_tasks(lead, some)
            if loss is Loss.LATE:
                self._late_leads += pairs
            return [_lead_lost(loss, error) for _ in leads]
        return [self._create_with_tasks(lead, some) for lead, some in pairs]

    def change_leads(self, changes: Sequence[LeadChange]) -> Sequence[LeadOutcome]:
        """See `Org`."""
        self.calls.append("change_leads")
        if fault := self._lead_faults.popleft() if self._lead_faults else None:
            loss, error = fault
            if loss is Loss.LOST_AFTER:
                for change in changes:
                    self._change_lead(change)
            if loss is Loss.LATE:
                self.send_late(*changes)
            return [_lead_lost(loss, error) for _ in changes]
        return [self._change_lead(change) for change in changes]

    @property
    def batch_limit(self) -> BatchLimit | None:
        """See `Org`. Every call is taken."""
        return None

    @property
    def stopped(self) -> RecordRefusal | None:
        """See `Org`. Everything is sent."""
        return None

    def log_tasks(
        self,
        batches: Iterable[Sequence[Task]],
        key_field: KeyField,
        size: int = 0,
        *,
        probe: bool = False,
    ) -> Iterator[Sequence[TaskOutcome]]:
        """See `Org`."""
        for batch in batches:
            self._batches += 1
            loss, error = self._fault_of(self._batches)
            if loss is not Loss.NOT_SENT:
                self.calls.append("log_tasks")
            outcomes = [self._insert(task) for task in batch] if _writes(loss) else []
            if loss is Loss.LATE:
                self.send_late(*batch)
            yield _lost(batch, loss) if loss else outcomes
            if error:
                raise error

    def grow_tasks(
        self, tasks: Iterable[Task], key_field: KeyField
    ) -> Iterator[TaskOutcome | TaskChanged]:
        """See `Org`. Each request is a batch, for `fail_batch`."""
        for task in tasks:
            self._batches += 1
            loss, error = self._fault_of(self._batches)
            if loss is not Loss.NOT_SENT:
                self.calls.append("grow_tasks")
            outcome = self._grow(task) if _writes(loss) else None
            if loss is Loss.LATE:
                self.send_late(task)
            yield _lost([task], loss)[0] if loss or outcome is None else outcome
            if loss:
                raise error or Unreachable("Salesforce gave no answer.")

    def attach_file(self, upload: FileUpload) -> RecordId:
        """See `Org`."""
        self.calls.append("attach_file")
        if self._file_faults:
            raise self._file_faults.popleft()
        if len(upload.content) > 37_000_000:
            raise UnreadableFile("A file is larger than Salesforce takes.")
        if upload.task_id not in self.tasks | self.archived:
            raise UploadRefused("The file's Task is gone.")
        if there := self._file(upload):
            return there
        self.files.append(StoredFile(RecordId(self._mint("068")), upload))
        return self.files[-1].id

    def find_file(self, upload: FileUpload) -> RecordId | None:
        """See `Org`."""
        self._read("find_file")
        return self._file(upload)

    def _file(self, upload: FileUpload) -> RecordId | None:
        wanted = (upload.task_id, upload.name, len(upload.content))
        for stored in self.files:
            there = stored.upload
            if (there.task_id, there.name, len(there.content)) == wanted:
                return stored.id
        return None

    def set_task_status(self, ids: Sequence[RecordId], status: str) -> Sequence[WriteOutcome]:
        """See `Org`. Each request is a batch, for `fail_batch`."""
        assert 0 < len(ids) <= 200
        self.calls.append("set_task_status")
        self._batches += 1
        loss, _ = self._fault_of(self._batches)
        if _writes(loss) and not self.refuses_status:
            for one in set(ids) & self.tasks.keys():
                self.tasks[one] = replace(self.tasks[one], status=status)
        if loss:
            raise Unreachable("Salesforce gave no answer.")
        if self.refuses_status:
            return [WriteOutcome(one, self.refuses_status) for one in ids]
        return [WriteOutcome(one, "" if one in self.tasks else "ENTITY_IS_DELETED") for one in ids]

    def read_fields(self, ids: Collection[RecordId]) -> Sequence[StoredFields]:
        """See `Org`."""
        self._read("read_fields")
        leads = [self.leads[one] for one in ids if one in self.leads]
        return [
            StoredFields(
                one,
                self.last.get(one, NO_MESSAGES),
                Trace(self.now, self.user_id),
                Trace(self.contacts[one].modified_at, self.user_id),
            )
            for one in ids
            if one in self.contacts
        ] + [
            StoredFields(
                lead.id,
                self.last.get(lead.id, NO_MESSAGES),
                Trace(self._born[lead.id], self.user_id),
                self._lead_trace(lead),
            )
            for lead in leads
            if not lead.is_converted
        ]

    def write_fields(self, changes: Sequence[FieldsChange]) -> Sequence[FieldsOutcome]:
        """See `Org`."""
        assert 0 < len(changes) <= 200
        loss = self._field_faults.popleft() if self._field_faults else None
        if loss is not Loss.NOT_SENT:
            self.calls.append("write_fields")
        outcomes = [self._write_fields(one) for one in changes] if _writes(loss) else []
        if loss is Loss.LATE:
            self.send_late(*changes)
        if loss:
            raise Unreachable("Salesforce gave no answer.")
        return outcomes

    def _write_fields(self, change: FieldsChange) -> FieldsOutcome:
        there = self.contacts if change.id in self.contacts else self.leads
        if change.id not in there:
            return FieldsOutcome(change.id, is_gone=True)
        if self.refuses_fields:
            return FieldsOutcome(change.id, RecordRefusal(self.refuses_fields))
        if change.read_at is not None and there[change.id].modified_at > change.read_at:
            return FieldsOutcome(change.id, is_changed=True)
        self.last[change.id] = change.last
        there[change.id] = replace(
            there[change.id], modified_at=self._tick() + timedelta(minutes=5)
        )
        self.edited_by.pop(change.id, None)
        return FieldsOutcome(change.id)

    def _lead_trace(self, lead: Lead) -> Trace:
        return Trace(lead.modified_at, self.edited_by.get(lead.id, self.user_id))

    def delete_lead(self, lead_id: RecordId) -> bool:
        """See `Org`."""
        self._read("delete_lead")
        was_there = self.leads.pop(lead_id, None) is not None
        there = self.tasks | self.archived
        for task_id in [one for one, task in there.items() if task.who_id == lead_id]:
            self.delete(task_id)
        return was_there

    def delete_tasks(self, ids: Sequence[RecordId]) -> Sequence[WriteOutcome]:
        """See `Org`."""
        self._read("delete_tasks")
        refused = [task_id for task_id in ids if self._refused.get(self._key_of(task_id))]
        for task_id in set(ids) - set(refused):
            self.delete(task_id)
        return [
            WriteOutcome(one, self._refused[self._key_of(one)] if one in refused else "")
            for one in ids
        ]

    def move_tasks(self, ids: Sequence[RecordId], to: Place) -> Sequence[WriteOutcome]:
        """See `Org`."""
        assert 0 < len(ids) <= 200
        self._read("move_tasks")
        return [WriteOutcome(one, self._move(one, to)) for one in ids]

    def _grow(self, task: Task) -> TaskOutcome | TaskChanged:
        assert task.grows is not None
        there = self.tasks if task.grows.task_id in self.tasks else self.archived
        stored = there.get(task.grows.task_id)
        if stored is None or self._modified(task.grows.task_id) > task.grows.read_at:
            return TaskChanged(task.key)
        if self.refuses_growth:
            return TaskRefused(task.key, RecordRefusal(self.refuses_growth))
        there[task.grows.task_id] = replace(
            stored,
            key=task.key,
            subject=task.subject,
            description=task.description,
            activity_date=task.activity_date,
        )
        self.modified[task.grows.task_id] = self._tick()
        self.modified_by[task.grows.task_id] = self.user_id
        return TaskLogged(task.key, task.grows.task_id)

    def _modified(self, task_id: RecordId) -> datetime:
        return self.modified.get(task_id, self.written.get(task_id, self.now))

    def _move(self, task_id: RecordId, to: Place) -> str:
        there = self.tasks if task_id in self.tasks else self.archived
        if task_id not in there:
            return "ENTITY_IS_DELETED"
        if code := self._refused.get(there[task_id].key):
            return code
        what_id = None if to.who_id in self.leads else to.what_id or there[task_id].what_id
        there[task_id] = replace(there[task_id], who_id=to.who_id, what_id=what_id)
        self.modified[task_id] = self._tick() + timedelta(minutes=5)
        return ""

    # Within

    def _key_of(self, task_id: RecordId) -> TaskKey:
        there = self.tasks | self.archived
        return there[task_id].key if task_id in there else TaskKey("")

    def _stored_tasks(self) -> Iterator[StoredTask]:
        living = self.tasks | self.archived
        for kept, is_deleted in ((living, False), (self.binned, True)):
            for task_id, task in kept.items():
                if self._is_hidden(task):
                    continue
                created = Trace(self.written.get(task_id, self.now), self.user_id)
                by = "005touched" if task_id in self.touched else self.user_id
                by = self.modified_by.get(task_id, by)
                modified = Trace(self.modified.get(task_id, created.at), by)
                yield StoredTask(task_id, task.key, task.who_id, is_deleted, created, modified)

    def _mint(self, prefix: str) -> RecordId:
        self._count += 1
        minted = full_id(f"{prefix}Mm0000{self._count:06d}")
        assert minted
        return minted

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def _default_status(self) -> str:
        return next(status.api_name for status in self.lead_statuses if status.is_default)

    def _read(self, call: str) -> None:
        self.calls.append(call)
        if self._read_faults:
            raise self._read_faults.popleft()

    def _lives_on(self, record_id: RecordId) -> RecordId:
        while record_id in self.merged:
            record_id = self.merged[record_id]
        return record_id

    def _create_lead(self, new: NewLead) -> LeadOutcome:
        if code := self._refused_leads.get(new.last_name):
            return RecordRefusal(code)
        blocked = self.duplicates.get(new.phone)
        if blocked and not (new.allow_duplicates and blocked.can_be_saved):
            return blocked
        lead = self.add_lead(
            f"{new.first_name} {new.last_name}".strip(),
            new.phone,
            owner_id=new.owner_id,
            description=new.description,
            link=new.link if new.link_field else "",
        )
        self.created_leads.append(lead.id)
        return LeadWritten(lead.id)

    def _create_with_tasks(self, new: NewLead, tasks: Sequence[Task]) -> LeadOutcome:
        keys = {
            stored.key: NOT_SEEN if self._is_hidden(stored) else there
            for there, stored in (self.tasks | self.archived).items()
        }
        if there := [TaskLogged(one.key, keys[one.key]) for one in tasks if one.key in keys]:
            return LeadTaken(tuple(there))
        outcome = self._create_lead(new)
        is_refused = self._refuse_next or any(one.key in self._refused for one in tasks)
        if not isinstance(outcome, LeadWritten) or is_refused:
            return outcome
        logged = [self._insert(replace(one, who_id=outcome.id)) for one in tasks]
        return LeadWritten(outcome.id, tuple(it for it in logged if isinstance(it, TaskLogged)))

    def _change_lead(self, change: LeadChange) -> LeadOutcome:
        lead = self.leads.get(change.id)
        if lead is None:
            return RecordRefusal("ENTITY_IS_DELETED")
        if lead.modified_at > change.read_at:
            return LeadChangedMeanwhile()
        if lead.is_converted:
            return RecordRefusal("CANNOT_UPDATE_CONVERTED_LEAD")
        asked = {
            "status": change.status,
            "description": change.description,
            "link": change.link if change.link_field else None,
        }
        self.edit_lead(lead.id, **{name: to for name, to in asked.items() if to is not None})
        return LeadWritten(lead.id)

    def _fault_of(self, batch: int) -> tuple[Loss | None, WasfError | None]:
        for fault in self._batch_faults:
            if fault[0] == batch:
                self._batch_faults.remove(fault)
                return fault[1], fault[2]
        return None, None

    def _insert(self, task: Task) -> TaskOutcome:
        if self.key_field.is_unique:
            for there, stored in (self.tasks | self.archived).items():
                if stored.key == task.key:
                    return TaskLogged(task.key, NOT_SEEN if self._is_hidden(stored) else there)
        code = self._refuse_next.popleft() if self._refuse_next else self._refused.get(task.key)
        if code:
            return TaskRefused(task.key, RecordRefusal(code))
        lead = self.leads.get(task.who_id) if task.who_id else None
        if lead is not None and lead.is_converted:
            return TaskRefused(task.key, RecordRefusal("CANNOT_UPDATE_CONVERTED_LEAD"))
        related = task.what_id in self.business or task.what_id in self.named
        if lead is None and task.who_id not in self.contacts and not related:
            return TaskRefused(task.key, RecordRefusal("INVALID_CROSS_REFERENCE_KEY", ("WhoId",)))
        task_id = self._mint("00T")
        self.tasks[task_id] = task
        self.written[task_id] = self._tick()
        return TaskLogged(task.key, task_id)


def _tail(typed: str) -> str:
    return "".join(filter(str.isdecimal, typed))[-8:]


def _meant(
    person: Contact | Lead, tails: Collection[str], names: Collection[str], ids: Collection[str]
) -> bool:
    digits = ["".join(filter(str.isdecimal, field)) for field in person.phones]
    return (
        person.id in ids
        or person.name.casefold() in names
        or any(tail in number for tail in tails for number in digits)
    )


def _writes(loss: Loss | None) -> bool:
    return loss is None or loss is Loss.LOST_AFTER


def _lost(batch: Sequence[Task], loss: Loss) -> list[TaskOutcome]:
    outcome = TaskNotSent if loss is Loss.NOT_SENT else TaskInDoubt
    return [outcome(task.key) for task in batch]


def _lead_lost(loss: Loss, error: WasfError) -> LeadOutcome:
    return LeadNotSent(error) if loss is Loss.NOT_SENT else LeadInDoubt()
