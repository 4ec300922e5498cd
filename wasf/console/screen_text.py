"""Text as a screen may get it, harmless and broken between words only, and the stream to it.

Text from chats and from Salesforce is hostile. Three kinds of character do harm on a terminal:
controls start escape sequences that move the cursor or forge links, line separators forge lines of
our own, and format characters turn the direction of text around, so that a name reads differently.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, NamedTuple

from wasf import late_modules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TextIO

    from rich import box as rich_box
    from rich import cells as rich_cells
    from rich import console as rich_console
    from rich import table as rich_table
    from rich import text as rich_text
else:  # slow to load: needed for a terminal and for a table
    rich_box, rich_cells, rich_console, rich_table, rich_text = late_modules(
        "rich", "box", "cells", "console", "table", "text"
    )

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


class Cell(NamedTuple):
    """What stands in one cell of a table: our own or safe text, and an address below it."""

    text: str
    address: str = ""

    @property
    def lines(self) -> list[str]:
        return [*self.text.splitlines(), *filter(None, [self.address])]

    def styled(self) -> rich_text.Text:
        """Return it for rich's tables; nothing in it is read as rich's markup."""
        if not self.address:
            return rich_text.Text(self.text)
        return rich_text.Text(f"{self.text}\n").append(
            self.address, style=f"dim link {self.address}"
        )


def safe_cell(text: str) -> Cell:
    """Return foreign text for a table's cell."""
    return Cell(safe(text))


def safe_json(value: Mapping[str, object], *, ensure_ascii: bool, indent: int | None) -> str:
    """Return JSON whose texts are unchanged for a program and harmless on a terminal."""
    text = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)
    lines = (  # nearly all are harmless as they are
        line if line.isprintable() else "".join(map(_escaped, line)) for line in text.split("\n")
    )
    return "\n".join(lines)


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
    if character.isprintable() or ord(character) in _KEPT:
        return character
    return json.dumps(character)[1:-1]


# --- Layout -------------------------------------------------------------------------------------

_NARROW = 20  # columns
_WIDEST = 2  # columns that a character may need
COMMANDS = (
    "allow|config|connect|demo|disconnect|doctor|forget|help|inbox|ledger|link|listen|orgs|purge|report|"
    "review|runs|skip|status|sync|test-lead|undo|unlink|verify"
)
_PIECE = re.compile(rf"( *)(wasf (?:{COMMANDS})\b(?: \S*[^\s.,;:)])*(?: ?\S+)?|\S+)")


class Grid(NamedTuple):
    """A table with texts in its cells; the last `numbers` columns are set to the right."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: int = 0

    def table(self, screen: int) -> rich_table.Table:
        """Return it for a screen of so many columns, or wider if the longest words need it."""
        cells = [
            [name, *(line for row in self.rows for line in row[at].lines)]
            for at, name in enumerate(self.columns)
        ]
        wanted = [max(map(rich_cells.cell_len, each)) for each in cells]
        least = [
            max(rich_cells.cell_len(word) for line in each for word in line.split())
            for each in cells
        ]
        if wanted[0] <= _NARROW:
            least[0] = wanted[0]  # what a row is called, such as a phone number, is not broken
        more = [want - least for want, least in zip(wanted, least, strict=True)]
        more = _shared(screen - sum(least) - 3 * len(cells) - 1, more, wanted)
        table = rich_table.Table(
            title=self.title, title_justify="left", header_style="bold", box=rich_box.SIMPLE_HEAD
        )
        for at, name in enumerate(self.columns):
            is_number = at >= len(cells) - self.numbers
            table.add_column(
                name,
                width=least[at] + more[at],
                justify="right" if is_number else "left",
            )
        for row in self.rows:
            table.add_row(*(cell.styled() for cell in row))
        return table

    def blocks(self) -> Iterator[str]:
        """Yield lines for a screen that is too narrow for the table: a block for each row."""
        if self.title:
            yield self.title
        width = max(map(len, self.columns[1:]), default=0)
        for first, *cells in self.rows:
            yield "\n".join(first.lines)
            for name, cell in zip(self.columns[1:], cells, strict=True):
                for line in cell.lines:
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
    if len(text) * _WIDEST <= width:
        return text

    if rich_cells.cell_len(text) <= width:
        return text
    indent = indent or len(text) - len(text.lstrip())
    line, lines = "", []
    for blanks, piece in _pieces(text[indent:], width - indent):
        longer = f"{line}{blanks}{piece}" if line else piece
        if line and rich_cells.cell_len(longer) > width - indent:
            lines.append(line)
            longer = piece
        line = longer
    return text[:indent] + f"\n{'':{indent}}".join([*lines, line])


def _pieces(text: str, room: int) -> Iterator[tuple[str, str]]:
    """Yield what stays on one line, a command up to the next stop or a word, after its blanks."""
    for blanks, piece in _PIECE.findall(text):
        first, *others = [piece] if rich_cells.cell_len(piece) <= room else piece.split(" ")
        yield blanks, first
        yield from ((" ", word) for word in others)


# --- Streams ------------------------------------------------------------------------------------

UNBROKEN: Final = 100_000  # columns
_WIDTH_OF_FILES = 160  # columns
_LAID_OUT = re.compile(r"[\a\b\t\v\f\r]")
"""Tabs and control characters, which rich lays out or leaves out."""


class Stream:
    """A stream for lines, and for what rich draws on it; `file` is the stream itself.

    Where no terminal can be, lines are written as rich would, without loading it.
    """

    def __init__(self, file: TextIO) -> None:
        self.file = file

    @cached_property
    def is_terminal(self) -> bool:
        """Whether it is a terminal, or the environment says that it can do the same."""
        told = any(name in os.environ for name in ("FORCE_COLOR", "TTY_COMPATIBLE"))
        return (told or self.file.isatty()) and self.rich.is_terminal

    @property
    def is_unicode(self) -> bool:
        """Whether its encoding has all characters."""
        return (getattr(self.file, "encoding", "") or "utf-8").lower().startswith("utf")

    @property
    def line_width(self) -> int:
        """At how many columns lines are broken: at none in a file or a pipe."""
        return self.rich.width if self.is_terminal else UNBROKEN

    @cached_property
    def rich(self) -> rich_console.Console:
        """The same stream for rich."""
        plain = partial(
            rich_console.Console, file=self.file, highlight=False, emoji=False, markup=False
        )
        console = plain()
        return console if console.is_terminal else plain(width=_WIDTH_OF_FILES, no_color=True)

    def line(self, text: str, style: str = "", styled: int = 0) -> None:
        """Print a line as it is; on a terminal its first `styled` characters in that style."""
        if not (self.is_terminal or _LAID_OUT.search(text)):
            self.file.write(f"{text}\n")
            self.file.flush()
            return

        shown = rich_text.Text(text)
        shown.stylize(style, 0, styled)
        self.rich.print(shown, soft_wrap=True)
