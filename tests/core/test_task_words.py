"""T11: wasf's own words in Tasks, in every language; what recognizes Tasks depends on none."""

from dataclasses import replace
from datetime import timedelta
from string import Formatter

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.builders import BERLIN, OWNER, RULES, a_chat, a_contact, a_message
from wasf.core.chats import MessageKind
from wasf.core.plan.decisions import Logs, Target
from wasf.core.policy import Language
from wasf.core.records import MessageKey, RecordType
from wasf.core.task_text import (
    DESCRIPTION_LIMIT,
    SUBJECT_LIMIT,
    TaskText,
    comparable_body,
    task_texts,
)
from wasf.core.task_words import TASK_WORDS, WIDEST_CONTINUED, TaskWords, plural_of
from wasf.core.tasks import TaskRules, tasks_of
from wasf.core.text import utf16_length

ENGLISH = TASK_WORDS[Language.ENGLISH]
VALUES = {
    "incoming": {"time", "name"},
    "outgoing": {"time", "name"},
    "incoming_in_group": {"time", "author", "name"},
    "outgoing_in_group": {"time", "name"},
    "chat": {"name"},
    "part": {"number", "count"},
    "answer": {"name"},
    "unanswered": {"time"},
}
"""What the texts of these names say; the others say no value."""

languages = pytest.mark.parametrize("language", Language)


def test_each_language_has_its_words():
    assert set(TASK_WORDS) == set(Language)


@languages
def test_no_language_lacks_a_word(language):
    words = TASK_WORDS[language]
    for name in set(TaskWords._fields) - {"messages"}:
        text = getattr(words, name)
        assert text.strip(), name
        assert values_of(text) == VALUES.get(name, set()), name
        assert text.replace("\N{NO-BREAK SPACE}", " ").isprintable(), name
    assert utf16_length(f" ({words.continued})") <= WIDEST_CONTINUED


