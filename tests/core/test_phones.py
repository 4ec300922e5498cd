"""M8: numbers match by what they mean, not by how they are typed."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasf.core.chats import Phone
from wasf.core.phones import REGIONS, canonical, digits, parse_phone, phones_in

ADA = "+491713920012"


@pytest.mark.parametrize(
    ("raw", "region", "phone"),
    [
        pytest.param("+49 171 3920012", "", ADA, id="M8: international"),
        pytest.param("0049 (171) 392-0012", "", ADA, id="M8: with 00, no region"),
        pytest.param("0049 (171) 392-0012", "DE", ADA, id="M8: with 00, a region that dials 00"),
        pytest.param("0049 (171) 392-0012", "US", ADA, id="M8: with 00, a region that dials 011"),
        pytest.param(
            "0046 70 174 06 05", "JP", "+46701740605", id="M8: 00, a region of long numbers"
        ),
        pytest.param("011 49 171 3920012", "US", ADA, id="M8: with 011 from the US"),
        pytest.param("0171 3920012", "DE", ADA, id="M8: national, default region"),
        pytest.param("0171/3920012", "DE", ADA, id="M8: national, slash"),
        pytest.param("0171 3920012", "", None, id="M8: national, no region"),
        pytest.param("+49 (0)171 3920012", "", ADA, id="M8: a trunk zero in brackets"),
        pytest.param("tel:+49-171-3920012", "", ADA, id="M8: tel"),
        pytest.param("TEL:+491713920012", "", ADA, id="M8: TEL"),
        pytest.param("tel:0171-3920012;phone-context=+49", "", ADA, id="M8: tel with its context"),
        pytest.param("+49\u00a0171\u20113920012", "", ADA, id="M8: no-break space and hyphen"),
        pytest.param("\u202a+49 171 3920012\u202c", "", ADA, id="M8: as WhatsApp embeds it"),
        pytest.param("\u2068+49 171\u200b3920012\u2069", "", ADA, id="M8: isolated, zero width"),
        pytest.param("＋49 171 3920012", "", ADA, id="M8: full-width plus"),
        pytest.param("+٤٩١٧١٣٩٢٠٠١٢", "", ADA, id="M8: Arabic digits"),
        pytest.param("०१७१ ३९२००१२", "DE", ADA, id="M8: Devanagari digits"),
        pytest.param("+44 7700 900461", "", "+447700900461", id="M8: fiction, UK"),
        pytest.param("+1 212 555 0142", "", "+12125550142", id="M8: fiction, US"),
        pytest.param("(212) 555-0142", "US", "+12125550142", id="M8: fiction, US national"),
        pytest.param("+33 6 39 98 00 12", "", "+33639980012", id="M8: fiction, FR"),
        pytest.param("+61 491 570 156", "", "+61491570156", id="M8: fiction, AU"),
        pytest.param("+46 70 174 06 05", "", "+46701740605", id="M8: fiction, SE"),
        pytest.param("+353 20 911 2345", "", "+353209112345", id="M8: fiction, IE"),
        pytest.param("+39 06 5550100", "", "+39065550100", id="M8: Italy keeps its zero"),
        pytest.param("+52 1 55 5555 0100", "", "+5215555550100", id="M8: Mexico with 1"),
        pytest.param("044 55 5555 0100", "MX", "+525555550100", id="M8: Mexico, old mobile trunk"),
        pytest.param("01 55 5555 0100", "MX", "+525555550100", id="M8: Mexico, old trunk"),
        pytest.param("011 15-5550-0100", "AR", "+5491155500100", id="M8: Argentina with 15"),
        pytest.param("+49 30 12345 ext 5", "", None, id="M8: an extension is no person"),
        pytest.param("+49 30 12345#5", "", None, id="M8: an extension with a hash"),
        pytest.param("tel:+49-30-12345;ext=5", "", None, id="M8: an extension in tel"),
        pytest.param("555-0142", "US", None, id="M8: without its area"),
        pytest.param("007 James Bond", "US", None, id="M8: a name with digits"),
        pytest.param("1-800-EXAMPLE", "US", None, id="M8: letters on a keypad"),
        pytest.param("2024", "DE", None, id="M8: a year"),
        pytest.param("+49 171", "", None, id="M8: too short"),
        pytest.param("+49 171 3920012 392001239", "", None, id="M8: too long"),
        pytest.param("0171 3920012", "XX", None, id="M8: no such region"),
        pytest.param("", "DE", None, id="M8: nothing"),
        pytest.param("+", "DE", None, id="M8: only a plus"),
        pytest.param("+" + "1" * 400, "", None, id="M8: endless digits"),
    ],
)
def test_one_number_however_it_is_typed(raw, region, phone):
    assert parse_phone(raw, region) == phone


@pytest.mark.parametrize(
    ("field", "region", "phones"),
    [
        pytest.param("0171 3920012", "DE", (ADA,), id="M8: one"),
        pytest.param(
            "0170 123 / 0171 456", "DE", ("+49170123", "+49171456"), id="M8: two, a slash between"
        ),
        pytest.param(
            "0171 3920012, +44 7700 900461", "DE", (ADA, "+447700900461"), id="M8: two, a comma"
        ),
        pytest.param(
            "0171 3920012\r\n0171 3920013", "DE", (ADA, "+491713920013"), id="M8: two lines"
        ),
        pytest.param("0171/3920012", "DE", (ADA,), id="M8: a slash within one number"),
        pytest.param("034953/12345", "DE", ("+493495312345",), id="M8: a long area code"),
        pytest.param("+49 171 3920012 (privat)", "", (ADA,), id="M8: a note behind"),
        pytest.param("Tel.: 0171-3920012", "DE", (ADA,), id="M8: a label before"),
        pytest.param(
            "0171 3920012 oder 0171 3920013", "DE", (ADA, "+491713920013"), id="M8: a word between"
        ),
        pytest.param(
            "0171 3920012 (0171 3920013)", "DE", (ADA, "+491713920013"), id="M8: one in brackets"
        ),
        pytest.param("0171 3920012 / n.a.", "DE", (ADA,), id="M8: one and no other"),
        pytest.param("0171 3920012 / 0171 3920012", "DE", (ADA,), id="M8: twice the same"),
        pytest.param("0049 171 3920012 (privat)", "", (ADA,), id="M8: with 00 and a note"),
        pytest.param("0049 171 3920012 (privat)", "US", (ADA,), id="M8: 00, note, US"),
        pytest.param(
            "+52 1 55 5555 0100 (casa)", "", ("+525555550100",), id="M8: Mexico with 1 and a note"
        ),
        pytest.param("+49 30 12345 ext 5", "", (), id="M8: an extension is no person"),
        pytest.param(
            "+49 30 12345 ext 5 / 0171 3920012", "DE", (ADA,), id="M8: an extension and a mobile"
        ),
        pytest.param("call 555-0142", "US", (), id="M8: without its area"),
        pytest.param("unknown", "DE", (), id="M8: no number"),
        pytest.param("", "DE", (), id="M8: empty"),
        pytest.param("/,;", "DE", (), id="M8: only separators"),
    ],
)
def test_every_number_in_a_field(field, region, phones):
    assert phones_in(field, region) == phones


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        pytest.param("+551185550100", "+5511985550100", True, id="M8: Brazil's ninth digit"),
        pytest.param("+551165550100", "+5511965550100", True, id="M8: Brazil, from 6 on"),
        pytest.param("+551135550100", "+5511935550100", False, id="M8: Brazil, a landline"),
        pytest.param("+541155550100", "+5491155550100", True, id="M8: Argentina's 9"),
        pytest.param("+525555550100", "+5215555550100", True, id="M8: Mexico's 1"),
        pytest.param("+4917139200", "+49917139200", False, id="M8: a 9 elsewhere is a digit"),
        pytest.param(ADA, "+491713920013", False, id="M8: another number"),
    ],
)
def test_double_spellings(one, other, is_same):
    assert (canonical(Phone(one)) == canonical(Phone(other))) is is_same


_PHONES = st.from_regex(r"\+(55|54|549|52|521|49|1)[1-9][0-9]{9,10}", fullmatch=True).map(Phone)


@given(_PHONES)
def test_the_one_spelling_is_its_own(phone):
    assert canonical(canonical(phone)) == canonical(phone)


@given(st.text(st.sampled_from("0123456789+()/-. ,;#x\u202a\u00a0٤९ae\r\n"), max_size=40))
def test_whatever_is_typed_gives_numbers_or_nothing(field):
    for phone in phones_in(field, "DE"):
        assert phone[0] == "+"
        assert digits(phone).isdigit()
        assert digits(phone).isascii()
        assert 7 <= len(digits(phone)) <= 15
        assert parse_phone(phone, "") == phone


@given(st.text(max_size=60), st.sampled_from(["", "DE", "US", "??"]))
def test_no_text_is_an_error(text, region):
    parse_phone(text, region)
    phones_in(text, region)


def test_a_link_wants_digits():
    assert digits(Phone(ADA)) == "491713920012"


def test_the_countries_are_those_of_the_library():
    assert REGIONS == phonenumbers.SUPPORTED_REGIONS
