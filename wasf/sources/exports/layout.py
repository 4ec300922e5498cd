"""Learns the form of an export's headers from its lines. Only that form counts as a header.

A header is the phone's short date, some glue and its short time, wrapped as the platform does. A
file is written in one go, so all its headers have one form. A line in another form is something
that somebody pasted; it belongs to a message.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum, StrEnum
from itertools import islice
from typing import NamedTuple

from wasf.errors import UnreadableFile
from wasf.sources.exports.text import ANY_MARK, EXPORT_AGAIN, not_a_text
from wasf.sources.exports.timestamps import AROUND_WORD, is_unit, period_of
from wasf.values import dataclass

_MARK = f"[{ANY_MARK}]*"
_FEW_MARKS = f"[{ANY_MARK}]{{0,8}}"
_BLANK = "[ \u00a0\u202f\u2009]"
_ERA = "(?:[RHS]|令和|平成|昭和)?"
_NO_WORD_HAS = r"\d\[\]():,،/\-–—\r\n"
_WORD = rf"[^\W\d_](?:[^{_NO_WORD_HAS}]{{0,22}}[^{_NO_WORD_HAS}\s])?"
_GLUE_WORD = "(?:klo|[kK]l|Klock|um|às|à|as|at|om|o|в|ob|u)"

_DATE = (
    rf"(?P<d1>{_ERA}\d{{1,4}})(?P<s1>{_FEW_MARKS}[./-]{_BLANK}?)"
    rf"(?P<d2>\d{{1,2}})(?P<s2>{_FEW_MARKS}[./-]{_BLANK}?)"
    rf"(?P<d3>{_ERA}\d{{1,4}})(?P<tail>\.?(?:{_BLANK}?(?:г\.?|BE|CE|AD|พ\.ศ\.))?)"
)
_TIME_ALONE = (
    rf"(?P<p1>(?:{_WORD}{_BLANK}?)?)(?P<h>\d{{1,2}})(?P<t1>[:.]|h|{_BLANK}h{_BLANK})(?P<mi>\d\d?)"
    rf"(?P<sec>(?:(?P<t2>[:.]|{_BLANK}min{_BLANK})(?P<se>\d\d?)(?P<t3>(?:{_BLANK}s\b)?))?)"
)
# The era of a year, as in `7:01 AM H25/11/08`, is not part of the word.
_TIME = _TIME_ALONE + rf"(?P<p2>(?:[ \u00a0\u202f\u2009_]?{_WORD})?)(?:(?<![RHS和成])|(?!\d))"
_GLUE = rf"(?P<glue>[,،]?{_FEW_MARKS}{_BLANK}?(?:(?:{_GLUE_WORD}\.?|-){_BLANK})?{_FEW_MARKS}\(?)"

# Without brackets a sender looks like a word after the time.
_NO_WORD = "(?P<p2>)"

_IOS = (rf"{_MARK}\[{_MARK}", rf"(?P<end>\)?{_FEW_MARKS}\]{_BLANK}?)")
_ANDROID = (_MARK, rf"(?P<end>\)?{_BLANK}[-–]{_BLANK})")
_OLD_IOS = (_MARK, r"(?P<end>\)?: )")
_BARE = (_MARK, r"(?P<end>\)? )")

# The era of a year looks like a word after the time, so these forms have no word.
_WITHOUT_WORD = (_DATE + _GLUE + _TIME_ALONE + _NO_WORD, _TIME_ALONE + _NO_WORD + _GLUE + _DATE)
_BODIES = (_DATE + _GLUE + _TIME, _WITHOUT_WORD[0], _TIME + _GLUE + _DATE, _WITHOUT_WORD[1])

_PROBES = tuple(
    (platform, re.compile(start + body + end))
    for platform, (start, end), bodies in (
        ("ios", _IOS, _BODIES),
        ("android", _ANDROID, _BODIES),
        ("ios-old", _OLD_IOS, _BODIES),
        ("ios-bare", _BARE, _WITHOUT_WORD),
    )
    for body in bodies
)

_LONGEST_HEADER = 200
_ANY_MARK_BYTES = rb"(?:\xef\xbb\xbf|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]){0,8}"
_DIGIT_BYTES = (
    rb"(?:[0-9]|\xd9[\xa0-\xa9]|\xdb[\xb0-\xb9]"
    rb"|\xe0[\xa5-\xb9][\x90-\x99\xa6-\xaf]|\xe1\x81[\x80-\x89])"
)
_PERIOD_BYTES = rb"(?:[\xe4-\xed][\x80-\xbf]{2}){0,4} ?"  # Chinese, Japanese, Korean
HEADER_START = (
    _ANY_MARK_BYTES + rb"\[?" + _ANY_MARK_BYTES + rb"[RHS]?" + _PERIOD_BYTES
    + _DIGIT_BYTES + rb"{1,4}" + _ANY_MARK_BYTES + rb"[./:h-] ?" + _DIGIT_BYTES + rb"{1,2}"
    rb"[^\n]{1,40}?" + _DIGIT_BYTES
)  # fmt: skip
"""A pattern for how most headers begin in UTF-8, in any form. It finds other lines, too."""

_MAY_BE_HEADER = re.compile(HEADER_START).match
# Three numbers of a date, two of a time, a sender.
_LOOKS_LIKE_HEADER = re.compile(
    rf"{_MARK}\[?\D{{0,24}}(?:\d{{1,4}}[^\d\n]{{1,24}}){{4}}\d\d?[^\n]{{0,40}}?(?: - |\] |: )"
)
_SEARCHED_LINES = 20_000
_FEWEST_IF_NOT_FIRST = 2
_MINUTES_TO_SEE, _FEW_PASTED = 300, 20
_PADDED = re.compile(r"\D0\d")
_YEAR_DIGITS = 4
_NOON = 12


class Platform(StrEnum):
    """Which phone wrote the file, and how it wraps its headers.

    `IOS` puts them into brackets. `IOS_OLD` (2013 to 2018) ends them with a colon, and `IOS_BARE`
    with a blank.
    """

    ANDROID = "android"
    IOS = "ios"
    IOS_OLD = "ios-old"
    IOS_BARE = "ios-bare"

    @property
    def is_ios(self) -> bool:
        """Return whether an iPhone wrote it."""
        return self is not Platform.ANDROID


class YearPosition(StrEnum):
    """Where the year stands in a date, if its four digits or its era show it."""

    FIRST = "first"
    LAST = "last"
    UNKNOWN = "unknown"


class LayoutFeature(Enum):
    """What in a header's form shows its language, and thereby which date orders are possible."""

    CLOCK_IN_BRACKETS = "24/2/1 (15:04): Basque"
    DOT_BEHIND = "24. 2. 1. or 1.2.24.: Korean, Serbian"
    BLANKS = "24. 2. 1. or 1. 2. 24: Korean, Slovenian"
    PERIOD_FIRST = "下午3:04: Chinese, Japanese, Korean"
    OWN_DIGITS = "२४/२/१: languages that do not begin with the month"
    RIGHT_TO_LEFT = "a mark before each slash: Arabic"
    NO_COMMA = "24/2/1 15:04"
    UNIT = "1/2/24 15:04 น.: Thai, Sorbian"


