"""JSON of somebody else, read leniently: what is missing, or of another type, is empty.

A reader that insists on more than it needs fails on the day on which the sender adds something.
This is also the one gate for foreign values: halves of characters become U+FFFD, and a time outside
1970 to 2100 is no time.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from wasf.interfaces import Json

Object = Mapping[str, Json]

_LONGEST_WORD: Final = 60
_YEARS: Final = range(1970, 2101)
_LAST_SECOND: Final = 4_133_980_799  # the end of 2100
_MILLISECONDS: Final = 100_000_000_000  # from here on a number of seconds counts milliseconds
_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")


def parsed(body: bytes | str) -> Json:
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
    """Return a text, or a whole number as text. A half of a character becomes U+FFFD."""
    value = shown.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return whole_characters(value) if isinstance(value, str) else ""


def whole_characters(value: str) -> str:
    """Return a text with U+FFFD in the place of each half of a character."""
    return value if value.isascii() else _HALF_CHARACTER.sub("\ufffd", value)


def one_line(value: str) -> str:
    """Return a text on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def unix_time(shown: Object, name: str) -> datetime | None:
    """Return seconds or milliseconds since 1970 as a time in UTC, None if there is none."""
    value = shown.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    written = text({name: value}, name)
    if not (written.isascii() and written.isdecimal() and len(written) <= _LONGEST_WORD):
        return None
    seconds, micros = int(written), 0
    if seconds >= _MILLISECONDS:
        seconds, micros = seconds // 1000, seconds % 1000 * 1000
    if not 0 < seconds <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


def written_time(written: str) -> datetime | None:
    """Return an ISO 8601 time in UTC, None if there is none; without an offset it is UTC already.

    `2024-01-08 10:35:18 +0200` is read as well.
    """
    try:
        found = datetime.fromisoformat(written.replace(" +", "+").replace(" -", "-"))
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year in _YEARS else None


def plain_word(word: str, otherwise: str) -> str:
    """Return the sender's word for a kind or an error if it may be shown, else `otherwise`.

    Only letters, blanks, `_` and `:` may: a word with digits could hold a phone number.
    """
    letters = word.replace(":", "").replace("_", "").replace(" ", "")
    return word[:_LONGEST_WORD] if letters.isascii() and letters.isalpha() else otherwise
