"""M5, L1, L3, O5: new Leads, reopened Leads, and the link to the chat."""

from dataclasses import replace

import pytest

from tests.core.builders import OPEN, OWNER, PHONE, RULES, STATUSES, WORKING, a_chat, a_lead
from wasf.core.checks import reopen_status_problem
from wasf.core.plan.leads import (
    chat_link,
    link_change,
    new_lead,
    person_name,
    reopened_status,
)
from wasf.core.records import LeadChange, LeadStatus, NewLead

WA_ME = "https://wa.me/491713920012"
WITH_FIELD = replace(RULES, link_field="Chat__c")


def test_new_lead():
    """L1, L3, O5."""
    assert new_lead(a_chat(), PHONE, OWNER, RULES) == NewLead(
        phone=PHONE,
        first_name="Ada",
        last_name="Example",
        company="[not provided]",
        owner_id=OWNER,
        description=f"WhatsApp chat: {WA_ME}",
        source="WhatsApp",
    )


def test_new_lead_with_a_field_for_the_link():
    """L3."""
    lead = new_lead(a_chat(), PHONE, OWNER, WITH_FIELD)
    assert (lead.description, lead.link, lead.link_field) == ("", WA_ME, "Chat__c")


def test_new_lead_without_a_name():
    """L1."""
    lead = new_lead(a_chat("", title="+49 171 3920012"), PHONE, OWNER, RULES)
    assert (lead.first_name, lead.last_name) == ("", PHONE)


def test_company():
    """L1."""
    lead = new_lead(a_chat(), PHONE, OWNER, replace(RULES, lead_company="😀" * 200))
    assert lead.company == "😀" * 127 + "…"


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        pytest.param("Ada Example", "Ada", "Example", id="L1: two words"),
        pytest.param("Ada", "", "Ada", id="L1: one word"),
        pytest.param("Ada  de la\nExample", "Ada de la", "Example", id="L1: many words"),
        pytest.param("Ada Example 🌸", "Ada", "Example 🌸", id="L1: an emoji behind"),
        pytest.param("🌸 Ada", "🌸", "Ada", id="L1: an emoji before"),
        pytest.param("🌸", "", "🌸", id="L1: an emoji only"),
        pytest.param("🌸 👍🏽", "", "🌸 👍🏽", id="L1: emoji only"),
        pytest.param("山田 太郎", "山田", "太郎", id="L1: without capital letters"),
        pytest.param("", "", PHONE, id="L1: no name"),
        pytest.param(" \u200e ", "", PHONE, id="L1: a name of invisible marks"),
        pytest.param("A" * 50 + " " + "B" * 90, "A" * 39 + "…", "B" * 79 + "…", id="L1: too long"),
        pytest.param("😀" * 25 + " B", "😀" * 19 + "…", "B", id="L1: too long in UTF-16"),
    ],
)
def test_names(name, first, last):
    assert person_name(name, PHONE) == (first, last)


@pytest.mark.parametrize(
    ("url", "phone", "link"),
    [
        pytest.param("", PHONE, WA_ME, id="L3: a file"),
        pytest.param("https://example.com/1", PHONE, "https://example.com/1", id="L3: the API's"),
        pytest.param("", None, "", id="L3: neither"),
    ],
)
def test_chat_link(url, phone, link):
    assert chat_link(a_chat(url=url), phone) == link


LINE = f"WhatsApp chat: {WA_ME}"


@pytest.mark.parametrize(
    ("description", "changed"),
    [
        pytest.param("", LINE, id="L3: empty"),
        pytest.param("Met at a fair", f"Met at a fair\n{LINE}", id="L3: on its own line"),
        pytest.param("Met\r\n", f"Met\r\n{LINE}", id="L3: after a line break"),
        pytest.param(LINE, None, id="L3: there already"),
        pytest.param(f"see {WA_ME} !", None, id="L3: there, in somebody's own words"),
        pytest.param(f"{LINE}345", f"{LINE}345\n{LINE}", id="L3: a longer number's link"),
        pytest.param(
            "x" * (31_999 - len(LINE)), "x" * (31_999 - len(LINE)) + f"\n{LINE}", id="L3: just fits"
        ),
        pytest.param("x" * (32_000 - len(LINE)), None, id="L3: no room"),
        pytest.param("😀" * 15_990, None, id="L3: no room in UTF-16"),
    ],
)
def test_link_in_the_description(description, changed):
    lead = a_lead(1, description=description)
    change = link_change(lead, a_chat(), RULES)
    assert change == (
        LeadChange(lead.id, lead.modified_at, description=changed) if changed else None
    )
    if change:
        again = replace(lead, description=change.description)
        assert link_change(again, a_chat(), RULES) is None


