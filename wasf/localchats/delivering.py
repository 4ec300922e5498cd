"""Delivers webhooks as the API does: three tries of five seconds each, and then never again."""

import time
from collections.abc import Iterator
from enum import Enum

import requests

from wasf.localchats.model import Chat, Message, MessageType, Workspace
from wasf.localchats.shapes import Json, stamp
from wasf.localchats.webhooks import Webhooks

TRIES = 3
_SECONDS = 5.0


class Shape(Enum):
    """How a body looks: as it was seen, or as the guide shows it."""

    BARE = "bare"
    IN_DATA = "wrapped into `data`"


class Delivering:
    """Tells the addresses of one workspace what happened."""

    def __init__(self, workspace: Workspace, webhooks: Webhooks) -> None:
        self._workspace = workspace
        self._webhooks = webhooks

    def deliver(
        self,
        message: Message,
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


def _kinds(chat: Chat, message: Message) -> Iterator[str]:
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


def _body(kind: str, chat: Chat, message: Message, workspace: Workspace, shape: Shape) -> Json:
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


def _chat(chat: Chat) -> Json:
    return {
        "full_name": chat.name,
        "chat_url": f"https://app.timelines.ai/chat/{chat.id}/messages/",
        "chat_id": chat.id,
        "is_group": chat.is_group,
        "phone": chat.phone,
        "responsible_name": chat.responsible_name,
        "responsible_email": chat.responsible_email,
    }


def _message(message: Message, workspace: Workspace) -> Json:
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
