"""The org of a dry run: it really reads, and answers writes as if Salesforce had taken them.

A dry run is the same sync over this org and a scratch copy of the ledger, so it shows exactly what
the next run would do (W4).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn, cast

from wasf.core.records import LeadChange, NewLead, Place, RecordId, RecordType, Task
from wasf.core.refusals import RecordRefusal
from wasf.errors import NotConnected
from wasf.interfaces import (
    ApiUsage,
    BatchLimit,
    FieldsChange,
    FieldsOutcome,
    FileUpload,
    KeyField,
    LeadOutcome,
    LeadWritten,
    Org,
    TaskJobs,
    TaskLogged,
    TaskOutcome,
    WriteOutcome,
)


class _NoOrg:
    """What a dry run without a sign-in has in place of an org: whatever is asked raises why."""

    api_calls = 0
    usage = None

    def __init__(self, error: NotConnected) -> None:
        self._error = error

    def __getattr__(self, name: str) -> NoReturn:
        raise self._error


def no_org(error: NotConnected) -> Org:
    """Return an org that cannot be asked: all of it raises that error but for its API calls."""
    return cast("Org", _NoOrg(error))


NO_ORG_ID = "00D000000000000AAA"
"""The id of no org, so that there is no ledger for it."""

NOT_WRITTEN = RecordId("")
"""The id of a record that would have been created."""


class _DryRunOrg:
    """Sends nothing that could change the real org behind it: writes are answered as if done."""

    def __init__(self, org: Org) -> None:
        self._org = org
        # Reads are real.
        self.facts = org.facts
        self.people = org.people
        self.relations = org.relations
        self.accounts = org.accounts
        self.related_records = org.related_records
        self.find_tasks = org.find_tasks
        self.read_tasks = org.read_tasks
        self.task_relations = org.task_relations
        self.unseen_owners = org.unseen_owners
        self.task_contents = org.task_contents
        self.automated_users = org.automated_users
        self.keyed_tasks = org.keyed_tasks
        self.all_keyed_tasks = org.all_keyed_tasks
        self.read_leads = org.read_leads
        self.lead_states = org.lead_states
        self.find_file = org.find_file
        self.read_fields = org.read_fields

    def create_leads(self, leads: Sequence[NewLead]) -> Sequence[LeadOutcome]:
        return [LeadWritten(NOT_WRITTEN) for _ in leads]

    def create_leads_with_tasks(
        self, leads: Sequence[NewLead], tasks: Sequence[Sequence[Task]], key_field: KeyField
    ) -> Sequence[LeadOutcome]:
        del leads, key_field
        return [
            LeadWritten(NOT_WRITTEN, tuple(TaskLogged(one.key, NOT_WRITTEN) for one in some))
            for some in tasks
        ]

    def change_leads(self, changes: Sequence[LeadChange]) -> Sequence[LeadOutcome]:
        return [LeadWritten(change.id) for change in changes]

    def log_tasks(
        self,
        batches: Iterable[Sequence[Task]],
        key_field: KeyField,
        size: int = 0,
        *,
        probe: bool = False,
    ) -> Iterator[Sequence[TaskOutcome]]:
        del key_field, size, probe
        for batch in batches:
            yield [TaskLogged(task.key, NOT_WRITTEN) for task in batch]

    def grow_tasks(self, tasks: Iterable[Task], key_field: KeyField) -> Iterator[TaskOutcome]:
        del key_field
        for task in tasks:
            yield TaskLogged(task.key, task.grows.task_id if task.grows else NOT_WRITTEN)

    def delete_tasks(self, ids: Sequence[RecordId]) -> Sequence[WriteOutcome]:
        return [WriteOutcome(task_id) for task_id in ids]

    def move_tasks(self, ids: Sequence[RecordId], to: Place) -> Sequence[WriteOutcome]:
        del to
        return [WriteOutcome(task_id) for task_id in ids]

    def write_fields(self, changes: Sequence[FieldsChange]) -> Sequence[FieldsOutcome]:
        return [FieldsOutcome(one.id) for one in changes]

    def set_task_status(self, ids: Sequence[RecordId], status: str) -> Sequence[WriteOutcome]:
        del status
        return [WriteOutcome(task_id) for task_id in ids]

    def attach_file(self, upload: FileUpload) -> RecordId:
        del upload
        return NOT_WRITTEN

    def delete_lead(self, lead_id: RecordId) -> bool:
        del lead_id
        return True

    def record_url(self, record_id: RecordId, record_type: RecordType) -> str:
        """Return the address of a record, "" for one that a dry run did not create."""
        if record_id == NOT_WRITTEN:
            return ""
        return self._org.record_url(record_id, record_type)

    @property
    def jobs(self) -> TaskJobs:
        """Those of the real org: a dry run makes none, and leaves those that are there alone."""
        return self._org.jobs

    @property
    def batch_limit(self) -> BatchLimit | None:
        return None

    @property
    def stopped(self) -> RecordRefusal | None:
        return None

    @property
    def api_calls(self) -> int:
        return self._org.api_calls

    @property
    def usage(self) -> ApiUsage | None:
        return self._org.usage


def dry_run_org(org: Org) -> Org:
    """Return an org that really reads, and answers writes as if they were done."""
    return _DryRunOrg(org)
