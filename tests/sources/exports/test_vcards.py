"""Cards of every version, in every spelling that phones write: read to the last line, or named."""

import binascii
import quopri
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wasf.core.text import fold_name
from wasf.sources.exports.vcards import BookProblem, ContactEntry, read_vcards

NUMBER = "+447700900123"
CARD = "BEGIN:VCARD\r\nVERSION:{}\r\n{}\r\nEND:VCARD\r\n"


def card(*lines: str, version: str = "2.1") -> bytes:
    return CARD.format(version, "\r\n".join(lines)).encode()


def entries(raw: bytes) -> list[ContactEntry]:
    return [one for one in read_vcards(raw) if isinstance(one, ContactEntry)]


def problems(raw: bytes) -> list[BookProblem]:
    return [one for one in read_vcards(raw) if isinstance(one, BookProblem)]


def numbers(raw: bytes) -> list[str]:
    [entry] = entries(raw)
    return [one.text for one in entry.numbers]


COUNTED = {
    "the person's own label": "TEL;X-Mobile (work):",
    "Android's label": "TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=E8=87=AA):",
    "a colon in quotes": 'TEL;TYPE="a:b;c":',
    "a quote that never ends": 'TEL;TYPE="a:',
    "lower case, in a group": "item1.tel;type=cell;type=pref:",
    "blanks": "TEL ; CELL : ",
    "a uri": "TEL;VALUE=uri;TYPE=\"voice,cell\":tel:",
    "quoted-printable": "TEL;CELL;ENCODING=QUOTED-PRINTABLE:",
}  # fmt: skip
NOT_COUNTED = {
    "2.1": "TEL;WORK;FAX:",
    "3.0": "TEL;TYPE=work,fax:",
    "4.0": 'TEL;TYPE="home,fax";VALUE=uri:tel:',
    "pager": "TEL;PAGER:",
    "assistant": "TEL;X-Assistant:",
    "own label": "TEL;X-Факс:",
    "Android's label": "TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=E4=BC=A0=E7=9C=9F):",
}


@pytest.mark.parametrize("start", COUNTED.values(), ids=COUNTED)
def test_m8_what_a_telephone_is_labelled(start: str) -> None:
    raw = card("FN:Ada", start + NUMBER)
    assert [one.removeprefix("tel:") for one in numbers(raw)] == [NUMBER]
    assert problems(raw) == []


@pytest.mark.parametrize("start", NOT_COUNTED.values(), ids=NOT_COUNTED)
def test_m8_a_fax_is_no_telephone(start: str) -> None:
    raw = card("FN:Ada", start + NUMBER, "TEL:+447700900124")
    assert numbers(raw) == ["+447700900124"]


def test_m8_apples_own_label_of_a_group() -> None:
    raw = card("FN:Ada", f"item1.TEL:{NUMBER}", "item1.X-ABLabel:_$!<HomeFAX>!$_", "item2.TEL:1")
    assert numbers(raw) == ["1"]


@pytest.mark.parametrize(
    "line",
    ["TEL;waid=447700900123:+44 7700 9", "TEL;TYPE=WhatsApp:" + NUMBER, "TEL;X-WhatsApp:" + NUMBER],
)
def test_what_whatsapp_has_is_marked(line: str) -> None:
    [entry] = entries(card("FN:Ada", "TEL;HOME:1", line))
    assert [(one.text, one.is_whatsapp) for one in entry.numbers] == [("1", False), (NUMBER, True)]


ODD = {
    "no value": (card("FN", f"TEL:{NUMBER}"), 3),
    "another character set": (
        b"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=shift_jis:\xff\xfe\nEND:VCARD\n", 3),
    "base64": (card("TEL:1", "FN;ENCODING=B:x"), 4),
    "outside": (b"BEGIN:VCARD\nFN:A\nEND:VCARD\nTEL:1\n", 4),
    "cut off": (b"BEGIN:VCARD\nFN:Ada\nTEL:+4477009", 3),
    "too long": (card("TEL:1", "FN:" + "x" * 9_000), 4),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "line"), ODD.values(), ids=ODD)
def test_what_cannot_be_read_is_named_by_its_line_and_the_rest_counts(
    raw: bytes, line: int
) -> None:
    assert [one.line for one in problems(raw)] == [line]
    assert len(entries(raw)) == 1


def test_a_card_without_an_end_is_read() -> None:
    raw = b"BEGIN:VCARD\nFN:Ada\nTEL:1\nBEGIN:VCARD\nFN:Ben\nTEL:2\n"
    assert [(one.names, [n.text for n in one.numbers]) for one in entries(raw)] == [
        (["Ada"], ["1"]),
        (["Ben"], ["2"]),
    ]
    assert problems(raw) == []


@pytest.mark.parametrize(
    ("version", "line", "names"),
    [
        ("2.1", "N:Example;Ada, Maria;;Dr.;", ["Ada, Maria Example", "Dr. Ada, Maria Example"]),
        ("3.0", "N:Example;Ada;Maria,Eva;Dr.;", ["Ada Example", "Dr. Ada Maria Eva Example"]),
        ("3.0", r"N:a\;b\\;c\,d;;;", [r"c,d a;b\\"[:-1]] * 2),
        ("4.0", r"FN:Ada\nExample", ["Ada Example"]),
        ("2.1", "FN:Ada\r\n Example", ["Ada Example"]),
        ("3.0", "FN:Ada\r\n Example", ["AdaExample"]),
        ("3.0", "ORG:Example;Sales", ["Example Sales"]),
    ],
)
def test_names(version: str, line: str, names: list[str]) -> None:
    [entry] = entries(card(line, version=version))
    assert entry.names == names


