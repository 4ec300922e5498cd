"""What a workspace of the chat API holds: WhatsApp numbers, users, chats and their messages."""

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
