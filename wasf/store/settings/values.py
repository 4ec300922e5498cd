"""The values of settings: how each is read from a text and shown as one.

A function that reads raises `InvalidValue`, with the value that may be meant if there is one.
"""

import re
import shlex
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta, tzinfo
from enum import StrEnum
from pathlib import Path

from wasf.core.phones import REGIONS
from wasf.core.policy import LARGEST_BATCH, Language, Reserve
from wasf.core.templates import IN_FIELDS, IN_SUBJECTS, BadTemplate, Placeholder, Template
from wasf.core.text import nearest
from wasf.core.windows import check_frequency
from wasf.errors import BadSetting

_DURATION = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII)
_LONGEST = timedelta(days=9_999)  # its hours, as it is shown, have six digits
_API_NAME = re.compile(r"[A-Za-z](?:_{0,2}[A-Za-z0-9]){0,79}")
_EMAIL = re.compile(r"[^\s@,=<>]+@[^\s@,=<>]+\.[^\s@,=<>]+")
_HOUR = timedelta(hours=1)
_LONGEST_GAP = timedelta(minutes=10)
_NEVER, _MOST_TASKS = "never", 1_000_000
_MOST_PER_SECOND = 100
_REAL_TIME = "real-time"
_LIKELY_REGIONS = {"UK": "GB", "EN": "GB", "USA": "US", "GER": "DE"}


class InvalidValue(Exception):
    """A value that cannot be used; `nearest` is the one that may be meant, or ""."""

    def __init__(self, nearest: str = "") -> None:
        super().__init__(nearest)
        self.nearest = nearest


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


def optional_line(text: str) -> str:
    """Read one line as `line` does, or nothing."""
    return line(text) if text.strip() else ""


def template(text: str) -> str:
    """Read the template of a field's value (F1)."""
    return _template(text, IN_FIELDS)


def subject(text: str) -> str:
    """Read the template of subjects (T5), or nothing."""
    return _template(text, IN_SUBJECTS)


def _template(text: str, known: Collection[Placeholder]) -> str:
    if not text.isprintable():
        raise InvalidValue
    try:
        Template.parse(text, known)
    except BadTemplate as bad:
        raise InvalidValue(bad.near) from None
    return text.strip()


def language(text: str) -> Language:
    """Read the two letters of a language (T11); its name and `pt-BR` are suggested, not taken."""
    word = text.strip().lower()
    if word in list(Language):
        return Language(word)
    names = {one.name.lower(): one for one in Language}
    code = re.split(r"[-_]", word)[0]
    raise InvalidValue(code if code in list(Language) else names.get(nearest(word, names), ""))


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


def gap(text: str) -> timedelta:
    """Read a length of time of at most ten minutes."""
    length = duration(text)
    if length > _LONGEST_GAP:
        raise InvalidValue(show_duration(_LONGEST_GAP))
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
    word = text.strip().upper()
    if word not in REGIONS:
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
    """Read a number of requests a second, from 1 to 100."""
    return _whole_number(text, _MOST_PER_SECOND)


def batch_size(text: str) -> int:
    """Read how many records go into one call, from 1 to 200."""
    return _whole_number(text, LARGEST_BATCH)


def bulk_from(text: str) -> int | None:
    """Read from how many Tasks on jobs are made, from 1 to a million; None: never."""
    return None if text.strip().lower() == _NEVER else _whole_number(text, _MOST_TASKS)


def show_number(value: object) -> str:
    """Return a number, "never" for None."""
    return _NEVER if value is None else str(value)


def _whole_number(text: str, most: int) -> int:
    """Read a whole number from 1 to `most`, with no more digits than that has."""
    shape = rf"[0-9]{{1,{len(str(most))}}}"
    if not re.fullmatch(shape, text.strip()) or not 1 <= int(text) <= most:
        raise InvalidValue
    return int(text)


def machine_zone() -> tzinfo:
    """Return this machine's time zone. Raise `BadSetting` if it does not tell."""
    # Slow to load, and not needed where the setting is set.
    from tzlocal import get_localzone

    try:
        return get_localzone()
    except (LookupError, OSError, ValueError) as error:
        raise BadSetting(
            "timezone: this machine's time zone cannot be told",
            "wasf config set timezone Europe/Berlin (or where you are)",
        ) from error


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


def time_or_none(text: str) -> timedelta | None:
    """Read a length of time of at least a minute, or nothing (None)."""
    if not text.strip():
        return None
    length = duration(text)
    if length < timedelta(minutes=1):
        raise InvalidValue("1m")
    return length


def show_time_or_none(value: object) -> str:
    """Return a length of time as `time_or_none` reads it."""
    return show_duration(value) if isinstance(value, timedelta) else ""


def show_list(value: object) -> str:
    """Return entries, separated by commas; one that holds a comma stands in quotes."""
    return ", ".join(_quoted(str(entry)) for entry in value) if isinstance(value, tuple) else ""


def _quoted(entry: str) -> str:
    return '"{}"'.format(entry.replace('"', '""')) if "," in entry else entry


def show_words(value: object) -> str:
    """Return a command and its arguments as a shell takes them."""
    return shlex.join(value) if isinstance(value, tuple) else ""


def show_names(value: object) -> str:
    """Return `Name=mail, Name2=mail2`."""
    pairs = value.items() if isinstance(value, Mapping) else ()
    return ", ".join(_quoted(f"{name}={mail}") for name, mail in pairs)


def show_fields(value: object) -> str:
    """Return `NAME=VALUE, NAME2=VALUE2`, as `FieldsType` reads it."""
    pairs = value.items() if isinstance(value, Mapping) else ()
    return ", ".join(f"{name}={str(text).replace(',', chr(92) + ',')}" for name, text in pairs)


def show_optional(value: object) -> str:
    """Return the value as text, "" for None."""
    return "" if value is None else str(value)
