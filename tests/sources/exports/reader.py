"""Reads exports in tests: one call from files to values."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.exports_builder import Said, Shape
from wasf.core.chats import ChatItem, Message, SourceChat
from wasf.interfaces import ChatReading, ExportOptions, Unreadable
from wasf.sources.files import FileSource

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
US = "Support"
THEM = "Ada Example"


def options(**more: object) -> ExportOptions:
    """Options of a person in Berlin whose side is called Support."""
    given = {"zone": BERLIN, "now": NOW, "me": frozenset({US}), "default_region": "DE", **more}
    return ExportOptions(**given)


def read_all(*paths: Path, **more: object) -> list[ChatReading | Unreadable]:
    """Everything a source yields; items not taken yet."""
    return list(FileSource(paths, options(**more)).read())


def read_one(path: Path, **more: object) -> tuple[SourceChat, list[ChatItem]]:
    """The one chat in a file, and its items."""
    (found,) = read_all(path, **more)
    assert isinstance(found, ChatReading), (found.error.message, found.error.hint)
    return found.chat, list(found.items)


def refused(path: Path, **more: object) -> Unreadable:
    """Why a file was not read."""
    (found,) = read_all(path, **more)
    assert isinstance(found, Unreadable), found
    return found


def messages(path: Path, **more: object) -> list[Message]:
    """The messages in a file."""
    return [item for item in read_one(path, **more)[1] if isinstance(item, Message)]


def rows(items: Sequence[ChatItem]) -> list[tuple[datetime, str, str]]:
    """The messages as rows of local time, author and text."""
    return [
        (m.sent_at.astimezone(BERLIN).replace(tzinfo=None), m.author, m.text)
        for m in items
        if isinstance(m, Message)
    ]


def expected(said: Sequence[Said], shape: Shape) -> list[tuple[datetime, str, str]]:
    """What reading an export of these messages must give."""
    return [
        (s.at if shape.seconds else s.at.replace(second=0), s.author, s.text)
        for s in said
        if not s.notice
    ]
