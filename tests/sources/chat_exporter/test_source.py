"""Whose chat it is, which files are read, and why others are refused."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.chat_exporter_builder import chat, write_json
from tests.exports_builder import Said, write_android
from tests.sources.chat_exporter.reader import (
    ADA,
    ADA_PHONE,
    BEN,
    BEN_PHONE,
    GROUP,
    read_all,
    read_chats,
    read_one,
    refused,
    wrote,
)
from tests.sources.exports.reader import options
from wasf.core.chats import Message, Phone
from wasf.errors import UnexpectedError, UnreadableFile, WrongUsage
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.chat_exporter.json_stream import MAX_VALUE
from wasf.sources.exports import load_address_book
from wasf.sources.files import FileSource

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
    found = read_chats(path, address_book=load_address_book(book, ""))
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


@pytest.mark.parametrize(
    "key",
    [
        "13135550002@s.whatsapp.net",
        "13165550042@s.whatsapp.net",
        "867051314767696@bot",
        "0@s.whatsapp.net",
    ],
)
def test_a_chat_with_whatsapp_itself_is_left_out(tmp_path: Path, key: str) -> None:
    found = read_chats(write_json(tmp_path / "a.json", {key: chat("Meta AI", wrote())}))
    assert "with WhatsApp itself" in found[key][0].left_out
    assert found[key][0].phone is None


def test_t7_an_assistant_in_a_group_is_no_participant(tmp_path: Path) -> None:
    senders = [wrote(sender=one) for one in ("Meta AI", "13135550002", "Ada")]
    found, _ = read_one(write_json(tmp_path / "a.json", {GROUP: chat("Club", *senders)}))
    assert [one.author for one in found.participants] == ["Ada"]


def test_a_person_whose_business_has_another_host_is_a_person(tmp_path: Path) -> None:
    key = ADA.replace("@s.whatsapp.net", "@hosted")
    found, _ = read_one(write_json(tmp_path / "a.json", {key: chat("Ada", wrote())}))
    assert (found.phone, found.left_out) == (ADA_PHONE, "")


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
    assert "no exported chat" in refused(tmp_path).error.message


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


class BrokenBook:
    """An address book with a bug."""

    def number_of(self, name: str) -> tuple[Phone | None, str]:
        """Raise, with what it was asked in the text."""
        raise LookupError(name)


def test_w6_a_bug_at_one_file_does_not_stop_the_others(tmp_path: Path) -> None:
    broken = write_json(tmp_path / "a.json", {"1@lid": chat("Ada", wrote())})
    sound = write_json(tmp_path / "b.json", {BEN: chat("Ben", wrote())})
    failed, found = read_all(broken, sound, address_book=BrokenBook())
    assert isinstance(failed, Unreadable)
    assert isinstance(failed.error, UnexpectedError)
    assert "Ada" not in failed.error.message
    assert isinstance(found, ChatReading)
