"""What happens where the output cannot be written, and where a path lost its quotes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.program import ADA_PHONE, Chats, Wasf

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
