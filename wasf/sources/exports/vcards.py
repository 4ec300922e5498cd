"""Reads names and numbers from vCards 2.1, 3.0 and 4.0, as phones, Outlook and WhatsApp write them.

vobject and its fork vobjectx are not used: for one odd line they lose the card, they pass over
CHARSET, and a long line takes them minutes. Here each line stands for itself: what cannot be read
of it is a `BookProblem` with its number, and the rest of the card counts. Time is linear.

A line may be folded (`\\r\\n `), in quoted-printable also behind a `=`. Its letters are those of
CHARSET, else UTF-8, else those of Windows.
"""

import binascii
import codecs
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache, partial
from typing import Final, NamedTuple

from wasf.values import dataclass

_MAX_LINE = 8 << 10
_MAX_LINES = 200
_PIECE = 1 << 16

_WANTED = re.compile(
    rb"(?:[\w-]+\.)?(?:BEGIN|END|VERSION|FN|N|ORG|TEL|X-ABLABEL)(?=[\s;:]|\Z)", re.IGNORECASE
)
_EDGE = re.compile(rb"[ \t]*(BEGIN|END)[ \t]*:[ \t]*VCARD[ \t]*", re.IGNORECASE)
_OLD = re.compile(rb"VERSION[ \t]*:[ \t]*2\.1[ \t]*", re.IGNORECASE)
_QUOTED = re.compile(rb"[;=]QUOTED-PRINTABLE[;:]", re.IGNORECASE)
_HEAD = re.compile(rb'((?:[^":]|"[^"]*")*):')
_PARAMETER = re.compile(r'(?:[^";]|"[^"]*")+')
_QUOTED_LABEL = re.compile(r"QUOTED-PRINTABLE,([^)]*)", re.IGNORECASE)
_MANY_BYTES = re.compile(
    r"iso-?2022|utf-?(?:7|16|32)|jis|euc|gb|big5|ks_?c|uhc|949|932|936|950", re.IGNORECASE
)
_NAME_ORDERS = ((1, 0), (3, 1, 2, 0, 4))
"""Orders of family, given, additional names, prefixes and suffixes."""

# --- Labels of numbers -------------------------------------------------------------------------

_NO_TELEPHONE: Final = re.compile(
    r"fax|faks|факс|φαξ|传真|傳真|ファックス|팩스|فاكس|פקס|โทรสาร|t[eé]l[eé]copi"
    r"|pager|beeper|пейджер|ポケベル|呼叫器|寻呼|t[eé]lex|телекс|\btty\b|\btdd\b|textphone|\bmodem|\bbbs\b"
    r"|assist|asist|asyst|ayudante|ассистент|помощник|avustaj|sekret|sihteer|助理|秘書|アシスタント|비서"
)


def means_no_telephone(label: str) -> bool:
    """Return whether the label of a number, or a heading, means a fax, pager or assistant (M8)."""
    return _NO_TELEPHONE.search(label.casefold()) is not None


def means_whatsapp(label: str) -> bool:
    """Return whether the label of a number says that WhatsApp has it."""
    return "whatsapp" in label.casefold()


# --- Cards -------------------------------------------------------------------------------------


class TypedNumber(NamedTuple):
    """A number as typed; `is_whatsapp` if the address book says that WhatsApp has it."""

    text: str
    line: int
    is_whatsapp: bool = False


class ContactEntry(NamedTuple):
    """The names of a person and the numbers."""

    names: Sequence[str]
    numbers: Sequence[TypedNumber]


class BookProblem(NamedTuple):
    """What of an address book was not read: the line, and a phrase without the line's content."""

    line: int
    what: str


class _Line(NamedTuple):
    number: int
    content: bytes
    is_cut: bool = False
    is_old: bool = False


