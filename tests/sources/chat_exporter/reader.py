"""Reads WhatsApp-Chat-Exporter's files in tests: one call from files to values."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.chat_exporter_builder import Wrote
from tests.sources.exports.reader import options
from wasf.core.chats import ChatItem, Phone, SourceChat
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.files import FileSource

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ADA, BEN, GROUP = (
    "447700900123@s.whatsapp.net",
    "447700900124@s.whatsapp.net",
    "120363000000000000@g.us",
)
ADA_PHONE, BEN_PHONE = Phone("+447700900123"), Phone("+447700900124")


def wrote(text: str = "hi", *, minute: int = 0, ours: bool = False, **fields: object) -> Wrote:
    sender = fields.pop("sender", None)
    at = AT + timedelta(minutes=minute)
    return Wrote(at, ours, text, f"3EB0{minute:04}", sender, tuple(fields.items()))


def read_all(*paths: Path, **more: object) -> list[ChatReading | Unreadable]:
    """Everything found, with items taken."""
    found = []
    for one in FileSource(paths, options(**more)).read():
        if isinstance(one, ChatReading):
            one = ChatReading(one.chat, iter(list(one.items)))
        found.append(one)
    return found


def read_chats(*paths: Path, **more: object) -> dict[str, tuple[SourceChat, list[ChatItem]]]:
    """Chats by WhatsApp's ids of them."""
    found = read_all(*paths, **more)
    assert all(isinstance(one, ChatReading) for one in found), found
    return {one.chat.native_id: (one.chat, list(one.items)) for one in found}


def read_one(path: Path, **more: object) -> tuple[SourceChat, list[ChatItem]]:
    (found,) = read_chats(path, **more).values()
    return found


def refused(path: Path, **more: object) -> Unreadable:
    (found,) = read_all(path, **more)
    assert isinstance(found, Unreadable)
    return found
