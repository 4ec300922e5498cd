"""The org at Salesforce: `Org` over REST, the checks of `wasf doctor`, and the key field.

    connection              which org, with which token, in which version of the API
    org                     one signed-in org; it uses the modules below
    describe                rights, fields, statuses and users, read before anything is decided
    objects                 each field that is read or written, declared once
    people, related         finds people; finds what they are related to
    tasks, task_calls       insert Tasks: calls in flight; what goes into each call
    bulk_jobs               inserts Tasks by the Bulk API
    leads, lead_tasks       write Leads; write Leads together with their first Tasks
    stored_records          reads and changes Tasks and Leads that are there; attaches files
    message_fields          fields that tell of messages, on Tasks, Leads and Contacts
    checks                  what `wasf doctor` must know
    field_setup, key_field  make the fields that a sync fills; make and try the field for the key

`api` speaks to the REST API, `auth` gets the tokens. This is the only package that imports
simple_salesforce, and it does so with the first request. All names below except those of
`connection` are loaded when they are used: `wasf connect` needs `auth` alone, and shows its address
at once.
"""

from typing import TYPE_CHECKING

from wasf import late_names
from wasf.salesforce.connection import (
    TOKEN_VARIABLE,
    URL_VARIABLE,
    Access,
    ApiVersion,
    Connection,
    from_environment,
    org_on_demand,
)

if TYPE_CHECKING:
    from wasf.salesforce.checks import OrgCheckup, RequiredAccess
    from wasf.salesforce.describe import WantedFields
    from wasf.salesforce.field_setup import FieldSetup, MessageFieldsSetup, ReportFieldsSetup
    from wasf.salesforce.key_field import KeyFieldSetup
    from wasf.salesforce.message_fields import MESSAGE_FIELDS
    from wasf.salesforce.org import OrgIdentity, OrgOptions, SalesforceOrg
    from wasf.salesforce.stored_records import LARGEST_FILE

__all__ = [
    "LARGEST_FILE", "MESSAGE_FIELDS", "TOKEN_VARIABLE", "URL_VARIABLE", "Access", "ApiVersion",
    "Connection", "FieldSetup", "KeyFieldSetup", "MessageFieldsSetup", "OrgCheckup", "OrgIdentity",
    "OrgOptions", "ReportFieldsSetup", "RequiredAccess", "SalesforceOrg", "WantedFields",
    "from_environment", "org_on_demand",
]  # fmt: skip

if not TYPE_CHECKING:
    __getattr__ = late_names(
        __name__,
        {
            "checks": ("OrgCheckup", "RequiredAccess"),
            "describe": ("WantedFields",),
            "field_setup": ("FieldSetup", "MessageFieldsSetup", "ReportFieldsSetup"),
            "key_field": ("KeyFieldSetup",),
            "message_fields": ("MESSAGE_FIELDS",),
            "org": ("OrgIdentity", "OrgOptions", "SalesforceOrg"),
            "stored_records": ("LARGEST_FILE",),
        },
    )  # fmt: skip
