"""WhatsApp-Chat-Exporter's JSON: what it wrote itself, known messages, and what is none of it."""

import io
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chat_exporter_builder import Wrote, chat, message, write_json
from tests.exports_builder import Said, write_android
from tests.sources.reading_tools import NOW, options
from wasf.core.chats import (
    Attachment,
    ChatItem,
    Direction,
    Message,
    MessageKind,
    NotUnderstood,
    Phone,
    SourceChat,
    SystemLine,
)
from wasf.errors import MissingFile, UnreadableFile, WrongUsage
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.chat_exporter import messages as media
from wasf.sources.chat_exporter.json_stream import MAX_VALUE, Walker
from wasf.sources.exports import load_contacts
from wasf.sources.files import FileSource, read_attachment

WRITTEN_BY_IT = Path(__file__).parent / "chat_exporter"
AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ADA, BEN, GROUP = (
    "447700900123@s.whatsapp.net",
    "447700900124@s.whatsapp.net",
    "120363000000000000@g.us",
)
ADA_PHONE, BEN_PHONE = Phone("+447700900123"), Phone("+447700900124")


def wrote(text: str = "hi", *, minute: int = 0, ours: bool = False, **fields: object) -> Wrote:
    sender = fields.pop("sender", None)
    at = AT + timedelta(minutes=minute)
    return Wrote(at, ours, text, f"3EB0{minute:04}", sender, tuple(fields.items()))


def read_all(*paths: Path, **more: object) -> list[ChatReading | Unreadable]:
    """Everything found, with items taken."""
    found = []
    for one in FileSource(paths, options(**more)).read():
        if isinstance(one, ChatReading):
            one = ChatReading(one.chat, iter(list(one.items)))
        found.append(one)
    return found


def read_chats(*paths: Path, **more: object) -> dict[str, tuple[SourceChat, list[ChatItem]]]:
    """Chats by WhatsApp's ids of them."""
    found = read_all(*paths, **more)
    assert all(isinstance(one, ChatReading) for one in found), found
    return {one.chat.native_id: (one.chat, list(one.items)) for one in found}


def read_one(path: Path, **more: object) -> tuple[SourceChat, list[ChatItem]]:
    (found,) = read_chats(path, **more).values()
    return found


def refused(path: Path, **more: object) -> Unreadable:
    (found,) = read_all(path, **more)
    assert isinstance(found, Unreadable)
    return found


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


NOT_SHOWN = "a message whose text the export does not hold"


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


# --- Whose chat it is --------------------------------------------------------------------------


def test_a_name_of_two_people_in_one_file_is_in_doubt(tmp_path: Path) -> None:
    chats = {
        ADA: chat("Sam"),
        BEN: chat("sam "),
        "1@lid": chat("Sam", wrote()),
        GROUP: chat("Club", wrote(sender="Sam")),
    }
    found = read_chats(write_json(tmp_path / "a.json", chats))
    hidden, _ = found["1@lid"]
    assert (hidden.phone, hidden.doubt) == (None, "several people in this file have this name")
    assert [p.phone for p in found[GROUP][0].participants] == [None]


