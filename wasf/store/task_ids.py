"""Ids of Tasks in eleven bytes instead of eighteen: a team has millions of them."""

import re

from wasf.core.records import RecordId

_TASK = re.compile(r"00T([0-9A-Za-z]{12})([A-Z0-5]{3})")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_LENGTH = 11


def packed_id(record_id: RecordId) -> bytes | str:
    """An id as the ledger keeps it; what does not look like a Task's stays as it is."""
    match = _TASK.fullmatch(record_id)
    if match is None:
        return record_id
    number = 0
    for digit in match[1]:
        number = number * len(_DIGITS) + _DIGITS.index(digit)
    for mark in match[2]:
        number = number * len(_MARKS) + _MARKS.index(mark)
    return number.to_bytes(_LENGTH)


def id_from(kept: bytes | str) -> RecordId:
    """The id again."""
    if isinstance(kept, str):
        return RecordId(kept)
    number, text = int.from_bytes(kept), ""
    for signs, count in ((_MARKS, 3), (_DIGITS, 12)):
        for _ in range(count):
            number, sign = divmod(number, len(signs))
            text = signs[sign] + text
    return RecordId(f"00T{text}")
