"""What Tasks tell a report: their subjects in every language, and their fields."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.core.builders import BERLIN
from wasf.core.chats import Chat, ChatId, Direction, Message, MessageKind
from wasf.core.fields import DescribedField
from wasf.core.policy import Language
from wasf.core.task_text import task_texts
from wasf.errors import BadSetting
from wasf.salesforce.message_fields import SubjectShape, subject_shape, telling_fields

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


# --- Subjects ----------------------------------------------------------------------------------


def said(text: str, minute: int) -> Message:
    at = START + timedelta(minutes=minute)
    return Message(at, Direction.INCOMING, "Ada (Example)", MessageKind.TEXT, text)


def subjects(language: Language, texts: Sequence[str], title: str = "Ada (Example)") -> list[str]:
    chat = Chat(id=ChatId("ada"), source="export", title=title, name=title)
    messages = [said(text, minute) for minute, text in enumerate(texts)]
    return [one.subject for one in task_texts(messages, chat, BERLIN, None, language)]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("count", [1, 2, 3, 5, 11, 102])
def test_a_subject_in_every_language_says_how_many_messages_there_are(
    language: Language, count: int
) -> None:
    [subject] = subjects(language, ["hi"] * count)
    assert subject_shape(subject) == SubjectShape(count)


@pytest.mark.parametrize("language", Language)
def test_a_subject_in_every_language_says_which_part_the_task_is(language: Language) -> None:
    long = "a word and " * 4_000
    assert [subject_shape(one) for one in subjects(language, [long])] == [
        SubjectShape(1, 1), SubjectShape(1, 2),
    ]  # fmt: skip
    assert [subject_shape(one) for one in subjects(language, [long, "and"])] == [
        SubjectShape(2, 1), SubjectShape(2, 2), SubjectShape(2, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "WhatsApp chat with Ada (14 messages, 09:02–17:40)",
        "(14 messages, 09:02–17:40)",
        "5 messages (2)",
    ],
)
def test_no_text_of_a_customer_passes_for_several_messages(text: str) -> None:
    [subject] = subjects(Language.ENGLISH, [text])
    assert subject_shape(subject).messages == 1


@pytest.mark.parametrize("subject", ["", "Call back", "WhatsApp: 14", "(" * 300])
def test_any_other_subject_is_of_one_message(subject: str) -> None:
    assert subject_shape(subject) == SubjectShape()


# --- Fields ------------------------------------------------------------------------------------

USUAL = {"At__c": "{sent_at}", "Side__c": "{direction}", "Chat__c": "{chat}"}


def visible(**types: str) -> dict[str, DescribedField]:
    return {name: DescribedField(name, kind) for name, kind in types.items()}


ALL = visible(At__c="datetime", Side__c="string", Chat__c="string")


def test_the_usual_fields_tell_where_the_setting_names_none() -> None:
    assert telling_fields({}, USUAL, ALL).names == ("At__c", "Side__c", "Chat__c")


def test_a_field_of_the_setting_wins_if_it_can_tell() -> None:
    mine = {"When__c": "{sent_at}", "Day__c": "{sent_at}", "Type": "{direction} message"}
    more = visible(When__c="datetime", Day__c="date", Type="picklist", N__c="double")
    found = telling_fields({**mine, "N__c": "{count}", "Bad": "{nothing}"}, USUAL, ALL | more)
    assert (found.sent_at, found.direction, found.count) == ("When__c", "Side__c", "N__c")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param(visible(Side__c="string"), "when a message was written", id="no time"),
        pytest.param(visible(At__c="date", Side__c="string"), "when a message", id="a day only"),
        pytest.param(visible(At__c="datetime"), "tells who wrote it", id="no side"),
        pytest.param({}, "when a message was written and who wrote it", id="neither"),
    ],
)
def test_what_is_missing_is_said(fields: dict[str, DescribedField], words: str) -> None:
    with pytest.raises(BadSetting) as raised:
        telling_fields({}, USUAL, fields)
    assert words in str(raised.value)
