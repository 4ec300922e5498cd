"""Numbers for names, from an address book: vCards of phones, Google and iCloud, and CSV."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from wasf.core.chats import Phone
from wasf.core.phones import canonical, phones_in
from wasf.core.text import fold_name
from wasf.errors import MissingFile, UnreadableFile

# --- address_books
# Reads address books as phones, Google and Outlook write them: names with the numbers as typed.


ADDRESS_BOOK_HINT = "Give a vCard file (.vcf) or a CSV export of Google Contacts or Outlook."

_MAX_ENTRIES = 100_000
_MAX_CARD = 4 << 20  # with a picture
_MAX_WANTED = 4 << 10  # what names and numbers take up of it; reading them is not linear
_MAX_FIELD = 128 << 10

Entry = tuple[list[str], list[str]]
"""What a person is called, and the numbers as typed."""


# --- vCard -------------------------------------------------------------------------------------

_EDGE = re.compile(r"^(BEGIN|END):VCARD[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_WANTED = re.compile(r"(?:[\w-]+\.)?(?:VERSION|FN|N|ORG|TEL)[;:]", re.IGNORECASE)
_BROKEN_ON = re.compile(r"QUOTED-PRINTABLE", re.IGNORECASE)


def read_vcards(text: str, origin: str) -> Iterator[Entry | None]:
    """The cards of a file, None for one that cannot be read. Versions 2.1, 3.0 and 4.0."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    start = number = 0
    for edge in _EDGE.finditer(text):
        if edge[1].upper() == "BEGIN":
            start = edge.end()
        elif start:
            _check_count(number, origin)
            yield _read_card(text[start : edge.start()])
            start, number = 0, number + 1


def _read_card(inside: str) -> Entry | None:
    import vobject

    wanted = "".join(f"{line}\r\n" for line in _wanted_lines(inside))
    if len(inside) > _MAX_CARD or len(wanted) > _MAX_WANTED:
        return None
    card_text = f"BEGIN:VCARD\r\n{wanted}END:VCARD\r\n"
    try:
        card = vobject.readOne(card_text, allowQP=True)
    except Exception:
        return None
    values = {name: [line.value for line in lines] for name, lines in card.contents.items()}
    names = [str(value) for value in values.get("fn", ())]
    for name in values.get("n", ()):
        names += _spellings(name)
    if not any(name.strip() for name in names):
        names = [" ".join(map(str, parts)) for parts in values.get("org", ())]
    return names, [str(value) for value in values.get("tel", ())]


def _wanted_lines(inside: str) -> Iterator[str]:
    """Lines about names and numbers; pictures and the rest are not even decoded."""
    is_wanted = is_broken_on = False
    for line in inside.replace("\r\n", "\n").split("\n"):
        is_continued = line[:1] in (" ", "\t") or is_broken_on
        if not is_continued:
            is_wanted = _WANTED.match(line) is not None
        is_quoted = is_broken_on or _BROKEN_ON.search(line) is not None
        is_broken_on = is_quoted and line.endswith("=")
        if is_wanted and line:
            yield line


def _spellings(name: object) -> list[str]:
    parts = [_joined(getattr(name, part, "")) for part in _NAME_PARTS]
    prefix, given, additional, family, suffix = parts
    return [_joined([given, family]), _joined([prefix, given, additional, family, suffix])]


_NAME_PARTS = ("prefix", "given", "additional", "family", "suffix")


def _joined(parts: object) -> str:
    pieces = parts if isinstance(parts, list | tuple) else [parts]
    return " ".join(str(piece) for piece in pieces if piece)


# --- CSV ---------------------------------------------------------------------------------------

_DELIMITERS = ",;\t"
_WHOLE_NAMES = frozenset({"name", "display name", "full name", "file as", "anzeigename"})
_GIVEN = frozenset({"first name", "given name", "vorname", "prénom", "nombre", "nome", "voornaam"})
_MIDDLE = frozenset({"middle name", "additional name", "weitere vornamen"})
_FAMILY = frozenset(
    {"last name", "family name", "nachname", "nom de famille", "apellidos", "cognome", "achternaam"}
    | {"sobrenome", "apelido"}
)
# Beside a first name it is the last name, alone the whole one.
_EITHER = frozenset({"nom"})
_COMPANY = frozenset({"company", "organization name", "organization 1 - name", "firma"})
_PHONE = re.compile(
    r"phone|telefon|mobil|téléphone|teléfono|number|\bt[eé]l\b|nummer|móvil|celular|cellulare"
    r"|telemóvel|telefoon",
    re.IGNORECASE,
)
_NO_PHONE = re.compile(r"fax|pager|type|label|telex|yomi|tty|typ\b", re.IGNORECASE)
_SEVERAL = ":::"
_FOR_EXCEL = re.compile(r"\Asep=.\r?\n", re.IGNORECASE)


def read_csv(text: str, origin: str) -> Iterator[Entry | None]:
    """The rows of a table with headings. Raises `UnreadableFile` if no heading names a number."""
    text = _FOR_EXCEL.sub("", text, count=1)
    heading = text.split("\n", 1)[0][:_MAX_FIELD]
    delimiter = max(_DELIMITERS, key=heading.count)
    csv.field_size_limit(_MAX_FIELD)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = [column.strip().casefold() for column in next(rows, [])]
        phones = [i for i, name in enumerate(columns) if _is_phone_column(name)]
        names = _name_columns(columns)
        if not phones or not any(names):
            raise UnreadableFile(f"{origin} is no address book.", ADDRESS_BOOK_HINT)
        for number, row in enumerate(rows):
            _check_count(number, origin)
            yield _names_in(row, names), list(_numbers_in(row, phones))
    except csv.Error:
        raise UnreadableFile(f"{origin} is no CSV table.", ADDRESS_BOOK_HINT) from None


def _is_phone_column(name: str) -> bool:
    return _PHONE.search(name) is not None and _NO_PHONE.search(name) is None


_NameColumns = tuple[list[int], list[int], list[int]]
"""Columns with whole names, with the parts of a name in order, and with companies."""


def _name_columns(columns: Sequence[str]) -> _NameColumns:
    def at(wanted: Iterable[str]) -> list[int]:
        return [i for i, name in enumerate(columns) if name in wanted]

    is_parted = bool(at(_GIVEN))
    whole, family = at(_WHOLE_NAMES), at(_FAMILY)
    (family if is_parted else whole).extend(at(_EITHER))
    return whole, at(_GIVEN) + at(_MIDDLE) + family, at(_COMPANY)


def _names_in(row: Sequence[str], columns: _NameColumns) -> list[str]:
    whole, parts, company = (_cells(row, at) for at in columns)
    ends = [parts[0], parts[-1]] if parts else []
    names = [*whole, _joined(parts), _joined(ends)]
    return names if any(names) else company


def _cells(row: Sequence[str], columns: Iterable[int]) -> list[str]:
    return [row[i].strip() for i in columns if i < len(row) and row[i].strip()]


def _numbers_in(row: Sequence[str], columns: Iterable[int]) -> Iterator[str]:
    for cell in _cells(row, columns):
        yield from islice((part.strip() for part in cell.split(_SEVERAL)), 20)


def _check_count(number: int, origin: str) -> None:
    if number >= _MAX_ENTRIES:
        raise UnreadableFile(f"{origin} has more than {_MAX_ENTRIES:,} entries.", ADDRESS_BOOK_HINT)


# --- contacts


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
