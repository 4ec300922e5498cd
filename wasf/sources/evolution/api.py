"""An Evolution API server that wasf is connected to, as a `ChatApi`, and its chats as a `Source`.

Each instance is read by itself: one that refuses is told, and the others are read. A key that is
not accepted and a server that does not answer end the reading; what was read before stays.

All messages of an instance are one table, which is asked for by time, the oldest windows first. So
what was read of a long history counts, wherever a run ends. Each run begins a day before the end of
the last one, and three days once a day, as messages arrive late; an edited message stands at the
time of its edit. WhatsApp's own ids keep messages from counting twice.

A message that cannot be read is named, and the rest goes on (W6): the next runs begin before it,
until it can be read.
"""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import unquote, urlsplit

from wasf.core.chats import ChatItem, SourceChat
from wasf.core.source_state import ApiFacts
from wasf.errors import PermissionMissing, UnreadableFile, WasfError
from wasf.http import LARGEST_BODY
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
from wasf.sources.addresses import hook_address, host_of
from wasf.sources.api_client import ApiClient, Gone, TooMuch
from wasf.sources.api_errors import UnexpectedResponse, read_or_named, some_of, unexpected_response
from wasf.sources.evolution.client import (
    NAME,
    OPEN,
    TITLE,
    EvolutionMessage,
    Instance,
    TableWindow,
    WindowRead,
    chat_of,
    evolution_client,
    group_subject,
    instances,
    item_of,
    message,
    windows,
)
from wasf.sources.lenient_json import as_object, inner, text
from wasf.sources.pagination import Cursor, ReadProgress
from wasf.sources.whatsapp_web import LinkedDevice, LinkedDevices, WebAccount, WebChats, is_group

# --- One instance --------------------------------------------------------------------------------

_AHEAD: Final = timedelta(days=1)  # clocks of phones and servers
_EPOCH: Final = datetime(1970, 1, 2, tzinfo=UTC)
_MOST_AT_ONCE: Final = 5_000  # messages that are kept together with how far they were read

_Reading = ChatReading | Unreadable | Reached


