"""Text as Salesforce can store it: nothing is altered but what no XML reader could read again."""

import re
from typing import Final

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_REPLACED: Final = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"} | {
    0xFFFE: 0xFFFD,
    0xFFFF: 0xFFFD,
}


def storable(text: str) -> str:
    """The text with control characters as their visible pictures and half characters as U+FFFD.

    Its length in UTF-16 units stays the same. Two halves that belong together become the character
    that they are.
    """
    return of_whole_characters(text).translate(_REPLACED)


def of_whole_characters(text: str) -> str:
    """The text as UTF-8 can carry it: halves that belong together joined, others U+FFFD."""
    if _SURROGATE.search(text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
