"""The objects that the platform itself needs: users, status lists, files, the organization."""

from dataclasses import replace

from wasf.demo.salesforce.model import Field, FieldType, Kind

# --- fields
# Fields as they recur in Salesforce's objects: texts, flags, owners, audit fields.


SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx.")


def text(name: str, label: str, length: int, *, kind: FieldType = "string") -> Field:
    return Field(name, label, kind, length)


def system(name: str, label: str, kind: FieldType, length: int = 0) -> Field:
    """A field that only the platform writes."""
    return Field(
        name, label, kind, length, nillable=False, createable=False, updateable=False,
        defaulted=True, permissionable=False, groupable=kind not in ("datetime", "double"),
    )  # fmt: skip


def read_only(name: str, label: str, kind: FieldType, length: int = 0) -> Field:
    """A system field that may be empty."""
    return replace(system(name, label, kind, length), nillable=True, defaulted=False)


def refers(field: Field, *targets: str) -> Field:
    relation = field.name.removesuffix("Id") if field.name.endswith("Id") else None
    return replace(field, length=18, refers_to=targets, relation=relation)


def long_text(name: str, label: str, length: int = 32_000) -> Field:
    """A text area of this size can be neither filtered nor sorted by."""
    return Field(name, label, "textarea", length, filterable=False, sortable=False, groupable=False)


def pick(name: str, label: str, length: int, values: tuple[str, ...]) -> Field:
    return Field(name, label, "picklist", length, values=values)


def flag(name: str, label: str) -> Field:
    return replace(system(name, label, "boolean"), default=False)


def identity(label: str) -> Field:
    return replace(system("Id", label, "id", 18), id_lookup=True)


def owner(*targets: str) -> Field:
    field = Field(
        "OwnerId", "Owner ID", "reference", nillable=False, defaulted=True, permissionable=False
    )
    return replace(refers(field, *targets), polymorphic=len(targets) > 1)


def audit() -> tuple[Field, ...]:
    by = tuple(
        refers(system(name, label, "reference"), "User")
        for name, label in (
            ("CreatedById", "Created By ID"),
            ("LastModifiedById", "Last Modified By ID"),
        )
    )
    return (
        system("CreatedDate", "Created Date", "datetime"),
        by[0],
        system("LastModifiedDate", "Last Modified Date", "datetime"),
        by[1],
        system("SystemModstamp", "System Modstamp", "datetime"),
    )


def person_name() -> tuple[Field, ...]:
    parts = (
        replace(text("LastName", "Last Name", 80), nillable=False),
        text("FirstName", "First Name", 40),
        pick("Salutation", "Salutation", 40, SALUTATIONS),
    )
    whole = replace(system("Name", "Full Name", "string", 121), defaulted=False, name_field=True)
    return (*(replace(f, compound="Name", permissionable=False) for f in parts), whole)


def address(prefix: str = "") -> tuple[Field, ...]:
    parts = (
        Field(f"{prefix}Street", f"{prefix} Street".strip(), "textarea", 255),
        text(f"{prefix}City", f"{prefix} City".strip(), 40),
        text(f"{prefix}State", f"{prefix} State/Province".strip(), 80),
        text(f"{prefix}PostalCode", f"{prefix} Zip/Postal Code".strip(), 20),
        text(f"{prefix}Country", f"{prefix} Country".strip(), 80),
    )
    return tuple(replace(f, compound=f"{prefix}Address") for f in parts)


def phone(name: str, label: str) -> Field:
    return text(name, label, 40, kind="phone")


def email() -> Field:
    return replace(text("Email", "Email", 80, kind="email"), id_lookup=True)


# --- platform_kinds


LINK_TARGETS = ("Task", "Lead", "Contact", "Account", "User")


def status_list(name: str, label: str, prefix: str, marker: tuple[str, str]) -> Kind:
    """A picklist that Salesforce also shows as an object; read only."""
    fields = (
        identity(f"{label} ID"),
        replace(read_only("MasterLabel", "Master Label", "string", 255), name_field=True),
        system("ApiName", "API Name", "string", 255),
        read_only("SortOrder", "Sort Order", "int"),
        flag("IsDefault", "Is Default"),
        flag(*marker),
        *audit(),
    )
    return Kind(
        name, label, f"{label} Values", prefix, fields,
        createable=False, updateable=False, deletable=False,
    )  # fmt: skip


def user() -> Kind:
    def needed(field: Field) -> Field:
        return replace(field, nillable=False, permissionable=False)

    fields = (
        identity("User ID"),
        needed(text("Username", "Username", 80)),
        replace(needed(text("LastName", "Last Name", 80)), compound="Name"),
        replace(text("FirstName", "First Name", 40), compound="Name", permissionable=False),
        replace(system("Name", "Full Name", "string", 121), defaulted=False, name_field=True),
        needed(text("Email", "Email", 128, kind="email")),
        replace(flag("IsActive", "Active"), createable=True, updateable=True),
        read_only("UserType", "User Type", "picklist", 40),
        needed(text("TimeZoneSidKey", "Time Zone", 40)),
        needed(text("LocaleSidKey", "Locale", 40)),
        needed(text("LanguageLocaleKey", "Language", 40)),
        phone("Phone", "Phone"),
        phone("MobilePhone", "Mobile"),
        *audit(),
    )
    return Kind(
        "User", "User", "People", "005", fields,
        createable=False, updateable=False, deletable=False,
    )  # fmt: skip


