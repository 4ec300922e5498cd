"""What the Tasks look like, seen through the whole program (rules T)."""

from datetime import datetime, timedelta

import pytest
import time_machine

from tests.end_to_end.program import ADA, ADA_PHONE, SAM, START, Chats, Wasf, spoken
from tests.exports_builder import Said, write_ios
from tests.servers.salesforce import KEY_FIELD, LocalOrg

AFTERNOON = "2026-03-02T15:00:00+01:00"
NEXT_DAY = "2026-03-03T08:00:00+01:00"
ENCRYPTED = (
    "Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, "
    "can read or listen to them."
)


def test_t1_each_message_is_its_own_task(wasf: Wasf, chats: Chats) -> None:
    result = wasf.sync(chats.ada("one", "two\nlines", "three"), "--phone", ADA_PHONE)
    assert wasf.texts() == ["one", "two\nlines", "three"]
    assert result.json["tasks_created"] == 3


_TIMES = ["02T00:00", "02T00:14", "02T00:16", "02T05:59", "02T06:00", "02T11:59", "02T12:30",
          "02T23:59", "03T00:00"]  # fmt: skip
SUMMER_TIME = ["29T00:00", "29T01:59", "29T03:00", "29T23:59", "30T00:00"]

# Frequency, when messages were written in March 2026, how many are in which Task.
FREQUENCIES = {
    "T2 real-time": ("real-time", _TIMES, [1] * 9),
    "T2 15m": ("15m", _TIMES, [2, 1, 1, 1, 1, 1, 1, 1]),
    "T2 1h": ("1h", _TIMES, [3, 1, 1, 1, 1, 1, 1]),
    "T2 6h": ("6h", _TIMES, [4, 2, 1, 1, 1]),
    "T2 12h": ("12h", _TIMES, [6, 2, 1]),
    "T2 24h": ("24h", _TIMES, [8, 1]),
    "T2 20m, which divides an hour": ("20m", _TIMES, [3, 1, 1, 1, 1, 1, 1]),
    "T2 a week, which is a multiple": ("168h", _TIMES, [9]),
    "T2 24h on the day of 23 hours": ("24h", SUMMER_TIME, [4, 1]),
    "T2 1h around the hour that is missing": ("1h", SUMMER_TIME, [1, 1, 1, 1, 1]),
}


@pytest.mark.parametrize(("frequency", "times", "sizes"), FREQUENCIES.values(), ids=FREQUENCIES)
def test_t2_one_task_for_each_window(
    frequency: str, times: list[str], sizes: list[int], wasf: Wasf, chats: Chats
) -> None:
    wasf.set(frequency=frequency)
    said = [Said(datetime.fromisoformat(f"2026-03-{at}"), ADA, f"at {at}") for at in times]
    wasf.sync(chats.of(ADA, said), "--phone", ADA_PHONE)
    tasks = wasf.rows("Task")
    assert [task["Description"].count("at ") for task in tasks] == sizes
    for task, size in zip(tasks, sizes, strict=True):
        if size > 1:
            start = f"WhatsApp chat with {ADA} ({size} messages, "
            assert task["Subject"].startswith(start)


def test_t3_an_open_window_waits_until_it_is_over(wasf: Wasf, chats: Chats) -> None:
    wasf.set(frequency="24h")
    path = chats.ada("one", "two")
    with time_machine.travel(AFTERNOON):
        waiting = wasf.sync(path, "--phone", ADA_PHONE).chat()
    assert (waiting["state"], wasf.rows("Task")) == ("waiting", [])
    assert "2026-03-03 00:00" in waiting["reason"]
    assert "--flush" in waiting["hint"]
    with time_machine.travel(NEXT_DAY):
        assert wasf.sync().messages["logged"] == 2
    assert len(wasf.rows("Task")) == 1


