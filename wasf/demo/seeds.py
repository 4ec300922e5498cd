"""What the demo starts with: the people in its org, and the chats of its chat API.

Together with the chats in `wasf.samples` it shows a matched Contact, an open Lead, a reopened Lead,
a new Lead and a chat that waits.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wasf.demo.timelines import ChatWorkspace, MessageType, WorkspaceChat

_SHOP = "+447700900001"
_HOUR = timedelta(hours=1)
USER_EMAIL = "sam@example.com"

SETTINGS = {
    "WASF_DEFAULT_REGION": "DE",
    "WASF_TIMEZONE": "Europe/Berlin",
    "WASF_ME": "Sam Seller",
    "WASF_OWNER": USER_EMAIL,
}
"""Settings of the demo. Those of the person who runs it are not used."""


@dataclass(frozen=True, slots=True)
class SeedRecord:
    """A record that the org has before the demo: its object and its fields."""

    sobject: str
    fields: dict[str, str] = field(default_factory=dict)


PEOPLE = (
    SeedRecord(
        "User",
        {
            "FirstName": "Sam",
            "LastName": "Seller",
            "Email": USER_EMAIL,
            "Username": USER_EMAIL,
        },
    ),
    SeedRecord(
        "Contact",
        {
            "FirstName": "Ada",
            "LastName": "Example",
            "Title": "Rides to work",
            "MobilePhone": "+44 (0)7700 900123",
            "Email": "ada@example.org",
        },
    ),
    SeedRecord(
        "Lead",
        {
            "FirstName": "Layla",
            "LastName": "Muster",
            "Company": "[not provided]",
            "Phone": "0044 (7700) 900461",
            "Status": "Working - Contacted",
        },
    ),
    SeedRecord(
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


def sample_workspace(owner_email: str, now: datetime) -> ChatWorkspace:
    """Return a workspace with four chats of the last day; one user is responsible for all."""
    workspace = ChatWorkspace()
    shop = workspace.add_number(_SHOP, owner_email, "Shop")
    desk = workspace.add_number("+447700900002", owner_email, "Desk", official=True)

    def chat(name: str, phone: str, *, official: bool = False) -> WorkspaceChat:
        return workspace.add_chat(desk if official else shop, name, phone, owner_email)

    ada = chat("Ada Example", "+447700900123")
    _talk(
        workspace, ada, now - 20 * _HOUR, "Is my bike ready? 🚲", "Yes, since this morning!", "👍"
    )
    layla = chat("Layla Muster", "+447700900461", official=True)
    _talk(workspace, layla, now - 9 * _HOUR, "هل لديكم دراجة للأطفال؟", "نعم، تفضلي بزيارتنا.")
    jonas = chat("Jonas Beispiel", "+491713920012")
    _talk(workspace, jonas, now - 5 * _HOUR, "Gibt es das Lastenrad noch?")
    workspace.add_message(jonas, None, now - 4 * _HOUR, type=MessageType.CALL, status="Missed")
    workspace.add_message(jonas, "call him back", now - 4 * _HOUR, type=MessageType.NOTE)
    chloe = chat("Chloé Fictive", "+33639980012")
    _talk(workspace, chloe, now - 2 * _HOUR, "Bonjour, vous livrez à Lyon ?", "Oui, sous 48 h.")
    return workspace


def _talk(workspace: ChatWorkspace, chat: WorkspaceChat, begin: datetime, *texts: str) -> None:
    """Add texts by turns, one each minute; the customer begins."""
    for number, text in enumerate(texts):
        at = begin + timedelta(minutes=number)
        workspace.add_message(chat, text, at, from_me=number % 2 == 1)
