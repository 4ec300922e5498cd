"""WhatsApp-Chat-Exporter's JSON through the whole program."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.chat_exporter_builder import Wrote, chat, write_json
from tests.end_to_end.program import ADA, ADA_PHONE, Chats, Wasf, assert_told
from tests.servers.salesforce import LocalOrg

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADA_KEY, BEN_KEY = "447700900123@s.whatsapp.net", "447700900124@s.whatsapp.net"
GROUP = "120363000000000000@g.us"
SAMPLES = Path(__file__).parents[1] / "sources" / "chat_exporter"


def _wrote(text: str, minute: int, **fields: object) -> Wrote:
    sender = fields.pop("sender", None)
    ours = bool(fields.pop("ours", False))
    at = AT + timedelta(minutes=minute)
    return Wrote(at, ours, text, f"3EB0{minute:04}", sender, tuple(fields.items()))


def test_a_file_of_the_exporter_is_logged_by_its_numbers(wasf: Wasf, org: LocalOrg) -> None:
    contact = org.add_contact(LastName="Example", FirstName="Ada", Phone="+44 7700 900123")
    result = wasf.sync(SAMPLES / "android.json")
    assert result.messages == {
        "read": 17, "logged": 11, "already_logged": 0, "waiting": 1, "skipped": 5,
    }  # fmt: skip
    assert result.chat(ADA)["record"]["id"] == contact
    assert wasf.texts(contact)[:2] == ["Hello <b>you</b> & me", "two\nlines\nthree 😀"]
    [lead] = wasf.rows("Lead")
    assert lead["Phone"] == "+447700900125"
    assert "number is not known" in result.chat("33333333333333")["reason"]
    assert "status" in result.chat("status")["reason"]
    assert result.chat("Book club")["reason"] == "a group chat"
    subjects = {
        task["Subject"].partition(": ")[0].split(" ", 2)[2]
        for task in wasf.rows("Task", WhoId=contact)
    }
    assert subjects == {"from Ada Example", "to Ada Example"}
    org.forget_requests()
    again = wasf.sync(SAMPLES / "android.json")
    assert (again.messages["already_logged"], wasf.writes()) == (11, [])


def test_w3_a_newer_file_adds_what_is_new_whatever_changed_around_it(
    wasf: Wasf, org: LocalOrg, tmp_path: Path
) -> None:
    said = [_wrote("ok", 0), _wrote("ok", 0), _wrote("two", 1)]
    said[1] = Wrote(AT, False, "ok", "another")
    path = write_json(tmp_path / "a.json", {ADA_KEY: chat(ADA, *said)})
    assert wasf.sync(path).messages["logged"] == 3
    newer = [*said[1:], _wrote("three", 2)]
    renamed = {BEN_KEY: chat("Ben"), ADA_KEY: chat("Ada (work)", *newer)}
    result = wasf.sync(write_json(tmp_path / "b.json", renamed, pretty=True))
    assert (result.messages["logged"], result.messages["already_logged"]) == (1, 2)
    assert sorted(wasf.texts()) == ["ok", "ok", "three", "two"]
    assert len(wasf.rows("Lead")) == 1


def test_l1_chats_with_whatsapp_itself_make_no_lead_and_do_not_wait(
    wasf: Wasf, tmp_path: Path
) -> None:
    chats = {
        "13135550002@s.whatsapp.net": chat("Meta AI", _wrote("bot", 0)),
        "0@s.whatsapp.net": chat("WhatsApp", _wrote("official", 1)),
        "867051314767696@bot": chat("Meta AI", _wrote("bot", 2), _wrote("bot", 3, ours=True)),
    }
    result = wasf.sync(write_json(tmp_path / "result.json", chats))
    assert (result.code, wasf.rows("Lead"), wasf.rows("Task")) == (0, [], [])
    assert result.messages == {
        "read": 4, "logged": 0, "already_logged": 0, "waiting": 0, "skipped": 4,
    }  # fmt: skip
    assert all("with WhatsApp itself" in one["reason"] for one in result.json["chats"])
    assert wasf.run("status", "--json").json["waiting"] == []


def test_two_people_of_one_name_are_two_chats(wasf: Wasf, tmp_path: Path) -> None:
    chats = {ADA_KEY: chat(ADA, _wrote("one", 0)), BEN_KEY: chat(ADA, _wrote("two", 1))}
    wasf.sync(write_json(tmp_path / "a.json", chats))
    leads = {lead["Phone"]: lead["Id"] for lead in wasf.rows("Lead")}
    assert {phone: wasf.texts(lead) for phone, lead in leads.items()} == {
        ADA_PHONE: ["one"], "+447700900124": ["two"],
    }  # fmt: skip


def test_t7_a_group_is_logged_for_those_who_are_known(
    wasf: Wasf, org: LocalOrg, tmp_path: Path
) -> None:
    wasf.set(groups="participants")
    contact = org.add_contact(LastName="Example", Phone="+44 7700 900123")
    chats = {
        ADA_KEY: chat(ADA),
        GROUP: chat("Club", _wrote("hi", 0, sender=ADA), _wrote("ho", 1, ours=True)),
    }
    wasf.sync(write_json(tmp_path / "a.json", chats))
    assert wasf.texts(contact) == ["hi", "ho"]
    assert wasf.rows("Lead") == []


def test_a_folder_of_both_kinds_is_read_by_one_sync(wasf: Wasf, chats: Chats) -> None:
    write_json(chats.folder / "result.json", {BEN_KEY: chat("Ben", _wrote("one", 0))})
    (chats.folder / "package.json").write_text('{"version": "1"}')
    chats.ada("two", title="+44 7700 900123")
    wasf.sync(chats.folder)
    assert sorted(wasf.texts()) == ["one", "two"]


def test_other_json_is_refused_with_the_reason(wasf: Wasf, tmp_path: Path) -> None:
    path = tmp_path / "package.json"
    path.write_text('{"version": "1"}')
    result = wasf.run("sync", path)
    assert result.code == 65
    assert "not made by WhatsApp-Chat-Exporter" in result.err
    path.unlink()
    missing = wasf.run("sync", path)
    assert missing.code == 66
    assert_told(missing)


def test_t8_files_of_the_exporter_are_attached(wasf: Wasf, tmp_path: Path) -> None:
    wasf.set(attachments="files")
    folder = tmp_path / "phone"
    photo = folder / "WhatsApp/Media/WhatsApp Images/IMG-20260302-WA0001.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"picture")
    (folder / "secret.txt").write_bytes(b"secret")
    said = [
        _wrote("", 0, media=True, data=str(photo.relative_to(folder)), mime="image/jpeg"),
        _wrote("", 1, media=True, data="../phone/secret.txt", mime="text/plain"),
        _wrote("", 2, media=True, data="secret.txt", mime="text/plain"),
    ]
    path = write_json(folder / "a.json", {ADA_KEY: chat(ADA, *said)})
    assert wasf.sync(path).json["files_uploaded"] == 1
    [version] = wasf.rows("ContentVersion")
    assert (version["Title"], version["ContentSize"]) == (photo.name, 7)
    newer = chat(ADA, *said, _wrote("more", 3))
    again = wasf.sync(write_json(folder / "b.json", {ADA_KEY: newer}))
    assert (again.json["files_uploaded"], len(wasf.rows("ContentVersion"))) == (0, 1)
    shutil.rmtree(folder)


def test_w4_a_dry_run_writes_nothing(wasf: Wasf, tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", {ADA_KEY: chat(ADA, _wrote("one", 0))})
    before = wasf.kept()
    result = wasf.sync(path, "--dry-run")
    assert result.messages["logged"] == 1
    assert (wasf.writes(), wasf.kept()) == ([], before)


def test_m9_a_name_with_two_numbers_is_told_and_not_decided(
    wasf: Wasf, org: LocalOrg, chats: Chats, tmp_path: Path
) -> None:
    book = tmp_path / "book.csv"
    book.write_text(f"name,phone\n{ADA},+447700900123\n{ADA},+447700900124\n")
    path = chats.ada("Hello")
    waits = wasf.sync(path, "--contacts", book).chat()
    assert (waits["waiting"], wasf.rows("Task")) == (1, [])
    assert waits["reason"] == "the address book has 2 numbers for this name"
    assert "--phone" in waits["hint"]
    assert "2 numbers" in wasf.run("status").out
    settled = wasf.sync(path, "--contacts", book, "--phone", ADA_PHONE)
    assert settled.chat()["logged"] == 1
