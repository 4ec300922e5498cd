"""The field for the key: makes a unique one, and proves that it keeps a key.

The proof writes a Task with a key, finds it, tries to write it again, and deletes it.
"""

import re
import secrets
from collections.abc import Iterator
from typing import Final

from wasf.core.auth import Identity, UserId
from wasf.core.checks import SetupStep
from wasf.core.records import TASK_KEY_LENGTH, RecordId, TaskKey
from wasf.errors import BadSetting, PermissionMissing, SetupRefused, TryLater
from wasf.interfaces import KeyField
from wasf.retry import RetryPolicy
from wasf.salesforce.api import (
    RETRY,
    Inserted,
    Object,
    Query,
    Rejected,
    RequestFailed,
    RestClient,
    flag,
    format_soql,
    insert_records,
    record_id,
    run_queries,
    select,
)
from wasf.salesforce.connection import Access
from wasf.salesforce.describe import key_field_or_none
from wasf.salesforce.field_setup import PERMISSION_SET, FieldSetup, label_of
from wasf.salesforce.stored_records import task_ids
from wasf.salesforce.task_calls import is_key_duplicate

SUBJECT: Final = "wasf doctor: trial of the key field, may be deleted"
"""The next proof finds the Tasks of one that was cut off by this subject, and deletes them."""


LENGTH: Final = 64
_NAME: Final = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")
_LONGEST_NAME: Final = 40 + len("__c")


class KeyFieldSetup(FieldSetup):
    """An org that gets a key field of this name.

    Raise `BadSetting` for a name that no custom field can have.
    """

    option = "--install-key-field"
    without = "Until then wasf keeps its key in a standard field."

    def __init__(self, access: Access, name: str, retry: RetryPolicy = RETRY) -> None:
        if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
            raise BadSetting(
                f"The setting key_field is {name}, which cannot be made.",
                "A custom field's name is like WhatsApp_Message_Key__c; wasf config unset key_field"
                " brings that back.",
            )
        super().__init__(access, [name], retry)
        self.name = name

    def steps(self, who: Identity) -> Iterator[SetupStep]:
        user_id = UserId(who.user_id)
        made = self.make_field(self.name)
        yield SetupStep("field", f"{self.name} is a unique field of Activity", made)
        yield SetupStep("permission set", f"{PERMISSION_SET} is there", self.make_permission_set())
        yield SetupStep("access", f"It lets users read and edit {self.name}", self.grant())
        yield SetupStep("assignment", f"{who.username} has it", self.assign(user_id))
        with self._setup_errors():
            key_field = self._patient.call(self._visible, lambda e: isinstance(e, TryLater))
        yield SetupStep("visible", "Salesforce shows the field to the user", made=False)
        with self._setup_errors():
            prove(self._client, key_field, user_id)
        result = "A Task with a key was written, a second one refused, the first deleted"
        yield SetupStep("proof", result, made=False)

    def _visible(self) -> KeyField:
        found = key_field_or_none(self._described(), self.name)
        if found is not None and found == KeyField(self.name, is_unique=True):
            return found
        raise self.not_visible(self.name)

    def _metadata(self, name: str) -> Object:
        return {
            "type": "Text",
            "label": label_of(name),
            "length": LENGTH,
            "externalId": True,
            "unique": True,
            "caseSensitive": False,  # keys have small letters only
            "required": False,
            "description": "Filled by wasf: keeps a WhatsApp message from being logged twice.",
        }

    def _check_fit(self, name: str, of: str, about: Object) -> None:
        del of
        length = about.get("length")
        long_enough = isinstance(length, int) and length >= TASK_KEY_LENGTH
        if about.get("type") == "string" and flag(about, "unique") and long_enough:
            return
        raise BadSetting(
            f"Activity has a field {name} already, and it is no unique text of"
            f" {TASK_KEY_LENGTH} characters or more.",
            "Choose another name (wasf config set key_field Other_Key__c), or let an administrator"
            " change that field: Setup, Object Manager, Activity.",
        )


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
