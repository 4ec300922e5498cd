"""What each body is, on both platforms; a person's text comes back exactly."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.exports_builder import Said, write_ios, write_txt, write_zip
from tests.sources.exports.reader import THEM, US, messages, read_one
from wasf.core.chats import Attachment, MessageKind, SystemLine

NAME = f"WhatsApp Chat with {THEM}"
AT = datetime(2024, 2, 17, 10, 0, 5)

VIEW_ONCE = (
    "You received a view once message. For added privacy, you can only open it on your phone."
)

ANDROID = [
    ("a text", "hi", MessageKind.TEXT, "hi", ""),
    ("blanks at both ends", "  hi ", MessageKind.TEXT, "  hi ", ""),
    ("brackets typed", "see you (maybe)", MessageKind.TEXT, "see you (maybe)", ""),
    ("angles typed", "<b>bold</b>", MessageKind.TEXT, "<b>bold</b>", ""),
    ("a file's name typed", "notes.txt (my draft)", MessageKind.TEXT, "notes.txt (my draft)", ""),
    ("a word for deleted in a text", "This message was deleted, why?", MessageKind.TEXT,
     "This message was deleted, why?", ""),
    ("omitted", "<Media omitted>", MessageKind.MEDIA, "<Media omitted>", ""),
    ("omitted, German", "<Medien ausgeschlossen>",
     MessageKind.MEDIA, "<Medien ausgeschlossen>", ""),
    ("omitted, Czech blanks", "< Média vynechána >", MessageKind.MEDIA, "< Média vynechána >", ""),
    ("view once omitted", "<View once photo omitted>", MessageKind.VIEW_ONCE,
     "<View once photo omitted>", ""),
    ("omitted with caption", "<Media omitted>\nlook",
     MessageKind.MEDIA, "<Media omitted>\nlook", ""),
    ("attached", "IMG-20240217-WA0001.jpg (file attached)", MessageKind.MEDIA, "",
     "IMG-20240217-WA0001.jpg"),
    ("attached with mark", "\u200eIMG-20240217-WA0001.jpg (Datei angehängt)", MessageKind.MEDIA, "",
     "IMG-20240217-WA0001.jpg"),
    ("attached with caption", "\u200ea b.pdf (file attached)\nfirst\n\nsecond", MessageKind.MEDIA,
     "first\n\nsecond", "a b.pdf"),
    ("attached, unknown language", "\u200ea b.pdf (fichjeru)", MessageKind.MEDIA, "", "a b.pdf"),
    ("attached, unknown language, a name that phones give", "PTT-20240217-WA0014.opus (fichjeru)",
     MessageKind.MEDIA, "", "PTT-20240217-WA0014.opus"),
    ("attached, Spanish of 2025", "a b.pdf (archivo adjunto)", MessageKind.MEDIA, "", "a b.pdf"),
    ("attached, no ending", "AUD-20240217-WA0000. (file attached)", MessageKind.MEDIA, "",
     "AUD-20240217-WA0000."),
    ("attached, Tamil", "IMG-1.jpg இணைக்கப்பட்டது", MessageKind.MEDIA, "", "IMG-1.jpg"),
    ("attached, Persian", "فایل پیوست شد IMG-1.jpg", MessageKind.MEDIA, "", "IMG-1.jpg"),
    ("card", "Bob.vcf (file attached)", MessageKind.CONTACT_CARD, "", "Bob.vcf"),
    ("deleted", "This message was deleted", MessageKind.DELETED, "This message was deleted", ""),
    ("deleted, French", "Ce message a été supprimé",
     MessageKind.DELETED, "Ce message a été supprimé", ""),
    ("deleted by admin", "This message was deleted by admin Bob.", MessageKind.TEXT,
     "This message was deleted by admin Bob.", ""),
    ("location", "location: https://maps.google.com/?q=52.5,13.4", MessageKind.LOCATION,
     "location: https://maps.google.com/?q=52.5,13.4", ""),
    ("place", "Cafe\nStreet 1\nhttps://foursquare.com/v/abc1", MessageKind.LOCATION,
     "Cafe\nStreet 1\nhttps://foursquare.com/v/abc1", ""),
    ("live location", "live location shared", MessageKind.LOCATION, "live location shared", ""),
    ("a link", "https://example.com/?q=1", MessageKind.TEXT, "https://example.com/?q=1", ""),
    ("poll", "POLL:\nWhen?\nOPTION: Monday (2 votes)\nOPTION: Friday (0 votes)", MessageKind.POLL,
     "POLL:\nWhen?\nOPTION: Monday (2 votes)\nOPTION: Friday (0 votes)", ""),
    ("null", "null", MessageKind.UNKNOWN, "null", ""),
    ("empty", "", MessageKind.UNKNOWN, "", ""),
    ("edited", "see you <This message was edited>", MessageKind.EDITED, "see you", ""),
    ("edited, several lines", "see\nyou <Diese Nachricht wurde bearbeitet.>", MessageKind.EDITED,
     "see\nyou", ""),
]  # fmt: skip

IOS = [
    ("a text", "hi", MessageKind.TEXT, "hi", ""),
    ("a text with marks inside", "call \u202a+49\u202c \u200enow", MessageKind.TEXT,
     "call \u202a+49\u202c \u200enow", ""),
    ("image omitted", "\u200eimage omitted", MessageKind.MEDIA, "image omitted", ""),
    ("omitted, Japanese", "\u200e画像は含まれていません",
     MessageKind.MEDIA, "画像は含まれていません", ""),
    ("document omitted", "report.pdf • \u200e3 pages \u200edocument omitted", MessageKind.MEDIA,
     "report.pdf • 3 pages document omitted", "report.pdf"),
    ("card omitted", "\u200eContact card omitted",
     MessageKind.CONTACT_CARD, "Contact card omitted", ""),
    ("attached", "\u200e<attached: 00000042-PHOTO-2024-02-17-10-00-05.jpg>", MessageKind.MEDIA, "",
     "00000042-PHOTO-2024-02-17-10-00-05.jpg"),
    ("attached, Turkish order", "\u200e<00000042-PHOTO-2024-02-17-10-00-05.jpg eklendi>",
     MessageKind.MEDIA, "", "00000042-PHOTO-2024-02-17-10-00-05.jpg"),
    ("attached, Chinese colon", "\u200e<附件：00000042-PHOTO-2024-02-17-10-00-05.jpg>",
     MessageKind.MEDIA,
     "", "00000042-PHOTO-2024-02-17-10-00-05.jpg"),
    ("attached, Arabic mark", "\u200f<المُرفق: 00000042-PHOTO-2024-02-17-10-00-05.jpg>",
     MessageKind.MEDIA,
     "", "00000042-PHOTO-2024-02-17-10-00-05.jpg"),
    ("document", "A PDF.pdf • \u200e1 page \u200e<attached: 00000012-A PDF.pdf>",
     MessageKind.MEDIA, "",
     "00000012-A PDF.pdf"),
    ("attached 2015", "2015-08-04-PHOTO-00004762.jpg <\u200eattached>", MessageKind.MEDIA, "",
     "2015-08-04-PHOTO-00004762.jpg"),
    ("deleted", "\u200eThis message was deleted.",
     MessageKind.DELETED, "This message was deleted.", ""),
    ("deleted by admin", "\u200eThis message was deleted by admin Bob.", MessageKind.DELETED,
     "This message was deleted by admin Bob.", ""),
    ("call", "\u200eMissed voice call", MessageKind.CALL, "Missed voice call", ""),
    ("answered call", "\u200eVoice call, \u200e5 min", MessageKind.CALL, "Voice call, 5 min", ""),
    ("location", "\u200eLocation: https://maps.google.com/?q=52.5,13.4", MessageKind.LOCATION,
     "Location: https://maps.google.com/?q=52.5,13.4", ""),
    ("place", "\u200eCafe (Street 1): https://foursquare.com/v/abc1", MessageKind.LOCATION,
     "Cafe (Street 1): https://foursquare.com/v/abc1", ""),
    ("poll", "\u200ePOLL:\nWhen?\n\u200eOPTION: Monday (2 votes)", MessageKind.POLL,
     "POLL:\nWhen?\nOPTION: Monday (2 votes)", ""),
    ("poll, unknown language", "\u200eКЪАЛ:\nКога?\n\u200eХӀУН: Понеделник (2 гӀоло)",
     MessageKind.POLL,
     "КЪАЛ:\nКога?\nХӀУН: Понеделник (2 гӀоло)", ""),
    ("view once", f"\u200e{VIEW_ONCE}", MessageKind.VIEW_ONCE, VIEW_ONCE, ""),
    ("waiting", "\u200eWaiting for this message. This may take a while.", MessageKind.UNKNOWN,
     "Waiting for this message. This may take a while.", ""),
    ("edited", "see you \u200e<This message was edited>", MessageKind.EDITED, "see you", ""),
    ("edited, unknown language", "a\r\nb \u200e<mesej iedited>", MessageKind.EDITED, "a\nb", ""),
]  # fmt: skip


@pytest.mark.parametrize("case", ANDROID, ids=[case[0] for case in ANDROID])
def test_android_bodies(tmp_path: Path, case: tuple[str, str, MessageKind, str, str]) -> None:
    _, body, kind, text, file = case
    path = write_txt(tmp_path, NAME, f"17/02/2024, 10:00 - {THEM}: {body}\n")
    (message,) = messages(path)
    assert (message.kind, message.text) == (kind, text)
    assert message.attachment == (Attachment(file) if file else None)


@pytest.mark.parametrize("case", IOS, ids=[case[0] for case in IOS])
def test_iphone_bodies(tmp_path: Path, case: tuple[str, str, MessageKind, str, str]) -> None:
    _, body, kind, text, file = case
    plain = f"[17.02.24, 09:00:05] {THEM}: hi\r\n"
    path = write_txt(tmp_path, NAME, plain + f"[17.02.24, 10:00:05] {THEM}: {body}\r\n")
    (_, message) = messages(path)
    assert (message.kind, message.text) == (kind, text)
    assert message.attachment == (Attachment(file) if file else None)


def test_an_unknown_placeholder_of_an_iphone_is_a_file_and_an_unknown_notice_is_none(
    tmp_path: Path,
) -> None:
    said = [
        Said(AT, THEM, "hi"),
        Said(AT, THEM, "holografía omitida", marked=True),
        Said(AT, THEM, "Your security code with Ada Example changed.", notice=True),
    ]
    _, items = read_one(write_ios(tmp_path, THEM, said))
    assert [getattr(item, "kind", item) for item in items] == [
        MessageKind.TEXT,
        MessageKind.MEDIA,
        SystemLine(),
    ]


def test_notices_of_android_are_no_messages(tmp_path: Path) -> None:
    text = (
        "17/02/2024, 10:00 - Messages and calls are end-to-end encrypted. Tap to learn more.\n"
        f"17/02/2024, 10:01 - {THEM}: hi\n"
        f'17/02/2024, 10:02 - {THEM} changed the subject from "A: b" to "C"\n'
        f"17/02/2024, 10:03 - {THEM}: ho\n"
    )
    _, items = read_one(write_txt(tmp_path, NAME, text))
    assert [item for item in items if isinstance(item, SystemLine)] == [
        SystemLine(),
        SystemLine(),
    ]
    assert [m.text for m in items if not isinstance(m, SystemLine)] == ["hi", "ho"]


def test_files_are_found_in_the_zip_by_name(tmp_path: Path) -> None:
    said = [
        Said(AT, THEM, file="00000001-PHOTO-2024-02-17-10-00-05.jpg"),
        Said(AT, THEM, file="00000002-missing.pdf"),
    ]
    path = write_ios(tmp_path, THEM, said, media={said[0].file: b"jpeg"})
    found = [message.attachment for message in messages(path)]
    assert found == [
        Attachment(said[0].file, str(path), said[0].file),
        Attachment(said[1].file),
    ]


def test_on_android_a_member_of_the_zip_needs_no_known_language(tmp_path: Path) -> None:
    text = f"17/02/2024, 10:00 - {THEM}: a b.pdf (fichjeru)\nlook\n"
    path = write_zip(tmp_path, NAME, text, media={"a b.pdf": b"pdf"})
    (message,) = messages(path)
    assert (message.kind, message.text) == (MessageKind.MEDIA, "look")
    assert message.attachment == Attachment("a b.pdf", str(path), "a b.pdf")


def test_a_loose_text_takes_only_names_that_whatsapp_gives(tmp_path: Path) -> None:
    (tmp_path / "passwords.pdf").write_bytes(b"secret")
    (tmp_path / "IMG-20240217-WA0001.jpg").write_bytes(b"jpeg")
    lines = [
        f"17/02/2024, 10:00 - {THEM}: \u200e{name} (file attached)\n"
        for name in ("passwords.pdf", "../passwords.pdf", "IMG-20240217-WA0001.jpg")
    ]
    found = [m.attachment for m in messages(write_txt(tmp_path, NAME, "".join(lines)))]
    assert [bool(attachment and attachment.archive) for attachment in found] == [
        False,
        False,
        True,
    ]


HOSTILE = {
    "blanks": " " * 200_000 + ">",
    "angles": "<a" * 100_000 + ">",
    "dots": ".a" * 100_000 + " (x)",
    "marks": "\u200e<a" * 100_000 + ">",
    "lines": ("x" * 300 + "\n") * 1500 + "https://foursquare.com/x",
}


@pytest.mark.parametrize("platform", ["17/02/2024, 10:00 - ", "[17.02.24, 10:00:05] "])
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_body_made_to_be_slow_is_read_like_any_other(
    tmp_path: Path, kind: str, platform: str
) -> None:
    # Anything worse than linear takes minutes here.
    path = write_txt(tmp_path, NAME, f"{platform}{THEM}: x{HOSTILE[kind]}\n")
    (message,) = messages(path)
    assert (message.kind, message.text) == (MessageKind.TEXT, f"x{HOSTILE[kind]}")


@pytest.mark.parametrize(
    ("head", "bodies", "different"),
    [
        pytest.param(
            "17/02/2024, 10:00 - ",
            ("<Media omitted>", "a.pdf (file attached)"),
            4,  # two from either side: a mark before the header tells nothing
            id="android",
        ),
        pytest.param(
            "[17.02.24, 10:00:05] ",
            ("\u200e<attached: 00000001-PHOTO.jpg>", "\u200esomething else"),
            6,  # from either side: the file, and the other with and without a mark
            id="ios",
        ),
    ],
)
def test_what_comes_again_reads_the_same_after_many_others(
    tmp_path: Path, head: str, bodies: tuple[str, ...], different: int
) -> None:
    """It is remembered, with its name and with the mark before its header."""
    lines = [
        f"{mark}{head}{name}: {body}"
        for body in bodies
        for name in (THEM, US)
        for mark in ("", "\u200e")
    ]
    others = [f"{head}{THEM}: \u200e<attached: {n:08}-PHOTO.jpg>" for n in range(5000)]
    text = "\n".join([f"{head}{THEM}: hi", *lines, *others, *lines])
    _, items = read_one(write_txt(tmp_path, f"WhatsApp Chat with {THEM}", text))

    assert items[1:9] == items[-8:]
    assert len(set(map(repr, items[1:9]))) == different


def test_the_same_from_both_sides_keeps_its_author(tmp_path: Path) -> None:
    head = "17/02/2024, 10:00 - "
    body = "IMG-20240217-WA0001.jpg (file attached)"
    text = "\n".join(f"{head}{name}: {body}" for name in (THEM, US, THEM))
    said = messages(write_txt(tmp_path, f"WhatsApp Chat with {THEM}", text))

    assert [message.author for message in said] == [THEM, US, THEM]
