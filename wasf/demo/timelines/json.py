"""Chats, messages and the rest in the form of the API's JSON."""

from datetime import datetime, tzinfo

from wasf.demo.timelines.model import (
    ChatWorkspace,
    WorkspaceChat,
    WorkspaceMessage,
    WorkspaceNumber,
    WorkspaceUser,
)

Json = dict[str, object]


def stamp(moment: datetime, zone: tzinfo) -> str:
    """Return a time in the zone of the workspace, to the second."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")


def workspace_json(workspace: ChatWorkspace) -> Json:
    """Return the WorkspaceInfo of the API's description."""
    start, end = (stamp(moment, workspace.zone) for moment in workspace.period)
    calls = {
        "total": workspace.quota,
        "used": workspace.used,
        "period_start": start,
        "period_end": end,
    }
    return {
        "workspace_id": "example",
        "display_name": workspace.display_name,
        "plan": "Business",
        "seats": {"total": 20, "used": len(workspace.teammates)},
        "messaging_quota": calls | {"used": 0},
        "api_calls_quota": calls,
    }


def number_json(number: WorkspaceNumber, workspace: ChatWorkspace) -> Json:
    """Return the WhatsappAccountItem of a number."""
    return {
        "id": number.wid,
        "phone": number.phone,
        "connected_on": stamp(workspace.period[0], workspace.zone),
        "status": number.status,
        "owner_name": number.owner_name,
        "owner_email": number.owner_email,
        "account_name": number.owner_name,
    }


def waba_account_json(number: WorkspaceNumber, workspace: ChatWorkspace) -> Json:
    """Return an account of the official WhatsApp API."""
    return {
        "id": number.waba_id,
        "status": number.status,
        "owner_name": number.owner_name,
        "owner_email": number.owner_email,
        "connected_on": stamp(workspace.period[0], workspace.zone),
        "meta_phone_id": f"{number.waba_id:015}",
        "meta_waba_id": f"{number.waba_id:016}",
        "display_phone_number": number.phone,
    }


def teammate_json(number: int, teammate: WorkspaceUser) -> Json:
    """Return the Teammate of the API's description."""
    return {
        "user_id": number,
        "display_name": teammate.name,
        "email": teammate.email,
        "role": teammate.role,
        "status": "Active",
    }


def chat_json(chat: WorkspaceChat, workspace: ChatWorkspace, *, with_message: bool) -> Json:
    """Return the ChatInfo, or the WabaChatInfo for a number of the official API."""
    shown: Json = {
        "id": chat.id,
        "name": chat.name,
        "phone": chat.phone or None,
        "is_group": chat.is_group,
        "closed": False,
        "read": True,
        "labels": [],
        "responsible_email": chat.responsible_email or None,
        "responsible_name": chat.responsible_name or None,
        "chat_url": f"https://app.timelines.ai/chat/{chat.id}/messages/",
        "created_timestamp": stamp(chat.created_at, workspace.zone),
        "group_members": [
            {"name": member.name, "phone": member.phone, "role": "member", "chat_id": None}
            for member in chat.members
        ],
    }
    if chat.number.waba_id:
        shown |= {"waba_account_id": chat.number.waba_id, "service_window_is_open": True}
    else:
        host = "g.us" if chat.is_group else "s.whatsapp.net"
        user = chat.phone.removeprefix("+") or f"{chat.id}-1700000000"
        shown |= {"jid": f"{user}@{host}", "whatsapp_account_id": chat.number.wid}
    last = workspace.last_message(chat)
    if last is not None:
        shown["last_message_uid"] = last.uid
        shown["last_message_timestamp"] = stamp(last.at, workspace.zone)
        if with_message:
            shown["last_message"] = message_json(last, workspace, link="")
    return shown


def message_json(message: WorkspaceMessage, workspace: ChatWorkspace, link: str) -> Json:
    """Return the MessageInfo. `link` leads to its file for some minutes."""
    attached = message.attached
    return {
        "uid": message.uid,
        "chat_id": message.chat_id,
        "timestamp": stamp(message.at, workspace.zone),
        "received_timestamp": stamp(message.received_at, workspace.zone),
        "sender_phone": message.sender_phone,
        "sender_name": message.sender_name,
        "recipient_phone": "",
        "recipient_name": "",
        "from_me": message.from_me,
        "text": message.text,
        "attachment_url": link if attached else None,
        "attachment_filename": attached.filename if attached else None,
        "has_attachment": attached is not None,
        "status": message.status,
        "origin": "synced from WhatsApp",
        "message_type": message.type,
        "reactions": _reactions(message),
        "data": {},
        "created_by": "",
    }


def _reactions(message: WorkspaceMessage) -> Json:
    counts: dict[str, int] = {}
    for _, emoji in message.reactions:
        counts[emoji] = counts.get(emoji, 0) + 1
    users = [
        {"name": name, "phone": "", "reaction": emoji, "current": False}
        for name, emoji in message.reactions
    ]
    return {"users": users, "reactions": counts, "total": len(users)}