def test_a_file_that_was_written_anew_in_utf_8_says_an_old_character_set() -> None:
    [entry] = entries(card("FN;CHARSET=windows-1251:Ада Пример"))
    assert entry.names == ["Ада Пример"]


# --- Every spelling of every name --------------------------------------------------------------

LETTERS = {
    "utf-8": "Zoë Ñandú Łódź Ада 山田太郎 김철수 عمر 🌷;,\\:=",
    "windows-1251": "Ада Пример Ёжик;,\\:=",
    "windows-1250": "Łódź Šťastný;,\\:=",
    "iso-8859-1": "Zoë Ñandú;,\\:=",
    "shift_jis": "山田太郎 ソ能;,:=",
    "gb18030": "王小明 联通;,\\:=",
    "euc-kr": "김철수;,:=",
    "iso-2022-jp": "山田 太郎;,:=",
}


@st.composite
def written(draw: st.DrawFn) -> tuple[str, bytes]:
    """A name, and a file with its card, in one of the spellings that phones write."""
    charset = draw(st.sampled_from(sorted(LETTERS)))
    name = draw(st.text(LETTERS[charset] + "abc ", min_size=1, max_size=30).filter(str.strip))
    escaped = name.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    value, options = escaped.encode(charset), ""
    coding = draw(st.sampled_from(["", "QUOTED-PRINTABLE", "BASE64"]))
    if coding == "QUOTED-PRINTABLE":
        value, options = quopri.encodestring(value, quotetabs=True), f";ENCODING={coding}"
    elif coding == "BASE64":
        value, options = binascii.b2a_base64(value, newline=False), ";ENCODING=b"
    if charset != "utf-8":
        options += f";CHARSET={charset}"
    line = f"FN{options}:".encode() + value
    if coding != "QUOTED-PRINTABLE" and charset != "iso-2022-jp":
        width = draw(st.integers(20, 90))
        line = b"\r\n ".join(line[at : at + width] for at in range(0, len(line), width))
    end = draw(st.sampled_from([b"\r\n", b"\n"]))
    content = b"\r\n".join([b"BEGIN:VCARD", b"VERSION:3.0", line, b"TEL;CELL:1", b"END:VCARD", b""])
    return name, content.replace(b"\r\n", end)


@given(written())
@settings(max_examples=400, deadline=None)
def test_every_spelling_of_a_name_is_read(case: tuple[str, bytes]) -> None:
    name, raw = case
    [entry] = entries(raw)
    assert [fold_name(one) for one in entry.names] == [fold_name(name)]
    assert [one.text for one in entry.numbers] == ["1"]
    assert problems(raw) == []


PIECES = st.sampled_from(
    [b"BEGIN:VCARD", b"END:VCARD", b"\n", b"\r\n", b"\r", b" ", b"=", b";", b":", b'"', b"\\",
     b"FN", b"N:", b"TEL", b"TEL;CHARSET=x:", b"VERSION:2.1\n", b"ENCODING=QUOTED-PRINTABLE:=",
     b"item1.", b"X-ABLABEL:fax", b"\xff", b"FN;CHARSET=idna:", b"FN;ENCODING=B:", b"ORG:",
     b"1", b"\0"]
)  # fmt: skip


@given(st.lists(PIECES | st.binary(max_size=5), max_size=60).map(b"".join))
@example(b"BEGIN:VCARD\nFN;CHARSET=punycode:\xff-\nFN;CHARSET=zlib:x\nFN;CHARSET=undefined:x")
@settings(max_examples=500, deadline=None)
def test_whatever_a_file_holds_is_an_entry_or_a_line(raw: bytes) -> None:
    lines = raw.count(b"\n") + raw.count(b"\r") + 1
    for one in read_vcards(raw):
        assert isinstance(one, ContactEntry) or 1 <= one.line <= lines


LONG = {
    "a value": lambda n: b"BEGIN:VCARD\nFN:" + b"a" * n,
    "parameters": lambda n: b"BEGIN:VCARD\nFN;" + b"a=b;" * (n // 4) + b":x\n",
    "quotes": lambda n: b"BEGIN:VCARD\nFN;" + b'"' * n + b":x\n",
    "folds": lambda n: b"BEGIN:VCARD\nFN:x\n" + b" a\n" * (n // 3),
    "quoted folds": lambda n: b"BEGIN:VCARD\nFN;QUOTED-PRINTABLE:" + b"=\n" * (n // 2),
    "a group": lambda n: b"BEGIN:VCARD\n" + b"a" * n + b"\n",
    "numbers": lambda n: b"BEGIN:VCARD\nFN:x\n" + b"TEL:1\n" * (n // 6),
    "cards": lambda n: b"BEGIN:VCARD\nFN:x\n" * (n // 17),
    "blanks": lambda n: b"BEGIN:VCARD\n" + b"BEGIN" + b" " * n + b"x\n",
    "character sets": lambda n: b"BEGIN:VCARD\nFN;CHARSET=cp1251:\xc0\n" * (n // 32),
}


@pytest.mark.parametrize("size", [50_000, pytest.param(1_000_000, marks=pytest.mark.gate)])
@pytest.mark.parametrize("make", LONG.values(), ids=LONG)
def test_time_is_linear(make, size: int) -> None:
    def seconds(characters: int) -> float:
        raw = make(characters)
        before = time.process_time()
        for _ in read_vcards(raw):
            pass
        return time.process_time() - before

    first = seconds(size)
    assert min(seconds(2 * size) for _ in range(2)) < max(3.5 * first, 0.3)
