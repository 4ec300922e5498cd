"""The objects of a new org and of the platform, as Salesforce describes them."""

from dataclasses import replace

from wasf.demo.salesforce.model import (
    Field,
    SObjectType,
    address,
    audit,
    email,
    flag,
    identity,
    long_text,
    owner,
    person_name,
    phone,
    pick,
    read_only,
    refers,
    system,
    text,
)

LINK_TARGETS = ("Task", "Lead", "Contact", "Account", "User")


def _system_object(
    name: str, label: str, plural: str, prefix: str, fields: tuple[Field, ...]
) -> SObjectType:
    """Return an object whose records nobody makes, changes or deletes."""
    return SObjectType(
        name, label, plural, prefix, fields, createable=False, updateable=False, deletable=False
    )


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
    return _system_object(name, label, f"{label} Values", prefix, fields)


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
    return _system_object("User", "User", "People", "005", fields)


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
    return _system_object("Organization", "Organization", "Organizations", "00D", fields)


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
    return _system_object("DuplicateRule", "Duplicate Rule", "Duplicate Rules", "0Bm", fields)


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
    return _system_object("RecordType", "Record Type", "Record Types", "012", fields)


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


LEAD_STATUSES = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
)
TASK_STATUSES = (
    "Not Started",
    "In Progress",
    "Completed",
    "Waiting on someone else",
    "Deferred",
)
PRIORITIES = ("High", "Normal", "Low")
LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
INDUSTRIES = ("Agriculture", "Banking", "Consulting", "Education", "Retail", "Technology", "Other")


def _chosen(name: str, length: int, values: tuple[str, ...], default: str) -> Field:
    """Return a picklist that is never empty."""
    plain = pick(name, name, length, values)
    return replace(plain, nillable=False, defaulted=True, default=default, permissionable=False)


def _either(name: str, label: str, *targets: str) -> Field:
    """Return a reference to a record of one of several objects."""
    return replace(refers(Field(name, label, "reference"), *targets), polymorphic=True)


_LEAD: tuple[Field, ...] = (
    identity("Lead ID"),
    flag("IsDeleted", "Deleted"),
    refers(read_only("MasterRecordId", "Master Record ID", "reference"), "Lead"),
    *person_name(),
    text("Title", "Title", 128),
    replace(text("Company", "Company", 255), nillable=False, permissionable=False),
    *address(),
    phone("Phone", "Phone"),
    phone("MobilePhone", "Mobile Phone"),
    phone("Fax", "Fax"),
    email(),
    text("Website", "Website", 255, kind="url"),
    long_text("Description", "Description"),
    pick("LeadSource", "Lead Source", 255, LEAD_SOURCES),
    _chosen("Status", 255, LEAD_STATUSES, LEAD_STATUSES[0]),
    pick("Industry", "Industry", 255, INDUSTRIES),
    pick("Rating", "Rating", 255, ("Hot", "Warm", "Cold")),
    replace(Field("AnnualRevenue", "Annual Revenue", "currency"), groupable=False),
    Field("NumberOfEmployees", "Employees", "int"),
    owner("Group", "User"),
    replace(flag("IsConverted", "Converted"), createable=True),
    read_only("ConvertedDate", "Converted Date", "date"),
    refers(read_only("ConvertedAccountId", "Converted Account ID", "reference"), "Account"),
    refers(read_only("ConvertedContactId", "Converted Contact ID", "reference"), "Contact"),
    replace(flag("IsUnreadByOwner", "Unread By Owner"), createable=True, updateable=True),
    *audit(),
    read_only("LastActivityDate", "Last Activity", "date"),
)

