"""Evolution API's answers: what they mean, its instances, and the messages of a window of time.

Messages come newest first, and those of one second may change places between pages. So a window is
read whole when its pages show as many messages as it has; one with too many is halved.

The id of a message that counts is WhatsApp's own (`key.id`), the same everywhere. Its chat is all
ids of its person that the key has: by version the number, the hidden id, or both, in some fields.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import quote

from wasf.core.chats import ChatItem, SourceChat, SystemLine
from wasf.errors import NotConnected, PermissionMissing, WasfError
from wasf.http import HeaderAuth
from wasf.interfaces import ApiConnection, Json
from wasf.sources.addresses import server_address
from wasf.sources.api_client import ApiAnswer, ApiClient, Gone, Refusal, unusable
from wasf.sources.api_errors import UnexpectedResponse, repeats_itself, unexpected_response
from wasf.sources.lenient_json import Object, as_object, inner, objects, one_line, text
from wasf.sources.whatsapp_bodies import (
    MessageContent,
    Protocol,
    WebEnvelope,
    content_of,
    deletion_of,
    edit_of,
    message_of,
    protocol_of,
)
from wasf.sources.whatsapp_web import WebAccount, WebChats, is_group, person_of, web_time

# --- A message -----------------------------------------------------------------------------------

NAME: Final = "evolution"
"""The provider, the kind of its source, and what an attachment names as its archive."""

TITLE: Final = "Evolution API"
_OWN_NAMES: Final = frozenset({"você", "you", "voce"})


class EvolutionKey(NamedTuple):
    """A message's key: its id, side, and the ids of its chat and of its sender in a group."""

    uid: str
    from_me: bool
    jid: str
    jids: tuple[str, ...]
    senders: tuple[str, ...]


class EvolutionMessage(NamedTuple):
    """A message. `states` are what became of it since, in the server's words.

    `content` is None if it holds nothing for people. `protocol` is what it does to an earlier one.
    """

    key: EvolutionKey
    at: datetime
    push_name: str
    content: MessageContent | None
    protocol: Protocol | None
    states: frozenset[str]

    def envelope(self, instance: str, author: str) -> WebEnvelope:
        """Return what stands around its content."""
        uid, from_me = self.key.uid, self.key.from_me
        place = f"{quote(instance, safe='')}/{quote(uid, safe='')}"
        has_failed = "ERROR" in self.states
        return WebEnvelope(uid, self.at, from_me, author, NAME, place, has_failed)


def message(shown: Object) -> EvolutionMessage | str:
    """Return a message, or why it cannot be taken."""
    key, at = key_of(inner(shown, "key")), web_time(shown, "messageTimestamp")
    if not key.uid:
        return "a message without an id"
    if not key.jid:
        return "a message without a chat"
    if at is None:
        return "a message without a usable time"
    body = inner(shown, "message")
    name = text(shown, "pushName")
    return EvolutionMessage(
        key=key,
        at=at,
        push_name="" if key.from_me or name.lower() in _OWN_NAMES else name,
        content=content_of(body, inner(shown, "contextInfo")),
        protocol=protocol_of(inner(body, "protocolMessage")),
        states=frozenset(
            [text(one, "status") for one in objects(shown, "MessageUpdate")]
            + [text(shown, "status")]
        ),
    )


def key_of(key: Object) -> EvolutionKey:
    """Return a key; what is missing is empty."""
    jid = text(key, "remoteJid")
    others = (text(key, name) for name in ("remoteJidAlt", "senderPn", "senderLid"))
    members = ("participantAlt", "participantPn", "participant", "participantLid")
    senders = tuple(filter(None, (text(key, name) for name in members)))
    jids = (jid,) if is_group(jid) else tuple(filter(None, (jid, *others)))
    return EvolutionKey(text(key, "id"), key.get("fromMe") is True, jid, jids, senders)


def chat_of(chats: WebChats, one: EvolutionMessage) -> SourceChat | None:
    """Return the chat of a message, None if it is none with people."""
    if is_group(one.key.jid):
        if not one.key.from_me:
            chats.member(one.key.jid, one.key.senders, one.push_name)
        return chats.group(one.key.jid)
    return chats.direct(one.key.jids, one.push_name)


