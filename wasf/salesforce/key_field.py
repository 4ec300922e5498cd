"""Makes the unique key field, and a permission set that lets the signed-in user fill it.

The field by the Tooling API (POST tooling/sobjects/CustomField with FullName and Metadata, as
restforce #353, supaglue and Salesforce-Inspector-reloaded do), as an Activity field: Tasks have no
custom fields of their own (fieldcreator #2). Access by plain records, PermissionSet,
FieldPermissions of Task and PermissionSetAssignment, as the object reference describes them: a new
field is invisible until then.

Every step looks first and makes only what is not there, so that a run that was cut off anywhere is
completed by the next one. Refusals are told by their code, never by Salesforce's words.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple
from urllib.parse import quote

from wasf.core.auth import Identity
from wasf.core.records import TASK_KEY_LENGTH, UserId
from wasf.errors import BadSetting, PermissionMissing, SetupRefused, TryLater
from wasf.interfaces import KeyField
from wasf.retry import RetryPolicy
from wasf.salesforce.api import (
    DATA_PATH,
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
from wasf.salesforce.auth.identity import who_is
from wasf.salesforce.connection import Access
from wasf.salesforce.describe import Description, key_field_or_none
from wasf.salesforce.key_proof import prove

PERMISSION_SET: Final = "wasf_Message_Key"
_NO_ROOM: Final = "CUSTOM_ENTITY_OR_FIELD_LIMIT"
_HIDDEN: Final = frozenset({"INVALID_TYPE", "NOT_FOUND"})


class Right(NamedTuple):
    """What a step cannot do without: in a sentence, and what the right is called in Setup."""

    what: str
    name: str


TO_MAKE_FIELDS: Final = Right("make custom fields", "Customize Application")
TO_MAKE_SETS: Final = Right(
    "make permission sets", "Manage Profiles and Permission Sets, with View Setup and Configuration"
)
TO_ASSIGN: Final = Right("assign permission sets", "Assign Permission Sets")


@contextmanager
def told(right: Right | None = None) -> Iterator[None]:
    """Let only our own errors out; where a right is missing, say which."""
    try:
        yield
    except RequestFailed as failed:
        if right and _is_denied(failed):
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


def _is_denied(failed: RequestFailed) -> bool:
    return isinstance(failed.error, PermissionMissing) or failed.code in _HIDDEN


LENGTH: Final = 64
_LABEL: Final = "wasf: key of WhatsApp messages"
_NAME: Final = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")
_LONGEST_NAME: Final = 40 + len("__c")
_CUSTOM_FIELD: Final = "tooling/sobjects/CustomField"
_THERE: Final = frozenset({"DUPLICATE_VALUE", "DUPLICATE_DEVELOPER_NAME"})
_NOT_KNOWN_YET: Final = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
_LOOKS: Final = 8  # at a describe that does not show the field yet: a minute in all


class KeyFieldSetup:
    """The steps, in the order in which they are to be done. All raise a `WasfError`.

    Those that make something answer whether it had to be made. Raises `BadSetting` for a name that
    no custom field can have.
    """

    def __init__(self, access: Access, name: str, retry: RetryPolicy = RETRY) -> None:
        if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
            raise BadSetting(
                f"The setting key_field is {name}, which cannot be made.",
                "A custom field's name is like WhatsApp_Message_Key__c; wasf config unset key_field"
                " brings that back.",
            )
        self.name = name
        self._retry = retry
        self._client = RestClient(access, ApiBudget(), self._retry)
        self._set_id = ""

    def who(self) -> Identity:
        """In which org this is, and who is signed in."""
        with told():
            return who_is(self._client)

    def make_field(self) -> bool:
        """The field on Activity. Raises `BadSetting` if another kind of field has its name."""
        with told(TO_MAKE_FIELDS):
            about = self._described() or self._defined()
            if about is None:
                return self._created(_CUSTOM_FIELD, self._definition()) or self._check_twin()
            self._check_fit(about)
            return False

    def make_permission_set(self) -> bool:
        """The permission set, without users and without rights yet."""
        with told(TO_MAKE_SETS):
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
        """Read and edit access to the field, in the permission set."""
        whole = f"Task.{self.name}"
        with told(TO_MAKE_SETS):
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
        """The permission set to the user."""
        pair: Object = {"AssigneeId": user_id, "PermissionSetId": self._set_id}
        with told(TO_ASSIGN):
            query = (
                "SELECT Id FROM PermissionSetAssignment"
                " WHERE AssigneeId = {} AND PermissionSetId = {}"
            )
            if self._rows(format_soql(query, user_id, self._set_id)):
                return False
            return self._created("sobjects/PermissionSetAssignment", pair)

    def wait(self) -> KeyField:
        """The field as a sync finds it, once Salesforce shows it; a minute is waited for that."""
        with told():
            for tries in range(1, _LOOKS + 1):
                task = Description.of("Task", self._client.read("sobjects/Task/describe"))
                found = key_field_or_none(task, self.name)
                if found is not None and found == KeyField(self.name, is_unique=True):
                    return found
                if tries < _LOOKS:
                    self._retry.wait(tries)
        raise TryLater(
            f"Salesforce does not show the field {self.name} to the user yet.",
            "Try wasf doctor --install-key-field again in some minutes; it goes on from here.",
        )

    def prove(self, key_field: KeyField, user_id: UserId) -> None:
        """See `wasf.salesforce.key_field`."""
        with told():
            prove(self._client, key_field, user_id)

    def _granted(self, permissions: Object) -> bool:
        """A field that was made just now may not be known everywhere yet."""
        for tries in range(1, _LOOKS):
            try:
                return self._created("sobjects/FieldPermissions", permissions)
            except RequestFailed as failed:
                if failed.code != _NOT_KNOWN_YET:
                    raise
            self._retry.wait(tries)
        return self._created("sobjects/FieldPermissions", permissions)

    def _described(self) -> Object | None:
        """What the describe says of the field; None where the user does not see it."""
        task = Description.of("Task", self._client.read("sobjects/Task/describe"))
        return task.fields.get(self.name)

    def _defined(self) -> Object | None:
        """What the Tooling API says of it, in the words of a describe."""
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
        """The name is taken after all: another run made the field meanwhile, or nobody sees it."""
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
        """Whether this made it; False if it was made meanwhile. Raises `RequestFailed`."""
        try:
            self._client.write(path, body)
        except RequestFailed as failed:
            if failed.code in _THERE:
                return False
            raise
        return True

    def _change(self, path: str, body: Object) -> None:
        asked: Object = {"method": "PATCH", "url": DATA_PATH + path, "body": body}
        [part] = composite_parts(self._client.write("composite", composite_body([asked])), 1)
        if part.status >= 300:
            raise failure(part.status, errors_in(part.body))
