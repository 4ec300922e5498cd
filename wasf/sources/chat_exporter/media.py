"""The files that messages name: found beside the export, and nowhere else.

Whoever made the JSON file chose those names, so only what lies in a folder that holds nothing but
media is taken, never through `..`, never through a link that leads out of it.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from wasf.core.chats import Attachment
from wasf.errors import MissingFile, UnreadableFile

_OF_MEDIA = frozenset({"Media", "separated", "vCards"})
_OUTPUT = "result"
_GIVE_AGAIN = "Keep the media folder beside the JSON file."


def attachment_of(export: Path, media_base: str, shown: str) -> Attachment:
    """The file at a path of the export (absolute); only its name if it is not there.

    `media_base` is what the chat's paths start from, on iPhones.
    """
    name = PurePosixPath(shown.replace("\\", "/")).name or shown
    for member in dict.fromkeys((shown, media_base + shown)):
        inside = _member(member)
        if inside and _find(export, inside):
            return Attachment(name, str(export), inside)
    return Attachment(name)


def read_media(export: str, member: str, limit: int) -> bytes:
    """The bytes of such a file, at most `limit`. Raises `MissingFile`, `UnreadableFile`."""
    path = _find(Path(export), _member(member))
    if path is None:
        name = Path(export).name
        raise MissingFile(f"An attached file is not beside {name} any more.", _GIVE_AGAIN)
    try:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        why = error.strerror or "unknown reason"
        raise UnreadableFile(f"An attached file cannot be read: {why}.", _GIVE_AGAIN) from None
    if len(content) > limit:
        raise UnreadableFile(
            f"An attached file of {Path(export).name} is larger than {limit >> 20} MiB.",
            "It cannot be uploaded; its message is logged with the file's name.",
        )
    return content


def _member(shown: str) -> str:
    """The path below the folder that holds the media folder; "" if it is none."""
    pieces = [piece for piece in shown.replace("\\", "/").split("/") if piece not in ("", ".")]
    is_safe = ".." not in pieces and not any(":" in piece or "\0" in piece for piece in pieces)
    is_below = not shown.startswith(("/", "\\")) and not _OF_MEDIA.isdisjoint(pieces[1:-1])
    return "/".join(pieces) if is_safe and is_below else ""


def _find(export: Path, member: str) -> Path | None:
    if not member:
        return None
    for folder in _folders(export):
        try:
            path = (folder / member).resolve(strict=True)
            is_inside = path.is_relative_to(folder.resolve())
            if is_inside and stat.S_ISREG(path.stat().st_mode):
                return path
        except (OSError, RuntimeError, ValueError):  # not there, links in a circle, an odd name
            continue
    return None


def _folders(export: Path) -> Iterator[Path]:
    """Where the media folder may be: here, in the exporter's output, above a folder of chats."""
    yield export.parent
    yield export.parent / _OUTPUT
    yield export.parent.parent
