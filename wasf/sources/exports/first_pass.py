"""The first pass over an export: reads it to its end for what it shows, and as little as it can."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from wasf.sources.exports.archive import Archive
from wasf.sources.exports.blocks import LONGEST_BODY, Sieve, too_long
from wasf.sources.exports.headers import Headers, Pieces, in_bytes, is_exact
from wasf.sources.exports.layout import Layout, YearPlace, learn_layout
from wasf.sources.exports.survey import MANY, Survey
from wasf.sources.exports.text import ANY_MARK, MARKS, lines_of, mended

# --- overview
# Looks over a file's blocks where known people write texts: most of a survey sees nothing else.


_NUMBERS = re.compile(rb"([0-9]+)")
_LONGEST_HEADER = 100
_HOUR, _SIXTY = b"(?:[01]?[0-9]|2[0-3])", b"[0-5][0-9]"
_MARK = b"(?:" + in_bytes(f"[{ANY_MARK}]") + b")"


def can_be_looked_over(layout: Layout) -> bool:
    """Whether a file of this shape can: the date stands first, and bytes show all of it."""
    start, date, glue, _, end = layout.parts
    return layout.date_group == 1 and is_exact(start + date + glue + end)


class Overview:
    """Finds the pieces of blocks with hardly anything of them.

    `senders` are names as the file has them, `clocks` some clocks that are right: those of their
    form that are times of day are not looked at any more.
    """

    def __init__(
        self, layout: Layout, senders: Collection[bytes], clocks: Collection[bytes]
    ) -> None:
        self._layout, self._senders, self._clocks = layout, senders, clocks
        self._until_date = re.compile(f"[{ANY_MARK}]*{layout.parts.start}({layout.parts.date})")
        self._dates: dict[bytes, str] = {}

    @cached_property
    def _find(self) -> Callable[[bytes], list[bytes]]:
        """Made when it is needed: most files are too short for that, and it takes a while."""
        start, date, glue, clock, end = map(in_bytes, self._layout.parts)
        right = b"|".join(sorted({_form(clock) for clock in self._clocks}))
        names = b"|".join(map(re.escape, self._senders))
        behind = b"%b(?:%b)%b(?:%b): " % (glue, right, end, names)
        # An iPhone's notices have senders, too, and a mark behind them; before it is a file's.
        is_ios = self._layout.platform.is_ios
        no_notice = in_bytes(f"(?![{''.join(MARKS)}])") if is_ios else b""
        unmarked = start + date + b"(?=" + behind + no_notice + b")"
        marked = _MARK + b"+" + start + date + b"(?=" + behind + b")"
        other = _MARK + b"*" + start + date + glue + clock + end + b"[^\n]*"
        return re.compile(b"\n(%b|%b|%b)" % (unmarked, marked, other)).findall

    def of(self, data: bytes) -> Sequence[bytes]:
        """Each piece of a block: its header up to the date's end, if it is a text of a sender.

        Of any other it is the whole first line.
        """
        return self._find(data)

    def date_of(self, shown: bytes) -> str:
        """The date of such a header, "" for a whole line."""
        date = self._dates.get(shown, "")
        if not date and len(shown) <= _LONGEST_HEADER:
            match = self._until_date.fullmatch(shown.decode(errors="replace"))
            if match is not None:
                date = self._dates[shown] = match[1]
        return date


def _form(clock: bytes) -> bytes:
    """A pattern for all times of day that are written as this one is."""
    first, _, *rest = _NUMBERS.split(clock)
    if not rest:
        return re.escape(clock)
    others = b"".join(_SIXTY if part.isdigit() else re.escape(part) for part in rest)
    return re.escape(first) + _HOUR + others


# --- surveying


# How a body starts that WhatsApp did not write.
_PLAIN = f"(?![{''.join(MARKS)}\r\n]|\\Z)"
_COLON = ord(":")
_MOST_SENDERS = 200
_CLOSER_SHARE = 5


@dataclass(frozen=True, slots=True)
class Surveyor:
    """Surveys an export. `may_go_on` says of a name that it may be the start of a longer one.

    Raises `UnreadableFile` for a file that is none.
    """

    archive: Archive
    may_go_on: Callable[[str], bool]

    def survey(self) -> Survey:
        """See what the file shows."""
        return self.survey_again(learn_layout(self._lines()))

    def survey_again(self, layout: Layout, sieve: Sieve | None = None) -> Survey:
        """The same if its shape is known, without the pasted lines that `sieve` finds."""
        found, headers = Survey(layout), Headers(layout, _PLAIN)
        names_tell = layout.separator == "/" and layout.year is not YearPlace.FIRST
        look = _Look(found, headers, sieve, self.may_go_on)
        length = 0
        for block in self.archive.blocks():
            length = 0 if look.at(block) else length + len(block)
            if length > LONGEST_BODY:
                raise too_long()
            if names_tell:
                found.take_names(block)
        return found

    def _lines(self) -> Iterator[str]:
        for block in self.archive.blocks():
            yield from lines_of(block)


class _Look:
    """Looks at blocks: at all of their pieces until it knows who writes, then at few of them.

    A name is settled if it has many lines, one of them without a second `: `, and none that is
    looked for goes on behind it: no other of its lines can tell any more of it then.
    """

    def __init__(
        self,
        survey: Survey,
        headers: Headers,
        sieve: Sieve | None,
        may_go_on: Callable[[str], bool],
    ) -> None:
        self._survey, self._headers, self._sieve = survey, headers, sieve
        self._may_go_on = may_go_on
        self._alone: set[bytes] = set()
        self._overview: Overview | None = None
        self._may_look_over = sieve is None and can_be_looked_over(survey.layout)

    def at(self, block: bytes) -> bool:
        """Take in a block; returns whether there is a header in it."""
        if self._overview is not None:
            found = self._overview.of(block)
            closer = self._survey.take_overview(found, self._overview.date_of)
            if closer * _CLOSER_SHARE > len(found):
                self._overview = None
            return bool(found)
        pieces = _cut(block, self._headers, self._sieve)
        if pieces.dates:
            self._survey.take(pieces)
            if self._may_look_over:
                self._settle(pieces)
        return bool(pieces.dates)

    def _settle(self, pieces: Pieces) -> None:
        """Look over what follows, if most of these pieces could have been."""
        names = Counter(name for name in pieces.names if name)
        new = names.keys() - self._alone
        self._alone.update(_alone(pieces, new))
        settled = [name for name, _ in names.most_common(_MOST_SENDERS) if self._is_settled(name)]
        closer = len(pieces.dates) - sum(names[name] for name in settled)
        if closer * _CLOSER_SHARE <= len(pieces.dates):
            right = set(filter(self._survey.clocks.is_right, pieces.clocks))
            self._overview = Overview(self._survey.layout, settled, right)

    def _is_settled(self, name: bytes) -> bool:
        shown = name.decode(errors="replace")
        has_many = self._survey.senders[shown].lines > MANY
        return has_many and name in self._alone and not self._may_go_on(shown)


def _alone(pieces: Pieces, names: Collection[bytes]) -> Iterator[bytes]:
    """Which of these names have a line without a second `: `."""
    for name, text in zip(pieces.names, pieces.texts, strict=True):
        if name is not None and name in names and not (_COLON in text and b": " in text):
            yield name


def _cut(data: bytes, headers: Headers, sieve: Sieve | None = None) -> Pieces:
    """The pieces of a block, without pasted ones; what is damaged in it is readable then."""
    try:
        _, pieces = headers.cut(data)
        pasted = sieve(pieces) if sieve else {}
        return headers.cut_without(pasted, data)[1] if pasted else pieces
    except UnicodeDecodeError:
        return _cut(mended(data), headers, sieve)
