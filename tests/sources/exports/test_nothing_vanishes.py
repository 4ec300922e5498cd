"""Nothing under a person's name vanishes: it is a message, or a notice that is known (T6, W1)."""

from pathlib import Path

import pytest

from tests.exports_builder import write_txt, write_zip
from tests.sources.exports.reader import THEM, read_one
from wasf.core.chats import (
    Attachment,
    ChatItem,
    Direction,
    Message,
    MessageKind,
    NotUnderstood,
    SystemLine,
)

NAME = f"WhatsApp Chat - {THEM}"
ME = frozenset({"Bob Sales"})
NOTICE = SystemLine()
ENCRYPTED = f"[13/11/2025, 09:00:00] {THEM}: \u200eMessages and calls are end-to-end encrypted.\n"
LEFT, RIGHT = "\u200e", "\u200f"


def _read(folder: Path, text: str, name: str = NAME) -> list[ChatItem]:
    return read_one(write_txt(folder, name, text), me=ME)[1]


def _shown(items: list[ChatItem]) -> list[tuple[str, str, str]]:
    return [
        (item.direction, item.kind, item.text) if isinstance(item, Message) else ("", "", "notice")
        for item in items
    ]


def test_t6_a_text_behind_an_invisible_mark_is_a_message(tmp_path: Path) -> None:
    items = _read(
        tmp_path,
        f"{ENCRYPTED}[13/11/2025, 09:01:00] Bob Sales: how can I help\n"
        f"[13/11/2025, 09:02:00] {THEM}: \u200ePlease call me back on 020 7946 0123\n",
    )
    assert _shown(items) == [
        ("", "", "notice"),
        (Direction.OUTGOING, MessageKind.TEXT, "how can I help"),
        (Direction.INCOMING, MessageKind.TEXT, "Please call me back on 020 7946 0123"),
    ]


TEXTS = [
    "@Bob look at this",
    "مرحبا، كم السعر؟",
    "שלום\nשורה שנייה\n\nסוף",
    "+44 20 7946 0123",
    "I have 3 days left",
    "You left",
    f"{THEM} left me a note",
    "Is it true that messages and calls are end-to-end encrypted?",
    "Messages and calls are end-to-end encrypted, aren't they?",
    "12 High Street\nYork",
    "<not a file>",
    "<3",
    "a, b, c",
]


@pytest.mark.parametrize("mark", [LEFT, RIGHT, LEFT + LEFT], ids=["left", "right", "two"])
@pytest.mark.parametrize("sender", [THEM, "Bob Sales"])
@pytest.mark.parametrize("text", TEXTS)
def test_t6_whatever_is_marked_and_no_notice_is_a_message_with_all_its_words(
    tmp_path: Path, text: str, sender: str, mark: str
) -> None:
    line = f"[13/11/2025, 09:02:00] {sender}: {mark}{text}\n"
    first, second, third = _read(tmp_path, f"{ENCRYPTED}{line}[13/11/2025, 09:03:00] {THEM}: ok\n")
    assert first == NOTICE
    assert isinstance(second, Message)
    assert (second.author, second.text) == (sender, text)
    assert isinstance(third, Message)


def test_t6_who_writes_marked_texts_only_is_on_the_right_side(tmp_path: Path) -> None:
    items = _read(
        tmp_path,
        f"[13/11/2025, 09:01:00] Bob Sales: \u200emention\n"
        f"[13/11/2025, 09:02:00] {THEM}: \u200fمرحبا\n",
    )
    assert [item.direction for item in items if isinstance(item, Message)] == [
        Direction.OUTGOING,
        Direction.INCOMING,
    ]


WRITTEN_FOR_THEM = {
    "Silenced voice call": MessageKind.CALL,
    "Missed group video call": MessageKind.CALL,
    "Voice call, \u200eNo answer": MessageKind.CALL,
    "You sent a view once message. For added privacy, you can only open it on your phone.":
        MessageKind.VIEW_ONCE,
    "This message can't be displayed here. Please open WhatsApp on your phone to view the message.":
        MessageKind.UNKNOWN,
    "2 contact cards omitted": MessageKind.CONTACT_CARD,
    "EVENT: Fitting, Monday 10:00": MessageKind.TEXT,
    "You sent £20.00": MessageKind.TEXT,
    "Hiljennetty äänipuhelu": MessageKind.TEXT,
}  # fmt: skip


