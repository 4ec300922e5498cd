"""Kinds of settings: what TOML, the environment and the command line may hold for each."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from wasf.store.values import Refused, path

Given = str | Sequence[str]
"""What the environment or the command line gives: a text, or a flag's texts."""


@dataclass(frozen=True)
class Kind:
    """A value written as one text.

    `allowed` completes "write …"; `entry` makes a text into a value or raises `Refused`.
    """

    allowed: str
    entry: Callable[[str], object]
    show: Callable[[object], str] = str

    def parse(self, given: Given) -> object:
        """Take a value from the environment or the command line. Raises `Refused`."""
        return self.entry(_text(given))

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `Refused`."""
        return self.parse(_text(value))

    def toml(self, value: object) -> object:
        """Give a value as it should stand in the file."""
        return self.show(value)


class Switch(Kind):
    """On or off; TOML's own booleans too."""

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `Refused`."""
        return value if isinstance(value, bool) else super().read(value)

    def toml(self, value: object) -> object:
        """Give a value as it should stand in the file."""
        return value


class Number(Kind):
    """A text that TOML may hold as a whole number too."""

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `Refused`."""
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return super().read(str(value) if is_number else value)


class Listing(Kind):
    """Several texts: a TOML list, a repeated flag, or separated by commas."""

    def parse(self, given: Given) -> object:
        """Take a value from the environment or the command line. Raises `Refused`."""
        texts = _entries(given)
        if not texts:
            raise Refused
        return tuple(self.entry(text) for text in texts)

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `Refused`."""
        if not isinstance(value, list):
            return super().read(value)
        return tuple(self.entry(_text(text)) for text in value)

    def toml(self, value: object) -> object:
        """Give a value as it should stand in the file."""
        return [str(entry) for entry in value] if isinstance(value, tuple) else []


class CommandLine(Kind):
    """A command and its arguments: a TOML list, or one text as a shell would take it."""

    def parse(self, given: Given) -> object:
        """Take a value from the environment or the command line. Raises `Refused`."""
        try:
            words = shlex.split(given) if isinstance(given, str) else given
        except ValueError:
            raise Refused from None
        return tuple(self.entry(word) for word in words)

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `Refused`."""
        if not isinstance(value, list):
            return super().read(value)
        return self.parse([_text(word) for word in value])

    def toml(self, value: object) -> object:
        """Give a value as it should stand in the file."""
        return list(value) if isinstance(value, tuple) else []


class OnePath(Kind):
    """One path. In a file it is absolute: cron starts elsewhere than a person does."""

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `Refused`."""
        return super().read(_absolute(value))


class PathListing(Listing):
    """Several paths; in a file they are absolute."""

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `Refused`."""
        texts = value if isinstance(value, list) else _entries(_text(value))
        return super().read([_absolute(text) for text in texts])


class Naming(Kind):
    """Names with an e-mail each: a TOML table, or `Name=mail, Name2=mail2`."""

    def parse(self, given: Given) -> object:
        """Take a value from the environment or the command line. Raises `Refused`."""
        texts = _entries(given)
        if not texts:
            raise Refused
        return self.read({name: mail for name, _, mail in (t.partition("=") for t in texts)})

    def read(self, value: object) -> object:
        """Take a value as TOML has it. Raises `Refused`."""
        if not isinstance(value, dict):
            return super().read(value)
        named = {name.strip(): self.entry(_text(mail)) for name, mail in value.items()}
        if "" in named:
            raise Refused
        return MappingProxyType(named)

    def toml(self, value: object) -> object:
        """Give a value as it should stand in the file."""
        return dict(value) if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Refused
    return value


def _entries(given: Given) -> list[str]:
    """The texts of a list; a comma inside one of several words belongs to it."""
    if isinstance(given, str):
        return [part for part in given.split(",") if part.strip()]
    return [text.removesuffix(",") for text in given]


def _absolute(value: object) -> str:
    text = _text(value)
    if not Path(text.strip()).expanduser().is_absolute():
        raise Refused(str(path(text)))
    return text
