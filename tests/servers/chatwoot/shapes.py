"""Conversations, messages and the rest as the API's JSON has them, and as webhooks do."""

from datetime import datetime
from typing import Any

from tests.servers.chatwoot.desk import (
    DeskAgent,
    DeskConversation,
    DeskFile,
    DeskInbox,
    DeskMessage,
    HelpDesk,
)

Json = dict[str, Any]
SECRET = "secret-of-the-inbox"
TYPES = ("incoming", "outgoing", "activity", "template")


def seconds(at: datetime) -> int:
    """Unix time, as the API has it."""
    return int(at.timestamp())


def iso(at: datetime) -> str:
    """ISO 8601, as webhooks have it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def inbox_json(inbox: DeskInbox) -> Json:
    """An inbox as an administrator sees it, with its secrets."""
    shown: Json = {
        "id": inbox.id, "name": inbox.name, "channel_type": inbox.channel,
        "phone_number": inbox.phone or None, "provider": "whatsapp_cloud",
        "provider_config": {"api_key": SECRET}, "hmac_token": SECRET, "working_hours": [],
    }  # fmt: skip
    return shown | ({"medium": inbox.medium} if inbox.channel == "Channel::TwilioSms" else {})


def agent_json(agent: DeskAgent) -> Json:
    """An agent as lists of people have it."""
    role = "administrator" if agent.is_admin else "agent"
    return {
        "id": agent.id, "name": agent.name, "available_name": agent.name, "email": agent.email,
        "role": role, "confirmed": True,
    }  # fmt: skip


def contact_json(chat: DeskConversation) -> Json:
    """The other party."""
    return {
        "id": 90_000 + chat.id, "name": chat.name, "email": None, "phone_number": chat.phone,
        "identifier": chat.identifier, "blocked": False, "thumbnail": "", "type": "contact",
        "additional_attributes": {}, "custom_attributes": {},
    }  # fmt: skip


def message_json(message: DeskMessage, chat: DeskConversation, url: str) -> Json:
    """A message in the list of messages."""
    shown: Json = {
        "id": message.id, "content": message.text, "inbox_id": chat.inbox.id,
        "conversation_id": chat.id, "message_type": message.type,
        "content_type": message.content_type, "status": message.status,
        "content_attributes": message.facts, "created_at": seconds(message.at),
        "private": message.private, "source_id": message.source_id,
    }  # fmt: skip
    if message.type == 0:
        shown["sender"] = contact_json(chat)
    elif message.sender is not None:
        shown["sender"] = {"id": message.sender.id, "name": message.sender.name, "type": "user"}
    return shown | _attachments(message, url)


def _attachments(message: DeskMessage, url: str) -> Json:
    made = [_file(place, one, message, url) for place, one in enumerate(message.files)]
    made += [{"id": 1, "message_id": message.id, **one} for one in message.attachments]
    return {"attachments": made} if made else {}


def _file(place: int, file: DeskFile, message: DeskMessage, url: str) -> Json:
    link = f"{url}/rails/active_storage/blobs/redirect/{message.id}-{place}/{file.name}"
    return {
        "id": message.id * 10 + place, "message_id": message.id, "file_type": file.kind,
        "extension": None, "data_url": link, "thumb_url": link, "file_size": len(file.content),
    }  # fmt: skip


def conversation_json(chat: DeskConversation, desk: HelpDesk, url: str) -> Json:
    """A conversation as lists and its own address show it."""
    meta: Json = {
        "sender": contact_json(chat),
        "channel": chat.inbox.channel,
        "hmac_verified": False,
    }
    if chat.assignee is not None:
        meta["assignee"] = agent_json(chat.assignee)
    rows = desk.messages_of(chat)
    real = [one for one in rows if one.type != 2]
    return {
        "id": chat.id, "uuid": f"6b1e0c52-{desk.generation:04}-4000-8000-{chat.id:012}",
        "account_id": desk.account_id, "inbox_id": chat.inbox.id, "status": chat.status,
        "meta": meta, "messages": [_pushed(one, chat, url) for one in rows[-1:]],
        "last_non_activity_message": _pushed(real[-1], chat, url) if real else None,
        "created_at": seconds(chat.created_at), "timestamp": seconds(chat.last_activity_at),
        "last_activity_at": seconds(chat.last_activity_at),
        "updated_at": chat.updated_at.timestamp(), "waiting_since": 0, "labels": ["vip"],
        "additional_attributes": {}, "custom_attributes": {}, "unread_count": 1,
    }  # fmt: skip


def _pushed(message: DeskMessage, chat: DeskConversation, url: str) -> Json:
    """A message in its push form, which alone shows the contact's id in the inbox."""
    inside = {
        "assignee_id": chat.assignee.id if chat.assignee else None, "unread_count": 1,
        "contact_inbox": {"source_id": chat.source_id},
    }  # fmt: skip
    more = {"account_id": 3, "additional_attributes": {}, "updated_at": iso(message.at)}
    return message_json(message, chat, url) | more | {"conversation": inside}


def event_json(message: DeskMessage, desk: HelpDesk, url: str, event: str) -> Json:
    """A webhook: times and types are words, the assignee has no e-mail, the sender has."""
    chat = desk.conversations[message.conversation]
    account = {"id": desk.account_id, "name": desk.name}
    assignee = chat.assignee
    sender: Json | None = None
    if message.type == 0:
        sender = contact_json(chat) | {"account": account}
    elif message.sender is not None:
        sender = {"id": message.sender.id, "name": message.sender.name,
                  "email": message.sender.email, "type": "user"}  # fmt: skip
    shown = {
        "id": chat.id, "inbox_id": chat.inbox.id, "channel": chat.inbox.channel,
        "status": chat.status, "can_reply": True, "labels": [],
        "contact_inbox": {"id": 77, "contact_id": 90_000 + chat.id, "inbox_id": chat.inbox.id,
                          "source_id": chat.source_id, "pubsub_token": SECRET},
        "meta": {
            "sender": contact_json(chat), "team": None, "hmac_verified": False,
            "assignee": assignee and {"id": assignee.id, "name": assignee.name, "type": "user"},
        },
        "messages": [_pushed(message, chat, url)], "created_at": seconds(chat.created_at),
        "last_activity_at": seconds(chat.last_activity_at),
    }  # fmt: skip
    return {
        "event": event, "id": message.id, "account": account,
        "inbox": {"id": chat.inbox.id, "name": chat.inbox.name}, "content": message.text,
        "content_type": message.content_type, "content_attributes": message.facts,
        "additional_attributes": {}, "message_type": TYPES[message.type],
        "created_at": iso(message.at), "private": message.private, "status": message.status,
        "source_id": message.source_id, "sender": sender, "conversation": shown,
        **_attachments(message, url),
    }  # fmt: skip