def item_of(chats: WebChats, chat: SourceChat, one: EvolutionMessage) -> ChatItem:
    """Return what a message is in its chat."""
    author = chats.account.shown if one.key.from_me else one.push_name or chat.name or chat.title
    if chat.is_group and not one.key.from_me:
        author = chats.member(one.key.jid, one.key.senders, one.push_name)
    envelope = one.envelope(chats.account.name, author)
    if one.protocol is not None:
        earlier = envelope._replace(uid=one.protocol.uid)
        changed = one.protocol.content
        return edit_of(earlier, changed) if changed else deletion_of(earlier)
    if "DELETED" in one.states:  # its text stays in the table
        return deletion_of(envelope, is_beside=False)
    if one.content is None:
        return SystemLine()
    if "EDITED" in one.states:  # the table has the time of the edit
        return edit_of(envelope, one.content)
    return message_of(envelope, one.content)


# --- Requests ------------------------------------------------------------------------------------

OPEN: Final = "open"
_BAILEYS: Final = frozenset({"", "WHATSAPP-BAILEYS"})
_ON_A_PAGE: Final = 200
_MOST_PAGES: Final = 5  # of a window; what has more is halved
_MOST_PAGES_OF_A_SECOND: Final = 100
_MOST_WINDOWS: Final = 20_000
_MOST_TRIES: Final = 3
_SECOND: Final = timedelta(seconds=1)
_LONGEST_WORDS: Final = 200


def evolution_client(connection: ApiConnection) -> ApiClient:
    """Return the client of a server. Its methods return the body of an answer.

    They raise `NotConnected` for a key that is not accepted, `PermissionMissing`, `Gone`, and
    `Unreachable` if trying again did not help.
    """
    url = server_address(connection.url, TITLE, "/manager")
    auth = HeaderAuth("apikey", connection.token.reveal)
    return ApiClient(TITLE, url, auth, connection.limiter, _body)


def _body(answer: ApiAnswer) -> Json:
    is_json = answer.headers.get("Content-Type", "").startswith("application/json")
    if answer.status in (200, 201) and (is_json or answer.body is not None):
        return answer.body  # null where nothing is set
    raise refusal(answer)


def refusal(answer: ApiAnswer) -> Refusal:
    """Return what an answer means that is no success."""
    shown = as_object(answer.body)
    match answer.status:
        case 401:
            told = f"{TITLE} does not accept the key, or it is of another instance."
            error: WasfError = NotConnected(told, f"wasf connect {NAME}")
        case 403 if answer.body is not None:
            error = PermissionMissing(f"{TITLE} refuses to answer.", "Its key may not do that.")
        case 503 if text(shown, "code") == "LICENSE_REQUIRED":
            place = one_line(text(shown, "register_url"))[:_LONGEST_WORDS]
            told = f"The server of {TITLE} is not activated. Its key is not at fault."
            error = PermissionMissing(told, f"Activate it: {place}" if place else "Activate it.")
        case 400 | 404:
            told = f"{TITLE} does not know what was asked for (HTTP {answer.status})."
            error = Gone(told)
        case _:
            return unusable(TITLE, answer)
    return Refusal(error, may_pass=False)


# --- Instances ---------------------------------------------------------------------------------


class Instance(NamedTuple):
    """An instance: our number there, whatever of it is known, and its state in the API's word.

    `is_linked` is false for one that is Meta's Cloud API behind this server.
    """

    account: WebAccount
    status: str
    title: str
    is_linked: bool

    @property
    def path(self) -> str:
        """Its name in paths."""
        return quote(self.account.name, safe="")


def instances(client: ApiClient, only: str = "") -> list[Instance]:
    """Return the instances that the key may see; `only` that one, if a name is given."""
    shown = client.get("/instance/fetchInstances")
    if not isinstance(shown, list):
        raise unexpected_response(TITLE, "instances")
    found = [_instance(as_object(one)) for one in shown]
    chosen = [one for one in found if only in ("", one.account.name)]
    if only and not chosen:
        raise Gone(f"{TITLE} has no instance {only}, or its key may not see it.")
    return chosen


