"""What a workspace of the chat API holds, and the JSON that the API makes of it."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

Clock = Callable[[], datetime]
_LINK_MINUTES = 15


class MessageType(StrEnum):
    """What an entry of a chat is. Notes and summaries are written by the team for itself."""

    WHATSAPP = "whatsapp"
    CALL = "whatsapp_call"
    NOTE = "note"
    SUMMARY = "summary"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class WorkspaceNumber:
    """A WhatsApp number of the workspace. `waba_id` is not 0 for one of the official API."""

    phone: str
    owner_email: str
    owner_name: str = ""
    status: str = "active"
    waba_id: int = 0

    @property
    def wid(self) -> str:
        """The id of the number in the API."""
        return f"{self.phone.removeprefix('+')}@s.whatsapp.net"


@dataclass(frozen=True, slots=True)
class WorkspaceUser:
    """A member of the team."""

    email: str
    name: str
    role: str = "teammate"


@dataclass(frozen=True, slots=True)
class WorkspaceFile:
    """A file of a message."""

    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class WorkspaceMessage:
    """An entry of a chat. The workspace got it at `received_at`, maybe long after `at`."""

    uid: str
    chat_id: int
    at: datetime
    received_at: datetime
    from_me: bool
    text: str | None
    sender_name: str
    sender_phone: str
    type: MessageType = MessageType.WHATSAPP
    status: str = "Read"
    attached: WorkspaceFile | None = None
    reactions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A member of a group."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class WorkspaceChat:
    """A chat of one of the numbers of the workspace; `phone` is "" for a group."""

    id: int
    name: str
    phone: str
    number: WorkspaceNumber
    created_at: datetime
    responsible_email: str = ""
    responsible_name: str = ""
    members: tuple[GroupMember, ...] = ()

    @property
    def is_group(self) -> bool:
        """Whether the chat is a group."""
        return not self.phone


class ChatWorkspace:
    """A workspace. Every method may be called from any thread.

    Its timestamps are in the time zone `zone`. `quota` is how many API calls it has in a month,
    `used` how many it made.
    """

    def __init__(self, zone: tzinfo = UTC, clock: Clock | None = None) -> None:
        self.zone = zone
        self.clock = clock or (lambda: datetime.now(UTC))
        self.quota = 100_000
        self.used = 0
        self.numbers: list[WorkspaceNumber] = []
        self.teammates: list[WorkspaceUser] = []
        self.chats: dict[int, WorkspaceChat] = {}
        self.messages: dict[int, list[WorkspaceMessage]] = {}
        self.lock = threading.RLock()

    @property
    def display_name(self) -> str:
        """The name of the workspace."""
        return "Example Workspace"

    @property
    def period(self) -> tuple[datetime, datetime]:
        """Start and end of the month that the quota is for."""
        start = self.clock().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return start, (start + timedelta(days=32)).replace(day=1)

    def add_number(
        self, phone: str, owner_email: str, owner_name: str = "", *, official: bool = False
    ) -> WorkspaceNumber:
        """Connect a number; `official` makes it one of the official WhatsApp API."""
        with self.lock:
            waba_id = len(self.numbers) + 1 if official else 0
            number = WorkspaceNumber(phone, owner_email, owner_name, waba_id=waba_id)
            self.numbers.append(number)
        return number

    def add_chat(
        self, number: WorkspaceNumber, name: str, phone: str = "", responsible_email: str = ""
    ) -> WorkspaceChat:
        """Begin a chat; without a phone it is a group."""
        with self.lock:
            chat = WorkspaceChat(
                id=1_000_001 + len(self.chats),
                name=name,
                phone=phone,
                number=number,
                created_at=self.clock(),
                responsible_email=responsible_email,
            )
            self.chats[chat.id] = chat
            self.messages[chat.id] = []
        return chat

    def add_message(
        self,
        chat: WorkspaceChat,
        text: str | None,
        at: datetime,
        *,
        from_me: bool = False,
        **more: object,
    ) -> WorkspaceMessage:
        """Add a message. One that is older than others is a message that arrives late."""
        sender = chat.number.phone if from_me else chat.phone
        message = WorkspaceMessage(
            uid=str(uuid.uuid4()),
            chat_id=chat.id,
            at=at,
            received_at=self.clock(),
            from_me=from_me,
            text=text,
            sender_name="Sales" if from_me else chat.name,
            sender_phone=sender,
        )
        message = replace(message, **more)  # type: ignore[arg-type]  # further fields by name
        with self.lock:
            self.messages[chat.id].append(message)
        return message

    def last_message(self, chat: WorkspaceChat) -> WorkspaceMessage | None:
        """Return the message with the latest time."""
        return max(self.messages[chat.id], key=lambda message: message.at, default=None)

    def link_ends(self) -> datetime:
        """Return when a link to a file ends that is made now."""
        return self.clock() + timedelta(minutes=_LINK_MINUTES)


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
