"""Texts and names as they are compared: composed, and without what nobody sees."""

import re
import unicodedata

_INVISIBLE = dict.fromkeys(
    [0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, ord("\r")]
) | dict.fromkeys([0x00A0, 0x202F, 0x2009], " ")

_HAS_INVISIBLE = re.compile("[" + "".join(map(chr, _INVISIBLE)) + "]").search


def fold_name(name: str) -> str:
    """A name as it is compared: composed, without case, invisible marks and odd blanks."""
    visible = unicodedata.normalize("NFC", name.translate(_INVISIBLE))
    return " ".join(visible.split()).casefold()


def comparable(text: str) -> str:
    """Text as messages are told apart by it: composed, without invisible marks and ends."""
    if text.isascii():
        return text.replace("\r", "").rstrip()
    # Marks first: one that stands between a letter and its accent keeps them from composing.
    if _HAS_INVISIBLE(text):  # to look for them costs a tenth of taking them out
        text = text.translate(_INVISIBLE)
    return unicodedata.normalize("NFC", text).rstrip()
