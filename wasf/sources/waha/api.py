"""A WAHA server that wasf is connected to, as a `ChatApi`, and its chats as a `Source`.

Each session is read by itself: one that is not connected to WhatsApp, or refuses, is told, and the
others are read. A key that is not accepted and a server that does not answer end the reading; what
was read before stays.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from wasf.core.source_state import ApiFacts
from wasf.errors import PermissionMissing, UnreadableFile
from wasf.interfaces import (
    ApiConnection,
    HookSecrets,
    Json,
    ReadOptions,
    Recall,
    WhatsAppAccount,
    Workspace,
)
from wasf.sources.addresses import hook_address, path_below
from wasf.sources.api_client import Gone
from wasf.sources.lenient_json import as_object, inner, objects, text
from wasf.sources.pagination import ApiMisanswer
from wasf.sources.waha.client import WORKING, SessionNotWorking, WahaSession, sessions, waha_client
from wasf.sources.waha.messages import NAME, TITLE
from wasf.sources.waha.walk import SessionWalk
from wasf.sources.whatsapp_web import LinkedDevice, LinkedDevices

EVENTS: Final = (
    "message.any",
    "message.edited",
    "message.revoked",
    "message.reaction",
    "message.ack",
    "call.received",
    "call.accepted",
    "call.rejected",
    "session.status",
)
"""Everything that tells of a message or a call; `message.any` includes what `message` has."""

_FACTS: Final = ApiFacts(NAME, TITLE)
_FILES: Final = "/api/files/"


class WahaApi:
    """See `ChatApi`; each method raises as `waha_client` says."""

    def __init__(self, connection: ApiConnection) -> None:
        self.client = waha_client(connection)
        self._only = connection.options.get("session", "")

    def workspace(self) -> Workspace:
        """Return the server with the sessions that the key may see."""
        found = sessions(self.client, self._only)
        accounts = [
            WhatsAppAccount(
                one.account.name,
                one.account.shown,
                one.title or one.account.name,
                one.account.owner_email,
                one.status,
            )
            for one in found
        ]
        return Workspace(urlsplit(self.client.url).netloc, None, tuple(accounts))

    def source(self, recall: Recall, options: ReadOptions) -> LinkedDevices:
        """Return the chats of all sessions."""

        def device(session: WahaSession) -> LinkedDevice:
            is_connected = session.status == WORKING
            walk = partial(SessionWalk, self.client, session, recall, options)
            return LinkedDevice(session.account, is_connected, walk if is_connected else None)

        return LinkedDevices(
            _FACTS,
            lambda: [device(one) for one in sessions(self.client, self._only)],
            (ApiMisanswer, Gone, PermissionMissing, SessionNotWorking),
            recall,
            options.now,
        )

    def read_file(self, place: str, largest: int) -> bytes:
        """Return the file of the message at that path; WAHA fetches it for us, and keeps it for
        minutes only.
        """
        try:
            shown = as_object(self.client.get(place, downloadMedia="true"))
        except (Gone, SessionNotWorking):
            raise UnreadableFile(f"{TITLE} no longer has a message's file.") from None
        link = text(inner(shown, "media"), "url") or text(shown, "mediaUrl")
        path = path_below(link, _FILES)
        if not path:
            return self.client.download(link, largest)
        # WAHA does not know by which address it is reached, and often says localhost.
        own = f"{self.client.url.rstrip('/')}{path}"
        return self.client.download(own, largest, with_token=True)

    def register(self, url: str, secrets: HookSecrets) -> int:
        """Add a webhook to each session, beside those of others; only if it is not there.

        Writing the settings of a session restarts it.
        """
        address = hook_address(url, TITLE, server=self.client.url)
        endpoint, key = f"{address}/{NAME}", secrets.own().reveal()
        for session in filter(_has_name, sessions(self.client, self._only)):
            others = [
                one for one in objects(session.config, "webhooks") if text(one, "url") != endpoint
            ]
            ours: dict[str, Json] = {
                "url": endpoint,
                "events": list(EVENTS),
                "hmac": {"key": key},
                "retries": {"policy": "exponential", "delaySeconds": 2, "attempts": 15},
            }
            if not _has(session.config, ours):
                webhooks: list[Json] = [*map(dict, others), ours]
                config: dict[str, Json] = {**session.config, "webhooks": webhooks}
                path = f"/api/sessions/{session.path.rpartition('/')[2]}"
                self.client.put(path, {"name": session.account.name, "config": config})
        return len(EVENTS)


def _has_name(session: WahaSession) -> bool:
    return bool(session.account.name)


def _has(config: Mapping[str, Json], ours: Mapping[str, Json]) -> bool:
    """Return whether a session has this webhook: the address, all events, the key."""
    names = ("url", "events", "hmac")
    return any(all(one.get(n) == ours[n] for n in names) for one in objects(config, "webhooks"))
