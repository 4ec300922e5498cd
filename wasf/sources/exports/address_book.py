"""Reads an address book, which has numbers for names: vCards of phones, Google and iCloud, and CSV.

Outlook and Google write the CSV. Sizes are limited, because reading a long value takes much longer
than its length.
"""

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
from wasf.errors import MissingFile, UnreadableFile, WasfError
from wasf.interfaces import AddressBookState, Unreadable

_HINT = "Give a vCard file (.vcf) or a CSV export of Google Contacts or Outlook."
_MAX_FILE = 64 << 20
_MAX_ENTRIES = 100_000
_MAX_CARD = 4 << 20  # with a picture
_MAX_WANTED = 4 << 10  # the lines of a card with names and numbers
_MAX_FIELD = 128 << 10
_FOLD = re.compile(rb"\r?\n[ \t]")
_IS_VCARD = re.compile(r"\s*BEGIN:VCARD", re.IGNORECASE)

_Entry = tuple[list[str], list[str]]
"""The names of a person, and the numbers as typed."""


@dataclass(frozen=True, slots=True)
class AddressBook:
    """The different numbers of each name; names are folded. `skipped` entries were unreadable."""

    numbers: Mapping[str, tuple[Phone, ...]] = field(default_factory=dict)
    skipped: int = 0

    def number_of(self, name: str) -> tuple[Phone | None, str]:
        """Return the one number of a name, or None and why it is in doubt ("" if there is none).

        Names are compared as a whole, without case and odd blanks.
        """
        phones = self.numbers.get(fold_name(name), ())
        if len(phones) > 1:
            return None, f"the address book has {len(phones)} numbers for this name"
        return (phones[0] if phones else None), ""


def open_address_book(path: Path | None, region: str) -> AddressBookState:
    """Return the address book that a person gave, if any, or why it cannot be read."""
    if path is None:
        return AddressBookState()
    try:
        return AddressBookState(load_address_book(path, region))
    except WasfError as error:
        return AddressBookState(unreadable=Unreadable(path.name, error))


def load_address_book(path: Path, region: str) -> AddressBook:
    """Read an address book. Raise `MissingFile`, or `UnreadableFile` if it is none.

    `region` is the country of numbers that are written without one.
    """
    text = _text(path)
    read_entries = _read_vcards if _IS_VCARD.match(text) else _read_csv
    numbers: dict[str, dict[Phone, Phone]] = {}
    skipped = 0
    for entry in read_entries(text, path.name):
        if entry is None:
            skipped += 1
            continue
        names, typed = entry
        phones = [phone for raw in typed for phone in phones_in(raw, region)]
        for name in {fold_name(name) for name in names} - {""}:
            known = numbers.setdefault(name, {})
            for phone in phones:
                known.setdefault(canonical(phone), phone)
    return AddressBook(
        {name: tuple(found.values()) for name, found in numbers.items() if found}, skipped
    )


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > _MAX_FILE:
            raise UnreadableFile(f"{path.name} is larger than {_MAX_FILE >> 20} MiB.", _HINT)
        raw = path.read_bytes()
    except FileNotFoundError:
        raise MissingFile(f"There is no {path}.", _HINT) from None
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}.", _HINT) from None
    return _decoded(raw)


def _decoded(raw: bytes) -> str:
    """Decode UTF-8; Outlook writes UTF-16 with a mark, or the code page of Windows.

    Some phones fold lines within a character. In a wrong code page a name is lost, but never
    becomes somebody else's.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    for candidate in (raw, _FOLD.sub(b"", raw)):
        try:
            return candidate.decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
    return raw.decode("cp1252", "replace")


def _check_count(number: int, origin: str) -> None:
    if number >= _MAX_ENTRIES:
        raise UnreadableFile(f"{origin} has more than {_MAX_ENTRIES:,} entries.", _HINT)


def _joined(parts: object) -> str:
    pieces = parts if isinstance(parts, list | tuple) else [parts]
    return " ".join(str(piece) for piece in pieces if piece)


# --- vCard -------------------------------------------------------------------------------------

_EDGE = re.compile(r"^(BEGIN|END):VCARD[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_WANTED = re.compile(r"(?:[\w-]+\.)?(?:VERSION|FN|N|ORG|TEL)[;:]", re.IGNORECASE)
_QUOTED = re.compile(r"QUOTED-PRINTABLE", re.IGNORECASE)
_NAME_PARTS = ("prefix", "given", "additional", "family", "suffix")


def _read_vcards(text: str, origin: str) -> Iterator[_Entry | None]:
    """Yield the cards of a file (versions 2.1, 3.0 and 4.0), None for one that is unreadable."""
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


def _read_card(inside: str) -> _Entry | None:
    import vobject  # loaded late: few runs read vCards

    wanted = "".join(f"{line}\r\n" for line in _wanted_lines(inside))
    if len(inside) > _MAX_CARD or len(wanted) > _MAX_WANTED:
        return None
    try:
        card = vobject.readOne(f"BEGIN:VCARD\r\n{wanted}END:VCARD\r\n", allowQP=True)
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
    """Yield the lines with names and numbers. Pictures and the rest are never decoded."""
    is_wanted = is_continued = False
    for line in inside.replace("\r\n", "\n").split("\n"):
        is_first = not is_continued and line[:1] not in (" ", "\t")
        if is_first:
            is_wanted = _WANTED.match(line) is not None
        # A line in quoted-printable goes on behind a `=` at its end.
        is_quoted = is_continued or _QUOTED.search(line) is not None
        is_continued = is_quoted and line.endswith("=")
        if is_wanted and line:
            yield line


def _spellings(name: object) -> list[str]:
    parts = [_joined(getattr(name, part, "")) for part in _NAME_PARTS]
    prefix, given, additional, family, suffix = parts
    return [_joined([given, family]), _joined([prefix, given, additional, family, suffix])]


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
_BETWEEN_NUMBERS = ":::"
_MOST_NUMBERS = 20
_FOR_EXCEL = re.compile(r"\Asep=.\r?\n", re.IGNORECASE)

_NameColumns = tuple[list[int], list[int], list[int]]
"""Columns with whole names, with the parts of a name in order, and with companies."""


def _read_csv(text: str, origin: str) -> Iterator[_Entry]:
    """Yield the rows of a table. Raise `UnreadableFile` if no heading is for names or numbers."""
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
            raise UnreadableFile(f"{origin} is no address book.", _HINT)
        for number, row in enumerate(rows):
            _check_count(number, origin)
            yield _names_in(row, names), list(_numbers_in(row, phones))
    except csv.Error:
        raise UnreadableFile(f"{origin} is no CSV table.", _HINT) from None


def _is_phone_column(name: str) -> bool:
    return _PHONE.search(name) is not None and _NO_PHONE.search(name) is None


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


def _numbers_in(row: Sequence[str], columns: Iterable[int]) -> Iterator[str]:
    for cell in _cells(row, columns):
        numbers = (part.strip() for part in cell.split(_BETWEEN_NUMBERS))
        yield from islice(numbers, _MOST_NUMBERS)


def _cells(row: Sequence[str], columns: Iterable[int]) -> list[str]:
    return [row[i].strip() for i in columns if i < len(row) and row[i].strip()]
