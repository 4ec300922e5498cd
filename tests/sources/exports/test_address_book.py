"""Numbers for names from address books, as phones, Google and Outlook write them."""

import os
from datetime import datetime
from pathlib import Path

import pytest

from tests.exports_builder import Said, write_android
from tests.sources.exports.reader import THEM, read_one
from wasf.core.chats import Phone
from wasf.errors import MissingFile, UnreadableFile
from wasf.sources.exports import load_address_book, open_address_book

ADA = Phone("+491713920012")
V3 = "BEGIN:VCARD\r\nVERSION:3.0\r\n{}\r\nEND:VCARD\r\n"

BOOKS = [
    ("vCard 3.0", V3.format("FN:Ada Example\r\nN:Example;Ada;;;\r\nTEL;TYPE=CELL:+49 171 3920012")),
    ("vCard 3.0, line ends", V3.format("FN:Ada Example\nTEL:0171 3920012").replace("\r\n", "\n")),
    ("vCard 4.0", ("BEGIN:VCARD\nVERSION:4.0\nFN:Ada Example\nTEL;VALUE=uri:tel:+49-171-3920012\n"
     "END:VCARD\n")),
    ("vCard 2.1 quoted", ("BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:"
     "=45=78=61=6D=\r\n=70=6C=65;Ada;;;\r\nTEL;CELL:01713920012\r\nEND:VCARD\r\n")),
    ("iCloud", V3.format("FN:Ada Example\r\nitem1.TEL;type=pref:+49 171 3920012\r\n"
     "item1.X-ABLabel:x\r\nPHOTO;ENCODING=b:AAAA\r\n BBBB\r\n CCCC")),
    ("WhatsApp's own", V3.format("FN:Ada Example\r\nitem1.TEL;waid=491713920012:+49 171 3920012")),
    ("folded line", V3.format("FN:Ada Exa\r\n mple\r\nTEL:+49 171 39\r\n 20012")),
    ("organisation", V3.format("FN:\r\nORG:Ada Example\r\nTEL:+49 171 3920012")),
    ("same number twice", V3.format("FN:Ada Example\r\nTEL:01713920012\r\nTEL:+491713920012")),
    ("after another card", V3.format("FN:Bob\r\nTEL:+49 171 3920013")
     + V3.format("FN:Ada Example\r\nTEL:+49 171 3920012")),
    ("Google", ("First Name,Middle Name,Last Name,Phone 1 - Label,Phone 1 - Value\n"
     "Ada,,Example,Mobile,+49 171 3920012 ::: 0171 3920012\n")),
    ("Google, old", ("Name,Given Name,Family Name,Phone 1 - Type,Phone 1 - Value\n"
     "Ada Example,Ada,Example,Mobile,+49 171 3920012\n")),
    ("Outlook", ("First Name,Last Name,Company,Business Fax,Mobile Phone\n"
     'Ada,Example,"Acme, Inc",+49 171 3920019,+49 171 3920012\n')),
    ("Outlook, German", ("Vorname;Nachname;Firma;Fax geschäftlich;Mobiltelefon\n"
     "Ada;Example;;+49 171 3920019;0171 3920012\n")),
    ("own list", "name,phone\nAda Example,+491713920012\n"),
    ("old line ends", V3.format("FN:Ada Example\r\nTEL:+49 171 3920012").replace("\r\n", "\r")),
    ("Outlook, French", "Prénom;Nom;Tél. mobile\nAda;Example;+491713920012\n"),
    ("a whole name in French", "Nom;Téléphone\nAda Example;+491713920012\n"),
    ("Outlook, Portuguese", "Nome,Sobrenome,Telemóvel\nAda,Example,+491713920012\n"),
    ("for Excel", "sep=;\nFirst Name;Last Name;Mobile Phone\nAda;Example;+491713920012\n"),
    ("a line end in a field", ('First Name,Last Name,Notes,Phone 1 - Value\n'
     'Ada,Example,"a\nb, c",+491713920012\n')),
    ("vCard 2.1 in lower case", "begin:vcard\nfn:Ada Example\ntel:+491713920012\nend:vcard\n"),
    ("vCard 4.0 with an extension", V3.format("FN:Ada Example\r\nTEL;VALUE=uri:tel:+49-171-3920019"
     ";ext=5102\r\nTEL:+49 171 3920012")),
    ("with BOM", "\ufeffname,phone\nAda Example,+491713920012\n"),
]  # fmt: skip


