"""Proves a key field: writes a Task with a key, finds it, tries to write it again, deletes it."""

import secrets
from typing import Final

from wasf.core.auth import UserId
from wasf.core.records import TASK_KEY_LENGTH, RecordId, TaskKey
from wasf.errors import PermissionMissing, SetupRefused
from wasf.interfaces import KeyField
from wasf.salesforce.api import (
    Inserted,
    Object,
    Query,
    Rejected,
    RequestFailed,
    RestClient,
    format_soql,
    insert_records,
    record_id,
    run_queries,
    select,
)
from wasf.salesforce.queries import task_ids
from wasf.salesforce.task_inserts import is_key_duplicate

SUBJECT: Final = "wasf doctor: trial of the key field, may be deleted"
"""The next proof finds the Tasks of one that was cut off by this subject, and deletes them."""


def prove(client: RestClient, key_field: KeyField, user_id: UserId) -> None:
    """Try the field with a Task. Nothing is left in the org, of earlier proofs neither.

    Raise `SetupRefused` or `PermissionMissing` for what does not hold, `RequestFailed` if there is
    no answer.
    """
    try:
        _try_out(client, key_field)
    finally:
        _clear(client, user_id)


def _try_out(client: RestClient, key_field: KeyField) -> None:
    key = TaskKey(secrets.token_hex(TASK_KEY_LENGTH // 2))
    record: Object = {"Subject": SUBJECT, key_field.name: key}
    [first] = insert_records(client, "Task", [record])
    if isinstance(first, Rejected):
        raise _not_taken(first)
    found = [record_id(row, "Id") for row in run_queries(client, task_ids(key_field.name, [key]))]
    if found != [first.id]:
        raise SetupRefused(
            f"A Task was written with a key in {key_field.name}, and is not found by it.",
            "Something in the org changes or clears that field: a flow, a trigger or a package.",
        )
    if key_field.is_unique:
        _try_again(client, key_field, record)


def _try_again(client: RestClient, key_field: KeyField, record: Object) -> None:
    [second] = insert_records(client, "Task", [record])
    if isinstance(second, Inserted):
        raise SetupRefused(
            f"Salesforce took two Tasks with one key, though it says that {key_field.name} is"
            " unique.",
            "Something in the org changes that field: a flow, a trigger or a package.",
        )
    if not any(is_key_duplicate(error, key_field) for error in second.errors):
        raise _not_taken(second)


def _not_taken(answer: Rejected) -> SetupRefused:
    return SetupRefused(
        f"Salesforce did not take the Task that the field was to be tried with ({answer.code}).",
        "A rule, a required field or a flow of the org is against it; it would be against the Tasks"
        " of a sync, too. wasf doctor names required fields.",
    )


def _clear(client: RestClient, user_id: UserId) -> None:
    for row in run_queries(client, [_trials(user_id)]):
        _delete(client, record_id(row, "Id"))


def _trials(user_id: UserId) -> Query:
    conditions = format_soql("CreatedById = {} AND Subject = {}", user_id, SUBJECT)
    return Query(select(("Id",), "Task"), (conditions,))


def _delete(client: RestClient, task_id: RecordId) -> None:
    try:
        client.delete(f"sobjects/Task/{task_id}")
    except RequestFailed as failed:
        if failed.status == 404:
            return
        if not isinstance(failed.error, PermissionMissing):
            raise
        raise PermissionMissing(
            "The connected user may not delete the Task that the field was tried with.",
            f"Somebody who may deletes it; its subject is: {SUBJECT}",
        ) from None
