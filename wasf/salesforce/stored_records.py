"""Records that are there: Tasks and Leads as they are now, and what is changed of Tasks."""

from base64 import b64encode
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from wasf.core.auth import UserId
from wasf.core.keys import TASK_CONTENT_FIELDS, further_text
from wasf.core.records import (
    TASK_KEY_LENGTH,
    TASK_KEY_SIGNS,
    Growth,
    Place,
    RecordId,
    RecordType,
    Task,
    TaskContent,
    TaskKey,
)
from wasf.errors import Unreachable, UnreadableFile, UploadRefused, WasfError
from wasf.interfaces import (
    FileUpload,
    KeyField,
    LeadState,
    StoredLead,
    StoredTask,
    TaskChanged,
    TaskLogged,
    TaskOutcome,
    TaskRefused,
    WriteOutcome,
)
from wasf.salesforce.api import (
    GONE,
    NO_ASSIGNMENT,
    Object,
    Query,
    Rejected,
    RequestFailed,
    RestClient,
    as_object,
    by_values,
    condition,
    flag,
    full_id,
    http_date,
    record_id,
    refusal_of_request,
    rows_of,
    run_queries,
    select,
    storable,
    text,
    try_queries,
    type_of,
    update_records,
)
from wasf.salesforce.objects import (
    GROWN_TASK_FIELDS,
    LEAD_STATE,
    STORED_LEAD,
    STORED_TASK,
    WrittenField,
    further_fields,
    record_body,
)
from wasf.salesforce.task_calls import lost, texts_of

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


# --- Changes of Tasks ----------------------------------------------------------------------------


LARGEST_FILE: Final = 37_000_000
"""Bytes. Salesforce takes 50 MB of JSON, in which a file is a third larger than it is."""

_LONGEST_TITLE: Final = 255
_FILES: Final = select(
    (
        "ContentDocument.Title",
        "ContentDocument.ContentSize",
        "ContentDocument.LatestPublishedVersionId",
    ),
    "ContentDocumentLink",
)
_REFUSED: Final = (400, 404)
_PASSING: Final = frozenset({"UNABLE_TO_LOCK_ROW", "NOT_FOUND"})
"""Somebody else is changing the Task just now, or the address itself is not there."""


def place_body(to: Place, relates: Callable[[], bool]) -> Object:
    """Return the fields that put Tasks at a place; on a Lead nothing else is related (R1).

    `relates` says whether Tasks can be related to records at all; it is asked for Leads only.
    """
    changes: Object = {"WhoId": to.who_id}
    on_lead = to.who_id is not None and type_of(to.who_id) is RecordType.LEAD
    if to.what_id or (on_lead and relates()):
        changes["WhatId"] = to.what_id
    return changes


def change_tasks(
    client: RestClient, ids: Sequence[RecordId], changes: Object
) -> list[WriteOutcome]:
    """Give 1 to 200 Tasks these values; return the outcomes in order."""
    records: list[Object] = [{"Id": task_id, **changes} for task_id in ids]
    outcomes = update_records(client, "Task", records)
    return [
        WriteOutcome(task_id, outcome.code if isinstance(outcome, Rejected) else "")
        for task_id, outcome in zip(ids, outcomes, strict=True)
    ]


def grow_task(
    client: RestClient, task: Task, grows: Growth, key_field: KeyField
) -> tuple[TaskOutcome | TaskChanged, RequestFailed | None]:
    """Write what is new in a Task that nobody changed since it was read (T3a).

    Return also the error if the outcome is not known, or if the request was not executed.
    """
    body = record_body(GROWN_TASK_FIELDS, task, **{key_field.name: task.key})
    headers = {"If-Unmodified-Since": http_date(grows.read_at), **NO_ASSIGNMENT}
    path = f"sobjects/Task/{grows.task_id}"
    try:
        client.change(path, further_fields(task.fields) | body, headers)
    except RequestFailed as failed:
        if failed.status == 412 or (failed.status == 404 and failed.code in GONE):
            return TaskChanged(task.key), None
        if failed.is_refused_content:
            return TaskRefused(task.key, refusal_of_request(failed, texts_of([task]))), None
        return lost(task, failed), failed
    return TaskLogged(task.key, grows.task_id), None


# --- Files ----------------------------------------------------------------------------------------


def attach(client: RestClient, upload: FileUpload) -> RecordId:
    """Return the id of the file's version, which is there already or is uploaded now.

    Raise `UnreadableFile` for a file that is too large, `UploadRefused` for one that Salesforce
    will never take on this Task, and `RequestFailed` if it may not be there. Asking again is safe,
    because the Task's files are always read first.
    """
    size = len(upload.content)
    if size > LARGEST_FILE:
        raise UnreadableFile(
            f"An attached file is {size / 1_000_000:.0f} MB large;"
            f" Salesforce takes at most {LARGEST_FILE // 1_000_000} MB.",
            'Its Task is logged and names it. The setting attachments = "names" uploads no files.',
        )
    return find(client, upload) or _upload(client, upload)


def find(client: RestClient, upload: FileUpload) -> RecordId | None:
    """Return the version of a file of that name and size that hangs on the Task."""
    title, size = file_title(upload.name), len(upload.content)
    on_task = condition("LinkedEntityId", "=", upload.task_id)
    for row in run_queries(client, [Query(_FILES, (on_task,))]):
        document = as_object(row.get("ContentDocument"), "a file")
        if text(document, "Title") == title and document.get("ContentSize") == size:
            return record_id(document, "LatestPublishedVersionId")
    return None


def file_title(name: str) -> str:
    """Return the file's name as its title: the end is cut, never inside a character."""
    units = storable(name).encode("utf-16-le")[: 2 * _LONGEST_TITLE]
    return units.decode("utf-16-le", "ignore")


def _upload(client: RestClient, upload: FileUpload) -> RecordId:
    try:
        answer = client.write("sobjects/ContentVersion", record_body(_VERSION_FIELDS, upload))
    except RequestFailed as failed:
        if failed.code in _PASSING:
            raise RequestFailed(
                Unreachable(
                    f"Salesforce could not take an attached file just now ({failed.code}).",
                    "The next sync uploads it.",
                ),
                failed.execution,
                status=failed.status,
            ) from failed
        if failed.status in _REFUSED and failed.errors and type(failed.error) is WasfError:
            raise UploadRefused(
                f"Salesforce refused an attached file ({failed.code}).",
                "Its Task is logged and names it, if nobody deleted it.",
            ) from failed
        raise
    return record_id(as_object(answer, "the answer"), "id")


_VERSION_FIELDS: Final[tuple[WrittenField[FileUpload], ...]] = (
    WrittenField("Title", lambda upload: file_title(upload.name)),
    WrittenField("PathOnClient", lambda upload: file_title(upload.name)),
    WrittenField("FirstPublishLocationId", lambda upload: upload.task_id),
    WrittenField("VersionData", lambda upload: b64encode(upload.content).decode("ascii")),
)
