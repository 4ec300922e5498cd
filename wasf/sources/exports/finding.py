"""Finds the exports among the files and folders that a person named."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from wasf.core.chats import Phone
from wasf.errors import MissingFile, UnreadableFile, WrongUsage
from wasf.sources.exports.file_names import CHAT_NAME

_SUFFIXES = frozenset({".txt", ".zip"})
_SENT_FILE = re.compile(r"\d{8}-.*")


def _nothing(_: Path) -> bool:
    return False


def find_exports(paths: Iterable[Path], *, also: Callable[[Path], bool] = _nothing) -> list[Path]:
    """The files to read, sorted within each folder, each once.

    Of a folder: its own .txt and .zip files, those that are `also` exports, and the unzipped
    exports right below it. Raises `MissingFile` and, for a folder without any, `UnreadableFile`.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _exports_at(path, also):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def check_phone(phone: Phone | None, files: Sequence[Path]) -> None:
    """One number cannot be that of several chats: raises `WrongUsage`."""
    if phone is not None and len(files) > 1:
        raise WrongUsage(
            f"A phone number was given for {len(files)} chats; whose is it?",
            "Give --phone together with a single exported chat.",
        )


def _exports_at(path: Path, also: Callable[[Path], bool]) -> Iterable[Path]:
    if not path.exists():
        raise MissingFile(
            f"There is no {path}.", "Give the path of an exported chat or of a folder of them."
        )
    if not path.is_dir():
        return [path]
    files = sorted(_exports_in(path, also))
    if not files:
        raise UnreadableFile(
            f"There is no exported chat in {path}.",
            "It should hold .txt or .zip files, as WhatsApp's Export chat makes them, or the"
            " .json of WhatsApp-Chat-Exporter.",
        )
    return files


def _exports_in(folder: Path, also: Callable[[Path], bool]) -> Iterator[Path]:
    is_unzipped = (folder / CHAT_NAME).is_file()
    for entry in folder.iterdir():
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _unzipped(entry)
        elif is_unzipped and _SENT_FILE.fullmatch(entry.name):
            continue
        elif entry.suffix.lower() in _SUFFIXES or also(entry):
            yield entry


def _unzipped(folder: Path) -> Iterator[Path]:
    """The chat of an unzipped export: iPhones call it `_chat.txt`, Android like the folder."""
    for name in (CHAT_NAME, f"{folder.name}.txt"):
        if (folder / name).is_file():
            yield folder / name
            return
