"""The body of an answer, read whole: bounded in size and in time."""

import time
from typing import Final

import requests

_PIECE: Final = 1 << 16


class TooLarge(OSError):
    """There is more of it than was allowed."""


class TooSlow(OSError):
    """It did not come whole in the time that was allowed."""


def whole_body(response: requests.Response, largest: int, seconds: float) -> bytes:
    """At most `largest` bytes, unpacked, in at most about so many seconds.

    Raises `TooLarge`, `TooSlow`, and what urllib3 does if the connection breaks.
    """
    ends = time.monotonic() + seconds
    pieces: list[bytes] = []
    size = 0
    response.raw.decode_content = True
    # As it arrives: who waits for a whole piece is held for ever by a byte a second.
    while piece := response.raw.read1(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > largest:
            raise TooLarge
        if time.monotonic() > ends:
            raise TooSlow
    return b"".join(pieces)
