"""The types of settings: what TOML, the environment and the command line may hold for each.

A `SettingType` has a function that makes a value of a text and raises `InvalidValue`, and one that
shows the value as a person would write it. The functions stand below the types.
"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from wasf.core.policy import LARGEST_BATCH, Reserve
from wasf.core.text import nearest
from wasf.core.windows import check_frequency

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


Given = str | Sequence[str]
"""A value of the environment or the command line: a text, or a flag's texts."""


@dataclass(frozen=True)
class SettingType:
    """A value written as one text.

    `allowed` completes "write …". `entry` makes a value of one text, or raises `InvalidValue`.
    """

    allowed: str
    entry: Callable[[str], object]
    show: Callable[[object], str] = str

    def parse(self, given: Given) -> object:
        """Read a value from the environment or the command line. Raise `InvalidValue`."""
        return self.entry(_text(given))

    def read(self, value: object) -> object:
        """Read a value as TOML has it. Raise `InvalidValue`."""
        return self.parse(_text(value))

    def toml(self, value: object) -> object:
        """Return a value as the file holds it."""
        return self.show(value)


class Switch(SettingType):
    """On or off; TOML's own booleans too."""

    def read(self, value: object) -> object:
        return value if isinstance(value, bool) else super().read(value)

    def toml(self, value: object) -> object:
        return value


class Number(SettingType):
    """A text that TOML may hold as a whole number too."""

    def read(self, value: object) -> object:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return super().read(str(value) if is_number else value)


class ListType(SettingType):
    """Several texts: a TOML list, a repeated flag, or separated by commas."""

    def parse(self, given: Given) -> object:
        texts = _entries(given)
        if not texts:
            raise InvalidValue
        return tuple(self.entry(text) for text in texts)

    def read(self, value: object) -> object:
        if not isinstance(value, list):
            return super().read(value)
        return tuple(self.entry(_text(text)) for text in value)

    def toml(self, value: object) -> object:
        return [str(entry) for entry in value] if isinstance(value, tuple) else []


class CommandLine(SettingType):
    """A command and its arguments: a TOML list, or one text as a shell would take it."""

    def parse(self, given: Given) -> object:
        try:
            words = shlex.split(given) if isinstance(given, str) else given
        except ValueError:
            raise InvalidValue from None
        return tuple(self.entry(word) for word in words)

    def read(self, value: object) -> object:
        if not isinstance(value, list):
            return super().read(value)
        return self.parse([_text(word) for word in value])

    def toml(self, value: object) -> object:
        return list(value) if isinstance(value, tuple) else []


class OnePath(SettingType):
    """One path. In a file it is absolute: cron starts elsewhere than a person does."""

    def read(self, value: object) -> object:
        return super().read(_absolute(value))


class PathListing(ListType):
    """Several paths; in a file they are absolute."""

    def read(self, value: object) -> object:
        texts = value if isinstance(value, list) else _entries(_text(value))
        return super().read([_absolute(text) for text in texts])


class MappingType(SettingType):
    """Names with an e-mail each: a TOML table, or `Name=mail, Name2=mail2`."""

    def parse(self, given: Given) -> object:
        texts = _entries(given)
        if not texts:
            raise InvalidValue
        return self.read({name: mail for name, _, mail in (t.partition("=") for t in texts)})

    def read(self, value: object) -> object:
        if not isinstance(value, dict):
            return super().read(value)
        named = {name.strip(): self.entry(_text(mail)) for name, mail in value.items()}
        if "" in named:
            raise InvalidValue
        return MappingProxyType(named)

    def toml(self, value: object) -> object:
        return dict(value) if isinstance(value, Mapping) else {}


# --- From text ---------------------------------------------------------------------------------


def switch(text: str) -> bool:
    """Read `true`, `yes`, `on` and their opposites."""
    words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
    word = text.strip().lower()
    if word not in words:
        raise InvalidValue(nearest(word, words))
    return words[word]


