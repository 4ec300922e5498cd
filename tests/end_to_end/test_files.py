"""T8: attached files through the whole program: each once, whatever happens on the way."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.end_to_end.program import ADA, ADA_PHONE, START, Chats, Wasf, eventually
from tests.exports_builder import IOS_DE, Said, render_android, write_ios, write_zip
from tests.samples import one_in
from tests.servers.salesforce import LocalOrg

LARGEST = 37_000_000
UPLOAD = "sobjects/ContentVersion$"


def photo(number: int) -> str:
    return f"{number:08}-PHOTO-2026-03-02-10-0{number}-00.jpg"


def said(*numbers: int) -> list[Said]:
    """A photo in each of these minutes, and a text."""
    photos = [Said(START + timedelta(minutes=n), ADA, file=photo(n)) for n in numbers]
    return [*photos, Said(START + timedelta(minutes=30), ADA, "Nice?")]


def export(chats: Chats, *numbers: int, **content: bytes) -> Path:
    media = {photo(n): b"picture %d" % n for n in numbers} | content
    return write_ios(chats.folder, ADA, said(*numbers), IOS_DE, media=media)


@pytest.fixture(autouse=True)
def _files(wasf: Wasf) -> None:
    wasf.set(attachments="files")


def uploaded(wasf: Wasf) -> dict[str, list[str]]:
    """The titles of files, and the texts of the Tasks that each hangs on."""
    tasks = {task["Id"]: task["Description"].partition("\n")[2] for task in wasf.rows("Task")}
    found: dict[str, list[str]] = {}
    for version in wasf.rows("ContentVersion"):
        links = wasf.rows("ContentDocumentLink", ContentDocumentId=version["ContentDocumentId"])
        on = [tasks[link["LinkedEntityId"]] for link in links if link["LinkedEntityId"] in tasks]
        found.setdefault(version["Title"], []).extend(on)
    return found


def each_once(*numbers: int) -> dict[str, list[str]]:
    return {photo(n): [f"Attachment: {photo(n)}"] for n in numbers}


def android_export(chats: Chats, *numbers: int) -> Path:
    text = render_android(said(*numbers))
    media = {photo(n): b"picture %d" % n for n in numbers}
    return write_zip(chats.folder, f"WhatsApp Chat with {ADA}", text, media)


@pytest.mark.parametrize("write", [export, android_export], ids=["iPhone", "Android"])
def test_t8_files_of_either_phone_hang_on_their_tasks(
    write: Callable[..., Path], wasf: Wasf, chats: Chats
) -> None:
    path = write(chats, 1, 2)
    assert wasf.sync(path, "--phone", ADA_PHONE).json["files_uploaded"] == 2
    assert uploaded(wasf) == each_once(1, 2)


def test_t8_a_newer_export_uploads_only_what_is_new(
    wasf: Wasf, org: LocalOrg, chats: Chats, tmp_path: Path
) -> None:
    wasf.sync(export(chats, 1, 2), "--phone", ADA_PHONE)
    newer = Chats(tmp_path)
    assert wasf.sync(export(newer, 2, 3)).json["files_uploaded"] == 1
    renamed = export(newer, 1, 2, 3).rename(tmp_path / "WhatsApp Chat - Ada Example (1).zip")
    assert wasf.sync(renamed).json["files_uploaded"] == 0
    assert wasf.sync(android_export(newer, 1, 2, 3)).json["files_uploaded"] == 0
    assert uploaded(wasf) == each_once(1, 2, 3)


def test_t8_the_size_that_salesforce_takes(wasf: Wasf, chats: Chats) -> None:
    path = export(chats, 1, 2, 3, **{photo(1): bytes(LARGEST), photo(2): bytes(LARGEST + 1)})
    result = wasf.sync(path, "--phone", ADA_PHONE)
    assert (result.json["files_uploaded"], result.messages["logged"]) == (2, 4)
    assert uploaded(wasf) == each_once(1, 3)
    [note] = result.json["notes"]
    assert "not uploaded" in note
    assert "larger than" in note
    assert wasf.sync().json["notes"] == []


def test_t8_a_file_that_salesforce_refuses_is_told_and_does_not_hold_up_the_others(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.fail("api-limit", path=UPLOAD, times=0)
    first = wasf.run("sync", export(chats, 1, 2), "--phone", ADA_PHONE, "--json")
    assert first.json["messages"]["logged"] == 3
    org.heal()
    [task, *_] = wasf.rows("Task")
    org.delete(task["Id"])
    second = wasf.sync()
    assert second.json["files_uploaded"] == 1
    [note] = second.json["notes"]
    assert "Salesforce refused an attached file" in note
    org.forget_requests()
    assert wasf.sync().json["notes"] == []
    assert wasf.writes() == []


ENDS = ["reset-before", "reset-after", "reset-mid-answer", "close-after", "html-after",
        "server-error", "gateway-after", "truncated", "maintenance", "unauthorized"]  # fmt: skip


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("kind", one_in(2, ENDS))
def test_t8_each_file_once_whatever_becomes_of_the_answer(
    kind: str, skip: int, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.fail(kind, path=UPLOAD, skip=skip)
    wasf.run("sync", export(chats, 1, 2), "--phone", ADA_PHONE)
    org.heal()
    _sync_until_nothing_waits(wasf)
    assert uploaded(wasf) == each_once(1, 2)


@pytest.mark.parametrize("skip", [0, 1, 2])
@pytest.mark.parametrize("kind", ["hang-before", "hang-after"])
def test_t8_each_file_once_also_after_a_kill(
    kind: str, skip: int, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.fail(kind, path=UPLOAD, skip=skip, seconds=60)
    process = wasf.start("sync", export(chats, 1, 2, 3), "--phone", ADA_PHONE)
    eventually(lambda: sum(seen.path.endswith("ContentVersion") for seen in org.requests) > skip)
    assert process.poll() is None
    process.kill()
    process.communicate(timeout=60)
    org.heal()
    _sync_until_nothing_waits(wasf)
    assert uploaded(wasf) == each_once(1, 2, 3)


def test_s11_a_file_that_arrives_later_is_not_sent_a_second_time(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.fail("late-commit", path=UPLOAD, seconds=1)
    wasf.run("sync", export(chats, 1), "--phone", ADA_PHONE)
    [note] = wasf.sync().json["notes"]
    assert "nobody knows yet" in note
    eventually(lambda: bool(wasf.rows("ContentVersion")))
    assert len(wasf.rows("Task")) == 2
    _sync_until_nothing_waits(wasf)
    assert uploaded(wasf) == each_once(1)


def _sync_until_nothing_waits(wasf: Wasf) -> None:
    """The next sync, and one after the time for which a doubtful upload is left alone."""
    wasf.sync()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        assert wasf.sync().json["notes"] == []
