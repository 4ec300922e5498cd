"""Record ids: Salesforce gives 15 or 18 characters for one record; wasf keeps 18 everywhere."""

import re
from typing import Final

from wasf.core.records import RecordId, RecordType

PREFIXES: Final = {RecordType.CONTACT: "003", RecordType.LEAD: "00Q"}
"""What the ids of an object begin with, in every org."""

_SHORT = re.compile(r"[0-9A-Za-z]{15}")
_LONG = re.compile(r"[0-9A-Za-z]{18}")
_SUFFIX_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def full_id(text: str) -> RecordId | None:
    """The id in its 18 characters; None where the text is no id.

    The last three characters say which of the first fifteen are capitals, so that an id survives
    a program that ignores case.
    """
    if _LONG.fullmatch(text):
        return RecordId(text)
    if not _SHORT.fullmatch(text):
        return None
    return RecordId(text + "".join(_suffix(text[at : at + 5]) for at in (0, 5, 10)))


def type_of(record: RecordId) -> RecordType | None:
    """Contact or Lead, as the id itself tells; None for any other object."""
    return next((kind for kind, prefix in PREFIXES.items() if record.startswith(prefix)), None)


def _suffix(five: str) -> str:
    capitals = sum(1 << place for place, sign in enumerate(five) if "A" <= sign <= "Z")
    return _SUFFIX_LETTERS[capitals]
