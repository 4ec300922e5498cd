"""Reads an address book, which has numbers for names: vCards (`vcards`) and CSV tables.

Google, Outlook and people write the CSV, with headings in their language. A column counts by what
its heading means: only a telephone is a number, never an account number or a fax (M8). What cannot
be read is a `BookProblem`, and the rest counts. Sizes are limited.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import field
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from wasf.core.chats import Phone
from wasf.core.phones import canonical, phones_in
from wasf.core.text import counted, fold_name
from wasf.errors import MissingFile, UnreadableFile, WasfError
from wasf.interfaces import AddressBookState, Unreadable
from wasf.sources.exports.archive import open_regular
from wasf.sources.exports.folders import of_setting
from wasf.sources.exports.vcards import (
    BookProblem,
    ContactEntry,
    TypedNumber,
    means_no_telephone,
    means_whatsapp,
    read_vcards,
)
from wasf.values import dataclass

_HINT = "Give a vCard file (.vcf) or a CSV export of Google Contacts or Outlook."
_MAX_FILE = 64 << 20
_MAX_ENTRIES = 100_000
_MAX_FIELD = 128 << 10
_FEWEST_DIGITS = 7
_NAMED_PROBLEMS = 5
_IS_VCARD = re.compile(rb"\s*BEGIN[ \t]*:[ \t]*VCARD", re.IGNORECASE)
_SHORTENED = re.compile(r"\d[.,]\d+E\+?\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AddressBook:
    """The different numbers of each name; names are folded. `problems` were not read.

    Where WhatsApp is said to have some numbers of a name, the name has those alone.
    """

    numbers: Mapping[str, tuple[Phone, ...]] = field(default_factory=dict)
    problems: Sequence[BookProblem] = ()

    def number_of(self, name: str) -> tuple[Phone | None, str]:
        """Return the one number of a name, or None and why it is in doubt ("" if there is none).

        Names are compared as a whole, without case and odd blanks.
        """
        phones = self.numbers.get(fold_name(name), ())
        if len(phones) > 1:
            return None, f"the address book has {len(phones)} numbers for this name"
        return (phones[0] if phones else None), ""


def open_address_book(path: Path | None, region: str, way_out: str = "") -> AddressBookState:
    """Return the address book that a person gave, if any, and what of it cannot be read.

    `way_out` says how to change the setting that names it, "" if no setting does.
    """
    if path is None:
        return AddressBookState()
    try:
        book = load_address_book(path, region)
    except WasfError as error:
        return AddressBookState(unreadable=Unreadable(path.name, of_setting(error, way_out)))
    if not book.problems:
        return AddressBookState(book)
    told = UnreadableFile(_told(book.problems), "Mend these lines, or give the number: --phone.")
    return AddressBookState(book, partly=Unreadable(path.name, told, is_failure=False))


def _told(problems: Sequence[BookProblem]) -> str:
    """Return a sentence that names the first lines that were not read."""
    lines = counted(len(problems), "line")
    named = "; ".join(f"line {one.line}: {one.what}" for one in problems[:_NAMED_PROBLEMS])
    more = "; and more" if len(problems) > _NAMED_PROBLEMS else ""
    return f"{lines} of the address book could not be read ({named}{more})."


def load_address_book(path: Path, region: str) -> AddressBook:
    """Read an address book. Raise `MissingFile`, or `UnreadableFile` if it is none.

    `region` is the country of numbers that are written without one.
    """
    entries = _entries(_bytes(path), path.name)
    numbers: dict[str, dict[Phone, _Number]] = {}
    problems: list[BookProblem] = []
    for count, entry in enumerate(entries):
        if count >= _MAX_ENTRIES:
            raise UnreadableFile(f"{path.name} has more than {_MAX_ENTRIES:,} entries.", _HINT)
        if isinstance(entry, BookProblem):
            problems.append(entry)
            continue
        found = [one for typed in entry.numbers for one in _numbers(typed, region, problems)]
        for name in {fold_name(name) for name in entry.names} - {""}:
            known = numbers.setdefault(name, {})
            for one in found:
                first = known.setdefault(canonical(one.phone), one)
                if one.is_whatsapp and not first.is_whatsapp:
                    known[canonical(one.phone)] = one
    preferred = {name: _preferred(found.values()) for name, found in numbers.items() if found}
    return AddressBook(preferred, tuple(problems))


class _Number(NamedTuple):
    phone: Phone
    is_whatsapp: bool


def _numbers(typed: TypedNumber, region: str, problems: list[BookProblem]) -> list[_Number]:
    """Return the numbers in a text; add what is a number and cannot be used to the problems."""
    phones = phones_in(typed.text, region)
    if what := _why_unread(typed.text, region) if not phones else "":
        problems.append(BookProblem(typed.line, what))
    return [_Number(phone, typed.is_whatsapp) for phone in phones]


def _why_unread(text: str, region: str) -> str:
    """Return why a text is no number; "" for one that nobody calls from WhatsApp."""
    if sum(map(str.isdecimal, text)) < _FEWEST_DIGITS or "ext" in text.casefold():
        return ""
    if not region and not text.strip().startswith(("+", "00", "tel:+")):
        return "its number has no country code, and default_region is not set"
    return "its number cannot be read"


def _preferred(numbers: Iterable[_Number]) -> tuple[Phone, ...]:
    known = list(numbers)
    on_whatsapp = [one for one in known if one.is_whatsapp]
    return tuple(one.phone for one in on_whatsapp or known)


def _entries(raw: bytes, origin: str) -> Iterator[ContactEntry | BookProblem]:
    """Yield the entries of a file. Raise `UnreadableFile` if it is no address book."""
    if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raw = raw.decode("utf-16", "replace").encode()
    raw = raw.removeprefix(codecs.BOM_UTF8)
    return read_vcards(raw) if _IS_VCARD.match(raw) else _read_csv(raw, origin)


def _bytes(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            raw = file.read(_MAX_FILE + 1)
    except FileNotFoundError:
        raise MissingFile(f"There is no {path}.", _HINT) from None
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}.", _HINT) from None
    except UnreadableFile as error:
        raise error.with_hint(_HINT) from None
    if len(raw) > _MAX_FILE:
        raise UnreadableFile(f"{path.name} is larger than {_MAX_FILE >> 20} MiB.", _HINT)
    return raw


# --- CSV ---------------------------------------------------------------------------------------

_CODE_PAGES = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("cp1258", "cp932", "gb18030", "big5", "cp949", "cp874"),
)
_DELIMITERS = ",;\t"
_WHOLE_NAMES = frozenset(
    {"display name", "full name", "fullname", "file as", "contact name", "anzeigename"}
    | {"vollständiger name", "nom complet", "nom et prénom", "nombre completo", "nome completo"}
    | {"volledige naam", "fullt namn", "fulde navn", "imię i nazwisko", "ad soyad", "adı soyadı"}
    | {"полное имя", "фио", "ф.и.о.", "氏名", "姓名", "表示名", "성명"}
    | {"الاسم", "الاسم الكامل", "שם מלא"}
)
_GIVEN = frozenset(
    {"first name", "firstname", "given name", "forename", "vorname", "prénom", "nombre", "nome"}
    | {"nombre de pila", "primeiro nome", "nome próprio", "voornaam"}
    | {"förnamn", "fornavn", "etunimi"}
    | {"imię", "jméno", "křestní jméno", "meno", "keresztnév", "utónév", "prenume", "ad", "adı"}
    | {"имя", "ім'я", "ім’я", "όνομα", "名", "名字", "이름", "الاسم الأول", "שם פרטי", "tên"}
)
_MIDDLE = frozenset(
    {"middle name", "additional name", "weitere vornamen", "deuxième prénom", "segundo nombre"}
    | {"secondo nome", "tweede voornaam", "drugie imię", "отчество", "по батькові"}
)
_FAMILY = frozenset(
    {"last name", "lastname", "surname", "family name", "nachname", "familienname"}
    | {"nom de famille", "apellido", "apellidos", "cognome", "achternaam", "sobrenome", "apelido"}
    | {"efternamn", "efternavn", "etternavn", "sukunimi", "nazwisko", "příjmení", "priezvisko"}
    | {"vezetéknév", "családnév", "nume de familie", "soyad", "soyadı", "фамилия", "прізвище"}
    | {"επώνυμο", "姓", "姓氏", "성", "اسم العائلة", "שם משפחה", "họ"}
)
# Beside a first name it is the last name, alone the whole one.
_EITHER = frozenset({"name", "nom", "naam", "namn", "navn", "nimi", "nume", "שם"})
_COMPANY = frozenset(
    {"company", "organization", "organisation", "organization name", "organization 1 - name"}
    | {"firma", "unternehmen", "société", "entreprise", "empresa", "azienda", "bedrijf"}
    | {"företag", "yritys", "компания", "организация", "şirket", "会社", "会社名", "公司", "회사"}
)
_TELEPHONE: Final = re.compile(
    r"phone|telefon|telefoon|téléphone|teléfono|telefón|telemóvel|τηλέφων|телефон|puhelin|tālrun"
    r"|電話|电话|전화|휴대폰|핸드폰|هاتف|جوال|موبايل|محمول|טלפון|נייד|โทรศัพท์|มือถือ|फ़ोन|मोबाइल"
    r"|điện thoại"
    r"|\bmobil|\bmóvil|\bcell\b|\bcell?ul|\bhandy|\bportable\b|\bgsm\b|\bkomórk|мобильн|мобільн|сотов"
    r"|携帯|手机|手機|行動電話|κινητ|\brufnummer|\bt[eé]l\b|\bтел\b|\btlf\b|\btelp\b|whatsapp"
)
_NOT_THE_NUMBER: Final = re.compile(
    r"\bt[yi]pe?\b|\btipo\b|\btypen?\b|тип|label|yomi|phonetic|\bext|mail|\bcode\b|carrier|provider"
    r"|operator|account|konto|cuenta|\bconta\b|compte|\bid\b|\bnote|kunde|customer|cliente?\b"
)
_LABEL_ENDINGS = ("label", "type", "typ", "tipo")
_BETWEEN_NUMBERS = ":::"
_MOST_NUMBERS = 20
_FOR_EXCEL = re.compile(r"\Asep=.\r?\n", re.IGNORECASE)
_FAMILY_FIRST = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")


class _Columns(NamedTuple):
    """Columns with whole names, the parts of a name in order, and companies; and with numbers.

    `numbers` are columns of numbers, each with the one of its label, None without one.
    """

    whole: Sequence[int]
    parts: Sequence[int]
    company: Sequence[int]
    numbers: Sequence[tuple[int, int | None]]

    @property
    def known(self) -> int:
        """How many columns have a heading that is known."""
        return sum(map(len, self))


class _Rows(Protocol):
    """What `csv.reader` returns."""

    line_num: int

    def __next__(self) -> list[str]: ...


def _read_csv(raw: bytes, origin: str) -> Iterator[ContactEntry | BookProblem]:
    """Yield the rows of a table. Raise `UnreadableFile` if no heading is for names or numbers."""
    csv.field_size_limit(_MAX_FIELD)
    rows, columns = _table(_text(raw))
    if not (columns.numbers and any((columns.whole, columns.parts, columns.company))):
        raise UnreadableFile(f"{origin} is no address book.", _HINT)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield BookProblem(rows.line_num, f"it has a field of more than {_MAX_FIELD >> 10} KiB")
            continue
        numbers = list(_numbers_in(row, columns, rows.line_num))
        sound = [one for one in numbers if not _SHORTENED.fullmatch(one.text)]
        if len(sound) < len(numbers):
            yield BookProblem(rows.line_num, "a spreadsheet shortened its number")
        yield ContactEntry(_names_in(row, columns), sound)


def _text(raw: bytes) -> str:
    """Decode UTF-8, else the code page of Windows under which most headings are known.

    In a wrong code page a name is lost, but never becomes somebody else's.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        head = raw[:_MAX_FIELD].split(b"\n", 1)[0]
        best = max(_CODE_PAGES, key=lambda page: _table(head.decode(page, "replace"))[1].known)
        return raw.decode(best, "replace")