_CONTACT: tuple[Field, ...] = (
    identity("Contact ID"),
    flag("IsDeleted", "Deleted"),
    refers(read_only("MasterRecordId", "Master Record ID", "reference"), "Contact"),
    refers(Field("AccountId", "Account ID", "reference"), "Account"),
    *person_name(),
    *address("Other"),
    *address("Mailing"),
    phone("Phone", "Business Phone"),
    phone("Fax", "Business Fax"),
    phone("MobilePhone", "Mobile Phone"),
    phone("HomePhone", "Home Phone"),
    phone("OtherPhone", "Other Phone"),
    phone("AssistantPhone", "Asst. Phone"),
    refers(Field("ReportsToId", "Reports To ID", "reference"), "Contact"),
    email(),
    text("Title", "Title", 128),
    text("Department", "Department", 80),
    text("AssistantName", "Assistant's Name", 40),
    pick("LeadSource", "Lead Source", 255, LEAD_SOURCES),
    Field("Birthdate", "Birthdate", "date"),
    long_text("Description", "Contact Description"),
    owner("User"),
    *audit(),
    read_only("LastActivityDate", "Last Activity", "date"),
)

_ACCOUNT: tuple[Field, ...] = (
    identity("Account ID"),
    flag("IsDeleted", "Deleted"),
    refers(read_only("MasterRecordId", "Master Record ID", "reference"), "Account"),
    replace(text("Name", "Account Name", 255), nillable=False, name_field=True,
            permissionable=False, compound="Name"),
    text("AccountNumber", "Account Number", 40),
    phone("Phone", "Account Phone"),
    text("Website", "Website", 255, kind="url"),
    replace(text("BillingCity", "Billing City", 40), compound="BillingAddress"),
    pick("Industry", "Industry", 40, INDUSTRIES),
    Field("NumberOfEmployees", "Employees", "int"),
    long_text("Description", "Account Description"),
    owner("User"),
    *audit(),
    read_only("LastActivityDate", "Last Activity", "date"),
)  # fmt: skip

_TASK: tuple[Field, ...] = (
    identity("Activity ID"),
    _either("WhoId", "Name ID", "Contact", "Lead"),
    _either("WhatId", "Related To ID", "Account"),
    Field("Subject", "Subject", "combobox", 255, groupable=False, permissionable=False,
          values=("Call", "Email", "Send Letter", "Send Quote", "Other")),
    Field("ActivityDate", "Due Date Only", "date", permissionable=False),
    _chosen("Status", 255, TASK_STATUSES, "Not Started"),
    _chosen("Priority", 255, PRIORITIES, "Normal"),
    flag("IsHighPriority", "High Priority"),
    replace(owner("Group", "User"), label="Assigned To ID"),
    long_text("Description", "Description"),
    flag("IsDeleted", "Deleted"),
    refers(read_only("AccountId", "Account ID", "reference"), "Account"),
    flag("IsClosed", "Closed"),
    *audit(),
    flag("IsArchived", "Archived"),
    Field("CallDurationInSeconds", "Call Duration", "int"),
    replace(pick("CallType", "Call Type", 40, ("Internal", "Inbound", "Outbound")),
            restricted=True),
    text("CallDisposition", "Call Result", 255),
    replace(text("CallObject", "Call Object Identifier", 255), permissionable=False),
    replace(pick("TaskSubtype", "Task Subtype", 40,
                 ("Task", "Email", "List Email", "Cadence", "Call", "LinkedIn")),
            restricted=True, updateable=False, permissionable=False),
    read_only("CompletedDateTime", "Completed Date", "datetime"),
)  # fmt: skip

SOBJECTS: dict[str, SObjectType] = {
    sobject.name: sobject
    for sobject in (
        SObjectType("Account", "Account", "Accounts", "001", _ACCOUNT, mergeable=True),
        SObjectType("Contact", "Contact", "Contacts", "003", _CONTACT, mergeable=True),
        SObjectType("Lead", "Lead", "Leads", "00Q", _LEAD, mergeable=True),
        SObjectType("Task", "Task", "Tasks", "00T", _TASK),
        user(),
        organization(),
        duplicate_rule(),
        status_list("LeadStatus", "Lead Status Value", "01J", ("IsConverted", "Is Converted")),
        status_list("TaskStatus", "Task Status Value", "01T", ("IsClosed", "Is Closed")),
        status_list("TaskPriority", "Task Priority Value", "01p", ("IsHighPriority", "High")),
        content_document(),
        content_version(),
        content_document_link(),
    )
}
"""Every object of a new org, by name."""
