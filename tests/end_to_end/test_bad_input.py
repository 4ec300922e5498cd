"""Input, usage and settings that are wrong: the right code, one sentence, nothing written."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.program import (
    ADA_PHONE,
    PRIVATE,
    Chats,
    Wasf,
    assert_all_logged_once,
    assert_told,
)
from wasf.errors import ExitCode


def test_0_done_though_something_waits(wasf: Wasf, chats: Chats) -> None:
    assert wasf.run("sync", chats.ada(PRIVATE)).code == ExitCode.DONE


def test_quiet_prints_nothing_when_nothing_went_wrong(wasf: Wasf, chat: Path) -> None:
    result = wasf.run("sync", chat, "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert wasf.run("sync", chat.parent / "missing.txt", "--quiet").err


# --- What was given cannot be used ----------------------------------------------


def _picture(folder: Path) -> Path:
    path = folder / "WhatsApp Chat with Ada.txt"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8)
    return path


def _empty(folder: Path) -> Path:
    path = folder / "WhatsApp Chat with Ada.txt"
    path.touch()
    return path


def _prose(folder: Path) -> Path:
    path = folder / "letter.txt"
    path.write_text(f"Dear Sam,\n{PRIVATE}.\n" * 5)
    return path


def _encrypted(folder: Path) -> Path:
    path = folder / "WhatsApp Chat with Ada.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("WhatsApp Chat with Ada.txt", "02/03/2026, 10:00 - Ada: hi\n")
    raw = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + flags] |= 1
    path.write_bytes(raw)
    return path


def _no_zip(folder: Path) -> Path:
    path = folder / "WhatsApp Chat with Ada.zip"
    path.write_bytes(b"PK\x03\x04 and then nothing")
    return path


def _without_exports(folder: Path) -> Path:
    (folder / "notes.md").write_text("no chat")
    return folder


def _missing(folder: Path) -> Path:
    return folder / "WhatsApp Chat with Nobody.txt"


FILES: dict[str, tuple[Callable[[Path], Path], ExitCode]] = {
    "65 a picture renamed .txt": (_picture, ExitCode.BAD_DATA),
    "65 an empty file": (_empty, ExitCode.BAD_DATA),
    "65 a letter": (_prose, ExitCode.BAD_DATA),
    "65 an encrypted zip": (_encrypted, ExitCode.BAD_DATA),
    "65 a cut zip": (_no_zip, ExitCode.BAD_DATA),
    "65 a folder without exports": (_without_exports, ExitCode.BAD_DATA),
    "66 a missing file": (_missing, ExitCode.NO_INPUT),
}


@pytest.mark.parametrize(("make", "code"), FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_used(
    make: Callable[[Path], Path], code: ExitCode, wasf: Wasf, tmp_path: Path
) -> None:
    (tmp_path / "given").mkdir()
    path = make(tmp_path / "given")
    result = wasf.run("sync", path, "--phone", ADA_PHONE)
    assert result.code == code
    assert path.name in result.err
    assert "bug" not in result.err
    assert wasf.sync(path, code=code).out
    assert wasf.rows("Task") == wasf.rows("Lead") == []
    assert wasf.run("status", "--json").json["chats"] == 0


def test_65_one_bad_file_does_not_hold_up_the_others(wasf: Wasf, chat: Path) -> None:
    _empty(chat.parent)
    result = wasf.sync(chat.parent, code=65)
    assert result.messages["logged"] == 2
    [problem] = result.json["problems"]
    assert problem["origin"] == "WhatsApp Chat with Ada.txt"
    assert_all_logged_once(wasf, 2)


USAGE = {
    "2 an unknown option": ["sync", "--fone", "1"],
    "2 an unknown command": ["snyc"],
    "2 a time that means nothing": ["sync", "CHAT", "--since", "whenever"],
    "2 a time to come": ["sync", "CHAT", "--since", "2999-01-01"],
    "2 a number that is none": ["sync", "CHAT", "--phone", "12"],
    "2 a number without a file": ["sync", "--phone", ADA_PHONE],
    "2 a number for two chats": ["sync", "CHAT", "OTHER", "--phone", ADA_PHONE],
    "2 an unknown WhatsApp account": ["sync", "CHAT", "--account", "Nowhere"],
    "2 an unknown topic": ["help", "everything"],
    "2 no name to connect": ["connect", ""],
    "2 no name to disconnect": ["disconnect", ""],
    "2 no name of a default": ["orgs", "--default", ""],
    "2 no name of an org": ["status", "--org", ""],
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE)
def test_2_wrong_usage(arguments: list[str], wasf: Wasf, chat: Path, chats: Chats) -> None:
    given = {"CHAT": str(chat), "OTHER": str(chats.ada("hi"))}
    result = wasf.run(*(given.get(each, each) for each in arguments))
    assert result.code == 2
    assert result.err
    assert (result.out, wasf.writes()) == ("", [])


# Environment or settings file, and words of the sentence.
SETTINGS: dict[str, tuple[dict[str, str], str, list[str]]] = {
    "78 a value in the environment": ({"WASF_FREQUENCY": "25m"}, "", ["WASF_FREQUENCY", "20m"]),
    "78 a name in the environment": ({"WASF_FREQENCY": "1h"}, "", ["WASF_FREQUENCY"]),
    "78 a value in the file": ({}, 'groups = "all"', ["settings.toml, line 1", "groups"]),
    "78 a name in the file": ({}, "\n[lead]\nautocreate = true", ["line 3", "lead.auto_create"]),
    "78 a file that is no TOML": ({}, "groups: skip", ["settings.toml, line 1"]),
    "78 plain http to another machine": (
        {"WASF_INSTANCE_URL": "http://example.my.salesforce.com"}, "", ["https://"],
    ),
    "78 an address with a path": (
        {"WASF_INSTANCE_URL": "https://example.my.salesforce.com/home"}, "", ["host"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("environment", "file", "words"), SETTINGS.values(), ids=SETTINGS)
def test_78_wrong_settings(
    environment: dict[str, str], file: str, words: list[str], wasf: Wasf, chat: Path
) -> None:
    wasf.home.mkdir()
    (wasf.home / "settings.toml").write_text(file)
    wasf.environment |= environment
    result = wasf.run("sync", chat)
    assert result.code == 78
    assert_told(result, *words)
    assert wasf.org.requests == []


def test_every_code_is_in_the_help(wasf: Wasf) -> None:
    result = wasf.run("help", "exit-codes")
    for code in ExitCode:
        assert f" {code:d} " in result.out
        assert code.meaning in result.out
