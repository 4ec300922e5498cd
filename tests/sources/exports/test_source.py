"""Exports as a source: each file by itself, any number of times, with what the options say."""

from datetime import datetime
from pathlib import Path

from tests.exports_builder import Said, write_android, write_txt
from tests.sources.exports.reader import THEM, US, options, read_all, read_one
from wasf.core.chats import Phone
from wasf.errors import UnexpectedError
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.files import FileSource

AT = datetime(2024, 2, 17, 10, 0, 5)
CHAT = [Said(AT, THEM, "hi"), Said(AT, US, "ho")]


def test_a_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    broken = write_txt(tmp_path, "broken", "no chat")
    good = write_android(tmp_path, THEM, CHAT)
    found = read_all(broken, _pdf(tmp_path), good)
    assert [type(f) for f in found] == [Unreadable, Unreadable, ChatReading]


def _pdf(folder: Path) -> Path:
    path = folder / "chat.pdf"
    path.write_bytes(b"%PDF")
    return path


def test_the_same_source_can_be_read_again(tmp_path: Path) -> None:
    source = FileSource([write_android(tmp_path, THEM, CHAT)], options())
    first, second = ([(f.chat, list(f.items)) for f in source.read()] for _ in range(2))
    assert first == second


def test_what_belongs_to_our_side_goes_into_the_chat(tmp_path: Path) -> None:
    path = write_android(tmp_path, THEM, CHAT)
    chat, _ = read_one(
        path, owner_email="o@example.com", whatsapp_account="Shop", account_email="a@example.com"
    )
    assert (chat.source, chat.origin) == ("export", path.name)
    assert (chat.owner_email, chat.whatsapp_account, chat.account_email) == (
        "o@example.com",
        "Shop",
        "a@example.com",
    )


class BrokenBook:
    """An address book with a bug."""

    def number_of(self, name: str) -> tuple[Phone | None, str]:
        """Raise, with what it was asked in the text."""
        raise LookupError(name)


def test_w6_a_bug_at_one_file_does_not_stop_the_others(tmp_path: Path) -> None:
    broken = write_android(tmp_path, THEM, [Said(AT, THEM, "hi")])
    sound = write_android(tmp_path, "+49 171 3920012", [Said(AT, "+49 171 3920012", "hi")])
    failed, found = read_all(broken, sound, address_book=BrokenBook())
    assert isinstance(failed, Unreadable)
    assert isinstance(failed.error, UnexpectedError)
    assert failed.is_failure
    assert "LookupError in " in failed.error.message
    assert THEM not in failed.error.message
    assert isinstance(found, ChatReading)
    assert found.hold is not None
