"""Hostile zips are refused with a reason, at once, in little memory, and nothing is written."""

import random
from pathlib import Path

import pytest

from tests.sources.exports.hostile_zips import CHAT, HARMLESS, HOSTILE, PHOTO, cuts, packed, real
from tests.sources.exports.reader import messages, read_all
from tests.sources.resource_usage import check_usage, reading_process, usage_of, worst_usage
from wasf.errors import UnreadableFile, WasfError
from wasf.interfaces import Unreadable
from wasf.sources.exports.archive import read_attached_file

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
    assert len(read_attached_file(str(path), PHOTO, 9999)) == 1900


def test_a_photo_that_is_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "chat.zip"
    path.write_bytes(packed((CHAT, "x"), (PHOTO, bytes(60 << 20))))
    with pytest.raises(UnreadableFile, match="larger than"):
        read_attached_file(str(path), PHOTO, 1 << 20)


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
    with reading_process(elsewhere) as process:
        for name, hostile in HOSTILE.items():
            path.write_bytes(hostile.make())
            figures.append(usage_of(process, path))
            check_usage(name, figures[-1], hostile.words)
        for raw in cuts(real()):
            path.write_bytes(raw)
            cut_figures.append(usage_of(process, path))
            check_usage(f"cut after {len(raw)} bytes", cut_figures[-1], "damaged")
        for name, make in HARMLESS.items():
            path.write_bytes(make())
            read_figures.append(usage_of(process, path))
            check_usage(name, read_figures[-1], "read 3 messages")
    assert (len(figures), len(cut_figures)) >= (100, 2000)
    assert list(elsewhere.iterdir()) == []
    assert list(files.iterdir()) == [path]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["elsewhere", "files"]
    with capsys.disabled():
        print(
            f"\nhostile zips {len(figures)}: {worst_usage(figures)}; cut {len(cut_figures)}: "
            f"{worst_usage(cut_figures)}; odd but read {len(read_figures)}: "
            f"{worst_usage(read_figures)}; files written elsewhere 0"
        )
