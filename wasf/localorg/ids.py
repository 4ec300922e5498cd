"""Record ids as Salesforce makes them: kind, place, count and checksum in 18 characters."""

import re
from functools import lru_cache
from typing import NewType

RecordId = NewType("RecordId", str)
"""An id of 18 characters with the right checksum."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_POD = "5e0000"  # which instance made the record; part of every id, the same in one org


def checksum(short: str) -> str:
    """The three letters that say which of the 15 characters are capitals."""
    return _letter(short[:5]) + _letter(short[5:10]) + _letter(short[10:])


@lru_cache(maxsize=4096)
def _letter(block: str) -> str:
    return _SUFFIX[sum(1 << place for place, sign in enumerate(block) if "A" <= sign <= "Z")]


def mint(prefix: str, count: int) -> RecordId:
    """The id of the count-th record of the kind that `prefix` names."""
    digits = ""
    for _ in range(15 - len(prefix) - len(_POD)):
        count, digit = divmod(count, 62)
        digits = _DIGITS[digit] + digits
    short = prefix + _POD + digits
    return RecordId(short + checksum(short))


@lru_cache(maxsize=16384)
def canonical(text: str) -> RecordId | None:
    """The 18-character form of an id given with 15 or 18; None where it is no id."""
    if not _SHAPE.fullmatch(text):
        return None
    short = text[:15]
    if len(text) == 18:
        return _repaired(short, text[15:])
    return RecordId(short + checksum(short))


def _repaired(short: str, suffix: str) -> RecordId | None:
    """The id whose letters have the case that the suffix tells (18 characters ignore case)."""
    # A letter that no checksum has is -1 here, and found out by the comparison below.
    capitals = [_SUFFIX.find(letter) for letter in suffix.upper()]
    fixed = "".join(
        sign.upper() if capitals[place // 5] >> place % 5 & 1 else sign.lower()
        for place, sign in enumerate(short)
    )
    return RecordId(fixed + suffix.upper()) if checksum(fixed) == suffix.upper() else None
