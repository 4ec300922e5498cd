"""The webhooks of a workspace: an address for a kind of event, made once however often asked."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from urllib.parse import urlsplit

import requests

from wasf.demo.timelines.api import Refused
from wasf.demo.timelines.json import Json, stamp
from wasf.demo.timelines.model import ChatWorkspace, MessageType, WorkspaceChat, WorkspaceMessage

# --- webhooks


EVENTS = frozenset(
    {"message:new", "message:received:new", "message:sent:new", "message:reaction"}
    | {"chat:new", "chat:incoming:new", "chat:outgoing:new"}
    | {"chat:responsible:assigned", "chat:responsible:unassigned"}
    | {"call:incoming:missed", "call:incoming:ended", "call:outgoing:ended"}
    | {f"whatsapp:account:{what}" for what in ("connected", "disconnected", "suspended", "resumed")}
    | {f"waba:message:{what}" for what in ("received", "delivered", "failed", "read")}
)
_LONGEST_URL = 4_096


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of one kind of event; `errors` counts events it did not take."""

    id: int
    event_type: str
    url: str
    enabled: bool = True
    errors: int = 0

    def as_json(self) -> Json:
        """As the API shows it."""
        return {
            "id": self.id,
            "event_type": self.event_type,
            "url": self.url,
            "enabled": self.enabled,
            "errors_counter": self.errors,
        }


