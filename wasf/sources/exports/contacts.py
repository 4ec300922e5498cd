"""Numbers for names, from an address book: vCards of phones, Google and iCloud, and CSV."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wasf.core.chats import Phone
from wasf.core.phones import canonical, phones_in
from wasf.core.text import fold_name
from wasf.errors import MissingFile, UnreadableFile
from wasf.sources.exports.address_books import ADDRESS_BOOK_HINT, read_csv, read_vcards

_MAX_FILE = 64 << 20
_FOLD = re.compile(rb"\r?\n[ \t]")
_VCARD = re.compile(r"\s*BEGIN:VCARD", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """One number stands for the name."""

    phone: Phone


@dataclass(frozen=True, slots=True)
class Several:
    """The name has several numbers; which is meant is not for the file to say."""

    phones: tuple[Phone, ...]


@dataclass(frozen=True, slots=True)
class Contacts:
    """An address book: folded name -> the different numbers that stand for it.

    `skipped` counts entries that could not be read.
    """

    numbers: Mapping[str, tuple[Phone, ...]] = field(default_factory=dict)
    skipped: int = 0

    def find(self, name: str) -> Known | Several | None:
        """What is known of a name, compared as a whole, without case and odd blanks."""
        phones = self.numbers.get(fold_name(name), ())
        if len(phones) > 1:
            return Several(phones)
        return Known(phones[0]) if phones else None

    def number_of(self, name: str) -> tuple[Phone | None, str]:
        """The one number of a name, or None and why it is in doubt ("" if nothing was found)."""
        match self.find(name):
            case Known(phone):
                return phone, ""
            case Several(phones):
                return None, f"the address book has {len(phones)} numbers for this name"
            case _:
                return None, ""


def load_contacts(path: Path, region: str) -> Contacts:
    """Read an address book. Raises `MissingFile`, or `UnreadableFile` if it is none."""
    text = _text(path)
    is_vcard = _VCARD.match(text) is not None
    entries = read_vcards(text, path.name) if is_vcard else read_csv(text, path.name)
    numbers: dict[str, dict[Phone, Phone]] = {}
    skipped = 0
    for entry in entries:
        if entry is None:
            skipped += 1
            continue
        names, typed = entry
        phones = [phone for raw in typed for phone in phones_in(raw, region)]
        for name in {fold_name(name) for name in names} - {""}:
            known = numbers.setdefault(name, {})
            for phone in phones:
                known.setdefault(canonical(phone), phone)
    return Contacts(
        {name: tuple(found.values()) for name, found in numbers.items() if found}, skipped
    )


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > _MAX_FILE:
            raise UnreadableFile(
                f"{path.name} is larger than {_MAX_FILE >> 20} MiB.", ADDRESS_BOOK_HINT
            )
        raw = path.read_bytes()
    except FileNotFoundError:
        raise MissingFile(f"There is no {path}.", ADDRESS_BOOK_HINT) from None
    except OSError as error:
        raise UnreadableFile(
            f"{path.name} cannot be read: {error.strerror}.", ADDRESS_BOOK_HINT
        ) from None
    return _decoded(raw)


def _decoded(raw: bytes) -> str:
    """Outlook writes UTF-16 with a mark or the code page of Windows, everybody else UTF-8.

    Some phones fold lines within a character. A wrong code page costs names, and finds nobody else.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    for candidate in (raw, _FOLD.sub(b"", raw)):
        try:
            return candidate.decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
    return raw.decode("cp1252", "replace")