def read_vcards(raw: bytes) -> Iterator[ContactEntry | BookProblem]:
    """Yield the entries of a file, and what could not be read, in order.

    A card without an end counts, but for a last line that may be cut off.
    """
    inside: list[_Line] | None = None
    is_utf8 = cache(partial(_is_utf8, raw))
    for line in _unfolded(raw):
        if edge := _EDGE.fullmatch(line.content):
            if inside is not None:
                yield from _card(inside, is_utf8)
            inside = [] if edge[1].upper() == b"BEGIN" else None
        elif inside is None:
            yield BookProblem(line.number, "it is outside of a card")
        elif len(inside) <= _MAX_LINES:
            inside.append(line)
    if inside is None:
        return
    if inside and not raw.endswith((b"\n", b"\r")):
        yield BookProblem(inside.pop().number, "the file ends within it")
    yield from _card(inside, is_utf8)


def _unfolded(raw: bytes) -> Iterator[_Line]:
    """Yield the lines that are wanted, each in one piece with the number of its first line."""
    pieces: list[bytes] = []
    first, length = 0, 0
    is_wanted = is_old = goes_on = is_quoted = False
    for number, line in _lines(raw):
        is_edge = _EDGE.fullmatch(line) is not None
        if not is_edge and (goes_on or line[:1] in (b" ", b"\t")):
            if is_wanted and length <= _MAX_LINE:
                if goes_on:
                    pieces[-1] = pieces[-1][:-1]
                # In 2.1 a line is folded before a blank, in later versions behind any letter.
                pieces.append(line if goes_on or is_old else line[1:])
            length += len(line)
        else:
            if pieces:
                yield _line(first, pieces, length, is_old)
            is_wanted = _WANTED.match(line) is not None
            is_old = not is_edge and (is_old or _OLD.fullmatch(line) is not None)
            is_quoted = _QUOTED.search(line[:_MAX_LINE]) is not None
            pieces, first, length = [line] if is_wanted else [], number, len(line)
        goes_on = is_quoted and line.endswith(b"=")
    if pieces:
        yield _line(first, pieces, length, is_old)


def _lines(raw: bytes) -> Iterator[tuple[int, bytes]]:
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    for number, line in enumerate(io.BytesIO(raw), 1):
        yield number, line.rstrip(b"\r\n")


def _line(number: int, pieces: Sequence[bytes], length: int, is_old: bool) -> _Line:  # noqa: FBT001 - a fact
    return _Line(number, b"".join(pieces)[:_MAX_LINE], length > _MAX_LINE, is_old)


@dataclass(frozen=True, slots=True)
class _Property:
    """A line of a card in its parts; `labels` are its types, in the person's own words too."""

    line: _Line
    group: str
    name: str
    value: bytes
    labels: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


_Texts = dict[str, list[tuple[_Property, str]]]
"""The lines of a card with their texts, by name."""


def _property(line: _Line) -> _Property:
    """Return the parts of a line. Raise `ValueError` with a phrase if it has no value."""
    if line.is_cut:
        raise ValueError(f"it is longer than {_MAX_LINE} bytes")
    match = _HEAD.match(line.content)
    head, colon, value = (
        (match[1], b":", line.content[match.end() :]) if match else line.content.partition(b":")
    )
    if not colon:
        raise ValueError("it has no value")
    text = head.decode("utf-8", "replace")
    name, *parameters = _PARAMETER.findall(text) if '"' in text else text.split(";")
    group, _, name = name.rpartition(".")
    options: dict[str, str] = {}
    labels: list[str] = []
    for parameter in map(str.strip, parameters):
        key, _, given = parameter.partition("=")
        if key.upper() in ("ENCODING", "CHARSET", "WAID"):
            options[key.upper()] = given.strip('"').upper()
        elif parameter.upper() in ("QUOTED-PRINTABLE", "BASE64", "B"):
            options["ENCODING"] = parameter.upper()
        else:
            labels.append(_label(parameter))
    return _Property(line, group.lower(), name.strip().upper(), value, tuple(labels), options)


