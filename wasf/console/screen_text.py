"""Text as a screen may get it: harmless, and broken between words only.

Text from chats and from Salesforce is hostile. Three kinds of character do harm on a terminal:
controls start escape sequences that move the cursor or forge links, line separators forge lines of
our own, and format characters turn the direction of text around, so that a name reads differently.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.table import Table
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


# --- Layout -------------------------------------------------------------------------------------

_NARROW = 20  # columns
_PIECE = re.compile(r"( *)(wasf(?: \S*[^\s.,;:)])*(?: ?\S+)|\S+)")


class Grid(NamedTuple):
    """A table with texts in its cells; the last `numbers` columns are set to the right."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Text]]
    numbers: int = 0

    def table(self, screen: int) -> Table:
        """Return it for a screen of so many columns, or wider if the longest words need it."""
        texts = [
            [name, *(row[at].plain for row in self.rows)] for at, name in enumerate(self.columns)
        ]
        least = [max(cell_len(word) for text in each for word in text.split()) for each in texts]
        wanted = [
            max(cell_len(line) for text in each for line in text.splitlines()) for each in texts
        ]
        more = [want - least for want, least in zip(wanted, least, strict=True)]
        more = _shared(screen - sum(least) - 3 * len(texts) - 1, more, wanted)
        table = Table(title=self.title, title_justify="left", header_style="bold", box=SIMPLE_HEAD)
        for at, name in enumerate(self.columns):
            is_number = at >= len(texts) - self.numbers
            table.add_column(
                name,
                width=least[at] + more[at],
                justify="right" if is_number else "left",
            )
        for row in self.rows:
            table.add_row(*row)
        return table

    def blocks(self) -> Iterator[str]:
        """Yield lines for a screen that is too narrow for the table: a block for each row."""
        if self.title:
            yield self.title
        width = max(map(len, self.columns[1:]), default=0)
        for first, *cells in self.rows:
            yield first.plain
            for name, cell in zip(self.columns[1:], cells, strict=True):
                for line in cell.plain.splitlines():
                    yield f"  {name:{width}}  {line}"
                    name = ""
        yield ""


def _shared(room: int, more: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """Return how much of the room each column gets: at most what it lacks of what it wants.

    Narrow columns, such as names, get all. The others share what is left.
    """
    given, left = [0] * len(more), max(0, room)
    for count, at in enumerate(sorted(range(len(more)), key=wanted.__getitem__)):
        share = left if wanted[at] <= _NARROW else left // (len(more) - count)
        given[at] = min(more[at], share)
        left -= given[at]
    return given


def broken(text: str, width: int, indent: int = 0) -> str:
    """Return a line with breaks between words where it is too long for a screen.

    Addresses and commands stay whole if a line has room for them; a terminal breaks longer ones
    itself, so that they can be clicked or copied. Further lines are indented as the first, or so
    many columns, which stay as they are.
    """
    if cell_len(text) <= width:
        return text
    indent = indent or len(text) - len(text.lstrip())
    line, lines = "", []
    for blanks, piece in _pieces(text[indent:], width - indent):
        longer = f"{line}{blanks}{piece}" if line else piece
        if line and cell_len(longer) > width - indent:
            lines.append(line)
            longer = piece
        line = longer
    return text[:indent] + f"\n{'':{indent}}".join([*lines, line])


def _pieces(text: str, room: int) -> Iterator[tuple[str, str]]:
    """Yield what stays on one line, a command up to the next stop or a word, after its blanks."""
    for blanks, piece in _PIECE.findall(text):
        first, *others = [piece] if cell_len(piece) <= room else piece.split(" ")
        yield blanks, first
        yield from ((" ", word) for word in others)
