"""Learns the one shape that all headers of an export have, and accepts only that.

A header is the phone's short date, a glue and its time, wrapped as the platform does. One file has
one shape, because all of it is written in one go; a line of another shape is something that
somebody pasted, and belongs to a body.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, StrEnum
from itertools import islice
from typing import NamedTuple

from wasf.errors import UnreadableFile
from wasf.sources.exports.text import ANY_MARK, EXPORT_AGAIN, no_text

# --- periods
# What the words for parts of the day mean (`PM`, `p. m.`, `下午`): data, and one rule for each.


_DROPPED = re.compile("[\\s.·_'’\"״\u2068\u2069\u200b-\u200f\u202a-\u202e]+")
_HALF_DAY = 12
_FIRST_EVENING_HOUR = 6
_LAST_NOON_HOUR = 4


class Period(Enum):
    """A part of the day: before noon, after noon, around noon, around midnight."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    NOON = "noon"
    NIGHT = "night"


# As phones write them (CLDR), without case, blanks, dots and quotes.
_WORDS = {
    Period.MORNING: (
        "am a ص صباحا صباحًا قظ ق قبلازظهر πμ de öö sa pg pd дп dop fm ap vm vorm "
        "vormittags morgens пробяд проб претпл priešpiet priekšp पूर्वाह्न सुबह ਪੂਦੁ ጥዋት לפנהצ "
        "上午 凌晨 清晨 早上 午前 朝 "
        "오전 아침 새벽 පෙව fh rn үө ກ່ອນທ່ຽງ နံနက် to mañana madrugada delamañana delamadrugada "
        "ఉ s v förmiddag paradite eparadites ก่อนเที่ยง "
        "matin dumatin mattina dimattina manhã damanhã madrugada damadrugada ранку утра sáng dop"
    ),
    Period.AFTERNOON: (
        "pm p م مساء مساءً بظ ب بعدازظهر μμ du ös ch ptg md пп odp em ip nm nachm "
        "nachmittags abends слоб сл попл popiet pēcp अपराह्न दोपहर शाम ਬਾਦੁ ከሰዓት אחהצ "
        "下午 晚上 傍晚 午後 夕方 "
        "오후 저녁 පව eh in үх ຫຼັງທ່ຽງ ညနေ tk tarde delatarde noche delanoche après-midi soir dusoir "
        "సా c n eftermiddag pasdite epasdites หลังเที่ยง "
        "pomeriggio dipomeriggio sera disera tarde datarde noite danoite дня вечора вечера chiều "
        "tối pop"
    ),
    Period.NOON: "mittags 中午 正午 昼 noon mediodía delmediodía midi mezzogiorno meio-dia trưa m",
    Period.NIGHT: (
        "nachts 午夜 深夜 夜 夜中 真夜中 자정 밤 रात midnight mitternacht ночи ночі đêm éjjel"
    ),
}


def fold_word(word: str) -> str:
    """A word as the table has it."""
    return _DROPPED.sub("", word).casefold()


_PERIODS = {fold_word(word): period for period, words in _WORDS.items() for word in words.split()}


def period_of(word: str) -> Period | None:
    """What a word means, None if it is no known one."""
    return _PERIODS.get(fold_word(word))


def hour_of_day(hour: int, period: Period) -> int:
    """The hour from 0 to 23. An hour beyond 12 says so itself and the word is ignored."""
    return hour if hour > _HALF_DAY else _RULES[period](hour % _HALF_DAY)


_RULES: dict[Period, Callable[[int], int]] = {
    Period.MORNING: lambda hour: hour,
    Period.AFTERNOON: lambda hour: hour + _HALF_DAY,
    Period.NOON: lambda hour: hour + _HALF_DAY if hour <= _LAST_NOON_HOUR else hour,
    Period.NIGHT: lambda hour: hour + _HALF_DAY if hour >= _FIRST_EVENING_HOUR else hour,
}


# --- layout


_MARK = f"[{ANY_MARK}]*"
_BLANK = "[ \u00a0\u202f\u2009]"
_ERA = "(?:[RHS]|令和|平成|昭和)?"
_NO_WORD_HAS = r"\d\[\]():,،/\-–—\r\n"
_WORD = rf"[^\W\d_](?:[^{_NO_WORD_HAS}]{{0,22}}[^{_NO_WORD_HAS}\s])?"
_GLUE_WORD = "(?:klo|kl|um|às|à|as|at|om|o|в|ob|u)"

