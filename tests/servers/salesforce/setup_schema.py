"""The objects of Setup that custom fields, and the access to them, are made of.

Fields, lengths and what may be written are as in Salesforce's object reference (PermissionSet,
FieldPermissions, PermissionSetAssignment) and Tooling API reference (CustomField), as far as wasf
uses them.
"""

from dataclasses import replace

from wasf.demo.salesforce.model import (
    Field,
    SObjectType,
    audit,
    flag,
    identity,
    owner,
    read_only,
    refers,
    system,
    text,
)
from wasf.demo.salesforce.schema import record_type

PERMISSION_OBJECTS = ("PermissionSet", "FieldPermissions", "PermissionSetAssignment")


def setup_sobjects() -> tuple[SObjectType, ...]:
    """Return the objects of Setup."""
    return (
        _permission_set(),
        _field_permissions(),
        _permission_set_assignment(),
        _object_permissions(),
        _custom_field(),
        record_type(),
        *_sales_sobjects(),
    )


def _needed(field: Field) -> Field:
    return replace(field, nillable=False, permissionable=False)


def _switch(name: str, label: str) -> Field:
    return replace(flag(name, label), createable=True, updateable=True)


def _fixed(field: Field) -> Field:
    """Return a required field that is given when the record is created and never changed."""
    return replace(_needed(field), updateable=False)


def _permission_set() -> SObjectType:
    fields = (
        identity("PermissionSet ID"),
        replace(_needed(text("Name", "Permission Set Name", 80)), name_field=True),
        _needed(text("Label", "Permission Set Label", 80)),
        text("Description", "Description", 255),
        flag("IsOwnedByProfile", "Is Owned By Profile"),
        replace(flag("IsCustom", "Custom"), default=True),
        _switch("PermissionsViewAllData", "View All Data"),
        read_only("NamespacePrefix", "Namespace Prefix", "string", 15),
        *audit(),
    )
    return SObjectType("PermissionSet", "Permission Set", "Permission Sets", "0PS", fields)


def _field_permissions() -> SObjectType:
    fields = (
        identity("Field Permissions ID"),
        refers(_fixed(Field("ParentId", "Parent ID", "reference")), "PermissionSet"),
        _fixed(Field("SobjectType", "sObject Type Name", "picklist", 40)),
        _fixed(Field("Field", "Field Name", "picklist", 4_000)),
        _switch("PermissionsRead", "Read Field"),
        _switch("PermissionsEdit", "Edit Field"),
        system("SystemModstamp", "System Modstamp", "datetime"),
    )
    return SObjectType("FieldPermissions", "Field Permissions", "Field Permissions", "01k", fields)


def _object_permissions() -> SObjectType:
    fields = (
        identity("Object Permissions ID"),
        refers(_fixed(Field("ParentId", "Parent ID", "reference")), "PermissionSet"),
        _fixed(Field("SobjectType", "sObject Type Name", "picklist", 40)),
        _switch("PermissionsViewAllRecords", "View All Records"),
        system("SystemModstamp", "System Modstamp", "datetime"),
    )
    return SObjectType(
        "ObjectPermissions", "Object Permissions", "Object Permissions", "110", fields
    )


def _permission_set_assignment() -> SObjectType:
    fields = (
        identity("PermissionSetAssignment ID"),
        refers(_fixed(Field("PermissionSetId", "PermissionSet ID", "reference")), "PermissionSet"),
        refers(_fixed(Field("AssigneeId", "Assignee ID", "reference")), "User"),
        replace(flag("IsActive", "Is Active"), default=True),
        system("SystemModstamp", "System Modstamp", "datetime"),
    )
    return SObjectType(
        "PermissionSetAssignment", "Permission Set Assignment", "Permission Set Assignments",
        "0Pa", fields, updateable=False,
    )  # fmt: skip


def _custom_field() -> SObjectType:
    """Return the object as queries of the Tooling API show it; GET of one record shows more."""
    fields = (
        identity("Custom Field Definition ID"),
        system("DeveloperName", "Developer Name", "string", 80),
        system("TableEnumOrId", "Object", "picklist", 40),
        read_only("NamespacePrefix", "Namespace Prefix", "string", 15),
        system("SystemModstamp", "System Modstamp", "datetime"),
    )
    return SObjectType(
        "CustomField", "Custom Field Definition", "Custom Field Definitions", "00N", fields,
        updateable=False, deletable=False,
    )  # fmt: skip


def _sales_sobjects() -> tuple[SObjectType, ...]:
    """Return the objects that a Task can be related to, besides Accounts."""
    opportunity = (
        identity("Opportunity ID"),
        flag("IsDeleted", "Deleted"),
        refers(Field("AccountId", "Account ID", "reference"), "Account"),
        replace(_needed(text("Name", "Name", 120)), name_field=True),
        replace(flag("IsClosed", "Closed"), createable=False),
        owner("User"),
        *audit(),
    )
    role = (
        identity("Contact Role ID"),
        flag("IsDeleted", "Deleted"),
        refers(_fixed(Field("OpportunityId", "Opportunity ID", "reference")), "Opportunity"),
        refers(_needed(Field("ContactId", "Contact ID", "reference")), "Contact"),
        _switch("IsPrimary", "Primary"),
        *audit(),
    )
    case = (
        identity("Case ID"),
        flag("IsDeleted", "Deleted"),
        refers(Field("ContactId", "Contact ID", "reference"), "Contact"),
        text("CaseNumber", "Case Number", 30),
        text("Subject", "Subject", 255),
        flag("IsClosed", "Closed"),
        owner("User", "Group"),
        *audit(),
    )
    roles = SObjectType("OpportunityContactRole", "Contact Role", "Contact Roles", "00K", role)
    return (
        SObjectType("Opportunity", "Opportunity", "Opportunities", "006", opportunity),
        roles,
        SObjectType("Case", "Case", "Cases", "500", case),
    )