def _table(text: str) -> tuple[_Rows, _Columns]:
    """Return the rows below the heading, and what the columns are for."""
    text = _FOR_EXCEL.sub("", text, count=1)
    heading = text.split("\n", 1)[0][:_MAX_FIELD]
    delimiter = max(_DELIMITERS, key=heading.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return rows, _columns([name.strip().casefold() for name in next(rows, [])])
    except csv.Error:
        return rows, _Columns((), (), (), ())


def _columns(headings: Sequence[str]) -> _Columns:
    def at(wanted: Set[str]) -> list[int]:
        return [i for i, name in enumerate(headings) if name in wanted]

    given, whole, family = at(_GIVEN), at(_WHOLE_NAMES), at(_FAMILY)
    (family if given and not family else whole).extend(at(_EITHER))
    numbers = [i for i, name in enumerate(headings) if _means_telephone(name)]
    labels = {
        name.rpartition(" ")[0]: i
        for i, name in enumerate(headings)
        if name.endswith(_LABEL_ENDINGS)
    }
    labelled = [(i, labels.get(headings[i].rpartition(" ")[0])) for i in numbers]
    return _Columns(whole, given + at(_MIDDLE) + family, at(_COMPANY), labelled)


def _means_telephone(heading: str) -> bool:
    """Return whether a column has telephone numbers, by its heading in lower case."""
    return not (means_no_telephone(heading) or _NOT_THE_NUMBER.search(heading)) and (
        _TELEPHONE.search(heading) is not None
    )


def _names_in(row: Sequence[str], columns: _Columns) -> list[str]:
    whole, parts = _cells(row, columns.whole), _cells(row, columns.parts)
    ends = [parts[0], parts[-1]] if parts else []
    names = [*whole, " ".join(parts), " ".join(ends)]
    if len(parts) > 1 and all(map(_FAMILY_FIRST.fullmatch, parts)):
        names.append(parts[-1] + "".join(parts[:-1]))
    return names if any(names) else _cells(row, columns.company)


def _numbers_in(row: Sequence[str], columns: _Columns, line: int) -> Iterator[TypedNumber]:
    """Yield the numbers of a row, without those whose label means a fax."""
    for at, label_at in columns.numbers:
        label = " ".join(_cells(row, [label_at])) if label_at is not None else ""
        if means_no_telephone(label):
            continue
        for cell in _cells(row, [at]):
            numbers = (part.strip() for part in cell.split(_BETWEEN_NUMBERS))
            for number in islice(filter(None, numbers), _MOST_NUMBERS):
                yield TypedNumber(number, line, means_whatsapp(label))


def _cells(row: Sequence[str], columns: Iterable[int]) -> list[str]:
    return [row[i].strip() for i in columns if i < len(row) and row[i].strip()]
