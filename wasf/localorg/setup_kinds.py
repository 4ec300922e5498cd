"""The objects of Setup that custom fields and the access to them are made of.

Fields, lengths and what may be filled are as in Salesforce's object reference (PermissionSet,
FieldPermissions, PermissionSetAssignment) and Tooling API reference (CustomField), as far as wasf
has to do with them.
"""

from dataclasses import replace

from wasf.localorg.fields import audit, flag, identity, read_only, refers, system, text
from wasf.localorg.model import Field, Kind


def _needed(field: Field) -> Field:
    return replace(field, nillable=False, permissionable=False)


def _switch(name: str, label: str) -> Field:
    return replace(flag(name, label), createable=True, updateable=True)


def _fixed(field: Field) -> Field:
    """Filled when the record is made, and never again."""
    return replace(_needed(field), updateable=False)


def permission_set() -> Kind:
    fields = (
        identity("PermissionSet ID"),
        replace(_needed(text("Name", "Permission Set Name", 80)), name_field=True),
        _needed(text("Label", "Permission Set Label", 80)),
        text("Description", "Description", 255),
        flag("IsOwnedByProfile", "Is Owned By Profile"),
        replace(flag("IsCustom", "Custom"), default=True),
        read_only("NamespacePrefix", "Namespace Prefix", "string", 15),
        *audit(),
    )
    return Kind("PermissionSet", "Permission Set", "Permission Sets", "0PS", fields)


def field_permissions() -> Kind:
    fields = (
        identity("Field Permissions ID"),
        refers(_fixed(Field("ParentId", "Parent ID", "reference")), "PermissionSet"),
        _fixed(Field("SobjectType", "sObject Type Name", "picklist", 40)),
        _fixed(Field("Field", "Field Name", "picklist", 4_000)),
        _switch("PermissionsRead", "Read Field"),
        _switch("PermissionsEdit", "Edit Field"),
        system("SystemModstamp", "System Modstamp", "datetime"),
    )
    return Kind("FieldPermissions", "Field Permissions", "Field Permissions", "01k", fields)


def permission_set_assignment() -> Kind:
    fields = (
        identity("PermissionSetAssignment ID"),
        refers(_fixed(Field("PermissionSetId", "PermissionSet ID", "reference")), "PermissionSet"),
        refers(_fixed(Field("AssigneeId", "Assignee ID", "reference")), "User"),
        replace(flag("IsActive", "Is Active"), default=True),
        system("SystemModstamp", "System Modstamp", "datetime"),
    )
    return Kind(
        "PermissionSetAssignment", "Permission Set Assignment", "Permission Set Assignments",
        "0Pa", fields, updateable=False,
    )  # fmt: skip


def custom_field() -> Kind:
    """As the Tooling API lists it; what a field is like is told with a single one of them."""
    fields = (
        identity("Custom Field Definition ID"),
        system("DeveloperName", "Developer Name", "string", 80),
        system("TableEnumOrId", "Object", "picklist", 40),
        read_only("NamespacePrefix", "Namespace Prefix", "string", 15),
        system("SystemModstamp", "System Modstamp", "datetime"),
    )
    return Kind(
        "CustomField", "Custom Field Definition", "Custom Field Definitions", "00N", fields,
        updateable=False, deletable=False, tooling=True,
    )  # fmt: skip
