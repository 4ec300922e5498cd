"""Phones, and the exports they write: every locale, platform and habit, from known messages."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from tests.sources.exports.locales import LATIN, LOCALES, Locale

NARROW, NO_BREAK = "\u202f", "\u00a0"
_TOKEN = re.compile(r"'([^']*)'|(dd|d|MM|M|yy|y|hh|h|HH|H|mm|m|ss|s|a|B)")
_FLEXIBLE = (
    (5, "凌晨"), (8, "清晨"), (12, "上午"), (13, "中午"), (19, "下午"), (24, "晚上")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phone:
    """How one phone writes an export; `tests.exports_builder.render` accepts it as a `Shape`.

    `date`, `time` and `glue` are CLDR patterns; `before` and `behind` wrap them. `calendar` is
    gregorian, buddhist or japanese. `file_mark` stands once at the start of the file.
    """

    name: str
    date: str
    time: str
    glue: str
    before: str
    behind: str
    words: tuple[str, str]
    ios: bool
    locale: str = ""
    digits: str = LATIN
    own_digits: str = LATIN
    calendar: str = "gregorian"
    newline: str = "\n"
    file_mark: str = ""
    attached: str = "(file attached)"

    @property
    def seconds(self) -> bool:
        """Whether the header shows seconds."""
        return "s" in re.sub("'[^']*'", "", self.time)

    @property
    def order(self) -> str:
        """Which number of the date is which."""
        date = re.sub(r"'[^']*'", "", self.date).lower()
        return "".join(sorted("dmy", key=date.index))

    def stamp(self, at: datetime) -> str:
        """The header of a line of that time."""
        inner = self.glue.format(self._filled(self.time, at), self._filled(self.date, at))
        return f"{self.before}{inner}{self.behind}"

    def _filled(self, pattern: str, at: datetime) -> str:
        return _TOKEN.sub(lambda m: m[1] if m[1] is not None else self._field(m[2], at), pattern)

    def _field(self, token: str, at: datetime) -> str:
        if token == "a":
            return self.words[at.hour >= 12]
        if token == "B":
            return next(word for end, word in _FLEXIBLE if at.hour < end)
        hour = at.hour % 12 or 12
        number = {
            "d": at.day, "M": at.month, "h": hour, "H": at.hour, "m": at.minute, "s": at.second,
        }  # fmt: skip
        if token[0] == "y":
            return self._year(token, at.year).translate(self._own)
        shown = f"{number[token[0]]:02}" if len(token) == 2 else f"{number[token[0]]}"
        return shown.translate(self._own)

    def _year(self, token: str, year: int) -> str:
        if self.calendar == "japanese":
            return f"R{year - 2018}" if year > 2018 else f"H{year - 1988}"
        shown = year + 543 if self.calendar == "buddhist" else year
        return f"{shown % 100:02}" if token == "yy" else f"{shown}"

    @property
    def _own(self) -> dict[int, int]:
        return str.maketrans("0123456789", self.digits)


def _wrapped(locale: Locale, platform: str) -> Phone:
    ios = platform == "ios"
    before, behind = {
        "android": ("", " - "), "ios": ("[", "] "), "ios-old": ("", ": "), "ios-bare": ("", " ")
    }[platform]  # fmt: skip
    return Phone(
        name=f"{platform} {locale.name}",
        date=locale.date,
        time=locale.time if platform == "android" else locale.time_with_seconds,
        glue=locale.glue,
        before=before,
        behind=behind,
        words=(locale.am, locale.pm),
        ios=ios,
        locale=locale.name,
        newline="\r\n" if ios else "\n",
        digits=locale.digits,
        own_digits=locale.own_digits,
    )


PLATFORMS = ("android", "ios", "ios-old")
UNKNOWN = frozenset({"brx", "dz", "ee", "kkj", "la", "mni_Mtei", "syr", "trw", "xnr"})
"""Locales that wasf does not know, none of a language of WhatsApp: dates with blanks in them, times
with words inside, words that Unicode does not count as letters. No phone of 2015 had them."""


def phones_of(locale: Locale) -> Iterator[Phone]:
    """The phones that are set to a locale, without any habit of their own."""
    for platform in PLATFORMS:
        if platform != "ios-old" or locale.name not in UNKNOWN:
            yield _wrapped(locale, platform)
    if (
        "H" in locale.time
        and locale.date[0] != "y"
        and locale.glue == "{1} {0}"
        and (locale.name not in UNKNOWN)
    ):
        yield _wrapped(locale, "ios-bare")


PHONES = tuple(phone for locale in LOCALES for phone in phones_of(locale))


# --- Habits ------------------------------------------------------------------------------------

Habit = Callable[[Phone], Phone]
"""Changes a phone: a setting of its owner, an older version, a file saved again."""


def _in_24_hours(phone: Phone) -> Phone:
    if "H" in phone.time:
        return phone
    time = re.sub(r"[aB\s]|h+", "", phone.time)
    return replace(phone, time=f"HH{time}", name=f"{phone.name} 24h")


def _in_12_hours(phone: Phone) -> Phone:
    if (
        "H" not in phone.time
        or not phone.time.isascii()
        or "'" in phone.time
        or phone.behind == " "
    ):
        return phone
    time = re.sub("H+", "h", phone.time)
    before = phone.words[0] in {"上午", "午前"}
    time = f"a{time}" if before else f"{time}{NARROW}a"
    return replace(phone, time=time, name=f"{phone.name} 12h")


def _older(phone: Phone) -> Phone:
    """With the blanks of before CLDR 42."""
    old = {"time": phone.time.replace(NARROW, " "), "date": phone.date.replace(NARROW, " ")}
    words = tuple(word.replace(NARROW, NO_BREAK) for word in phone.words)
    return replace(phone, words=words, name=f"{phone.name} older", **old)


def _old_no_break(phone: Phone) -> Phone:
    return replace(phone, time=phone.time.replace(NARROW, NO_BREAK), name=f"{phone.name} nbsp")


def _own_digits(phone: Phone) -> Phone:
    """With the digits of the language, or with Latin ones where those are the usual ones."""
    digits = LATIN if phone.digits == phone.own_digits else phone.own_digits
    return replace(phone, digits=digits, name=f"{phone.name} digits")


def _buddhist(phone: Phone) -> Phone:
    """Buddhist years, with the era where a phone of that calendar writes it (iPhones)."""
    if phone.order == "ymd" or "'" in phone.date:
        return phone
    date = phone.date.replace("yy", "y") + (" 'BE'" if phone.ios else "")
    return replace(phone, date=date, calendar="buddhist", name=f"{phone.name} buddhist")


def _buddhist_short(phone: Phone) -> Phone:
    """As Thai phones write it, `1/2/67`."""
    if phone.order == "ymd" or "yy" not in phone.date:
        return phone
    return replace(phone, calendar="buddhist", name=f"{phone.name} buddhist short")


def _japanese(phone: Phone) -> Phone:
    if not phone.ios:
        return phone
    return replace(phone, calendar="japanese", name=f"{phone.name} japanese")


def _marked(mark: str) -> Habit:
    def habit(phone: Phone) -> Phone:
        return replace(phone, before=mark + phone.before, name=f"{phone.name} U+{ord(mark):04X}")

    return habit


def _marked_inside(mark: str) -> Habit:
    def habit(phone: Phone) -> Phone:
        name = f"{phone.name} inside U+{ord(mark):04X}"
        return replace(phone, before=phone.before + mark, name=name)

    return habit


def _file_mark(phone: Phone) -> Phone:
    return replace(phone, file_mark="\ufeff", name=f"{phone.name} BOM")


def _other_line_ends(phone: Phone) -> Phone:
    newline = "\n" if phone.newline == "\r\n" else "\r\n"
    return replace(phone, newline=newline, name=f"{phone.name} line ends")


def _of_2019(phone: Phone) -> Phone:
    """A word between date and time, as phones wrote it before CLDR 42."""
    glue = {"fi": "{1} klo {0}", "fr": "{1} à {0}", "pt": "{1} às {0}", "de": "{1} um {0}"}
    language = phone.name.split()[1].partition("_")[0]
    if language not in glue:
        return phone
    return replace(phone, glue=glue[language], name=f"{phone.name} word")


HABITS: tuple[Habit, ...] = (
    _in_24_hours, _in_12_hours, _older, _old_no_break, _own_digits, _buddhist, _buddhist_short,
    _japanese, _marked("\u200e"), _marked("\u200f"), _marked("\ufeff"), _marked_inside("\ufeff"),
    _marked_inside("\u200f"), _file_mark, _other_line_ends, _of_2019,
)  # fmt: skip


def any_phone(random: Random) -> Phone:
    """A phone of any locale with up to three habits; an iPhone's region may be another one."""
    phone = random.choice(PHONES)
    if phone.ios and random.random() < 0.3:
        # The language gives glue and time, the region the order of the date. Two digits of the
        # year come first in two languages only, wherever their phones are.
        other = random.choice(LOCALES)
        if not other.is_first_year_short and other.name not in UNKNOWN:
            phone = replace(phone, date=other.date, name=f"{phone.name} in {other.name}")
    for habit in random.sample(HABITS, random.choice((0, 0, 1, 1, 2, 3))):
        phone = habit(phone)
    return phone
