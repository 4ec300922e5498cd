"""What wasf wrote, as it is in the org now: Tasks and Leads, and whether somebody changed them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from wasf.core.auth import UserId
from wasf.core.keys import TASK_CONTENT_FIELDS, further_text
from wasf.core.records import TASK_KEY_LENGTH, TASK_KEY_SIGNS, RecordId, TaskContent, TaskKey
from wasf.interfaces import LeadState, StoredLead, StoredTask
from wasf.salesforce.api import (
    Object,
    Query,
    RequestFailed,
    RestClient,
    by_values,
    condition,
    flag,
    full_id,
    record_id,
    rows_of,
    run_queries,
    select,
    text,
    try_queries,
)
from wasf.salesforce.objects import LEAD_STATE, STORED_LEAD, STORED_TASK

_CHILDREN: Final = (
    ("Event", "WhoId"),
    ("ContentDocumentLink", "LinkedEntityId"),
    ("CampaignMember", "LeadId"),
)
"""What can point to a Lead besides Tasks, and by which field."""

_RELATED: Final = "WhatId"
_AUTOMATED: Final = ("AutomatedProcess", "CloudIntegrationUser")

_UNKNOWN_OBJECT: Final = "INVALID_TYPE"  # an object that this org, or this user, does not have


def find_tasks(
    client: RestClient, keys: Collection[TaskKey], key_field: str
) -> dict[TaskKey, RecordId]:
    """Return the Tasks that have one of these keys in the field of that name."""
    rows = run_queries(client, task_ids(key_field, keys))
    # Deleted ones first, so that one that is not deleted takes their place.
    rows.sort(key=lambda row: not flag(row, "IsDeleted"))
    return {TaskKey(text(row, key_field).lower()): record_id(row, "Id") for row in rows}


def read_tasks(client: RestClient, ids: Collection[RecordId]) -> list[StoredTask]:
    """Return Tasks by id; those that are nowhere are left out."""
    return [
        _task(row, "")
        for row in run_queries(client, STORED_TASK.queries("Id", ids, deleted_too=True))
    ]


def task_relations(client: RestClient, ids: Collection[RecordId]) -> dict[RecordId, RecordId]:
    """Return the records that Tasks are related to, by the ids of the Tasks."""
    rows = run_queries(client, _fields_of_tasks(ids, ["WhatId"]))
    return {
        record_id(row, "Id"): related for row in rows if (related := full_id(text(row, "WhatId")))
    }


def task_contents(
    client: RestClient, ids: Collection[RecordId], further: Collection[str], *, related: bool
) -> dict[RecordId, TaskContent]:
    """Return what stands in Tasks and their further fields, with line breaks as written.

    `related`: whether the user may see the field WhatId.
    """
    names = [name for name in TASK_CONTENT_FIELDS if related or name != _RELATED]
    rows = run_queries(client, _fields_of_tasks(ids, [*names, *further]))
    return {record_id(row, "Id"): _content(row, further) for row in rows}


def unseen_owners(
    client: RestClient, owners: frozenset[UserId], user_id: UserId
) -> frozenset[UserId]:
    """Return those of these users of whom the connected user may see no Task.

    Not those of whom a Task is visible, archived or deleted; none where all data are.
    """
    rows = run_queries(client, [_a_task_of(owner) for owner in sorted(owners)])
    unseen = owners - {UserId(record_id(row, "OwnerId")) for row in rows}
    return frozenset() if unseen and _sees_all(client, user_id) else unseen


def _sees_all(client: RestClient, user_id: UserId) -> bool:
    """Return whether the user has View All Data, as far as he may see his own rights."""
    found, _ = try_queries(client, [sets_with_all_data(user_id)])
    return bool(found)


def _content(row: Object, further: Collection[str]) -> TaskContent:
    values = [text(row, name).replace("\r\n", "\n") for name in TASK_CONTENT_FIELDS]
    more = further_text((name, row.get(name)) for name in further)
    return TaskContent(*values)._replace(further=more)


def automated_users(client: RestClient, ids: Collection[UserId]) -> frozenset[UserId]:
    """Return which of these users are Salesforce's own, which run an org's automation."""
    rows = run_queries(client, by_values(select(("Id", "UserType"), "User"), "Id", ids))
    return frozenset(
        UserId(record_id(row, "Id")) for row in rows if text(row, "UserType") in _AUTOMATED
    )


def keyed_tasks(client: RestClient, keys: Collection[TaskKey], key_field: str) -> list[StoredTask]:
    """Return all Tasks with one of these keys in the field of that name."""
    rows = run_queries(client, STORED_TASK.queries(key_field, keys, key_field, deleted_too=True))
    return [_task(row, key_field) for row in rows]


def all_keyed_tasks(client: RestClient, key_field: str) -> Iterator[StoredTask]:
    """Yield all Tasks with a key of wasf's form in the field of that name; not deleted ones."""
    answer = client.read(_tasks_with_keys(key_field).path)
    tasks = (_task(row, key_field) for row in rows_of(client, answer))
    return (task for task in tasks if TASK_KEY_SIGNS.issuperset(task.key))


