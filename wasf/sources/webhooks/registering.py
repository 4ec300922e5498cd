"""Has TimelinesAI send its webhooks here; asking twice registers once."""

from typing import Final
from urllib.parse import quote, urlsplit

from wasf.core.auth import Secret
from wasf.errors import WrongUsage
from wasf.sources.timelines.client import Client

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

_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def register(client: Client, base_url: str, secret: Secret) -> int:
    """Create the webhooks, or switch them on again; returns how many there are.

    `base_url` is where the listener is reached from the internet. Raises `WrongUsage` if it is no
    such address, and what the client raises.
    """
    url = f"{_checked(base_url)}/timelines?secret={quote(secret.reveal(), safe='')}"
    for event in EVENTS:
        client.post("/webhooks", {"event_type": event, "url": url, "enabled": True})
    return len(EVENTS)


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        is_address = False
    if not is_address or not (parts.scheme == "https" or parts.hostname in _LOCAL):
        raise WrongUsage(
            "That is no address that TimelinesAI can deliver to.",
            "wasf listen --register https://hooks.example.com",
        )
    return url.rstrip("/")