@pytest.mark.parametrize("words", WRITTEN_FOR_THEM)
def test_t6_what_whatsapp_writes_in_a_persons_place_is_a_message(
    tmp_path: Path, words: str
) -> None:
    _, message = _read(tmp_path, f"{ENCRYPTED}[13/11/2025, 09:02:00] {THEM}: \u200e{words}\n")
    assert isinstance(message, Message)
    assert message.kind is WRITTEN_FOR_THEM[words]
    assert message.text == words.replace(LEFT, "")


NOTICES = [
    "Your security code with Bob Sales changed. Tap to learn more.",
    "This chat is with a business account.",
    "You blocked this contact.",
    f"{THEM} changed their phone number to a new number. Tap to message or add the new number.",
    f"{THEM} is a contact",
    "You turned off disappearing messages. Tap to change.",
    "Deine Sicherheitsnummer für Bob Sales hat sich geändert.",
    "تغيّر رمز أمانك المُستخدَم مع Bob Sales.",
    "この事業者は、Metaの安全なサービスを使用してこのチャットを管理しています。タップして詳細を表示。",
]


@pytest.mark.parametrize("words", NOTICES)
def test_t6_a_known_notice_is_none(tmp_path: Path, words: str) -> None:
    items = _read(
        tmp_path,
        f"{ENCRYPTED}[13/11/2025, 09:01:00] {THEM}: hi\n"
        f"[13/11/2025, 09:02:00] {THEM}: \u200e{words}\n",
    )
    assert items[2] == NOTICE


GROUP_NOTICES = [
    ("Ada Example", "Ada Example left"),
    ("Ada Example", "Ada Example added Cy Example"),
    ("Team", "You were added"),
    ("Ada Example", "Ada Example changed the subject from “A” to “B”"),
    ("Ada Example", "Ada Example hat Cy Example hinzugefügt"),
]


@pytest.mark.parametrize(("sender", "words"), GROUP_NOTICES)
def test_t6_notices_of_groups_are_none_where_they_are_about_the_sender(
    tmp_path: Path, sender: str, words: str
) -> None:
    text = (
        "[13/11/2025, 09:00:00] Team: \u200eCy Example created this group\n"
        "[13/11/2025, 09:01:00] Ada Example: hi\n"
        "[13/11/2025, 09:02:00] Cy Example: hi\n"
        "[13/11/2025, 09:03:00] Bob Sales: hi\n"
        f"[13/11/2025, 09:04:00] {sender}: \u200e{words}\n"
        "[13/11/2025, 09:05:00] Ada Example: \u200eI have 3 days left\n"
    )
    items = _read(tmp_path, text, "WhatsApp Chat - Team")
    assert items[-2] == NOTICE
    assert isinstance(items[-1], Message)


# --- Words beside files ------------------------------------------------------------------------

PHOTOS = "00000010-PHOTO-2025-11-19-09-02-00.jpg", "00000011-PHOTO-2025-11-19-09-03-00.jpg"


def test_t5_words_before_and_behind_a_file_are_its_caption(tmp_path: Path) -> None:
    text = (
        f"[19/11/2025, 09:01:00] {THEM}: hi\n"
        f"\u200e[19/11/2025, 09:02:00] {THEM}: the crack is on the left"
        f" \u200e<attached: {PHOTOS[0]}>\n"
        f"\u200e[19/11/2025, 09:03:00] {THEM}: \u200e<attached: {PHOTOS[1]}>\n"
        "and this is the same from behind\n"
        "[19/11/2025, 09:03:30] Bob Sales: ok\n"
    )
    path = write_zip(tmp_path, NAME, text, dict.fromkeys(PHOTOS, b"jpeg"), member="_chat.txt")
    _, items = read_one(path, me=ME)
    assert [(m.kind, m.text, m.attachment) for m in items[1:3] if isinstance(m, Message)] == [
        (MessageKind.MEDIA, words, Attachment(name, str(path), name))
        for name, words in zip(
            PHOTOS, ("the crack is on the left", "and this is the same from behind"), strict=True
        )
    ]
    assert len(items) == 4


