"""Hostile zips, broken texts and files that are no exports are refused with a reason."""

import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.exports_builder import Said, render_android, write_android, write_ios, write_txt
from tests.sources.exports.reader import (
    THEM,
    US,
    messages,
    read_all,
    read_one,
    refused,
    rows,
)
from wasf.core.chats import ChatItem, NotUnderstood
from wasf.errors import ExitCode, FileChanging, MissingFile, UnreadableFile
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.exports.archive import open_regular, read_attached_file
from wasf.sources.exports.text import MAX_TEXT

AT = datetime(2024, 2, 17, 10, 0, 5)
CHAT = [Said(AT, THEM, "hi"), Said(AT, US, "ho")]
TEXT = render_android(CHAT)
NAME = f"WhatsApp Chat with {THEM}"


# --- Zips --------------------------------------------------------------------------------------


def _zip(path: Path, *entries: tuple[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in entries:
            file.writestr(name, content)
    return path


def _patched(path: Path, change: Callable[[bytearray], None]) -> Path:
    _zip(path, ("_chat.txt", TEXT))
    raw = bytearray(path.read_bytes())
    change(raw)
    path.write_bytes(raw)
    return path


def _encrypt(raw: bytearray) -> None:
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + offset] |= 1


def _lie_about_size(raw: bytearray) -> None:
    struct.pack_into("<L", raw, raw.index(b"PK\x01\x02") + 24, MAX_TEXT + 1)


def _claim_entries(raw: bytearray) -> None:
    struct.pack_into("<2H", raw, raw.index(b"PK\x05\x06") + 8, 60_000, 60_000)


def _claim_zip64(raw: bytearray) -> None:
    raw[raw.index(b"PK\x05\x06") : raw.index(b"PK\x05\x06")] = b"PK\x06\x07" + bytes(16)


def _break_data(raw: bytearray) -> None:
    start = raw.index(b"_chat.txt") + 9
    raw[start : start + 12] = b"\xff" * 12


def _cut(raw: bytearray) -> None:
    del raw[len(raw) // 2 :]


def _duplicate(path: Path) -> Path:
    with pytest.warns(UserWarning, match="Duplicate"):
        return _zip(path, ("_chat.txt", TEXT), ("_chat.txt", "other"))


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "encrypted": (lambda p: _patched(p, _encrypt), "encrypted"),
    "says it is huge": (lambda p: _patched(p, _lie_about_size), "larger than"),
    "60,000 entries": (lambda p: _patched(p, _claim_entries), "more than 20,000 files"),
    "zip64": (lambda p: _patched(p, _claim_zip64), "of a kind"),
    "broken data": (lambda p: _patched(p, _break_data), "damaged"),
    "cut": (lambda p: _patched(p, _cut), "damaged"),
    "two files of one name": (_duplicate, "two files of one name"),
    "bomb": (lambda p: _zip(p, ("_chat.txt", TEXT + "a" * (8 << 20))), "far more"),
    "no chat": (lambda p: _zip(p, ("a.jpg", b"x")), "no chat"),
    "zips inside": (lambda p: _zip(p, ("a.zip", b"x")), "holds zip files"),
    "two texts": (lambda p: _zip(p, ("a.txt", TEXT), ("b.txt", TEXT)), "2 texts"),
    "empty chat": (lambda p: _zip(p, ("_chat.txt", "")), "empty"),
    "empty zip": (lambda p: _zip(p), "no chat"),
    "a picture inside": (lambda p: _zip(p, ("_chat.txt", b"\xff\xd8\0\0")), "not a text"),
    "odd method": (lambda p: _zip(p, ("_chat.txt", TEXT), method=zipfile.ZIP_LZMA), "in a way"),
    "no zip": (lambda p: p.write_bytes(b"hello") and p, "no zip"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_zips_are_refused(tmp_path: Path, kind: str) -> None:
    make, words = HOSTILE[kind]
    error = refused(make(tmp_path / "chat.zip")).error
    assert isinstance(error, UnreadableFile)
    assert error.exit_code is ExitCode.BAD_DATA
    assert words in error.message
    assert error.hint


def test_a_zip_with_a_folder_and_clutter_is_read(tmp_path: Path) -> None:
    path = _zip(
        tmp_path / "WhatsApp Chat - Ada Example.zip",
        ("x/", ""),
        ("x/_chat.txt", TEXT),
        ("__MACOSX/x/._chat.txt", "junk"),
        ("x/00000003-notes.txt", "a document"),
        ("../../evil.jpg", b"x"),
    )
    chat, items = read_one(path)
    assert (chat.title, len(items)) == (THEM, 2)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_the_chat_is_the_text_named_like_the_zip(tmp_path: Path) -> None:
    path = _zip(tmp_path / f"{NAME} (1).zip", ("notes.txt", "a document"), (f"{NAME}.txt", TEXT))
    assert len(messages(path)) == 2


def test_members_are_read_by_name_up_to_a_limit(tmp_path: Path) -> None:
    path = write_ios(tmp_path, THEM, CHAT, media={"a.jpg": b"12345"})
    assert read_attached_file(str(path), "a.jpg", 5) == b"12345"
    with pytest.raises(UnreadableFile, match="larger"):
        read_attached_file(str(path), "a.jpg", 4)
    with pytest.raises(MissingFile):
        read_attached_file(str(path), "b.jpg", 5)
    path.unlink()
    with pytest.raises(MissingFile):
        read_attached_file(str(path), "a.jpg", 5)


def test_members_of_a_folder_are_its_own_files_only(tmp_path: Path) -> None:
    name = "00000001-PHOTO-2024-02-17-10-00-05.jpg"
    (tmp_path / name).write_bytes(b"jpeg")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (tmp_path / "00000002-link.jpg").symlink_to(tmp_path / "secret.jpg")
    assert read_attached_file(str(tmp_path), name, 99) == b"jpeg"
    for member in ("secret.jpg", "../secret.jpg", "00000002-link.jpg", "00000001-/../secret.jpg"):
        with pytest.raises((MissingFile, UnreadableFile)):
            read_attached_file(str(tmp_path), member, 99)


# --- Texts -------------------------------------------------------------------------------------

NO_EXPORTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "picture": (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(range(256)) * 9, "not a text"),
    "picture without zeros": (b"\x89PNG\r\n" + bytes(range(1, 256)) * 9, "no exported"),
    "UTF-16": (TEXT.encode("utf-16"), "UTF-16"),
    "UTF-16 without mark": (TEXT.encode("utf-16-le"), "UTF-16"),
    "prose": (b"Dear diary,\ntoday was 12/12/2024 at 10:00 - nice: very\n" * 9, "no exported"),
    "log": (b"2024-01-02 10:00:00 - INFO - start: now\n" * 9, "no exported"),
    "log without dashes": (b"2024-01-02 10:00:00 INFO start: now\n" * 9, "no exported"),
    "numbers of no date": (b"123/4/24, 10:00 - Ada: hi\n" * 9, "no exported"),
    "table": (b"name,phone\nAda,+49 171 3920012\n", "no exported"),
    "a line without end": (TEXT.encode() + b"a" * (3 << 20), "longer than 1 MiB"),
    "a body without end": (TEXT.encode() + b"a" * 99 + b"\nabc" * (2 << 20), "longer than any"),
}


@pytest.mark.parametrize("kind", NO_EXPORTS)
def test_what_is_no_export_is_refused(tmp_path: Path, kind: str) -> None:
    content, words = NO_EXPORTS[kind]
    path = tmp_path / f"{NAME}.txt"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=words) as caught:
        _raise_unreadable(path)
    assert caught.value.hint


def _raise_unreadable(path: Path) -> None:
    for found in read_all(path):
        if isinstance(found, Unreadable):
            raise found.error
        list(found.items)


BROKEN = {
    "in Windows-1252": (
        "caf\xe9\n".encode("latin-1"),
        "Line 3 of this file is in Windows-1252 or a code page like it; WhatsApp writes UTF-8.",
    ),
    "damaged": (
        "é".encode() + b"\xff\n",
        "Line 3 of this file has bytes that are no text in UTF-8.",
    ),
    "far behind": (
        b"x\n" * 100_000 + b"\x81\n",
        "Line 100,003 of this file has bytes that are no text in UTF-8.",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_t5_a_text_that_is_not_utf8_is_refused_by_line(tmp_path: Path, kind: str) -> None:
    data, message = BROKEN[kind]
    path = tmp_path / f"{NAME}.txt"
    path.write_bytes(TEXT.encode() + data)
    _, items = _opened(path)
    with pytest.raises(UnreadableFile) as caught:
        list(items)
    assert caught.value.message == message
    assert "UTF-8" in caught.value.hint


def test_t5_a_name_that_is_not_utf8_is_refused_before_our_side_is_asked_for(
    tmp_path: Path,
) -> None:
    path = tmp_path / "WhatsApp Chat with Jörg Example.txt"
    text = "13/11/2025, 09:01 - Jörg Example: schön\n13/11/2025, 09:02 - Bob Sales: ok\n"
    path.write_bytes(text.encode("cp1252"))
    for me in (frozenset(), frozenset({"Bob Sales"})):
        assert "Windows-1252" in refused(path, me=me).error.message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_t5_utf16_is_named(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / f"{NAME}.txt"
    path.write_bytes(TEXT.encode(encoding))
    assert "UTF-16" in refused(path).error.message


def test_t5_a_replacement_character_that_is_in_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.txt"
    path.write_bytes(TEXT.replace("ho", "h\ufffdo").encode())
    assert rows(read_one(path)[1])[1][2] == "h\ufffdo"


def test_i4_a_character_that_is_cut_at_the_end_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.txt"
    path.write_bytes((TEXT + "schön 🙂").encode()[:-2])
    assert rows(read_one(path)[1])[-1][2].endswith("schön ")


def _opened(path: Path) -> tuple[object, Iterator[ChatItem]]:
    (found,) = read_all(path)
    assert isinstance(found, ChatReading)
    return found.chat, found.items


@pytest.mark.parametrize(
    "body", ["a\0b", "\0\0\0", f"a{chr(0) * 500}"], ids=["one", "three", "many"]
)
def test_zero_bytes_in_a_text_are_kept(tmp_path: Path, body: str) -> None:
    said = [Said(AT, "Ada", body), Said(AT, US, "ho")]
    assert [m.text for m in messages(write_android(tmp_path, "Ada", said))] == [body, "ho"]


@pytest.mark.parametrize("kind", [*NO_EXPORTS, *HOSTILE])
def test_no_sentence_names_the_file_a_second_time(tmp_path: Path, kind: str) -> None:
    if kind in HOSTILE:
        path = HOSTILE[kind][0](tmp_path / "chat.zip")
    else:
        path = tmp_path / "chat.txt"
        path.write_bytes(NO_EXPORTS[kind][0])
    with pytest.raises(UnreadableFile, match=r"^(This|The|Line)") as caught:
        _raise_unreadable(path)
    assert path.name not in caught.value.message


def test_lines_before_the_first_header_are_reported(tmp_path: Path) -> None:
    path = write_txt(tmp_path, NAME, f"the end of something\n\n{TEXT}")
    _, items = read_one(path)
    assert items[0] == NotUnderstood(1, 2, "before the first message")
    assert len(rows(items)) == 2


@pytest.mark.parametrize("start", ["\ufeff", "\n\r\n"], ids=["BOM", "blank lines"])
def test_a_harmless_start(tmp_path: Path, start: str) -> None:
    _, items = read_one(write_txt(tmp_path, NAME, start + TEXT))
    assert [text for _, _, text in rows(items)] == ["hi", "ho"]
    assert len(items) == 2


def test_a_last_line_without_end(tmp_path: Path) -> None:
    assert [m.text for m in messages(write_txt(tmp_path, NAME, TEXT[:-1]))] == ["hi", "ho"]


def test_blocks_cut_anywhere_give_the_same_lines(tmp_path: Path) -> None:
    said = [Said(AT, THEM, f"{'é' * (i % 37)}{i}\nсколько {i}") for i in range(9000)]
    path = write_android(tmp_path, THEM, said)
    assert path.stat().st_size > 3 * (1 << 18)
    assert [m.text for m in messages(path)] == [s.text for s in said]


def test_a_file_that_changes_between_the_passes_is_refused(tmp_path: Path) -> None:
    path = write_android(tmp_path, THEM, CHAT)
    (found,) = read_all(path)
    assert isinstance(found, ChatReading)
    path.write_text(TEXT + TEXT)
    with pytest.raises(FileChanging, match="changed"):
        list(found.items)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "chat.txt")
    assert "not a file" in refused(tmp_path / "chat.txt").error.message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("follows_links", [True, False])
def test_a_pipe_keeps_nobody_waiting(follows_links: bool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableFile, match="not a file"):
        open_regular(tmp_path / "pipe", follows_links=follows_links)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_that_a_message_names_is_not_uploaded(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "IMG-20260201-WA0001.jpg")
    with pytest.raises(UnreadableFile, match="not a file"):
        read_attached_file(str(tmp_path), "IMG-20260201-WA0001.jpg", 99)


@pytest.mark.parametrize("name", ["a\0b.jpg", "a\ud800.jpg"])
def test_a_name_that_no_file_can_have_is_no_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        open_regular(tmp_path / name)
