"""The settings file, and how the file, the environment and the command line become `Settings`."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from shlex import quote
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from wasf import late_modules
from wasf.core.text import nearest
from wasf.errors import BadSetting, WrongUsage
from wasf.store.files import unusable, write_private
from wasf.store.settings.model import BY_NAME, SETTINGS, Settings, all_settings, pace_of
from wasf.store.settings.types import Given, Origin, Setting
from wasf.store.settings.values import InvalidValue

if TYPE_CHECKING:
    import tomlkit
else:  # slow to load, and most runs only read
    (tomlkit,) = late_modules("", "tomlkit")

_NOT_SETTINGS = frozenset(
    {
        "WASF_HOME",
        "WASF_LOG",
        "WASF_INSTANCE_URL",
        "WASF_ACCESS_TOKEN",
        "WASF_CLIENT_ID",
        "WASF_TOKEN_STORE",
    }
)
_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
_ENTRY = re.compile(r"\s*([\w.\"'-]+(?:\s*\.\s*[\w\"'-]+)*)\s*=")
_SHOWN = 60
_Given = TypeVar("_Given")
_BY_VARIABLE = {each.variable: each for each in SETTINGS}
_PACE_END = "PER_SECOND"


class SettingsFile:
    """A TOML file that people may edit by hand; wasf keeps their comments when it changes values.

    `paces` returns the chat APIs, and how many requests a second each gets by default. It is called
    where a name is none of the other settings, or all are wanted. `draft` is read in the place of
    the file.
    """

    def __init__(
        self,
        path: Path,
        paces: Callable[[], Mapping[str, int]] = dict,
        draft: str | None = None,
    ) -> None:
        self._path = path
        self._paces = paces
        self._draft = draft

    @property
    def path(self) -> Path:
        """The path, whether the file exists or not."""
        return self._path

    @cached_property
    def known(self) -> Mapping[str, Setting]:
        """All settings by name."""
        return all_settings(self._paces())

    def load(self, env: Mapping[str, str], flags: Mapping[str, Given]) -> Settings:
        """Return the settings of a run; `flags` are the texts of the flags that were given.

        Raise `BadSetting` for an unknown name, a wrong value, or a file that is no TOML, and
        `WrongUsage` for a flag's value.
        """
        sources = (
            (Origin.FILE, [*self._from_file()]),
            (Origin.ENVIRONMENT, [*self._from_environment(env)]),
            (Origin.FLAG, [*self._from_flags(flags)]),
        )
        chosen = {each.name: each.default for each in SETTINGS}
        origins = dict.fromkeys(chosen, Origin.DEFAULT)
        for origin, found in sources:
            for setting, value in found:
                chosen[setting.name] = value
                origins[setting.name] = origin
        fields: dict[str, Any] = {each.field: chosen[each.name] for each in SETTINGS}
        per_second: dict[str, Any] = {
            api: value for name, value in chosen.items() if (api := pace_of(name))
        }
        return Settings(
            **fields,
            per_second=MappingProxyType(per_second),
            origins=MappingProxyType(origins),
        )

    def load_with(self, name: str, given: Given, env: Mapping[str, str]) -> Settings:
        """Return the settings as they would be with another value of one of them.

        Raise `BadSetting` for a wrong value, or where the other settings cannot be read.
        """
        setting = self.find(name)
        value: Any = _checked(setting, _reader(setting, given), given, "")
        return replace(self.load(env, {}), **{setting.field: value})

    def load_draft(self, text: str, env: Mapping[str, str]) -> Settings:
        """Return the settings as they would be with this text in the file. Raise `BadSetting`."""
        return SettingsFile(self._path, self._paces, text).load(env, {})

    def replace(self, text: str) -> None:
        """Replace the whole file."""
        write_private(self._path, text)

    def set(self, name: str, given: Given) -> None:
        """Change one setting. Raise `BadSetting` for a wrong value; the file stays as it was."""
        setting = self.find(name)
        value = _checked(setting, _reader(setting, given), given, "")
        document = tomlkit.parse(self._toml())
        *tables, key = name.split(".")
        if tables:
            document.pop(name, None)  # its whole name in quotes
        table: MutableMapping[str, Any] = document
        for part in tables:
            inner = table.setdefault(part, tomlkit.table())
            if not isinstance(inner, MutableMapping):
                raise BadSetting(f"{self._path}: {part} is no table", f"wasf config unset {part}")
            table = inner
        written, stood = setting.kind.toml(value), table.get(key)
        if isinstance(written, MutableMapping) and isinstance(stood, MutableMapping):
            _update(stood, written)
        else:
            table[key] = written
        write_private(self._path, tomlkit.dumps(document))

    def unset(self, name: str) -> None:
        """Remove a setting from the file; also a name that is no setting but stands there."""
        document = tomlkit.parse(self._toml())
        *tables, key = name.split(".")
        table: MutableMapping[str, Any] = document
        for part in tables:
            inner = table.get(part)
            table = inner if isinstance(inner, MutableMapping) else {}
        stood = [place.pop(at, None) for place, at in ((document, name), (table, key))]
        if any(value is not None for value in stood):
            write_private(self._path, tomlkit.dumps(document))
        else:
            self.find(name)

    def find(self, name: str, where: str = "") -> Setting:
        """Return the setting of that name. Raise `BadSetting` with the nearest one that exists."""
        if setting := BY_NAME.get(name) or self.known.get(name):
            return setting
        raise _no_setting(name, self.known, where)

    def _from_file(self) -> Iterator[tuple[Setting, object]]:
        text = self._toml()
        for name, value in self._flat(tomllib.loads(text)):
            where = _place(self._path, _line_of(name, text))
            setting = self.find(name, where)
            yield setting, _checked(setting, setting.kind.read, value, where)

    def _flat(self, table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
        """Yield dotted names and values; a table is a value where a setting has its name."""
        for key, value in table.items():
            name = f"{prefix}{key}"
            is_setting = name in BY_NAME or bool(pace_of(name))
            if isinstance(value, dict) and value and not is_setting:
                yield from self._flat(value, f"{name}.")
            elif value != {} or is_setting:
                yield name, value

    def _from_environment(self, env: Mapping[str, str]) -> Iterator[tuple[Setting, object]]:
        for variable, text in env.items():
            if not variable.startswith("WASF_") or variable in _NOT_SETTINGS:
                continue
            known = self._maybe_meant(variable)
            if setting := known.get(variable):
                if text.strip():
                    yield setting, _checked(setting, setting.kind.parse, text, variable)
            else:
                _refuse_slip(variable, known)

    def _maybe_meant(self, variable: str) -> Mapping[str, Setting]:
        """Return the settings by variables; those of chat APIs only if it is named like theirs.

        Most other variables are tokens and addresses, and to load all chat APIs takes long.
        """
        end = "_".join(variable.rsplit("_", 2)[1:])
        if variable in _BY_VARIABLE or not nearest(end, [_PACE_END], likeness=0.75):
            return _BY_VARIABLE
        return {each.variable: each for each in self.known.values()}

    def _from_flags(self, flags: Mapping[str, Given]) -> Iterator[tuple[Setting, object]]:
        for name, given in flags.items():
            setting = self.find(name)
            try:
                value = _checked(setting, setting.kind.parse, given, "on the command line")
            except BadSetting as error:
                raise WrongUsage(error.message, error.hint) from error
            yield setting, value

    def text(self) -> str:
        """Return the file's text, "" if there is none. Raise `StoreUnusable`, `BadSetting`."""
        try:
            return self._path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise unusable(self._path, error) from error
        except UnicodeDecodeError as error:
            raise self._no_toml(error) from error

    def _toml(self) -> str:
        """Return the text of the draft, else of the file. Raise `BadSetting` if it is no TOML."""
        text = self.text() if self._draft is None else self._draft
        try:
            tomllib.loads(text)
        except ValueError as error:
            raise self._no_toml(error) from error
        return text

    def _no_toml(self, error: ValueError) -> BadSetting:
        line = re.search(r"at line (\d+)", str(error))
        where = _place(self._path, int(line[1]) if line else None)
        return BadSetting(
            f"{where}: this is no TOML", 'fix that line; values look like frequency = "1h"'
        )


