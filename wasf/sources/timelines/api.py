"""A TimelinesAI workspace that wasf is connected to, as a `ChatApi`.

The client asks, the source reads; here stands what the rest of wasf may ask of a workspace.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import quote

from wasf.errors import PermissionMissing, QuotaSpent, UnreadableFile, WasfError
from wasf.interfaces import ApiConnection, HookSecrets, ReadOptions, Recall, Workspace
from wasf.sources.addresses import hook_address
from wasf.sources.api_client import Gone, Refusal
from wasf.sources.timelines.client import FAMILIES, accounts_of, timelines_client
from wasf.sources.timelines.model import NAME, TITLE, file_link, workspace
from wasf.sources.timelines.source import TimelinesSource

EVENTS: Final = (
    "message:new",
    "call:incoming:missed",
    "call:incoming:ended",
    "call:outgoing:ended",
    "waba:message:received",
    "waba:message:delivered",
    "waba:message:failed",
)
"""Everything that brings a message; each kind is a webhook of its own there."""


class TimelinesApi:
    """See `ChatApi`; each method raises as `timelines_client` says."""

    def __init__(self, connection: ApiConnection) -> None:
        self.client = timelines_client(connection)

    def workspace(self) -> Workspace:
        """Return the workspace with all its numbers."""
        found = workspace(self.client.get("/workspace"))
        accounts = [one for part in FAMILIES for one in accounts_of(self.client, part).values()]
        return replace(found, accounts=tuple(accounts))

    def source(self, recall: Recall, options: ReadOptions) -> TimelinesSource:
        """Return the chats of all numbers."""
        return TimelinesSource(self.client, recall, options)

    def read_file(self, place: str, largest: int) -> bytes:
        """Return the file of the message at that path. Links live for a quarter of an hour."""
        try:
            link = file_link(self.client.get(place))
        except Gone:
            raise UnreadableFile(f"{TITLE} no longer has a message's file.") from None
        return self.client.download(link, largest)

    def register(self, url: str, secrets: HookSecrets) -> int:
        """Create the webhooks, or switch them on again.

        Raise `PermissionMissing` with the API's own words if it refuses some of them: a workspace
        has only so many. What was created stays, and doing it again creates the rest.
        """
        address = hook_address(url, TITLE)
        endpoint = f"{address}/{NAME}?secret={quote(secrets.own().reveal(), safe='')}"
        for done, event in enumerate(EVENTS):
            value = {"event_type": event, "url": endpoint, "enabled": True}
            try:
                self.client.post("/webhooks", value)
            except (Gone, PermissionMissing, QuotaSpent) as error:
                raise _not_registered(error, done) from error
        return len(EVENTS)


def _not_registered(error: WasfError, done: int) -> PermissionMissing:
    """Return the error for webhooks that are refused after so many were created."""
    refusal = error.__cause__
    said = refusal.said if isinstance(refusal, Refusal) else ""
    there = f"{', '.join(EVENTS[:done])} are registered" if done else "none is registered"
    return PermissionMissing(
        f"{TITLE} refuses a webhook: {said or error.message}. Of {len(EVENTS)} kinds {there};"
        f" {', '.join(EVENTS[done:])} are not.",
        "A workspace has only so many webhooks: remove some in TimelinesAI (Integrations,"
        " Webhooks), then run it again. Until then wasf sync and the poll of wasf listen read"
        " the rest.",
    )
