"""Foreign text as a terminal may get it: it cannot move the cursor or change its direction.

Text from chats and from Salesforce is hostile. Three kinds of character do harm on a terminal:
controls start escape sequences that move the cursor or forge links, line separators forge lines of
our own, and format characters turn the direction of text around, so that a name reads differently.
"""

import json
import unicodedata
from collections.abc import Mapping

from rich.text import Text

_KEPT = frozenset({0x200C, 0x200D})
"""Joiners: format characters that emoji and several scripts need."""


def safe(text: str) -> str:
    """Return foreign text without control, format and separator characters.

    Line breaks and tabs become blanks; other controls become their visible pictures.
    """
    return "".join(_shown(character) for character in text)


def safe_sentence(text: str) -> str:
    """Return foreign text with a full stop, unless it ends as a sentence does."""
    shown = safe(text)
    return shown if shown.endswith((".", "!", "?")) else f"{shown}."


def safe_cell(text: str) -> Text:
    """Return foreign text for a table's cell: safe, and not read as rich's markup."""
    return Text(safe(text))


def safe_json(value: Mapping[str, object], *, ensure_ascii: bool, indent: int | None) -> str:
    """Return JSON whose texts are unchanged for a program and harmless on a terminal."""
    text = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)
    return "".join(map(_escaped, text))


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


def _escaped(character: str) -> str:
    """Return a character of JSON, escaped if a terminal would not print it."""
    if character.isprintable() or character == "\n" or ord(character) in _KEPT:
        return character
    return json.dumps(character)[1:-1]
