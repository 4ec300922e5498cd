"""A TimelinesAI workspace that wasf is connected to, as a `ChatApi`.

The client asks, the source reads; here stands what the rest of wasf may ask of a workspace.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import quote

from wasf.core.auth import Secret
from wasf.errors import UnreadableFile
from wasf.interfaces import ApiConnection, ReadOptions, Recall, Workspace
from wasf.sources.api_client import Gone
from wasf.sources.proofs import public_address
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

    def register(self, url: str, secret: Secret) -> int:
        """Create the webhooks, or switch them on again."""
        address = public_address(url, TITLE)
        endpoint = f"{address}/{NAME}?secret={quote(secret.reveal(), safe='')}"
        for event in EVENTS:
            value = {"event_type": event, "url": endpoint, "enabled": True}
            self.client.post("/webhooks", value)
        return len(EVENTS)
