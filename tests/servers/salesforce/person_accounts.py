"""An org with person accounts: customers who are Accounts, each with a Contact of the same values.

Switched on by an admin once and for ever. Account then has the fields of a person, Contact says
whose it is, and a Lead needs no Company. The Contact cannot be deleted without its Account, and
the number of the Account (Phone) is the Contact's, too.
"""

from collections.abc import Mapping
from dataclasses import replace

from tests.servers.salesforce.configured_org import ConfiguredOrg
from wasf.demo.salesforce import seed
from wasf.demo.salesforce.calls import Json
from wasf.demo.salesforce.model import Field, flag, phone, read_only, refers, text

_PERSON_FIELDS = {
    "PersonMobilePhone": "MobilePhone",
    "PersonHomePhone": "HomePhone",
    "PersonOtherPhone": "OtherPhone",
    "PersonEmail": "Email",
}
"""The fields of the Account that are the Contact's, and what they are called there."""
_SHARED = ("FirstName", "LastName", "Phone", "OwnerId", "LastModifiedDate")


def switch_on(org: ConfiguredOrg) -> None:
    """Give the objects the fields that they have in such an org, unless they have them."""
    if org.stored_sobject("Account").has("IsPersonAccount"):
        return
    fields: tuple[Field, ...] = (
        text("LastName", "Last Name", 80),
        text("FirstName", "First Name", 40),
        flag("IsPersonAccount", "Is Person Account"),
        refers(read_only("PersonContactId", "Contact ID", "reference"), "Contact"),
        *(phone(name, name) for name in _PERSON_FIELDS if name.endswith("Phone")),
        text("PersonEmail", "Email", 80, kind="email"),
    )
    for each in fields:
        org.add_field("Account", each)
    org.add_field("Contact", flag("IsPersonAccount", "Is Person Account"))
    company = org.stored_sobject("Lead").by_name["company"]
    org.replace_field("Lead", replace(company, nillable=True))
    org.access_changed()


def add(org: ConfiguredOrg, fields: Mapping[str, Json]) -> str:
    """Add a person by the fields of Account; return the id of the Account."""
    switch_on(org)
    names = [str(fields[name]) for name in ("FirstName", "LastName") if fields.get(name)]
    (account,) = seed.add(
        org, "Account", [{**fields, "Name": " ".join(names), "IsPersonAccount": True}]
    )
    contact = {name: fields[name] for name in _SHARED if name in fields}
    contact |= {theirs: fields[ours] for ours, theirs in _PERSON_FIELDS.items() if ours in fields}
    (person,) = seed.add(
        org, "Contact", [{**contact, "AccountId": account, "IsPersonAccount": True}]
    )
    org.storage.change(
        'UPDATE "Account" SET "PersonContactId" = ? WHERE "Id" = ?', [(person, account)]
    )
    return account
