"""What a setting is, and the types of settings: what TOML, the environment and flags may hold.

A `SettingType` has a function that makes a value of a text and raises `InvalidValue`, and one that
shows the value as a person would write it. `values` has the functions.
"""

import csv
import dataclasses
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from wasf.store.settings.values import InvalidValue, api_name, path, show_switch
from wasf.values import dataclass

Given = str | Sequence[str]
"""A value of the environment or the command line: a text, or a flag's texts."""


@dataclasses.dataclass(frozen=True)
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

    def of_words(self, words: Sequence[str]) -> object:
        """Read a value from the arguments of `wasf config set`. Raise `InvalidValue`."""
        return self.parse(words[0] if len(words) == 1 else words)

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
    """Several texts: a TOML list, a repeated flag, or separated by commas.

    A comma belongs to an entry in double quotes.
    """

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


class FreeTexts(ListType):
    """Several texts that may hold commas: each argument of `wasf config set` is one of them."""

    def of_words(self, words: Sequence[str]) -> object:
        return self.parse(words)


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


class PathListing(FreeTexts):
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

    def of_words(self, words: Sequence[str]) -> object:
        """Read a value; one argument may hold several names with their mails."""
        holds_several = len(words) == 1 and words[0].count("=") > 1
        return self.parse(words[0] if holds_several else words)

    def read(self, value: object) -> object:
        if not isinstance(value, dict):
            return super().read(value)
        named = {name.strip(): self.entry(_text(mail)) for name, mail in value.items()}
        if "" in named:
            raise InvalidValue
        return MappingProxyType(named)

    def toml(self, value: object) -> object:
        return dict(value) if isinstance(value, Mapping) else {}


class FieldsType(SettingType):
    """Fields with a value each: a TOML table, or `NAME=VALUE, …`, where `\\,` is a comma."""

    def parse(self, given: Given) -> object:
        texts = _ENTRY_END.split(given) if isinstance(given, str) else _entries(given)
        pairs = [text.partition("=") for text in texts if text.strip()]
        if not all(sign for _, sign, _ in pairs):
            raise InvalidValue
        return self.read({name: value.replace("\\,", ",") for name, _, value in pairs})

    def read(self, value: object) -> object:
        if not isinstance(value, dict):
            return super().read(value)
        found = {api_name(name): self.entry(_scalar(text)) for name, text in value.items()}
        if len({name.lower() for name in found}) < len(value):
            raise InvalidValue
        return MappingProxyType(found)

    def toml(self, value: object) -> object:
        return dict(value) if isinstance(value, Mapping) else {}


_ENTRY_END = re.compile(r"(?<!\\),")


def _scalar(value: object) -> str:
    """Return a text, number or switch of TOML as a text."""
    if isinstance(value, bool):
        return show_switch(value)
    return str(value) if isinstance(value, int | float) else _text(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidValue
    return value


def _entries(given: Given) -> list[str]:
    """Return the texts of a list; a comma belongs to an entry in quotes, or to one of several."""
    if isinstance(given, str):
        parts = next(csv.reader([given], skipinitialspace=True), [])
        return [part for part in parts if part.strip()]
    return [text.removesuffix(",") for text in given]


def _absolute(value: object) -> str:
    text = _text(value)
    if not Path(text.strip()).expanduser().is_absolute():
        raise InvalidValue(str(path(text)))
    return text


class Origin(StrEnum):
    """Where a value comes from."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class SettingLine(NamedTuple):
    """A setting of a run as people see it; `value` as they would write it."""

    name: str
    value: str
    origin: Origin
    help: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that exists. `policy` is the field of `SyncPolicy` that takes it, "" if none."""

    name: str
    kind: SettingType
    default: object
    help: str
    policy: str = ""

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return "WASF_" + self.name.upper().replace(".", "_")

    @property
    def field(self) -> str:
        """Its name in `Settings`."""
        return self.name.replace(".", "_")
