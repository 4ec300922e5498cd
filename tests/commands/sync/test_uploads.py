"""T8: attached files go to the Tasks of their messages, each once, and none holds anything up."""

from datetime import timedelta

import pytest

from tests.commands.world import QUARANTINE
from tests.fakes_sources import says, written
from wasf.core.chats import Attachment
from wasf.core.policy import Attachments
from wasf.errors import (
    ApiLimitReached,
    ExitCode,
    FileHeldBack,
    NotConnected,
    PermissionMissing,
    Unreachable,
    UnreadableFile,
)
from wasf.interfaces import FileUpload

FILES = {"attachments": Attachments.FILES}


@pytest.fixture
def stage(stage):
    stage.ada()
    stage.files |= {"1.jpg": b"one", "2.jpg": b"two"}
    return stage


def photo(number: int):
    name = f"{number}.jpg"
    return says("", number, attachment=Attachment(name, "/chats/ada.zip", name))


def test_t8_files_are_uploaded_to_their_tasks(stage):
    report = stage.sync(written(photo(1), "text", photo(2)), **FILES)
    assert report.files_uploaded == 2
    of = {task.description.rpartition(" ")[2]: id_ for id_, task in stage.org.tasks.items()}
    uploads = [(f.upload.name, f.upload.content, f.upload.task_id) for f in stage.org.files]
    assert sorted(uploads) == [("1.jpg", b"one", of["1.jpg"]), ("2.jpg", b"two", of["2.jpg"])]
    assert stage.sync(written(photo(1), "text", photo(2)), **FILES).files_uploaded == 0


def test_t8_names_upload_nothing(stage):
    report = stage.sync(written(photo(1)))
    assert report.files_uploaded == 0
    assert stage.org.files == []
    assert "Attachment: 1.jpg" in stage.texts()[0]


def test_t8_the_files_of_a_window_go_to_its_task(stage):
    hourly = FILES | {"frequency": timedelta(hours=1)}
    stage.sync(written(photo(1), photo(2)), **hourly)
    [task] = stage.org.tasks
    assert [stored.upload.task_id for stored in stage.org.files] == [task, task]


def test_a_file_whose_archive_is_gone_waits_until_it_is_back(stage):
    del stage.files["1.jpg"]
    report = stage.sync(written(photo(1), photo(2)), **FILES)
    assert (report.messages.logged, report.files_uploaded) == (2, 1)
    [note] = report.notes
    assert "waits to be uploaded" in note
    assert report.exit_code is ExitCode.DONE
    stage.files["1.jpg"] = b"one"
    report = stage.sync(**FILES)
    assert (report.files_uploaded, report.notes) == (1, ())
    assert not stage.ledger.pending_files()


def test_a_file_that_is_not_safe_to_read_is_noted_once(stage, monkeypatch):
    def read_file(attachment: Attachment) -> bytes:
        raise UnreadableFile("It is a bomb.")

    monkeypatch.setattr(stage, "read_file", read_file)
    [note] = stage.sync(written(photo(1)), **FILES).notes
    assert "It is a bomb." in note
    assert stage.sync(**FILES).notes == ()


def test_a_file_that_cannot_be_had_now_waits(stage, monkeypatch):
    def read_file(attachment: Attachment) -> bytes:
        raise FileHeldBack("Too many files are open.")

    with monkeypatch.context() as now:
        now.setattr(stage, "read_file", read_file)
        assert stage.sync(written(photo(1)), **FILES).files_uploaded == 0
    assert stage.sync(**FILES).files_uploaded == 1


def test_a_file_that_salesforce_does_not_take_does_not_hold_up_the_others(stage):
    stage.org.fail_file(UnreadableFile("It is too large."))
    report = stage.sync(written(photo(1), photo(2)), **FILES)
    assert (len(stage.org.files), report.files_uploaded) == (1, 1)
    assert "It is too large." in report.notes[0]
    assert not stage.ledger.pending_files()


def test_a_file_whose_upload_was_lost_is_looked_for_and_sent_again_after_the_quarantine(stage):
    stage.org.fail_file(Unreachable("Salesforce did not answer."))
    report = stage.sync(written(photo(1)), **FILES)
    assert (report.exit_code, report.messages.logged) == (ExitCode.TRY_LATER, 1)
    report = stage.sync(**FILES)
    [note] = report.notes
    assert "nobody knows yet" in note
    assert (report.files_uploaded, stage.org.files) == (0, [])
    stage.now += QUARANTINE
    report = stage.sync(**FILES)
    assert (report.files_uploaded, len(stage.org.files)) == (1, 1)


def test_a_file_that_arrived_after_all_is_not_sent_a_second_time(stage):
    stage.org.fail_file(Unreachable("Salesforce did not answer."))
    stage.sync(written(photo(1)), **FILES)
    [task] = stage.org.tasks
    stage.org.attach_file(FileUpload("1.jpg", b"one", task))
    assert stage.sync(**FILES).files_uploaded == 1
    assert len(stage.org.files) == 1
    assert not stage.ledger.pending_files()


@pytest.mark.parametrize("error", [ApiLimitReached, NotConnected, PermissionMissing])
def test_a_file_that_was_certainly_not_sent_is_sent_by_the_next_run(stage, error):
    stage.org.fail_file(error("No."))
    stage.sync(written(photo(1)), **FILES)
    assert stage.sync(**FILES).files_uploaded == 1


@pytest.mark.parametrize("steps", range(8, 26))
def test_a_program_that_ends_anywhere_uploads_each_file_once(stage, steps):
    stage.crash(steps, written(photo(1), photo(2)), **FILES)
    stage.now += QUARANTINE
    stage.sync(written(photo(1), photo(2)), **FILES)
    stage.now += QUARANTINE
    stage.sync(**FILES)
    assert sorted(stored.upload.name for stored in stage.org.files) == ["1.jpg", "2.jpg"]
    assert len(stage.org.tasks) == 2
    assert not stage.ledger.pending_files()


def test_w6_a_file_that_brings_a_bug_to_light_stops_no_other(stage, monkeypatch):
    def read_file(attachment: Attachment) -> bytes:
        if attachment.member == "1.jpg":
            raise ValueError("the private words of a link")
        return b"two"

    monkeypatch.setattr(stage, "read_file", read_file)
    report = stage.sync(written(photo(1), photo(2)), **FILES)
    [note] = report.notes
    assert (report.files_uploaded, report.exit_code) == (1, ExitCode.DONE)
    assert "ValueError" in note
    assert "private" not in note
    assert len(stage.ledger.pending_files()) == 1


def test_w6_a_provider_that_gives_no_file_is_not_asked_for_more_and_the_run_goes_on(
    stage, monkeypatch
):
    asked = []

    def read_file(attachment: Attachment) -> bytes:
        asked.append(attachment.archive)
        raise NotConnected("Acme does not accept the token.", "wasf connect acme")

    monkeypatch.setattr(stage, "read_file", read_file)
    report = stage.sync(written(photo(1), photo(2)), **FILES)
    assert (report.messages.logged, report.exit_code) == (2, ExitCode.DONE)
    assert ["Acme" in note for note in report.notes] == [True]
    assert (len(asked), len(stage.ledger.pending_files())) == (1, 2)
