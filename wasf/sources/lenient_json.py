"""The JSON of somebody else, read leniently: what is not there, or of another kind, is empty.

Who asks for more than is needed breaks on the day on which the sender adds something.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Object = Mapping[str, Json]


def as_object(value: Json) -> Object:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def inner(shown: Object, name: str) -> Object:
    """An object in an object."""
    return as_object(shown.get(name))


def objects(shown: Object, name: str) -> Iterator[Object]:
    """The objects of a list in an object."""
    value = shown.get(name)
    return (as_object(one) for one in value) if isinstance(value, list) else iter(())


def text(shown: Object, name: str) -> str:
    """A text, or a whole number as text."""
    value = shown.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def unix_time(shown: Object, name: str) -> datetime | None:
    """Seconds since 1970 as a time in UTC, None if there is none."""
    seconds = text(shown, name)
    try:
        return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else None
    except (ValueError, OverflowError, OSError):
        return None