class InstanceWalk:
    """The messages of one instance in one run. `looks_back`: also those of the last days again."""

    def __init__(
        self,
        client: ApiClient,
        instance: Instance,
        recall: Recall,
        options: ReadOptions,
        *,
        looks_back: bool,
    ) -> None:
        self._client = client
        self._instance = instance
        self._options = options
        known = WebAccount.recalled(NAME, instance.account.name, recall)
        account = instance.account.completed(known)
        self._chats = WebChats(NAME, TITLE, account, recall)
        self._name = f"{NAME} read {account.id}"
        self._progress = ReadProgress(Cursor.recalled(recall, self._name), options, looks_back)
        before = self._progress.before
        self._cursor = self._progress.reached(before.at if before else None)
        self._is_held = False
        self._has_messages = False

    def read(self) -> Iterator[_Reading]:
        """Yield what is new of each chat, and how far the table was read."""
        yield Reached(self._chats.account.facts(NAME))
        now = self._options.now.replace(microsecond=0)
        gathered: list[WindowRead] = []
        for one in windows(self._client, self._instance, TableWindow(self._first(), now + _AHEAD)):
            gathered.append(one)
            if sum(len(read.rows) for read in gathered) >= _MOST_AT_ONCE:
                yield from self._gathered(gathered)
                gathered = []
        yield from self._gathered(gathered)
        if not (self._has_messages or self._progress.before):
            yield Unreadable(TITLE, _stores_nothing(self._instance), is_failure=False)

    def _first(self) -> datetime:
        """Return when the first window begins."""
        before, begin = self._progress.before, self._progress.begin or _EPOCH
        if before is None or before.at is None or self._progress.goes_back(before):
            return begin
        return max(begin, before.at - self._progress.overlap)

    def _gathered(self, found: Sequence[WindowRead]) -> Iterator[_Reading]:
        """Yield the chats of some windows, and how far they reach."""
        read = [read_or_named(message, row) for window in found for row in window.rows]
        good = [one for one in read if not isinstance(one, str)]
        wrong = [one for one in read if isinstance(one, str)]
        wrong += [_NOT_WHOLE for window in found if not window.is_whole]
        self._has_messages |= bool(read)
        for chat, messages in self._by_chat(good, wrong):
            is_wanted = self._options.with_groups or not chat.is_group
            items = self._items(chat, messages, wrong) if is_wanted else []
            facts = self._chats.new_facts()
            yield ChatReading(chat, iter(items), facts=facts, hold=self._hold)
        if wrong:
            self._is_held = True
            yield Unreadable(
                TITLE,
                unexpected_response(TITLE, f"{self._instance.account.name}: {some_of(wrong)}"),
            )
        if found and not self._is_held:
            newest = max((one.at for one in good), default=None)
            yield from self._reached(newest)

    def _hold(self) -> None:
        """Have the next run begin where this one did."""
        self._is_held = True

    def _items(
        self, chat: SourceChat, messages: Sequence[EvolutionMessage], wrong: list[str]
    ) -> list[ChatItem]:
        """Return the items of a chat; name among the `wrong` what cannot be read."""
        found = [read_or_named(partial(item_of, self._chats, chat), one) for one in messages]
        wrong += [one for one in found if isinstance(one, str)]
        return [one for one in found if not isinstance(one, str)]

    def _reached(self, newest: datetime | None) -> Iterator[Reached]:
        """Keep how far the table was read, unless a `--since` has left a gap before it."""
        since, at = self._options.since, self._cursor.at
        if since is not None and at is not None and since > at:
            return
        if newest is not None:
            self._cursor = self._cursor._replace(at=max(at or newest, newest))
        yield Reached({self._name: self._cursor.as_text()})

    def _by_chat(
        self, good: Sequence[EvolutionMessage], wrong: list[str]
    ) -> Iterator[tuple[SourceChat, list[EvolutionMessage]]]:
        """Yield each chat with its messages, the oldest first; each message once.

        Chats are told apart when all ids are known: one message may name a number that the others
        hide.
        """
        first: dict[str, EvolutionMessage] = {}
        for one in sorted(good, key=lambda one: one.at):
            first.setdefault(f"{one.key.uid} {sorted(one.states & _CHANGES)}", one)
        for one in first.values():
            if is_group(one.key.jid):
                self._learn_subject(one.key.jid)
            read_or_named(partial(chat_of, self._chats), one)
        chats: dict[str, SourceChat] = {}
        messages: dict[str, list[EvolutionMessage]] = {}
        for one in first.values():
            chat = read_or_named(partial(chat_of, self._chats), one)
            if isinstance(chat, str):
                wrong.append(chat)
            elif chat is not None:
                chats[chat.native_id] = chat
                messages.setdefault(chat.native_id, []).append(one)
        for native_id, chat in chats.items():
            yield chat, messages[native_id]

    def _learn_subject(self, jid: str) -> None:
        """Ask for the subject of a group that is read, once."""
        if self._options.with_groups and self._chats.group(jid).title == jid:
            self._chats.group(jid, group_subject(self._client, self._instance, jid))


_CHANGES: Final = frozenset({"EDITED", "DELETED"})
_NOT_WHOLE: Final = "not all messages of a second are shown"


def _stores_nothing(instance: Instance) -> WasfError:
    return WasfError(
        f"{TITLE} has no messages of {instance.account.name}.",
        "It may not store them: see DATABASE_SAVE_DATA_NEW_MESSAGE in the server's settings.",
    )


# --- The server ----------------------------------------------------------------------------------

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
            (UnexpectedResponse, Gone, PermissionMissing),
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
        endpoint = f"{hook_address(url, TITLE, server=self.client.url)}/{NAME}"
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
        except (Gone, UnexpectedResponse):  # nothing is set
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
