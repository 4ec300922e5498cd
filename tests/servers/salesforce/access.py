"""What the API user may see and do: rights, hidden and read-only fields, permission sets.

Who may see and write the objects of Setup is as their pages in Salesforce's object reference say
(FieldPermissions, PermissionSet, PermissionSetAssignment; "Special Access Rules").
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from tests.servers.salesforce.admin_settings import (
    ASSIGN_SETS,
    CUSTOMIZE,
    MANAGE_SETS,
    VIEW_SETUP,
)
from tests.servers.salesforce.configured_org import ConfiguredOrg
from tests.servers.salesforce.setup_schema import PERMISSION_OBJECTS
from wasf.demo.salesforce.model import Field, SObjectType
from wasf.demo.salesforce.org import Customization
from wasf.demo.salesforce.storage import Row

_SEEN_WITH = {
    "PermissionSet": {VIEW_SETUP},
    "FieldPermissions": {VIEW_SETUP},
    "PermissionSetAssignment": {VIEW_SETUP, ASSIGN_SETS},
    "ObjectPermissions": {VIEW_SETUP},
    "CustomField": {VIEW_SETUP, CUSTOMIZE},
}
"""The rights of which one is needed to see an object."""
_WRITTEN_WITH = {
    "PermissionSet": MANAGE_SETS,
    "FieldPermissions": MANAGE_SETS,
    "ObjectPermissions": MANAGE_SETS,
    "PermissionSetAssignment": ASSIGN_SETS,
    "CustomField": CUSTOMIZE,
}

Grants = Mapping[str, bool]
"""Fields that permission sets let the user read ("Task.Key__c"), and whether also edit."""


class FieldAccess(Customization):
    """Hides what the API user may not see, and takes away what the user may not do."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org
        self._version = -1
        self._seen: dict[str, tuple[SObjectType, SObjectType | None]] = {}

    def visible(self, sobject: SObjectType) -> SObjectType | None:
        """Return the object as the user sees it; worked out once for each change of access."""
        if self._version != self._org.access_version:
            self._version = self._org.access_version
            self._seen.clear()
        whole, seen = self._seen.get(sobject.name, (None, None))
        if whole is not sobject:
            seen = self._as_seen(sobject)
            self._seen[sobject.name] = (sobject, seen)
        return seen

    def described(self, sobject: SObjectType) -> SObjectType:
        """Return the object as describe shows it: it may lag behind a change of access."""
        described = self._org.described
        if sobject.name not in described or not self._org.lags_behind():
            described[sobject.name] = sobject
        return described[sobject.name]

    def after_save(self, sobject: SObjectType, rows: Sequence[Row]) -> None:
        """Let changed permission sets take effect."""
        if rows and sobject.name in PERMISSION_OBJECTS:
            self._org.access_changed()

    def _as_seen(self, sobject: SObjectType) -> SObjectType | None:
        name, settings = sobject.name, self._org.admin
        with_ = _SEEN_WITH.get(name)
        if name in settings.hidden_sobjects or (with_ and not with_ & settings.rights):
            return None
        may_write = _WRITTEN_WITH.get(name) in {None, *settings.rights}
        granted = self._grants()
        fields = (self._field_as_seen(name, field, granted) for field in sobject.fields)
        return replace(
            sobject, fields=tuple(field for field in fields if field),
            createable=sobject.createable and may_write and name not in settings.no_create,
            updateable=sobject.updateable and may_write and name not in settings.no_update,
            deletable=sobject.deletable and may_write and name not in settings.no_delete,
        )  # fmt: skip

    def _field_as_seen(self, sobject: str, field: Field, granted: Grants) -> Field | None:
        whole, settings = f"{sobject}.{field.name}", self._org.admin
        guarded = whole in self._org.guarded
        if whole in settings.hidden_fields or (guarded and whole not in granted):
            return None
        if whole == "Task.CreatedDate" and settings.sets_created_date:
            return replace(field, createable=True)
        if whole in settings.read_only_fields or (guarded and not granted[whole]):
            return replace(field, createable=False, updateable=False)
        return field

    def _grants(self) -> Grants:
        """Return what the permission sets of the API user grant together."""
        rows = self._org.storage.tuples(
            'SELECT p."Field", max(p."PermissionsEdit") FROM "FieldPermissions" p '
            'JOIN "PermissionSetAssignment" a ON a."PermissionSetId" = p."ParentId" '
            'WHERE a."AssigneeId" = ? AND p."PermissionsRead" GROUP BY p."Field"',
            [self._org.user_id],
        )
        return {str(field): bool(edit) for field, edit in rows}


class PrivateSharing(Customization):
    """Keeps single records from the API user, as private sharing does."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org

    @property
    def private_records(self) -> Collection[str]:
        """The ids of these records."""
        settings = self._org.admin
        if not settings.private_tasks:
            return settings.private_records
        others = self._org.storage.tuples(
            'SELECT "Id" FROM "Task" WHERE "OwnerId" != ?', [self._org.user_id]
        )
        return settings.private_records.union(str(task) for (task,) in others)
