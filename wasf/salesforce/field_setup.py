"""Makes fields, and a permission set that lets the signed-in user fill them.

`MessageFieldsSetup` makes the fields of Tasks that tell of a message (F4), `ReportFieldsSetup`
those of Leads and Contacts that tell of the last messages; the one for the key is in `key_field`.

A field is made by the Tooling API (POST tooling/sobjects/CustomField with FullName and Metadata, as
restforce #353, supaglue and Salesforce-Inspector-reloaded do). A field of Tasks is one of Activity,
because Tasks have no custom fields of their own (fieldcreator #2). A new field is invisible until
somebody grants access to it: by the records PermissionSet, FieldPermissions and
PermissionSetAssignment, as the object reference describes them.

All names are checked before the first field is made. Every step reads first and makes only what is
not there, so the next run completes one that was cut off anywhere. Refusals are told apart by their
code, never by Salesforce's words.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar, Final, NamedTuple
from urllib.parse import quote

from wasf.core.auth import Identity, UserId
from wasf.core.checks import SetupStep
from wasf.core.fields import check_fields
from wasf.errors import BadSetting, PermissionMissing, SetupRefused, TryLater
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
from wasf.salesforce.connection import Access
from wasf.salesforce.describe import Description, described_object
from wasf.salesforce.message_fields import MESSAGE_FIELDS
from wasf.salesforce.objects import LAST_MESSAGE_FIELDS, written_names

PERMISSION_SET: Final = "wasf_Message_Key"

_MOMENT_FIELD: Final = "WhatsApp_Sent_At__c"
_LONGEST_TEXT: Final = 255
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
    """An org that gets fields of these objects. All methods raise a `WasfError`.

    `option` is that of `wasf doctor`, `without` says what holds if there is no room for them.
    """

    option: ClassVar[str]
    without: ClassVar[str]
    objects: ClassVar[tuple[str, ...]] = ("Task",)

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

    def make_field(self, name: str, of: str = "Task") -> bool:
        """Make a field of an object; return whether it had to be made, as the next three do.

        Raise `BadSetting` if a field of another kind has its name.
        """
        with self._setup_errors(_MAKE_FIELDS):
            if self._is_there(name, of):
                return False
            full_name = f"{entity_of(of)}.{name}"
            body: Object = {"FullName": full_name, "Metadata": self._metadata(name)}
            if self._created(_CUSTOM_FIELD, body):
                return True
            # It was hidden from the first check, or another run has just made it.
            self._check_fit(name, of, self._defined(name, of) or {})
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
                    "Description": "Lets a user of wasf fill the fields that wasf made.",
                },
            )
            self._set_id = record_id((found or self._rows(asked) or [{}])[0], "Id")
            return made

    def grant(self) -> bool:
        """Put read and edit access to the fields into the permission set."""
        with self._setup_errors(_MAKE_SETS):
            made = [self._grant(name, of) for of in self.objects for name in self.names]
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
    def _check_fit(self, name: str, of: str, about: Object) -> None:
        """Raise `BadSetting` if an existing field of that name cannot serve."""

    def _is_there(self, name: str, of: str = "Task") -> bool:
        """Return whether there is such a field. Raise `BadSetting` if it cannot serve."""
        about = self._described(of).fields.get(name) or self._defined(name, of)
        if about is not None:
            self._check_fit(name, of, about)
        return about is not None

    def _described(self, of: str = "Task") -> Description:
        return Description.of(of, self._client.read(f"sobjects/{of}/describe"))

    def _defined(self, name: str, of: str) -> Object | None:
        """Return the field as the Tooling API shows it, in the words of a describe."""
        query = format_soql(
            "SELECT Id FROM CustomField WHERE TableEnumOrId = {}"
            " AND DeveloperName = {} AND NamespacePrefix = null",
            entity_of(of),
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

    def _grant(self, name: str, of: str) -> bool:
        whole = f"{of}.{name}"
        found = self._rows(
            format_soql(
                "SELECT Id, PermissionsRead, PermissionsEdit FROM FieldPermissions"
                " WHERE ParentId = {} AND SobjectType = {} AND Field = {}",
                self._set_id,
                of,
                whole,
            )
        )
        rights: Object = {"PermissionsRead": True, "PermissionsEdit": True}
        if not found:
            named: Object = {"ParentId": self._set_id, "SobjectType": of, "Field": whole}
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

    def not_visible(self, name: str) -> TryLater:
        """Return the error of a field that was made and is not shown."""
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
                    f"{_entities(self.objects)} has as many custom fields as the org allows.",
                    "An administrator deletes one that nobody needs (Setup, Object Manager,"
                    f" {_entities(self.objects)}). {self.without}",
                ) from None
            if failed.status == 400 and failed.errors:
                raise SetupRefused(
                    f"Salesforce refused a step of the set-up ({failed.code}).",
                    "What was done before is kept. An administrator finds out why by doing it by"
                    " hand: wasf help key-field",
                ) from None
            raise failed.error from None


class _FilledFieldsSetup(FieldSetup):
    """An org that gets fields which a sync fills, all of them or none."""

    without = "What was made before is kept, and the same command goes on from there."

    def steps(self, who: Identity) -> Iterator[SetupStep]:
        wanted = [(name, of) for of in self.objects for name in self.names]
        with self._setup_errors(_MAKE_FIELDS):
            for name, of in wanted:
                self._is_there(name, of)
        for name, of in wanted:
            result = f"{name} is a field of {entity_of(of)}"
            yield SetupStep("field", result, self.make_field(name, of))
        yield SetupStep("permission set", f"{PERMISSION_SET} is there", self.make_permission_set())
        yield SetupStep("access", "It lets users read and edit these fields", self.grant())
        made = self.assign(UserId(who.user_id))
        yield SetupStep("assignment", f"{who.username} has it", made)
        with self._setup_errors():
            self._patient.call(self._check_visible, lambda e: isinstance(e, TryLater))
        yield SetupStep("visible", "Salesforce shows the fields to the user", made=False)

    def _check_visible(self) -> None:
        for of in self.objects:
            described = self._described(of)
            for name in self.names:
                if not described.may_fill(name):
                    raise self.not_visible(name)


class MessageFieldsSetup(_FilledFieldsSetup):
    """An org that gets the fields that tell of a message: `MESSAGE_FIELDS`."""

    option = "--install-fields"

    def __init__(self, access: Access, retry: RetryPolicy = RETRY) -> None:
        super().__init__(access, tuple(MESSAGE_FIELDS), retry)

    def _metadata(self, name: str) -> Object:
        text_type: Object = {"type": "Text", "length": _LONGEST_TEXT}
        return {
            **({"type": "DateTime"} if name == _MOMENT_FIELD else text_type),
            "label": label_of(name),
            "required": False,
            "description": f"Filled by wasf with {MESSAGE_FIELDS[name]} of a WhatsApp message.",
        }

    def _check_fit(self, name: str, of: str, about: Object) -> None:
        task = described_object(of, {name: {**about, "createable": True}}, {})
        try:
            check_fields("task.fields", {name: MESSAGE_FIELDS[name]}, task, ())
        except BadSetting:
            raise BadSetting(
                f"Activity has a field {name} already, and it does not take"
                f" {MESSAGE_FIELDS[name]}.",
                "An administrator changes or renames it (Setup, Object Manager, Activity). Or fill"
                " fields of your own: wasf config set task.fields …",
            ) from None


class ReportFieldsSetup(_FilledFieldsSetup):
    """An org whose Leads and Contacts get the fields that tell of the last messages."""

    option = "--install-report-fields"
    objects = ("Lead", "Contact")

    def __init__(self, access: Access, retry: RetryPolicy = RETRY) -> None:
        super().__init__(access, written_names(LAST_MESSAGE_FIELDS), retry)

    def _metadata(self, name: str) -> Object:
        return {
            "type": "DateTime",
            "label": label_of(name),
            "required": False,
            "description": "Kept up to date by wasf: see its setting report.fields.",
        }

    def _check_fit(self, name: str, of: str, about: Object) -> None:
        if about.get("type") != "datetime":
            raise BadSetting(
                f"{of} has a field {name} already, and it is no Date/Time.",
                f"An administrator changes or renames it (Setup, Object Manager, {of}).",
            )


def entity_of(sobject: str) -> str:
    """Return the object that has the custom fields of an object."""
    return "Activity" if sobject == "Task" else sobject


def _entities(objects: Sequence[str]) -> str:
    return " or ".join(map(entity_of, objects))


def label_of(name: str) -> str:
    """Return the label of a field that wasf makes."""
    return name.removesuffix("__c").replace("_", " ")[:40]
