"""Evolution API's webhooks: messages, edits, deletions, calls, failures, states of connections.

A message has the same id here as in the table, so that what both bring counts once. An edit or a
deletion may name the message by its id alone, or from the sender's point of view, and may have no
time: chat, side and time are those of the message, of which the last two thousand are kept. One of
a message that is not among them is kept as not understood; polling reads it from the table.
"""

import json
from binascii import crc32
from datetime import UTC, datetime
from typing import Final, NamedTuple

from wasf.core.chats import Message, SourceChat
from wasf.core.source_state import SourceReport
from wasf.interfaces import Json, Recall, WebhookContent
from wasf.sources.customers import Customers
from wasf.sources.evolution.client import (
    NAME,
    OPEN,
    TITLE,
    EvolutionKey,
    EvolutionMessage,
    chat_of,
    item_of,
    key_of,
    message,
)
from wasf.sources.lenient_json import Object, as_object, inner, one_line, text, written_time
from wasf.sources.whatsapp_bodies import Protocol, WebEnvelope, content_of, protocol_of
from wasf.sources.whatsapp_web import (
    HookFindings,
    WebAccount,
    WebChats,
    is_group,
    person_of,
    web_time,
)

_BUCKETS, _IN_A_BUCKET = 64, 32
_CUID: Final = 25
_NOBODYS: Final = "a change of a message that is not known"
_ANOTHER_PRODUCT: Final = "Evolution Go, which is another product"
_WITHOUT_MESSAGE: Final = (
    "contacts.", "chats.", "groups.", "group.", "labels.", "presence.", "qrcode.", "application.",
    "logout.", "remove.", "instance.", "messaging.history.", "typebot.", "error",
)  # fmt: skip


def read_evolution(body: Json, recall: Recall) -> WebhookContent:
    """Return what a body brings; `recall` gives what the ledger keeps of accounts and people."""
    event = as_object(body)
    said, name = text(event, "event"), text(event, "instance")
    known = WebAccount.recalled(NAME, name, recall)
    account = WebAccount(name, person_of(text(event, "sender"))).completed(known)
    found = HookFindings(WebChats(NAME, TITLE, account, recall))
    kind = said.replace("_", ".").replace("-", ".").lower()
    reader = _READERS.get(kind)
    if said[:1].isupper() and not said.isupper():
        found.unknown.append(_ANOTHER_PRODUCT)
    elif reader is not None:
        data = event.get("data")
        for one in data if isinstance(data, list) else [data]:
            reader(found, as_object(one))
    elif not kind.startswith(_WITHOUT_MESSAGE):
        found.unknown.append(kind or "no event")
    return found.content(account.facts(NAME) if account != known else {})


# --- Messages that are remembered --------------------------------------------------------------


class RecentMessage(NamedTuple):
    """What is kept of a message: its chat's id, its side, its time in seconds since 1970."""

    jid: str
    from_me: bool
    at: int