def _no_setting(name: str, known: Mapping[str, Setting], where: str) -> BadSetting:
    """Return the error for a name that no setting has, with the nearest one that exists."""
    prefix = f"{where}: " if where else ""
    if any(word in name.lower() for word in ("token", "secret", "password")):
        return BadSetting(
            f"{prefix}settings hold no secrets, and {name} looks like one",
            "take it out; for scripts there is WASF_ACCESS_TOKEN in the environment",
        )
    return BadSetting(f"{prefix}there is no setting {name}", _meant(name, known))


def how_to_change(settings: Settings, name: str, path: Path) -> str:
    """Return how to leave out a path that a setting names, "" if no setting names it."""
    setting = BY_NAME[name]
    origin, value = settings.origins[name], getattr(settings, setting.field)
    if origin is Origin.ENVIRONMENT:
        return f"{setting.variable} in the environment names it."
    if origin is not Origin.FILE:
        return ""
    others = [quote(str(one)) for one in value if one != path] if isinstance(value, tuple) else []
    words = f"set {name} {' '.join(others)}" if others else f"unset {name}"
    return f"The setting {name} names it. To leave it out: wasf config {words}"


def _meant(name: str, known: Mapping[str, Setting]) -> str:
    word = name.lower().replace("-", "_")
    ends = {each.rpartition(".")[2]: each for each in known}
    near = word if word in known else ends.get(word) or nearest(word, [*known, *ends])
    found = ends.get(near, near)
    return f"did you mean {found}?" if found else "wasf config shows all settings"


def _refuse_slip(variable: str, known: Iterable[str]) -> None:
    """Raise `BadSetting` for a name that is nearly a setting's: others may be another program's."""
    names = [one.removeprefix("WASF_") for one in known]
    if near := nearest(variable.removeprefix("WASF_"), names, likeness=0.75):
        raise BadSetting(f"{variable}: there is no such setting", f"did you mean WASF_{near}?")


def _reader(setting: Setting, given: Given) -> Callable[[Any], object]:
    """Return what reads a text as of the environment, or the arguments of `wasf config set`."""
    return setting.kind.parse if isinstance(given, str) else setting.kind.of_words


def _checked(
    setting: Setting, read: Callable[[_Given], object], given: _Given, where: str
) -> object:
    """Return the value that `read` makes of what is given at a place, "" for none."""
    try:
        return read(given)
    except InvalidValue as refused:
        shown = ", ".join(given) if isinstance(given, list) else str(given)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
        prefix = f"{where}: " if where else ""
        near = f"; did you mean {refused.nearest}?" if refused.nearest else ""
        raise BadSetting(
            f'{prefix}{setting.name} cannot be "{shown}"', f"write {setting.kind.allowed}{near}"
        ) from None


def _update(table: MutableMapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Make a table equal to another one; comments and the lines that stay are kept."""
    for key in [key for key in table if key not in wanted]:
        del table[key]
    for key, value in wanted.items():
        if table.get(key) != value:
            table[key] = value


def _place(path: Path, line: int | None) -> str:
    return f"{path}, line {line}" if line else str(path)


def _line_of(name: str, text: str) -> int | None:
    """Return the number of the line that sets a name, None if a simple search does not find it."""
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
