"""W6: a folder is read at any depth, and one odd entry of it hides no chat."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from wasf.errors import ExitCode, UnreadableFile
from wasf.sources.exports import find_exports
from wasf.sources.exports.folders import FoundFiles

CHAT = "WhatsApp Chat with Ada Example.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one chat."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / CHAT).write_text("02/03/2026, 10:00 - Ada Example: hi\n")
    return folder


def names(found: FoundFiles) -> list[str]:
    return [file.path.name for file in found.files]


def _link_to_nothing(path: Path) -> None:
    path.symlink_to(path.parent / "gone")


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/null")


@pytest.mark.parametrize(
    ("make", "name", "is_failure"),
    [
        pytest.param(_link_to_nothing, "x.txt", False, id="a link that leads nowhere"),
        pytest.param(_link_to_itself, "x.txt", False, id="a link to itself"),
        pytest.param(_link_to_itself, "x.ZIP", False, id="a zip that is a link to itself"),
        pytest.param(_pipe, "x.txt", False, id="a pipe"),
        pytest.param(_pipe, "x.json", False, id="a pipe in the place of another kind of export"),
        pytest.param(_link_to_a_device, "x.txt", False, id="a device"),
    ],
)
def test_w6_an_entry_that_is_no_file_is_named_and_left(
    make: Callable[[Path], None], name: str, is_failure: bool, folder: Path
) -> None:
    make(folder / name)
    found = find_exports([folder])
    assert names(found) == [CHAT]
    [left] = found.unreadable
    assert (left.origin, left.is_failure) == (name, is_failure)
    assert left.error.message


@pytest.mark.parametrize("name", ["x.jpg", "x.json", "x", "._x.txt"])
def test_what_has_no_name_of_an_export_is_passed_over(name: str, folder: Path) -> None:
    for entry in (folder / name, folder / f"{name}.d"):
        entry.symlink_to(folder / "gone")
    found = find_exports([folder], also=lambda path: path.read_bytes() == b"never asked")
    assert (names(found), found.unreadable) == ([CHAT], ())


def _refusing(name: str) -> Callable[[Path], Iterable[os.DirEntry[str]]]:
    """Lists folders, but not the one of that name."""

    def list_folder(folder: Path) -> Iterable[os.DirEntry[str]]:
        if folder.name == name:
            raise PermissionError(13, "Permission denied", str(folder))
        return os.scandir(folder)

    return list_folder


@pytest.mark.parametrize(
    ("name", "is_failure"),
    [
        pytest.param("lost+found", False, id="the system's own"),
        pytest.param("customers", True, id="a folder of somebody else"),
    ],
)
def test_w6_a_folder_inside_that_may_not_be_listed(
    name: str, is_failure: bool, folder: Path
) -> None:
    (folder / name).mkdir()
    found = find_exports([folder], list_folder=_refusing(name))
    assert names(found) == [CHAT]
    [left] = found.unreadable
    assert (left.origin, left.is_failure) == (name, is_failure)


def test_w6_a_given_folder_that_may_not_be_listed_hides_no_other(folder: Path) -> None:
    (other := folder.parent / "lost+found").mkdir()
    for order in ([other, folder], [folder, other]):
        found = find_exports(order, list_folder=_refusing(other.name))
        assert names(found) == [CHAT]
        [left] = found.unreadable
        assert (left.error.exit_code, left.is_failure) == (ExitCode.BAD_DATA, True)
        assert "Permission denied" in left.error.message
        assert "Privacy" in left.error.hint


def test_folders_are_read_at_any_depth_and_each_file_once(folder: Path) -> None:
    deep = folder / "2026" / "march" / "ada"
    deep.mkdir(parents=True)
    (deep / "WhatsApp Chat with Ben.txt").write_text("x")
    (deep / "up").symlink_to(folder)
    (deep / "again.txt").symlink_to(folder / CHAT)
    found = find_exports([folder, deep])
    assert sorted(file.path.resolve().name for file in found.files) == [
        CHAT, "WhatsApp Chat with Ben.txt",
    ]  # fmt: skip
    assert found.unreadable == ()


@pytest.mark.parametrize("name", ["WhatsApp Chat with Cy.txt", "chats"])
def test_a_link_that_leads_out_of_the_folder_is_left_out_and_named(name: str, folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "WhatsApp Chat with Cy.txt").write_text("x")
    (folder / name).symlink_to(elsewhere / name if name.endswith(".txt") else elsewhere)
    found = find_exports([folder])
    (left,) = found.unreadable
    assert (names(found), left.origin, left.is_failure) == ([CHAT], name, False)
    assert "leads out of the folder" in left.error.message
    assert len(find_exports([folder, elsewhere]).files) == 2


def test_a_link_to_an_export_of_another_kind_outside_is_not_even_opened(folder: Path) -> None:
    (folder.parent / "result.json").write_text("{}")
    (folder / "x.json").symlink_to(folder.parent / "result.json")
    found = find_exports([folder], also=lambda _: True)
    assert (names(found), found.unreadable) == ([CHAT], ())


def test_a_link_that_a_person_gives_is_read(folder: Path) -> None:
    link = folder.parent / "link.txt"
    link.symlink_to(folder / CHAT)
    assert names(find_exports([link])) == ["link.txt"]


@pytest.mark.parametrize(
    "place",
    ["Media/notes.txt", "WhatsApp Chat - Ben/00000002-notes.txt", "DOC-20260302-WA0001.txt"],
)
def test_files_that_messages_show_are_no_chats(place: str, folder: Path) -> None:
    (folder / "WhatsApp Chat - Ben").mkdir()
    (folder / "WhatsApp Chat - Ben" / "_chat.txt").write_text("x")
    (folder / place).parent.mkdir(exist_ok=True)
    (folder / place).write_text("a document")
    assert names(find_exports([folder])) == ["_chat.txt", CHAT]


@pytest.mark.parametrize(
    ("name", "is_named", "is_failure"),
    [
        pytest.param("letter.txt", False, False, id="a letter in a folder"),
        pytest.param("letter.txt", True, True, id="a letter that somebody named"),
        pytest.param(CHAT, False, True, id="the name of a chat"),
        pytest.param("_chat (1).txt", False, True, id="an iPhone's name of a chat"),
    ],
)
def test_w6_what_nobody_named_is_no_failure_if_it_is_no_chat(
    name: str, is_named: bool, is_failure: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("Dear Sam,\n")
    [file] = find_exports([tmp_path / name if is_named else tmp_path]).files
    assert file.unreadable(name, UnreadableFile("x")).is_failure == is_failure