class RecentMessages:
    """The last messages that webhooks brought, by their ids."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers

    def add(self, one: EvolutionMessage) -> None:
        """Remember a message; the oldest of its bucket is forgotten."""
        kept = self._bucket(one.key.uid)
        kept.pop(one.key.uid, None)
        kept[one.key.uid] = [one.key.jid, one.key.from_me, int(one.at.timestamp())]
        last = dict(list(kept.items())[-_IN_A_BUCKET:])
        self._customers.keep(self._name(one.key.uid), json.dumps(last))

    def get(self, uid: str) -> RecentMessage | None:
        """Return a message, None if it is not among the last ones."""
        found = self._bucket(uid).get(uid)
        return RecentMessage(*found) if found else None  # type: ignore[arg-type]  # as it was kept

    def _bucket(self, uid: str) -> dict[str, list[object]]:
        kept = self._customers.fact(self._name(uid))
        return dict(json.loads(kept)) if kept else {}

    @staticmethod
    def _name(uid: str) -> str:
        return f"recent {crc32(uid.encode('utf-8', 'surrogatepass')) % _BUCKETS}"


def _message(found: HookFindings, data: Object) -> None:
    one = message(data)
    if isinstance(one, str):
        found.unknown.append(one)
        return
    chat = chat_of(found.chats, one)
    if chat is None:
        return
    RecentMessages(found.chats.customers).add(one)
    _add(found, chat, one)


def _add(found: HookFindings, chat: SourceChat, one: EvolutionMessage) -> None:
    item = item_of(found.chats, chat, one)
    if isinstance(item, Message):
        found.add(chat, item)


# --- Changes of messages -----------------------------------------------------------------------


def _changed(found: HookFindings, data: Object) -> None:
    """Read a bare protocol message: an edit, a deletion, or something for programs."""
    change = protocol_of(data)
    if change is not None:
        _change(found, key_of(inner(data, "key")), change, web_time(data, "timestampMs"))


def _updated(found: HookFindings, data: Object) -> None:
    """Read the state of a message: it failed, was deleted, or was edited."""
    key = _key_in(data)
    status = text(data, "status")
    if status == "ERROR" and key.from_me:
        found.failed[key.uid] = "failed"
    elif status == "DELETED":
        _change(found, key, Protocol(key.uid, None), None)
    elif body := inner(data, "message"):
        edited = inner(inner(body, "editedMessage"), "message") or body
        protocol = protocol_of(inner(edited, "protocolMessage"))
        content = protocol.content if protocol else content_of(edited)
        if content is not None:
            at = web_time(data, "messageTimestamp")
            _change(found, key, Protocol(key.uid, content), at)


def _deleted(found: HookFindings, data: Object) -> None:
    key = _key_in(data)
    _change(found, key, Protocol(key.uid, None), None)


def _key_in(data: Object) -> EvolutionKey:
    """Return the key of a message that an event is about, wherever it stands."""
    inside = key_of(inner(data, "key"))
    if inside.uid:
        return inside
    uid, own = text(data, "keyId"), text(data, "id")
    is_of_database = len(own) == _CUID and own.startswith("c") and own.islower()
    return key_of({**data, "id": uid or ("" if is_of_database else own)})


def _change(found: HookFindings, key: EvolutionKey, change: Protocol, at: datetime | None) -> None:
    """Add an edit or a deletion, with chat, side and time of the message that it changes."""
    known = RecentMessages(found.chats.customers).get(change.uid)
    ours = found.chats.account.number
    if known is not None:
        at = at or datetime.fromtimestamp(known.at, UTC)
        key = EvolutionKey(change.uid, known.from_me, known.jid, (known.jid,), key.senders)
    elif person_of(key.jid) == ours or not (person_of(key.jid) or is_group(key.jid)):
        key = key._replace(uid="")
    if not key.uid or at is None:
        found.unknown.append(_NOBODYS)
        return
    one = EvolutionMessage(key, at, "", None, change, frozenset())
    chat = chat_of(found.chats, one)
    if chat is not None:
        _add(found, chat, one)


# --- Calls and connections ---------------------------------------------------------------------

_ENDS: Final = {"accept": "answered", "reject": "declined", "timeout": "missed"} | {
    "terminate": "missed"
}


def _call(found: HookFindings, data: Object) -> None:
    """Read the state of an incoming call of a person; a group's has no chat here."""
    uid, at = text(data, "id"), written_time(text(data, "date")) or web_time(data, "date")
    jids = [text(data, name) for name in ("callerPn", "chatId", "from")]
    if data.get("isGroup") is True or any(map(is_group, jids)):
        return
    chat = found.chats.direct(jids)
    if chat is None or at is None or not uid:
        found.unknown.append("a call without a chat or a time")
        return
    author = chat.name or chat.title
    envelope = WebEnvelope(uid, at, from_me=False, author=author, provider=NAME)
    status, is_video = text(data, "status"), data.get("isVideo") is True
    if status in _ENDS:
        found.end(chat, envelope, _ENDS[status], is_video=is_video)
    else:
        found.ring(chat, envelope, is_video=is_video)


def _connection(found: HookFindings, data: Object) -> None:
    """Report a connection that is closed; an open one ends the report."""
    state = one_line(text(data, "state"))
    if state in (OPEN, "close"):
        said = "" if state == OPEN else "WhatsApp is disconnected"
        subject = found.chats.account.shown
        found.reports.append(SourceReport(TITLE, subject, "connection", said))


_READERS: Final = {
    "messages.upsert": _message,
    "send.message": _message,
    "messages.set": _message,
    "messages.edited": _changed,
    "send.message.update": _changed,
    "messages.update": _updated,
    "messages.delete": _deleted,
    "call": _call,
    "connection.update": _connection,
}
"""Event -> reads one entry of its data."""