def one_of(choices: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Return a function that reads one of a few words."""

    def parse(text: str) -> StrEnum:
        word = text.strip().lower()
        if word not in list(choices):
            raise InvalidValue(nearest(word, choices))
        return choices(word)

    return parse


def line(text: str) -> str:
    """Read one line, not empty, of at most 255 UTF-16 units, as Salesforce counts."""
    text = text.strip()
    if not text or not text.isprintable() or len(text.encode("utf-16-le", "replace")) > 510:
        raise InvalidValue
    return text


def word(text: str) -> str:
    """Read a word of a command line; it may hold anything but NUL."""
    if "\0" in text:
        raise InvalidValue
    return text


def api_name(text: str) -> str:
    """Read the API name of a field: a letter, then letters, digits, single or double `_`."""
    if not _API_NAME.fullmatch(text.strip()):
        near = re.sub(r"\W+", "_", text.strip(), flags=re.ASCII)
        raise InvalidValue(near if _API_NAME.fullmatch(near) else "")
    return text.strip()


def person_field(text: str) -> str:
    """Read a field of Contacts or Leads: `Contact.WhatsApp__c`."""
    sobject, _, name = text.strip().partition(".")
    kinds = {"contact": "Contact", "lead": "Lead"}
    if sobject.lower() not in kinds:
        raise InvalidValue(f"Contact.{text.strip()}" if _API_NAME.fullmatch(text.strip()) else "")
    return f"{kinds[sobject.lower()]}.{api_name(name)}"


def email(text: str) -> str:
    """Read an e-mail address."""
    if not _EMAIL.fullmatch(text.strip()):
        raise InvalidValue
    return text.strip()


def path(text: str) -> Path:
    """Read a path; `~` is the home folder, and a relative path starts at the current folder."""
    if not text.strip() or "\0" in text:
        raise InvalidValue
    return Path(text.strip()).expanduser().absolute()


def duration(text: str) -> timedelta:
    """Read a length of time such as `15m`, `1h30m`, `2d`; at most 9,999 days."""
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
    """Read `real-time` (None), or a length that divides an hour or is a multiple of one (T2)."""
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
    """Read a country by its two letters (ISO 3166); its phone numbers must be known."""
    from phonenumbers import SUPPORTED_REGIONS  # slow to load: a third of a command's start

    word = text.strip().upper()
    if word not in SUPPORTED_REGIONS:
        raise InvalidValue(_LIKELY_REGIONS.get(word, ""))
    return word


def time_zone(text: str) -> tzinfo:
    """Read a time zone by its IANA name; one in the wrong case is suggested, not taken."""
    # Only a run with such a setting needs it.
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
    """Read a share such as `10%` of the org's calls, or a number of calls."""
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
    """Read a number of requests a second, from 1 to 30."""
    if not re.fullmatch(r"[0-9]{1,2}", text.strip()) or not 1 <= int(text) <= _MOST_PER_SECOND:
        raise InvalidValue
    return int(text)


def batch_size(text: str) -> int:
    """Read how many records go into one call, from 1 to 200."""
    if not re.fullmatch(r"[0-9]{1,3}", text.strip()) or not 1 <= int(text) <= LARGEST_BATCH:
        raise InvalidValue
    return int(text)


# --- To text -----------------------------------------------------------------------------------


def show_switch(value: object) -> str:
    """Return `true` or `false`."""
    return "true" if value else "false"


def show_duration(value: object) -> str:
    """Return a length of time in hours, minutes and seconds, as `duration` reads it."""
    if not isinstance(value, timedelta):
        return _REAL_TIME
    seconds = int(value.total_seconds())
    parts = [(seconds // 3600, "h"), (seconds % 3600 // 60, "m"), (seconds % 60, "s")]
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def show_list(value: object) -> str:
    """Return entries, separated by commas."""
    return ", ".join(str(entry) for entry in value) if isinstance(value, tuple) else ""


def show_words(value: object) -> str:
    """Return a command and its arguments as a shell takes them."""
    return shlex.join(value) if isinstance(value, tuple) else ""


def show_names(value: object) -> str:
    """Return `Name=mail, Name2=mail2`."""
    pairs = value.items() if isinstance(value, Mapping) else ()
    return ", ".join(f"{name}={mail}" for name, mail in pairs)


def show_optional(value: object) -> str:
    """Return the value as text, "" for None."""
    return "" if value is None else str(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidValue
    return value


def _entries(given: Given) -> list[str]:
    """Return the texts of a list; a comma inside one of several words belongs to it."""
    if isinstance(given, str):
        return [part for part in given.split(",") if part.strip()]
    return [text.removesuffix(",") for text in given]


def _absolute(value: object) -> str:
    text = _text(value)
    if not Path(text.strip()).expanduser().is_absolute():
        raise InvalidValue(str(path(text)))
    return text
