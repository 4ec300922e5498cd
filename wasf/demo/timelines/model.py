"""What a workspace holds: WhatsApp accounts, teammates, chats and their messages."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

Clock = Callable[[], datetime]
_LINK_MINUTES = 15


class MessageType(StrEnum):
    """What an entry of a chat is; notes and summaries are the team's own."""

    WHATSAPP = "whatsapp"
    CALL = "whatsapp_call"
    NOTE = "note"
    SUMMARY = "summary"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class WorkspaceNumber:
    """A number of the workspace's own. `waba_id`: it is one of the official API, else 0."""

    phone: str
    owner_email: str
    owner_name: str = ""
    status: str = "active"
    waba_id: int = 0

    @property
    def wid(self) -> str:
        """Its name in the API."""
        return f"{self.phone.removeprefix('+')}@s.whatsapp.net"


@dataclass(frozen=True, slots=True)
class WorkspaceUser:
    """Somebody of the team."""

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
    """One entry. `received_at` is when the workspace got it, which may be long after `at`."""

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
    """Somebody in a group."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class WorkspaceChat:
    """A chat of one of the workspace's numbers; `phone` is "" for a group."""

    id: int
    name: str
    phone: str
    account: WorkspaceNumber
    created_at: datetime
    responsible_email: str = ""
    responsible_name: str = ""
    members: tuple[GroupMember, ...] = ()

    @property
    def is_group(self) -> bool:
        """Whether it is a group."""
        return not self.phone


class ChatWorkspace:
    """A workspace. Every method may be called from any thread.

    `zone` is the time zone that its timestamps are in. `quota` is how many calls it may make in a
    month, `used` how many it made.
    """

    def __init__(self, zone: tzinfo = UTC, clock: Clock | None = None) -> None:
        self.zone = zone
        self.clock = clock or (lambda: datetime.now(UTC))
        self.quota = 100_000
        self.used = 0
        self.accounts: list[WorkspaceNumber] = []
        self.teammates: list[WorkspaceUser] = []
        self.chats: dict[int, WorkspaceChat] = {}
        self.messages: dict[int, list[WorkspaceMessage]] = {}
        self.lock = threading.RLock()

    @property
    def display_name(self) -> str:
        """What people call it."""
        return "Example Workspace"

    @property
    def period(self) -> tuple[datetime, datetime]:
        """The month that the quota is for."""
        start = self.clock().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return start, (start + timedelta(days=32)).replace(day=1)

    def add_account(
        self, phone: str, owner_email: str, owner_name: str = "", *, official: bool = False
    ) -> WorkspaceNumber:
        """Connect a number."""
        with self.lock:
            waba_id = len(self.accounts) + 1 if official else 0
            account = WorkspaceNumber(phone, owner_email, owner_name, waba_id=waba_id)
            self.accounts.append(account)
        return account

    def change_account(self, phone: str, status: str) -> None:
        """Disconnect a number, or connect it again: it is that in all of its chats."""
        with self.lock:
            self.accounts[:] = [_with(one, phone, status) for one in self.accounts]
            for chat in list(self.chats.values()):
                self.change_chat(chat.id, account=_with(chat.account, phone, status))

    def add_teammate(self, email: str, name: str) -> WorkspaceUser:
        """Invite somebody."""
        teammate = WorkspaceUser(email, name)
        with self.lock:
            self.teammates.append(teammate)
        return teammate

    def add_chat(
        self, account: WorkspaceNumber, name: str, phone: str = "", responsible_email: str = ""
    ) -> WorkspaceChat:
        """Begin a chat; without a phone it is a group."""
        with self.lock:
            chat = WorkspaceChat(
                id=1_000_001 + len(self.chats),
                name=name,
                phone=phone,
                account=account,
                created_at=self.clock(),
                responsible_email=responsible_email,
            )
            self.chats[chat.id] = chat
            self.messages[chat.id] = []
        return chat

    def change_chat(self, chat_id: int, **changes: object) -> WorkspaceChat:
        """Rename it, give it to somebody, or let its number be disconnected."""
        with self.lock:
            changed = replace(self.chats[chat_id], **changes)  # type: ignore[arg-type]  # by name
            self.chats[chat_id] = changed
        return changed

    def add_message(
        self,
        chat: WorkspaceChat,
        text: str | None,
        at: datetime,
        *,
        from_me: bool = False,
        **more: object,
    ) -> WorkspaceMessage:
        """Let a message come. With an older `at` than others it is one that arrives late."""
        sender = chat.account.phone if from_me else chat.phone
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

    def delete_message(self, uid: str) -> None:
        """Make a message unknown, as if it had never been there."""
        with self.lock:
            for messages in self.messages.values():
                messages[:] = [message for message in messages if message.uid != uid]

    def last_message(self, chat: WorkspaceChat) -> WorkspaceMessage | None:
        """The one with the latest time."""
        return max(self.messages[chat.id], key=lambda message: message.at, default=None)

    def link_ends(self) -> datetime:
        """When a link to a file that is given out now ends."""
        return self.clock() + timedelta(minutes=_LINK_MINUTES)


def _with(account: WorkspaceNumber, phone: str, status: str) -> WorkspaceNumber:
    return replace(account, status=status) if account.phone == phone else account