def test_a_hidden_person_has_the_number_of_the_one_with_the_name(tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", {ADA: chat("Ada"), "1@lid": chat("Ada", wrote())})
    assert read_one(path)[0].phone == ADA_PHONE


def test_names_are_looked_up_in_the_address_book(tmp_path: Path) -> None:
    book = tmp_path / "book.csv"
    book.write_text("name,phone\nAda,+447700900123\nSam,+447700900124\nSam,+447700900125\n")
    path = write_json(
        tmp_path / "a.json", {"1@lid": chat("Ada", wrote()), "2@lid": chat("Sam", wrote())}
    )
    found = read_chats(path, contacts=load_contacts(book, ""))
    assert (found["1@lid"][0].phone, found["1@lid"][0].doubt) == (ADA_PHONE, "")
    assert found["2@lid"][0].phone is None
    assert found["2@lid"][0].doubt == "the address book has 2 numbers for this name"


def test_the_names_of_all_files_count_where_there_is_one_for_each_chat(tmp_path: Path) -> None:
    write_json(tmp_path / "Ben.json", {BEN: chat("Ben")})
    write_json(tmp_path / "Club.json", {GROUP: chat("Club", wrote(sender="Ben"))})
    found, _ = read_one(tmp_path)
    assert found.participants == (("Ben", BEN_PHONE),)


def test_a_given_number_is_that_of_the_only_person(tmp_path: Path) -> None:
    chats = {
        "1@lid": chat("Ada", wrote()),
        "status@broadcast": chat(None, wrote()),
        "1-2@newsletter": chat("News", wrote()),
    }
    path = write_json(tmp_path / "a.json", chats)
    found = read_chats(path, phone=BEN_PHONE)
    assert found["1@lid"][0].phone == BEN_PHONE
    assert [found[key][0].phone for key in chats] == [BEN_PHONE, None, None]
    assert found["1-2@newsletter"][0].left_out
    write_json(path, chats | {BEN: chat("Ben", wrote())})
    assert isinstance(refused(path, phone=BEN_PHONE).error, WrongUsage)
    with pytest.raises(WrongUsage):
        FileSource([path, write_json(tmp_path / "b.json", chats)], options(phone=BEN_PHONE)).read()


def test_what_belongs_to_our_side_goes_into_the_chat(tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", {ADA: chat("Ada", wrote())})
    found, _ = read_one(
        path, owner_email="o@example.com", whatsapp_account="Shop", account_email="a@example.com"
    )
    assert (found.source, found.origin) == ("chat-exporter", "a.json")
    assert (found.owner_email, found.whatsapp_account, found.account_email) == (
        "o@example.com", "Shop", "a@example.com",
    )  # fmt: skip


def test_items_that_nobody_takes_do_not_disturb_the_next_chat(tmp_path: Path) -> None:
    path = write_json(
        tmp_path / "a.json", {ADA: chat("Ada", wrote(), wrote(minute=1)), BEN: chat("Ben", wrote())}
    )
    first, second = FileSource([path], options()).read()
    assert isinstance(first, ChatReading)
    assert isinstance(second, ChatReading)
    assert second.chat.name == "Ben"
    for found in FileSource([path], options()).read():
        assert isinstance(next(found.items), Message)


# --- Files and folders -------------------------------------------------------------------------


def test_a_folder_gives_its_exports_of_both_kinds_and_no_other_json(tmp_path: Path) -> None:
    write_json(tmp_path / "result.json", {ADA: chat("Ada", wrote())}, pretty=True)
    write_android(tmp_path, "Ben", [Said(datetime(2024, 2, 17, 10), "Ben", "hi")])
    (tmp_path / "package.json").write_text('{"name": "x", "version": "1"}')
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "broken.json").write_bytes(b"\xff\xfe{")
    (tmp_path / "pipe.json").symlink_to(tmp_path / "nowhere")
    assert [one.chat.title for one in read_all(tmp_path)] == ["Ben", "Ada"]


def test_a_folder_with_other_json_only_holds_no_export(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "x", "version": "1"}')
    with pytest.raises(UnreadableFile, match="no exported chat"):
        FileSource([tmp_path], options()).read()


def test_a_sent_json_file_in_an_unzipped_export_is_none(tmp_path: Path) -> None:
    (tmp_path / "_chat.txt").write_text("[17.02.24, 10:00:05] Kim: hi\n")
    write_json(tmp_path / "00000002-result.json", {ADA: chat("Ada", wrote())})
    assert [one.chat.source for one in read_all(tmp_path)] == ["export"]


OTHERS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not made by"),
    "blank": (b" \n ", "not made by"),
    "nothing in it": (b"{}", "no messages"),
    "a list": (b"[1, 2]", "not made by"),
    "a text": (b'"hi"', "not made by"),
    "a number": (b"5", "not made by"),
    "other JSON": (b'{"name": "x", "version": "1"}', "Telegram"),
    "a package": (b'{"version": "1"}', "not made by"),
    "objects": (b'{"a": {"b": {"c": 1}}}', "not made by"),
    "no messages": (b'{"1@s.whatsapp.net": {"name": "x"}}', "not made by"),
    "a list of messages": (b'{"1@s.whatsapp.net": {"messages": [1]}}', "not made by"),
    "Telegram": (
        b'{"name": "Ada", "type": "personal_chat", "id": 1, "messages": [{"id": 1}]}', "Telegram",
    ),
    "more after the end": (b'{"1@lid": {"messages": {}}} {}', "cut or damaged"),
    "a comma too many": (b'{"1@lid": {"messages": {}},}', "cut or damaged"),
    "no colon": (b'{"1@lid" {"messages": {}}}', "cut or damaged"),
    "a key that is none": (b'{1: {"messages": {}}}', "cut or damaged"),
    "no number": (b'{"1@lid": {"messages": {"1": {"timestamp": NaN}}}}', "cut or damaged"),
    "no end": (b'{"1@lid": {"messages": {"1": {"timestamp": Infinity}}}}', "cut or damaged"),
    "a number without end": (
        b'{"1@lid": {"messages": {"1": {"timestamp": ' + b"9" * 5000 + b"}}}}", "cut or damaged",
    ),
    "nested": (b'{"1@lid": {"messages": {"1": ' + b"[" * 100_000, "nested too deeply"),
    "nested objects": (b'{"1@lid": {"x": ' + b'{"a":' * 100_000, "nested too deeply"),
    "a text without end": (
        b'{"1@lid": {"messages": {"1": "' + b"a" * (3 * MAX_VALUE), "larger than any message",
    ),
    "a key without end": (b'{"' + b"a" * (3 * MAX_VALUE), "larger than any message"),
    "not UTF-8": (b'{"1@lid": {"name": "caf\xe9", "messages": {}}}', "not a text in UTF-8"),
    "UTF-16": ('{"1@lid": {"messages": {}}}'.encode("utf-16"), "not a text in UTF-8"),
    "a picture": (b"\x89PNG\r\n" + bytes(range(256)) * 99, "not a text in UTF-8"),
    "zeros": (bytes(9999), "not made by"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_such_export_is_refused(tmp_path: Path, kind: str) -> None:
    content, words = OTHERS[kind]
    path = tmp_path / "a.json"
    path.write_bytes(content)
    error = refused(path).error
    assert isinstance(error, UnreadableFile)
    assert words in error.message
    assert error.hint
    assert path.name not in error.message


def test_a_file_that_is_cut_anywhere_gives_no_chat_at_all(tmp_path: Path) -> None:
    whole = write_json(tmp_path / "a.json", {ADA: chat("Ada", wrote("é")), BEN: chat("B", wrote())},
                       ascii_only=False).read_bytes()  # fmt: skip
    path = tmp_path / "cut.json"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert isinstance(refused(path).error, UnreadableFile), length


def test_a_file_that_changes_between_the_passes_is_refused(tmp_path: Path) -> None:
    paths = [write_json(tmp_path / f"{n}.json", {ADA: chat("Ada", wrote())}) for n in "ab"]
    reading = FileSource(paths, options()).read()
    assert isinstance(next(reading), ChatReading)
    write_json(paths[1], {ADA: chat("Ada", wrote(), wrote())})
    changed = next(reading)
    assert isinstance(changed, Unreadable)
    assert "changed" in changed.error.message
    paths[0].unlink()


def test_a_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    broken = tmp_path / "a.json"
    broken.write_text("{")
    good = write_json(tmp_path / "b.json", {ADA: chat("Ada", wrote())})
    assert [type(one) for one in read_all(broken, good, broken)] == [Unreadable, ChatReading]


# --- The walk ----------------------------------------------------------------------------------


class _Trickle(io.BytesIO):
    """Gives a few bytes at a time, whatever is asked for."""

    step = 1

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.step)


def _walked(walker: Walker, depth: int) -> object:
    if not depth or not walker.is_object():
        return walker.value()
    return [(key, _walked(walker, depth - 1)) for key in walker.entries()]


def _paired(value: object, depth: int) -> object:
    if not depth or not isinstance(value, dict):
        return value
    return [(key, _paired(inner, depth - 1)) for key, inner in value.items()]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300)