def _label(parameter: str) -> str:
    """Return a label as a person sees it; Android writes its letters in quoted-printable."""
    match = _QUOTED_LABEL.search(parameter)
    if match is None:
        return parameter
    return binascii.a2b_qp(match[1].encode("utf-8", "replace")).decode("utf-8", "replace")


def _decoded(one: _Property, is_utf8: Callable[[], bool]) -> str:
    """Return the text of a value. Raise `ValueError` with a phrase if it cannot be read.

    In a file that is UTF-8 as a whole, a CHARSET of one byte a letter is out of date.
    """
    value, charset = one.value, one.options.get("CHARSET", "")
    encoding = one.options.get("ENCODING", "")
    if encoding == "QUOTED-PRINTABLE":
        value = binascii.a2b_qp(value)
    elif encoding in ("B", "BASE64"):
        value = binascii.a2b_base64(value)
    elif charset and not (value.isascii() or _MANY_BYTES.search(charset)) and is_utf8():
        charset = ""
    for candidate in filter(None, (charset, "utf-8")):
        try:
            return value.decode(candidate)
        except (LookupError, ValueError):
            continue
    text = value.decode("cp1252", "replace")
    if charset or "\ufffd" in text:
        raise ValueError("its letters are of another character set than it says")
    return text


def _is_utf8(raw: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(raw), _PIECE):
            decoder.decode(raw[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


# --- What a card says --------------------------------------------------------------------------


def _card(
    lines: Sequence[_Line], is_utf8: Callable[[], bool]
) -> Iterator[ContactEntry | BookProblem]:
    """Yield the lines of a card that cannot be read, then its entry."""
    texts: _Texts = {}
    for line in lines[:_MAX_LINES]:
        try:
            one = _property(line)
            texts.setdefault(one.name, []).append((one, _decoded(one, is_utf8)))
        except ValueError as error:
            yield BookProblem(line.number, str(error))
    if len(lines) > _MAX_LINES:
        yield BookProblem(lines[-1].number, f"its card has more than {_MAX_LINES} lines")
    own_labels = {one.group: text for one, text in texts.get("X-ABLABEL", ()) if one.group}
    numbers = []
    for one, text in texts.get("TEL", ()):
        labels = (*one.labels, own_labels.get(one.group, ""))
        if not any(map(means_no_telephone, labels)):
            numbers.append(_typed(one, text, labels))
    yield ContactEntry(_names(texts), numbers)


def _typed(one: _Property, text: str, labels: Sequence[str]) -> TypedNumber:
    account = one.options.get("WAID", "")  # WhatsApp's own cards: its account's number
    if account.isdecimal():
        return TypedNumber(f"+{account}", one.line.number, is_whatsapp=True)
    [number] = _components(text)
    return TypedNumber(number, one.line.number, any(map(means_whatsapp, labels)))


def _names(texts: _Texts) -> list[str]:
    """Return the names of a card; an organisation's name only if there is no other."""
    names = [" ".join(_components(text)) for _, text in texts.get("FN", ())]
    for one, text in texts.get("N", ()):
        parts = [*_components(text, ";" if one.line.is_old else ";,"), *[""] * 5]
        names += [" ".join(filter(None, (parts[n] for n in order))) for order in _NAME_ORDERS]
    if not any(name.strip() for name in names):
        names = [" ".join(_components(text, ";")) for _, text in texts.get("ORG", ())]
    return names


def _components(text: str, separators: str = "") -> list[str]:
    """Split a value at `;`, and turn the escaped characters into what they stand for.

    Of `separators`, a `,` stands between names of one kind, and becomes a blank.
    """
    parts: list[list[str]] = [[]]
    characters = iter(text)
    for character in characters:
        if character == "\\":
            escaped = next(characters, "")
            parts[-1].append(" " if escaped in ("n", "N") else escaped)
        elif character == ";" and ";" in separators:
            parts.append([])
        else:
            parts[-1].append(" " if character == "," and "," in separators else character)
    return ["".join(part).strip() for part in parts]