def values_of(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@languages
def test_a_language_has_words_of_its_own(language):
    """A text that was copied from English and not translated."""
    same = {name for name in TaskWords._fields if getattr(TASK_WORDS[language], name) in ENGLISH}
    if language is not Language.ENGLISH:
        assert same - {"colon"} <= {"media", "messages"}, "two languages have these, too"


@languages
def test_list_views_find_subjects_by_their_first_word(language):
    words = TASK_WORDS[language]
    for text in words[: TaskWords._fields.index("colon")]:
        assert text.startswith("WhatsApp")


@languages
def test_each_number_has_the_plural_that_babel_knows(language):
    plural = Locale(language).plural_form
    forms = TASK_WORDS[language].messages
    for count in [*range(1_200), 9_999, 10_001, 99_902, 100_000, 100_011, 999_999]:
        assert plural_of(language, count) == plural(count), count
        assert plural(count) in forms, count
    assert all(values_of(text) <= {"count"} for text in forms.values())


@pytest.mark.parametrize(
    ("language", "subjects"),
    [
        (
            Language.GERMAN,
            [
                "WhatsApp 15:04 von Ada Example: Hello",
                "WhatsApp 15:04 an Ada Example: Hello",
                "WhatsApp-Chat mit Ada Example (2 Nachrichten, 15:04)",
            ],
        ),
        (
            Language.HINDI,
            [
                "WhatsApp 15:04 Ada Example से: Hello",
                "WhatsApp 15:04 Ada Example को: Hello",
                "WhatsApp चैट: Ada Example (2 संदेश, 15:04)",
            ],
        ),
        (
            Language.RUSSIAN,
            [
                "WhatsApp 15:04 от Ada Example: Hello",
                "WhatsApp 15:04 для Ada Example: Hello",
                "WhatsApp: чат с Ada Example (2 сообщения, 15:04)",
            ],
        ),
        (
            Language.ARABIC,
            [
                "WhatsApp 15:04 من Ada Example: Hello",
                "WhatsApp 15:04 إلى Ada Example: Hello",
                "WhatsApp: محادثة مع Ada Example (رسالتان, 15:04)",
            ],
        ),
    ],
)
def test_subjects(language, subjects):
    windows = [[a_message()], [a_message(outgoing=True)], [a_message(), a_message()]]
    made = [task_texts(some, a_chat(), BERLIN, language=language) for some in windows]
    assert [text.subject for [text] in made] == subjects


@languages
@pytest.mark.parametrize("kind", MessageKind)
def test_each_kind_is_named(language, kind):
    message = a_message("", kind=kind)
    [text] = task_texts([message], a_chat(), BERLIN, language=language)
    shown = TASK_WORDS[language].placeholder(kind)
    assert text.description.endswith(f"\n{shown}")
    assert text.subject.endswith(shown)


@languages
@pytest.mark.parametrize("is_group", [False, True])
@pytest.mark.parametrize("outgoing", [False, True])
def test_no_subject_is_too_long(language, is_group, outgoing):
    chat = a_chat("G" * 400, is_group=is_group)
    long = a_message("x" * 20_000, author="B" * 400, outgoing=outgoing)
    for some in ([long], [long, long._replace(sent_at=long.sent_at + timedelta(days=9))] * 40):
        for text in task_texts(some, chat, BERLIN, language=language):
            assert utf16_length(text.subject) <= SUBJECT_LIMIT


@languages
def test_a_name_is_no_pattern(language):
    [text] = task_texts([a_message("{name}")], a_chat("{time}{0}"), BERLIN, language=language)
    assert "{time}{0}" in text.subject
    assert "{name}" in text.subject


# --- What recognizes Tasks ---------------------------------------------------------------------

_NEAR_THE_LIMIT = st.one_of(
    st.integers(0, 40), st.integers(31_780, 31_880), st.integers(31_960, 32_020)
)
_SOME = st.builds(
    lambda text, name, author, outgoing, kind: a_message(
        "X" * text,
        author=author,
        outgoing=outgoing,
        kind=kind,
        attachment="Y" * name or None,
    ),
    _NEAR_THE_LIMIT,
    _NEAR_THE_LIMIT,
    st.sampled_from(["", "Ada Example"]),
    st.booleans(),
    st.sampled_from(MessageKind),
)
_MANY = st.builds(
    lambda count, one, rest: [one] * count + rest,
    st.sampled_from([0, 500, 640, 700]),
    st.builds(lambda kind: a_message("", kind=kind, author=""), st.sampled_from(MessageKind)),
    st.lists(_SOME, max_size=3),
)


def letters(text: TaskText) -> tuple[int, int]:
    """How much of the texts and of the names of files is in a Task."""
    return text.description.count("X"), text.description.count("Y")


@given(
    st.one_of(st.lists(_SOME, min_size=1, max_size=4), _MANY.filter(bool)),
    st.sampled_from(Language),
    st.sampled_from(["", "Ada Example"]),
)
@settings(deadline=None)
def test_keys_and_borders_of_tasks_do_not_depend_on_the_language(messages, language, name):
    chat = a_chat(name, title=name, phone=None)
    english = task_texts(messages, chat, BERLIN)
    other = task_texts(messages, chat, BERLIN, language=language)
    assert [text[2:] for text in other] == [text[2:] for text in english]
    assert all(utf16_length(text.description) <= DESCRIPTION_LIMIT for text in other)
    assert [letters(text) for text in other] == [letters(text) for text in english]
    names = [one.attachment.name for one in messages if one.attachment]
    said = sum(len(one.text) for one in messages), sum(map(len, names))
    assert tuple(map(sum, zip(*map(letters, other), strict=True))) == said, "nothing is cut"


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(a_message("", kind=MessageKind.CALL, author="Ada Example"), id="no text"),
        pytest.param(a_message("Hi", author=""), id="no name of theirs"),
        pytest.param(a_message("Hi", author="", outgoing=True), id="no name of ours"),
        pytest.param(a_message("", attachment="IMG-1.jpg"), id="a file"),
    ],
)
def test_many_messages_have_the_same_borders_in_every_language(message):
    """Words of one language are longer: in 900 messages that would be another border."""
    chat = a_chat("", title="", phone=None)
    borders = {
        tuple(text[2:] for text in task_texts([message] * 900, chat, BERLIN, language=each))
        for each in Language
    }
    assert len(borders) == 1


@languages
def test_tasks_have_the_same_keys_in_every_language(language):
    logs = Logs(a_chat(), OWNER, (Target(RecordType.CONTACT, a_contact(1).id, "Ada Example", ""),))
    messages = [a_message("x" * 70_000), a_message("", kind=MessageKind.CALL)]
    arrivals = [(MessageKey(bytes([n]) * 16), message) for n, message in enumerate(messages)]

    def made(policy):
        rules = TaskRules(policy, "Completed")
        units = tasks_of(logs, arrivals, rules, messages[0].sent_at)
        return [task for unit in units if isinstance(unit, tuple) for task in unit]

    english, other = made(RULES), made(replace(RULES, task_language=language))
    assert [task.key for task in other] == [task.key for task in english]
    assert (other[-1].subject == english[-1].subject) == (language is Language.ENGLISH)


@languages
@pytest.mark.parametrize(
    "message",
    [
        *(a_message("", kind=kind) for kind in MessageKind),
        a_message("Look\nhere", attachment="IMG-1.jpg"),
        a_message("", attachment="IMG-1.jpg"),
        a_message("[call]"),
        a_message("Look\nhere\n"),
    ],
)
def test_bodies_can_be_compared_across_languages(language, message):
    english, other = (
        task_texts([message], a_chat(), BERLIN, language=each)[0].description
        for each in (Language.ENGLISH, language)
    )
    assert comparable_body(other) == comparable_body(english) == english.partition("\n")[2]


def test_no_word_stands_for_two_kinds():
    english: dict[str, set[str]] = {}
    for words in TASK_WORDS.values():
        for kind in MessageKind:
            english.setdefault(words.placeholder(kind), set()).add(ENGLISH.placeholder(kind))
    assert [word for word, kinds in english.items() if len(kinds) > 1] == []
