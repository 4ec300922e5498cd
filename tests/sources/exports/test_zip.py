"""The chat in a zip is unpacked as zipfile unpacks it; damage and false sizes are refused."""

import contextlib
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO, RawIOBase

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wasf.sources.exports.zip import CheckedEntry

_HEAD = 30 + len("chat")  # the entry's local header: its packed bytes follow
_BROKEN = (zlib.error, EOFError, zipfile.BadZipFile)
_METHODS = [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED]
_contents = st.one_of(
    st.binary(max_size=2000),
    st.binary(min_size=1, max_size=40).map(lambda piece: piece * 9000),
)


class _Pipe(RawIOBase):
    """A file that cannot be rewound: zipfile writes sizes behind the data then."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.written += data
        return len(data)


def _zip(content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w", method) as file:
        file.writestr(zipfile.ZipInfo("chat"), content, method)
    return held.getvalue()


def _with_data_descriptor(content: bytes) -> bytes:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo("chat"), content, zipfile.ZIP_DEFLATED)
    return bytes(pipe.written)


def _unpacked(raw: bytes, size: int, **lies: int) -> bytes:
    with zipfile.ZipFile(BytesIO(raw)) as file:
        entry = file.getinfo("chat")
        for name, value in lies.items():
            setattr(entry, name, value)
        stream = CheckedEntry(file, entry)
        pieces = list(iter(lambda: stream.read(size), b""))
        stream.close()
    assert all(len(piece) <= size for piece in pieces)
    return b"".join(pieces)


@given(_contents, st.integers(1, 100_000))
@example(b"", 1)
@example(bytes(200_000), 48 << 10)
def test_it_gives_what_zipfile_gives(content: bytes, size: int) -> None:
    assert _unpacked(_zip(content), max(size, len(content) // 100)) == content


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda content: _zip(content, zipfile.ZIP_STORED), id="stored"),
        pytest.param(_with_data_descriptor, id="sizes behind the data"),
        pytest.param(lambda content: b"#!/bin/sh\n" * 99 + _zip(content), id="something before"),
    ],
)
def test_every_way_to_write_an_entry_is_read(make: Callable[[bytes], bytes]) -> None:
    content = b"a message; " * 45_454

    assert _unpacked(make(content), 48 << 10) == content


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_changed_byte_is_seen_or_changes_nothing(content: bytes, data: st.DataObject) -> None:
    raw = bytearray(_zip(content))
    at = data.draw(st.integers(_HEAD, raw.index(b"PK\x01\x02") - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(_BROKEN):
        assert _unpacked(bytes(raw), 1000) == content


@pytest.mark.parametrize("method", _METHODS)
@pytest.mark.parametrize(
    "lies",
    [{"file_size": 499_999}, {"file_size": 500_001}, {"CRC": 0}, {"compress_size": 400}],
    ids=str,
)
def test_what_a_zip_says_of_its_entry_is_checked(lies: dict[str, int], method: int) -> None:
    content = b"a message; " * 45_454 + b"enough"
    with pytest.raises(_BROKEN):
        _unpacked(_zip(content, method), 48 << 10, **lies)


@pytest.mark.parametrize("method", _METHODS)
@pytest.mark.parametrize("told", [499_999, 48 << 10, 1])
def test_an_entry_is_not_cut_off_where_the_zip_says_it_ends(told: int, method: int) -> None:
    """Even if the checksum is that of the part."""
    content = b"a message; " * 45_454 + b"enough"
    checksum = zlib.crc32(content[:told])
    with pytest.raises(zipfile.BadZipFile):
        _unpacked(_zip(content, method), 48 << 10, file_size=told, CRC=checksum)


def test_no_more_is_unpacked_than_a_zip_says() -> None:
    raw = _zip(bytes(50 << 20))
    with zipfile.ZipFile(BytesIO(raw)) as file:
        entry = file.getinfo("chat")
        entry.file_size = 400
        with pytest.raises(zipfile.BadZipFile):
            CheckedEntry(file, entry).read(48 << 10)