@given(
    value=_json, step=st.integers(1, 9), depth=st.integers(0, 3), indent=st.sampled_from([None, 1])
)
def test_a_walk_finds_what_json_finds(
    value: object, step: int, depth: int, indent: int | None
) -> None:
    stream = _Trickle(
        json.dumps(value, indent=indent, ensure_ascii=False).encode("utf-8", "replace")
    )
    stream.step = step
    walker = Walker(stream)
    stream.seek(0)
    known = json.loads(stream.getvalue())
    assert _walked(walker, depth) == _paired(known, depth)
    walker.finish()


@settings(max_examples=300)
@given(raw=st.binary(max_size=60) | st.text('{}[]",:0123456789 aeNI-+.\\ulnrst@', max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes | str) -> None:
    data = raw if isinstance(raw, bytes) else raw.encode()
    walker = Walker(io.BytesIO(data))
    try:
        _walked(walker, 3)
        walker.finish()
    except UnreadableFile:
        return
    json.loads(data)


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
        media.read_media(str(path), shown_path, 99)


def test_t8_a_file_that_is_gone_is_missing(tmp_path: Path) -> None:
    photo = _file(tmp_path / PHOTO)
    path = write_json(tmp_path / "a.json", {ADA: chat("Ada", _photo(PHOTO))})
    _, [item] = read_one(path)
    assert item.attachment == Attachment(photo.name, str(path), PHOTO)
    photo.unlink()
    with pytest.raises(MissingFile):
        read_attachment(item.attachment, 9)
