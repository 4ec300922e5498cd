"""Hostile zips are refused with a reason, at once, in little memory, and nothing is written."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.sources.hostile_json import HOSTILE_JSON
from tests.sources.hostile_zips import CHAT, HARMLESS, HOSTILE, PHOTO, cuts, packed, real
from tests.sources.reading_tools import messages, read_all
from wasf.errors import UnreadableFile, WasfError
from wasf.interfaces import Unreadable
from wasf.sources.exports.archive import read_member

ROOT = Path(__file__).parents[2]
_SECONDS, _MEGABYTES = 2.0, 200

SMALL = [name for name, hostile in HOSTILE.items() if not hostile.is_big]


def _reason(path: Path) -> str:
    """Why a file is refused, at its opening or while its messages are read."""
    (found,) = read_all(path)
    if isinstance(found, Unreadable):
        assert isinstance(found.error, UnreadableFile)
        return found.error.message
    with pytest.raises(UnreadableFile) as caught:
        list(found.items)
    return caught.value.message


@pytest.mark.parametrize("name", SMALL)
def test_a_hostile_zip_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    path = tmp_path / "chat.zip"
    path.write_bytes(HOSTILE[name].make())
    assert HOSTILE[name].words in _reason(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", HARMLESS)
def test_an_odd_zip_that_does_no_harm_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "WhatsApp Chat - Ada Example.zip"
    path.write_bytes(HARMLESS[name]())
    assert len(messages(path)) == 3
    assert list(tmp_path.iterdir()) == [path]


def test_the_real_zip_is_read(tmp_path: Path) -> None:
    path = tmp_path / "WhatsApp Chat - Ada Example.zip"
    path.write_bytes(real())
    assert [m.text for m in messages(path)] == ["hi", "", "ho"]
    assert len(read_member(str(path), PHOTO, 9999)) == 1900


def test_a_photo_that_is_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "chat.zip"
    path.write_bytes(packed((CHAT, "x"), (PHOTO, bytes(60 << 20))))
    with pytest.raises(UnreadableFile, match="larger than"):
        read_member(str(path), PHOTO, 1 << 20)


def test_links_in_a_zip_are_no_attachments(tmp_path: Path) -> None:
    raw = bytearray(real())
    entry = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 4)
    raw[entry + 38 : entry + 42] = (0o120777 << 16).to_bytes(4, "little")
    path = tmp_path / "chat.zip"
    path.write_bytes(raw)
    [photo] = [m.attachment for m in messages(path) if m.attachment]
    assert (photo.name, photo.archive) == (PHOTO, "")


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_zip_gives_a_typed_error_or_its_messages(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "chat.zip"
    dice = random.Random(seed)
    for _ in range(250):
        path.write_bytes(_damaged(real(), dice))
        for found in read_all(path):
            if isinstance(found, Unreadable):
                assert isinstance(found.error, WasfError)
                continue
            try:
                list(found.items)
            except UnreadableFile:
                continue


def _damaged(raw: bytes, dice: random.Random) -> bytes:
    data = bytearray(raw)
    headers = [at for at in range(len(data) - 3) if data[at : at + 2] == b"PK"]
    for _ in range(dice.choice([1, 1, 2, 4])):
        near = dice.choice(headers) + dice.randrange(60)
        at = min(near if dice.random() < 0.8 else dice.randrange(len(data)), len(data) - 1)
        match dice.randrange(4):
            case 0:
                data[at] = dice.randrange(256)
            case 1:
                data[at] ^= 1 << dice.randrange(8)
            case 2:
                del data[at : at + dice.randrange(1, 9)]
            case 3:
                data[at:at] = dice.randbytes(dice.randrange(1, 9))
    return bytes(data)


# --- Measured ----------------------------------------------------------------------------------


class Measured(NamedTuple):
    """What became of a file in a process of its own; see `measured_reading`."""

    reason: str
    seconds: float
    wall: float
    megabytes: float


@contextmanager
def _measuring(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that reads each file it is told in a child of its own."""
    worker = Path(__file__).parent / "measured_reading.py"
    process = subprocess.Popen(
        [sys.executable, str(worker), str(ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={"HOME": str(folder), "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        process.communicate(timeout=60)


def _measure(process: "subprocess.Popen[str]", path: Path) -> Measured:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{path}\n")
    process.stdin.flush()
    return Measured(**json.loads(process.stdout.readline()))


def _worst(figures: Sequence[Measured]) -> str:
    slowest = max(each.seconds for each in figures)
    largest = max(each.megabytes for each in figures)
    longest = max(each.wall for each in figures)
    return f"most {slowest:.2f} s (by the clock {longest:.2f}), {largest:.0f} MB"


def _check(name: str, measured: Measured, words: str) -> None:
    replay = f'replay: pytest -m gate {__file__} -k gate; the case is "{name}"'
    assert words in measured.reason, f"{measured} {replay}"
    assert measured.seconds < _SECONDS, f"{measured} {replay}"
    assert measured.megabytes < _MEGABYTES, f"{measured} {replay}"


@pytest.mark.gate
def test_gate_every_hostile_file_is_refused_in_2_s_and_200_mb(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    files = tmp_path / "files"
    elsewhere.mkdir()
    files.mkdir()
    path = files / "WhatsApp Chat - Ada Example.zip"
    figures, cut_figures, read_figures = [], [], []
    with _measuring(elsewhere) as process:
        for name, hostile in HOSTILE.items():
            path.write_bytes(hostile.make())
            figures.append(_measure(process, path))
            _check(name, figures[-1], hostile.words)
        for raw in cuts(real()):
            path.write_bytes(raw)
            cut_figures.append(_measure(process, path))
            _check(f"cut after {len(raw)} bytes", cut_figures[-1], "damaged")
        for name, make in HARMLESS.items():
            path.write_bytes(make())
            read_figures.append(_measure(process, path))
            _check(name, read_figures[-1], "read 3 messages")
    assert (len(figures), len(cut_figures)) >= (100, 2000)
    assert list(elsewhere.iterdir()) == []
    assert list(files.iterdir()) == [path]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["elsewhere", "files"]
    with capsys.disabled():
        print(
            f"\nhostile zips {len(figures)}: {_worst(figures)}; cut {len(cut_figures)}: "
            f"{_worst(cut_figures)}; odd but read {len(read_figures)}: {_worst(read_figures)}; "
            "files written elsewhere 0"
        )


@pytest.mark.gate
def test_gate_every_hostile_json_is_refused_in_2_s_and_200_mb(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "result.json"
    figures = []
    with _measuring(tmp_path) as process:
        for name, (make, words) in HOSTILE_JSON.items():
            path.write_bytes(make())
            figures.append(_measure(process, path))
            _check(name, figures[-1], words)
    assert list(tmp_path.iterdir()) == [path]
    with capsys.disabled():
        print(f"\nhostile JSON files {len(figures)}: {_worst(figures)}")
