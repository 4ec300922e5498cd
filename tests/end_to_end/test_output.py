"""Output that cannot be written, is narrow or is in an old encoding; a path without its quotes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end import program
from tests.end_to_end.program import ADA_PHONE, Chats, Wasf, assert_harmless

NUMBER = "+44 7700 900703"

PROGRAM = [sys.executable, "-m", "wasf"]
FULL = Path("/dev/full")

full_disk = pytest.mark.skipif(not FULL.exists(), reason="a device that is always full")


def run_into(output: Path, wasf: Wasf, *arguments: object) -> subprocess.CompletedProcess[str]:
    with output.open("w") as out:
        return subprocess.run(
            [*PROGRAM, *map(str, arguments)], env=os.environ | wasf.environment, stdout=out,
            stderr=subprocess.PIPE, text=True, check=False, cwd=Path(__file__).parents[2],
        )  # fmt: skip


@full_disk
@pytest.mark.parametrize(
    "words", ["status", "status --json", "config", "--help", "--version", "help exit-codes"]
)
def test_a_full_disk_at_the_output_is_said_in_one_line(words: str, wasf: Wasf) -> None:
    done = run_into(FULL, wasf, *words.split())
    assert done.returncode == 75
    assert done.stderr == "wasf: the output could not be written: No space left on device.\n"


@full_disk
def test_what_was_logged_stays_and_a_failure_keeps_its_code(wasf: Wasf, chats: Chats) -> None:
    good, gone = chats.ada("one", title=ADA_PHONE), chats.folder / "gone.txt"
    assert run_into(FULL, wasf, "sync", good, gone, "--json").returncode == 66
    assert run_into(FULL, wasf, "sync", good).returncode == 75
    assert wasf.texts() == ["one"]


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
@pytest.mark.parametrize("words", ["status", "config --json", "--help"])
def test_a_reader_that_ends_early_is_no_bug(words: str, wasf: Wasf) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = subprocess.run(
            [*PROGRAM, *words.split()], env=os.environ | wasf.environment, stdout=closed,
            stderr=subprocess.PIPE, text=True, check=False, cwd=Path(__file__).parents[2],
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (141, "")


def test_a_path_without_its_quotes_is_named_whole(
    wasf: Wasf, chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = chats.ada("one", title=NUMBER)
    monkeypatch.chdir(path.parent)
    done = wasf.run("sync", *path.name.split())
    assert done.code == 66
    assert f"wasf sync '{path.name}'" in done.err
    assert wasf.rows("Task") == []
    assert wasf.run("sync", path.name).code == 0


# --- Widths and encodings ----------------------------------------------------------------------

EVERYWHERE = [
    ["sync"], ["status"], ["runs"], ["link"], ["config"], ["config", "--all"], ["doctor"], ["orgs"],
    ["undo", "--dry-run"], ["verify"], ["review"],
    ["help"],
]  # fmt: skip
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")
_FIRST_HEADS = {"Chat", "chat", "id", "setting", "name", "number"}
"""Heads of first columns: a narrow screen has blocks of lines, which begin with what they name."""
_RULES = re.compile(r"[─-╿|+*•-]+$")


def words_of(shown: str) -> set[str]:
    """The words and addresses of a text; rules, counts and times differ from run to run."""
    found = _ESCAPES.sub("", shown).replace("`", " ").split()
    counts = {word for word in found if re.search(r"\d", word) and "://" not in word}
    return {word for word in found if not _RULES.match(word)} - counts


@pytest.fixture
def two_chats(
    wasf: Wasf, chats: Chats, monkeypatch: pytest.MonkeyPatch, two_minutes_later: None
) -> Wasf:
    """The program at a terminal with colours, after a sync: a chat is logged, another waits."""
    monkeypatch.setattr(
        program, "assert_harmless", lambda text: assert_harmless(_ESCAPES.sub("", text))
    )
    chats.ada("one", title="+44 7700 900701")
    chats.ada("one", title="Donaudampfschifffahrtsgesellschaft Łódź Ünal")
    wasf.set(sources=str(chats.folder))
    wasf.sync()
    return wasf


def test_no_word_is_split_and_none_is_lost_at_any_width(two_chats: Wasf) -> None:
    for command in EVERYWHERE:
        wide = words_of(two_chats.run(*command).out)
        for columns in ("40", "80", "120"):
            two_chats.is_at_terminal = True
            two_chats.environment |= {"COLUMNS": columns, "LINES": "25", "TERM": "xterm"}
            narrow = words_of(two_chats.run(*command).out)
            two_chats.is_at_terminal = False
            assert wide - narrow <= _FIRST_HEADS, (command, columns)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_every_command_can_be_shown_in_every_encoding(encoding: str, two_chats: Wasf) -> None:
    two_chats.environment |= {"COLUMNS": "80", "LINES": "25", "TERM": "xterm"}
    for is_at_terminal in (False, True):
        for command in EVERYWHERE:
            two_chats.encoding, two_chats.is_at_terminal = "utf-8", is_at_terminal
            plain = words_of(two_chats.run(*command).out)
            two_chats.encoding = encoding
            shown = two_chats.run(*command)
            assert "bug" not in shown.err
            simple = {word for word in plain if word.isascii()}
            assert simple - words_of(shown.out) == set(), command