def test_t3_flush_writes_open_windows_and_what_comes_later_makes_a_further_task(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.set(frequency="24h")
    with time_machine.travel(AFTERNOON):
        wasf.sync(chats.ada("one", "two"), "--phone", ADA_PHONE, "--flush")
        [first] = wasf.rows("Task")
        org.edit(first["Id"], Subject="Sam read it")
        assert wasf.sync(chats.ada("one", "two", "three")).messages["waiting"] == 1
    with time_machine.travel(NEXT_DAY):
        wasf.sync()
    [edited, further] = wasf.rows("Task")
    assert edited == wasf.row(first["Id"])
    assert (edited["Subject"], edited["Description"]) == ("Sam read it", first["Description"])
    assert further["Description"].endswith("\nthree")


def test_t4_what_a_task_has(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_key_field()
    contact = org.add_contact(LastName="Example", Phone=ADA_PHONE)
    late = datetime(2026, 3, 2, 23, 59)
    wasf.sync(chats.ada("Hello", start=late), "--phone", ADA_PHONE)
    [task] = wasf.rows("Task")
    wanted = {
        "WhoId": contact,
        "WhatId": None,
        "Subject": f"WhatsApp 23:59 from {ADA}: Hello",
        "OwnerId": org.user_id,
        "ActivityDate": "2026-03-02",
        "Status": "Completed",
        "Priority": "Normal",
    }
    assert {name: task[name] for name in wanted} == wanted
    assert len(task[KEY_FIELD]) == 26
    assert task["CallObject"] is None


def test_t4_without_the_key_field_the_key_is_in_a_standard_one(wasf: Wasf, chats: Chats) -> None:
    wasf.sync(chats.ada("Hello"), "--phone", ADA_PHONE)
    [task] = wasf.rows("Task")
    assert len(task["CallObject"]) == 26


def test_t5_direction_sender_and_the_time_with_its_offset(wasf: Wasf, chats: Chats) -> None:
    said = [Said(START, ADA, "Hello"), Said(START + timedelta(days=60), SAM, "Hi")]
    wasf.sync(chats.of(ADA, said), "--phone", ADA_PHONE)
    assert [(task["Subject"], task["Description"]) for task in wasf.rows("Task")] == [
        (f"WhatsApp 10:00 from {ADA}: Hello", f"2026-03-02 10:00 +01:00 · {ADA}\nHello"),
        (f"WhatsApp 10:00 to {ADA}: Hi", f"2026-05-01 10:00 +02:00 · {SAM}\nHi"),
    ]


def test_t5_no_text_is_cut(wasf: Wasf, chats: Chats) -> None:
    text = "".join(f"{number:05} 🚲 " for number in range(8_000))
    result = wasf.sync(chats.ada(text.strip()), "--phone", ADA_PHONE)
    tasks = wasf.rows("Task")
    assert result.messages["logged"] == 1
    assert [task["Subject"][-10:] for task in tasks] == [f"(part {n}/3)" for n in (1, 2, 3)]
    assert "".join(wasf.texts()).replace(" ", "") == text.replace(" ", "")
    for task in tasks:
        assert len(task["Description"].encode("utf-16-le")) // 2 <= 32_000


def test_t6_system_lines_are_no_messages_all_others_are(wasf: Wasf, chats: Chats) -> None:
    by_whatsapp = [
        "This message was deleted.",
        "Missed voice call",
        "Location: https://maps.google.com/?q=51.5,-0.12",
        "POLL:\nWhen?\nOPTION: Monday (1 vote)",
        "You received a view once message. For added privacy, you can only open it on your phone.",
    ]
    said = [
        Said(START, ADA, ENCRYPTED, notice=True),
        Said(START, ADA, "Bye \u200e<This message was edited>"),
        *(Said(START, ADA, text, marked=True) for text in by_whatsapp),
        Said(START, ADA, file="00000009-Bob.vcf"),
        Said(START, ADA, "Ada Example changed their phone number.", notice=True),
    ]
    path = write_ios(chats.folder, ADA, said, media={"00000009-Bob.vcf": b"BEGIN:VCARD"})
    result = wasf.sync(path, "--phone", ADA_PHONE)
    assert result.messages["read"] == 7
    assert wasf.texts() == ["Bye", *by_whatsapp, "Attachment: 00000009-Bob.vcf"]


# --- T7: groups --------------------------------------------------------------------------------


def _club(chats: Chats) -> object:
    said = [
        Said(START, "", 'Sam Seller created group "Club"', notice=True),
        Said(START, ADA, "Who comes?"),
        Said(START, "+49 171 3920012", "Me"),
        Said(START, "Somebody Else", "Not me"),
        Said(START, SAM, "Fine"),
    ]
    return chats.of("Club", said)


def test_t7_groups_are_skipped_with_that_reason(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_contact(FirstName="Ada", LastName="Example")
    group = wasf.sync(_club(chats)).chat("Club")
    assert (group["state"], group["skipped"]) == ("skipped", 4)
    assert "group" in group["reason"]
    assert wasf.rows("Task") == wasf.rows("Lead") == []


def test_t7_or_logged_for_those_who_are_known_already(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    ada = org.add_contact(FirstName="Ada", LastName="Example")
    muster = org.add_lead(LastName="Muster", Phone="0171 3920012")
    wasf.set(groups="participants", me=SAM)
    result = wasf.sync(_club(chats))
    for record in (ada, muster):
        assert wasf.texts(record) == ["Who comes?", "Me", "Not me", "Fine"]
    assert (result.messages["logged"], result.json["tasks_created"]) == (4, 8)
    assert len(wasf.rows("Lead")) == 1
    org.forget_requests()
    assert wasf.sync(_club(chats)).messages["already_logged"] == 4
    assert wasf.writes() == []


def test_t7_a_group_in_which_two_people_wrote_is_skipped_too(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    said = [
        Said(START, "", f"{SAM} added {ADA_PHONE}", notice=True),
        Said(START, ADA_PHONE, "about the price for the group"),
        Said(START, SAM, "hello all"),
    ]
    group = wasf.sync(chats.of("Buyers", said)).chat("Buyers")
    assert (group["state"], group["skipped"]) == ("skipped", 2)
    assert wasf.rows("Task") == wasf.rows("Lead") == []


def test_t7_the_answers_of_meta_ai_are_counted_and_not_logged(wasf: Wasf, chats: Chats) -> None:
    said = [Said(START, (SAM, ADA)[n % 2], f"text {n}") for n in range(40)]
    for at in (30, 20, 10, 1):
        said.insert(at, Said(START, "Meta AI", f"answer {at}"))
    result = wasf.sync(chats.of(ADA, said), "--phone", ADA_PHONE)
    counts = {name: result.messages[name] for name in ("read", "logged", "skipped")}
    assert counts == {"read": 44, "logged": 40, "skipped": 4}
    assert "Meta AI" in result.chat()["reason"]
    assert not any("answer" in text for text in wasf.texts())


# --- T8: attachments ---------------------------------------------------------------------------


def _with_photo(chats: Chats) -> object:
    said = [Said(START, ADA, file="00000001-PHOTO.jpg"), *spoken(ADA, "Nice?")]
    return write_ios(chats.folder, ADA, said, media={"00000001-PHOTO.jpg": b"picture"})


def test_t8_only_the_names_of_files(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    wasf.sync(_with_photo(chats), "--phone", ADA_PHONE)
    assert wasf.texts() == ["Attachment: 00000001-PHOTO.jpg", "Nice?"]
    assert wasf.rows("ContentVersion") == []


def test_t8_files_are_attached_to_their_task_once(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    wasf.set(attachments="files")
    result = wasf.sync(_with_photo(chats), "--phone", ADA_PHONE)
    assert result.json["files_uploaded"] == 1
    photo, _ = wasf.rows("Task")
    [version] = wasf.rows("ContentVersion")
    assert (version["Title"], version["ContentSize"]) == ("00000001-PHOTO.jpg", len(b"picture"))
    links = wasf.rows("ContentDocumentLink", ContentDocumentId=version["ContentDocumentId"])
    assert photo["Id"] in [link["LinkedEntityId"] for link in links]
    org.forget_requests()
    again = wasf.sync(_with_photo(chats))
    assert (again.json["files_uploaded"], wasf.writes()) == (0, [])
