"""The settings file, and how it, the environment and the command line become `Settings`."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wasf.errors import BadSetting, WrongUsage
from wasf.store.files import unusable, write_private
from wasf.store.settings.model import BY_NAME, SETTINGS, Origin, Setting, Settings, named
from wasf.store.settings.types import Given, InvalidValue, nearest

_NOT_SETTINGS = frozenset(
    {
        "WASF_HOME",
        "WASF_INSTANCE_URL",
        "WASF_ACCESS_TOKEN",
        "WASF_CLIENT_ID",
        "WASF_TOKEN_STORE",
    }
)
_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
_ENTRY = re.compile(r"\s*([\w.\"'-]+(?:\s*\.\s*[\w\"'-]+)*)\s*=")
_SHOWN = 60


class SettingsFile:
    """The file that people may edit by hand; what wasf changes in it keeps their comments."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        """Where it is, whether it exists or not."""
        return self._path

    def load(self, env: Mapping[str, str], flags: Mapping[str, Given]) -> Settings:
        """Put a run's settings together; `flags` are the texts of the flags that were given.

        Raises `BadSetting` for an unknown name, a wrong value, or a file that is no TOML, and
        `WrongUsage` for a flag's value.
        """
        chosen = {each.name: each.default for each in SETTINGS}
        origins = dict.fromkeys(chosen, Origin.DEFAULT)
        sources = (
            (Origin.FILE, self._from_file()),
            (Origin.ENVIRONMENT, _from_environment(env)),
            (Origin.FLAG, _from_flags(flags)),
        )
        for origin, found in sources:
            for setting, value in found:
                chosen[setting.name] = value
                origins[setting.name] = origin
        fields: dict[str, Any] = {each.field: chosen[each.name] for each in SETTINGS}
        return Settings(**fields, origins=MappingProxyType(origins))

    def set(self, name: str, given: Given) -> None:
        """Change one setting. Raises `BadSetting`; then the file is as it was."""
        import tomlkit

        setting = named(name)
        value = _checked(setting, _parser(setting, given), given, "")
        document = tomlkit.parse(self._text())
        document.pop(name, None)  # also under its whole name in quotes
        *tables, key = name.split(".")
        table: MutableMapping[str, Any] = document
        for part in tables:
            inner = table.setdefault(part, tomlkit.table())
            if not isinstance(inner, MutableMapping):
                raise BadSetting(f"{self._path}: {part} is no table", f"wasf config unset {part}")
            table = inner
        table.pop(key, None)
        table[key] = setting.kind.toml(value)
        write_private(self._path, tomlkit.dumps(document))

    def unset(self, name: str) -> None:
        """Take a setting out of the file; also one that does not exist but stands there."""
        import tomlkit

        document = tomlkit.parse(self._text())
        *tables, key = name.split(".")
        table: MutableMapping[str, Any] = document
        for part in tables:
            inner = table.get(part)
            table = inner if isinstance(inner, MutableMapping) else {}
        stood = [place.pop(at, None) for place, at in ((document, name), (table, key))]
        if any(value is not None for value in stood):
            write_private(self._path, tomlkit.dumps(document))
        else:
            named(name)

    def _from_file(self) -> Iterator[tuple[Setting, object]]:
        text = self._text()
        for name, value in _flat(tomllib.loads(text)):
            where = _place(self._path, _line_of(name, text))
            setting = named(name, where)
            yield setting, _checked(setting, _reader(setting, value), value, where)

    def _text(self) -> str:
        """The file's text, "" where there is none; it is TOML."""
        try:
            text = self._path.read_bytes().decode("utf-8-sig")
            tomllib.loads(text)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise unusable(self._path, error) from error
        except ValueError as error:
            line = re.search(r"at line (\d+)", str(error))
            where = _place(self._path, int(line[1]) if line else None)
            raise BadSetting(
                f"{where}: this is no TOML", 'mend that line; values look like frequency = "1h"'
            ) from error
        return text


def _reader(setting: Setting, value: object) -> Callable[[], object]:
    return lambda: setting.kind.read(value)


def _parser(setting: Setting, given: Given) -> Callable[[], object]:
    return lambda: setting.kind.parse(given)


def _from_environment(env: Mapping[str, str]) -> Iterator[tuple[Setting, object]]:
    variables = {each.variable: each for each in SETTINGS}
    for variable, text in env.items():
        if setting := variables.get(variable):
            if text.strip():
                yield setting, _checked(setting, _parser(setting, text), text, variable)
        elif variable.startswith("WASF_") and variable not in _NOT_SETTINGS:
            _refuse_slip(variable, variables)


def _refuse_slip(variable: str, variables: Mapping[str, Setting]) -> None:
    """Other programs may use such names too, so only one that is nearly ours is refused."""
    names = [name.removeprefix("WASF_") for name in variables]
    if near := nearest(variable.removeprefix("WASF_"), names, likeness=0.75):
        raise BadSetting(f"{variable}: there is no such setting", f"did you mean WASF_{near}?")


def _from_flags(flags: Mapping[str, Given]) -> Iterator[tuple[Setting, object]]:
    for name, given in flags.items():
        setting = named(name)
        try:
            value = _checked(setting, _parser(setting, given), given, "on the command line")
        except BadSetting as error:
            raise WrongUsage(error.message, error.hint) from error
        yield setting, value


def _checked(setting: Setting, make: Callable[[], object], given: object, where: str) -> object:
    try:
        return make()
    except InvalidValue as refused:
        shown = given if isinstance(given, str) else repr(given)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
        prefix = f"{where}: " if where else ""
        near = f"; did you mean {refused.nearest}?" if refused.nearest else ""
        raise BadSetting(
            f'{prefix}{setting.name} cannot be "{shown}"', f"write {setting.kind.allowed}{near}"
        ) from None


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Dotted names and values; a table is a value where a setting has its name."""
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value and name not in BY_NAME:
            yield from _flat(value, f"{name}.")
        elif value != {} or name in BY_NAME:
            yield name, value


def _place(path: Path, line: int | None) -> str:
    return f"{path}, line {line}" if line else str(path)


def _line_of(name: str, text: str) -> int | None:
    """The line that gives a setting, as far as that can be told without a parser of TOML."""
    table = ""
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            table = f"{_plain(header[1])}."
            if table == f"{name}.":
                return number
        elif (entry := _ENTRY.match(line)) and f"{table}{_plain(entry[1])}" == name:
            return number
    return None


def _plain(key: str) -> str:
    return re.sub(r"[\s\"']", "", key)
