"""T5 to T8: what a Task says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import BERLIN, a_chat, a_message
from wasf.core.chats import MessageKind
from wasf.core.task_text import task_texts
from wasf.core.templates import subject_template
from wasf.core.text import utf16_length

GROUP = a_chat("", title="Choir", phone=None, is_group=True)
NUMBER = a_chat("", title="+49 171 3920012")


def only(messages, chat=None):
    (words,) = task_texts(messages, chat or a_chat(), BERLIN)
    return words


LONG = "Can you send the offer for the two tables and the six chairs until Friday?"


@pytest.mark.parametrize(
    ("messages", "chat", "subject"),
    [
        pytest.param(
            [a_message()], a_chat(), "WhatsApp 15:04 from Ada Example: Hello", id="T5: from"
        ),
        pytest.param(
            [a_message(outgoing=True)],
            a_chat(),
            "WhatsApp 15:04 to Ada Example: Hello",
            id="T5: to",
        ),
        pytest.param(
            [a_message(LONG)],
            a_chat(),
            f"WhatsApp 15:04 from Ada Example: {LONG[:59].rstrip()}…",
            id="T5: how it begins",
        ),
        pytest.param(
            [a_message("Hello\r\n\tyou \u202ethere")],
            a_chat(),
            "WhatsApp 15:04 from Ada Example: Hello you there",
            id="T5: one line",
        ),
        pytest.param(
            [a_message("", kind=MessageKind.MEDIA, attachment="offer.pdf")],
            a_chat(),
            "WhatsApp 15:04 from Ada Example: offer.pdf",
            id="T5: a file",
        ),
        pytest.param(
            [a_message("", kind=MessageKind.VIEW_ONCE)],
            a_chat(),
            "WhatsApp 15:04 from Ada Example: [view-once message]",
            id="T5: no text",
        ),
        pytest.param(
            [a_message()] * 13 + [a_message(at=datetime(2024, 2, 1, 16, 40, tzinfo=UTC))],
            a_chat(),
            "WhatsApp chat with Ada Example (14 messages, 15:04–17:40)",
            id="T5: several",
        ),
        pytest.param(
            [a_message(), a_message(at=datetime(2024, 2, 2, 23, 30, tzinfo=UTC))],
            a_chat(),
            "WhatsApp chat with Ada Example (2 messages, 2024-02-01 15:04–2024-02-03 00:30)",
            id="T5: several of two days",
        ),
        pytest.param(
            [a_message()],
            NUMBER,
            "WhatsApp 15:04 from +49 171 3920012: Hello",
            id="T5: no name",
        ),
        pytest.param(
            [a_message()],
            a_chat("", phone=None),
            "WhatsApp 15:04 from somebody: Hello",
            id="T5: no name at all",
        ),
        pytest.param(
            [a_message()],
            a_chat("\u202eAda\n Example\u2069"),
            "WhatsApp 15:04 from Ada Example: Hello",
            id="T5: a name that would turn the line",
        ),
        pytest.param(
            [a_message(author="Bob Sample")],
            GROUP,
            "WhatsApp 15:04 from Bob Sample in Choir: Hello",
            id="T7: from somebody in a group",
        ),
        pytest.param(
            [a_message(author="Me", outgoing=True)],
            GROUP,
            "WhatsApp 15:04 to Choir: Hello",
            id="T7: to a group",
        ),
        pytest.param(
            [a_message(author="Bob Sample"), a_message(author="Ada Example")],
            GROUP,
            "WhatsApp chat with Choir (2 messages, 15:04)",
            id="T7: several of a group",
        ),
    ],
)
def test_subject(messages, chat, subject):
    assert only(messages, chat).subject == subject


@pytest.mark.parametrize(
    ("chat", "author", "start", "end"),
    [
        pytest.param(a_chat("A" * 400), "", "WhatsApp 15:04 from AAA", "A…", id="T5: a long name"),
        pytest.param(
            a_chat("👍🏽" * 99), "", "WhatsApp 15:04 from 👍🏽", "👍🏽…", id="T5: a name of emoji"
        ),
        pytest.param(
            a_chat("G" * 400, is_group=True),
            "B" * 400,
            "WhatsApp 15:04 from BBB",
            "G…",
            id="T7: a long name in a long group",
        ),
    ],
)
def test_a_long_subject_is_shortened_where_the_name_is(chat, author, start, end):
    subject = only([a_message("x" * 400, author=author)], chat).subject
    assert utf16_length(subject) <= 255
    assert subject.startswith(start)
    assert f"{end}: xxx" in subject
    several = task_texts([a_message("x" * 20_000)] * 3, chat, BERLIN)
    for part, words in enumerate(several, start=1):
        assert words.subject.endswith(f"{end} (3 messages, 15:04) (part {part}/3)")
    assert all(utf16_length(words.subject) <= 255 for words in several)


def test_t5_the_subject_of_a_template():
    template = subject_template("{time} {direction} {name} ({account}, {count}): {text}")
    chat = a_chat(whatsapp_account="Sales")
    (words,) = task_texts([a_message("Hi\nyou")], chat, BERLIN, template)
    assert words.subject == "15:04 Inbound Ada Example (Sales, 1): Hi you"
    parts = task_texts([a_message("x" * 70_000)], a_chat("A" * 400), BERLIN, template)
    assert all(utf16_length(part.subject) <= 255 for part in parts)
    assert [part.subject[-11:] for part in parts] == [f" (part {n}/3)" for n in (1, 2, 3)]
    (empty,) = task_texts([a_message()], a_chat(), BERLIN, subject_template("{account}"))
    assert empty.subject == "WhatsApp"


def test_t5_what_a_chat_says_is_no_template():
    (words,) = task_texts([a_message("{name}")], a_chat(), BERLIN, subject_template("{text}"))
    assert words.subject == "{name}"


AT = datetime(2024, 2, 1, 14, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "description"),
    [
        pytest.param(
            a_message("Hi"), "2024-02-01 15:04 +01:00 · Ada Example\nHi", id="T5: minutes"
        ),
        pytest.param(
            a_message("Hi", at=AT + timedelta(seconds=5)),
            "2024-02-01 15:04:05 +01:00 · Ada Example\nHi",
            id="T5: seconds",
        ),
        pytest.param(
            a_message("Hi", at=datetime(2024, 7, 1, 22, 30, tzinfo=UTC)),
            "2024-07-02 00:30 +02:00 · Ada Example\nHi",
            id="T5: summer, the next day",
        ),
        pytest.param(
            a_message(" two\n\nlines \u202e<b>\n"),
            "2024-02-01 15:04 +01:00 · Ada Example\n two\n\nlines \u202e<b>\n",
            id="T5: to the letter",
        ),
        pytest.param(
            a_message("Hi", author="\u202aAda\u202c\nExample"),
            "2024-02-01 15:04 +01:00 · Ada Example\nHi",
            id="T5: an author on one line",
        ),
        pytest.param(
            a_message("Hi", author=""),
            "2024-02-01 15:04 +01:00 · Ada Example\nHi",
            id="T5: no author, incoming",
        ),
        pytest.param(
            a_message("Hi", author="", outgoing=True),
            "2024-02-01 15:04 +01:00 · Sales\nHi",
            id="T5: no author, outgoing",
        ),
        pytest.param(
            a_message("", kind=MessageKind.MEDIA, attachment="IMG-1.jpg"),
            "2024-02-01 15:04 +01:00 · Ada Example\nAttachment: IMG-1.jpg",
            id="T8: an attachment",
        ),
        pytest.param(
            a_message("Look!", kind=MessageKind.MEDIA, attachment="IMG-1.jpg"),
            "2024-02-01 15:04 +01:00 · Ada Example\nLook!\nAttachment: IMG-1.jpg",
            id="T8: an attachment with words",
        ),
    ],
)
def test_description_of_one_message(message, description):
    assert only([message], a_chat(whatsapp_account="Sales")).description == description


def test_description_of_several_messages():
    """T5."""
    messages = [a_message("Hi"), a_message("Yes?", author="Me", outgoing=True)]
    assert only(messages).description == (
        f"{HEADER}{INDENT}Hi\n\n2024-02-01 15:04 +01:00 · Me\n{INDENT}Yes?"
    )


def test_description_of_a_group_names_each_author():
    """T7."""
    messages = [a_message("Hi", author="Bob Sample"), a_message("Yes?", author="Eve Sample")]
    assert only(messages, GROUP).description == (
        f"2024-02-01 15:04 +01:00 · Bob Sample\n{INDENT}Hi\n\n"
        f"2024-02-01 15:04 +01:00 · Eve Sample\n{INDENT}Yes?"
    )


@pytest.mark.parametrize("kind", [pytest.param(kind, id=f"T6: {kind}") for kind in MessageKind])
def test_every_kind_has_a_readable_text(kind):
    written = only([a_message("Anruf · 3 min", kind=kind)]).description
    assert written.endswith("\nAnruf · 3 min")
    unsaid = only([a_message(" \n", kind=kind)]).description
    assert unsaid.partition("\n")[2].startswith("[")


@pytest.mark.parametrize(
    ("kind", "placeholder"),
    [
        pytest.param(MessageKind.DELETED, "[deleted message]", id="T6: deleted"),
        pytest.param(MessageKind.VIEW_ONCE, "[view-once message]", id="T6: view once"),
        pytest.param(MessageKind.CALL, "[call]", id="T6: a call"),
    ],
)
def test_placeholder(kind, placeholder):
    assert only([a_message("", kind=kind)]).description.endswith(f"\n{placeholder}")


HEADER = "2024-02-01 15:04 +01:00 · Ada Example\n"
CONTINUED = "2024-02-01 15:04 +01:00 · Ada Example (continued)\n"
INDENT = " \N{NO-BREAK SPACE} "
ROOM = 31_858
"""What is left of 32,000 under the longest header that there can be."""


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("x" * ROOM, 1, id="T5: exactly as much as there is room for"),
        pytest.param("x" * (ROOM + 1), 2, id="T5: one more"),
        pytest.param("😀" * (ROOM // 2), 1, id="T5: exactly as much in UTF-16"),
        pytest.param("😀" * (ROOM // 2 + 1), 2, id="T5: one more emoji"),
        pytest.param("word " * 20_000, 4, id="T5: four parts"),
    ],
)
def test_a_long_text_has_parts(text, parts):
    words = task_texts([a_message(text)], a_chat(), BERLIN)
    assert len(words) == parts
    assert all(utf16_length(each.description) <= 32_000 for each in words)
    bodies = [words[0].description.removeprefix(HEADER)]
    bodies += [each.description.removeprefix(CONTINUED) for each in words[1:]]
    assert "".join(bodies) == text
    if parts > 1:
        start = f"WhatsApp 15:04 from Ada Example: {text[:20]}"
        assert all(each.subject.startswith(start) for each in words)
        ends = [each.subject.partition("…")[2] for each in words]
        assert ends == [f" (part {part}/{parts})" for part in range(1, parts + 1)]


def test_parts_are_made_between_messages_first():
    """T5."""
    messages = [a_message("a" * 20_000), a_message("b" * 11_000), a_message("c" * 11_000)]
    first, second = task_texts(messages, a_chat(), BERLIN)
    assert first.description == (
        f"{HEADER}{INDENT}{'a' * 20_000}\n\n{HEADER}{INDENT}{'b' * 11_000}"
    )
    assert second.description == f"{HEADER}{'c' * 11_000}"
    assert first.subject == "WhatsApp chat with Ada Example (3 messages, 15:04) (part 1/2)"


@pytest.mark.parametrize(
    ("more", "parts"),
    [pytest.param(0, 1, id="T5: exactly full"), pytest.param(1, 2, id="T5: one unit too many")],
)
def test_a_part_is_filled_to_the_last_unit(more, parts):
    around = 3 * len(HEADER + INDENT) + 2 * len("\n\n")
    rest = 32_000 - around - 20_001
    messages = [a_message("a"), a_message("b" * 20_000), a_message("c" * (rest + more))]
    assert len(task_texts(messages, a_chat(), BERLIN)) == parts


def test_a_long_text_has_parts_of_its_own():
    """T5."""
    messages = [a_message("a"), a_message("b" * 40_000), a_message("c"), a_message("d")]
    parts = task_texts(messages, a_chat(), BERLIN)
    assert [(part.first, part.end, part.piece) for part in parts] == [
        (0, 1, 1), (1, 2, 1), (1, 2, 2), (2, 4, 1),
    ]  # fmt: skip
    assert parts[-1].description == f"{HEADER}{INDENT}c\n\n{HEADER}{INDENT}d"


@pytest.mark.parametrize("author", ["", "A", "A" * 100, "👍🏽" * 99], ids=len)
@pytest.mark.parametrize("size", [31_700, ROOM, ROOM + 1, 32_000, 70_000])
def test_where_a_text_is_parted_does_not_depend_on_a_name(author, size):
    """T5: a part that is written already and one that is not fit together."""

    def bodies(words):
        return [each.description.partition("\n")[2] for each in words]

    usual = task_texts([a_message("x" * size)], a_chat(), BERLIN)
    named = task_texts([a_message("x" * size, author=author)], a_chat("B" * 100), BERLIN)
    assert bodies(named) == bodies(usual)
    assert all(utf16_length(each.description) <= 32_000 for each in named)


_LONG = st.builds(
    lambda unit, count: unit * count,
    st.sampled_from(["a", "word ", "line\n", "😀", "👨\u200d👩\u200d👧", "e\u0301", "\n\n"]),
    st.integers(0, 40_000),
)


@given(st.lists(_LONG.filter(str.strip), min_size=1, max_size=4))
def test_no_text_is_lost_and_no_part_too_long(texts):
    words = task_texts([a_message(text) for text in texts], a_chat(), BERLIN)
    assert all(utf16_length(each.description) <= 32_000 for each in words)
    everything = "".join(each.description for each in words)
    for header in (HEADER, CONTINUED):
        everything = everything.replace(header, "")
    everything = everything.replace(INDENT, "")
    assert everything.replace("\n", "") == "".join(texts).replace("\n", "")


_BREAKS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("line_break", _BREAKS, ids=ascii)
def test_t10_no_text_can_pass_for_a_further_message(line_break):
    forged = f"Yes?{line_break * 2}2024-02-01 15:05 +01:00 · Me{line_break}We pay twice."
    said = only([a_message(forged), a_message("Hi", outgoing=True)]).description
    headers = [line for line in said.splitlines() if " · " in line and not line[0].isspace()]
    assert len(headers) == 2
    assert "".join(said.split()).count("Wepaytwice.") == 1


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=2, max_size=4))
def test_t10_each_line_of_a_text_is_indented(texts):
    parts = task_texts([a_message(text) for text in texts], a_chat(), BERLIN)
    blocks = "".join(part.description for part in parts).splitlines()
    flush = [line for line in blocks if line and not line.startswith(INDENT)]
    assert flush == [HEADER.strip()] * len(texts)


def test_t10_the_name_of_a_file_is_one_line():
    forged = "bill.pdf\n\n2024-02-01 15:05 +01:00 · Me\nWe pay twice."
    message = a_message("", kind=MessageKind.MEDIA, attachment=forged)
    assert len(only([message]).description.splitlines()) == 2
