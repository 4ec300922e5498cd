"""A JSON text that is read piece by piece gives what `json` gives, or is refused."""

import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from wasf.errors import UnreadableFile
from wasf.sources.chat_exporter.json_stream import JsonReader


class _Trickle(io.BytesIO):
    """Gives a few bytes at a time, whatever is asked for."""

    step = 1

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.step)


def _read(reader: JsonReader, depth: int) -> object:
    if not depth or not reader.is_object():
        return reader.value()
    return [(key, _read(reader, depth - 1)) for key in reader.object_keys()]


def _paired(value: object, depth: int) -> object:
    if not depth or not isinstance(value, dict):
        return value
    return [(key, _paired(inner, depth - 1)) for key, inner in value.items()]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300)
@given(
    value=_json, step=st.integers(1, 9), depth=st.integers(0, 3), indent=st.sampled_from([None, 1])
)
def test_reading_piece_by_piece_gives_what_json_gives(
    value: object, step: int, depth: int, indent: int | None
) -> None:
    stream = _Trickle(
        json.dumps(value, indent=indent, ensure_ascii=False).encode("utf-8", "replace")
    )
    stream.step = step
    reader = JsonReader(stream)
    stream.seek(0)
    known = json.loads(stream.getvalue())
    assert _read(reader, depth) == _paired(known, depth)
    reader.finish()


@settings(max_examples=300)
@given(raw=st.binary(max_size=60) | st.text('{}[]",:0123456789 aeNI-+.\\ulnrst@', max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes | str) -> None:
    data = raw if isinstance(raw, bytes) else raw.encode()
    reader = JsonReader(io.BytesIO(data))
    try:
        _read(reader, 3)
        reader.finish()
    except UnreadableFile:
        return
    json.loads(data)