def read_leads(client: RestClient, ids: Collection[RecordId]) -> list[StoredLead]:
    """Return Leads that are not deleted, and what points to them."""
    rows = run_queries(client, STORED_LEAD.queries("Id", ids))
    there = [record_id(row, "Id") for row in rows]
    tasks = _by_parent("WhoId", _children(client, "Task", "WhoId", there))
    others = [
        _by_parent(field, _children(client, table, field, there)) for table, field in _CHILDREN
    ]
    return [
        STORED_LEAD.parse(
            row,
            tasks=frozenset(tasks.get(lead, ())),
            others=sum(len(found.get(lead, ())) for found in others),
        )
        for lead, row in zip(there, rows, strict=True)
    ]


def lead_states(client: RestClient, ids: Collection[RecordId]) -> list[LeadState]:
    """Return the states of Leads that are not deleted."""
    return [LEAD_STATE.parse(row) for row in run_queries(client, LEAD_STATE.queries("Id", ids))]


def _task(row: Object, key_field: str) -> StoredTask:
    return STORED_TASK.parse(row, key=TaskKey(text(row, key_field).lower() if key_field else ""))


def _children(
    client: RestClient, table: str, parent_field: str, ids: Collection[RecordId]
) -> list[Object]:
    """Return records that point to one of these, not deleted ones; of Tasks archived ones, too."""
    archived_too = table == "Task"
    fields = ("Id", parent_field, "IsDeleted") if archived_too else ("Id", parent_field)
    asked = by_values(select(fields, table), parent_field, ids, deleted_too=archived_too)
    try:
        return run_queries(client, asked)
    except RequestFailed as failed:
        if failed.code == _UNKNOWN_OBJECT:
            return []
        raise


def _by_parent(parent_field: str, rows: Iterable[Object]) -> dict[RecordId, list[RecordId]]:
    found: dict[RecordId, list[RecordId]] = {}
    for row in rows:
        if not flag(row, "IsDeleted"):
            found.setdefault(record_id(row, parent_field), []).append(record_id(row, "Id"))
    return found


# --- Queries --------------------------------------------------------------------------------------


def task_ids(key_field: str, keys: Collection[TaskKey]) -> list[Query]:
    """Return queries for the Tasks with one of these keys, archived and deleted ones included."""
    head = select(("Id", "IsDeleted", key_field), STORED_TASK.name)
    return by_values(head, key_field, keys, deleted_too=True)


def _fields_of_tasks(ids: Collection[RecordId], fields: Sequence[str]) -> list[Query]:
    """Return queries for fields of Tasks by id, archived and deleted ones included."""
    return by_values(select(("Id", *fields), "Task"), "Id", ids, deleted_too=True)


def _a_task_of(owner: UserId) -> Query:
    """Return the query for one Task of a user, archived or deleted."""
    limited = f"{condition('OwnerId', '=', owner)} LIMIT 1"
    return Query(select(("OwnerId",), "Task"), (limited,), deleted_too=True)


def sets_with_all_data(user_id: UserId) -> Query:
    """Return the query for permission sets of a user, the profile's too, that show all data."""
    all_data = "PermissionSet.PermissionsViewAllData = true LIMIT 1"
    head = select(("Id",), "PermissionSetAssignment")
    return Query(head, (f"{condition('AssigneeId', '=', user_id)} AND {all_data}",))


def _tasks_with_keys(key_field: str) -> Query:
    """Return the query for Tasks whose key field is as long as a key, archived ones included."""
    like = condition(key_field, "LIKE", "_" * TASK_KEY_LENGTH)
    head = select((*STORED_TASK.names, key_field), STORED_TASK.name)
    return Query(head, (f"IsDeleted = false AND {like}",), deleted_too=True)
