"""Phone numbers: read from any spelling, compared by meaning (M8).

A number must be possible, not assigned: numbering plans change faster than libraries, and numbers
reserved for fiction are assigned to nobody.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from wasf import late_modules
from wasf.core.chats import Phone

if TYPE_CHECKING:
    import phonenumbers
    from phonenumbers import PhoneNumber
else:  # slow to load: an idle run does without
    (phonenumbers,) = late_modules("", "phonenumbers")

_COUNTRIES = """
AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC
EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK
HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB
LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY
MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS
RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL
TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
REGIONS: Final = frozenset(_COUNTRIES.split())
"""The countries (ISO 3166) whose numbers can be read, as the library has them: it loads slowly."""

_MEMORY = 1 << 16

_MOST_DIGITS = 15
_FEWEST_DIGITS = 7
_LONGEST_FIELD = 250

_URI = "tel:"
_PUNCTUATION = frozenset("+＋-‐‑‒–—―−－ー/／.．()（）[]［］ \t")
_BETWEEN_NUMBERS = re.compile(r"[/／,;|&\r\n]")
_FEWEST_TYPED = 7

_WITHOUT_PLUS = re.compile(r"(?<!\w)00(?=\W*[1-9])")
_ASSISTANT = re.compile(r"1313555\d{4}|131655500\d{2}", re.ASCII)
_BRAZIL_SHORT = re.compile(r"\+55(\d\d)([6-9]\d{7})")
_ARGENTINA_SHORT = re.compile(r"\+54([1-8]\d{9})")
_MEXICO_LONG = re.compile(r"\+521(\d{10})")
# The library no longer knows this spelling, so it would not be found among words.
_MEXICO_TYPED = re.compile(r"\+52[\s.-]*1(?=(?:[\s.()-]*\d){10}(?!\d))")
_MEXICO = 52
_NORTH_AMERICA = 1
_NORTH_AMERICAN_DIGITS = 10
_MOST_SPELLINGS = 48
_MEXICO_OLD_TRUNK = re.compile(r"(?:01|04[45])(\d{10})")


@lru_cache(_MEMORY)
def parse_phone(raw: str, region: str) -> Phone | None:
    """Read a text that is one number and nothing else; None if it is not.

    `region` (`DE`) is the country of numbers without a country code; with "" they are None. A
    number with an extension belongs to a switchboard, not to a person: None.
    """
    text = _plain(raw.strip())
    if len(text) > _LONGEST_FIELD or not _is_number_like(text):
        return None
    as_typed = _read(text, region)
    if not _WITHOUT_PLUS.match(text):
        return as_typed
    with_plus = _read(_WITHOUT_PLUS.sub("+", text, count=1), region)
    if as_typed is None or (with_plus is not None and not _is_valid(as_typed)):
        return with_plus
    return as_typed


@lru_cache(_MEMORY)
def phones_in(field: str, region: str) -> tuple[Phone, ...]:
    """Return every number in a field, in order, each once."""
    pieces = [piece for piece in _BETWEEN_NUMBERS.split(field) if piece.strip()]
    if all(_typed_digits(piece) >= _FEWEST_TYPED for piece in pieces):
        found = [phone for piece in pieces if (phone := parse_phone(piece, region))]
    else:
        found = []
    if len(found) < len(pieces):
        whole = parse_phone(field, region)
        found = [whole] if whole else _found_among_words(_plain(field), region)
    return tuple(dict.fromkeys(found))


@lru_cache(_MEMORY)
def canonical(phone: Phone) -> Phone:
    """Return one spelling for numbers that have two. Use it for comparison only.

    Brazil's mobile numbers got a ninth digit, Argentina's have a 9 after the country code when
    called from abroad, Mexico's had a 1. Both spellings are in use, also by WhatsApp.
    """
    if match := _BRAZIL_SHORT.fullmatch(phone):
        return Phone(f"+55{match[1]}9{match[2]}")
    if match := _ARGENTINA_SHORT.fullmatch(phone):
        return Phone(f"+549{match[1]}")
    if match := _MEXICO_LONG.fullmatch(phone):
        return Phone(f"+52{match[1]}")
    return phone


def usual_spellings(phone: Phone) -> tuple[str, ...]:
    """Return how people and programs usually type a number, for fields that only know equality.

    That is E.164 with `+`, without it and with `00`, the international and the national format of
    its country, each also with other signs between the groups, and the digits alone; for numbers
    that have two spellings (see `canonical`) those of both. At most 48, E.164 first.
    """
    found: dict[str, None] = {phone: None}
    for twin in _twins(phone):
        found |= dict.fromkeys(_spellings_of(twin))
    return tuple(found)[:_MOST_SPELLINGS]


def is_assistant(number: str) -> bool:
    """Return whether Meta has a number (digits) for assistants such as Meta AI: no person (T7).

    The pattern is the one of WhatsApp Web, and of libraries such as whatsmeow and Baileys.
    """
    return _ASSISTANT.fullmatch(number) is not None


def digits(phone: Phone) -> str:
    """Return the number without its plus."""
    return phone.removeprefix("+")


