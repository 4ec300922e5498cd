"""JSON files that somebody made to do harm: what each holds, and why it has to be refused."""

from collections.abc import Callable

_START = b'{"1@lid": {"messages": {"1": '
_MIB = 1 << 20


def _one(value: bytes, count: int) -> Callable[[], bytes]:
    """A single value with so many equal parts, which never ends."""
    return lambda: _START + b"[" + value * count


HOSTILE_JSON: dict[str, tuple[Callable[[], bytes], str]] = {
    "lists in a list": (_one(b"[],", 20 * _MIB), "larger than any message"),
    "objects in a list": (_one(b"{},", 20 * _MIB), "larger than any message"),
    "numbers in a list": (_one(b"1.5,", 20 * _MIB), "larger than any message"),
    "texts in a list": (_one(b'"a",', 20 * _MIB), "larger than any message"),
    "a text without end": (lambda: _START + b'"' + b"a" * 60 * _MIB, "larger than any message"),
    "escapes without end": (lambda: _START + b'"' + b"\\u0041" * 10 * _MIB, "larger than any"),
    "a number without end": (lambda: _START + b"9" * 60 * _MIB, "larger than any message"),
    "a key without end": (lambda: b'{"' + b"a" * 60 * _MIB, "larger than any message"),
    "lists without end": (lambda: _START + b"[" * 60 * _MIB, "nested too deeply"),
    "objects without end": (lambda: _START + b'{"a":' * 10 * _MIB, "nested too deeply"),
    "blanks without end": (lambda: _START + b" " * 60 * _MIB, "cut or damaged"),
    "chats without end": (
        lambda: b"{" + b",".join(b'"%d@lid":{"messages":{}}' % n for n in range(100_002)) + b"}",
        "more than 100,000 chats",
    ),
    "zeros": (lambda: bytes(60 * _MIB), "not made by"),
    "a letter without end": (lambda: _START + b'"' + b"\xf0\x9f\x98" * 20 * _MIB, "not a text"),
}
