r"""Only `\r\n` becomes `\n`: any other `\r` is part of what somebody wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasf.sources.exports.text import with_newlines


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\na\nb", b"\na\nb"),
        (b"\na\r\nb\r\n", b"\na\nb\n"),
        (b"\na\rb\r\nc", b"\na\rb\nc"),
        (b"\na\r\r\nb", b"\na\r\nb"),
        (b"\na\r", b"\na\r"),
    ],
    ids=["none", "all", "one alone", "two in a row", "at the end"],
)
def test_line_ends(data: bytes, expected: bytes) -> None:
    assert with_newlines(data) == expected


@given(st.text("a\r\n").map(str.encode))
def test_nothing_but_the_pair_is_replaced(data: bytes) -> None:
    assert with_newlines(data) == data.replace(b"\r\n", b"\n")