_DATE = (
    rf"(?P<d1>{_ERA}\d{{1,4}})(?P<s1>{_MARK}[./-]{_BLANK}?)"
    rf"(?P<d2>\d{{1,2}})(?P<s2>{_MARK}[./-]{_BLANK}?)"
    rf"(?P<d3>{_ERA}\d{{1,4}})(?P<tail>\.?(?:{_BLANK}?(?:г\.?|BE|CE|AD|พ\.ศ\.))?)"
)
_TIME_ALONE = (
    rf"(?P<p1>(?:{_WORD}{_BLANK}?)?)(?P<h>\d{{1,2}})(?P<t1>[:.]|{_BLANK}h{_BLANK})(?P<mi>\d\d)"
    rf"(?P<sec>(?:(?P<t2>[:.]|{_BLANK}min{_BLANK})(?P<se>\d\d)(?P<t3>(?:{_BLANK}s\b)?))?)"
)
# A year's era, as in `7:01 AM H25/11/08`, is no part of the word.
_TIME = _TIME_ALONE + rf"(?P<p2>(?:[ \u00a0\u202f\u2009_]?{_WORD})?)(?:(?<![RHS和成])|(?!\d))"
_GLUE = rf"(?P<glue>[,،]?{_MARK}{_BLANK}?(?:{_GLUE_WORD}\.?{_BLANK})?{_MARK}\(?)"

# Without brackets the sender looks like a word after the time.
_NO_WORD = "(?P<p2>)"

_IOS = (rf"{_MARK}\[{_MARK}", rf"(?P<end>\)?{_MARK}\]{_BLANK}?)")
_ANDROID = (_MARK, rf"(?P<end>\)?{_BLANK}[-–]{_BLANK})")
_OLD_IOS = (_MARK, r"(?P<end>\)?: )")
_BARE = (_MARK, r"(?P<end>\)? )")

# The era of a year looks like a word after the time, too.
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

_SEARCHED_LINES = 20_000
_FEWEST_IF_NOT_FIRST = 2
_YEAR_DIGITS = 4
_MOST_HOUR, _MOST_MINUTE = 23, 59
_NOON = 12
_CLOCK = re.compile(r"(\D*)(\d+)\D+?(\d+)(?:\D+?(\d+))?(\D*)\Z")
_AROUND_WORD = " \u00a0\u202f\u2009_"
_SECONDS_UNIT = "s"


class Platform(StrEnum):
    """Which phone wrote the file; `IOS` puts the header into brackets, `IOS_OLD` (2013-18) not."""

    ANDROID = "android"
    IOS = "ios"
    IOS_OLD = "ios-old"
    IOS_BARE = "ios-bare"

    @property
    def is_ios(self) -> bool:
        """Whether an iPhone wrote it."""
        return self is not Platform.ANDROID


class YearPlace(StrEnum):
    """Where the year stands, as far as its four digits or its era show it."""

    FIRST = "first"
    LAST = "last"
    UNKNOWN = "unknown"


class Hint(Enum):
    """What in a header's form shows the language, and with it which orders can be."""

    CLOCK_IN_BRACKETS = "24/2/1 (15:04): Basque"
    DOT_BEHIND = "24. 2. 1. or 1.2.24.: Korean, Serbian"
    BLANKS = "24. 2. 1. or 1. 2. 24: Korean, Slovenian"
    PERIOD_FIRST = "下午3:04: Chinese, Japanese, Korean"
    OWN_DIGITS = "२४/२/१: languages that do not begin with the month"
    RIGHT_TO_LEFT = "a mark before each slash: Arabic"
    NO_COMMA = "24/2/1 15:04"


