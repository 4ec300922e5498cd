"""Words for people that several providers need: names of files, places, cards (T5)."""

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Final

_ENDINGS: Final = MappingProxyType(
    {
        "application/msword": "doc",
        "application/vnd.ms-excel": "xls",
        "application/vnd.ms-powerpoint": "ppt",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
        "application/vnd.oasis.opendocument.text": "odt",
        "application/vnd.oasis.opendocument.spreadsheet": "ods",
        "application/octet-stream": "bin",
        "application/x-zip-compressed": "zip",
        "audio/mp4": "m4a",
        "audio/mpeg": "mp3",
        "image/jpeg": "jpg",
        "image/svg+xml": "svg",
        "text/calendar": "ics",
        "text/plain": "txt",
        "text/vcard": "vcf",
        "text/x-vcard": "vcf",
        "video/3gpp": "3gp",
        "video/quicktime": "mov",
    }
)
_LONGEST_ENDING: Final = 5
_VCARD_PARTS: Final = frozenset({"FN", "TEL", "ORG", "EMAIL"})


def joined(lines: Iterable[str]) -> str:
    """Return the lines that say something as one text."""
    return "\n".join(filter(None, lines))


def file_name(name: str, noun: str, mime_type: str) -> str:
    """Return a file's own name; one without is called by `noun` and the ending of its type."""
    return name or f"{noun}.{_ending(mime_type)}"


def place_lines(name: str, address: str, latitude: object, longitude: object) -> list[str]:
    """Return name and address of a place, and a map of it if its coordinates are numbers."""
    is_place = all(isinstance(one, int | float) for one in (latitude, longitude))
    place = f"https://maps.google.com/?q={latitude},{longitude}"
    return [name, address, place if is_place else ""]


def vcard_parts(written: str) -> Iterator[str]:
    """Yield name, numbers, company and e-mail addresses of a vCard."""
    for line in written.splitlines():
        head, _, value = line.partition(":")
        if head.partition(";")[0].rpartition(".")[2].upper() in _VCARD_PARTS:
            yield value.replace(";", " ").replace("\\", "").strip()


def _ending(mime_type: str) -> str:
    """Return the usual ending of a type of files, "bin" if it has none."""
    plain = mime_type.partition(";")[0].strip().lower()
    ending = _ENDINGS.get(plain) or plain.rpartition("/")[2]
    return ending if ending.isalnum() and len(ending) <= _LONGEST_ENDING else "bin"