class Webhooks:
    """All of them. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[int, Webhook] = {}
        self._last = 0

    def all(self) -> list[Webhook]:
        """In the order in which they were made."""
        with self._lock:
            return list(self._kept.values())

    def create(self, asked: object) -> Webhook:
        """Make one, or switch on the one that is there. Raises `Refused`."""
        shown = asked if isinstance(asked, dict) else {}
        event_type, url = str(shown.get("event_type")), str(shown.get("url"))
        if event_type not in EVENTS or not _is_address(url):
            raise Refused(400, "validation_error", "event_type or url is not valid")
        enabled = shown.get("enabled", True) is True
        with self._lock:
            same = [one for one in self._kept.values() if (one.event_type, one.url) ==
                    (event_type, url)]  # fmt: skip
            if not same:
                self._last += 1
            found = same[0] if same else Webhook(self._last, event_type, url)
            self._kept[found.id] = replace(found, enabled=enabled)
            return self._kept[found.id]

    def change(self, number: int, asked: object) -> Webhook:
        """Change what is given. Raises `Refused`."""
        shown = asked if isinstance(asked, dict) else {}
        given = {name: shown[name] for name in ("event_type", "url", "enabled") if name in shown}
        with self._lock:
            self._kept[number] = replace(self._known(number), **given)
            return self._kept[number]

    def delete(self, number: int) -> None:
        """Take one away. Raises `Refused`."""
        with self._lock:
            self._known(number)
            del self._kept[number]

    def failed(self, number: int) -> None:
        """Count an event that an address did not take."""
        with self._lock:
            if found := self._kept.get(number):
                self._kept[number] = replace(found, errors=found.errors + 1)

    def _known(self, number: int) -> Webhook:
        if number not in self._kept:
            raise Refused(404, "not_found", "Webhook not found")
        return self._kept[number]


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    return is_web and len(url) <= _LONGEST_URL


# --- delivering
# Delivers webhooks as the API does: three tries of five seconds each, and then never again.


TRIES = 3
_SECONDS = 5.0


class Shape(Enum):
    """How a body looks: as it was seen, or as the guide shows it."""

    BARE = "bare"
    IN_DATA = "wrapped into `data`"


class Delivering:
    """Tells the addresses of one workspace what happened."""

    def __init__(self, workspace: ChatWorkspace, webhooks: Webhooks) -> None:
        self._workspace = workspace
        self._webhooks = webhooks

    def deliver(
        self,
        message: WorkspaceMessage,
        shape: Shape = Shape.BARE,
        *,
        times: int = 1,
        pause: float = 0.0,
    ) -> bool:
        """Tell every address that wants to know, `times` over; whether all of them took it.

        `pause` is how many seconds lie between two tries.
        """
        chat = self._workspace.chats[message.chat_id]
        kinds = set(_kinds(chat, message))
        wanting = [one for one in self._webhooks.all() if one.enabled and one.event_type in kinds]
        all_took = True
        for webhook in wanting * times:
            body = _body(webhook.event_type, chat, message, self._workspace, shape)
            if not _took(webhook.url, body, pause):
                self._webhooks.failed(webhook.id)
                all_took = False
        return all_took


def _took(url: str, body: Json, pause: float) -> bool:
    for number in range(TRIES):
        if number:
            time.sleep(pause)
        try:
            answer = requests.post(url, json=body, timeout=_SECONDS, allow_redirects=False)
        except requests.RequestException:
            continue
        if 200 <= answer.status_code < 300:
            return True
    return False


def _kinds(chat: WorkspaceChat, message: WorkspaceMessage) -> Iterator[str]:
    """The kinds of events that a message is."""
    if message.type is MessageType.CALL:
        ended = "ended" if message.from_me or message.status != "Missed" else "missed"
        yield f"call:{'outgoing' if message.from_me else 'incoming'}:{ended}"
    elif message.type is not MessageType.WHATSAPP:
        return
    elif chat.account.waba_id:
        yield "waba:message:delivered" if message.from_me else "waba:message:received"
    else:
        yield from ("message:new", f"message:{'sent' if message.from_me else 'received'}:new")


def _body(
    kind: str,
    chat: WorkspaceChat,
    message: WorkspaceMessage,
    workspace: ChatWorkspace,
    shape: Shape,
) -> Json:
    shown: Json = {"chat": _chat(chat)}
    account = {"full_name": chat.account.owner_name, "email": chat.account.owner_email}
    if chat.account.waba_id:
        shown["account"] = {"id": chat.account.waba_id, "phone": chat.account.phone}
        shown["chat"] = {"id": chat.id, "waba_account_id": chat.account.waba_id, "closed": False}
    else:
        shown["whatsapp_account"] = account | {"phone": chat.account.phone}
    name = "call_details" if message.type is MessageType.CALL else "message"
    shown[name] = _message(message, workspace)
    if shape is Shape.IN_DATA:
        return {"event_type": kind, "data": shown}
    return {"event_type": kind, **shown}


def _chat(chat: WorkspaceChat) -> Json:
    return {
        "full_name": chat.name,
        "chat_url": f"https://app.timelines.ai/chat/{chat.id}/messages/",
        "chat_id": chat.id,
        "is_group": chat.is_group,
        "phone": chat.phone,
        "responsible_name": chat.responsible_name,
        "responsible_email": chat.responsible_email,
    }


def _message(message: WorkspaceMessage, workspace: ChatWorkspace) -> Json:
    sender = {"full_name": message.sender_name, "phone": message.sender_phone}
    shown: Json = {
        "direction": "sent" if message.from_me else "received",
        "timestamp": stamp(message.at, workspace.zone),
        "message_uid": message.uid,
    }
    if message.type is MessageType.CALL:
        is_ours = {"direction": "outgoing" if message.from_me else "incoming", "duration": None}
        return shown | is_ours | {"status": message.status, "caller": sender}
    files = [{"filename": message.attached.filename}] if message.attached else []
    return shown | {
        "text": message.text,
        "origin": "WhatsApp",
        "received_timestamp": stamp(message.received_at, workspace.zone),
        "sender": sender,
        "attachments": files,
    }


# --- faults
# What the API can be told to do wrong, and when.


class FaultKind(Enum):
    """How an answer goes wrong."""

    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    MAINTENANCE = "503"
    TOO_MANY = "429"
    THROTTLED = "403 without a word, as too many requests on one connection meet it"
    UNAUTHORISED = "401"
    QUOTA_SPENT = "the month's calls are used up"
    NOT_JSON = "a page instead of data"
    CUT = "an answer that breaks off"
    SLAM = "a connection that is reset"


@dataclass(frozen=True, slots=True)
class Fault:
    """The requests `first` to `last`, counted from 1 since the start, go wrong.

    `retry_after` seconds are said with it; None says nothing.
    """

    kind: FaultKind
    first: int
    last: int
    retry_after: int | None = None