@pytest.mark.parametrize(
    ("content", "is_set"),
    [
        pytest.param("", True, id="L3: the field is empty"),
        pytest.param(" ", True, id="L3: the field is blank"),
        pytest.param("https://example.com/old", False, id="L3: the field is taken"),
        pytest.param(WA_ME, False, id="L3: the field has it"),
    ],
)
def test_link_in_a_field(content, is_set):
    lead = a_lead(1, description="Met at a fair", link=content)
    expected = LeadChange(lead.id, lead.modified_at, link=WA_ME, link_field="Chat__c")
    assert link_change(lead, a_chat(), WITH_FIELD) == (expected if is_set else None)


def test_no_link_is_known():
    """L3."""
    assert link_change(a_lead(1), a_chat(phone=None), RULES) is None
    assert link_change(a_lead(1), a_chat(phone=None), WITH_FIELD) is None


@pytest.mark.parametrize(
    ("description", "changed"),
    [
        pytest.param("", LINE, id="M5: with the link"),
        pytest.param(LINE, None, id="M5: the link is there"),
    ],
)
def test_reopening(description, changed):
    lead = a_lead(1, description=description)
    assert link_change(lead, a_chat(), RULES, "Working") == LeadChange(
        lead.id, lead.modified_at, status="Working", description=changed
    )


@pytest.mark.parametrize(
    ("setting", "statuses", "status"),
    [
        pytest.param("", STATUSES, OPEN.api_name, id="M5: the org's default"),
        pytest.param("Working", STATUSES, "Working", id="M5: chosen by API name"),
        pytest.param("in touch", STATUSES, "Working", id="M5: chosen by label, any case"),
        pytest.param("Thawed", STATUSES, "Thawed", id="M5: chosen, not listed"),
        pytest.param(
            "",
            [WORKING, LeadStatus("Open", "Open", is_default=True)],
            "Open",
            id="M5: not the first",
        ),
        pytest.param("", [WORKING], None, id="M5: no default"),
    ],
)
def test_reopened_status(setting, statuses, status):
    assert reopened_status(replace(RULES, reopen_status=setting), statuses) == status


NEW, LOST = LeadStatus("New", "Neu"), LeadStatus("Lost", "Verloren")
CLOSED, CONVERTED = LeadStatus("Closed", "Closed"), LeadStatus("Won", "Won", is_converted=True)


@pytest.mark.parametrize(
    ("wanted", "closed", "told"),
    [
        pytest.param("New", None, "", id="M5: by its API name"),
        pytest.param("neu", None, "", id="M5: by its label"),
        pytest.param("", None, "", id="M5: not set"),
        pytest.param(
            "Nwe", None, "no Lead status Nwe. It has New, Lost, Closed.", id="M5: unknown"
        ),
        pytest.param("Closed", None, "Closed counts as closed", id="M6: by its name"),
        pytest.param("Lost", ("lost",), "Lost counts as closed", id="M6: by the setting"),
        pytest.param("Won", (), "Won counts as closed", id="M7: converted"),
    ],
)
def test_a_status_that_reopens_no_lead_is_named(wanted, closed, told):
    said = reopen_status_problem(wanted, [NEW, LOST, CLOSED, CONVERTED], closed)
    assert told in said
    assert bool(told) == bool(said)


def test_before_the_first_sync_nothing_is_known_of_statuses():
    assert reopen_status_problem("Nwe", [], None) == ""
