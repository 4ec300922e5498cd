"""Exports among files and folders are found, each once and in order."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.exports_builder import Said, render_android, write_android, write_ios
from tests.sources.exports.reader import THEM, US, options, read_all, read_one, refused
from wasf.core.chats import Phone
from wasf.errors import ExitCode, WrongUsage
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.exports.archive import read_attached_file
from wasf.sources.files import FileSource

AT = datetime(2024, 2, 17, 10, 0, 5)
CHAT = [Said(AT, THEM, "hi"), Said(AT, US, "ho")]


def test_a_folder_gives_its_files_and_unzipped_exports_in_order(tmp_path: Path) -> None:
    write_android(tmp_path, "Bob", [Said(AT, "Bob", "hi")])
    write_ios(tmp_path, "Ada", [Said(AT, "Ada", "hi")])
    unzipped = tmp_path / "WhatsApp Chat - Kim"
    unzipped.mkdir()
    (unzipped / "_chat.txt").write_text(render_android([Said(AT, "Kim", "hi")]))
    (unzipped / "00000002-notes.txt").write_text("a document")
    (tmp_path / ".hidden.txt").write_text("no")
    (tmp_path / "picture.jpg").write_bytes(b"no")
    (tmp_path / "broken.TXT").write_text("no chat")
    found = read_all(tmp_path)
    names = [f.chat.title if isinstance(f, ChatReading) else f.origin for f in found]
    assert names == ["Ada", "Kim", "Bob", "broken.TXT"]
    assert [n for n in names if n] == [
        f.chat.title if isinstance(f, ChatReading) else f.origin for f in read_all(tmp_path)
    ]


def test_an_unzipped_folder_itself(tmp_path: Path) -> None:
    folder = tmp_path / "WhatsApp Chat - Kim"
    folder.mkdir()
    photo = "00000001-PHOTO-2024-02-17-10-00-05.jpg"
    (folder / "_chat.txt").write_text(
        f"[17.02.24, 10:00:05] Kim: \u200e<attached: {photo}>\n[17.02.24, 10:00:06] Kim: hi\n"
    )
    (folder / photo).write_bytes(b"jpeg")
    (folder / "00000002-notes.txt").write_text("a document")
    chat, items = read_one(folder)
    assert (chat.title, chat.origin) == ("Kim", "WhatsApp Chat - Kim/_chat.txt")
    assert (
        read_attached_file(items[0].attachment.archive, items[0].attachment.member, 99) == b"jpeg"
    )


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    path = write_android(tmp_path, THEM, CHAT)
    assert len(read_all(path, tmp_path, path)) == 1


def test_w6_a_missing_path_stops_nothing_else(tmp_path: Path) -> None:
    missing, chat = read_all(tmp_path / "no", write_android(tmp_path, THEM, CHAT))
    assert isinstance(missing, Unreadable)
    assert (missing.error.exit_code, missing.is_failure) == (ExitCode.NO_INPUT, True)
    assert isinstance(chat, ChatReading)


def test_a_folder_without_exports(tmp_path: Path) -> None:
    found = refused(tmp_path)
    assert "no exported chat" in found.error.message
    assert (found.error.exit_code, found.is_failure) == (ExitCode.BAD_DATA, True)


def test_one_phone_for_several_chats_is_wrong_usage(tmp_path: Path) -> None:
    for name in ("Bob", "Kim"):
        write_android(tmp_path, name, [Said(AT, name, "hi")])
    with pytest.raises(WrongUsage, match="2 chats"):
        FileSource([tmp_path], options(phone=Phone("+491713920012"))).read()
