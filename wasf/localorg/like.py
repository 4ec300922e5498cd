"""What LIKE means: `%` is anything, `_` one character, a backslash makes the next one plain."""

import re
from functools import lru_cache

_PIECE = re.compile(r"\\(.)|(.)", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def sqlite_pattern(escaped: str) -> str:
    """SQLite's pattern (escape character backslash) for the inside of a SOQL literal."""
    return "".join(
        f"\\{sign}" if sign in "%_\\" and literal else sign for sign, literal in _pieces(escaped)
    )


def _pieces(escaped: str) -> list[tuple[str, bool]]:
    """The characters, each with whether it stands for itself even if it is `%` or `_`."""
    found: list[tuple[str, bool]] = []
    for after_backslash, plain in _PIECE.findall(escaped):
        if plain:
            found.append((plain, False))
        else:
            found.append((_CONTROLS.get(after_backslash.lower(), after_backslash), True))
    return found


def matches(text: str, pattern: str) -> bool:
    """Whether a SQLite pattern with backslash escapes fits, ignoring case in every script."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    wild = {"%": ".*", "_": "."}
    pieces = (
        re.escape(sign) if literal else wild.get(sign, re.escape(sign))
        for sign, literal in _raw_pieces(pattern)
    )
    return re.compile("".join(pieces), re.IGNORECASE | re.DOTALL)


def _raw_pieces(pattern: str) -> list[tuple[str, bool]]:
    return [(escaped or plain, bool(escaped)) for escaped, plain in _PIECE.findall(pattern)]
