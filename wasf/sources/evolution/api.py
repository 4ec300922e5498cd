"""An Evolution API server that wasf is connected to, as a `ChatApi`, and its chats as a `Source`.

Each instance is read by itself: one that refuses is told, and the others are read. A key that is
not accepted and a server that does not answer end the reading; what was read before stays.
"""

from base64 import b64decode
from functools import partial
from typing import Final
from urllib.parse import unquote, urlsplit

from wasf.core.source_state import ApiFacts
from wasf.errors import PermissionMissing, UnreadableFile, WasfError
from wasf.http import LARGEST_BODY
from wasf.interfaces import (
    ApiConnection,
    HookSecrets,
    ReadOptions,
    Recall,
    WhatsAppAccount,
    Workspace,
)
from wasf.sources.addresses import hook_address, host_of, is_private_name
from wasf.sources.api_client import Gone, TooMuch
from wasf.sources.evolution.client import OPEN, Instance, evolution_client, instances
from wasf.sources.evolution.rows import NAME, TITLE
from wasf.sources.evolution.windows import InstanceWalk
from wasf.sources.lenient_json import as_object, inner, text
from wasf.sources.pagination import ApiMisanswer
from wasf.sources.whatsapp_web import LinkedDevice, LinkedDevices

EVENTS: Final = (
    "MESSAGES_UPSERT",
    "SEND_MESSAGE",
    "MESSAGES_EDITED",
    "MESSAGES_UPDATE",
    "MESSAGES_DELETE",
    "MESSAGES_SET",
    "CALL",
    "CONNECTION_UPDATE",
)
"""Everything that tells of a message, of a call, or of the connection."""

_AROUND: Final = 1 << 20  # bytes of an answer that are no base64: names, a small picture
_TOO_LARGE: Final = "A message's file is larger than Salesforce takes."
_FACTS: Final = ApiFacts(NAME, TITLE)


class EvolutionApi:
    """See `ChatApi`; each method raises as `evolution_client` says."""

    def __init__(self, connection: ApiConnection) -> None:
        self.client = evolution_client(connection)
        self._only = connection.options.get("instance", "")

    def workspace(self) -> Workspace:
        """Return the server with the instances that the key may see."""
        accounts = tuple(
            WhatsAppAccount(
                one.account.name, one.account.shown, one.title or one.account.name, "", one.status
            )
            for one in instances(self.client, self._only)
        )
        return Workspace(urlsplit(self.client.url).netloc, None, accounts)

    def source(self, recall: Recall, options: ReadOptions) -> LinkedDevices:
        """Return the chats of all instances."""

        def device(instance: Instance) -> LinkedDevice:
            walk = partial(InstanceWalk, self.client, instance, recall, options)
            if not instance.is_linked:
                return LinkedDevice(
                    instance.account, is_connected=True, walk=None, left_out=_is_meta(instance)
                )
            return LinkedDevice(instance.account, instance.status == OPEN, walk)

        return LinkedDevices(
            _FACTS,
            lambda: [device(one) for one in instances(self.client, self._only)],
            (ApiMisanswer, Gone, PermissionMissing),
            recall,
            options.now,
        )

    def read_file(self, place: str, largest: int) -> bytes:
        """Return the file of a message, by its instance and id, as long as WhatsApp has it.

        The server answers with base64 in JSON: four bytes for three, and what stands around it.
        """
        instance, _, uid = place.partition("/")
        body = {"message": {"key": {"id": unquote(uid)}}, "convertToMp4": False}
        try:
            path = f"/chat/getBase64FromMediaMessage/{instance}"
            shown = self.client.post(path, body, max(LARGEST_BODY, largest // 3 * 4 + _AROUND))
            content = b64decode(text(as_object(shown), "base64"), validate=True)
        except TooMuch:
            raise UnreadableFile(_TOO_LARGE) from None
        except (Gone, ValueError):
            content = b""
        if not content:
            raise UnreadableFile(f"{TITLE} no longer has a message's file.")
        if len(content) > largest:
            raise UnreadableFile(_TOO_LARGE)
        return content

    def register(self, url: str, secrets: HookSecrets) -> int:
        """Set the webhook of each instance, unless it is set so already.

        An instance has only one. Raise `PermissionMissing` if it is somebody else's.
        """
        host = urlsplit(self.client.url).hostname or ""
        address = hook_address(url, TITLE, in_network=is_private_name(host))
        endpoint = f"{address}/{NAME}"
        found = [one for one in instances(self.client, self._only) if one.account.name]
        kept = [self._webhook(one) for one in found]
        for instance, (there, _) in zip(found, kept, strict=True):
            if there not in ("", endpoint):
                raise _is_taken(instance, there)
        for instance, (_, headers) in zip(found, kept, strict=True):
            proof = {"Authorization": f"Bearer {secrets.own().reveal()}"}
            value = {
                "enabled": True,
                "url": endpoint,
                "headers": {**headers, **proof},
                "byEvents": False,
                "base64": False,
                "events": list(EVENTS),
            }
            self.client.post(f"/webhook/set/{instance.path}", {"webhook": value})
        return len(EVENTS)

    def _webhook(self, instance: Instance) -> tuple[str, dict[str, object]]:
        """Return the address of the webhook that is switched on, "" if none is, and its headers."""
        try:
            shown = as_object(self.client.get(f"/webhook/find/{instance.path}"))
        except (Gone, ApiMisanswer):  # nothing is set
            return "", {}
        shown = inner(shown, "webhook") or shown
        is_on = shown.get("enabled") is True
        return (text(shown, "url") if is_on else ""), dict(inner(shown, "headers"))


def _is_taken(instance: Instance, there: str) -> PermissionMissing:
    host = host_of(there) or "another address"
    return PermissionMissing(
        f"The instance {instance.account.name} of {TITLE} sends its webhooks to {host}, and has"
        " only one. Nothing was changed.",
        "Remove it in the manager if nobody needs it; or have it pass the bodies on to wasf.",
    )


def _is_meta(instance: Instance) -> WasfError:
    return WasfError(
        f"The instance {instance.account.name} of {TITLE} is Meta's Cloud API, and is not read.",
        "Have Meta send its webhooks to wasf: wasf help listen",
    )
