"""JSON of somebody else, read leniently: what is missing, or of another type, is empty.

A reader that insists on more than it needs fails on the day on which the sender adds something.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from wasf.interfaces import Json

Object = Mapping[str, Json]

_LONGEST_WORD: Final = 60


def parsed(body: bytes) -> Json:
    """Return the value that a body holds, None if it is no JSON."""
    try:
        value: Json = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def as_object(value: Json) -> Object:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def inner(shown: Object, name: str) -> Object:
    """Return an object in an object."""
    return as_object(shown.get(name))


def objects(shown: Object, name: str) -> Iterator[Object]:
    """Yield the objects of a list in an object."""
    value = shown.get(name)
    return (as_object(one) for one in value) if isinstance(value, list) else iter(())


def text(shown: Object, name: str) -> str:
    """Return a text, or a whole number as text."""
    value = shown.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def unix_time(shown: Object, name: str) -> datetime | None:
    """Return seconds since 1970 as a time in UTC, None if there is none."""
    seconds = text(shown, name)
    try:
        return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else None
    except (ValueError, OverflowError, OSError):
        return None


def plain_word(word: str, otherwise: str) -> str:
    """Return the sender's word for a kind or an error if it may be shown, else `otherwise`.

    Only letters, blanks, `_` and `:` may: a word with digits could hold a phone number.
    """
    letters = word.replace(":", "").replace("_", "").replace(" ", "")
    return word[:_LONGEST_WORD] if letters.isascii() and letters.isalpha() else otherwise