def organization() -> Kind:
    fields = (
        identity("Organization ID"),
        replace(system("Name", "Name", "string", 80), name_field=True),
        system("OrganizationType", "Edition", "picklist", 40),
        flag("IsSandbox", "Is Sandbox"),
        read_only("InstanceName", "Instance Name", "string", 5),
        read_only("NamespacePrefix", "Namespace Prefix", "string", 15),
        system("TimeZoneSidKey", "Time Zone", "picklist", 40),
        system("LanguageLocaleKey", "Language", "picklist", 40),
        system("DefaultLocaleSidKey", "Locale", "picklist", 40),
        *audit(),
    )
    return Kind(
        "Organization", "Organization", "Organizations", "00D", fields,
        createable=False, updateable=False, deletable=False,
    )  # fmt: skip


def duplicate_rule() -> Kind:
    fields = (
        identity("Duplicate Rule ID"),
        system("SobjectType", "Object", "picklist", 40),
        system("DeveloperName", "Object Name", "string", 80),
        replace(system("MasterLabel", "Rule Name", "string", 80), name_field=True),
        flag("IsActive", "Active"),
        *audit(),
    )
    return Kind(
        "DuplicateRule", "Duplicate Rule", "Duplicate Rules", "0Bm", fields,
        createable=False, updateable=False, deletable=False,
    )  # fmt: skip


def content_version() -> Kind:
    location = refers(
        Field("FirstPublishLocationId", "First Publish Location ID", "reference"), *LINK_TARGETS
    )
    fields = (
        identity("ContentVersion ID"),
        refers(
            Field("ContentDocumentId", "ContentDocument ID", "reference", updateable=False,
                  nillable=False, defaulted=True, permissionable=False), "ContentDocument"),
        flag("IsLatest", "Is Latest"),
        replace(text("Title", "Title", 255), nillable=False, defaulted=True, name_field=True),
        replace(text("PathOnClient", "Path On Client", 500), updateable=False),
        replace(text("Description", "Description", 1000, kind="textarea"), filterable=False),
        Field("VersionData", "Version Data", "base64", filterable=False, sortable=False,
              groupable=False, updateable=False),
        replace(location, polymorphic=True, updateable=False),
        system("FileType", "File Type", "string", 20),
        read_only("FileExtension", "File Extension", "string", 40),
        read_only("ContentSize", "Size", "int"),
        read_only("Checksum", "Checksum", "string", 50),
        flag("IsDeleted", "Is Deleted"),
        owner("User"),
        *audit(),
    )  # fmt: skip
    return Kind(
        "ContentVersion", "Content Version", "Content Versions", "068", fields, deletable=False
    )


def content_document() -> Kind:
    fields = (
        identity("ContentDocument ID"),
        replace(system("Title", "Title", "string", 255), name_field=True),
        refers(read_only("LatestPublishedVersionId", "Latest Published Version ID", "reference"),
                "ContentVersion"),
        read_only("FileType", "File Type", "string", 20),
        read_only("FileExtension", "File Extension", "string", 40),
        read_only("ContentSize", "Size", "int"),
        flag("IsDeleted", "Is Deleted"),
        owner("User"),
        *audit(),
    )  # fmt: skip
    return Kind(
        "ContentDocument", "Content Document", "Content Documents", "069", fields,
        createable=False,
    )  # fmt: skip


def content_document_link() -> Kind:
    entity = refers(
        Field("LinkedEntityId", "Linked Entity ID", "reference", nillable=False, updateable=False),
        *LINK_TARGETS,
    )
    document = refers(
        Field("ContentDocumentId", "ContentDocument ID", "reference", nillable=False,
              updateable=False), "ContentDocument")  # fmt: skip
    share = replace(pick("ShareType", "Share Type", 40, ("V", "C", "I")), restricted=True)
    seen = pick("Visibility", "Visibility", 40, ("AllUsers", "InternalUsers", "SharedUsers"))
    fields = (
        identity("ContentDocumentLink ID"),
        replace(entity, polymorphic=True),
        document,
        flag("IsDeleted", "Is Deleted"),
        system("SystemModstamp", "System Modstamp", "datetime"),
        share,
        replace(seen, restricted=True),
    )
    return Kind(
        "ContentDocumentLink", "Content Document Link", "Content Document Links", "06A", fields
    )


# --- setup_kinds
# The objects of Setup that custom fields and the access to them are made of.
#
# Fields, lengths and what may be filled are as in Salesforce's object reference (PermissionSet,
# FieldPermissions, PermissionSetAssignment) and Tooling API reference (CustomField), as far as wasf
# has to do with them.


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
