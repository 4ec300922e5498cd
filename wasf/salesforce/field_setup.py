"""Makes fields of Activity, and a permission set that lets the signed-in user fill them.

`KeyFieldSetup` makes the unique key field, `MessageFieldsSetup` the fields that tell of a message
(F4). A field is made by the Tooling API (POST tooling/sobjects/CustomField with FullName and
Metadata, as restforce #353, supaglue and Salesforce-Inspector-reloaded do). It is a field of
Activity, because Tasks have no custom fields of their own (fieldcreator #2). A new field is
invisible until somebody grants access to it: by the records PermissionSet, FieldPermissions (of
Task) and PermissionSetAssignment, as the object reference describes them.

All names are checked before the first field is made. Every step reads first and makes only what is
not there, so the next run completes one that was cut off anywhere. Refusals are told apart by their
code, never by Salesforce's words.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar, Final, NamedTuple
from urllib.parse import quote

from wasf.core.auth import Identity, UserId
from wasf.core.checks import SetupStep
from wasf.core.fields import check_fields
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
    flag,
    format_soql,
    record_id,
    run_queries,
    text,
)
from wasf.salesforce.auth import read_identity
from wasf.salesforce.chosen_fields import described_object
from wasf.salesforce.connection import Access
from wasf.salesforce.describe import Description, key_field_or_none
from wasf.salesforce.key_proof import prove

PERMISSION_SET: Final = "wasf_Message_Key"
LENGTH: Final = 64

MESSAGE_FIELDS: Final[Mapping[str, str]] = {
    "WhatsApp_Direction__c": "{direction}",
    "WhatsApp_Sent_At__c": "{sent_at}",
    "WhatsApp_Sender__c": "{sender}",
    "WhatsApp_Account__c": "{account}",
    "WhatsApp_Chat__c": "{chat}",
}
"""The fields that tell of a message, and what `task.fields` fills them with (F4)."""

_MOMENT_FIELD: Final = "WhatsApp_Sent_At__c"
_LONGEST_TEXT: Final = 255
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


class FieldSetup(ABC):
    """An org that gets fields of Activity. All methods raise a `WasfError`.

    `option` is that of `wasf doctor`, `without` says what holds if there is no room for them.
    """

    option: ClassVar[str]
    without: ClassVar[str]

    def __init__(self, access: Access, names: Sequence[str], retry: RetryPolicy) -> None:
        self.names = tuple(names)
        self._client = RestClient(access, ApiBudget(), retry)
        self._patient = replace(retry, attempts=_ATTEMPTS)
        self._set_id = ""

    @abstractmethod
    def steps(self, who: Identity) -> Iterator[SetupStep]:
        """Do all steps in their order; yield each one when it is done."""

    def who(self) -> Identity:
        """Return who is signed in, and to which org."""
        with self._setup_errors():
            return read_identity(self._client)

    def make_field(self, name: str) -> bool:
        """Make a field of Activity; return whether it had to be made, as the next three do.

        Raise `BadSetting` if a field of another kind has its name.
        """
        with self._setup_errors(_MAKE_FIELDS):
            if self._is_there(name):
                return False
            body: Object = {"FullName": f"Activity.{name}", "Metadata": self._metadata(name)}
            if self._created(_CUSTOM_FIELD, body):
                return True
            # It was hidden from the first check, or another run has just made it.
            self._check_fit(name, self._defined(name) or {})
            return False

    def make_permission_set(self) -> bool:
        """Make the permission set, without users and without rights."""
        with self._setup_errors(_MAKE_SETS):
            query = "SELECT Id FROM PermissionSet WHERE Name = {} AND IsOwnedByProfile = false"
            asked = format_soql(query, PERMISSION_SET)
            found = self._rows(asked)
            made = not found and self._created(
                "sobjects/PermissionSet",
                {
                    "Name": PERMISSION_SET,
                    "Label": "wasf: fields of WhatsApp messages",
                    "Description": "Lets a user of wasf fill the fields of Tasks that wasf made.",
                },
            )
            self._set_id = record_id((found or self._rows(asked) or [{}])[0], "Id")
            return made

    def grant(self) -> bool:
        """Put read and edit access to the fields into the permission set."""
        with self._setup_errors(_MAKE_SETS):
            made = [self._grant(name) for name in self.names]
            return any(made)

    def assign(self, user_id: UserId) -> bool:
        """Give the permission set to the user."""
        pair: Object = {"AssigneeId": user_id, "PermissionSetId": self._set_id}
        with self._setup_errors(_ASSIGN_SETS):
            query = (
                "SELECT Id FROM PermissionSetAssignment"
                " WHERE AssigneeId = {} AND PermissionSetId = {}"
            )
            if self._rows(format_soql(query, user_id, self._set_id)):
                return False
            return self._created("sobjects/PermissionSetAssignment", pair)

    @abstractmethod
    def _metadata(self, name: str) -> Object:
        """Return what a new field is, in the words of the Metadata API."""

    @abstractmethod
    def _check_fit(self, name: str, about: Object) -> None:
        """Raise `BadSetting` if an existing field of that name cannot serve."""

    def _is_there(self, name: str) -> bool:
        """Return whether there is such a field. Raise `BadSetting` if it cannot serve."""
        about = self._task().fields.get(name) or self._defined(name)
        if about is not None:
            self._check_fit(name, about)
        return about is not None

    def _task(self) -> Description:
        return Description.of("Task", self._client.read("sobjects/Task/describe"))

    def _defined(self, name: str) -> Object | None:
        """Return the field as the Tooling API shows it, in the words of a describe."""
        query = format_soql(
            "SELECT Id FROM CustomField WHERE TableEnumOrId = 'Activity'"
            " AND DeveloperName = {} AND NamespacePrefix = null",
            name.removesuffix("__c"),
        )
        answer = as_object(self._client.read(f"tooling/query?q={quote(query, safe='')}"), "it")
        rows = list(as_objects(as_list(answer.get("records"), "a query's rows"), "a row"))
        if not rows:
            return None
        path = f"{_CUSTOM_FIELD}/{record_id(rows[0], 'Id')}"
        about = as_object(as_object(self._client.read(path), "a field").get("Metadata"), "it")
        kind = "string" if about.get("type") == "Text" else text(about, "type").lower()
        return {"type": kind, "length": about.get("length"), "unique": about.get("unique")}

    def _grant(self, name: str) -> bool:
        whole = f"Task.{name}"
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
        self._client.update(f"sobjects/FieldPermissions/{record_id(found[0], 'Id')}", rights)
        return True

    def _granted(self, permissions: Object) -> bool:
        """Make the permissions. A field that was just made may not be known everywhere yet."""
        return self._patient.call(
            lambda: self._created("sobjects/FieldPermissions", permissions),
            lambda error: isinstance(error, RequestFailed) and error.code == _NOT_KNOWN_YET,
        )

    def _not_visible(self, name: str) -> TryLater:
        return TryLater(
            f"Salesforce does not show the field {name} to the user yet.",
            f"Try wasf doctor {self.option} again in some minutes; it goes on from here.",
        )

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

    @contextmanager
    def _setup_errors(self, right: _Right | None = None) -> Iterator[None]:
        """Raise a `WasfError` for a failed request; where a right is missing, say which."""
        try:
            yield
        except RequestFailed as failed:
            if right and (isinstance(failed.error, PermissionMissing) or failed.code in _HIDDEN):
                raise PermissionMissing(
                    f"The connected user may not {right.what} in Salesforce.",
                    f"It takes the permission {right.name}. An administrator signs in by wasf"
                    f" connect NAME, runs wasf doctor --org NAME {self.option}, and assigns the"
                    f" permission set {PERMISSION_SET} to whoever else runs wasf.",
                ) from None
            if failed.code == _NO_ROOM:
                raise SetupRefused(
                    "Activity has as many custom fields as the org allows.",
                    "An administrator deletes one that nobody needs (Setup, Object Manager,"
                    f" Activity). {self.without}",
                ) from None
            if failed.status == 400 and failed.errors:
                raise SetupRefused(
                    f"Salesforce refused a step of the set-up ({failed.code}).",
                    "What was done before is kept. An administrator finds out why by doing it by"
                    " hand: wasf help key-field",
                ) from None
            raise failed.error from None


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
        """See `FieldSetup`."""
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
        found = key_field_or_none(self._task(), self.name)
        if found is not None and found == KeyField(self.name, is_unique=True):
            return found
        raise self._not_visible(self.name)

    def _metadata(self, name: str) -> Object:
        return {
            "type": "Text",
            "label": _label(name),
            "length": LENGTH,
            "externalId": True,
            "unique": True,
            "caseSensitive": False,  # keys have small letters only
            "required": False,
            "description": "Filled by wasf: keeps a WhatsApp message from being logged twice.",
        }

    def _check_fit(self, name: str, about: Object) -> None:
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


class MessageFieldsSetup(FieldSetup):
    """An org that gets the fields that tell of a message: `MESSAGE_FIELDS`."""

    option = "--install-fields"
    without = "What was made before is kept, and the same command goes on from there."

    def __init__(self, access: Access, retry: RetryPolicy = RETRY) -> None:
        super().__init__(access, tuple(MESSAGE_FIELDS), retry)

    def steps(self, who: Identity) -> Iterator[SetupStep]:
        """See `FieldSetup`."""
        with self._setup_errors(_MAKE_FIELDS):
            for name in self.names:
                self._is_there(name)
        for name in self.names:
            yield SetupStep("field", f"{name} is a field of Activity", self.make_field(name))
        yield SetupStep("permission set", f"{PERMISSION_SET} is there", self.make_permission_set())
        yield SetupStep("access", "It lets users read and edit these fields", self.grant())
        made = self.assign(UserId(who.user_id))
        yield SetupStep("assignment", f"{who.username} has it", made)
        with self._setup_errors():
            self._patient.call(self._check_visible, lambda e: isinstance(e, TryLater))
        yield SetupStep("visible", "Salesforce shows the fields to the user", made=False)

    def _check_visible(self) -> None:
        task = self._task()
        for name in self.names:
            if not task.may_fill(name):
                raise self._not_visible(name)

    def _metadata(self, name: str) -> Object:
        text_type: Object = {"type": "Text", "length": _LONGEST_TEXT}
        return {
            **({"type": "DateTime"} if name == _MOMENT_FIELD else text_type),
            "label": _label(name),
            "required": False,
            "description": f"Filled by wasf with {MESSAGE_FIELDS[name]} of a WhatsApp message.",
        }

    def _check_fit(self, name: str, about: Object) -> None:
        task = described_object("Task", {name: {**about, "createable": True}}, {})
        try:
            check_fields("task.fields", {name: MESSAGE_FIELDS[name]}, task, ())
        except BadSetting:
            raise BadSetting(
                f"Activity has a field {name} already, and it does not take"
                f" {MESSAGE_FIELDS[name]}.",
                "An administrator changes or renames it (Setup, Object Manager, Activity). Or fill"
                " fields of your own: wasf config set task.fields …",
            ) from None


def _label(name: str) -> str:
    return name.removesuffix("__c").replace("_", " ")[:40]
