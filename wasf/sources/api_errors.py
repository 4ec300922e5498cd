"""What a chat API does that it does not promise, and how far such an error reaches (W6).

An error of the whole API ends its reading; one of a chat, or of a message, ends nothing else.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from wasf.errors import Stopped, UnexpectedError, Unreachable, WasfError
from wasf.interfaces import Unreadable

_Item = TypeVar("_Item")
_Value = TypeVar("_Value")
_MOST_NAMED: Final = 3


class UnexpectedResponse(Unreachable):
    """An answer that is not what the API promises."""


def unexpected_response(title: str, part: str) -> UnexpectedResponse:
    """Return the error for a part of an answer that is not as the API promises."""
    return UnexpectedResponse(
        f"{title} answered something else than it promises ({part}).",
        "The next sync tries again; if it stays so, a newer wasf may know more.",
    )


def some_of(reasons: Sequence[str]) -> str:
    """Return what is wrong, for people: the first few reasons, and how many more there are."""
    named, more = ", ".join(reasons[:_MOST_NAMED]), len(reasons) - _MOST_NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def until_error(title: str, readings: Iterator[_Item]) -> Iterator[_Item | Unreadable]:
    """Yield what is read of an API; an error of the whole API ends it, and is told.

    What was read before stays.
    """
    try:
        yield from readings
    except Stopped:
        raise
    except WasfError as error:
        yield Unreadable(title, error)


def error_of_one(error: Exception, *kinds: type[WasfError]) -> WasfError:
    """Return why one chat cannot be read; the others go on (W6).

    That is an answer that the API does not promise, one of `kinds`, or a bug. Raise any other
    `WasfError`: it concerns the whole API.
    """
    if not isinstance(error, WasfError):
        return UnexpectedError.of(error)
    if not isinstance(error, (UnexpectedResponse, *kinds)):
        raise error
    return error


def read_or_named(read: Callable[[_Item], _Value], item: _Item) -> _Value | str:
    """Return what `read` makes of an item, or why wasf cannot read it, without its values (W6)."""
    try:
        return read(item)
    except Exception as bug:  # whatever it is, the other items are read
        return f"a message that wasf cannot read: {type(bug).__name__}"


def repeats_itself(title: str) -> UnexpectedResponse:
    """Return the error for an API that shows the same things without end."""
    return UnexpectedResponse(
        f"{title} shows the same page again and again.", "The next sync tries again."
    )


def shows_nothing(title: str) -> UnexpectedResponse:
    """Return the error for an API whose list is empty after it was not."""
    return UnexpectedResponse(
        f"{title} showed a list, and then nothing.", "The next sync tries again."
    )
