"""What Salesforce says of a refusal: the admin's words, in one line, without the chat's."""

import pytest

from wasf.core.refusals import RecordRefusal, admin_words, lead_hint, task_hint

TRIGGER = (
    "TaskTrigger: execution of BeforeInsert\n\ncaused by: System.NullPointerException: Attempt to"
    " de-reference a null object\n\nTrigger.TaskTrigger: line 12, column 1"
)

WORDS = {
    "one line": (TRIGGER, (), TRIGGER.replace("\n\n", " ")),
    "a line of the chat": (
        "Description: bad value: note 77",
        ("14:05 Ada\nnote 77",),
        "Description: bad value: …",
    ),
    "a part of a line of the chat": (
        "data value too large: so long a message that (max length=20)",
        ("so long a message that nobody would read it",),
        "data value too large: …(max length=20)",
    ),
    "short words that are in the chat too": ("It is no", ("no",), "It is no"),
    "a number": ("Call +44 (7700) 900-123 first", (), "Call … first"),
    "a record's id stays": ("record with id: 00T5e0000000001EAA", (), None),
    "a limit stays": ("Too many SOQL queries: 101", (), None),
    "a day stays": ("Not before 2026", (), None),
    "nothing": ("", ("a",), ""),
}


@pytest.mark.parametrize(("message", "withheld", "shown"), WORDS.values(), ids=WORDS)
def test_f5_words(message: str, withheld: tuple[str, ...], shown: str | None) -> None:
    assert admin_words(message, withheld) == (message if shown is None else shown)


def test_f5_long_words_are_cut() -> None:
    assert len(admin_words("x " * 5_000)) == 200


def test_f5_a_long_text_is_read_in_linear_time() -> None:
    assert admin_words("a" * 2_000, ["a" * 32_000]) == "…"


HINTS = {
    "required": (RecordRefusal("REQUIRED_FIELD_MISSING", ("Type",)), 'task.fields "Type=VALUE"'),
    "picklist": (
        RecordRefusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ("Type",)),
        'task.fields "Type=VALUE"',
    ),
    "rule": (RecordRefusal("FIELD_CUSTOM_VALIDATION_EXCEPTION"), "task.fields"),
    "storage": (RecordRefusal("STORAGE_LIMIT_EXCEEDED"), "frequency 24h"),
    "trigger": (RecordRefusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"), "administrator"),
    "unknown": (RecordRefusal("SOMETHING_NEW"), "next sync"),
}


@pytest.mark.parametrize(("refusal", "words"), HINTS.values(), ids=HINTS)
def test_f5_a_hint_names_the_setting(refusal: RecordRefusal, words: str) -> None:
    assert words in task_hint(refusal)


def test_f5_hints_for_leads() -> None:
    source = RecordRefusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ("LeadSource",))
    assert "lead.source" in lead_hint(source)
    assert "lead.fields" in lead_hint(RecordRefusal("REQUIRED_FIELD_MISSING", ("Region__c",)))
    assert "by hand" in lead_hint(RecordRefusal("FIELD_CUSTOM_VALIDATION_EXCEPTION"))
