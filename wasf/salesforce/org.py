"""A Salesforce org that somebody is signed in to: the Protocol `Org` over REST.

The docstrings below say how many API calls a method takes; `Org` says what it does.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from wasf import late_modules
from wasf.core.auth import UserId
from wasf.core.chats import Phone
from wasf.core.policy import LARGEST_BATCH, MOST_CALLS_IN_FLIGHT, RelatedObject, Reserve
from wasf.core.records import (
    Account,
    LeadChange,
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
    record_address,
)
from wasf.core.refusals import RecordRefusal
from wasf.errors import WasfError
from wasf.interfaces import (
    ApiUsage,
    BatchLimit,
    FieldsChange,
    FieldsOutcome,
    FileUpload,
    KeyField,
    LeadNotSent,
    LeadOutcome,
    LeadState,
    OrgFacts,
    PeopleFound,
    StoredFields,
    StoredLead,
    StoredTask,
    TaskChanged,
    TaskOutcome,
    WriteOutcome,
)
from wasf.retry import RetryPolicy, Timeouts
from wasf.salesforce import lead_tasks, leads
from wasf.salesforce.api import (
    RETRY,
    TIMEOUTS,
    ApiBudget,
    RestClient,
    api_name,
    delete_records,
    full_id,
    identity_in,
    only_our_errors,
)
from wasf.salesforce.connection import Access, ApiVersion
from wasf.salesforce.describe import WantedFields, load_org_metadata
from wasf.salesforce.objects import FieldAccess
from wasf.salesforce.people import find_people
from wasf.salesforce.tasks import TaskWriter
from wasf.values import dataclass

if TYPE_CHECKING:
    from wasf.core.report import MessageTask
    from wasf.salesforce import bulk_jobs, message_fields, related, stored_records
else:  # most syncs need none of them
    bulk_jobs, message_fields, related, stored_records = late_modules(
        __package__, "bulk_jobs", "message_fields", "related", "stored_records"
    )


class OrgIdentity(NamedTuple):
    """Which org this is, and who is signed in to it."""

    org_id: RecordId
    user_id: UserId


@dataclass(frozen=True, slots=True)
class OrgOptions:
    """How wasf works with an org.

    `fields` is what the settings say of fields. `in_flight` is how many calls with Tasks are sent
    at once at most, `batch_size` how many Tasks one has at most, `reserve` how many API calls are
    left for others.
    """

    fields: WantedFields = field(default_factory=WantedFields)
    in_flight: int = MOST_CALLS_IN_FLIGHT
    batch_size: int = LARGEST_BATCH
    reserve: Reserve = field(default_factory=Reserve)
    retry: RetryPolicy = RETRY
    timeouts: Timeouts = TIMEOUTS
    before_write: Callable[[], None] | None = None


class SalesforceOrg:
    """`Org` at Salesforce. For one thread; within `log_tasks` it uses others.

    `known` saves the call that asks who is signed in; `version` is that of the API, the newest one
    if it is not given. Nothing is sent before the first question.
    Raise a `WasfError` if there is no token.
    """

    def __init__(
        self,
        access: Access,
        options: OrgOptions | None = None,
        known: OrgIdentity | None = None,
        version: ApiVersion | None = None,
    ) -> None:
        self._access = access
        self._version = version or ApiVersion()
        self._options = options or OrgOptions()
        self._identity = known
        self._budget = ApiBudget(self._options.reserve)
        self._client = self._new_client()
        self._field_access: FieldAccess | None = None
        self._writer = TaskWriter(
            self._new_client,
            self._options.retry,
            self._options.in_flight,
            self._options.batch_size,
        )

    def identity(self) -> OrgIdentity:
        """Return which org and which user the token is for; one call, the first time.

        Raise `NotConnected` for a token that is not accepted, and a `WasfError` if the org has
        no version of the API that wasf speaks.
        """
        if self._identity is None:
            with only_our_errors():
                org_id, user_id = identity_in(self._client.read(""))
            self._identity = OrgIdentity(RecordId(org_id), UserId(user_id))
        return self._identity

    def facts(self, emails: Collection[str]) -> OrgFacts:
        """See `Org`: one call."""
        with only_our_errors():
            return self._load(emails)[0]

    def people(self, wanted: PeopleQuery) -> PeopleFound:
        """See `Org`: one call for a hundred people, and one more for what those lead to.

        In an org that limits its search one more for spellings, and one for each 20 missing.
        """
        with only_our_errors():
            return find_people(self._client, self._access_to_fields(), wanted)

    def relations(
        self,
        accounts: Mapping[RecordId, RecordId | None],
        kinds: Collection[RelatedObject],
    ) -> Mapping[RecordId, Relations]:
        """See `Org`: one call for 200."""
        with only_our_errors():
            return related.relations_of(self._client, accounts, kinds)

    def accounts(
        self, ids: Collection[RecordId] = (), phones: Collection[Phone] = ()
    ) -> Sequence[Account]:
        """See `Org`: one call, and one more if an Account has one of 250 numbers."""
        fields = self._options.fields
        full_ids = {full_id(one) or one for one in ids}
        with only_our_errors():
            by_phone = related.accounts_with(
                self._client, phones, fields.default_region, by_digits=fields.searches_digits
            )
            return related.accounts_of(self._client, full_ids, by_phone)

    def related_records(self, ids: Collection[RecordId]) -> Sequence[NamedRecord]:
        """See `Org`: one call."""
        with only_our_errors():
            return related.named_records(self._client, {full_id(one) or one for one in ids})

    def create_leads(self, new: Sequence[NewLead]) -> Sequence[LeadOutcome]:
        """See `Org`: one call for 200, and one for each that a duplicate rule blocks."""
        return self._write_leads(len(new), partial(leads.create, self._client, new))

    def create_leads_with_tasks(
        self, new: Sequence[NewLead], tasks: Sequence[Sequence[Task]], key_field: KeyField
    ) -> Sequence[LeadOutcome]:
        """See `Org`: one call for 200; where some are refused, one or two more, and theirs."""
        write = partial(lead_tasks.create, self._client, new, tasks, key_field)
        return self._write_leads(len(new), write)

    def change_leads(self, changes: Sequence[LeadChange]) -> Sequence[LeadOutcome]:
        """See `Org`: one call for 25."""
        return self._write_leads(len(changes), partial(leads.change, self._client, changes))

    def log_tasks(
        self,
        batches: Iterable[Sequence[Task]],
        key_field: KeyField,
        size: int = 0,
        *,
        probe: bool = False,
    ) -> Iterator[Sequence[TaskOutcome]]:
        """See `Org`: one call for each batch, and one for each time rows met a lock.

        A batch that is refused as a whole takes about twice as many calls as the org needs for it,
        and 15 more for each Task that is at fault.
        """
        user_id = self.identity().user_id
        return self._writer.log(batches, key_field, user_id, size, probe=probe)

    @property
    def jobs(self) -> "bulk_jobs.IngestJobs":
        """See `Org`: one call for each request."""
        return bulk_jobs.IngestJobs(self._client)

    @property
    def batch_limit(self) -> BatchLimit | None:
        return self._writer.limit

    @property
    def stopped(self) -> RecordRefusal | None:
        return self._writer.stopped

    def grow_tasks(
        self, tasks: Iterable[Task], key_field: KeyField
    ) -> Iterator[TaskOutcome | TaskChanged]:
        """See `Org`: one call each."""
        for task in tasks:
            if task.grows is None:
                raise ValueError("a new Task does not grow")
            outcome, failed = stored_records.grow_task(self._client, task, task.grows, key_field)
            yield outcome
            if failed is not None:
                raise failed.error

    def find_tasks(
        self, keys: Collection[TaskKey], key_field: KeyField
    ) -> Mapping[TaskKey, RecordId]:
        """See `Org`: one call for about seven thousand."""
        name = api_name(key_field.name, "key_field")
        asked = set(keys)
        with only_our_errors():
            found = stored_records.find_tasks(self._client, asked, name)
        return {key: task_id for key, task_id in found.items() if key in asked}

    def read_tasks(self, ids: Collection[RecordId]) -> Sequence[StoredTask]:
        """See `Org`: one call for about ten thousand."""
        with only_our_errors():
            return stored_records.read_tasks(self._client, ids)

    def task_relations(self, ids: Collection[RecordId]) -> Mapping[RecordId, RecordId]:
        """See `Org`: one call for about ten thousand."""
        with only_our_errors():
            return stored_records.task_relations(self._client, ids)

    def unseen_owners(self, owners: Collection[UserId]) -> frozenset[UserId]:
        """See `Org`: two calls for five owners, none for the connected user."""
        user_id = self.identity().user_id
        with only_our_errors():
            return stored_records.unseen_owners(
                self._client, frozenset(owners) - {user_id}, user_id
            )

    def task_contents(
        self, ids: Collection[RecordId], further: Collection[str] = ()
    ) -> Mapping[RecordId, TaskContent]:
        """See `Org`: one call for about ten thousand."""
        with only_our_errors():
            can_relate = self._access_to_fields().relates
            return stored_records.task_contents(self._client, ids, further, related=can_relate)

    def automated_users(self, ids: Collection[UserId]) -> frozenset[UserId]:
        """See `Org`: one call."""
        with only_our_errors():
            return stored_records.automated_users(self._client, ids)

    def keyed_tasks(self, keys: Collection[TaskKey], key_field: KeyField) -> Sequence[StoredTask]:
        """See `Org`: one call for about six thousand."""
        with only_our_errors():
            return stored_records.keyed_tasks(
                self._client, keys, api_name(key_field.name, "key_field")
            )

    def all_keyed_tasks(self, key_field: KeyField) -> Iterator[StoredTask]:
        """See `Org`: one call for each two thousand."""
        with only_our_errors():
            name = api_name(key_field.name, "key_field")
            yield from stored_records.all_keyed_tasks(self._client, name)

    def message_tasks(self, since: datetime | None) -> "Sequence[MessageTask]":
        """Return what Tasks since a moment tell of messages; one call for 2,000, and two more.

        They are all Tasks with a key that the connected user may see, archived ones included.
        """
        with only_our_errors():
            return message_fields.read_message_tasks(self._client, self._options.fields, since)

    def delete_tasks(self, ids: Sequence[RecordId]) -> Sequence[WriteOutcome]:
        """See `Org`: one call."""
        with only_our_errors():
            return delete_records(self._client, ids)

    def move_tasks(self, ids: Sequence[RecordId], to: Place) -> Sequence[WriteOutcome]:
        """See `Org`: one call."""
        with only_our_errors():
            place = stored_records.place_body(to, lambda: self._access_to_fields().relates)
            return stored_records.change_tasks(self._client, ids, place)

    def set_task_status(self, ids: Sequence[RecordId], status: str) -> Sequence[WriteOutcome]:
        """See `Org`: one call."""
        with only_our_errors():
            return stored_records.change_tasks(self._client, ids, {"Status": status})

    def read_leads(self, ids: Collection[RecordId]) -> Sequence[StoredLead]:
        """See `Org`: one call for the Leads, and one for what hangs on them."""
        with only_our_errors():
            return stored_records.read_leads(self._client, ids)

    def read_fields(self, ids: Collection[RecordId]) -> Sequence[StoredFields]:
        """See `Org`: one call for about two thousand."""
        with only_our_errors():
            return message_fields.read_fields(self._client, ids)

    def write_fields(self, changes: Sequence[FieldsChange]) -> Sequence[FieldsOutcome]:
        """See `Org`: one call for 200 of a kind, for 25 that nobody may have changed."""
        with only_our_errors():
            return message_fields.write_fields(self._client, changes)

    def lead_states(self, ids: Collection[RecordId]) -> Sequence[LeadState]:
        """See `Org`: one call for about ten thousand."""
        with only_our_errors():
            return stored_records.lead_states(self._client, ids)

    def attach_file(self, upload: FileUpload) -> RecordId:
        """See `Org`: two calls, one if the file is there."""
        with only_our_errors():
            return stored_records.attach(self._client, upload)

    def find_file(self, upload: FileUpload) -> RecordId | None:
        """See `Org`: one call."""
        with only_our_errors():
            return stored_records.find(self._client, upload)

    def delete_lead(self, lead_id: RecordId) -> bool:
        """See `Org`: one call."""
        with only_our_errors():
            return leads.delete(self._client, lead_id)

    def record_url(self, record_id: RecordId, record_type: RecordType) -> str:
        return record_address(self._access.current().instance_url, record_id, record_type)

    @property
    def api_calls(self) -> int:
        return self._budget.calls

    @property
    def usage(self) -> ApiUsage | None:
        return self._budget.usage

    def _write_leads(
        self, count: int, write: Callable[[frozenset[str]], list[LeadOutcome]]
    ) -> Sequence[LeadOutcome]:
        """Write so many Leads, given the fields that may be filled; return errors as outcomes."""
        try:
            with only_our_errors():
                writable = self._access_to_fields().lead_writable
        except WasfError as error:
            return [LeadNotSent(error)] * count
        return write(writable)

    def _access_to_fields(self) -> FieldAccess:
        return self._field_access or self._load(())[1]

    def _load(self, emails: Collection[str]) -> tuple[OrgFacts, FieldAccess]:
        facts, self._field_access = load_org_metadata(
            self._client, emails, self.identity().user_id, self._options.fields
        )
        return facts, self._field_access

    def _new_client(self) -> RestClient:
        retry, timeouts = self._options.retry, self._options.timeouts
        before_write = self._options.before_write
        return RestClient(
            self._access, self._budget, retry, timeouts, self._version, before_write=before_write
        )
