"""Looks over a file's blocks where known people write texts: most of a survey sees nothing else."""

import re
from collections.abc import Callable, Collection, Sequence
from functools import cached_property

from wasf.sources.exports.headers import in_bytes, is_exact
from wasf.sources.exports.layout import Layout
from wasf.sources.exports.marks import ANY_MARK, MARKS

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
