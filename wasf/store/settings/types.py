"""Kinds of settings: what TOML, the environment and the command line may hold for each."""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from wasf.core.policy import Reserve
from wasf.core.windows import check_frequency

# --- values
# Values of settings: from the text that a person writes, and back to text.


_DURATION = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII)
_LONGEST = timedelta(days=9_999)  # its hours, as it is shown, have six digits
_API_NAME = re.compile(r"[A-Za-z](?:_{0,2}[A-Za-z0-9]){0,79}")
_EMAIL = re.compile(r"[^\s@,=<>]+@[^\s@,=<>]+\.[^\s@,=<>]+")
_HOUR = timedelta(hours=1)
_MOST_PER_SECOND = 30
_REAL_TIME = "real-time"
_LIKELY_REGIONS = {"UK": "GB", "EN": "GB", "USA": "US", "GER": "DE"}


class InvalidValue(Exception):
    """A value that cannot be used; `nearest` is the one that may be meant, or ""."""

    def __init__(self, nearest: str = "") -> None:
        super().__init__(nearest)
        self.nearest = nearest


# --- From text ---------------------------------------------------------------------------------


def switch(text: str) -> bool:
    """`true`, `yes`, `on` and their opposites."""
    words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
    word = text.strip().lower()
    if word not in words:
        raise InvalidValue(nearest(word, words))
    return words[word]


def one_of(choices: type[StrEnum]) -> Callable[[str], StrEnum]:
    """One of a few words."""

    def parse(text: str) -> StrEnum:
        word = text.strip().lower()
        if word not in list(choices):
            raise InvalidValue(nearest(word, choices))
        return choices(word)

    return parse


def line(text: str) -> str:
    """One line of at most 255 UTF-16 units, as Salesforce takes it, not empty."""
    text = text.strip()
    if not text or not text.isprintable() or len(text.encode("utf-16-le", "replace")) > 510:
        raise InvalidValue
    return text


def word(text: str) -> str:
    """A word of a command line; it may hold anything but NUL."""
    if "\0" in text:
        raise InvalidValue
    return text


def api_name(text: str) -> str:
    """The API name of a field: a letter, then letters, digits and single underscores."""
    if not _API_NAME.fullmatch(text.strip()):
        near = re.sub(r"\W+", "_", text.strip(), flags=re.ASCII)
        raise InvalidValue(near if _API_NAME.fullmatch(near) else "")
    return text.strip()


def email(text: str) -> str:
    """An e-mail address."""
    if not _EMAIL.fullmatch(text.strip()):
        raise InvalidValue
    return text.strip()


def path(text: str) -> Path:
    """A path; `~` is the home folder, and a relative one starts where the command was given."""
    if not text.strip() or "\0" in text:
        raise InvalidValue
    return Path(text.strip()).expanduser().absolute()


