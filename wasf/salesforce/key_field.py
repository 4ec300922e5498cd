"""Makes the unique key field, and a permission set that lets the signed-in user fill it.

The field is made by the Tooling API (POST tooling/sobjects/CustomField with FullName and Metadata,
as restforce #353, supaglue and Salesforce-Inspector-reloaded do). It is a field of Activity,
because Tasks have no custom fields of their own (fieldcreator #2). A new field is invisible until
somebody grants access to it: by the records PermissionSet, FieldPermissions (of Task) and
PermissionSetAssignment, as the object reference describes them.

Every step reads first and makes only what is not there, so the next run completes one that was cut
off anywhere. Refusals are told apart by their code, never by Salesforce's words.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, NamedTuple
from urllib.parse import quote

from wasf.core.auth import Identity, UserId
from wasf.core.checks import SetupStep
from wasf.core.records import TASK_KEY_LENGTH
from wasf.errors import BadSetting, PermissionMissing, SetupRefused, TryLater
from wasf.interfaces import KeyField
from wasf.retry import RetryPolicy
from wasf.salesforce.api import (
    RETRY,
    ApiBudget,
    Object,
    Query,
    RequestFailed,
    RestClient,
    as_list,
    as_object,
    as_objects,
    composite_body,
    composite_parts,
    errors_in,
    failure,
    flag,
    format_soql,
    record_id,
    run_queries,
    text,
)
from wasf.salesforce.auth import read_identity
from wasf.salesforce.connection import Access
from wasf.salesforce.describe import Description, key_field_or_none
from wasf.salesforce.key_proof import prove

PERMISSION_SET: Final = "wasf_Message_Key"
LENGTH: Final = 64

_LABEL: Final = "wasf: key of WhatsApp messages"
_NAME: Final = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")
_LONGEST_NAME: Final = 40 + len("__c")
_CUSTOM_FIELD: Final = "tooling/sobjects/CustomField"
_ATTEMPTS: Final = 8  # until Salesforce knows a new field everywhere: about a minute

_ALREADY_THERE: Final = frozenset({"DUPLICATE_VALUE", "DUPLICATE_DEVELOPER_NAME"})
_NOT_KNOWN_YET: Final = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
_NO_ROOM: Final = "CUSTOM_ENTITY_OR_FIELD_LIMIT"
_HIDDEN: Final = frozenset({"INVALID_TYPE", "NOT_FOUND"})


class _Right(NamedTuple):
    """What a step cannot do without: in a sentence, and what the right is called in Setup."""

    what: str
    name: str


_MAKE_FIELDS: Final = _Right("make custom fields", "Customize Application")
_MAKE_SETS: Final = _Right(
    "make permission sets", "Manage Profiles and Permission Sets, with View Setup and Configuration"
)
_ASSIGN_SETS: Final = _Right("assign permission sets", "Assign Permission Sets")


class KeyFieldSetup:
    """An org that gets a key field of this name. All methods raise a `WasfError`.

    Raise `BadSetting` for a name that no custom field can have.
    """

    def __init__(self, access: Access, name: str, retry: RetryPolicy = RETRY) -> None:
        if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
            raise BadSetting(
                f"The setting key_field is {name}, which cannot be made.",
                "A custom field's name is like WhatsApp_Message_Key__c; wasf config unset key_field"
                " brings that back.",
            )
        self.name = name
        self._client = RestClient(access, ApiBudget(), retry)
        self._patient = replace(retry, attempts=_ATTEMPTS)
        self._set_id = ""

    def who(self) -> Identity:
        """Return who is signed in, and to which org."""
        with _setup_errors():
            return read_identity(self._client)

    def steps(self, who: Identity) -> Iterator[SetupStep]:
        """Do all steps in their order; yield each one when it is done."""
        user_id = UserId(who.user_id)
        yield SetupStep("field", f"{self.name} is a unique field of Activity", self.make_field())
        yield SetupStep("permission set", f"{PERMISSION_SET} is there", self.make_permission_set())
        yield SetupStep("access", f"It lets users read and edit {self.name}", self.grant())
        yield SetupStep("assignment", f"{who.username} has it", self.assign(user_id))
        key_field = self.wait()
        yield SetupStep("visible", "Salesforce shows the field to the user", made=False)
        self.prove(key_field, user_id)
        result = "A Task with a key was written, a second one refused, the first deleted"
        yield SetupStep("proof", result, made=False)

    def make_field(self) -> bool:
        """Make the field of Activity; return whether it had to be made, as the next three do.

        Raise `BadSetting` if a field of another kind has its name.
        """
        with _setup_errors(_MAKE_FIELDS):
            about = self._described() or self._defined()
            if about is None:
                return self._created(_CUSTOM_FIELD, self._definition()) or self._check_twin()
            self._check_fit(about)
            return False

    def make_permission_set(self) -> bool:
        """Make the permission set, without users and without rights."""
        with _setup_errors(_MAKE_SETS):
            query = "SELECT Id FROM PermissionSet WHERE Name = {} AND IsOwnedByProfile = false"
            asked = format_soql(query, PERMISSION_SET)
            found = self._rows(asked)
            made = not found and self._created(
                "sobjects/PermissionSet",
                {
                    "Name": PERMISSION_SET,
                    "Label": _LABEL,
                    "Description": "Lets a user of wasf fill the field that keeps a message from"
                    " being logged twice.",
                },
            )
            self._set_id = record_id((found or self._rows(asked) or [{}])[0], "Id")
            return made

    def grant(self) -> bool:
        """Put read and edit access to the field into the permission set."""
        whole = f"Task.{self.name}"
        with _setup_errors(_MAKE_SETS):
            found = self._rows(
                format_soql(
                    "SELECT Id, PermissionsRead, PermissionsEdit FROM FieldPermissions"
                    " WHERE ParentId = {} AND SobjectType = 'Task' AND Field = {}",
                    self._set_id,
                    whole,
                )
            )
            rights: Object = {"PermissionsRead": True, "PermissionsEdit": True}
            if not found:
                named: Object = {"ParentId": self._set_id, "SobjectType": "Task", "Field": whole}
                return self._granted(named | rights)
            if flag(found[0], "PermissionsEdit"):
                return False
            self._change(f"sobjects/FieldPermissions/{record_id(found[0], 'Id')}", rights)
            return True

    def assign(self, user_id: UserId) -> bool:
        """Give the permission set to the user."""
        pair: Object = {"AssigneeId": user_id, "PermissionSetId": self._set_id}
        with _setup_errors(_ASSIGN_SETS):
            query = (
                "SELECT Id FROM PermissionSetAssignment"
                " WHERE AssigneeId = {} AND PermissionSetId = {}"
            )
            if self._rows(format_soql(query, user_id, self._set_id)):
                return False
            return self._created("sobjects/PermissionSetAssignment", pair)

    def wait(self) -> KeyField:
        """Wait up to a minute until Salesforce shows the field; return it as a sync finds it."""
        with _setup_errors():
            return self._patient.call(self._visible, lambda error: isinstance(error, TryLater))

    def prove(self, key_field: KeyField, user_id: UserId) -> None:
        """Write a Task with a key, try to write it again, delete it: see `key_proof`."""
        with _setup_errors():
            prove(self._client, key_field, user_id)

    def _visible(self) -> KeyField:
        task = Description.of("Task", self._client.read("sobjects/Task/describe"))
        found = key_field_or_none(task, self.name)
        if found is not None and found == KeyField(self.name, is_unique=True):
            return found
        raise TryLater(
            f"Salesforce does not show the field {self.name} to the user yet.",
            "Try wasf doctor --install-key-field again in some minutes; it goes on from here.",
        )

    def _granted(self, permissions: Object) -> bool:
        """Make the permissions. A field that was just made may not be known everywhere yet."""
        return self._patient.call(
            lambda: self._created("sobjects/FieldPermissions", permissions),
            lambda error: isinstance(error, RequestFailed) and error.code == _NOT_KNOWN_YET,
        )

    def _described(self) -> Object | None:
        """Return the field as a describe shows it, None where the user does not see it."""
        task = Description.of("Task", self._client.read("sobjects/Task/describe"))
        return task.fields.get(self.name)

    def _defined(self) -> Object | None:
        """Return the field as the Tooling API shows it, in the words of a describe."""
        query = format_soql(
            "SELECT Id FROM CustomField WHERE TableEnumOrId = 'Activity'"
            " AND DeveloperName = {} AND NamespacePrefix = null",
            self.name.removesuffix("__c"),
        )
        answer = as_object(self._client.read(f"tooling/query?q={quote(query, safe='')}"), "it")
        rows = list(as_objects(as_list(answer.get("records"), "a query's rows"), "a row"))
        if not rows:
            return None
        path = f"{_CUSTOM_FIELD}/{record_id(rows[0], 'Id')}"
        about = as_object(as_object(self._client.read(path), "a field").get("Metadata"), "it")
        kind = "string" if about.get("type") == "Text" else text(about, "type")
        return {"type": kind, "length": about.get("length"), "unique": about.get("unique")}

    def _check_fit(self, about: Object) -> None:
        length = about.get("length")
        long_enough = isinstance(length, int) and length >= TASK_KEY_LENGTH
        if about.get("type") == "string" and flag(about, "unique") and long_enough:
            return
        raise BadSetting(
            f"Activity has a field {self.name} already, and it is no unique text of"
            f" {TASK_KEY_LENGTH} characters or more.",
            "Choose another name (wasf config set key_field Other_Key__c), or let an administrator"
            " change that field: Setup, Object Manager, Activity.",
        )

    def _check_twin(self) -> bool:
        """Check a field that was hidden from the first check, or that another run has just made."""
        self._check_fit(self._defined() or {})
        return False

    def _definition(self) -> Object:
        metadata: Object = {
            "type": "Text",
            "label": self.name.removesuffix("__c").replace("_", " ")[:40],
            "length": LENGTH,
            "externalId": True,
            "unique": True,
            "caseSensitive": False,  # keys have small letters only
            "required": False,
            "description": "Filled by wasf: keeps a WhatsApp message from being logged twice.",
        }
        return {"FullName": f"Activity.{self.name}", "Metadata": metadata}

    def _rows(self, query: str) -> list[Object]:
        return run_queries(self._client, [Query(query)])

    def _created(self, path: str, body: Object) -> bool:
        """Make a record; return False if it was made meanwhile. Raise `RequestFailed`."""
        try:
            self._client.write(path, body)
        except RequestFailed as failed:
            if failed.code in _ALREADY_THERE:
                return False
            raise
        return True

    def _change(self, path: str, body: Object) -> None:
        asked: Object = {"method": "PATCH", "url": path, "body": body}
        [part] = composite_parts(self._client.write("composite", composite_body([asked])), 1)
        if part.status >= 300:
            raise failure(part.status, errors_in(part.body))


@contextmanager
def _setup_errors(right: _Right | None = None) -> Iterator[None]:
    """Raise a `WasfError` for a failed request; where a right is missing, say which."""
    try:
        yield
    except RequestFailed as failed:
        if right and (isinstance(failed.error, PermissionMissing) or failed.code in _HIDDEN):
            raise PermissionMissing(
                f"The connected user may not {right.what} in Salesforce.",
                f"It takes the permission {right.name}. An administrator signs in by wasf connect"
                f" NAME, runs wasf doctor --org NAME --install-key-field, and assigns the"
                f" permission set {PERMISSION_SET} to whoever else runs wasf.",
            ) from None
        if failed.code == _NO_ROOM:
            raise SetupRefused(
                "Activity has as many custom fields as the org allows.",
                "An administrator deletes one that nobody needs (Setup, Object Manager, Activity)."
                " Until then wasf keeps its key in a standard field.",
            ) from None
        if failed.status == 400 and failed.errors:
            raise SetupRefused(
                f"Salesforce refused a step of the set-up ({failed.code}).",
                "What was done before is kept. An administrator finds out why by doing it by hand:"
                " the README says how.",
            ) from None
        raise failed.error from None
