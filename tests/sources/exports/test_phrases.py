"""WhatsApp's phrases in all recorded languages get their kind."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.exports_builder import ANDROID_GB, IOS_DE, Said, Shape, render, write_txt
from tests.sources.exports.reader import THEM, US, read_one
from wasf.core.chats import Message, MessageKind, SystemLine

REFERENCE = Path(__file__).parents[4] / "shared" / "reference"
IS_THERE = REFERENCE.is_dir()
AT = datetime(2024, 2, 17, 10, 0, 5)
FILE, CARD = "IMG-20240217-WA0001.jpg", "Bob.vcf"
PHOTO = "00000042-PHOTO-2024-02-17-10-00-05.jpg"
MAP = "https://maps.google.com/?q=52.5,13.4"

pytestmark = pytest.mark.skipif(not IS_THERE, reason="needs ../shared/reference")

Want = tuple[str, MessageKind | None, str]
"""A body as the phone writes it, its kind (None: a notice), and the file it shows."""


def _table(name: str) -> dict[str, dict[str, str]]:
    return json.loads((REFERENCE / name).read_text()) if IS_THERE else {}


ANDROID, IOS = _table("phrases_android.json"), _table("phrases_ios.json")
ANDROID_KINDS = {
    "email_media_omitted": MessageKind.MEDIA,
    "email_file_attached": MessageKind.MEDIA,
    "email_location_message": MessageKind.LOCATION,
    "email_live_location_message": MessageKind.LOCATION,
    "revoked_msg_incoming": MessageKind.DELETED,
    "revoked_msg_outgoing": MessageKind.DELETED,
    "missed_voice_call": MessageKind.CALL,
    "video_missed_call": MessageKind.CALL,
}
IOS_KINDS = {
    "contact_omitted": MessageKind.CONTACT_CARD,
    "deleted_in": MessageKind.DELETED,
    "deleted_out": MessageKind.DELETED,
    "deleted_out2": MessageKind.DELETED,
    "deleted_as_admin": MessageKind.DELETED,
    "deleted_by_admin": MessageKind.DELETED,
    "missed_voice": MessageKind.CALL,
    "missed_video": MessageKind.CALL,
    "view_once": MessageKind.VIEW_ONCE,
    "waiting": MessageKind.UNKNOWN,
    "e2e": None,
    "e2e_self": None,
    "security_code": None,
    "business_meta": None,
    "business_account": None,
}


def _of_android(phrases: dict[str, str]) -> list[Want]:
    wanted: list[Want] = []
    for key, kind in ANDROID_KINDS.items():
        phrase = phrases.get(key, "").strip('"').replace("\\", "")
        if key == "email_file_attached":
            wanted += [
                (phrase.replace("%s", FILE), kind, FILE),
                (phrase.replace("%s", CARD), MessageKind.CONTACT_CARD, CARD),
                ("\u200e" + phrase.replace("%s", FILE), kind, FILE),
            ]
        elif phrase:
            wanted.append((phrase.replace("%s", MAP), kind, ""))
    return wanted


def _of_ios(phrases: dict[str, str]) -> list[Want]:
    wanted: list[Want] = []
    for key, phrase in phrases.items():
        kind = IOS_KINDS.get(key, MessageKind.MEDIA)
        if key == "attached":
            document = f"A b.pdf • \u200e1 page {phrase.replace('%@', '00000007-A b.pdf')}"
            wanted += [
                (phrase.replace("%@", PHOTO), kind, PHOTO),
                (document, kind, "00000007-A b.pdf"),
            ]
        else:
            wanted.append((phrase.replace("%@", "Bob"), kind, ""))
    return wanted


def _check(folder: Path, wanted: list[Want], shape: Shape) -> None:
    typed = [("hello", MessageKind.TEXT, ""), *wanted, ("bye", MessageKind.TEXT, "")]
    said = [
        Said(AT + timedelta(minutes=i), (THEM, US)[i % 2], body)
        for i, (body, _, _) in enumerate(typed)
    ]
    path = write_txt(folder, f"WhatsApp Chat with {THEM}", render(said, shape))
    _, items = read_one(path)
    for (body, kind, file), item in zip(typed, items, strict=True):
        if kind is None:
            assert isinstance(item, SystemLine), body
            continue
        assert isinstance(item, Message), body
        assert (item.kind, item.attachment.name if item.attachment else "") == (kind, file), body
        assert item.text or file
        assert not item.text.startswith(("\u200e", "\u200f"))


@pytest.mark.parametrize("language", ANDROID)
def test_android_phrases(tmp_path: Path, language: str) -> None:
    _check(tmp_path, _of_android(ANDROID[language]), ANDROID_GB)


@pytest.mark.parametrize("language", IOS)
def test_iphone_phrases(tmp_path: Path, language: str) -> None:
    _check(tmp_path, _of_ios(IOS[language]), IOS_DE)