def duration(text: str) -> timedelta:
    """A length of time such as `15m`, `1h30m`, `2d`; at most 9,999 days."""
    word = text.replace(" ", "").lower()
    match = _DURATION.fullmatch(word)
    if not match or not word:
        raise InvalidValue
    days, hours, minutes, seconds = (int(number or 0) for number in match.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if length > _LONGEST:
        raise InvalidValue("9999d")
    return length


def frequency(text: str) -> timedelta | None:
    """`real-time` (None), or a length that divides an hour or is a multiple of one (T2)."""
    word = text.strip().lower()
    if word in (_REAL_TIME, "realtime", "real time"):
        return None
    try:
        length = duration(word)
    except InvalidValue:
        raise InvalidValue(nearest(word, [_REAL_TIME])) from None
    if length < timedelta(minutes=1):
        raise InvalidValue("1m")
    if not check_frequency(length):
        raise InvalidValue(show_duration(_nearest_frequency(length)))
    return length


def _nearest_frequency(length: timedelta) -> timedelta:
    if length > _HOUR:
        return round(length / _HOUR) * _HOUR
    divisors = [timedelta(minutes=n) for n in range(1, 61) if 60 % n == 0]
    return min(divisors, key=lambda divisor: abs(divisor - length))


def region(text: str) -> str:
    """A country by its two letters (ISO 3166) whose numbers can be read."""
    from phonenumbers import SUPPORTED_REGIONS  # a third of a command's start-up

    word = text.strip().upper()
    if word not in SUPPORTED_REGIONS:
        raise InvalidValue(_LIKELY_REGIONS.get(word, ""))
    return word


def time_zone(text: str) -> tzinfo:
    """A time zone by its IANA name, in any case."""
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(text.strip())
    except (ValueError, OSError, KeyError):
        names = {name.lower(): name for name in sorted(available_timezones())}
        places = {name.rpartition("/")[2]: name for name in names}
        word = text.strip().lower().replace(" ", "_")
        near = word if word in names else places.get(word) or nearest(word, [*names, *places])
        raise InvalidValue(names.get(places.get(near, near), "")) from None


def reserve(text: str) -> Reserve:
    """`10%` of the org's calls, or a number of them."""
    match = re.fullmatch(r"(\d{1,9})(\.\d{1,4})?\s?(%?)", text.strip(), re.ASCII)
    if not match or (match[2] and not match[3]):
        raise InvalidValue
    if not match[3]:
        return Reserve(calls=int(match[1]))
    percent = float(match[1] + (match[2] or ""))
    if percent >= 100:
        raise InvalidValue("90%")
    return Reserve(share=percent / 100)


def per_second(text: str) -> int:
    """Requests a second; more than thirty are refused by the API itself."""
    if not re.fullmatch(r"[0-9]{1,2}", text.strip()) or not 1 <= int(text) <= _MOST_PER_SECOND:
        raise InvalidValue
    return int(text)


# --- To text -----------------------------------------------------------------------------------


def show_switch(value: object) -> str:
    """`true` or `false`."""
    return "true" if value else "false"


def show_duration(value: object) -> str:
    """A length of time in hours, minutes and seconds, as `duration` reads it."""
    if not isinstance(value, timedelta):
        return _REAL_TIME
    seconds = int(value.total_seconds())
    parts = [(seconds // 3600, "h"), (seconds % 3600 // 60, "m"), (seconds % 60, "s")]
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def show_list(value: object) -> str:
    """Entries, separated by commas."""
    return ", ".join(str(entry) for entry in value) if isinstance(value, tuple) else ""


def show_words(value: object) -> str:
    """A command and its arguments as a shell takes them."""
    return shlex.join(value) if isinstance(value, tuple) else ""


def show_names(value: object) -> str:
    """`Name=mail, Name2=mail2`."""
    pairs = value.items() if isinstance(value, Mapping) else ()
    return ", ".join(f"{name}={mail}" for name, mail in pairs)


def show_optional(value: object) -> str:
    """The value, or nothing."""
    return "" if value is None else str(value)


def nearest(word: str, choices: Iterable[str], *, likeness: float = 0.5) -> str:
    """The choice that was probably meant, or ""; `likeness` 1.0 asks for the same word."""
    return next(iter(get_close_matches(word, list(choices), n=1, cutoff=likeness)), "")


# --- kinds


Given = str | Sequence[str]
"""What the environment or the command line gives: a text, or a flag's texts."""


@dataclass(frozen=True)
class SettingType:
    """A value written as one text.

    `allowed` completes "write …"; `entry` makes a text into a value or raises `InvalidValue`.
    """

    allowed: str
    entry: Callable[[str], object]
    show: Callable[[object], str] = str

    def parse(self, given: Given) -> object:
        """Take a value from the environment or the command line. Raises `InvalidValue`."""
        return self.entry(_text(given))

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `InvalidValue`."""
        return self.parse(_text(value))

    def toml(self, value: object) -> object:
        """Give a value as it should stand in the file."""
        return self.show(value)


class Switch(SettingType):
    """On or off; TOML's own booleans too."""

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `InvalidValue`."""
        return value if isinstance(value, bool) else super().read(value)

    def toml(self, value: object) -> object:
        """Give a value as it should stand in the file."""
        return value


class Number(SettingType):
    """A text that TOML may hold as a whole number too."""

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `InvalidValue`."""
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return super().read(str(value) if is_number else value)


class ListType(SettingType):
    """Several texts: a TOML list, a repeated flag, or separated by commas."""

    def parse(self, given: Given) -> object:
        """Take a value from the environment or the command line. Raises `InvalidValue`."""
        texts = _entries(given)
        if not texts:
            raise InvalidValue
        return tuple(self.entry(text) for text in texts)

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `InvalidValue`."""
        if not isinstance(value, list):
            return super().read(value)
        return tuple(self.entry(_text(text)) for text in value)

    def toml(self, value: object) -> object:
        """Give a value as it should stand in the file."""
        return [str(entry) for entry in value] if isinstance(value, tuple) else []


class CommandLine(SettingType):
    """A command and its arguments: a TOML list, or one text as a shell would take it."""

    def parse(self, given: Given) -> object:
        """Take a value from the environment or the command line. Raises `InvalidValue`."""
        try:
            words = shlex.split(given) if isinstance(given, str) else given
        except ValueError:
            raise InvalidValue from None
        return tuple(self.entry(word) for word in words)

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `InvalidValue`."""
        if not isinstance(value, list):
            return super().read(value)
        return self.parse([_text(word) for word in value])

    def toml(self, value: object) -> object:
        """Give a value as it should stand in the file."""
        return list(value) if isinstance(value, tuple) else []


class OnePath(SettingType):
    """One path. In a file it is absolute: cron starts elsewhere than a person does."""

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `InvalidValue`."""
        return super().read(_absolute(value))


class PathListing(ListType):
    """Several paths; in a file they are absolute."""

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `InvalidValue`."""
        texts = value if isinstance(value, list) else _entries(_text(value))
        return super().read([_absolute(text) for text in texts])


class MappingType(SettingType):
    """Names with an e-mail each: a TOML table, or `Name=mail, Name2=mail2`."""

    def parse(self, given: Given) -> object:
        """Take a value from the environment or the command line. Raises `InvalidValue`."""
        texts = _entries(given)
        if not texts:
            raise InvalidValue
        return self.read({name: mail for name, _, mail in (t.partition("=") for t in texts)})

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `InvalidValue`."""
        if not isinstance(value, dict):
            return super().read(value)
        named = {name.strip(): self.entry(_text(mail)) for name, mail in value.items()}
        if "" in named:
            raise InvalidValue
        return MappingProxyType(named)

    def toml(self, value: object) -> object:
        """Give a value as it should stand in the file."""
        return dict(value) if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidValue
    return value


def _entries(given: Given) -> list[str]:
    """The texts of a list; a comma inside one of several words belongs to it."""
    if isinstance(given, str):
        return [part for part in given.split(",") if part.strip()]
    return [text.removesuffix(",") for text in given]


def _absolute(value: object) -> str:
    text = _text(value)
    if not Path(text.strip()).expanduser().is_absolute():
        raise InvalidValue(str(path(text)))
    return text