def _book(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "book"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("text", [book[1] for book in BOOKS], ids=[book[0] for book in BOOKS])
def test_address_books(tmp_path: Path, text: str) -> None:
    book = load_address_book(_book(tmp_path, text), "DE")
    assert book.number_of(THEM) == (ADA, "")
    assert book.problems == ()


HEADINGS = {
    "Outlook, Spanish": ("Nombre,Apellidos,Fax del trabajo,Móvil", "utf-8"),
    "Outlook, Italian": ("Nome,Cognome,Fax (uff.),Cellulare", "cp1252"),
    "Outlook, Dutch": ("Voornaam,Achternaam,Fax op werk,Mobiele telefoon", "utf-8"),
    "Outlook, Polish": ("Imię,Nazwisko,Faks służbowy,Telefon komórkowy", "cp1250"),
    "Outlook, Czech": ("Jméno,Příjmení,Fax (práce),Mobilní telefon", "cp1250"),
    "Outlook, Hungarian": ("Keresztnév,Vezetéknév,Hivatali fax,Mobiltelefon", "cp1250"),
    "Outlook, Russian": ("Имя,Фамилия,Рабочий факс,Телефон переносной", "cp1251"),
    "Outlook, Ukrainian": ("Ім'я,Прізвище,Робочий факс,Мобільний телефон", "utf-8"),
    "Outlook, Turkish": ("Adı,Soyadı,İş Faksı,Cep Telefonu", "cp1254"),
    "Outlook, Greek": ("Όνομα,Επώνυμο,Φαξ εργασίας,Κινητό τηλέφωνο", "cp1253"),
    "Outlook, Swedish": ("Förnamn,Efternamn,Fax arbete,Mobiltelefon", "cp1252"),
    "Outlook, Finnish": ("Etunimi,Sukunimi,Työfaksi,Matkapuhelin", "cp1252"),
    "Outlook, Danish": ("Fornavn,Efternavn,Fax (arbejde),Mobiltelefon", "cp1252"),
    "Outlook, Japanese": ("名,姓,会社 FAX,携帯電話", "cp932"),
    "Outlook, Chinese": ("名,姓,商务传真,移动电话", "gb18030"),
    "Outlook, Chinese (Taiwan)": ("名字,姓氏,商務傳真,行動電話", "big5"),
    "Outlook, Korean": ("이름,성,근무처 팩스,휴대폰", "cp949"),
    "Outlook, Hebrew": ("שם פרטי,שם משפחה,פקס,טלפון נייד", "cp1255"),
    "Outlook, Arabic": ("الاسم الأول,اسم العائلة,فاكس,الهاتف المحمول", "cp1256"),
    "Google": ("First Name,Last Name,Phone 1 - Label,Phone 1 - Value", "utf-8"),
    "an assistant": ("First Name,Last Name,Assistant's Phone,Mobile Phone", "utf-8"),
    "an account": ("First Name,Last Name,Account Number,Mobile Phone", "utf-8"),
    "a customer": ("Vorname,Name,Kundennummer,Handynummer", "utf-8"),
    "a bare number": ("First Name,Last Name,Number,WhatsApp", "utf-8"),
    "a type": ("First Name,Last Name,Phone Type,Phone Number", "utf-8"),
    "a code": ("First Name,Last Name,Phone Country Code,Phone", "utf-8"),
    "letters aloud": ("First Name,Last Name,Phonetic First Name,Phone", "utf-8"),
}


@pytest.mark.parametrize(("heading", "encoding"), HEADINGS.values(), ids=HEADINGS)
def test_m8_a_column_counts_by_what_its_heading_means(
    tmp_path: Path, heading: str, encoding: str
) -> None:
    """The third column has a number that is no telephone of the person's."""
    text = f"{heading}\r\nAda,Example,+491713920019,+491713920012\r\n"
    book = load_address_book(_book(tmp_path, text, encoding), "DE")
    assert (book.numbers, book.problems) == ({"ada example": (ADA,)}, ())


def test_m8_no_number_column_is_no_address_book(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        load_address_book(_book(tmp_path, "Name,Account Number\nAda Example,2079460999\n"), "GB")


def test_m8_google_labels_a_fax(tmp_path: Path) -> None:
    text = (
        "First Name,Last Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
        "Ada,Example,Work Fax,+491713920019,Mobile,+491713920012\n"
    )
    assert load_address_book(_book(tmp_path, text), "DE").number_of(THEM) == (ADA, "")


def test_what_whatsapp_has_comes_first(tmp_path: Path) -> None:
    text = V3.format("FN:Ada Example\r\nTEL:+49 171 3920013\r\nTEL;TYPE=WhatsApp:0171 3920012")
    assert load_address_book(_book(tmp_path, text), "DE").number_of(THEM) == (ADA, "")


def test_chinese_names_have_the_family_first(tmp_path: Path) -> None:
    book = load_address_book(_book(tmp_path, "名,姓,手机\n小明,王,+491713920012\n"), "")
    assert book.number_of("王小明") == (ADA, "")


UNREAD = {
    "a spreadsheet": "name,phone\nAda Example,4.91714E+11\n",
    "no country code": "name,phone\nAda Example,0171 3920012\n",
    "a long field": "name,phone\nAda Example," + "1" * (1 << 18) + "\n",
    "no number": "name,phone\nAda Example,+49 00000000000000000000\n",
}


@pytest.mark.parametrize("text", UNREAD.values(), ids=UNREAD)
def test_m9_a_number_that_is_not_used_is_named_by_its_line(tmp_path: Path, text: str) -> None:
    state = open_address_book(_book(tmp_path, text + "Ben,+491713920012\n"), "")
    assert state.partly is not None
    assert not state.partly.is_failure
    assert "line 2: " in state.partly.error.message
    assert "Ada" not in state.partly.error.message
    assert state.book.number_of("Ben") == (ADA, "")


def test_outlook_writes_utf16(tmp_path: Path) -> None:
    path = _book(
        tmp_path, "First Name\tLast Name\tMobile Phone\nAda\tExample\t01713920012\n", "utf-16"
    )
    assert load_address_book(path, "DE").number_of(THEM) == (ADA, "")


ZOE = {
    "a quoted umlaut": b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:"
    b"Zo=C3=\r\n=AB\r\nTEL;CELL:+491713920012\r\nEND:VCARD\r\n",
    "a quoted umlaut of Latin-1": b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=ISO-8859-1;"
    b"ENCODING=QUOTED-PRINTABLE:Zo=EB\r\nTEL;CELL:+491713920012\r\nEND:VCARD\r\n",
    "folded within a character": b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zo\xc3\r\n \xab\r\n"
    b"TEL:+491713920012\r\nEND:VCARD\r\n",
    "a code page of Windows": b"Vorname;Nachname;Mobiltelefon\r\nZo\xeb;;0171 3920012\r\n",
}


@pytest.mark.parametrize("kind", ZOE)
def test_letters_that_are_not_ascii(tmp_path: Path, kind: str) -> None:
    book = tmp_path / "book"
    book.write_bytes(ZOE[kind])
    assert load_address_book(book, "DE").number_of("Zo\u00eb") == (ADA, "")


SAME = ["ada example", "  Ada \u00a0 Example ", "ADA EXAMPLE", "\u202aAda Example\u202c"]
OTHER = ["Ada", "Ada Examples", "Example Ada", "", "A. Example"]


@pytest.mark.parametrize("name", [*SAME, *OTHER])
def test_names_are_compared_as_a_whole(tmp_path: Path, name: str) -> None:
    book = load_address_book(_book(tmp_path, BOOKS[0][1]), "DE")
    assert book.number_of(name) == (ADA if name in SAME else None, "")


def test_composed_and_decomposed_letters_are_the_same(tmp_path: Path) -> None:
    book = load_address_book(_book(tmp_path, "name,phone\nZoe\u0308,+491713920012\n"), "DE")
    assert book.number_of("Zo\u00eb") == (ADA, "")


def test_a_name_with_two_numbers_is_several(tmp_path: Path) -> None:
    text = "name,phone\nAda Example,+491713920012\nada example,+491713920013\n"
    book = load_address_book(_book(tmp_path, text), "DE")
    assert book.numbers == {"ada example": (ADA, Phone("+491713920013"))}
    assert book.number_of(THEM) == (None, "the address book has 2 numbers for this name")


def test_a_broken_card_is_counted_and_the_others_read(tmp_path: Path) -> None:
    text = "BEGIN:VCARD\nFN no colon\nN;=:;;\nTEL\x00\nTEL;:\nEND:VCARD\n" + BOOKS[0][1]
    huge = "BEGIN:VCARD\nFN:x\n" + "NOTE:" + "a" * (1 << 19) + "\nEND:VCARD\n"
    book = load_address_book(_book(tmp_path, text + huge), "DE")
    assert book.number_of(THEM) == (ADA, "")
    assert book.problems


# Each of these took minutes to read once.
SLOW = {
    "cards that never end": "BEGIN:VCARD\nFN:x\n" * 20_000,
    "a thousand parameters": "BEGIN:VCARD\nFN;" + "a=b;" * 60_000 + ":x\nEND:VCARD\n",
    "a name of many lines": "BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE:" + "=\n" * 99_000
    + "x\nEND:VCARD\n",
    "a folded name": "BEGIN:VCARD\nFN:x\n" + " a\n" * 80_000 + "END:VCARD\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", SLOW)
def test_what_only_takes_time_is_passed_over(tmp_path: Path, kind: str) -> None:
    book = load_address_book(_book(tmp_path, SLOW[kind] + BOOKS[0][1]), "DE")
    assert book.numbers == {"ada example": (ADA,)}


def test_a_card_with_a_large_picture_is_read(tmp_path: Path) -> None:
    picture = "PHOTO;ENCODING=b:" + "A" * 70 + ("\r\n " + "A" * 70) * 20_000
    card = V3.format(f"FN:Ada Example\r\n{picture}\r\nTEL:+49 171 3920012")
    assert load_address_book(_book(tmp_path, card), "DE").number_of(THEM) == (ADA, "")


NO_BOOKS: dict[str, tuple[bytes, type[Exception]]] = {
    "prose": (b"hello\nworld\n", UnreadableFile),
    "no numbers": (b"name,mail\nAda,a@example.com\n", UnreadableFile),
    "picture": (b"\xff\xd8\xff\xe0", UnreadableFile),
    "empty": (b"", UnreadableFile),
}


@pytest.mark.parametrize("kind", NO_BOOKS)
def test_what_is_no_address_book_is_refused(tmp_path: Path, kind: str) -> None:
    content, error = NO_BOOKS[kind]
    (tmp_path / "book").write_bytes(content)
    with pytest.raises(error):
        load_address_book(tmp_path / "book", "DE")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_no_address_book_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "book.vcf")
    left = open_address_book(tmp_path / "book.vcf", "DE").unreadable
    assert left is not None
    assert left.error.message == "This is not a file."


def test_a_missing_address_book(tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        load_address_book(tmp_path / "book", "DE")


@pytest.mark.parametrize(
    ("rows", "phone"),
    [("Ada Example,01713920012\n", "+491713920012"),
     ("Ada Example,01713920012\nAda Example,01713920013\n", None), ("Bob,01713920012\n", None)],
    ids=["one number", "two numbers", "nobody"],
)  # fmt: skip
def test_a_chat_gets_its_number_from_the_address_book(
    tmp_path: Path, rows: str, phone: str | None
) -> None:
    book = load_address_book(_book(tmp_path, "name,phone\n" + rows), "DE")
    path = write_android(tmp_path, THEM, [Said(datetime(2024, 2, 17, 10), THEM, "hi")])
    chat, _ = read_one(path, address_book=book)
    assert (chat.name, chat.phone) == (THEM, phone)