class HeaderParts(NamedTuple):
    """The patterns of a header's parts. Invisible marks may stand before `start`."""

    start: str
    date: str
    glue: str
    clock: str
    end: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The form of a file's headers.

    `pattern` matches a header at the start of a line. Its groups `date_group` and `clock_group` are
    the date and the time; `parts` are what it is made of. `separator` stands between the numbers of
    the date. `has_period` says that words like PM are used, `has_zeros` that minutes and seconds
    up to 9 have two digits.
    """

    platform: Platform
    pattern: re.Pattern[str]
    parts: HeaderParts
    separator: str
    year: YearPosition
    features: frozenset[LayoutFeature] = frozenset()
    has_period: bool = False
    has_zeros: bool = True
    date_group: int = 1
    clock_group: int = 2

    @property
    def has_short_year(self) -> bool:
        """Return whether any number of the date may be the year."""
        return self.year is YearPosition.UNKNOWN


def learn_layout(lines: Iterable[str], first: int = 1) -> Layout:
    """Return the form of the headers among a file's lines, of which the first has this number.

    Raise `UnreadableFile` if there is none.

    An export begins with a header, which decides. In a file that was cut at its start, the most
    frequent form among the first lines decides, unless more lines look like headers in a form that
    is not known: those that are known were pasted then.
    """
    counts: Counter[Layout] = Counter()
    lines = iter(lines)
    is_first, has_null = True, False
    unknown: list[int] = []
    for number, line in enumerate(islice(lines, _SEARCHED_LINES), first):
        layout = layout_of(line) if line.strip() else None
        if layout is not None:
            if is_first:
                return _with_short_minutes(layout, line, islice(lines, _MINUTES_TO_SEE))
            counts[layout] += 1
        if layout is None and _LOOKS_LIKE_HEADER.match(line) is not None:
            unknown.append(number)
        is_first = is_first and not line.strip()
        has_null = has_null or "\0" in line
    best, count = max(counts.items(), key=lambda item: item[1], default=(None, 0))
    if best is not None and len(unknown) > count:
        raise unknown_form(unknown[0])
    if best is None or count < _FEWEST_IF_NOT_FIRST:
        if has_null:
            raise not_a_text()
        raise UnreadableFile("This file is no exported WhatsApp chat.", EXPORT_AGAIN)
    return best


def unknown_form(line: int) -> UnreadableFile:
    """Return the error for dates or times that wasf cannot read, from this line on."""
    return UnreadableFile(
        f"From line {line:,} on, this file has dates or times in a form that wasf does not know.",
        "Set the phone to another language or to the 24-hour clock and export the chat again. If "
        "another export begins there, cut the file before that line and give both pieces.",
    )


def _with_short_minutes(layout: Layout, first: str, lines: Iterable[str]) -> Layout:
    """Return the layout for `9:5`, instead of `9:05`, if the next lines show such minutes.

    One is enough where no minute and no second is written as `05`.
    """
    shown = [first, *lines]
    rest = [line for line in shown if layout.pattern.match(line) is None]
    short = layout_of(first, has_zeros=False) if rest else None
    others = sum(short.pattern.match(line) is not None for line in rest) if short else 0
    headers = [match for line in shown if (match := layout.pattern.match(line))]
    is_padded = any(_PADDED.search(match[layout.clock_group]) for match in headers)
    few = _FEW_PASTED if is_padded else len(headers) + others + 1
    return short if short and others * few > len(headers) + others else layout


def layout_of(line: str, *, has_zeros: bool = True) -> Layout | None:
    """Return the form of the header that begins a line, None if none does."""
    for platform, pattern in _PROBES:
        match = pattern.match(line)
        if match and _is_plausible(Platform(platform), match):
            layout = _layout_from(Platform(platform), match, has_zeros=has_zeros)
            # Numbers that no date has (123/4/24) match the probe, but not the form.
            if layout.pattern.match(line):
                return layout
    return None


def may_be_header(line: str) -> bool:
    """Return whether a line may begin with a header of any form; fast, and not exact."""
    return _MAY_BE_HEADER(line[:_LONGEST_HEADER].encode()) is not None


def _is_plausible(platform: Platform, match: re.Match[str]) -> bool:
    """Return False for what the logs of programs look like, and for an unknown word at the time."""
    words = [word for word in (match["p1"], match["p2"]) if word.strip(AROUND_WORD)]
    if len(words) > 1 or any(period_of(word) is None and not is_unit(word) for word in words):
        return False
    if platform is Platform.IOS_BARE or (platform is Platform.ANDROID and match["sec"]):
        has_period = platform is Platform.IOS_BARE and _has_period_behind(match)
        return bool(match["sec"]) and len(match["d1"]) < _YEAR_DIGITS and not has_period
    return platform is not Platform.IOS_OLD or bool(match["sec"])


def _has_period_behind(match: re.Match[str]) -> bool:
    """Return whether the sender may be a word for a part of the day: then neither is read."""
    words = match.string[match.end() :].split(maxsplit=1)
    return int(match["h"]) <= _NOON and bool(words) and period_of(words[0]) is not None


def _layout_from(platform: Platform, match: re.Match[str], *, has_zeros: bool) -> Layout:
    has_zeros = has_zeros and all(len(match[name] or "00") > 1 for name in ("mi", "se"))
    date, clock = _date_pattern(match), _clock_pattern(match, "{2}" if has_zeros else "{1,2}")
    word = match["p1"].strip() or match["p2"].strip(AROUND_WORD)
    date_first = match.start("d1") < match.start("h")
    first, second = (date, clock) if date_first else (clock, date)
    if platform is Platform.IOS:
        start, end = _IOS[0], re.escape(match["end"].rstrip()) + _BLANK + "?"
    else:
        start, end = _MARK, re.escape(match["end"])
    glue = re.escape(match["glue"])
    return Layout(
        platform=platform,
        pattern=re.compile(f"{start}({first}){glue}({second}){end}"),
        parts=HeaderParts(start.removeprefix(_MARK), date, glue, clock, end),
        separator=match["s1"].strip().strip("\u200e\u200f")[0],
        year=_year_place(match["d1"], match["d3"]),
        features=frozenset(_features(match)),
        has_period=bool(word) and not is_unit(word),
        has_zeros=has_zeros,
        date_group=1 if date_first else 2,
        clock_group=2 if date_first else 1,
    )


def _features(match: re.Match[str]) -> Iterator[LayoutFeature]:
    found = {
        LayoutFeature.CLOCK_IN_BRACKETS: match["glue"].endswith("("),
        LayoutFeature.DOT_BEHIND: match["tail"].startswith("."),
        LayoutFeature.BLANKS: match["s1"].endswith(tuple(_BLANK)),
        LayoutFeature.PERIOD_FIRST: bool(match["p1"].strip()),
        LayoutFeature.OWN_DIGITS: not match["d2"].isascii(),
        LayoutFeature.RIGHT_TO_LEFT: "\u200f" in match["s1"],
        LayoutFeature.NO_COMMA: match["glue"] == " ",
        LayoutFeature.UNIT: is_unit(match["p2"]),
    }
    return (feature for feature, is_there in found.items() if is_there)


def _date_pattern(match: re.Match[str]) -> str:
    fields = [_field(match[name]) for name in ("d1", "d2", "d3")]
    return (
        f"{fields[0]}{re.escape(match['s1'])}{fields[1]}{re.escape(match['s2'])}{fields[2]}"
        f"{re.escape(match['tail'])}"
    )


def _field(shown: str) -> str:
    if len(shown) == _YEAR_DIGITS and shown.isdecimal():
        return _digit(shown) + "{4}"
    era = _ERA if not shown[0].isdecimal() else ""
    return f"{era}{_digit(shown[-1])}{{1,2}}"


def _digit(shown: str) -> str:
    return "[0-9]" if shown.isascii() else r"\d"


def _clock_pattern(match: re.Match[str], times: str) -> str:
    digit = _digit(match["mi"])
    before = f"{_WORD}{_BLANK}?" if match["p1"].strip() else ""
    clock = f"{before}{digit}{{1,2}}{re.escape(match['t1'])}{digit}{times}"
    if match["sec"]:
        clock += f"{re.escape(match['t2'])}{digit}{times}{re.escape(match['t3'])}"
    if match["p2"].strip():
        clock += f"[ \u00a0\u202f\u2009_]?{_WORD}"
    return clock


def _year_place(first: str, last: str) -> YearPosition:
    if len(first) == _YEAR_DIGITS or not first[0].isdecimal():
        return YearPosition.FIRST
    if len(last) == _YEAR_DIGITS or not last[0].isdecimal():
        return YearPosition.LAST
    return YearPosition.UNKNOWN
