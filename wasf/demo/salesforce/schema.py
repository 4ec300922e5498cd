"""The objects of a new org, with lengths and flags as Salesforce describes them."""

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
    text,
)
from wasf.demo.salesforce.platform_schema import (
    content_document,
    content_document_link,
    content_version,
    duplicate_rule,
    organization,
    status_list,
    user,
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
