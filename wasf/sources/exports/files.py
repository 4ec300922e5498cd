"""Finds the exports among the files and folders that a person named."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from wasf.core.chats import Phone
from wasf.errors import MissingFile, UnreadableFile, WrongUsage
from wasf.sources.exports.notices import FILE_NAMES

# --- file_names
# Whose chat it is, from what its file is called.


_NUMBERED = re.compile(r"(?:[ _]?\(\d{1,3}\)|[ _-]\d{1,2})\Z")
_COPY_NUMBER = re.compile(r"(?: ?\(\d{1,3}\)|[ -]\d{1,2})$")
_INVISIBLE = dict.fromkeys(
    [0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF], None
)
_PLACE = "%s"

CHAT_NAME = "_chat.txt"
"""What iPhones call every chat; then only the zip or the folder tells whose it is."""


def _pattern(template: str) -> re.Pattern[str]:
    before, _, after = template.partition(_PLACE)
    return re.compile(_loose(before) + "(.+?)" + _loose(after), re.IGNORECASE)


def _loose(text: str) -> str:
    """File systems and mail programs replace blanks."""
    return r"[ _.]+".join(re.escape(word) for word in text.split(" "))


# Longest first: `WhatsApp Chat mit` before `WhatsApp Chat`.
_PATTERNS = tuple(map(_pattern, sorted(FILE_NAMES, key=len, reverse=True)))


def title_of(stem: str) -> str:
    """The name or number of the chat in a file's name (without its suffix); "" if none is in it."""
    name, title = tidy(stem), whole_title_of(stem)
    return _without_number(title).strip() if name.endswith(title) else title


def whole_title_of(stem: str) -> str:
    """The same with a number at its end, which a second download has, and some names."""
    name = tidy(stem)
    return _match(name) or _match(_NUMBERED.sub("", name))


def _match(name: str) -> str:
    for pattern in _PATTERNS:
        match = pattern.fullmatch(name)
        if match:
            return match[1].strip()
    return ""


def tidy(name: str) -> str:
    """A name as it is shown: composed, without invisible marks, every run of blanks as one."""
    return " ".join(unicodedata.normalize("NFC", name).translate(_INVISIBLE).split())


def _without_number(name: str) -> str:
    """Without the ` (1)` of a second download; a phone number keeps its last digits."""
    cut = _NUMBERED.sub("", name)
    is_number = not any(char.isalpha() for char in cut)
    return re.sub(r"[ _]?\(\d{1,3}\)\Z", "", name) if is_number else cut


def without_copy_number(stem: str) -> str:
    """A file's name without the ` (1)` or ` 2` that a second copy of it gets."""
    return _COPY_NUMBER.sub("", stem)


def is_unnamed(stem: str) -> bool:
    """Whether a file's name does not tell whose chat it is: `_chat`, `_chat (1)`."""
    return without_copy_number(stem) == CHAT_NAME.removesuffix(".txt")


# --- finding


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
