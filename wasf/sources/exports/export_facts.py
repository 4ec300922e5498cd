"""What the first pass collects of an export: its dates, its clocks, and who may have written.

A sender is what stands before the first `: ` of a header's line. That may also be part of a name
with a colon, or part of a notice; `senders_of` decides.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import compress, count, islice, pairwise
from operator import ne

from wasf.core.text import fold_name
from wasf.errors import UnreadableFile
from wasf.sources.exports.chunks import LONGEST_NAME, Chunks
from wasf.sources.exports.layout import Layout, layout_of
from wasf.sources.exports.names import UNSAVED, KnownNames, is_same_name, shown_name, start_of
from wasf.sources.exports.notices import (
    has_group_words,
    is_encryption_notice,
    is_notice,
    is_part_of_notice,
    is_translated_notice,
)
from wasf.sources.exports.text import ANY_MARK, EXPORT_AGAIN, MARKS, has_mark, tidy_name
from wasf.sources.exports.timestamps import Clocks, DateFacts, has_unknown_word

MANY_LINES = 50
"""Somebody with more lines is in the chat for certain; they need not all be counted."""

_LONGEST_HEADER = 200
_MOST_NAMES = 20_000
_MOST_NOTICES, _LONGEST_NOTICE = 300, 300
_ENOUGH_DATED_FILES = 500
_DATED_FILE = re.compile(
    # A pattern that begins with a single character is searched for fastest.
    rb"-(?:(?<=[A-Z]{3}-)(\d{8})-WA\d|(?<=\d{8}-)[A-Z]{3,10}-(\d{4}-\d\d-\d\d)-\d\d-\d\d)"
)
_COLON = ord(":")
_HAS_LETTER = re.compile(r"[^\W\d_]").search


@dataclass(slots=True)
class SenderCounts:
    """What was counted of one possible sender, as the file spells it.

    `lines` are its headers; beyond `MANY_LINES` not all of them are counted. `notices` are those
    among them that are notices of WhatsApp's. `marked` are those that may be ones by the mark
    before the body, and `marked_twice` those with a mark before the header, too, as files have.
    """

    lines: int = 0
    notices: int = 0
    marked: int = 0
    marked_twice: int = 0


@dataclass(slots=True)
class ExportFacts:
    """What a whole file shows.

    `senders` are in order of appearance. `longer_names` are texts before a later `: `, which may be
    names with a colon; of `certain_names` among them a line holds only a file or a placeholder
    behind the name, which no person's text is. `announced` is the sender of an iPhone's first
    notice: the other party or the group. `opening` is that notice if the file begins with it,
    without a mark. `unspaced` counts texts before a `:` without a blank behind it, which may be
    names. `notices` are the first different notices, with their senders on an iPhone, and others
    with words that only groups have. `all_marked` says that there is a mark before every header,
    `has_marks` that there is one before some body. `has_other_form` says that some line is a header
    in another form than the file's. `is_translated` says that a notice is in another language than
    English. `wrong_clocks` counts times of day that do not exist, `unknown_words` those among them
    that only have a word that is not known.
    """

    layout: Layout
    clocks: Clocks
    dates: DateFacts = field(default_factory=DateFacts)
    wrong_clocks: int = 0
    unknown_words: int = 0
    senders: dict[str, SenderCounts] = field(default_factory=dict)
    longer_names: Counter[str] = field(default_factory=Counter)
    certain_names: set[str] = field(default_factory=set)
    announced: str = ""
    opening: str = ""
    unspaced: Counter[str] = field(default_factory=Counter)
    notices: dict[tuple[str, str], None] = field(default_factory=dict)
    is_translated: bool = False
    all_marked: bool = True
    has_marks: bool = False
    has_other_form: bool = False

    @property
    def headers(self) -> int:
        """Return how many headers the file has."""
        return self.dates.counts.total()

    def add_chunks(self, chunks: Chunks) -> None:
        """Collect from the chunks of a block; there must be one. Every message may pass here."""
        marks, dates, clocks, names, texts = chunks
        is_start = not self.dates.first_clock
        self.dates.first_clock = self.dates.first_clock or _readable(clocks[0])
        self.dates.add([(_readable(date), lines) for date, lines in _runs(dates)])
        self._add_wrong_clocks(self.clocks.wrong(clocks))
        self.all_marked = self.all_marked and all(map(has_mark, set(marks)))
        spelled = Counter(names)
        spelled.pop(None, None)
        counts = {_readable(name): lines for name, lines in spelled.items() if name is not None}
        special = [
            at
            for at, (name, text) in enumerate(zip(names, texts, strict=True))
            # A search for one character costs a fraction of a search for two, so it goes first.
            if name is None or (_COLON in text and b": " in text)
        ]
        if not self.senders.keys() >= counts.keys():
            self._add_new_senders(chunks)
        for name, lines in counts.items():
            self._sender(name).lines += lines
        for at in special:
            is_marked = has_mark(marks[at])
            self._add_line(_first_line(chunks, at), is_new=names[at] is None, is_marked=is_marked)
        if is_start:
            self._add_opening(_first_line(chunks, 0))

    def add_other_lines(self, lines: Iterable[bytes]) -> bool:
        """Collect from lines that look like headers; return whether one is, of another form."""
        for line in lines if not self.has_other_form else ():
            shown = _readable(line[:_LONGEST_HEADER])
            if self.layout.pattern.match(shown) is None and layout_of(shown) is not None:
                self.has_other_form = True
                break
        return self.has_other_form

    def add_scanned(self, found: Sequence[bytes], date_of: Mapping[bytes, str]) -> int:
        """Collect from the headers that a `KnownSenderScan` found.

        `date_of` has a header's date, "" for a whole line. Return how many are whole lines.
        """
        dates: list[tuple[str, int]] = []
        whole = 0
        for shown, lines in _runs(found):
            date = date_of[shown]
            if not date:
                whole += lines
                date = self._add_whole_line(shown.removesuffix(b"\r"), lines)
            elif self.all_marked:
                self.all_marked = has_mark(shown)
            if date and dates and dates[-1][0] == date:
                dates[-1] = (date, dates[-1][1] + lines)
            elif date:
                dates.append((date, lines))
        self.dates.add(dates)
        return whole

    def add_dated_files(self, block: bytes) -> None:
        """Collect the dates in the names of attached files, until there are enough of them."""
        if self.dates.named.total() >= _ENOUGH_DATED_FILES:
            return
        for match in _DATED_FILE.finditer(block):
            start = block.rfind(b"\n", 0, match.start()) + 1
            header = self.layout.pattern.match(_readable(block[start : match.end()]))
            day = _day((match[1] or match[2]).decode())
            if header is not None and day is not None:
                self.dates.named[header[self.layout.date_group], day] += 1

    def _add_new_senders(self, chunks: Chunks) -> None:
        """Add senders in order of appearance; names with a colon come after the others."""
        for at in range(len(chunks.names)):
            start, colon, _ = _first_line(chunks, at).partition(": ")
            if colon and ":" not in start and len(start) <= LONGEST_NAME:
                self._sender(start)

    def _add_whole_line(self, shown: bytes, times: int) -> str:
        """Collect from a line that occurs so many times; return its date, "" for no header."""
        line = _readable(shown)
        header = self.layout.pattern.match(line)
        if header is None:
            self.add_other_lines([shown])
            return ""
        is_marked = has_mark(shown)
        self.all_marked = self.all_marked and is_marked
        if not self.clocks.is_right(header[self.layout.clock_group].encode()):
            self._add_wrong_clocks([header[self.layout.clock_group].encode()] * times)
        for _ in range(times):
            self._add_line(line[header.end() :], is_new=True, is_marked=is_marked)
        return header[self.layout.date_group]

    def _add_line(self, line: str, *, is_new: bool, is_marked: bool) -> None:
        """Collect from what follows a header in its line; `is_new` if it was not counted yet."""
        colon = line.find(": ", 0, LONGEST_NAME + 2)
        first = line.find(":", 0, LONGEST_NAME + 1)
        if first != colon and _may_end_name(line, first) and len(self.unspaced) < _MOST_NAMES:
            self.unspaced[line[:first]] += 1
        if colon < 0:
            self._add_without_text(line)
            return
        sender = self._sender(line[:colon])
        sender.lines += is_new
        if line.startswith(MARKS, colon + 2):
            self.has_marks = True
            # On Android a notice has no sender.
            if self.layout.platform.is_ios:
                sender.marked += not is_marked
                sender.marked_twice += is_marked
                self._add_notice(sender, line[:colon], line[colon + 2 :])
        self._add_longer_names(line, colon)

    def _sender(self, name: str) -> SenderCounts:
        counts = self.senders.get(name)
        if counts is None:
            if len(self.senders) >= _MOST_NAMES:
                raise UnreadableFile("This file has more senders than any chat.", EXPORT_AGAIN)
            counts = self.senders[name] = SenderCounts()
        return counts

    def _add_wrong_clocks(self, clocks: Collection[bytes]) -> None:
        self.wrong_clocks += len(clocks)
        self.unknown_words += sum(has_unknown_word(_readable(clock)) for clock in clocks)

    def _add_without_text(self, line: str) -> None:
        """Collect from a notice, or from an empty message (`Ada:`)."""
        if ("", line) in self.notices:
            return
        self.is_translated = self.is_translated or is_translated_notice(line)
        if line.endswith(":") and len(line) <= LONGEST_NAME:
            self._sender(line[:-1]).lines += 1
        else:
            self._keep_notice("", line)

    def _add_notice(self, sender: SenderCounts, name: str, body: str) -> None:
        sender.notices += is_notice(body, name, is_group=True)
        if (name, body) in self.notices:
            return
        self.is_translated = self.is_translated or is_translated_notice(body)
        if not self.announced and is_encryption_notice(body):
            self.announced = name
        if body.lstrip(ANY_MARK)[:1] != "<":
            self._keep_notice(name, body)

    def _keep_notice(self, name: str, text: str) -> None:
        notice, kept = (name, text[:_LONGEST_NOTICE]), len(self.notices)
        if notice in self.notices or kept >= 2 * _MOST_NOTICES:
            return
        if kept < _MOST_NOTICES or has_group_words(text):
            self.notices[notice] = None

    def _add_opening(self, line: str) -> None:
        """Collect from the first line of a file whose marks were lost or never there."""
        name, colon, body = line.partition(": ")
        is_unmarked = colon and not body.startswith(MARKS) and self.layout.platform.is_ios
        if is_unmarked and is_encryption_notice(body) and is_notice(body, name, is_group=False):
            self.opening = body
            self._add_notice(self._sender(name), name, body)

    def _add_longer_names(self, line: str, colon: int) -> None:
        if len(self.longer_names) >= _MOST_NAMES:
            return
        while (colon := line.find(": ", colon + 2, LONGEST_NAME)) >= 0:
            name, body = line[:colon], line[colon + 2 :]
            self.longer_names[name] += 1
            if body.startswith(MARKS) or (body[:1] == "<" and body[-1:] == ">"):
                self.certain_names.add(name)


def _may_end_name(line: str, colon: int) -> bool:
    """Return whether a colon without a blank behind it may end a name: not in `12:30`."""
    before, behind = line[:colon], line[colon + 1 :]
    if not before.strip() or not behind.strip() or behind.startswith("//"):
        return False
    return not (before[-1].isdecimal() and behind[0].isdecimal() and _HAS_LETTER(before))


def _first_line(chunks: Chunks, at: int) -> str:
    """Return what follows a header in its line."""
    name, text = chunks.names[at], chunks.texts[at]
    line = text.partition(b"\n")[0].removesuffix(b"\r")
    return _readable(line if name is None else b"%b: %b" % (name, line))


def _readable(shown: bytes) -> str:
    return shown.decode(errors="replace")


def _runs(found: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """Return each run of equal values with its length. There are few runs, so C does the work."""
    if not found:
        return []
    starts = [0, *compress(count(1), map(ne, found, islice(found, 1, None))), len(found)]
    return [(found[start], end - start) for start, end in pairwise(starts)]


def _day(digits: str) -> date | None:
    try:
        return date.fromisoformat(digits)
    except ValueError:
        return None


# --- Senders -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sender:
    """One name in all its spellings.

    `said` counts lines that are no known notices, `plain` those that cannot be notices.
    """

    shown: str
    spellings: Sequence[str]
    lines: int
    said: int
    plain: int
    is_unsaved: bool


def senders_of(facts: ExportFacts, known: KnownNames) -> Iterator[Sender]:
    """Yield the names that people wrote under, each once."""
    spellings: dict[str, dict[str, SenderCounts]] = {}
    for name, counts in _names(facts, known):
        spellings.setdefault(fold_name(shown_name(name)), {})[name] = counts
    for spelled in spellings.values():
        yield Sender(
            shown=shown_name(next(iter(spelled))),
            spellings=tuple(spelled),
            lines=sum(counts.lines for counts in spelled.values()),
            said=sum(counts.lines - counts.notices for counts in spelled.values()),
            plain=sum(_plain(counts, facts) for counts in spelled.values()),
            is_unsaved=any(tidy_name(name).startswith(UNSAVED) for name in spelled),
        )


def _plain(counts: SenderCounts, facts: ExportFacts) -> int:
    """Return how many lines have no mark before their body, or are files."""
    plain = counts.lines - counts.marked
    return max(0, plain - counts.marked_twice if facts.all_marked else plain)


def _names(facts: ExportFacts, known: KnownNames) -> Iterator[tuple[str, SenderCounts]]:
    """Yield names as spelled. The lines of a name with a colon do not count for its start."""
    mine = known.folded_me
    by_start: dict[str, dict[str, int]] = {}
    for name, lines in facts.longer_names.items():
        is_mine = fold_name(shown_name(name)) in mine
        if is_mine or _is_whole_title(name, known.title) or _is_on_all_lines(facts, name):
            by_start.setdefault(start_of(name), {})[name] = lines
    unspaced = _unspaced_names(facts, known)
    yield from unspaced.items()
    for name, counts in facts.senders.items():
        if name.partition(":")[0] in unspaced and ":" in name:
            continue
        longer = by_start.get(name, {})
        for whole, lines in longer.items():
            yield whole, SenderCounts(lines)
        left = counts.lines - sum(longer.values())
        if left > 0 and not is_part_of_notice(name, counts.lines):
            yield name, replace(counts, lines=left, notices=min(counts.notices, left))


def _unspaced_names(facts: ExportFacts, known: KnownNames) -> dict[str, SenderCounts]:
    """Return names with lines that have no blank behind the colon.

    On Android a notice may have such a colon, so one line is not enough for a new name.
    """
    spaced = {fold_name(shown_name(name)) for name in facts.senders}
    mine = known.folded_me
    return {
        name: SenderCounts(lines)
        for name, lines in facts.unspaced.items()
        if not is_part_of_notice(name, lines)
        and (
            facts.layout.platform.is_ios
            or lines > 1
            or (folded := fold_name(shown_name(name))) in spaced
            or folded in mine
            or is_same_name(shown_name(name), known.title)
        )
    }


def _is_whole_title(name: str, title: str) -> bool:
    """Return whether a name with a colon is the chat's, and not only its start (`Ada: 🙂: yes`)."""
    start = shown_name(start_of(name))
    return is_same_name(shown_name(name), title) and not is_same_name(start, title)


def _is_on_all_lines(facts: ExportFacts, name: str) -> bool:
    """Return whether all lines with its start have this name, and one is no text for certain."""
    first = facts.senders.get(start_of(name))
    return (
        name in facts.certain_names
        and first is not None
        and first.lines == facts.longer_names[name]
    )