class Parts(NamedTuple):
    """The patterns of a header's parts; invisible marks may stand before `start`."""

    start: str
    date: str
    glue: str
    clock: str
    end: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The shape of a file's headers.

    `pattern` matches a header at the start of a line and has two groups, date and clock, at
    `date_group` and `clock_group`; `parts` are what it is made of. `separator` stands between the
    date's fields; `hints` say what else shows the language. `has_period` says that words like PM
    are used.
    """

    platform: Platform
    pattern: re.Pattern[str]
    parts: Parts
    separator: str
    year: YearPlace
    hints: frozenset["Hint"] = frozenset()
    has_period: bool = False
    date_group: int = 1
    clock_group: int = 2

    @property
    def has_short_year(self) -> bool:
        """Whether any number may be the year."""
        return self.year is YearPlace.UNKNOWN


def learn_layout(lines: Iterable[str]) -> Layout:
    """Find the shape from a file's lines. Raises `UnreadableFile` if there is none.

    An export begins with a header, and that one decides. Of a file that was cut at its start, the
    most frequent shape does.
    """
    counts: Counter[Layout] = Counter()
    is_first, has_zeros = True, False
    for line in islice(lines, _SEARCHED_LINES):
        layout = _probe(line) if line.strip() else None
        if layout is not None:
            if is_first:
                return layout
            counts[layout] += 1
        is_first = is_first and not line.strip()
        has_zeros = has_zeros or "\0" in line
    best, count = max(counts.items(), key=lambda item: item[1], default=(None, 0))
    if best is None or count < _FEWEST_IF_NOT_FIRST:
        if has_zeros:
            raise no_text()
        raise UnreadableFile("This file is no exported WhatsApp chat.", EXPORT_AGAIN)
    return best


def _probe(line: str) -> Layout | None:
    for platform, pattern in _PROBES:
        match = pattern.match(line)
        if match and _is_plausible(Platform(platform), match):
            layout = _layout(Platform(platform), match)
            # Numbers that no date has (123/4/24) fit the probe, not the shape.
            if layout.pattern.match(line):
                return layout
    return None


def _is_plausible(platform: Platform, match: re.Match[str]) -> bool:
    """Sort out what programs' logs look like, and words that are no part of the day."""
    words = [word for word in (match["p1"], match["p2"]) if word.strip(_AROUND_WORD)]
    if any(period_of(word) is None for word in words) or len(words) > 1:
        return False
    if platform is Platform.IOS_BARE or (platform is Platform.ANDROID and match["sec"]):
        has_period = platform is Platform.IOS_BARE and _has_period_behind(match)
        return bool(match["sec"]) and len(match["d1"]) < _YEAR_DIGITS and not has_period
    return platform is not Platform.IOS_OLD or bool(match["sec"])


def _has_period_behind(match: re.Match[str]) -> bool:
    """A sender that may be a word for a part of the day: neither is read."""
    words = match.string[match.end() :].split(maxsplit=1)
    return int(match["h"]) <= _NOON and bool(words) and period_of(words[0]) is not None


def _layout(platform: Platform, match: re.Match[str]) -> Layout:
    date, clock = _date_pattern(match), _clock_pattern(match)
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
        parts=Parts(start.removeprefix(_MARK), date, glue, clock, end),
        separator=match["s1"].strip().strip("\u200e\u200f")[0],
        year=_year_place(match["d1"], match["d3"]),
        hints=frozenset(_hints(match)),
        has_period=bool(match["p1"].strip() or match["p2"].strip()),
        date_group=1 if date_first else 2,
        clock_group=2 if date_first else 1,
    )


def _hints(match: re.Match[str]) -> Iterator[Hint]:
    found = {
        Hint.CLOCK_IN_BRACKETS: match["glue"].endswith("("),
        Hint.DOT_BEHIND: match["tail"].startswith("."),
        Hint.BLANKS: match["s1"].endswith(tuple(_BLANK)),
        Hint.PERIOD_FIRST: bool(match["p1"].strip()),
        Hint.OWN_DIGITS: not match["d2"].isascii(),
        Hint.RIGHT_TO_LEFT: "\u200f" in match["s1"],
        Hint.NO_COMMA: match["glue"] == " ",
    }
    return (hint for hint, is_there in found.items() if is_there)


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


def _clock_pattern(match: re.Match[str]) -> str:
    digit = _digit(match["mi"])
    before = f"{_WORD}{_BLANK}?" if match["p1"].strip() else ""
    clock = f"{before}{digit}{{1,2}}{re.escape(match['t1'])}{digit}{{2}}"
    if match["sec"]:
        clock += f"{re.escape(match['t2'])}{digit}{{2}}{re.escape(match['t3'])}"
    if match["p2"].strip():
        clock += f"[ \u00a0\u202f\u2009_]?{_WORD}"
    return clock


def _year_place(first: str, last: str) -> YearPlace:
    if len(first) == _YEAR_DIGITS or not first[0].isdecimal():
        return YearPlace.FIRST
    if len(last) == _YEAR_DIGITS or not last[0].isdecimal():
        return YearPlace.LAST
    return YearPlace.UNKNOWN


def read_clock(shown: str) -> timedelta | None:
    """The time of day since midnight, None if there is no such time."""
    match = _CLOCK.match(shown)
    if not match:
        return None
    before, hour, minute, second, after = match.groups()
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    word = (before + after).strip(_AROUND_WORD)
    if word and word != _SECONDS_UNIT:
        period = period_of(word)
        if period is None:
            return None
        hours = hour_of_day(hours, period)
    if hours > _MOST_HOUR or minutes > _MOST_MINUTE or seconds > _MOST_MINUTE:
        return None
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
