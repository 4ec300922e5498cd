"""F1 to F3: templates, what is checked before anything is written, and values by type."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import BERLIN, a_chat, a_message
from wasf.core.fields import (
    DescribedField,
    DescribedObject,
    RecordTypeChoice,
    UnfitValue,
    check_fields,
    fill_fields,
)
from wasf.core.templates import IN_FIELDS, BadTemplate, Placeholder, Template, TemplateValues
from wasf.core.text import utf16_length
from wasf.errors import BadSetting

FIELDS = {
    one.name: one
    for one in (
        DescribedField("Text__c", "string", length=20),
        DescribedField("Area__c", "textarea", length=255),
        DescribedField("Phone__c", "phone", length=40),
        DescribedField("Url__c", "url", length=255),
        DescribedField("Mail__c", "email", length=80),
        DescribedField("Check__c", "boolean"),
        DescribedField("Day__c", "date"),
        DescribedField("Moment__c", "datetime"),
        DescribedField("Clock__c", "time"),
        DescribedField("Count__c", "double", precision=4, scale=1),
        DescribedField("Whole__c", "int"),
        DescribedField("Money__c", "currency", precision=18, scale=2),
        DescribedField("Type", "picklist", length=255, choices=("Call", "WhatsApp")),
        DescribedField(
            "Direction__c", "picklist", 255, choices=("Inbound", "Outbound"), is_restricted=True
        ),
        DescribedField("Half__c", "picklist", choices=("Inbound",), is_restricted=True, length=255),
        DescribedField(
            "Tags__c", "multipicklist", length=4_099, choices=("a", "b", "c"), is_restricted=True
        ),
        DescribedField("Owner__c", "reference", length=18),
        DescribedField("Formula__c", "string", createable=False, length=255),
        DescribedField("Place__c", "location"),
        DescribedField("Subject", "combobox", length=255),
    )
}
TYPES = (
    RecordTypeChoice("012000000000001AAA", "WhatsApp Talk", "WhatsApp_Talk"),
    RecordTypeChoice("012000000000002AAA", "Secret", "Secret", is_available=False),
)
FIELDS = {name: replace(about, createable=name != "Formula__c") for name, about in FIELDS.items()}
TASK = DescribedObject("Task", FIELDS, TYPES)
LONG = "https://example.com/" + "x" * 300

CHAT = replace(
    a_chat("Ada Example", url="https://example.com/chat/1", whatsapp_account="Sales"),
    owner_email="sam@example.com",
)
FIRST = a_message("Hello", at=datetime(2024, 2, 1, 23, 30, 5, tzinfo=UTC))
LAST = a_message("Bye", at=datetime(2024, 2, 2, 0, 15, tzinfo=UTC), outgoing=True)
VALUES = TemplateValues(CHAT, FIRST, LAST, 12, BERLIN)


def check(**mapping: str):
    return check_fields("task.fields", mapping, TASK, ("Subject",))


def fill(values: TemplateValues = VALUES, **mapping: str):
    return fill_fields(check(**mapping), values)


GOOD = [
    ("Text__c", " plain ", "plain"),
    ("Text__c", "{{x}} {name}", "{x} Ada Example"),
    ("Text__c", "{direction}", "Inbound"),
    ("Text__c", "{account}/{kind}", "Sales/text"),
    ("Area__c", "{sent_at}", "2024-02-02 00:30:05 +01:00"),
    ("Area__c", "{sent_until}", "2024-02-02 01:15 +01:00"),
    ("Area__c", "{sender} in {chat} by {source}", "Ada Example in Ada Example by export"),
    ("Phone__c", "{number}", "+491713920012"),
    ("Url__c", "{chat_url}", "https://example.com/chat/1"),
    ("Url__c", "https://example.com/?c={count}", "https://example.com/?c=12"),
    ("Mail__c", "{owner_email}", "sam@example.com"),
    ("Mail__c", "x@example.com", "x@example.com"),
    ("Check__c", "Yes", True),
    ("Check__c", "false", False),
    ("Day__c", "{sent_at}", "2024-02-02"),
    ("Day__c", "2026-03-14", "2026-03-14"),
    ("Moment__c", "{sent_at}", "2024-02-01T23:30:05.000Z"),
    ("Moment__c", "{sent_until}", "2024-02-02T00:15:00.000Z"),
    ("Moment__c", "2026-03-14T09:00+01:00", "2026-03-14T08:00:00.000Z"),
    ("Clock__c", "{sent_at}", "00:30:05.000Z"),
    ("Clock__c", "09:30", "09:30:00.000Z"),
    ("Count__c", "{count}", 12),
    ("Count__c", "999.5", 999.5),
    ("Whole__c", "7", 7),
    ("Money__c", "12.50", 12.5),
    ("Type", "{source}", "export"),
    ("Type", "Anything else", "Anything else"),
    ("Direction__c", "{direction}", "Inbound"),
    ("Tags__c", "a; c", "a;c"),
    ("Owner__c", "005000000000001AAA", "005000000000001AAA"),
]


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_f2_a_value_is_converted_by_the_described_type(name, text, value):
    assert fill(**{name: text}) == ((name, value),)


def test_f1_a_record_type_is_named_by_label_or_api_name():
    for name in ("WhatsApp Talk", "whatsapp_talk"):
        assert fill(RecordType=name) == (("RecordTypeId", "012000000000001AAA"),)


EMPTY = TemplateValues(a_chat("", phone=None, title="Somebody"), FIRST, FIRST, 1, BERLIN)


def test_what_is_empty_is_left_out():
    mapping = {"Text__c": "{name}", "Mail__c": "{owner_email}", "Url__c": "{chat_url}"}
    assert fill(EMPTY, **mapping, Phone__c="{message_id}") == ()


BAD = [
    ("Tex__c", "x", "does not exist", "Text__c"),
    ("text__C", "x", "does not exist", "Text__c"),
    ("Nonsense", "x", "does not exist", "Setup"),
    ("Subject", "x", "filled by wasf itself", "task.fields"),
    ("Formula__c", "x", "may not be filled", "permission set"),
    ("Place__c", "x", "a type that wasf does not fill", ""),
    ("Text__c", "{nome}", "no template", "{name}"),
    ("Text__c", "{text}", "no template", ""),
    ("Text__c", "{", "single {", "{{"),
    ("Text__c", "x" * 21, "holds 20 characters", "The value is"),
    ("Text__c", "👋" * 11, "holds 20 characters", "The value is"),
    ("Url__c", "{name}", "begin as an address", "{chat_url}"),
    ("Url__c", LONG, "holds 255 characters", "The value is"),
    ("Mail__c", "nobody", "takes an e-mail address", "nobody. It takes {owner_email}"),
    ("Mail__c", "{name}", "cannot take this value", "{owner_email}"),
    ("Check__c", "maybe", "takes true or false", "The value is maybe"),
    ("Check__c", "{direction}", "cannot take this value", "true or false"),
    ("Day__c", "14.03.2026", "takes a day such as 2026-03-14", "{sent_at}"),
    ("Day__c", "on {sent_at}", "cannot take this value", "{sent_at}"),
    ("Moment__c", "2026-03-14T09:00", "takes a time such as 2026-03-14T09:00+01:00", "{sent_at}"),
    ("Clock__c", "25:00", "takes a time of day such as 09:00", "{sent_at}"),
    ("Count__c", "many", "takes a number", "many. It takes {count} too"),
    ("Count__c", "1000", "takes a smaller number", "1000"),
    ("Count__c", "nan", "takes a number", "nan"),
    ("Whole__c", "1.5", "takes a whole number", "1.5"),
    ("Whole__c", "{number}", "cannot take this value", "{count}"),
    ("Direction__c", "inbound", "restricted picklist", "Inbound"),
    ("Direction__c", "Sideways", "restricted picklist", "Inbound, Outbound"),
    ("Half__c", "{direction}", "restricted picklist without the value Outbound", "Inbound"),
    ("Tags__c", "a;d", "restricted picklist", ""),
    ("Owner__c", "Sam", "takes the id of a record", "Sam"),
    ("Owner__c", "{name}", "cannot take this value", "id"),
    ("RecordType", "WhatsApp Tak", "does not exist", "WhatsApp Talk"),
    ("RecordType", "Secret", "not assigned", "WhatsApp Talk"),
    ("RecordType", "{name}", "does not exist", "WhatsApp Talk"),
]


@pytest.mark.parametrize(("name", "text", "told", "hint"), BAD)
def test_f3_what_cannot_be_filled_is_named_before_anything_is_written(name, text, told, hint):
    with pytest.raises(BadSetting) as caught:
        check(**{name: text})
    assert f"Task.{name}" in caught.value.message
    assert told in caught.value.message
    assert hint in caught.value.hint
    assert told not in caught.value.hint


def test_f2_a_value_that_is_too_long_is_never_cut():
    unfit = fill(replace(VALUES, chat=replace(CHAT, name="x" * 21)), Text__c="{name}")
    assert isinstance(unfit, UnfitValue)
    assert unfit.reason == "the field Text__c holds 20 characters, and the value has 21"


def test_f2_a_value_outside_a_restricted_picklist_does_not_fit():
    tags = fill(replace(VALUES, chat=replace(CHAT, name="z")), Tags__c="{name}")
    assert isinstance(tags, UnfitValue)
    assert fill(replace(VALUES, chat=replace(CHAT, name="b")), Tags__c="{name}") == (
        ("Tags__c", "b"),
    )


@given(st.text(max_size=300))
def test_what_a_chat_says_is_a_value_and_never_a_template(said):
    chat = replace(CHAT, name=said + "{number}", title="{sender}")
    [(_, value)] = fill(replace(VALUES, chat=chat), Area__c="{name}|") or [("", "")]
    if isinstance(value, str):
        assert "+49" not in value or "+49" in said
        assert "{number}" in value
        assert value == " ".join(value.split(" "))
        assert utf16_length(value) <= 255


@given(st.text(max_size=40))
def test_any_text_is_a_template_or_a_refusal(text):
    try:
        template = Template.parse(text, IN_FIELDS)
    except BadTemplate:
        return
    if template.constant is not None:
        assert template.constant == text.replace("{{", "{").replace("}}", "}")


@pytest.mark.parametrize("placeholder", sorted(IN_FIELDS))
def test_every_placeholder_has_a_text(placeholder: Placeholder):
    assert isinstance(VALUES.text(placeholder), str)
