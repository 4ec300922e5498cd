"""The objects that the platform itself has: users, status lists, files, the organization."""

from dataclasses import replace

from wasf.demo.salesforce.model import (
    Field,
    SObjectType,
    audit,
    flag,
    identity,
    owner,
    phone,
    pick,
    read_only,
    refers,
    system,
    text,
)

LINK_TARGETS = ("Task", "Lead", "Contact", "Account", "User")


def status_list(name: str, label: str, prefix: str, marker: tuple[str, str]) -> SObjectType:
    """Return the object that shows the values of a status picklist; it is read only."""
    fields = (
        identity(f"{label} ID"),
        replace(read_only("MasterLabel", "Master Label", "string", 255), name_field=True),
        system("ApiName", "API Name", "string", 255),
        read_only("SortOrder", "Sort Order", "int"),
        flag("IsDefault", "Is Default"),
        flag(*marker),
        *audit(),
    )
    return SObjectType(
        name, label, f"{label} Values", prefix, fields,
        createable=False, updateable=False, deletable=False,
    )  # fmt: skip


def user() -> SObjectType:
    """Return the object `User`."""

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
    return SObjectType(
        "User", "User", "People", "005", fields,
        createable=False, updateable=False, deletable=False,
    )  # fmt: skip


def organization() -> SObjectType:
    """Return the object `Organization`: one record, the org itself."""
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
        system("DefaultLeadAccess", "Default Lead Access", "picklist", 40),
        system("DefaultContactAccess", "Default Contact Access", "picklist", 40),
        system("DefaultAccountAccess", "Default Account Access", "picklist", 40),
        *audit(),
    )
    return SObjectType(
        "Organization", "Organization", "Organizations", "00D", fields,
        createable=False, updateable=False, deletable=False,
    )  # fmt: skip


def duplicate_rule() -> SObjectType:
    """Return the object `DuplicateRule`."""
    fields = (
        identity("Duplicate Rule ID"),
        system("SobjectType", "Object", "picklist", 40),
        system("DeveloperName", "Object Name", "string", 80),
        replace(system("MasterLabel", "Rule Name", "string", 80), name_field=True),
        flag("IsActive", "Active"),
        *audit(),
    )
    return SObjectType(
        "DuplicateRule", "Duplicate Rule", "Duplicate Rules", "0Bm", fields,
        createable=False, updateable=False, deletable=False,
    )  # fmt: skip


def record_type() -> SObjectType:
    """Return the object `RecordType`."""
    fields = (
        identity("Record Type ID"),
        system("Name", "Name", "string", 80),
        system("DeveloperName", "Record Type Name", "string", 80),
        system("SobjectType", "sObject Type Name", "picklist", 40),
        replace(flag("IsActive", "Active"), default=True),
        system("SystemModstamp", "System Modstamp", "datetime"),
    )
    return SObjectType(
        "RecordType", "Record Type", "Record Types", "012", fields, createable=False,
        updateable=False, deletable=False,
    )  # fmt: skip


def content_version() -> SObjectType:
    """Return the object for one version of a file, with its content."""
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
    return SObjectType(
        "ContentVersion", "Content Version", "Content Versions", "068", fields, deletable=False
    )


def content_document() -> SObjectType:
    """Return the object for a file; its content is in its versions."""
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
    return SObjectType(
        "ContentDocument", "Content Document", "Content Documents", "069", fields,
        createable=False,
    )  # fmt: skip


def content_document_link() -> SObjectType:
    """Return the object that links a file to a record."""
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
    return SObjectType(
        "ContentDocumentLink", "Content Document Link", "Content Document Links", "06A", fields
    )
