"""Foreign text as a terminal may get it: it can neither move the cursor nor turn text around."""

import json
import unicodedata


def safe(text: str) -> str:
    """Foreign text as it may be shown: no control characters, no turning of the direction.

    Line breaks and tabs become blanks; other controls become their visible pictures.
    """
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    code = ord(character)
    if character in "\n\r\t":
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and code not in _KEPT:
        return "" if unicodedata.category(character) == "Cf" else "\ufffd"
    return character


# Joiners that emoji and several scripts need.
_KEPT = frozenset({0x200C, 0x200D})


def escaped(character: str) -> str:
    """A character of JSON as it may be shown: the same to a program, harmless on a terminal."""
    if character.isprintable() or character == "\n" or ord(character) in _KEPT:
        return character
    return json.dumps(character)[1:-1]