@pytest.mark.parametrize(
    "words",
    [
        "offer.pdf • \u200e2 pages \u200e<attached: offer.pdf>",
        "offer.pdf • \u200f2 pages \u200f<المُرفق: offer.pdf>",
        "offer.pdf • \u200e2 sayfa \u200e<offer.pdf eklendi>",
        "\u200e<附件：offer.pdf>",
    ],
)
def test_t8_a_document_under_its_own_name_is_a_file(tmp_path: Path, words: str) -> None:
    text = (
        f"[19/11/2025, 09:01:00] {THEM}: hi\n"
        f"\u200e[19/11/2025, 09:02:00] {THEM}: {words}\n"
        "[19/11/2025, 09:02:30] Bob Sales: ok\n"
    )
    path = write_zip(tmp_path, NAME, text, {"offer.pdf": b"pdf"}, member="_chat.txt")
    _, (_, document, _) = read_one(path, me=ME)
    assert isinstance(document, Message)
    assert (document.kind, document.text) == (MessageKind.MEDIA, "")
    assert document.attachment == Attachment("offer.pdf", str(path), "offer.pdf")


def test_t6_a_document_left_out_of_an_arabic_export_has_its_name(tmp_path: Path) -> None:
    line = f"\u200f[19/11/2025, 09:02:00] {THEM}: offer.pdf • \u200f2 \u200fلم يتم إدراج المستند\n"
    _, message = _read(tmp_path, f"[19/11/2025, 09:01:00] Bob Sales: hi\n{line}")
    assert isinstance(message, Message)
    assert (message.kind, message.attachment) == (MessageKind.MEDIA, Attachment("offer.pdf"))


# --- No blank behind the colon ------------------------------------------------------------------


def test_w1_a_blank_or_none_behind_the_colon_makes_no_difference(tmp_path: Path) -> None:
    items = _read(
        tmp_path,
        f"[2025/7/9 02:28:09] {THEM}:Hey\n"
        "[2025/7/9 02:28:37] Bob Sales:Hi\n"
        f"[2025/7/9 02:29:00] {THEM}:so?\n"
        f"[2025/7/9 02:29:10] {THEM}:16:30 then\n"
        f"[2025/7/9 02:29:20] {THEM}:note: bring it\n"
        f"[2025/7/9 02:29:30] {THEM}: with a blank: yes\n",
    )
    incoming, outgoing = Direction.INCOMING, Direction.OUTGOING
    assert [(m.author, m.direction, m.text) for m in items if isinstance(m, Message)] == [
        (THEM, incoming, "Hey"),
        ("Bob Sales", outgoing, "Hi"),
        (THEM, incoming, "so?"),
        (THEM, incoming, "16:30 then"),
        (THEM, incoming, "note: bring it"),
        (THEM, incoming, "with a blank: yes"),
    ]
    assert len(items) == 6


@pytest.mark.parametrize("header", ["[2025/7/9 02:28:{:02}] ", "2025/7/9 02:{:02} - "])
def test_w1_nothing_is_lost_where_only_our_lines_have_no_blank(tmp_path: Path, header: str) -> None:
    lines = [f"{THEM}: hey", "Bob Sales:Hi", f"{THEM}: so?", "Bob Sales:at 16:30"]
    text = "".join(f"{header.format(at)}{line}\n" for at, line in enumerate(lines))
    assert [m.text for m in _read(tmp_path, text) if isinstance(m, Message)] == [
        "hey", "Hi", "so?", "at 16:30",
    ]  # fmt: skip


# --- Notices without a mark ----------------------------------------------------------------------


def test_t6_a_notice_that_lost_its_mark_is_none_and_a_question_about_it_a_message(
    tmp_path: Path,
) -> None:
    items = _read(
        tmp_path,
        f"[22.08.18, 14:42:01] {THEM}: Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt."
        " Niemand außerhalb dieses Chats kann sie lesen.\n"
        f"[22.08.18, 14:43:01] {THEM}: hallo\n"
        "[22.08.18, 14:43:05] Bob Sales: guten Tag\n"
        f"[22.08.18, 14:44:01] {THEM}: This chat is with a business account.\n"
        f"[22.08.18, 14:45:01] {THEM}: are messages and calls end-to-end encrypted?\n",
    )
    assert [item for item in items if not isinstance(item, Message)] == [NOTICE, NOTICE]
    assert [m.text for m in items if isinstance(m, Message)] == [
        "hallo", "guten Tag", "are messages and calls end-to-end encrypted?",
    ]  # fmt: skip


def test_w1_lines_below_a_notice_are_reported(tmp_path: Path) -> None:
    items = _read(tmp_path, f"{ENCRYPTED}more\n[13/11/2025, 09:02:00] {THEM}: hi\n")
    assert items[:2] == [NOTICE, NotUnderstood(2, 2, "after a notice")]
