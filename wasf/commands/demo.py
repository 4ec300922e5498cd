"""`wasf demo`: who is in the local org before the sample chats are synced to it.

Together with the chats in `wasf.samples` it shows a matched Contact, an open Lead, a reopened Lead,
a new Lead and a chat that waits.
"""

from dataclasses import dataclass, field
from typing import Protocol

USER_EMAIL = "sam@example.com"

SETTINGS = {
    "WASF_DEFAULT_REGION": "DE",
    "WASF_TIMEZONE": "Europe/Berlin",
    "WASF_ME": "Sam Seller",
    "WASF_OWNER": USER_EMAIL,
}
"""What the demo sets in its own environment; the settings of the person who runs it stay out."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """A record that the org has before the demo: its type and its fields."""

    type: str
    fields: dict[str, str] = field(default_factory=dict)


PEOPLE = (
    Seeded(
        "User",
        {
            "FirstName": "Sam",
            "LastName": "Seller",
            "Email": USER_EMAIL,
            "Username": USER_EMAIL,
        },
    ),
    Seeded(
        "Contact",
        {
            "FirstName": "Ada",
            "LastName": "Example",
            "Title": "Rides to work",
            "MobilePhone": "+44 (0)7700 900123",
            "Email": "ada@example.org",
        },
    ),
    Seeded(
        "Lead",
        {
            "FirstName": "Layla",
            "LastName": "Muster",
            "Company": "[not provided]",
            "Phone": "0044 (7700) 900461",
            "Status": "Working - Contacted",
        },
    ),
    Seeded(
        "Lead",
        {
            "FirstName": "Jonas",
            "LastName": "Beispiel",
            "Company": "Beispiel Transporte",
            "Phone": "0171 392 00 12",
            "Status": "Closed - Not Converted",
            "Description": "Wanted a cargo bike last year. Too expensive then.",
        },
    ),
)


class DemoOrg(Protocol):
    """A local org, as far as the demo needs it."""

    base_url: str
    access_token: str

    def seed(self, record: Seeded) -> None:
        """Put a record in."""
        ...
