"""Finds the exports among the files and folders that a person named."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from wasf.errors import MissingFile, UnreadableFile
from wasf.sources.exports.archive import CHAT_NAME

_SUFFIXES = frozenset({".txt", ".zip"})
_SENT_FILE = re.compile(r"\d{8}-.*")


def find_exports(paths: Iterable[Path]) -> list[Path]:
    """The files to read, sorted within each folder, each once.

    Of a folder: its own .txt and .zip files, and the unzipped exports right below it. Raises
    `MissingFile` and, for a folder without any, `UnreadableFile`.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _exports_at(path):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _exports_at(path: Path) -> Iterable[Path]:
    if not path.exists():
        raise MissingFile(
            f"There is no {path}.", "Give the path of an exported chat or of a folder of them."
        )
    if not path.is_dir():
        return [path]
    files = sorted(_exports_in(path))
    if not files:
        raise UnreadableFile(
            f"There is no exported chat in {path}.",
            "It should hold .txt or .zip files, as WhatsApp's Export chat makes them.",
        )
    return files


def _exports_in(folder: Path) -> Iterator[Path]:
    is_unzipped = (folder / CHAT_NAME).is_file()
    for entry in folder.iterdir():
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _unzipped(entry)
        elif entry.suffix.lower() in _SUFFIXES and not (
            is_unzipped and _SENT_FILE.fullmatch(entry.name)
        ):
            yield entry


def _unzipped(folder: Path) -> Iterator[Path]:
    """The chat of an unzipped export: iPhones call it `_chat.txt`, Android like the folder."""
    for name in (CHAT_NAME, f"{folder.name}.txt"):
        if (folder / name).is_file():
            yield folder / name
            return