def national_digits(phone: Phone) -> str:
    """Return the digits of a number within its country, all its digits if no country has it."""
    try:
        return str(phonenumbers.national_significant_number(phonenumbers.parse(phone)))
    except phonenumbers.NumberParseException:
        return "".join(filter(str.isdecimal, phone))


def chat_address(phone: Phone) -> str:
    """Return the address that opens a chat with this number (L3)."""
    return f"https://wa.me/{digits(phone)}"


def find_number(
    names: Iterable[str], region: str, book: Callable[[str], tuple[Phone | None, str]] | None
) -> tuple[Phone | None, str]:
    """Return the first number that one of the names is, or that an address book has for it (M9).

    `book` returns the number of a name, or None and why it is in doubt. Without a number return
    None and the first doubt.
    """
    doubt = ""
    for name in names:
        phone, why = parse_phone(name, region), ""
        if phone is None and book is not None:
            phone, why = book(name)
        if phone is not None:
            return phone, ""
        doubt = doubt or why
    return None, doubt


def _twins(phone: Phone) -> tuple[Phone, ...]:
    """Return both spellings of a number that has two, else the number alone."""
    one = canonical(phone)
    other = one
    if match := re.fullmatch(r"\+55(\d\d)9([6-9]\d{7})", one):
        other = Phone(f"+55{match[1]}{match[2]}")
    elif one.startswith("+549") and _ARGENTINA_SHORT.fullmatch(f"+54{one[4:]}"):
        other = Phone(f"+54{one[4:]}")
    elif one.startswith("+52") and len(one) == len("+52") + 10:
        other = Phone(f"+521{one[3:]}")
    return (one,) if other == one else (one, other)


def _spellings_of(phone: Phone) -> Iterator[str]:
    yield from (phone, digits(phone), f"00{digits(phone)}")
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return
    formats = phonenumbers.PhoneNumberFormat
    international = phonenumbers.format_number(number, formats.INTERNATIONAL)
    national = phonenumbers.format_number(number, formats.NATIONAL)
    significant = phonenumbers.national_significant_number(number)
    code = f"+{number.country_code}"
    yield from (international, national, f"{code} {national}", f"{code} {significant}")
    yield from ("".join(filter(str.isdecimal, national)), significant, f"{code}(0){significant}")
    for spelling in (international, national):
        if len(groups := re.findall(r"\+?\d+", spelling)) < 2:
            continue
        yield from (sign.join(groups) for sign in (" ", "-", ".", "/"))
        yield from (f"{groups[0]}{sign}{''.join(groups[1:])}" for sign in " -/")
    if number.country_code == _NORTH_AMERICA and len(significant) == _NORTH_AMERICAN_DIGITS:
        area, three, four = significant[:3], significant[3:6], significant[6:]
        yield from (f"{start}({area}) {three}-{four}" for start in ("", "1 ", "+1 ", "+1"))
        yield from (f"{start}{area}-{three}-{four}" for start in ("1-", "1 ", "+1 ", "+1-"))
        yield f"1{significant}"


def _plain(raw: str) -> str:
    """Return the text without invisible marks, with plain blanks and a lower-case `tel:`."""
    visible = (char for char in raw if unicodedata.category(char) != "Cf")
    text = "".join(" " if char.isspace() and char not in "\r\n" else char for char in visible)
    return _URI + text[len(_URI) :] if text[: len(_URI)].lower() == _URI else text


def _is_number_like(text: str) -> bool:
    if text.startswith(_URI):
        text = text.removeprefix(_URI).partition(";")[0]
    return all(char.isdecimal() or char in _PUNCTUATION for char in text)


def _typed_digits(text: str) -> int:
    return sum(char.isdecimal() for char in text)


def _read(text: str, region: str) -> Phone | None:
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    return _as_phone(number)


def _as_phone(number: "PhoneNumber") -> Phone | None:
    if number.extension:
        return None
    phone = Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    if not _FEWEST_DIGITS <= len(digits(phone)) <= _MOST_DIGITS:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE or _MEXICO_LONG.fullmatch(phone):
        return phone
    if number.country_code == _MEXICO and (
        match := _MEXICO_OLD_TRUNK.fullmatch(phonenumbers.national_significant_number(number))
    ):
        return Phone(f"+52{match[1]}")
    return None


def _is_valid(phone: Phone) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(phone))


def _found_among_words(text: str, region: str) -> list[Phone]:
    text = _MEXICO_TYPED.sub("+52 ", text[:_LONGEST_FIELD])
    return _matched(text, region) or _matched(_WITHOUT_PLUS.sub("+", text), region)


def _matched(text: str, region: str) -> list[Phone]:
    matcher = phonenumbers.PhoneNumberMatcher(
        text, region or None, leniency=phonenumbers.Leniency.POSSIBLE
    )
    phones = (_as_phone(match.number) for match in matcher)
    return [phone for phone in phones if phone is not None]


def say_number(chat_id: str) -> str:
    """Return what to do about a chat whose number is not known (W2)."""
    return (
        "say the number: wasf sync FILE --phone NUMBER, or --contacts ADDRESSBOOK; "
        f"or the record: wasf link {chat_id} RECORD"
    )
