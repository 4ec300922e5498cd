"""What stands in the org of what wasf wrote: Tasks and Leads, and whether somebody changed them."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from wasf.core.records import TASK_KEY_SIGNS, RecordId, TaskKey, was_touched
from wasf.interfaces import StoredLead, StoredTask
from wasf.salesforce.api.client import RestClient
from wasf.salesforce.api.composite import rows_of, run_queries
from wasf.salesforce.api.errors import RequestFailed
from wasf.salesforce.api.json import Object, flag, full_id, moment, record_id, text
from wasf.salesforce.api.soql import (
    hanging_on,
    leads_by_id,
    tasks_by_id,
    tasks_by_key,
    tasks_with_keys,
)

_TRACE: Final = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById")
_TASK: Final = ("Id", "WhoId", "IsDeleted", *_TRACE)
_LEAD: Final = ("Id", "IsConverted", *_TRACE)
_ON_LEADS: Final = (
    ("Event", "WhoId"),
    ("ContentDocumentLink", "LinkedEntityId"),
    ("CampaignMember", "LeadId"),
)
_NOT_THERE: Final = "INVALID_TYPE"  # an object that this org, or this user, does not have


def read_tasks(client: RestClient, ids: Collection[RecordId]) -> list[StoredTask]:
    """Tasks by id; those that are nowhere are left out."""
    return [_task(row, "") for row in run_queries(client, tasks_by_id(_TASK, ids))]


def keyed_tasks(client: RestClient, keys: Collection[TaskKey], name: str) -> list[StoredTask]:
    """All Tasks with one of these keys in the field of that name."""
    rows = run_queries(client, tasks_by_key((*_TASK, name), name, keys))
    return [_task(row, name) for row in rows]


def all_keyed_tasks(client: RestClient, name: str) -> Iterator[StoredTask]:
    """All Tasks with a key of our form in the field of that name; not deleted ones."""
    answer = client.read(tasks_with_keys((*_TASK, name), name).path)
    tasks = (_task(row, name) for row in rows_of(client, answer))
    return (task for task in tasks if TASK_KEY_SIGNS.issuperset(task.key))


def _task(row: Object, key_field: str) -> StoredTask:
    return StoredTask(
        id=record_id(row, "Id"),
        key=TaskKey(text(row, key_field).lower() if key_field else ""),
        who_id=full_id(text(row, "WhoId")),
        is_deleted=flag(row, "IsDeleted"),
        is_touched=_is_touched(row),
    )


def read_leads(client: RestClient, ids: Collection[RecordId]) -> list[StoredLead]:
    """Leads that are not deleted, and what hangs on them."""
    rows = run_queries(client, leads_by_id(_LEAD, ids))
    there = [record_id(row, "Id") for row in rows]
    tasks = _by_lead("WhoId", _hanging(client, "Task", "WhoId", there))
    others = [_by_lead(field, _hanging(client, table, field, there)) for table, field in _ON_LEADS]
    return [
        StoredLead(
            id=lead,
            is_touched=flag(row, "IsConverted") or _is_touched(row),
            tasks=frozenset(tasks.get(lead, ())),
            others=sum(len(found.get(lead, ())) for found in others),
        )
        for lead, row in zip(there, rows, strict=True)
    ]


def _hanging(
    client: RestClient, table: str, field: str, leads: Collection[RecordId]
) -> list[Object]:
    try:
        return run_queries(client, hanging_on(table, field, leads))
    except RequestFailed as failed:
        if failed.code == _NOT_THERE:
            return []
        raise


def _by_lead(field: str, rows: Iterable[Object]) -> dict[RecordId, list[RecordId]]:
    found: dict[RecordId, list[RecordId]] = {}
    for row in rows:
        if not flag(row, "IsDeleted"):
            found.setdefault(record_id(row, field), []).append(record_id(row, "Id"))
    return found


def _is_touched(row: Object) -> bool:
    return was_touched(
        (moment(row, "CreatedDate"), text(row, "CreatedById")),
        (moment(row, "LastModifiedDate"), text(row, "LastModifiedById")),
    )
