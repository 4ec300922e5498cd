"""The org at Salesforce: `Org` over REST, the checks of `wasf doctor`, and the key field.

    connection  which org, with which token, in which version of the API
    org         one signed-in org; it uses the modules below
    describe    rights, fields, statuses and users, read before anything is decided
    people      who may be meant; related: what they are related to
    tasks, leads, lead_tasks  what is written; stored_records: what became of it, and changes
    objects     each field that is read or written, declared once
    message_fields  what fields of Tasks tell a report, and those that `report.fields` fills
    checks      what `wasf doctor` must know
    field_setup makes fields that a sync fills; key_field: makes and tries that for the key

`api` speaks to the REST API, `auth` gets the tokens. This is the only package that imports
simple_salesforce, and it does so with the first request. The names below are loaded when they are
used, but those of `connection`: `wasf connect` needs `auth` alone, and shows its address at once.
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
