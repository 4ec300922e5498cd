"""An Evolution API server that wasf is connected to, as a `ChatApi`, and its chats as a `Source`.

Each instance is read by itself: one that refuses is told, and the others are read. A key that is
not accepted and a server that does not answer end the reading; what was read before stays.
"""

from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote, urlsplit

from wasf.core.source_state import ApiFacts, numbers_text
from wasf.errors import PermissionMissing, Stopped, UnreadableFile, WasfError
from wasf.interfaces import (
    ApiConnection,
    ChatReading,
    HookSecrets,
    Reached,
    ReadOptions,
    Recall,
    Unreadable,
    WhatsAppAccount,
    Workspace,
)
from wasf.sources.addresses import hook_address, is_private_name
from wasf.sources.api_client import ApiClient, Gone
from wasf.sources.evolution.client import OPEN, Instance, evolution_client, instances
from wasf.sources.evolution.rows import NAME, TITLE
from wasf.sources.evolution.windows import InstanceWalk
from wasf.sources.lenient_json import as_object, inner, text
from wasf.sources.pagination import ApiMisanswer
from wasf.sources.whatsapp_web import WebAccount

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

_FACTS: Final = ApiFacts(NAME, TITLE)
_LOOKED_BACK: Final = f"{NAME} looked back"
_DAY: Final = timedelta(days=1)


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

    def source(self, recall: Recall, options: ReadOptions) -> "EvolutionSource":
        """Return the chats of all instances."""
        return EvolutionSource(self.client, self._only, recall, options)

    def read_file(self, place: str, largest: int) -> bytes:
        """Return the file of a message, by its instance and id, as long as WhatsApp has it."""
        instance, _, uid = place.partition("/")
        body = {"message": {"key": {"id": unquote(uid)}}, "convertToMp4": False}
        try:
            shown = self.client.post(f"/chat/getBase64FromMediaMessage/{instance}", body)
            content = b64decode(text(as_object(shown), "base64"), validate=True)
        except (Gone, ValueError):
            content = b""
        if not content:
            raise UnreadableFile(f"{TITLE} no longer has a message's file.")
        if len(content) > largest:
            raise UnreadableFile("A message's file is larger than Salesforce takes.")
        return content

    def register(self, url: str, secrets: HookSecrets) -> int:
        """Set the webhook of each instance, unless it is set so already.

        An instance has only one. Raise `PermissionMissing` if it is somebody else's.
        """
        host = urlsplit(self.client.url).hostname or ""
        address = hook_address(url, TITLE, in_network=is_private_name(host))
        endpoint = f"{address}/{NAME}"
        found = instances(self.client, self._only)
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
    host = urlsplit(there).hostname or "another address"
    return PermissionMissing(
        f"The instance {instance.account.name} of {TITLE} sends its webhooks to {host}, and has"
        " only one. Nothing was changed.",
        "Remove it in the manager if nobody needs it; or have it pass the bodies on to wasf.",
    )


class EvolutionSource:
    """See `Source`."""

    kind = NAME

    def __init__(self, client: ApiClient, only: str, recall: Recall, options: ReadOptions) -> None:
        self._client = client
        self._only = only
        self._recall = recall
        self._options = options

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield what is new of every chat of each instance."""
        try:
            yield from self._instances()
        except Stopped:
            raise
        except WasfError as error:
            yield Unreadable(TITLE, error)

    def _instances(self) -> Iterator[ChatReading | Unreadable | Reached]:
        found = instances(self._client, self._only)
        lost = {self._shown(one) for one in found if one.is_linked and one.status != OPEN}
        yield Reached({_FACTS.disconnected(""): numbers_text(lost)})
        kept = self._recall(_LOOKED_BACK)
        is_due = not kept or self._options.now - datetime.fromisoformat(kept) >= _DAY
        for instance in found:
            if instance.is_linked:
                looks_back = bool(kept) and is_due  # the first run reads everything anyway
                yield from self._instance(instance, looks_back=looks_back)
            else:
                yield Unreadable(TITLE, _is_meta(instance), is_failure=False)
        if is_due:
            yield Reached({_LOOKED_BACK: self._options.now.isoformat()})

    def _instance(
        self, instance: Instance, *, looks_back: bool
    ) -> Iterator[ChatReading | Unreadable | Reached]:
        walk = InstanceWalk(
            self._client, instance, self._recall, self._options, looks_back=looks_back
        )
        try:
            yield from walk.read()
        except (ApiMisanswer, Gone, PermissionMissing) as error:
            yield Unreadable(TITLE, error)

    def _shown(self, instance: Instance) -> str:
        known = WebAccount.recalled(NAME, instance.account.name, self._recall)
        return instance.account.completed(known).shown


def _is_meta(instance: Instance) -> WasfError:
    return WasfError(
        f"The instance {instance.account.name} of {TITLE} is Meta's Cloud API, and is not read.",
        "Have Meta send its webhooks to wasf: wasf help listen",
    )