def _instance(shown: Object) -> Instance:
    """Return an instance. Its row has secrets, which are left where they are."""
    number = person_of(text(shown, "ownerJid"))
    return Instance(
        WebAccount(text(shown, "name"), number),
        text(shown, "connectionStatus"),
        text(shown, "profileName"),
        text(shown, "integration") in _BAILEYS,
    )


def group_subject(client: ApiClient, instance: Instance, jid: str) -> str:
    """Return the subject of a group, "" if the server does not know it."""
    try:
        shown = client.get(f"/group/findGroupInfos/{instance.path}", groupJid=jid)
    except (Gone, UnexpectedResponse):
        return ""
    return text(as_object(shown), "subject")


# --- Windows -------------------------------------------------------------------------------------


class TableWindow(NamedTuple):
    """A closed time: both whole seconds (UTC) belong to it."""

    first: datetime
    last: datetime

    def halves(self) -> "tuple[TableWindow, TableWindow] | None":
        """Return the older and the newer half; None for a single second."""
        seconds = (self.last - self.first) // _SECOND
        if not seconds:
            return None
        middle = self.first + seconds // 2 * _SECOND
        return TableWindow(self.first, middle), TableWindow(middle + _SECOND, self.last)


class WindowRead(NamedTuple):
    """A window that was read, oldest first. `is_whole` is false if some of it may be missing."""

    window: TableWindow
    rows: list[Object]
    is_whole: bool = True


def windows(client: ApiClient, instance: Instance, window: TableWindow) -> Iterator[WindowRead]:
    """Yield a time in windows that could be read, the oldest first."""
    waiting, asked = [window], 0
    while waiting:
        asked += 1
        if asked > _MOST_WINDOWS:
            raise repeats_itself(TITLE)
        one = waiting.pop()
        halves = one.halves()
        is_half = one is not window
        found = _whole_window(client, instance, one, may_halve=halves is not None, is_half=is_half)
        if found is not None:
            yield found
        elif halves is not None:
            waiting += [halves[1], halves[0]]


def _whole_window(
    client: ApiClient, instance: Instance, window: TableWindow, *, may_halve: bool, is_half: bool
) -> WindowRead | None:
    """Return a window; None if it may be halved, and has too many messages or does not show all.

    A half that is empty is asked for twice.
    """
    rows: dict[str, Object] = {}
    total = 0
    for attempt in range(_MOST_TRIES):
        number, pages = 0, 1
        while number < min(pages, _MOST_PAGES_OF_A_SECOND):
            number += 1
            page = _page(client, instance, window, number)
            total, pages = page.total, -(-page.total // _ON_A_PAGE)
            if may_halve and pages > _MOST_PAGES:
                return None
            rows |= {_row_id(one, f"{number} {at}"): one for at, one in enumerate(page.records)}
        is_sure = total or attempt or not is_half  # a server that starts shows nothing
        if len(rows) >= total and is_sure:
            return WindowRead(window, list(rows.values())[::-1])
    return None if may_halve else WindowRead(window, list(rows.values())[::-1], is_whole=False)


def _row_id(row: Object, place: str) -> str:
    return text(row, "id") or text(inner(row, "key"), "id") or place


class _Page(NamedTuple):
    total: int
    records: list[Object]


def _page(client: ApiClient, instance: Instance, window: TableWindow, number: int) -> _Page:
    """Return how many messages a window has, and one of its pages."""
    asked = {"gte": _written(window.first), "lte": _written(window.last)}
    body = {"where": {"messageTimestamp": asked}, "page": number, "offset": _ON_A_PAGE}
    shown = as_object(client.post(f"/chat/findMessages/{instance.path}", body))
    messages = inner(shown, "messages")
    total, records = messages.get("total"), list(objects(messages, "records"))
    if not isinstance(total, int) or not isinstance(messages.get("records"), list):
        raise unexpected_response(TITLE, "messages")
    times = [at for one in records if (at := web_time(one, "messageTimestamp"))]
    if any(not window.first <= at < window.last + _SECOND for at in times):
        raise unexpected_response(TITLE, "messages of another time than was asked for")
    return _Page(total, records)


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
