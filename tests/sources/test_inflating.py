"""What is unpacked is what zipfile unpacks, in pieces of any size; damage never passes for text."""

import contextlib
import zipfile
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wasf.sources.exports.zip import DAMAGE, Inflating

_HEAD = 30 + len("chat")  # the entry's local header: its packed bytes follow
_BROKEN = (DAMAGE, EOFError, zipfile.BadZipFile)
_contents = st.one_of(
    st.binary(max_size=2000),
    st.binary(min_size=1, max_size=40).map(lambda piece: piece * 9000),
)


def _zip(content: bytes) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo("chat"), content, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _unpacked(raw: bytes, size: int, **lies: int) -> bytes:
    with zipfile.ZipFile(BytesIO(raw)) as file:
        entry = file.getinfo("chat")
        for name, value in lies.items():
            setattr(entry, name, value)
        stream = Inflating(file, entry)
        pieces = list(iter(lambda: stream.read(size), b""))
        stream.close()
    assert all(len(piece) <= size for piece in pieces)
    return b"".join(pieces)


@given(_contents, st.integers(1, 100_000))
@example(b"", 1)
@example(bytes(200_000), 48 << 10)
def test_it_gives_what_zipfile_gives(content: bytes, size: int) -> None:
    assert _unpacked(_zip(content), max(size, len(content) // 100)) == content


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_changed_byte_is_seen_or_changes_nothing(content: bytes, data: st.DataObject) -> None:
    raw = bytearray(_zip(content))
    at = data.draw(st.integers(_HEAD, raw.index(b"PK\x01\x02") - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(_BROKEN):
        assert _unpacked(bytes(raw), 1000) == content


@pytest.mark.parametrize(
    "lies",
    [{"file_size": 499_999}, {"file_size": 500_001}, {"CRC": 0}, {"compress_size": 400}],
    ids=str,
)
def test_what_a_zip_says_of_its_entry_is_checked(lies: dict[str, int]) -> None:
    content = b"a message; " * 45_454 + b"enough"
    with pytest.raises(_BROKEN):
        _unpacked(_zip(content), 48 << 10, **lies)


def test_no_more_is_unpacked_than_a_zip_says() -> None:
    raw = _zip(bytes(50 << 20))
    with zipfile.ZipFile(BytesIO(raw)) as file:
        entry = file.getinfo("chat")
        entry.file_size = 400
        with pytest.raises(zipfile.BadZipFile):
            Inflating(file, entry).read(48 << 10)
