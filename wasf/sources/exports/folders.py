"""Finds exports in files and folders. One odd entry of a folder never hides the others (W6)."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from wasf.errors import (
    FileChanging,
    FileHeldBack,
    MissingFile,
    UnexpectedError,
    UnreadableFile,
    WasfError,
)
from wasf.interfaces import FileState, Unreadable
from wasf.sources.exports.names import CHAT_NAME, has_chat_name, is_sent_file
from wasf.values import dataclass

_SUFFIXES = frozenset({".txt", ".zip"})
_SUFFIXES_OF_ALL = _SUFFIXES | {".json"}
"""Also of exports of another kind, which are told by what is in them."""

_MEDIA = frozenset({"media", "separated", "vcards", "whatsapp documents"})
_OF_THE_SYSTEM = frozenset({"lost+found", "$recycle.bin", "system volume information"})
_ACCESS = (
    "Give the user that runs wasf the right to read it; on macOS: System Settings, Privacy &"
    " Security, Full Disk Access."
)

_YOUNG = 60.0  # seconds
_BETWEEN_LOOKS = 2.0

IsExport = Callable[[Path], bool]
"""Whether a file in a folder is an export of another kind."""

ListFolder = Callable[[Path], Iterable[os.DirEntry[str]]]
"""Return what is in a folder. Raise `OSError`."""

WayOut = Callable[[Path], str]
"""Return how to change the setting that names a path, "" if no setting does."""


class FoundFile(NamedTuple):
    """A file to read.

    `is_named`: a person gave this very path, or gave a folder that has this file. A file with the
    name of a chat is meant to be one, any other file of a folder need not be. `is_young`: it may
    still be being copied, although it did not change while it was watched (I4). `place` is its path
    without links. `facts` are those of the system when it was found, None if it is gone. `state` is
    what the file was like then, None if nobody compares it.
    """

    path: Path
    place: str
    facts: os.stat_result | None
    is_named: bool = True
    is_young: bool = False
    state: FileState | None = None

    def unreadable(self, origin: str, error: WasfError) -> Unreadable:
        """Return why it was not read, which is a failure only if it is meant to be a chat."""
        if self.is_young and self.path.suffix.lower() == ".zip" and type(error) is UnreadableFile:
            return Unreadable(origin, _is_arriving(), is_failure=False)
        is_gone = isinstance(error, MissingFile)
        is_meant = self.is_named or (has_chat_name(self.path) and not is_gone)
        is_failure = is_meant or isinstance(error, FileChanging | UnexpectedError)
        return Unreadable(origin, error, is_failure)


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """The files to read, each once, and what cannot be looked into, with the reason."""

    files: tuple[FoundFile, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


def _list_folder(folder: Path) -> Iterable[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def find_exports(
    paths: Iterable[Path],
    *,
    also: IsExport = lambda _: False,
    list_folder: ListFolder = _list_folder,
    way_out: WayOut = lambda _: "",
) -> FoundFiles:
    """Return the files to read, sorted within each path that was given.

    Of a folder these are the .txt and .zip files in it and in its subfolders, and those for which
    `also` is true. What is missing, may not be read or is no file is among the unreadable, and so
    is a link in a folder that leads out of everything that was given. The error of a path that
    cannot be used says by `way_out` which setting names it.
    """
    found: dict[str, FoundFile] = {}
    unreadable: list[Unreadable] = []
    given = list(paths)
    real = [Path(os.path.realpath(path)) for path in given]
    for path in given:
        way = way_out(path)
        for one in _Search(also, list_folder, real, by_setting=bool(way)).at(path):
            if isinstance(one, Unreadable):
                is_given = one.origin == _name_of(path)
                error = of_setting(one.error, way) if is_given else one.error
                unreadable.append(replace(one, error=error))
            else:
                found.setdefault(one.place, one)
    return FoundFiles(tuple(found.values()), tuple(unreadable))


def of_setting(error: WasfError, way_out: str) -> WasfError:
    """Return the error of a path that a setting names: its hint is how to change that setting."""
    if not way_out:
        return error
    return error.with_hint(way_out if isinstance(error, MissingFile) else f"{error.hint} {way_out}")


def watch(found: FoundFiles, now: datetime, sleep: Callable[[float], None]) -> FoundFiles:
    """Look twice at files that are younger than a minute; one that changes rests (I4)."""
    known = {file: _state(file.path) for file in found.files}
    young = [file for file, state in known.items() if state and _is_young(state, now)]
    if not young:
        return found
    sleep(_BETWEEN_LOOKS)
    changing = {file for file in young if _state(file.path) != known[file]}
    files = tuple(
        file._replace(is_young=file in young) for file in found.files if file not in changing
    )
    resting = (
        Unreadable(file.path.name, _is_arriving(), is_failure=False)
        for file in found.files
        if file in changing
    )
    return FoundFiles(files, (*found.unreadable, *resting))


class _State(NamedTuple):
    """Size and times of a file; `created_ns` is also when it came here by a copy."""

    size: int
    modified_ns: int
    created_ns: int


def _state(path: Path) -> _State | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return _State(facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def _is_young(state: _State, now: datetime) -> bool:
    latest = max(state.modified_ns, state.created_ns) / 1e9
    return abs(now.timestamp() - latest) < _YOUNG


def _is_arriving() -> FileChanging:
    return FileChanging(
        "This file is still being written; it rests until the next sync.", "There is nothing to do."
    )


class _Search:
    """Looks through one path that was given; a link back to a folder above is no way round.

    `given` are the real paths of all that was given: a link may lead there.
    """

    def __init__(
        self, also: IsExport, list_folder: ListFolder, given: Sequence[Path], *, by_setting: bool
    ) -> None:
        self._by_setting = by_setting
        self._also = also
        self._list_folder = list_folder
        self._given = given
        self._known: set[str] = set()

    def at(self, path: Path) -> list[FoundFile | Unreadable]:
        try:
            facts = path.stat()
        except (OSError, ValueError) as error:
            return [Unreadable(_name_of(path), _no_way_to(path, error))]
        if not stat.S_ISDIR(facts.st_mode):
            return [FoundFile(path, os.path.realpath(path), facts)]
        found = sorted(self._in_folder(path, is_given=True), key=_place)
        # A folder of the settings is empty until the first export arrives, which is no failure.
        nothing = Unreadable(_name_of(path), _no_export(path), is_failure=not self._by_setting)
        return [one for _, one in found] or [nothing]

    def _in_folder(
        self, folder: Path, *, is_given: bool = False
    ) -> "Iterator[tuple[Path, FoundFile | Unreadable]]":
        where = os.path.realpath(folder)
        if where in self._known:
            return
        self._known.add(where)
        try:
            entries = list(self._list_folder(folder))
        except OSError as error:
            is_failure = is_given or folder.name.casefold() not in _OF_THE_SYSTEM
            held_back = FileHeldBack(f"{folder} may not be listed: {_why(error)}.", _ACCESS)
            yield folder, Unreadable(_name_of(folder), held_back, is_failure)
            return
        by_iphone = any(entry.name == CHAT_NAME for entry in entries)
        for entry in entries:
            is_hidden = entry.name.startswith(".")
            if not (is_hidden or is_sent_file(entry.name, by_iphone=by_iphone)):
                is_link = entry.is_symlink()
                real = os.path.realpath(entry.path) if is_link else _within(where, entry.name)
                yield from self._entry(entry.path, real, is_link=is_link)

    def _entry(
        self, path: str, place: str, *, is_link: bool
    ) -> "Iterator[tuple[Path, FoundFile | Unreadable]]":
        entry = Path(path)
        suffix = entry.suffix.lower()
        is_text, leads_out = suffix in _SUFFIXES, is_link and self._leads_out(place)
        try:
            facts = os.stat(path)  # noqa: PTH116 - a `Path` makes its text first
        except (OSError, ValueError) as error:
            if is_text:
                file = FoundFile(entry, place, None, is_named=False)
                yield entry, file.unreadable(entry.name, _no_way_to(entry, error))
            return
        mode = facts.st_mode
        is_folder = stat.S_ISDIR(mode) and entry.name.casefold() not in _MEDIA
        if (is_text or is_folder) and leads_out:
            yield entry, Unreadable(entry.name, _elsewhere(entry), is_failure=False)
        elif stat.S_ISDIR(mode):
            if is_folder:
                yield from self._in_folder(entry)
        elif not stat.S_ISREG(mode) and suffix in _SUFFIXES_OF_ALL:
            no_file = UnreadableFile("This is no file, but a pipe or a device.", "Take it away.")
            yield entry, Unreadable(entry.name, no_file, is_failure=False)
        elif stat.S_ISREG(mode) and (is_text or (not leads_out and self._also(entry))):
            yield entry, FoundFile(entry, place, facts, is_named=False)

    def _leads_out(self, place: str) -> bool:
        """Return whether a link leads to what is in nothing that was given."""
        return not any(Path(place).is_relative_to(given) for given in self._given)


def _within(folder: str, name: str) -> str:
    """Return the real path of what is no link, by that of its folder; nothing has to be asked."""
    return os.path.join(folder, name)  # noqa: PTH118 - as text it takes a tenth of the time


def _name_of(path: Path) -> str:
    return path.name or str(path)


def _place(found: tuple[Path, object]) -> tuple[str, ...]:
    return found[0].parts  # a path itself compares ten times as slowly


def _no_export(folder: Path) -> UnreadableFile:
    return UnreadableFile(
        f"There is no exported chat in {folder}.",
        "It should hold .txt or .zip files, as WhatsApp's Export chat makes them, or the"
        " .json of WhatsApp-Chat-Exporter.",
    )


def _elsewhere(entry: Path) -> UnreadableFile:
    return UnreadableFile(
        f"{entry} is a link that leads out of the folder that was given.",
        "Give the path of the file itself, or of its folder.",
    )


def _no_way_to(path: Path, error: OSError | ValueError) -> WasfError:
    """Return why nothing is known of a path: it is missing, or it is held back."""
    code = error.errno if isinstance(error, OSError) else errno.ENOENT
    if path.is_symlink() and code in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR):
        return MissingFile(f"{path} is a link that leads to no file.", "Remove the link.")
    if code in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
        return MissingFile(
            f"There is no {path}.", "Give the path of an exported chat or of a folder of them."
        )
    return FileHeldBack(f"{path} cannot be read: {_why(error)}.", _ACCESS)


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "unknown reason"
