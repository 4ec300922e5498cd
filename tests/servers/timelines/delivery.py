"""Delivers webhooks as the API does: three tries of five seconds each, and then never again."""

import time
from collections.abc import Iterator
from enum import Enum

import requests

from tests.servers.timelines.webhooks import Webhooks
from wasf.demo.timelines.model import (
    ChatWorkspace,
    Json,
    MessageType,
    WorkspaceChat,
    WorkspaceMessage,
    stamp,
)

TRIES = 3
_SECONDS = 5.0


class Shape(Enum):
    """The form of a body: as it was observed, or as the guide of the API shows it."""

    BARE = "bare"
    IN_DATA = "wrapped into `data`"


class Delivery:
    """Sends the events of one workspace to its webhooks."""

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
        """Send a message `times` times to every address that wants it; return whether all took it.

        Each gets three tries, with a `pause` in seconds between them.
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
    """Yield the types of event that a message is."""
    if message.type is MessageType.CALL:
        ended = "ended" if message.from_me or message.status != "Missed" else "missed"
        yield f"call:{'outgoing' if message.from_me else 'incoming'}:{ended}"
    elif message.type is not MessageType.WHATSAPP:
        return
    elif chat.number.waba_id:
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
    owner = {"full_name": chat.number.owner_name, "email": chat.number.owner_email}
    if chat.number.waba_id:
        shown["account"] = {"id": chat.number.waba_id, "phone": chat.number.phone}
        shown["chat"] = {"id": chat.id, "waba_account_id": chat.number.waba_id, "closed": False}
    else:
        shown["whatsapp_account"] = owner | {"phone": chat.number.phone}
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
