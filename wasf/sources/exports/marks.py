"""The invisible marks in exports: those around headers, and those before WhatsApp's own words."""

import re
import unicodedata
from functools import lru_cache

ANY_MARK = "\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""All that may stand around a header, as the members of a set in a pattern."""

MARKS = ("\u200e", "\u200f")
"""What an iPhone puts before a body that WhatsApp wrote, and before the header of a file."""

MARKS_IN_BYTES = tuple(map(str.encode, MARKS))

_INVISIBLE = re.compile(f"[{ANY_MARK}]+")


def without_marks(text: str) -> str:
    """A text without the invisible marks that WhatsApp puts around its own words."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


@lru_cache(512)
def fold_phrase(text: str) -> str:
    """A phrase as it is compared: no marks, no case, no full stop, blanks as one."""
    plain = unicodedata.normalize("NFC", without_marks(text))
    return " ".join(plain.split()).rstrip(".。।۔ ").casefold()
