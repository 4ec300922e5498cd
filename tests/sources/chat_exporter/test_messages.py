"""Messages come back as they were written, and their files are opened safely."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chat_exporter_builder import Wrote, chat, message, write_json
from tests.sources.chat_exporter.reader import (
    ADA,
    ADA_PHONE,
    AT,
    BEN,
    BEN_PHONE,
    GROUP,
    read_chats,
    read_one,
    wrote,
)
from tests.sources.exports.reader import NOW
from wasf.core.chats import (
    Attachment,
    ChatItem,
    Direction,
    Message,
    MessageKind,
    NotUnderstood,
    SystemLine,
)
from wasf.errors import MissingFile, UnreadableFile
from wasf.sources.chat_exporter import read_media
from wasf.sources.files import read_attachment

WRITTEN_BY_IT = Path(__file__).parent
NOT_SHOWN = "a message whose text the export does not hold"


def shown(items: list[ChatItem]) -> list[object]:
    """Messages as (minute, side, author, kind, text, file); the others as they are."""
    return [
        (
            (item.sent_at - AT) // timedelta(minutes=1),
            "us" if item.direction is Direction.OUTGOING else "them",
            item.author,
            item.kind.value,
            item.text,
            item.attachment.name if item.attachment else "",
        )
        if isinstance(item, Message)
        else item
        for item in items
    ]


# --- What the program itself wrote -------------------------------------------------------------


def test_an_android_file_of_version_0_13(tmp_path: Path) -> None:
    chats = read_chats(Path(shutil.copy(WRITTEN_BY_IT / "android.json", tmp_path)))
    ada, items = chats[ADA]
    assert (ada.title, ada.name, ada.phone, ada.url) == (
        "Ada Example", "Ada Example", ADA_PHONE, "https://wa.me/447700900123",
    )  # fmt: skip
    assert shown(items) == [
        SystemLine(),
        (2, "them", "", "text", "Hello <b>you</b> & me", ""),
        (3, "us", "", "text", "two\nlines\nthree 😀", ""),
        (4, "them", "", "media", "A caption\nof two lines", ""),
        (5, "them", "", "media", "", ""),
        (6, "them", "", "deleted", "Message deleted", ""),
        (7, "us", "", "location", "Location shared: (52.5, 13.4)", ""),
        (8, "them", "", "call", "A video call was missed", ""),
        (9, "them", "", "contact-card", "Ben Card", "BenCard.vcf"),
        (10, "them", "", "media", '"call me"', "PTT-1.opus"),
        (11, "them", "", "media", "", "STK-1.webp"),
        NotUnderstood(12, 12, NOT_SHOWN),
    ]
    group, items = chats[GROUP]
    assert group.is_group
    assert {p.author: p.phone for p in group.participants} == {
        "Ben Example": BEN_PHONE,
        "447700900125": "+447700900125",
        "33333333333333": None,
    }
    assert shown(items) == [
        (20, "them", "Ben Example", "text", "from Ben", ""),
        (21, "them", "447700900125", "text", "from nobody we know", ""),
        (22, "us", "", "text", "from us", ""),
        (23, "them", "33333333333333", "text", "from a hidden one", ""),
        SystemLine(),
    ]
    unnamed, _ = chats["447700900125@s.whatsapp.net"]
    assert (unnamed.title, unnamed.name, unnamed.phone) == ("+447700900125", "", "+447700900125")
    hidden, _ = chats["33333333333333@lid"]
    assert (hidden.title, hidden.name, hidden.phone) == ("33333333333333", "", None)
    assert "status" in chats["status@broadcast"][0].left_out
    assert "calls" in chats["000000000000000"][0].left_out
    assert set(chats) == {
        ADA, GROUP, "447700900125@s.whatsapp.net", "33333333333333@lid", "status@broadcast",
        "000000000000000",
    }  # fmt: skip


def test_an_iphone_file_of_version_0_13(tmp_path: Path) -> None:
    chats = read_chats(Path(shutil.copy(WRITTEN_BY_IT / "ios.json", tmp_path)))
    ada, items = chats[ADA]
    assert (ada.title, ada.phone) == ("Ada Example", ADA_PHONE)
    assert shown(items) == [
        (1, "them", "", "text", "Hello <b>you</b>", ""),
        (2, "us", "", "text", "two\nlines\nthree 😀", ""),
        (3, "them", "", "media", "A caption\nof two lines", "p1.jpg"),
        (4, "them", "", "media", "", ""),
        (5, "them", "", "deleted", "Message deleted", ""),
        SystemLine(),
        (7, "them", "", "media", "", ""),
        (8, "them", "", "location", "", ""),
        (9, "us", "", "contact-card", "Ben Card", "BenCard.vcf"),
        (10, "them", "", "text", "https://example.com look", ""),
    ]
    assert [m.native_id for m in items[:2]] == ["in:3A00005E8C1D7F4B2", "out:3A00015E8C1D7F4B2"]
    ben, _ = chats[BEN]
    assert (ben.title, ben.name, ben.phone) == ("+44 7700 900124", "", BEN_PHONE)
    _, items = chats["120363000000000001@g.us"]
    assert [m.author for m in items if isinstance(m, Message)] == [
        "Ada Example", "447700900126", "",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["android", "ios"])
def test_the_builder_writes_the_fields_that_the_program_writes(name: str) -> None:
    written = json.loads((WRITTEN_BY_IT / f"{name}.json").read_text())[ADA]
    built = chat("x", wrote())
    assert list(built) == list(written)
    assert list(message(wrote())) == list(written["messages"]["2"])


# --- Known messages ----------------------------------------------------------------------------

# What a literal `<br>` was cannot be told; the exporter turns line ends into it.
_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=60)
_sayings = st.tuples(_texts, st.booleans(), st.integers(0, 10**6))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(_sayings, min_size=1, max_size=20),
    device=st.sampled_from(["android", "ios"]),
    pretty=st.booleans(),
    ascii_only=st.booleans(),
)
def test_known_messages_come_back_to_the_letter(
    tmp_path: Path, said: list[tuple[str, bool, int]], device: str, pretty: bool, ascii_only: bool
) -> None:
    known = [
        Wrote(AT + timedelta(seconds=after), ours, text.replace("<", "("), f"3EB0{i}")
        for i, (text, ours, after) in enumerate(said)
    ]
    path = write_json(
        tmp_path / "a.json",
        {ADA: chat("Ada", *known, device=device)},
        pretty=pretty,
        ascii_only=ascii_only,
    )
    _, items = read_one(path)
    assert items == [
        Message(
            one.sent_at,
            Direction.OUTGOING if one.ours else Direction.INCOMING,
            "",
            MessageKind.TEXT,
            one.text,
            None,
            f"{'out' if one.ours else 'in'}:{one.id}",
        )
        for one in known
    ]


KINDS: dict[str, tuple[dict[str, object], object]] = {
    "a text": ({}, ("text", "hi")),
    "an empty text": ({"data": ""}, ("text", "")),
    "a sticker": ({"data": None, "sticker": True}, ("media", "")),
    "a notice": ({"meta": True, "data": "Ada left the group"}, "notice"),
    "a notice without words": ({"meta": True, "data": None}, "notice"),
    "a notice of an old file": ({"meta": True, "data": "x", "timestamp": 0}, "notice"),
    "a missing file": (
        {"media": True, "meta": True, "data": "The media is missing", "mime": "media",
         "caption": "look"}, ("media", "look"),
    ),
    "two cards": (
        {"meta": True, "mime": "text/x-vcard", "data": 'x:<br><a href="a.vcf">A &amp; B</a>'
         ' | <a href="b.vcf">C</a>'}, ("contact-card", "A & B, C"),
    ),
    "binary": ({"meta": True, "data": "The message is binary data and its"}, NOT_SHOWN),
    "a caption alone": ({"data": None, "caption": "look"}, ("media", "look")),
    "milliseconds": ({"timestamp": AT.timestamp() * 1000}, ("text", "hi")),
    "numbers for truth": ({"from_me": 0}, ("text", "hi")),
    "no id": ({"key_id": None}, ("text", "hi")),
    "a number for an id": ({"key_id": 7}, ("text", "hi")),
    "a list for an id": ({"key_id": [7]}, ("text", "hi")),
    "a list for a type": ({"message_type": [1], "data": None}, NOT_SHOWN),
    "a number for a text": ({"data": 5}, NOT_SHOWN),
    "no side": ({"from_me": None}, "something that is no message"),
    "no time": ({"timestamp": None}, "a message with a date that cannot be"),
    "a text for a time": ({"timestamp": "now"}, "a message with a date that cannot be"),
    "before WhatsApp": ({"timestamp": 86400 * 365 * 30}, "a message with a date that cannot be"),
    "in the future": (
        {"timestamp": (NOW + timedelta(days=2)).timestamp()},
        "a message with a date that cannot be",
    ),
    "at no time at all": ({"timestamp": 10**400}, "a message with a date that cannot be"),
    "before all time": ({"timestamp": -(10**400)}, "a message with a date that cannot be"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_messages(tmp_path: Path, kind: str) -> None:
    fields, expected = KINDS[kind]
    _, (item, *more) = read_one(
        write_json(tmp_path / "a.json", {ADA: chat("Ada", wrote(**fields))})
    )
    assert not more
    match item:
        case Message():
            assert (item.kind.value, item.text) == expected
            assert (item.sent_at, item.direction) == (AT, Direction.INCOMING)
        case SystemLine():
            assert expected == "notice"
        case NotUnderstood():
            assert item.reason == expected


@pytest.mark.parametrize(
    ("key", "id_"), [("3EB0", "in:3EB0"), (7, "in:7"), (None, ""), ("", ""), ("x" * 300, "")]
)
def test_the_id_of_a_message_is_whatsapps(tmp_path: Path, key: object, id_: str) -> None:
    _, [item] = read_one(write_json(tmp_path / "a.json", {ADA: chat("Ada", wrote(key_id=key))}))
    assert item.native_id == id_


@pytest.mark.parametrize("raw", [None, 1, "x", [], True, {}], ids=repr)
def test_what_is_no_message_is_told_and_the_others_are_read(tmp_path: Path, raw: object) -> None:
    content = chat("Ada", wrote("one"), wrote("two", minute=1), wrote("three", minute=2))
    content["messages"]["2"] = raw
    _, items = read_one(write_json(tmp_path / "a.json", {ADA: content}))
    assert [getattr(item, "text", None) for item in items] == ["one", None, "three"]
    assert items[1].line == items[1].last_line == 2


@pytest.mark.parametrize(
    ("data", "is_safe", "text"),
    [
        ("a &amp; b &lt;1&gt; <br>c", True, "a & b <1>\nc"),
        ("a & b <1> <br>c", True, "a & b <1>\nc"),
        ("R&amp;D", False, "R&amp;D"),
    ],
    ids=["merged by 0.13.1", "written by 0.13.0", "written by 0.13.1"],
)
def test_a_text_that_the_program_escaped_is_as_it_was_typed(
    tmp_path: Path, data: str, is_safe: bool, text: str
) -> None:
    said = wrote(data=data, safe=is_safe)
    _, [item] = read_one(write_json(tmp_path / "a.json", {ADA: chat("Ada", said)}))
    assert item.text == text


def test_half_characters_are_replaced_and_told(tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", {ADA: chat("A\ud83dda", wrote("a\ud83d"))})
    found, items = read_one(path)
    assert found.title == "A\ufffdda"
    assert [items[0].text, items[1].reason] == [
        "a\ufffd",
        "half characters, replaced in the message",
    ]


def test_fields_may_come_in_any_order(tmp_path: Path) -> None:
    content = dict(reversed(chat("Ada", wrote()).items()))
    assert next(iter(content)) == "messages"
    found, items = read_one(write_json(tmp_path / "a.json", {ADA: content}))
    assert (found.name, len(items)) == ("Ada", 1)


# --- Files of messages -------------------------------------------------------------------------

PHOTO = "WhatsApp/Media/WhatsApp Images/IMG-20260302-WA0001.jpg"


def _file(path: Path, content: bytes = b"jpeg") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _photo(shown: str, **fields: object) -> Wrote:
    return wrote(media=True, data=shown, mime="image/jpeg", message_type=1, **fields)


PLACES: dict[str, tuple[str, str, str]] = {
    "beside the file": (PHOTO, "", PHOTO),
    "in the exporter's output": (PHOTO, "", f"result/{PHOTO}"),
    "above a folder of chats": (PHOTO, "", f"../{PHOTO}"),
    "above, of the business app": (
        PHOTO.replace("WhatsApp/", "WhatsApp Business/"), "",
        f"../{PHOTO}".replace("/WhatsApp/", "/WhatsApp Business/"),
    ),
    "above, of an iPhone": (
        "Message/Media/a@b/1.jpg", "AppDomainGroup-group.net.whatsapp.WhatsApp.shared/",
        "../AppDomainGroup-group.net.whatsapp.WhatsApp.shared/Message/Media/a@b/1.jpg",
    ),
    "of an iPhone": ("Message/Media/a@b/1.jpg", "App/", "App/Message/Media/a@b/1.jpg"),
    "parted by chat": ("WhatsApp/separated/Ada/1.jpg", "", "WhatsApp/separated/Ada/1.jpg"),
    "written on Windows": ("WhatsApp\\separated\\Ada\\1.jpg", "", "WhatsApp/separated/Ada/1.jpg"),
    "with a dot before": (f"./{PHOTO}", "", PHOTO),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_t8_files_are_found_where_the_exporter_leaves_them(tmp_path: Path, place: str) -> None:
    shown_path, base, where = PLACES[place]
    folder = tmp_path / "x"
    folder.mkdir()
    _file(folder / where)
    path = write_json(
        folder / "a.json", {ADA: chat("Ada", _photo(shown_path), device="ios", media_base=base)}
    )
    _, [item] = read_one(path)
    assert item.attachment.name == where.rpartition("/")[2]
    assert read_attachment(item.attachment, 9) == b"jpeg"
    with pytest.raises(UnreadableFile, match="larger"):
        read_attachment(item.attachment, 3)


OUTSIDE = [
    "/etc/passwd", "../Media/x/1.jpg", "WhatsApp/Media/../../secret.txt", "secret.txt",
    "Media/secret.txt", "WhatsApp/secret.txt", "WhatsApp/Media/link.jpg",
    "WhatsApp/Media/way/1.jpg",
    "WhatsApp/Media/gone.jpg", "WhatsApp/Media", "WhatsApp/Media/a\0b.jpg", "C:/Media/x/secret.txt",
    "WhatsApp/Media/C:x.jpg", "\\\\host\\Media\\x\\1.jpg", "WhatsApp/Media/" + "a" * 5000, "", "..",
    "WhatsApp/Media/circle/x.jpg",
]  # fmt: skip


@pytest.mark.parametrize("shown_path", OUTSIDE)
def test_t8_nothing_else_is_ever_opened(tmp_path: Path, shown_path: str) -> None:
    folder = tmp_path / "x"
    secret = _file(tmp_path / "secret.txt", b"secret")
    for inside in ("secret.txt", "Media/secret.txt", "WhatsApp/secret.txt"):
        _file(folder / inside, b"secret")
    _file(folder / "WhatsApp/Media/1.jpg")
    _file(tmp_path / "elsewhere/1.jpg", b"secret")
    (folder / "WhatsApp/Media/link.jpg").symlink_to(secret)
    (folder / "WhatsApp/Media/way").symlink_to(tmp_path / "elsewhere")
    (folder / "WhatsApp/Media/circle").symlink_to(folder / "WhatsApp/Media/circle")
    path = write_json(folder / "a.json", {ADA: chat("Ada", _photo(shown_path))})
    _, [item] = read_one(path)
    assert item.attachment is None or item.attachment.archive == ""
    with pytest.raises(MissingFile):
        read_media(str(path), shown_path, 99)


def test_t8_a_folder_of_the_user_beside_the_export_is_not_the_exporters(tmp_path: Path) -> None:
    _file(tmp_path / "Docs/Media/tax.pdf", b"secret")
    (tmp_path / "exp").mkdir()
    path = write_json(
        tmp_path / "exp/result.json", {ADA: chat("Ada", _photo("Docs/Media/tax.pdf"))}
    )
    _, [item] = read_one(path)
    assert (item.attachment.name, item.attachment.archive) == ("tax.pdf", "")
    with pytest.raises(MissingFile):
        read_media(str(path), "Docs/Media/tax.pdf", 99)


def test_t8_a_file_that_is_gone_is_missing(tmp_path: Path) -> None:
    photo = _file(tmp_path / PHOTO)
    path = write_json(tmp_path / "a.json", {ADA: chat("Ada", _photo(PHOTO))})
    _, [item] = read_one(path)
    assert item.attachment == Attachment(photo.name, str(path), PHOTO)
    photo.unlink()
    with pytest.raises(MissingFile):
        read_attachment(item.attachment, 9)
