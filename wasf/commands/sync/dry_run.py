"""The org of a dry run: reads are real, writes are answered as if Salesforce had taken them.

A dry run is the same sync over this org and a scratch ledger, so it cannot show anything else than
what the next run would do (W4).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from wasf.core.records import LeadChange, NewLead, PeopleQuery, RecordId, RecordType, Task, TaskKey
from wasf.interfaces import (
    ApiUsage,
    Deletion,
    FileUpload,
    KeyField,
    LeadOutcome,
    LeadWritten,
    Org,
    OrgFacts,
    PeopleFound,
    StoredLead,
    StoredTask,
    TaskLogged,
    TaskOutcome,
)

NOT_WRITTEN = RecordId("")
"""The id of a record that a dry run did not create."""


class DryRunOrg:
    """Satisfies `Org`; nothing is ever sent that could change the org behind it."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def facts(self, emails: Collection[str]) -> OrgFacts:
        """As the org behind says."""
        return self._org.facts(emails)

    def people(self, wanted: PeopleQuery) -> PeopleFound:
        """As the org behind says."""
        return self._org.people(wanted)

    def create_leads(self, leads: Sequence[NewLead]) -> Sequence[LeadOutcome]:
        """Say that they were created."""
        return [LeadWritten(NOT_WRITTEN) for _ in leads]

    def change_leads(self, changes: Sequence[LeadChange]) -> Sequence[LeadOutcome]:
        """Say that they were changed."""
        return [LeadWritten(change.id) for change in changes]

    def log_tasks(
        self, batches: Iterable[Sequence[Task]], key_field: KeyField
    ) -> Iterator[Sequence[TaskOutcome]]:
        """Say that they were logged."""
        del key_field
        for batch in batches:
            yield [TaskLogged(task.key, NOT_WRITTEN) for task in batch]

    def find_tasks(
        self, keys: Collection[TaskKey], key_field: KeyField
    ) -> Mapping[TaskKey, RecordId]:
        """As the org behind says."""
        return self._org.find_tasks(keys, key_field)

    def read_tasks(self, ids: Collection[RecordId]) -> Sequence[StoredTask]:
        """As the org behind says."""
        return self._org.read_tasks(ids)

    def keyed_tasks(self, keys: Collection[TaskKey], key_field: KeyField) -> Sequence[StoredTask]:
        """As the org behind says."""
        return self._org.keyed_tasks(keys, key_field)

    def all_keyed_tasks(self, key_field: KeyField) -> Iterator[StoredTask]:
        """As the org behind says."""
        return self._org.all_keyed_tasks(key_field)

    def delete_tasks(self, ids: Sequence[RecordId]) -> Sequence[Deletion]:
        """Say that they are gone."""
        return [Deletion(task_id) for task_id in ids]

    def read_leads(self, ids: Collection[RecordId]) -> Sequence[StoredLead]:
        """As the org behind says."""
        return self._org.read_leads(ids)

    def attach_file(self, upload: FileUpload) -> RecordId:
        """Say that it was uploaded."""
        del upload
        return NOT_WRITTEN

    def find_file(self, upload: FileUpload) -> RecordId | None:
        """As the org behind says."""
        return self._org.find_file(upload)

    def delete_lead(self, lead_id: RecordId) -> bool:
        """Say that it was deleted."""
        del lead_id
        return True

    def record_url(self, record_id: RecordId, record_type: RecordType) -> str:
        """The address of a record; "" for one that a dry run did not create."""
        if record_id == NOT_WRITTEN:
            return ""
        return self._org.record_url(record_id, record_type)

    @property
    def api_calls(self) -> int:
        """Calls that the look-ups made."""
        return self._org.api_calls

    @property
    def usage(self) -> ApiUsage | None:
        """As the org behind says."""
        return self._org.usage
